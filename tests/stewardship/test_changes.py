"""Proposals, decisions by another person, effective dates, clocks, history; on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shuyang_data.catalog.changes import EntryChange, State, body_at, review_late, submission_late
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.errors import UsageError
from shuyang_data.names import DatasetId
from shuyang_data.stewardship.change_control import (
    UNRECORDED,
    Motive,
    apply_due,
    approve,
    entry_at,
    history,
    record_direct_edits,
    reject,
    submit,
)
from shuyang_data.stewardship.exchange_workbook import export_workbook, import_workbook
from shuyang_data.stewardship.todo import change_rows
from tests.builders import COUNTY_CATALOG, TODAY, a_change
from tests.stewardship.conftest import MakeCounty
from tests.stewardship.test_workbook import HOME, edited, put

HOME_ID = DatasetId("civil_affairs", "nursing_home")
ENTRY = ("datasets", str(HOME_ID))
OTHER_DAY = date(2026, 12, 15)
NEW = "全县养老机构的名录与床位"


def submitted(make_county: MakeCounty, folder: Path, **more: Any) -> list[EntryChange]:
    """A change of one abstract, before its approvers."""
    county = make_county()
    path = folder / "w.xlsx"
    export_workbook(county, path)
    proposal = import_workbook(county, edited(path, "目录清单", put("信息资源摘要", NEW, **HOME))).proposal
    return submit(county, proposal, Motive("数据专员甲", "摘要不清楚", **more))


def holder(office: str) -> str:
    return load_catalog(COUNTY_CATALOG).offices[office][0].name


def abstract(county: Any) -> str:
    return str(load_catalog(county.settings.catalog).datasets[HOME_ID].abstract)


def test_what_is_in_force_stays_until_another_person_approves(make_county: MakeCounty, tmp_path: Path) -> None:
    (change,) = submitted(make_county, tmp_path)
    county = make_county()
    old = abstract(county)
    for stranger, why in (("数据专员甲", "没有担任"), ("公安局首席数据官", "不担任应批准的职务")):
        with pytest.raises(UsageError, match=why):
            approve(county, change.batch, stranger)
    with pytest.raises(UsageError, match="不担任应批准的职务"):
        reject(county, change.batch, "公安局首席数据官", "不行")
    assert abstract(county) == old
    (applied,) = approve(county, change.batch, "民政局首席数据官")
    assert (applied.state, applied.approver) == (State.APPLIED, holder("民政局首席数据官"))
    assert abstract(county) == NEW != old
    with pytest.raises(UsageError, match="办过了"):
        approve(make_county(), change.batch, "民政局首席数据官")


def test_an_approved_change_waits_for_its_day(make_county: MakeCounty, tmp_path: Path) -> None:
    (change,) = submitted(make_county, tmp_path)
    county = make_county()
    old = abstract(county)
    (waiting,) = approve(county, change.batch, "民政局首席数据官", OTHER_DAY)
    assert (waiting.state, abstract(county)) == (State.APPROVED, old)
    assert [c.state for c in apply_due(make_county(date(2026, 12, 14)))] == [State.APPROVED]
    assert [c.state for c in apply_due(make_county(OTHER_DAY))] == [State.APPLIED]
    assert abstract(county) == NEW
    later = make_county(date(2026, 12, 20))
    before, after = (entry_at(later, ENTRY, day) for day in (date(2026, 12, 14), OTHER_DAY))
    assert before is not None and after is not None
    assert (before["abstract"], after["abstract"]) == (old, NEW)


def test_a_change_sent_back_has_a_reason_and_changes_nothing(make_county: MakeCounty, tmp_path: Path) -> None:
    (change,) = submitted(make_county, tmp_path)
    county = make_county()
    with pytest.raises(UsageError, match="没有写理由"):
        reject(county, change.batch, "民政局首席数据官", " ")
    (back,) = reject(county, change.batch, "民政局首席数据官", "摘要仍不清楚")
    assert back.state is State.REJECTED
    assert abstract(county) != NEW
    assert [c.note for c in history(county, ENTRY)] == ["摘要仍不清楚"]


def test_a_catalog_that_moved_on_is_not_overwritten(make_county: MakeCounty, tmp_path: Path) -> None:
    (change,) = submitted(make_county, tmp_path)
    path = make_county().settings.catalog / "datasets" / f"{HOME_ID}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("床位数", "总床位数"), encoding="utf-8")
    with pytest.raises(UsageError, match="目录已经变了"):
        approve(make_county(), change.batch, "民政局首席数据官")


def test_an_edit_without_a_proposal_is_a_version_without_an_approver(make_county: MakeCounty) -> None:
    assert record_direct_edits(make_county()) == []
    path = make_county().settings.catalog / "datasets" / f"{HOME_ID}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("床位数", "总床位数"), encoding="utf-8")
    (edit,) = record_direct_edits(make_county())
    assert (edit.entry, edit.author, edit.approver) == (ENTRY, UNRECORDED, "")
    assert record_direct_edits(make_county()) == []
    yesterday = entry_at(make_county(), ENTRY, date(2026, 11, 23))
    assert yesterday is not None and "床位数" in {column["title"] for column in yesterday["columns"]}


def test_an_applied_change_is_no_direct_edit(make_county: MakeCounty, tmp_path: Path) -> None:
    record_direct_edits(make_county())
    (change,) = submitted(make_county, tmp_path)
    approve(make_county(), change.batch, "民政局首席数据官")
    assert record_direct_edits(make_county()) == []


def test_a_change_submitted_late_says_so(make_county: MakeCounty, tmp_path: Path) -> None:
    submitted(make_county, tmp_path, cause_on=date(2026, 11, 2))
    (row,) = change_rows(make_county(date(2026, 11, 27)))
    # Ten working days after 11-02 end on 11-16; submitted on 11-24, reviewed by 11-26.
    assert (row["submitted_late"], row["late"]) == (6, 1)


def test_a_proposal_needs_author_and_reason(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    export_workbook(county, tmp_path / "w.xlsx")
    proposal = import_workbook(county, tmp_path / "w.xlsx").proposal
    with pytest.raises(UsageError) as error:
        submit(county, proposal, Motive("", ""))
    assert len(error.value.problems) == 2


def test_the_clocks_of_article_17() -> None:
    workdays = Workdays({})
    # 2026-10-01 to 10-07 are holidays, 10-10 is a make-up day: ten working days after 09-29 end on 10-19.
    assert submission_late(a_change(cause_on=date(2026, 9, 29), submitted_on=date(2026, 10, 19)), workdays) == 0
    late = a_change(cause_on=date(2026, 9, 29), submitted_on=date(2026, 10, 21))
    assert submission_late(late, workdays) == 2
    assert (
        submission_late(a_change(cause_on=date(2026, 9, 29), submitted_on=date(2026, 10, 21), extension=5), workdays)
        == 0
    )
    assert review_late(a_change(submitted_on=date(2026, 11, 20)), workdays, date(2026, 11, 24)) == 0
    assert review_late(a_change(submitted_on=date(2026, 11, 20)), workdays, date(2026, 11, 25)) == 1
    assert review_late(a_change(submitted_on=date(2026, 11, 20), decided_on=date(2026, 11, 23)), workdays, TODAY) == 0
    assert workdays.due(date(2026, 9, 29), 10) == date(2026, 10, 19)


def test_an_entry_is_what_it_was_at_any_date() -> None:
    one = a_change(state=State.APPLIED, effective_on=date(2026, 3, 1), before=None, after={"n": 1})
    two = a_change(id="x", state=State.APPLIED, effective_on=date(2026, 6, 1), before={"n": 1}, after={"n": 2})
    pending = a_change(id="y", before={"n": 2}, after={"n": 3})
    found = [
        body_at(("datasets", "a/b"), {"n": 2}, [two, pending, one], day)
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1))
    ]
    assert found == [None, {"n": 1}, {"n": 1}, {"n": 2}]


def direct(county: Any, after: dict[str, Any], author: str = "数据专员甲") -> EntryChange:
    """A change of the homes' entry, submitted as it would be by a workbook."""
    from shuyang_data.catalog.workbook.bodies import catalog_bodies
    from shuyang_data.stewardship.proposal import Change, Proposal

    before = catalog_bodies(county.catalog)[ENTRY]
    (change,) = submit(
        county,
        Proposal((Change(ENTRY, before, {**before, **after}, ("民政局首席数据官",)),), ()),
        Motive(author, "理由"),
    )
    return change


