"""What leaves the house: every refusal takes away what stood, and no protected value is in any published byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shuyang_data.catalog.model import Confirmation, Dataset, Opening, Sharing
from shuyang_data.catalog.sources import SocietyOrigin
from shuyang_data.catalog.terms import Access, Basis, DeliveryMode, Personal, Protection, Type
from shuyang_data.chain import last_look
from shuyang_data.chain.grades import classification_path
from shuyang_data.chain.last_look import text_refusals
from shuyang_data.chain.publish import publish
from shuyang_data.chain.withdraw import withdraw
from shuyang_data.county import County
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Release
from shuyang_data.storage.engine import Engine
from tests.builders import TODAY, a_catalog, a_column, a_dataset
from tests.small_county import a_county, commit, deliver, later, made, published_files, standing

PEOPLE = 60
CONDITIONAL = Sharing(access=Access.CONDITIONAL, condition="限职责")
COMMON, RARE = "青壮年", "耄耋之年"
PHONE = {"grade": 3, "shared": Protection.MASK_PHONE, "open": Protection.DROP}
DATASET = a_dataset(
    a_column("code", title="编号", required=True),
    a_column("contact", title="联系电话", **PHONE),
    a_column("age_group", title="年龄段", personal=Personal.QUASI),
    sharing=CONDITIONAL,
    opening=Opening(access=Access.UNCONDITIONAL, anonymity=20),
    approved_on=date(2026, 1, 5),
)


def phone(number: int) -> str:
    return f"1380000{number * 37:04}"


def lines(small: int = 5) -> list[str]:
    """So many people of the rare age, all others of the common one."""
    groups = [RARE] * small + [COMMON] * (PEOPLE - small)
    return ["编号,联系电话,年龄段", *(f"A{n:03},{phone(n)},{group}" for n, group in enumerate(groups))]


def with_column(name: str, **more: Any) -> dict[str, Any]:
    """The columns, with one of them declared otherwise."""
    return {"columns": tuple(c.model_copy(update=more) if c.name == name else c for c in DATASET.columns)}


def opened_as(**more: Any) -> dict[str, Any]:
    return {"opening": DATASET.opening.model_copy(update=more)}


SOCIETY = SocietyOrigin(kind="society", provider="某公司", contract="合同一号", permitted=(), purpose="研究")
NOT_SHARED = {"sharing": Sharing(access=Access.REFUSED, basis="某法", basis_type=Basis.LAW)}
UNCONDITIONAL = {"sharing": Sharing(access=Access.UNCONDITIONAL)}
# (layer, what the catalog says now, why it is refused, whether the catalog wanted it)
REFUSALS: list[tuple[Layer, dict[str, Any], str, bool]] = [
    (Layer.SHARED, NOT_SHARED, "sharing_refused", False),
    (Layer.SHARED, {"origin": SOCIETY}, "contract_sharing", True),
    (Layer.SHARED, UNCONDITIONAL | with_column("code", grade=3), "unconditional_grade", True),
    (Layer.SHARED, with_column("contact", grade=2), "grade_below_detected", True),
    (Layer.OPEN, opened_as(access=Access.REFUSED, basis="某法"), "opening_refused", False),
    (Layer.OPEN, opened_as(access=Access.CONDITIONAL, condition="申请"), "no_application_route", False),
    (Layer.OPEN, NOT_SHARED, "not_shared", True),
    (Layer.OPEN, {"origin": SOCIETY}, "contract_opening", True),
    (Layer.OPEN, with_column("code", grade=4), "grade_four_open", True),
    (Layer.OPEN, with_column("code", grade=3), "open_grade", True),
    (
        Layer.OPEN, opened_as(access=Access.UNCONDITIONAL) | with_column("contact", open=Protection.MASK_PHONE),
        "grade_three_unconditional", True,
    ),
    (Layer.OPEN, with_column("age_group", personal=Personal.DIRECT), "direct_identifier_open", True),
    (Layer.OPEN, with_column("contact", grade=2), "grade_below_detected", True),
    (Layer.OPEN, opened_as(anonymity=58), "anonymity", True),
]  # fmt: skip


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, one_engine: Engine) -> Iterator[County]:
    """Sixty people, read, looked at and committed once; nothing published."""
    county = a_county(tmp_path_factory.mktemp("people") / "home", a_catalog(DATASET))
    county.__dict__["engine"] = one_engine
    deliver(county.settings, DATASET, *lines())
    made(county, DATASET, (Layer.LANDING, Layer.RAW, Layer.STANDARD))
    yield county
    county.registry.close()


def declared(**more: Any) -> Dataset:
    return DATASET.model_copy(update=more)


def released(county: County, dataset: Dataset, layer: Layer) -> Release:
    publication = publish(county, dataset, layer)
    assert publication.release is not None, publication.refused
    assert publication.refused == () and not publication.forbidden
    return publication.release


def contents(county: County, release: Release) -> str:
    """Every byte of a release as text: its files, and what a reader of the Parquet file sees of schema and statistics."""
    parts = []
    for path in published_files(county, release):
        parts.append(path.read_bytes().decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            parts += [str(pq.read_table(path).to_pylist()), *described(path)]
    return "\n".join(parts)


def described(path: Path) -> Iterator[str]:
    metadata = pq.read_metadata(path)
    yield str(metadata.schema)
    yield str(metadata.metadata)
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            yield str(metadata.row_group(group).column(column))


@pytest.mark.parametrize(("layer", "change", "code", "wanted"), REFUSALS, ids=[f"{r[0]}-{r[2]}" for r in REFUSALS])
def test_every_refusal_withdraws_what_stood_and_leaves_the_other_layer(
    county: County, layer: Layer, change: dict[str, Any], code: str, wanted: bool
) -> None:
    other = Layer.OPEN if layer is Layer.SHARED else Layer.SHARED
    released(county, DATASET, layer)
    beside = released(county, DATASET, other)
    publication = publish(later(county), declared(**change), layer)
    assert publication.release is None
    assert {refused.code for refused in publication.refused} == {code}
    assert all(refused.text for refused in publication.refused)
    assert publication.forbidden is wanted
    assert standing(county, DATASET, layer) is None
    assert standing(county, DATASET, other) == beside
    assert not list((county.settings.published / ".staging").glob("*")), "nothing half made is left"
    assert released(later(county, "third"), DATASET, layer) == standing(county, DATASET, layer)


def test_a_person_who_stands_for_a_lower_grade_lets_it_out(county: County) -> None:
    stands = Confirmation(by="首席数据官", reason="均为公开的值班电话", confirmed_on=TODAY)
    assert released(county, declared(**with_column("contact", grade=2, confirmed=stands)), Layer.SHARED)


def test_an_unreadable_look_at_the_values_lets_nothing_new_out(county: County) -> None:
    path = classification_path(county.settings.reports, DATASET.id)
    text = path.read_bytes()
    try:
        path.write_bytes(text[:40])
        with pytest.raises(ValueError, match="delimiter|Unterminated|Expecting"):
            publish(county, DATASET, Layer.OPEN)
    finally:
        path.write_bytes(text)


def test_withdrawing_twice_or_what_was_never_published_changes_nothing(county: County) -> None:
    released(county, DATASET, Layer.SHARED)
    for _ in range(2):
        withdraw(county, DATASET.id, Layer.SHARED, "试")
        assert standing(county, DATASET, Layer.SHARED) is None
    withdraw(county, DatasetId("civil_affairs", "nothing"), Layer.OPEN, "试")


def test_a_dropped_column_is_in_no_file_of_the_release(county: County) -> None:
    release = released(county, DATASET, Layer.OPEN)
    found = contents(county, release)
    assert {path.name for path in published_files(county, release)} == {
        "data.csv", "data.excel.csv", "data.json", "data.parquet", "dictionary.json", "metadata.json",
        "manifest.json", "SHA256SUMS",
    }  # fmt: skip
    for hidden in ("contact", "联系电话", phone(17), phone(17)[:7]):
        assert hidden not in found, hidden
    for shown in ("age_group", "年龄段", COMMON, "A017"):
        assert shown in found, shown


def test_held_back_rows_are_in_no_file_of_the_release(county: County) -> None:
    release = released(county, DATASET, Layer.OPEN)
    assert (release.rows, release.suppressed) == (PEOPLE - 5, 5)
    found = contents(county, release)
    for hidden in (RARE, *(f"A{n:03}" for n in range(5))):
        assert hidden not in found, hidden
    shared = released(county, DATASET, Layer.SHARED)
    assert (shared.rows, shared.suppressed) == (PEOPLE, 0)
    assert RARE in contents(county, shared)


@pytest.mark.parametrize(("small", "share"), [(6, 6), (7, None)])
def test_a_tenth_of_the_rows_may_be_held_back_and_no_more(county: County, small: int, share: int | None) -> None:
    rows = [
        {"code": f"A{n:03}", "contact": phone(n), "age_group": RARE if n < small else COMMON} for n in range(PEOPLE)
    ]
    other = DATASET.model_copy(update={"id": DatasetId("civil_affairs", f"tenth_{small}")})
    commit(county, other, rows)
    publication = publish(county, other, Layer.OPEN)
    assert (publication.release and publication.release.suppressed) == share
    assert publication.forbidden is (share is None)


HIDDEN_KEY = a_dataset(
    a_column("number", Type.INTEGER, required=True, open=Protection.DROP, shared=Protection.BAND, band=1000.0),
    a_column("colour"),
    key=("number",),
    path="civil_affairs/hidden_key",
)


@pytest.mark.parametrize("layer", [Layer.SHARED, Layer.OPEN])
def test_rows_never_leave_in_the_order_of_a_hidden_column(county: County, layer: Layer) -> None:
    """The same visible rows, and the hidden numbers the other way round: not one byte differs."""
    colours = ["青", "赤", "黄", "白", "黑", "赤", "青"]
    published = []
    for numbers in (range(7), range(6, -1, -1)):
        commit(county, HIDDEN_KEY, [{"number": n, "colour": c} for n, c in zip(numbers, colours, strict=True)])
        withdraw(county, HIDDEN_KEY.id, layer, "试")
        release = released(county, HIDDEN_KEY, layer)
        published.append(
            {p.name: p.read_bytes() for p in published_files(county, release) if p.name.startswith("data")}
        )
    assert published[0] == published[1]
    rows = pq.read_table(county.settings.published / release.folder / "data.parquet").to_pylist()
    assert [row["colour"] for row in rows] == sorted(colours)


# Characters, numbers and years that stand in no heading, date or checksum of a release; no value is so short that it
# stands in what another one shows.
WORD = st.text(st.sampled_from("龘靐齉爩鱻麤龗灪"), min_size=11, max_size=15)
ADDRESS = st.text(st.sampled_from("犇骉麣籲"), min_size=4, max_size=9).map(lambda word: f"{word[:3]}镇{word}路")
NUMBER = st.integers(100_000_000_001, 999_999_999_999).filter(lambda n: n % 1000)
DAY = st.integers(0, 20_000).map(lambda n: date(1911, 1, 2) + timedelta(days=n)).filter(lambda day: day.day > 1)
MASKS = [p for p in Protection if p.value.startswith("mask") and p is not Protection.MASK_ADDRESS]
FITTING: Mapping[str, tuple[Type, st.SearchStrategy[Any], list[Protection]]] = {
    "word": (Type.TEXT, WORD, [*MASKS, Protection.HASH, Protection.DROP]),
    "place": (Type.TEXT, ADDRESS, [Protection.MASK_ADDRESS, Protection.AREA, Protection.HASH, Protection.DROP]),
    "day": (Type.DATE, DAY, [Protection.YEAR, Protection.MONTH, Protection.DROP]),
    "number": (Type.INTEGER, NUMBER, [Protection.BAND, Protection.DROP]),
}


def a_protected_table(draw: st.DrawFn) -> tuple[Dataset, list[dict[str, Any]]]:
    columns = [
        a_column(
            name, kind, grade=2, band=1000.0, required=name == "number",
            shared=draw(st.sampled_from(fitting)), open=draw(st.sampled_from(fitting)),
        )
        for name, (kind, _, fitting) in FITTING.items()
    ]  # fmt: skip
    row = st.fixed_dictionaries({name: values for name, (_, values, _) in FITTING.items()})
    rows = draw(st.lists(row, min_size=1, max_size=6, unique_by=lambda row: row["number"]))
    return a_dataset(*columns, a_column("plain"), key=("number",), path="civil_affairs/secret"), rows


# A release costs a second: what is found is not made smaller.
FOUND = (Phase.explicit, Phase.reuse, Phase.generate)


@given(st.composite(a_protected_table)())
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=FOUND)
def test_no_original_value_of_a_protected_column_is_in_any_published_byte(
    county: County, table: tuple[Dataset, list[dict[str, Any]]]
) -> None:
    dataset, rows = table
    commit(county, dataset, [row | {"plain": "看得见"} for row in rows])
    for layer in (Layer.SHARED, Layer.OPEN):
        withdraw(county, dataset.id, layer, "试")
        found = contents(county, released(county, dataset, layer))
        assert "看得见" in found
        originals: set[str] = reduce(lambda seen, row: seen | {str(value) for value in row.values()}, rows, set())
        assert [value for value in originals if value in found] == []
        assert [repr(row["day"]) for row in rows if repr(row["day"]) in found] == []


OPEN_TO_ALL = a_dataset(
    a_column("code", title="编号", required=True), a_column("note", title="备注"), reject_limit=0.9,
    opening=Opening(access=Access.UNCONDITIONAL),
)  # fmt: skip
PERSON = "32132219900101123X"


def with_notes(notes: list[str]) -> list[str]:
    return ["编号,备注", *(f"A{n:05},{note}" for n, note in enumerate(notes))]


@pytest.mark.parametrize("place", [0, 1500, 4999])
def test_one_resident_id_in_any_row_stops_the_release(tmp_path: Path, place: int) -> None:
    """Seen: what lay between the sampled blocks was published; so was a column that was confirmed as something else."""
    confirmed = Confirmation(by="某科", reason="办公电话", confirmed_on=TODAY)
    for note in (None, confirmed):
        columns = tuple(
            c.model_copy(update={"confirmed": note}) if c.name == "note" else c for c in OPEN_TO_ALL.columns
        )
        dataset = OPEN_TO_ALL.model_copy(update={"columns": columns})
        county = a_county(tmp_path / str(note is None), a_catalog(dataset))
        deliver(
            county.settings,
            dataset,
            *with_notes(["材料齐全"] * place + [f"申请人{PERSON}已受理"] + ["齐全"] * (4999 - place)),
        )
        made(county, dataset)
        assert standing(county, dataset, Layer.OPEN) is None
        (said,) = county.registry.outcome(dataset.id).forbidden  # type: ignore[union-attr]
        assert "备注 的 5000 个值里有 1 个含有居民身份证号（如 3213**************）" in said
        assert PERSON not in said
        county.registry.close()


def test_a_later_delivery_of_an_increment_is_looked_at_too(tmp_path: Path) -> None:
    """Seen: nine clean deliveries, and a tenth of nothing but resident IDs that was published."""
    dataset = OPEN_TO_ALL.model_copy(
        update={"delivery": OPEN_TO_ALL.delivery.model_copy(update={"mode": DeliveryMode.INCREMENT})}
    )
    county = a_county(tmp_path, a_catalog(dataset))
    deliver(county.settings, dataset, *with_notes(["齐全"] * 900))
    made(county, dataset)
    assert standing(county, dataset, Layer.OPEN) is not None
    lines = ["编号,备注", *(f"B{n:05},{PERSON}" for n in range(100))]
    deliver(county.settings, dataset, *lines, day="20261102")
    made(later(county, "n2", 2), dataset)
    assert standing(county, dataset, Layer.OPEN) is None, "what stands goes as well"


@pytest.mark.parametrize("block", [7, 64, 1 << 22])
def test_the_last_look_reads_the_text_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """By other code than the look at the table, and whatever block of the file a number lies across."""
    monkeypatch.setattr(last_look, "BLOCK", max(block, last_look.LONGEST))
    path = tmp_path / "data.csv"
    lines = [f"A{n:05},说明{n}" for n in range(500)]
    for place in (0, 17, 250, 499):
        path.write_text("\n".join([*lines[:place], f"X,{PERSON.lower()}", *lines[place:]]) + "\n", encoding="utf-8")
        (refused,) = text_refusals(path)
        assert (refused.code, "1 处居民身份证号" in refused.text) == ("identifier_found", True)
    path.write_text("\n".join([*lines, f"X,9{PERSON[:17]}5"]), encoding="utf-8")
    assert text_refusals(path) == ()


def test_an_identifier_in_a_key_is_stopped_too(tmp_path: Path) -> None:
    county = a_county(tmp_path, a_catalog(OPEN_TO_ALL))
    deliver(county.settings, OPEN_TO_ALL, "编号,备注", "K1,无", f"{PERSON},无")
    made(county, OPEN_TO_ALL)
    assert standing(county, OPEN_TO_ALL, Layer.OPEN) is None


@pytest.mark.parametrize("layer", [Layer.SHARED, Layer.OPEN])
@pytest.mark.parametrize("place", ["title", "note", "abstract", "heading"])
def test_what_the_package_says_of_the_data_is_looked_at_too(tmp_path: Path, place: str, layer: Layer) -> None:
    """Seen: a number in a column's note stood in dictionary.json of an open release."""
    said = f"联系人身份证{PERSON}"
    columns = OPEN_TO_ALL.columns
    if place in ("note", "heading"):
        named = {"note": {"note": said}, "heading": {"title": f"备注{PERSON}", "source": ("备注",)}}[place]
        columns = tuple(c.model_copy(update=named) if c.name == "note" else c for c in columns)
    more = {place: said} if place in ("title", "abstract") else {}
    dataset = OPEN_TO_ALL.model_copy(update={"columns": columns} | more)
    county = a_county(tmp_path, a_catalog(dataset))
    deliver(county.settings, dataset, *with_notes(["齐全"] * 9))
    made(county, dataset)
    assert standing(county, dataset, layer) is None
    assert PERSON not in "".join(county.registry.outcome(dataset.id).forbidden)  # type: ignore[union-attr]
