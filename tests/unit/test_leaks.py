"""One identifier among all rows is found, whatever it is dressed in; numbers that only look like one are left alone."""

from __future__ import annotations

import base64
import csv
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import add
from pathlib import Path

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.model import Confirmation
from shuyang_data.catalog.terms import Kind, Type
from shuyang_data.classify.births import birth_counts, find_births, tells_of_persons
from shuyang_data.classify.confirmed import stands_for
from shuyang_data.classify.leaks import find_leaks, suspects
from shuyang_data.classify.splits import as_digits, length_counts, splits
from shuyang_data.classify.traces import resident_numbers
from shuyang_data.settings import REPOSITORY
from shuyang_data.standard.identifiers import resident_check_digit
from tests.builders import a_column
from tests.unit.labelled import Maker, labelled

CASES = Path(os.environ.get("SHUYANG_SHARED", REPOSITORY.parent / "shared")) / "cases" / "leaks" / "columns.csv"
TODAY = date(2026, 11, 27)
ENGINE = ibis.duckdb.connect()
NUMBER = "32132219900101123" + resident_check_digit("32132219900101123")
CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def leaks_in(texts: Mapping[str, Sequence[str | None]]) -> set[tuple[str, Kind]]:
    """Heading → values; what is found, by heading."""
    names = {f"c{n}": heading for n, heading in enumerate(texts)}
    table = ibis.memtable(
        {name: list(texts[heading]) for name, heading in names.items()}, schema=dict.fromkeys(names, "string")
    )
    columns = [a_column(name) for name in names]
    lengths = ENGINE.to_pyarrow(table.aggregate(**length_counts(table, columns))).to_pylist()[0]
    by_name = {column.name: column for column in columns}
    joined = {
        "+".join(parts): reduce(add, (as_digits(table, by_name[part]) for part in parts))
        for parts in splits(lengths, list(names))
    }
    values = ENGINE.to_pyarrow(suspects(table, dict.fromkeys(names, 1), names, joined)).to_pylist()
    filled = {name: sum(value is not None for value in texts[heading]) for name, heading in names.items()}
    return {
        ("+".join(names[part] for part in leak.column.split("+")), leak.kind)
        for leak in find_leaks(values, filled, names, TODAY)
    }


DRESSES = {
    "blanks": f"身份证{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}齐全", "hyphens": "-".join((NUMBER[:6], NUMBER[6:14], NUMBER[14:])),
    "underscores": f"{NUMBER[:6]}_{NUMBER[6:]}", "slashes": f"{NUMBER[:6]}/{NUMBER[6:14]}/{NUMBER[14:]}",
    "unseen": f"{NUMBER[:6]}\u200b{NUMBER[6:]}", "hard blank": f"{NUMBER[:6]}\u00a0{NUMBER[6:]}",
    "letters": f"ID{NUMBER}abc", "digits": f"00{NUMBER}001", "full width": NUMBER.translate(WIDE),
    "Chinese": f"号{NUMBER.translate(CHINESE)}", "backwards": NUMBER[::-1], "Base64": base64.b64encode(NUMBER.encode()).decode(),
    "a mask that is none": f"*{NUMBER}", "a hash that is none": f"{'0' * 14}{NUMBER}", "in a text": f"申请人{NUMBER}已受理",
}  # fmt: skip


@pytest.mark.parametrize("dress", DRESSES)
def test_one_resident_id_in_all_rows_is_one_too_many(dress: str) -> None:
    assert leaks_in({"备注": ["材料齐全，已受理"] * 999 + [DRESSES[dress]]}) == {("备注", Kind.RESIDENT_ID)}


@given(st.integers(0, 2**32), st.sampled_from(sorted(DRESSES)), st.text("甲乙丙 ，。abc", max_size=5))
@settings(max_examples=200, deadline=None)
def test_any_number_is_found_in_any_dress(seed: int, dress: str, around: str) -> None:
    number = Maker(seed).resident()
    spoken = DRESSES[dress]
    if dress in ("Base64", "backwards", "full width", "Chinese"):
        spoken = {
            "Base64": base64.b64encode(number.encode()).decode(), "backwards": number[::-1], "full width": number.translate(WIDE),
            "Chinese": number.translate(CHINESE),
        }[dress]  # fmt: skip
    else:
        for part, own in ((NUMBER[:6], number[:6]), (NUMBER[6:14], number[6:14]), (NUMBER[14:], number[14:])):
            spoken = spoken.replace(part, own, 1)
    assert (number, True) in [(n.number, n.is_right) for n in resident_numbers(around + " " + spoken, TODAY)], spoken


