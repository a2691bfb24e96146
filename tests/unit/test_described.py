"""What an analyst is told of a column: its title, unit, key, codes, joins and what was done to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from shuyang_data.catalog.model import Access, Opening, Sharing
from shuyang_data.catalog.registers import Element, Registers
from shuyang_data.catalog.terms import Protection, Type
from shuyang_data.names import Layer
from shuyang_data.records import Release
from shuyang_data.release.described import (
    CATALOGUE,
    catalogue_row,
    code_list_comment,
    column_comments,
    name_columns,
    shown_key,
    table_comment,
)
from tests.builders import NOW, a_catalog, a_column, a_dataset

PEOPLE = a_dataset(
    a_column("resident_id", title="公民身份号码", required=True, open=Protection.HASH), key=("resident_id",),
    path="police/population", title="人口",
)  # fmt: skip


def subsidy(**more: Any) -> Any:
    columns = (
        a_column("line_id", title="编号"),
        a_column("resident_id", title="身份证", references="police/population.resident_id", open=Protection.HASH),
        a_column("town_code", title="乡镇代码", code_list="town"),
        a_column("area", title="片区", code_list="town", shared=Protection.AREA),
        a_column("amount_yuan", Type.DECIMAL, title="金额", note="含补发"),
        a_column("speed", Type.INTEGER, title="速度", element="speed"),
        a_column("note_yuan", title="附言"),
        a_column("phone", title="电话", shared=Protection.MASK_PHONE, open=Protection.DROP),
    )
    return a_dataset(*columns, **{"key": ("line_id",), "path": "finance/subsidy", "title": "补贴"} | more)


def county(dataset: Any) -> Any:
    elements = {"speed": Element(title="速度", definition="每小时行多远", type=Type.INTEGER, unit="公里/小时")}
    return a_catalog(PEOPLE, dataset, town=["1"]).model_copy(update={"registers": Registers(elements=elements)})


PUBLISHED = {(PEOPLE.id, Layer.SHARED), (PEOPLE.id, Layer.OPEN)}


def test_every_column_that_leaves_says_what_it_is() -> None:
    dataset = subsidy()
    found = column_comments(dataset, county(dataset), Layer.SHARED, PUBLISHED)
    assert found == {
        "line_id": "编号；主键",
        "resident_id": "身份证；→ shared.police_population.resident_id",
        "town_code": "乡镇代码；代码见 codes.town，名称在 town_name",
        "town_name": "乡镇代码的名称（town_code 按 codes.town 译出，表外代码为空）",
        "area": "片区；泛化到乡镇",
        "amount_yuan": "金额；单位：元；含补发",
        "speed": "速度；单位：公里/小时",
        "note_yuan": "附言",
        "phone": "电话；电话掩码",
    }
    assert "phone" not in column_comments(dataset, county(dataset), Layer.OPEN, PUBLISHED)


def test_a_join_is_offered_only_where_both_sides_can_be_compared() -> None:
    dataset = subsidy()
    both_hashed = column_comments(dataset, county(dataset), Layer.OPEN, PUBLISHED)["resident_id"]
    assert both_hashed == "身份证；→ open.police_population.resident_id；加钥散列"
    plain = a_column("resident_id", title="身份证", references="police/population.resident_id")
    dataset = subsidy(columns=(a_column("line_id"), plain))
    cannot = "身份证；引用 人口 的公民身份号码，在这里不能连接"
    assert column_comments(dataset, county(dataset), Layer.OPEN, PUBLISHED)["resident_id"] == cannot
    assert column_comments(dataset, county(dataset), Layer.SHARED, set())["resident_id"] == cannot


def test_a_name_never_takes_the_place_of_a_column() -> None:
    coded = {"code_list": "town", "title": "乡镇"}
    dataset = a_dataset(
        a_column("town_code", **coded), a_column("town", **coded), a_column("town_name"), a_column("sex", **coded)
    )
    assert name_columns(dataset, Layer.SHARED) == {
        "town_code": ("town", "town_code_name"), "town": ("town", "town__name"), "sex": ("town", "sex_name")
    }  # fmt: skip


def test_a_masked_key_is_no_key() -> None:
    for way, expected in ((Protection.KEEP, ("code",)), (Protection.HASH, ("code",)), (Protection.MASK_ID, ()), (Protection.DROP, ())):  # fmt: skip
        dataset = a_dataset(a_column("code", open=way), a_column("name"))
        assert shown_key(dataset, Layer.OPEN) == expected
        assert ("主键" in table_comment(dataset, a_catalog(dataset), Layer.OPEN, set())) == bool(expected)
    pair = a_dataset(a_column("station", title="站"), a_column("day", title="日"), key=("station", "day"))
    assert column_comments(pair, a_catalog(pair), Layer.OPEN, set())["station"] == "站；联合主键（station、day）"


def test_a_table_says_whose_it_is_and_what_it_joins_with() -> None:
    dataset = subsidy()
    comment = table_comment(dataset, county(dataset), Layer.SHARED, PUBLISHED)
    assert comment == (
        "补贴；某局；主键 line_id；resident_id → shared.police_population.resident_id；town_code 代码见 codes.town；只用于测试"
    )


def test_a_list_without_a_title_says_what_it_is_used_for() -> None:
    dataset = subsidy()
    assert code_list_comment("town", county(dataset)) == "代码表 town：乡镇代码、片区"
    titled = county(dataset)
    named = titled.code_lists["town"].model_copy(update={"title": "沭阳县乡镇街道"})
    assert (
        code_list_comment("town", titled.model_copy(update={"code_lists": {"town": named}})) == "代码表：沭阳县乡镇街道"
    )


def test_the_catalogue_tells_what_there_is() -> None:
    dataset = subsidy(
        sharing=Sharing(access=Access.CONDITIONAL, condition="限履职"),
        opening=Opening(access=Access.UNCONDITIONAL, licence="许可"),
    )
    release = Release(dataset.id, Layer.SHARED, "v", "f", 7, 0, 1, date(2026, 11, 1), NOW, ())
    shared = dict(zip(CATALOGUE, catalogue_row(release, dataset, county(dataset)), strict=True))
    assert shared == {
        "dataset": "finance/subsidy", "title": "补贴", "department": "finance", "department_title": "某局",
        "layer": "shared", "view_name": "shared.finance_subsidy", "key": "line_id", "rows": 7,
        "data_on": date(2026, 11, 1), "update_cycle": "每月", "grade": 1, "licence": None, "condition": "限履职",
        "code": "307001/1", "abstract": "只用于测试",
    }  # fmt: skip
    gone = dict(zip(CATALOGUE, catalogue_row(release, None, county(dataset)), strict=True))
    assert (gone["title"], gone["rows"], gone["grade"]) == ("finance/subsidy", 7, None)
