"""Stewardship from the command line and in the night: workbook, approval, effective dates, listings as assets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from pipelines.keys import closing_key
from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import DatasetId
from tests.builders import TODAY
from tests.pipelines.conftest import Home
from tests.stewardship.test_workbook import HOME, edited, put

ENTRY = DatasetId("civil_affairs", "nursing_home")


def shuyang(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "SHUYANG_HOME": str(home.settings.home), "SHUYANG_CATALOG": str(home.settings.catalog),
    }  # fmt: skip
    command = [sys.executable, "-m", "shuyang_data.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def abstract(home: Home) -> str:
    return str(load_catalog(home.settings.catalog).datasets[ENTRY].abstract)


def test_a_workbook_from_export_to_force(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    assert shuyang(home, "catalog", "export", "--to", str(path)).returncode == 0
    assert "没有变更" in shuyang(home, "catalog", "import", str(path)).stderr
    edited(path, "目录清单", put("信息资源摘要", "全县养老机构的名录与床位", **HOME))
    shown = shuyang(home, "catalog", "import", str(path), "--json")
    assert json.loads(shown.stdout)["changes"][0]["differences"]["abstract"][1] == "全县养老机构的名录与床位"
    sent = shuyang(home, "catalog", "import", str(path), "--author", "甲", "--reason", "摘要不清楚")
    assert sent.returncode == 0, sent.stderr
    (change,) = json.loads(shuyang(home, "catalog", "changes", "--json").stdout)
    assert (change["state"], change["author"]) == ("待批准", "甲")
    refused = shuyang(home, "catalog", "approve", change["batch"], "--by", "公安局首席数据官")
    assert (refused.returncode, "不担任应批准的职务" in refused.stderr) == (2, True)
    old = abstract(home)
    assert shuyang(home, "catalog", "approve", change["batch"], "--by", "民政局首席数据官").returncode == 0
    assert abstract(home) == "全县养老机构的名录与床位" != old
    history = shuyang(home, "catalog", "history", str(ENTRY), "--json")
    assert json.loads(history.stdout)[0]["changed"] == ["abstract"]
    before = shuyang(home, "catalog", "history", str(ENTRY), "--at", "2026-01-31")
    assert f"abstract: {old}" in before.stdout


def test_a_wrong_workbook_comes_back_and_nothing_is_written(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    shuyang(home, "catalog", "export", "--to", str(path), "--department", "civil_affairs")
    edited(path, "目录清单", put("更新周期", "有时", **HOME))
    found = shuyang(home, "catalog", "import", str(path), "--author", "甲", "--reason", "理由", "--approver", "乙")
    assert (found.returncode, "更新周期写的是" in found.stdout) == (2, True)
    assert "Traceback" not in found.stderr
    assert openpyxl.load_workbook(tmp_path / "w.有误.xlsx")["目录清单"] is not None
    assert shuyang(home, "catalog", "changes", "--json").stdout.strip() == "[]"


def test_the_night_puts_an_approved_change_into_force_on_its_day(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    shuyang(home, "catalog", "export", "--to", str(path))
    edited(path, "目录清单", put("信息资源摘要", "下个月起的新摘要", **HOME))
    shuyang(home, "catalog", "import", str(path), "--author", "甲", "--reason", "理由")
    (change,) = json.loads(shuyang(home, "catalog", "changes", "--json").stdout)
    day = date.fromisoformat(change["submitted_on"]) + timedelta(days=20)
    approved = shuyang(
        home, "catalog", "approve", change["batch"], "--by", "民政局首席数据官", "--effective-on", day.isoformat()
    )
    assert approved.returncode == 0, approved.stderr
    home.night(day=(day - timedelta(days=1)).isoformat())
    assert abstract(home) != "下个月起的新摘要"
    home.night(day=day.isoformat())
    assert abstract(home) == "下个月起的新摘要"
    assert home.code in (0, 3)


def table(home: Home, *key: str) -> list[dict[str, Any]]:
    """The last table that a listing showed."""
    asset = closing_key((key[0], key[1]), load_catalog(home.settings.catalog))
    with home.instance() as instance:
        event = instance.get_latest_materialization_event(asset)
    assert event is not None and event.asset_materialization is not None
    return [record.data for record in event.asset_materialization.metadata["清单"].value.records]


def test_registers_findings_and_duties_are_assets(home: Home) -> None:
    assert len(table(home, "registers", "datasets")) == 40
    assert {row["问题"] for row in table(home, "findings", "catalog")} >= {"重复采集", "系统没有编目"}
    assert {row["结论"] for row in table(home, "findings", "projects")} <= {"通过", "不通过"}
    duties = table(home, "todo", "police")
    assert any("需求待答复" in row["事项与期限"] and "逾期" in row["事项与期限"] for row in duties)
    kept = home.settings.reports / "stewardship.json"
    before = kept.stat().st_mtime_ns
    home.night()
    assert kept.stat().st_mtime_ns == before
    home.night(day=TODAY.replace(day=25).isoformat())
    assert kept.stat().st_mtime_ns > before


def test_listings_by_command(home: Home, tmp_path: Path) -> None:
    duties = json.loads(shuyang(home, "todo", "police", "--json", "--date", TODAY.isoformat()).stdout)
    assert {duty["department"] for duty in duties} == {"police"}
    gate = shuyang(
        home, "project", "check", "command_2026", "--to", str(tmp_path / "sheet.md"), "--date", TODAY.isoformat()
    )
    assert (gate.returncode, "不通过" in gate.stdout) == (3, True)
    assert (tmp_path / "sheet.md").read_text(encoding="utf-8") == gate.stdout
    plan = json.loads(shuyang(home, "catalog", "plan", "--json", "--date", TODAY.isoformat()).stdout)
    assert plan[0]["score"] >= plan[1]["score"]
    for form in ("lists", "city"):
        made = shuyang(home, "catalog", "export", "--format", form, "--to", str(tmp_path / f"{form}.xlsx"))
        assert made.returncode == 0
    lists = openpyxl.load_workbook(tmp_path / "lists.xlsx")
    assert lists.sheetnames == ["目录清单", "需求清单", "共享清单", "信息系统清单"]
    assert lists["共享清单"].max_row > 20
    assert shuyang(home, "catalog", "export", "--format", "pdf").returncode == 2
    assert shuyang(home, "project", "check", "nothing").returncode == 2
    assert shuyang(home, "catalog", "code", "police").stdout.startswith("307001321322002/")