def test_a_number_split_over_two_columns_is_found() -> None:
    maker = Maker(1)
    numbers = [maker.resident() for _ in range(50)]
    parts = {"地区": [n[:6] for n in numbers], "编码": [n[6:] for n in numbers], "数": ["7"] * 50}
    assert ("地区+编码", Kind.RESIDENT_ID) in leaks_in(parts)


def test_serial_numbers_with_an_area_and_a_day_are_none() -> None:
    """They look like a number of somebody born lately, and pass the check digit once in eleven."""
    maker = Maker(2)
    serial = [f"32132220{maker.chance.randrange(20, 26)}{maker.chance.randrange(1, 13):02}{maker.chance.randrange(1, 29):02}{maker.digits(4)}"
              for _ in range(600)]  # fmt: skip
    assert leaks_in({"业务流水号": serial}) == set()
    assert leaks_in({"业务流水号": serial[:20] + [NUMBER]}) == {("业务流水号", Kind.RESIDENT_ID)}, (
        "too few to tell chance"
    )


def test_dates_that_spread_over_a_lifetime_are_births_whatever_the_check_digit() -> None:
    maker = Maker(3)
    spoilt = [number[:17] + maker.chance.choice("0123456789X") for number in (maker.resident() for _ in range(300))]
    assert leaks_in({"编码": ["0" * 14 + number for number in spoilt]}) == {("编码", Kind.RESIDENT_ID)}


@pytest.mark.parametrize(
    ("heading", "value", "kind"),
    [
        ("备注", "联系138-{:04}-7446", Kind.MOBILE), ("备注", "邮箱 user{}@qq.com", Kind.EMAIL),
        ("流水号", "1{0:.0f}", None), ("备注", "打入账户6217000481941794725", Kind.BANK_CARD),
        ("备注", "刘霞建女士来电", Kind.NAME), ("备注", "林洋（组长），朱霞", Kind.NAME), ("备注", "申请人：王小明", Kind.NAME),
        ("备注", "车牌苏N{}A违停", Kind.PLATE), ("号牌", "苏N{}A", Kind.PLATE), ("备注", "持护照E1234{}入境", Kind.PASSPORT),
        ("护照号", "E1234{}", Kind.PASSPORT), ("产品编号", "A1234{}", None),
        ("备注", "张小明女士咨询糖尿病门诊{}", Kind.NAME), ("备注", "身份证321322800101{:.3}", Kind.RESIDENT_ID),
        ("产品", "黄瓜、白菜、毛豆", None),
        ("备注", "联系 office@shuyang.gov.cn", None), ("备注", "编号 6217000481941794725", None),
    ],
)  # fmt: skip
def test_other_identifiers_need_a_word_beside_them_or_to_be_many(heading: str, value: str, kind: Kind | None) -> None:
    values = [value.format(3_000_000_000 + n if "{0" in value else str(n + 1000)) for n in range(100)]
    expected = set() if kind is None else {(heading, kind)}
    assert leaks_in({heading: values if "6217" not in value or kind else [*["无"] * 99, values[0]]}) == expected


def test_what_is_labelled_harmless_is_left_alone() -> None:
    for label, headings, values in labelled(7):
        if label is None:
            assert leaks_in({" ".join(headings): values}) == set(), headings