def test_a_change_for_a_later_day_does_not_undo_one_in_between(make_county: MakeCounty) -> None:
    """Seen: it silently did."""
    waiting = direct(make_county(), {"abstract": NEW})
    approve(make_county(), waiting.batch, "民政局首席数据官", OTHER_DAY)
    between = direct(make_county(), {"theme": "社会救助"})
    approve(make_county(), between.batch, "民政局首席数据官")
    assert [c.state for c in apply_due(make_county(OTHER_DAY))] == [State.APPLIED]
    dataset = load_catalog(make_county().settings.catalog).datasets[HOME_ID]
    assert (dataset.abstract, dataset.theme) == (NEW, "社会救助")
    (applied,) = make_county().changes.changes(batch=waiting.batch)
    assert applied.before is not None and applied.before["theme"] == "社会救助", "history starts from what stood there"


def test_a_change_of_what_was_changed_in_between_is_sent_back(make_county: MakeCounty) -> None:
    waiting = direct(make_county(), {"abstract": NEW})
    approve(make_county(), waiting.batch, "民政局首席数据官", OTHER_DAY)
    between = direct(make_county(), {"abstract": "另一种说法的摘要"})
    approve(make_county(), between.batch, "民政局首席数据官")
    (returned,) = apply_due(make_county(OTHER_DAY))
    assert returned.state is State.REJECTED and "abstract" in returned.note
    assert abstract(make_county()) == "另一种说法的摘要"


