"""`shuyang quality` as an officer types it, in processes of its own."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from shuyang_data.quality.scores import DIMENSIONS
from tests.pipelines.conftest import Home
from tests.pipelines.test_command_line import refused, shuyang

HOMES = "civil_affairs/nursing_home"


def test_a_ticket_is_read_answered_and_closed_with_a_reason(home: Home, tmp_path: Path) -> None:
    home.close()
    rows = json.loads(shuyang(home, "quality", "tickets", "police", "--json").stdout)
    assert rows and {row["dataset"].partition("/")[0] for row in rows} == {"police"}
    ticket = next(row for row in rows if row["list"])
    target = tmp_path / "清单.csv"
    done = shuyang(home, "quality", "ticket", ticket["id"], "--act", "accept", "--by", "李四", "--to", str(target))
    assert done.returncode == 0 and "已认领" in done.stdout and "认领" in done.stdout
    with target.open(encoding="utf-8-sig", newline="") as source:
        assert len(list(csv.reader(source))) == ticket["unexpected"] + 1
    refused(shuyang(home, "quality", "ticket", ticket["id"], "--act", "close", "--by", "李四"), 2, "没有写理由")
    refused(shuyang(home, "quality", "ticket", ticket["id"], "--act", "dance"), 2, "accept、dispute")
    refused(shuyang(home, "quality", "ticket", "JH-none"), 2, "没有这张校核工单")
    closed = shuyang(
        home, "quality", "ticket", ticket["id"], "--act", "close", "--by", "李四", "--text", "源系统的示例"
    )
    assert "说明理由后关闭" in closed.stdout
    assert ticket["id"] not in shuyang(home, "quality", "tickets", "police").stdout


def test_a_requester_files_one_and_the_provider_owes_it(home: Home) -> None:
    home.close()
    filed = shuyang(home, "quality", "file", HOMES, "--by", "finance", "--text", "三处地址不对", "--rows", "3")
    assert filed.returncode == 0 and "须在" in filed.stdout
    owed = json.loads(shuyang(home, "todo", "civil_affairs", "--json").stdout)
    assert any(duty["kind"] == "校核待更正" and "三处地址不对" in duty["text"] for duty in owed)
    refused(shuyang(home, "quality", "file", HOMES, "--by", "nobody", "--text", "x"), 2, "不在部门名录")
    refused(shuyang(home, "quality", "file", "a/b", "--by", "finance", "--text", "x"), 2, "目录里没有")


def test_scores_have_numerators_and_denominators(home: Home) -> None:
    home.close()
    rows = json.loads(shuyang(home, "quality", "scores", "--json").stdout)
    assert rows[0]["scope"] == "321322" and len(rows) > 40
    assert all(row[code] == "无法评估" or "/" in row[code] for row in rows for code in DIMENSIONS)
    (one,) = json.loads(shuyang(home, "quality", "scores", HOMES, "--json").stdout)
    assert 0 < one["total"] <= 1
    refused(shuyang(home, "quality", "scores", "nowhere"), 2, "目录里没有")


def test_suggested_rules_are_taken_and_checked(home: Home) -> None:
    home.close()
    offered = {row["id"]: row for row in json.loads(shuyang(home, "quality", "suggest", HOMES, "--json").stdout)}
    assert offered["home_id_form"]["held"] == offered["home_id_form"]["looked_at"] > 20
    path = home.settings.catalog.parent / "quality_checks" / f"{HOMES}.yaml"
    try:
        taken = shuyang(home, "quality", "suggest", HOMES, "--accept", "home_id_form", "--by", "李四")
        assert taken.returncode == 0 and "accepted_by: 李四" in path.read_text(encoding="utf-8")
        assert "home_id_form" not in shuyang(home, "quality", "suggest", HOMES).stdout
        checked = json.loads(shuyang(home, "quality", "check", HOMES, "--json").stdout)["results"]
        assert next(r for r in checked if r["expectation_config"]["meta"]["rule"] == "check.home_id_form")["success"]
        assert shuyang(home, "check").returncode == 0
    finally:
        path.unlink(missing_ok=True)
    refused(shuyang(home, "quality", "suggest", HOMES, "--accept", "nothing", "--by", "x"), 2, "没有提出这条规则")
    refused(shuyang(home, "quality", "suggest", HOMES, "--accept", "home_id_form"), 2, "没有写采纳人")
    refused(shuyang(home, "quality", "check", HOMES, "--spark"), 2, "SHUYANG_SPARK_REMOTE")