@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_file(), reason="../shared is not here")
def test_the_shared_cases_are_found() -> None:
    with CASES.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    found = leaks_in({name: [row[name] for row in rows] for name in rows[0]})
    ids = {
        "内容1",
        "内容3",
        "内容4",
        "内容7",
        "内容9",
        "内容10",
        "内容12",
        "内容14+内容15",
        "内容31",
        "内容32",
        "备注说明",
    }
    others = {"内容16": Kind.MOBILE, "内容18": Kind.BANK_CARD, "内容19": Kind.NAME, "内容20": Kind.NAME, "内容25": Kind.EMAIL,
              "流水号": Kind.MOBILE, "项目名称": Kind.NAME}  # fmt: skip
    assert found == {(name, Kind.RESIDENT_ID) for name in ids} | set(others.items())
    assert births_in({name: [row[name] for row in rows] for name in rows[0]}) == {"内容27"}


def births_in(titles: Mapping[str, Sequence[str | None]], kind: Type = Type.TEXT) -> set[str]:
    columns = [a_column(f"c{n}", kind, title=title) for n, title in enumerate(titles)]
    table = ibis.memtable({c.name: list(titles[c.title]) for c in columns}, schema={c.name: "string" for c in columns})
    if not tells_of_persons(columns):
        return set()
    counted = ENGINE.to_pyarrow(table.aggregate(**birth_counts(table, columns))).to_pylist()[0]
    filled = {c.name: sum(value is not None for value in titles[c.title]) for c in columns}
    named = {c.name: c.title for c in columns}
    return {named[leak.column] for leak in find_births(counted, filled, TODAY)}


def test_dates_of_a_lifetime_beside_what_only_persons_have_are_births() -> None:
    maker = Maker(4)
    persons = {"性别": ["女"] * 200, "职业": ["工人"] * 200}
    days = [maker.birth() for _ in range(200)]
    assert births_in(persons | {"内容27": days}) == {"内容27"}
    assert births_in(persons | {"内容27": [day.replace("-", "") for day in days]}) == {"内容27"}
    assert births_in(persons | {"参加工作日期": days}) == set(), "the heading says another day"
    assert births_in(persons | {"更新日期": [f"20{n % 20 + 5:02}-03-01" for n in range(200)]}) == set()
    assert births_in({"内容27": days, "面积": ["7"] * 200}) == set(), "nothing there is a person's"


@pytest.mark.parametrize(
    ("given", "found", "holds"),
    [
        ({"kind": Kind.PHONE}, (Kind.PHONE, 1.0), True), ({"kind": Kind.PHONE}, (Kind.MOBILE, 0.1), False),
        ({"kind": Kind.MOBILE, "share": 0.3}, (Kind.MOBILE, 0.3), True),
        ({"kind": Kind.MOBILE, "share": 0.3}, (Kind.MOBILE, 0.31), False),
        ({"confirmed_on": date(2025, 11, 28)}, (Kind.MOBILE, 1.0), True),
        ({"confirmed_on": date(2025, 11, 27)}, (Kind.MOBILE, 1.0), False),
        ({"confirmed_on": date(2026, 11, 28)}, (Kind.MOBILE, 1.0), False),
        ({}, (Kind.MOBILE, 1.0), True), ({}, (Kind.EMAIL, 0.1), False),
    ],
)  # fmt: skip
def test_a_confirmation_holds_for_its_kind_its_share_and_a_year(
    given: Mapping[str, object], found: tuple[Kind, float], holds: bool
) -> None:
    fields: dict[str, object] = {"by": "某科", "reason": "对外公布", "confirmed_on": date(2026, 3, 2)} | dict(given)
    assert stands_for(Confirmation(**fields), Kind.MOBILE, *found, TODAY) is holds  # type: ignore[arg-type]
    assert not stands_for(None, Kind.MOBILE, *found, TODAY)


def day(maker: Maker, first: int, last: int) -> str:
    start = date(first, 1, 1)
    return f"{start + timedelta(days=maker.chance.randrange((date(last, 11, 1) - start).days)):%Y%m%d}"


def stamp(maker: Maker) -> str:
    clock = f"{maker.chance.randrange(24):02}{maker.chance.randrange(60):02}{maker.chance.randrange(60):02}"
    return day(maker, 2020, 2026) + clock