def test_a_change_that_the_catalog_of_its_day_refuses_is_sent_back(make_county: MakeCounty) -> None:
    """Its code was given to another dataset meanwhile."""
    county = make_county()
    waiting = direct(county, {"code": "307999/77"})
    approve(make_county(), waiting.batch, "民政局首席数据官", OTHER_DAY)
    other = next(
        path
        for path in sorted((county.settings.catalog / "datasets/civil_affairs").glob("*.yaml"))
        if path.stem != HOME_ID.dataset
    )
    text = other.read_text(encoding="utf-8")
    import re

    other.write_text(re.sub(r"^code: .*$", "code: 307999/77", text, flags=re.M), encoding="utf-8")
    (returned,) = apply_due(make_county(OTHER_DAY))
    assert returned.state is State.REJECTED and "307999/77" in returned.note


@pytest.mark.parametrize("author", ["民政局首席数据官", holder("民政局首席数据官")])
def test_nobody_approves_what_is_their_own_whatever_they_are_called(make_county: MakeCounty, author: str) -> None:
    change = direct(make_county(), {"abstract": NEW}, author)
    for name in ("民政局首席数据官", holder("民政局首席数据官")):
        with pytest.raises(UsageError, match="两个不同的人"):
            approve(make_county(), change.batch, name)


def test_whoever_left_the_office_approves_nothing(make_county: MakeCounty) -> None:
    change = direct(make_county(), {"abstract": NEW})
    name = holder("民政局首席数据官")
    path = make_county().settings.catalog / "officers.yaml"
    text = path.read_text(encoding="utf-8")
    left = f"{{name: {name}, since: 2026-01-01, until: 2026-11-23}}, {{name: 新任, since: 2026-11-24}}"
    path.write_text(text.replace(f"{{name: {name}, since: 2026-01-01}}", left), encoding="utf-8")
    with pytest.raises(UsageError, match="没有担任"):
        approve(make_county(), change.batch, name)
    (applied,) = approve(make_county(), change.batch, "新任")
    assert applied.approvals[0].by == "新任"


def closed(sheet: Any) -> None:
    put("开放类型", "不予开放", **HOME)(sheet)
    put("不予开放依据", "涉及个人隐私", **HOME)(sheet)


def test_a_stricter_access_needs_both_offices(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    path = tmp_path / "w.xlsx"
    export_workbook(county, path)
    edited(path, "目录清单", closed)
    (change,) = submit(county, import_workbook(county, path).proposal, Motive("数据专员甲", "隐私"))
    assert len(change.offices) == 2
    (half,) = approve(make_county(), change.batch, "民政局首席数据官")
    assert (half.state, half.lacking) == (State.PENDING, change.offices[1:])
    with pytest.raises(UsageError, match="不担任应批准的职务"):
        approve(make_county(), change.batch, "民政局首席数据官")
    (applied,) = approve(make_county(), change.batch, change.offices[1])
    assert applied.state is State.APPLIED
    assert [given.office for given in applied.approvals] == list(change.offices)


def test_entries_that_need_each_other_come_into_force_together(make_county: MakeCounty) -> None:
    """The first refers to the second: neither alone would be valid, and both were approved."""
    from shuyang_data.catalog.workbook.bodies import catalog_bodies
    from shuyang_data.stewardship.fitting import fitting

    catalog = make_county().catalog
    home = catalog_bodies(catalog)[ENTRY]
    parent = {**home, "title": "另一份机构名录", "code": "307001321322003/0102"}
    column = {**home["columns"][0], "references": "civil_affairs/second.home_id"}
    child = {
        **home,
        "title": "又一份机构名录",
        "code": "307001321322003/0103",
        "columns": [column, *home["columns"][1:]],
    }
    pair = [
        a_change(id=f"BG2026-0009-000{number}", name=name, after=body, state=State.APPROVED, effective_on=TODAY)
        for number, (name, body) in enumerate(
            (("civil_affairs/first", child), ("civil_affairs/second", parent)), start=1
        )
    ]
    fit, returned = fitting(catalog, pair)
    assert ([change.name for change in fit], returned) == (["civil_affairs/first", "civil_affairs/second"], [])
    fit, returned = fitting(catalog, pair[:1])
    assert (fit, [change.state for change in returned]) == ([], [State.REJECTED])
    assert "civil_affairs/second" in returned[0].note
