"""Which steps a dataset goes through, and what stands afterwards: a good, a refused and a blocked delivery, and the rest."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import islice

import pytest

from shuyang_data.catalog.checks import DeclaredCheck
from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.model import Dataset, Opening, Sharing
from shuyang_data.catalog.terms import Access, Basis, FileFormat, KeyFolding
from shuyang_data.chain.make import LAYERS, layers_of, make
from shuyang_data.chain.results import last_results
from shuyang_data.chain.steps import Check, Checked, Made, Step, Stopped
from shuyang_data.county import County
from shuyang_data.errors import AccountingError
from shuyang_data.names import Layer
from tests.builders import TODAY, a_catalog, a_column, a_dataset, write_csv
from tests.chain.conftest import MakeCounty
from tests.small_county import deliver, later, layers_made, made, rows_of, standing, stops

COLUMNS = (a_column("code", title="编号", required=True), a_column("name", title="名称"))
DATASET = a_dataset(*COLUMNS)
CLOSED = DATASET.model_copy(update={"opening": Opening(access=Access.REFUSED, basis="某法")})
HIDDEN = DATASET.model_copy(
    update={"sharing": Sharing(access=Access.REFUSED, basis="某法", basis_type=Basis.LAW), "opening": CLOSED.opening}
)
# Grade 3 may be shared on conditions, and never opened as it is.
GRAVE = DATASET.model_copy(
    update={
        "sharing": Sharing(access=Access.CONDITIONAL, condition="限职责"),
        "columns": (COLUMNS[0], a_column("name", title="名称", grade=3)),
    }
)
GOOD, BAD, EMPTY = ("编号,名称", "1,甲", "2,乙"), ("编号,名称", ",甲", ",乙"), ("",)
DUTY = "某局科（首席数据官）"
TO_RAW = (Layer.LANDING, Check.DELIVERY)
TO_STANDARD = (*TO_RAW, Check.GRADE, Layer.RAW, Check.BLOCKING, Check.RECTIFY, Check.ADVICE)


@pytest.fixture
def county(county_of: MakeCounty) -> County:
    return county_of(a_catalog(DATASET))


def names(steps: list[Step]) -> tuple[Layer | Check, ...]:
    """What every step is about, in order."""
    return tuple(step.check if isinstance(step, Checked) else step.layer for step in steps)


def made_as(county: County, dataset: Dataset, run: str = "second") -> list[Step]:
    """The chain on another night, with this declaration."""
    return made(later(county, run, catalog=a_catalog(dataset)), dataset)


def held_tables(county: County) -> list[str]:
    query = "SELECT table_name FROM duckdb_tables() WHERE temporary AND table_name LIKE 'held%'"
    return [name for (name,) in county.engine.connection.execute(query).fetchall()]


def test_a_good_delivery_passes_every_layer_from_left_to_right(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    steps = made(county, DATASET)
    assert names(steps) == (*TO_STANDARD, Layer.STANDARD, Layer.REJECTED, Layer.SHARED, Layer.OPEN)
    assert [step.rows for step in steps if isinstance(step, Made)] == [None, 2, 2, 0, 2, 2]
    assert all(step.passed for step in steps if isinstance(step, Checked))
    assert {step.dataset for step in steps} == {DATASET.id}
    assert standing(county, DATASET, Layer.SHARED) and standing(county, DATASET, Layer.OPEN)
    assert held_tables(county) == []


def test_the_layers_of_a_dataset_are_those_that_the_catalog_wants() -> None:
    assert layers_of(DATASET) == LAYERS
    assert layers_of(CLOSED) == LAYERS[:-1]
    assert layers_of(HIDDEN) == LAYERS[:-2]


def test_a_refused_delivery_stops_in_raw_and_leaves_what_stands(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    before = [standing(county, DATASET, layer) for layer in (Layer.SHARED, Layer.OPEN)]
    deliver(county.settings, DATASET, *EMPTY, day="20261102")
    steps = made_as(county, DATASET)
    assert names(steps) == (*TO_RAW, Layer.RAW)
    checked, stopped = steps[1:]
    assert isinstance(checked, Checked) and not checked.passed and "empty_file" in checked.summary
    assert isinstance(stopped, Stopped) and stopped.duty == DUTY and "empty_file" in stopped.reasons[0]
    assert [standing(county, DATASET, layer) for layer in (Layer.SHARED, Layer.OPEN)] == before
    outcome = county.registry.outcome(DATASET.id)
    assert outcome is not None and outcome.blocked_by == stopped.reasons
    assert outcome.counts.accepted == 2, "the last good state stays"


def test_the_night_after_a_refusal_makes_the_last_good_delivery_and_still_says_why_it_is_blocked(
    county: County,
) -> None:
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    deliver(county.settings, DATASET, *EMPTY, day="20261102")
    made_as(county, DATASET)
    steps = made_as(county, DATASET, "third")
    assert layers_made(steps) == list(LAYERS)
    outcome = county.registry.outcome(DATASET.id)
    assert outcome is not None and "empty_file" in outcome.blocked_by[0]


def test_a_blocked_delivery_stops_before_the_commit_and_leaves_what_stands(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    before = [standing(county, DATASET, layer) for layer in (Layer.SHARED, Layer.OPEN)]
    deliver(county.settings, DATASET, *BAD, day="20261102")
    steps = made_as(county, DATASET)
    assert names(steps) == (*TO_STANDARD, Layer.STANDARD)
    verdicts = {step.check: step.passed for step in steps if isinstance(step, Checked)}
    assert (verdicts[Check.BLOCKING], verdicts[Check.DELIVERY]) == (False, True)
    assert stops(steps)[0].duty == DUTY
    assert [standing(county, DATASET, layer) for layer in (Layer.SHARED, Layer.OPEN)] == before
    assert {row["code"] for row in rows_of(county, DATASET)} == {"1", "2"}
    outcome = county.registry.outcome(DATASET.id)
    assert outcome is not None
    assert (outcome.counts.accepted, outcome.held, outcome.blocked_by) == (2, 2, stops(steps)[0].reasons)


def test_one_layer_that_the_policy_forbids_stops_and_the_other_is_made(county_of: MakeCounty) -> None:
    county = county_of(a_catalog(GRAVE))
    deliver(county.settings, GRAVE, *GOOD)
    steps = made(county, GRAVE)
    assert names(steps)[-2:] == (Layer.SHARED, Layer.OPEN)
    (stopped,) = stops(steps)
    assert stopped.layer is Layer.OPEN and "名称" in stopped.reasons[0]
    assert standing(county, GRAVE, Layer.SHARED) is not None
    assert standing(county, GRAVE, Layer.OPEN) is None
    outcome = county.registry.outcome(GRAVE.id)
    assert outcome is not None and "open_grade" in outcome.forbidden[0] and outcome.blocked_by == ()


def test_a_layer_that_the_catalog_no_longer_wants_is_withdrawn_without_a_step(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    steps = made_as(county, CLOSED)
    assert Layer.OPEN not in names(steps) and not stops(steps)
    assert standing(county, CLOSED, Layer.OPEN) is None
    assert standing(county, CLOSED, Layer.SHARED) is not None
    outcome = county.registry.outcome(CLOSED.id)
    assert outcome is not None and outcome.forbidden == (), "nobody is stopped by what nobody asked for"


@pytest.mark.parametrize("delivered", [BAD, EMPTY], ids=["blocked", "refused"])
def test_a_stopped_delivery_keeps_nothing_open_that_the_catalog_has_closed(
    county: County, delivered: tuple[str, ...]
) -> None:
    """Seen: the chain ended at the stop, and what was closed the same day stayed open for good."""
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    deliver(county.settings, DATASET, *delivered, day="20261102")
    steps = made_as(county, CLOSED)
    assert len(stops(steps)) == 1
    assert standing(county, CLOSED, Layer.OPEN) is None
    assert standing(county, CLOSED, Layer.SHARED) is not None


def test_a_stopped_delivery_keeps_nothing_open_that_the_policy_forbids(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    deliver(county.settings, DATASET, *BAD, day="20261102")
    stopped = stops(made_as(county, GRAVE))
    assert [stop.layer for stop in stopped] == [Layer.STANDARD, Layer.OPEN]
    assert standing(county, GRAVE, Layer.OPEN) is None
    outcome = county.registry.outcome(GRAVE.id)
    assert outcome is not None and outcome.blocked_by and "open_grade" in outcome.forbidden[0]


def test_only_what_was_asked_for_is_made(county: County) -> None:
    """standard and rejected are two sides of one step; the order is the chain's, not the caller's."""
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    waiting = deliver(county.settings, DATASET, *GOOD, "3,丙", day="20261103")
    judged = TO_STANDARD[4:]
    for asked, expected in (
        ((), ()),
        ((Layer.OPEN,), (Layer.OPEN,)),
        ((Layer.REJECTED,), (*judged, Layer.STANDARD, Layer.REJECTED)),
        ((Layer.SHARED, Layer.STANDARD), (*judged, Layer.STANDARD, Layer.REJECTED, Layer.SHARED)),
    ):
        assert names(made(later(county), DATASET, asked)) == expected
    assert waiting.exists()
    assert names(made(later(county), DATASET, (Layer.LANDING,))) == (Layer.LANDING,)
    assert not waiting.exists()
    assert len(rows_of(county, DATASET)) == 2


def test_what_was_received_and_not_read_is_no_fault(county: County) -> None:
    """Seen: standard without raw was a fault of the platform, 行数对不上, and a first one died in the engine."""
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET, (Layer.LANDING,))
    for steps in (made(county, DATASET, (Layer.STANDARD,)), made(county, DATASET, (Layer.REJECTED, Layer.OPEN))):
        assert stops(steps)[0].reasons == ("还有交付没有读入：连同落地、原始两层一起选上再做",)
    steps = made(county, DATASET, (Layer.STANDARD, Layer.RAW))
    assert names(steps) == (*TO_STANDARD[1:], Layer.STANDARD, Layer.REJECTED)


def test_before_anything_was_committed_nothing_is_published_and_nothing_lost(county: County) -> None:
    steps = made(county, DATASET, (Layer.SHARED, Layer.OPEN))
    assert [(stop.layer, stop.reasons) for stop in stops(steps)] == [
        (Layer.SHARED, ("还没有合格的数据可以发布",)), (Layer.OPEN, ("还没有合格的数据可以发布",)),
    ]  # fmt: skip
    assert made(county, HIDDEN, (Layer.SHARED, Layer.OPEN)) == []
    assert len(stops(made(county, DATASET, (Layer.STANDARD,)))) == 1
    assert names(made(county, DATASET)) == (*TO_RAW, Layer.RAW), "no delivery: stopped once, not in every layer"
    assert standing(county, DATASET, Layer.SHARED) is None


def test_a_first_delivery_that_is_blocked_publishes_nothing(county: County) -> None:
    deliver(county.settings, DATASET, *BAD)
    assert [stop.layer for stop in stops(made(county, DATASET))] == [Layer.STANDARD]
    assert rows_of(county, DATASET) == []
    assert standing(county, DATASET, Layer.SHARED) is None
    assert [stop.layer for stop in stops(made(county, DATASET, (Layer.OPEN,)))] == [Layer.OPEN]


def test_what_the_engine_holds_is_let_go_of_however_the_chain_ends(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    steps = make(county, DATASET)
    assert len(list(islice(steps, 7))) == 7
    assert held_tables(county), "a chain in the middle holds tables"
    steps.close()  # type: ignore[attr-defined]
    assert held_tables(county) == []
    deliver(county.settings, DATASET, *BAD, day="20261102")
    assert stops(made(later(county), DATASET))
    assert held_tables(county) == []
    county.engine.keep(county.engine.rows([{"a": 1}], {"a": "int64"}))
    delivery = county.registry.deliveries(DATASET.id)[-1]
    county.registry.save_delivery(replace(delivery, id="20261101-lost", sequence=delivery.sequence + 1))
    with pytest.raises(AccountingError):
        made(later(county, "third"), DATASET, (Layer.STANDARD,))
    assert held_tables(county) == []


def test_a_declaration_of_another_day_judges_what_stands_in_raw(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    strict = a_dataset(COLUMNS[0], a_column("name", title="名称", pattern="^甲$"), reject_limit=0.6)
    steps = made_as(county, strict)
    assert [row["code"] for row in rows_of(county, strict)] == ["1"]
    assert [row["_reasons"] for row in rows_of(county, strict, Layer.REJECTED)] == ["pattern_mismatch:name;"]
    assert [step.rows for step in steps if isinstance(step, Made)] == [None, 0, 1, 1, 1, 1]
    assert county.as_of == TODAY


def test_a_lost_lake_is_made_again_from_landing(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD)
    made(county, DATASET)
    county.lakehouse.files(DATASET.id.table(Layer.STANDARD))
    shutil.rmtree(county.settings.lake)
    anew = replace(county, run_id="second")
    anew.__dict__["engine"] = county.engine
    assert layers_made(made(anew, DATASET)) == list(LAYERS)
    assert {row["code"] for row in rows_of(anew, DATASET)} == {"1", "2"}


def test_a_reference_to_a_key_without_case_is_found_in_any_case(county_of: MakeCounty) -> None:
    parent = a_dataset(a_column("code", title="编号"), path="civil_affairs/parent", key_folding=KeyFolding.CASE,
                       delivery=Delivery(file="父", format=FileFormat.CSV))  # fmt: skip
    child = a_dataset(
        a_column("code", title="编号"),
        a_column("home", title="机构", references="civil_affairs/parent.code"),
        reject_limit=0.9,
    )
    county = county_of(a_catalog(parent, child))
    for name, lines in (("父", ["编号", "A01", "b02"]), ("测试数据", ["编号,机构", "1,ａ01", "2,B02", "3,c03"])):
        write_csv(county.settings.inbox / "civil_affairs" / f"{name}_20261101.csv", *lines)
    made(county, parent)
    made(county, child)
    assert [(row["code"], row["home"]) for row in rows_of(county, child)] == [("1", "a01"), ("2", "B02")]


def test_a_key_without_forms_is_one_in_every_form_and_so_are_references_to_it(county_of: MakeCounty) -> None:
    """Ⅱ and II, ㈠ and (一), half-width and combining characters: what Unicode calls compatible (NFKC)."""
    parent = a_dataset(a_column("code", title="编号"), path="civil_affairs/parent", key_folding=KeyFolding.NFKC_CASE,
                       delivery=Delivery(file="父", format=FileFormat.CSV), reject_limit=0.9)  # fmt: skip
    child = a_dataset(
        a_column("code", title="编号"), a_column("home", title="机构", references="civil_affairs/parent.code"),
        a_column("away", title="别处"), reject_limit=0.9,
    )  # fmt: skip
    check = DeclaredCheck(
        id="known", type="expect_column_values_to_exist_in_dataset", severity="rectify", indicator="0402",
        title="别处在册", kwargs={"column": "away", "reference": "civil_affairs/parent.code"},
    )  # fmt: skip
    county = county_of(a_catalog(parent, child).model_copy(update={"checks": {child.id: (check,)}}))
    keys = ["第Ⅱ类", "第II类", "第ii类", "㈠组", "ｶﾞ1", "e\u0301", "é", "沭城（一）"]
    write_csv(county.settings.inbox / "civil_affairs" / "父_20261101.csv", "编号", *keys)
    lines = [f"{n},{home},{away}" for n, (home, away) in enumerate([
        ("第Ⅱ类", "第ⅱ类"), ("(一)组", "ガ1"), ("É", "沭城（一）"), ("第Ⅲ类", "第Ⅲ类"), ("沭城（一）", "沭城(一)")
    ])]  # fmt: skip
    write_csv(county.settings.inbox / "civil_affairs" / "测试数据_20261101.csv", "编号,机构,别处", *lines)
    made(county, parent)
    made(county, child)
    stored = [row["code"] for row in rows_of(county, parent)]
    assert sorted(stored) == sorted(["第II类", "(一)组", "ガ1", "é", "沭城(一)"]), "the first of each stays"
    assert {row["code"]: (row["home"], row["away"]) for row in rows_of(county, child)} == {
        "0": ("第II类", "第ii类"), "1": ("(一)组", "ガ1"), "2": ("É", "沭城(一)"), "4": ("沭城(一)", "沭城(一)")
    }  # fmt: skip
    found = {r.rule_id: r for r in last_results(county.settings.reports, child.id)[0]}
    assert (found["check.known"].unexpected, found["home.reference"].unexpected) == (0, 1)
    assert found["table.folded"].unexpected == 4
    results, _ = last_results(county.settings.reports, parent.id)
    assert next(r.unexpected for r in results if r.rule_id == "table.folded") == 5


def test_a_reference_is_written_as_the_key_that_it_refers_to(county_of: MakeCounty) -> None:
    """Seen: the full-width parentheses of a key stayed and those of a reference went, so none was found."""
    names = ["沭城（一）村", "沂涛：二村", "Ａ３村"]
    for folding in (KeyFolding.WIDTH, KeyFolding.EXACT):
        parent = a_dataset(a_column("code", title="编号"), path="civil_affairs/parent", key_folding=folding,
                           delivery=Delivery(file="父", format=FileFormat.CSV))  # fmt: skip
        child = a_dataset(
            a_column("code", title="编号"), a_column("home", title="机构", references="civil_affairs/parent.code")
        )
        county = county_of(a_catalog(parent, child))
        write_csv(county.settings.inbox / "civil_affairs" / "父_20261101.csv", "编号", *names)
        lines = [f"{n},{name}" for n, name in enumerate(names)]
        write_csv(county.settings.inbox / "civil_affairs" / "测试数据_20261101.csv", "编号,机构", *lines)
        made(county, parent)
        made(county, child)
        assert len(rows_of(county, child)) == 3, folding


def test_codes_that_are_full_width_themselves_stay_so(county_of: MakeCounty) -> None:
    dataset = a_dataset(a_column("code", title="编号"), a_column("kind", title="类别", code_list="kinds"))
    county = county_of(a_catalog(dataset, kinds=["甲（临时）", "乙"]))
    deliver(county.settings, dataset, "编号,类别", "1,甲（临时）", "2,乙")
    made(county, dataset)
    assert [row["kind"] for row in rows_of(county, dataset)] == ["甲（临时）", "乙"]


def test_files_put_together_are_one_table(county: County) -> None:
    deliver(county.settings, DATASET, *GOOD, f"\ufeff{GOOD[0]}", "3,丙", "4,丁")
    made(county, DATASET)
    assert {row["code"] for row in rows_of(county, DATASET)} == {"1", "2", "3", "4"}
