"""What a column is, from its name and its values; labelled columns of the project's own making."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import ibis
import pytest

from shuyang_data.catalog.terms import Kind
from shuyang_data.classify.content import About
from shuyang_data.classify.decide import (
    NOTHING,
    Finding,
    decide,
    distinct_values,
    evidence_query,
    quasi_identifiers,
    read_evidence,
)
from shuyang_data.settings import REPOSITORY
from tests.builders import TODAY
from tests.unit.labelled import DIRECT, ROWS, SENSITIVE, Maker, labelled

SHARED = Path(os.environ.get("SHUYANG_SHARED", REPOSITORY.parent / "shared"))
LABELS: dict[Kind, str] = {
    Kind.RESIDENT_ID: "ID_CARD", Kind.MOBILE: "MOBILE", Kind.PLATE: "PLATE", Kind.MASKED: "MASKED", Kind.NAME: "NAME",
    Kind.ADDRESS: "ADDRESS", Kind.BANK_CARD: "BANK_CARD", Kind.BIRTH_DATE: "BIRTH_DATE", Kind.EMAIL: "EMAIL",
    Kind.PHONE: "PHONE", Kind.PASSPORT: "PASSPORT", Kind.IP: "IP", Kind.HASHED: "HASHED", Kind.CREDIT_CODE: "USCC",
}  # fmt: skip


def found_in(columns: dict[str, tuple[list[str], list[str]]]) -> dict[str, Finding | None]:
    """column → what it is; columns: name → (headings, values)."""
    longest = max(len(values) for _, values in columns.values())
    padded = {name: [*values, *[None] * (longest - len(values))] for name, (_, values) in columns.items()}
    connection = ibis.duckdb.connect()
    table = connection.create_table("t", ibis.memtable(padded, schema=ibis.schema(dict.fromkeys(padded, "string"))))
    rows = evidence_query(distinct_values(table, list(padded)), About(TODAY)).execute().to_dict("records")
    connection.disconnect()
    evidence = read_evidence(rows)
    return {name: decide(name, headings, evidence.get(name, NOTHING)) for name, (headings, _) in columns.items()}


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "sensitive_columns").is_dir(), reason="../shared is not here")
def test_the_labelled_columns_are_told_apart() -> None:
    lines = (SHARED / "sensitive_columns/columns.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    columns = {f"c{n}": ([e["column"], e.get("comment") or ""], e["values"]) for n, e in enumerate(entries)}
    labels = [LABELS.get(finding.kind, "NONE") if finding else "NONE" for finding in found_in(columns).values()]
    wrong = [(e["column"], e["label"], label) for e, label in zip(entries, labels, strict=True) if e["label"] != label]
    assert len(entries) - len(wrong) >= 56, wrong


def rates(found: list[tuple[Kind | None, Kind | None]], kinds: tuple[Kind, ...]) -> tuple[float, float]:
    """(precision, recall) over some kinds; found: (label, what was found) of every column."""
    right = sum(label == kind and label in kinds for label, kind in found)
    claimed = sum(kind in kinds for _, kind in found)
    real = sum(label in kinds for label, _ in found)
    return right / claimed, right / real


def test_precision_and_recall_on_columns_in_every_dress() -> None:
    found: list[tuple[Kind | None, Kind | None]] = []
    for seed in range(5):
        made = labelled(seed)
        columns = {f"c{n}": (headings, values) for n, (_, headings, values) in enumerate(made)}
        kinds = [finding.kind if finding else None for finding in found_in(columns).values()]
        found += [(label, kind) for (label, _, _), kind in zip(made, kinds, strict=True)]
    others = tuple(kind for kind in SENSITIVE if kind not in DIRECT)
    print({str(kind): tuple(round(rate, 3) for rate in rates(found, (kind,))) for kind in (*SENSITIVE, Kind.MASKED)})
    assert min(rates(found, DIRECT)) >= 0.98
    assert min(rates(found, (*others, Kind.MASKED))) >= 0.93
    for kind in (*SENSITIVE, Kind.MASKED):
        assert min(rates(found, (kind,))) >= 0.9, kind


def test_columns_that_identify_only_together_are_named() -> None:
    titles = {"a": "性别", "b": "出生年月", "c": "乡镇街道", "d": "民族", "e": "备注"}
    assert quasi_identifiers(titles, []) == ("a", "b", "d")
    assert quasi_identifiers({"a": "性别", "e": "备注"}, []) == ()


def dressed() -> dict[str, tuple[Kind | None, list[str], list[str]]]:
    """Columns that were taken for something else: name → (what it is, headings, values)."""
    maker = Maker(7)
    chance = maker.chance

    def column(kind: Kind | None, heading: str, make: Callable[[], str]) -> tuple[Kind | None, list[str], list[str]]:
        return kind, [heading], [make() for _ in range(ROWS)]

    def hyphened() -> str:
        number = maker.resident()
        return f"{number[:17]}-{number[17]}"

    return {
        "float": column(Kind.MOBILE, "field1", lambda: maker.mobile() + ".0"),
        "two": column(Kind.MOBILE, "联系电话", lambda: f"{maker.mobile()}/{maker.mobile()}"),
        "mixed": column(
            Kind.RESIDENT_ID, "证件号码", lambda: chance.choice((maker.resident, maker.credit, maker.credit))()
        ),
        "few": column(Kind.RESIDENT_ID, "代码", lambda: maker.resident() if chance.random() < 0.1 else maker.credit()),
        "science": column(Kind.RESIDENT_ID, "身份证号", lambda: f"3.{maker.digits(5)}E+17"),
        "hyphen": column(Kind.RESIDENT_ID, "证件号码", hyphened),
        "names": column(Kind.NAME, "field2", lambda: f"{maker.person()}、{maker.person()}"),
        "month": column(Kind.BIRTH_DATE, "出生年月", lambda: f"{maker.day():%Y-%m}"),
        "month2": column(Kind.BIRTH_DATE, "出生年月", lambda: f"{maker.day():%Y年%m月}"),
        "letters": column(Kind.MASKED, "手机号码", lambda: f"138XXXX{maker.digits(4)}"),
        "small": column(Kind.MASKED, "证件号", lambda: f"321322xxxxxxxx{maker.digits(4)}"),
        "mou": column(Kind.MASKED, "姓名", lambda: maker.person()[0] + chance.choice(("某", "某某"))),
        "meter": column(None, "水表号", maker.mobile),
        "version": column(None, "软件版本", lambda: ".".join(str(chance.randrange(9)) for _ in range(4))),
        "science2": column(None, "产值", lambda: f"3.{maker.digits(5)}E+17"),
        "codes": column(Kind.CREDIT_CODE, "统一社会信用代码", maker.credit),
    }


def test_columns_in_disguise_are_what_they_are() -> None:
    """Seen: 5 sensitive columns of 62 were taken for harmless."""
    columns = dressed()
    found = found_in({name: (headings, values) for name, (_, headings, values) in columns.items()})
    assert {name: finding.kind if finding else None for name, finding in found.items()} == {
        name: kind for name, (kind, _, _) in columns.items()
    }