# Ordinary numbers of a county without persons: heading → how one is made, so many of them.
HARMLESS: dict[str, tuple[Callable[[Maker], str], int]] = {
    "订单编号": (lambda m: stamp(m) + m.digits(10), 2000), "流水编号": (lambda m: stamp(m) + m.digits(4), 1500),
    "单号": (lambda m: m.digits(18), 2000), "批次编号": (lambda m: m.digits(19), 1500),
    "检测日期": (lambda m: " ".join(f"{2021 + n % 4}-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in m.chance.sample(range(400), 3)), 60),
    "路线": (lambda m: " ".join(f"118.{m.digits(7)} 34.{m.digits(7)}" for _ in range(20)), 500),
    "坐标": (lambda m: f"118.{m.digits(7)} 34.{m.digits(6)}", 1500), "营业收入": (lambda m: f"{10 ** m.chance.uniform(8, 9):.2f}", 300),
    "办理条件": (lambda m: m.chance.choice(("申请人向社保窗口提交材料", "申请人应当年满十八周岁", "单位负责人应当签字", "参保患者应有高血压诊断证明")), 60),
    "苗木": (lambda m: m.chance.choice(("金银花", "白玉兰", "马尾松", "金钱松", "石楠球", "于字松")), 60),
}  # fmt: skip


@pytest.mark.parametrize("heading", HARMLESS)
def test_ordinary_numbers_and_texts_are_left_alone(heading: str) -> None:
    make, rows = HARMLESS[heading]
    maker = Maker(9)
    assert leaks_in({heading: [make(maker) for _ in range(rows)]}) == set()


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "a", "b"), ("b", "c", "a")])
def test_a_number_split_over_columns_in_any_order_is_found(order: tuple[str, ...]) -> None:
    maker = Maker(5)
    numbers = [maker.resident() for _ in range(60)]
    parts = {"a": [n[:6] for n in numbers], "b": [n[6:14] for n in numbers], "c": [n[14:].lower() for n in numbers]}
    found = leaks_in({name: parts[name] for name in order} | {"数": ["7"] * 60})
    assert ("a+b+c", Kind.RESIDENT_ID) in found


def test_areas_days_and_counters_beside_each_other_are_no_number() -> None:
    maker = Maker(6)
    columns = {
        "区划": ["321322"] * 200,
        "日期": [day(maker, 2023, 2026) for _ in range(200)],
        "号": [maker.digits(4) for _ in range(200)],
    }
    assert leaks_in(columns) == set()


def test_pupils_among_serial_numbers_are_found() -> None:
    """Their years are not those of the counters, and all of them pass."""
    maker = Maker(7)
    pupils = [n for n in (maker.resident() for _ in range(1500)) if 2008 <= int(n[6:10]) <= 2019][:40]
    serial = [f"321322{day(maker, 2020, 2026)}{maker.digits(4)}" for _ in range(1500)]
    assert leaks_in({"业务编号": serial + pupils}) == {("业务编号", Kind.RESIDENT_ID)}
    assert leaks_in({"业务编号": serial}) == set()


def test_what_only_looks_like_a_hash_or_a_mask_is_the_number() -> None:
    maker = Maker(8)
    numbers = [maker.resident() for _ in range(100)]
    bare = next(n for n in numbers if not n.endswith("X"))
    assert leaks_in({"备注": ["无"] * 99 + [f"a0000000000000{bare}"]}) == {("备注", Kind.RESIDENT_ID)}
    assert leaks_in({"编码": [f"{n[:17]}*" for n in numbers]}) == {("编码", Kind.RESIDENT_ID)}
    assert leaks_in({"编码": ["".join(maker.chance.choices("0123456789abcdef", k=64)) for _ in range(500)]}) == set()


def test_births_of_few_persons_and_foundings_of_bodies() -> None:
    maker = Maker(4)
    few = {"性别": ["女"] * 20, "职业": ["农民"] * 20}
    assert births_in(few | {"内容": [maker.birth() for _ in range(20)]}) == {"内容"}
    assert births_in(few | {"内容": [f"{maker.birth()} 12:30:00" for _ in range(20)]}) == {"内容"}
    bodies = {"单位地址": ["x"] * 300, "邮编": ["223600"] * 300}
    assert births_in(bodies | {"建校时间": [day(maker, 1950, 2026) for _ in range(300)]}) == set()
