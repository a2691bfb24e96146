"""Kinds of defects as departments make them, each put into a clean delivery at known rows.

A kind changes cells, rows, the whole table, or the file. `rows` are those that a good gate flags, counted from 0; None
when the delivery as a whole is wrong. `harmless` kinds look odd and are right: a gate that flags them is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from samples.values import Columns

SUBSIDY, PERMIT, WATER = "finance/subsidy", "market/food_permit", "environment/water_reading"
ROWS = 40


@dataclass
class Spoilt:
    """A delivery after a mutation. rows: where it is wrong; twins: sound rows that may be flagged with them; bytes_of:
    what becomes of the file itself.
    """

    columns: Columns
    rows: list[int] | None
    bytes_of: Callable[[bytes], bytes] | None = None
    days_late: int = 0
    twins: tuple[int, ...] = ()


@dataclass(frozen=True)
class Mutation:
    """name: stable; title: what people read; dataset: where it is put; make: columns and random numbers → spoilt."""

    name: str
    title: str
    dataset: str
    make: Callable[[Columns, np.random.Generator], Spoilt]
    harmless: bool = False


def some(columns: Columns, random: np.random.Generator, count: int = ROWS) -> list[int]:
    size = len(next(iter(columns.values())))
    return sorted(int(row) for row in random.choice(size, count, replace=False))


def cells(column: str, change: Callable[[str, np.random.Generator], str]) -> Callable[..., Spoilt]:
    """Change the cells of some rows in one column."""

    def make(columns: Columns, random: np.random.Generator) -> Spoilt:
        rows = some(columns, random)
        for row in rows:
            columns[column][row] = change(columns[column][row], random)
        return Spoilt(columns, rows)

    return make


def _other_digit(text: str, random: np.random.Generator) -> str:
    place = int(random.integers(6, 17))
    return f"{text[:place]}{(int(text[place]) + int(random.integers(1, 10))) % 10}{text[place + 1 :]}"


def _transposed(text: str, random: np.random.Generator) -> str:
    places = [n for n in range(6, 16) if text[n] != text[n + 1]]
    place = int(random.choice(places))
    return f"{text[:place]}{text[place + 1]}{text[place]}{text[place + 2 :]}"


def _typo(text: str, random: np.random.Generator) -> str:
    place = int(random.integers(0, len(text)))
    return f"{text[:place]}{random.choice(list('甲乙丙丁'))}{text[place + 1 :]}"


def _mojibake(text: str, random: np.random.Generator) -> str:
    return text.encode("utf-8").decode("gb18030", errors="replace")


def swap_cells(first: str, second: str) -> Callable[..., Spoilt]:
    def make(columns: Columns, random: np.random.Generator) -> Spoilt:
        rows = some(columns, random)
        for row in rows:
            columns[first][row], columns[second][row] = columns[second][row], columns[first][row]
        return Spoilt(columns, rows)

    return make


def swap_rows(columns: Columns, random: np.random.Generator) -> Spoilt:
    """Persons exchanged between rows: every value is valid by itself."""
    rows = some(columns, random)
    columns["resident_id"][rows] = np.roll(columns["resident_id"][rows], 1)
    return Spoilt(columns, rows)


def shift_cells(columns: Columns, random: np.random.Generator) -> Spoilt:
    """Every cell of some rows stands one column further right."""
    rows, names = some(columns, random), list(columns)
    for row in rows:
        values = [columns[name][row] for name in names]
        for name, value in zip(names, ["", *values[:-1]], strict=True):
            columns[name][row] = value
    return Spoilt(columns, rows)


def exchange_columns(first: str, second: str) -> Callable[..., Spoilt]:
    def make(columns: Columns, random: np.random.Generator) -> Spoilt:
        columns[first], columns[second] = columns[second], columns[first]
        return Spoilt(columns, None)

    return make


def repeat(change: Callable[[Columns, int], None] | None = None) -> Callable[..., Spoilt]:
    """Copies of some rows at the end, changed or not."""

    def make(columns: Columns, random: np.random.Generator) -> Spoilt:
        rows = some(columns, random)
        size = len(next(iter(columns.values())))
        copied = {name: np.concatenate([values, values[rows]]) for name, values in columns.items()}
        for position in range(size, size + len(rows)):
            if change is not None:
                change(copied, position)
        return Spoilt(copied, list(range(size, size + len(rows))), twins=tuple(rows))

    return make


def _other_amount(columns: Columns, row: int) -> None:
    columns["amount_yuan"][row] = "1.00"


def _new_number(columns: Columns, row: int) -> None:
    columns["permit_id"][row] = f"JY{99_000_000_000_000 + row:014d}"


def block(column: str, change: Callable[[str], str], share: float) -> Callable[..., Spoilt]:
    """One stretch of a column changed, a share of all rows: a system's fault, not a clerk's."""

    def make(columns: Columns, random: np.random.Generator) -> Spoilt:
        size = len(columns[column])
        first = int(random.integers(0, int(size * (1 - share)) + 1))
        for row in range(first, first + int(size * share)):
            columns[column][row] = change(columns[column][row])
        return Spoilt(columns, None)

    return make


def drop_rows(share: float) -> Callable[..., Spoilt]:
    def make(columns: Columns, random: np.random.Generator) -> Spoilt:
        size = len(next(iter(columns.values())))
        first = int(random.integers(size // 4, size // 2))
        kept = [row for row in range(size) if not first <= row < first + int(size * share)]
        return Spoilt({name: values[kept] for name, values in columns.items()}, None)

    return make


def file(change: Callable[[bytes], bytes]) -> Callable[..., Spoilt]:
    return lambda columns, random: Spoilt(columns, None, change)


def late(columns: Columns, random: np.random.Generator) -> Spoilt:
    return Spoilt(columns, None, days_late=90)


def extra_delimiters(columns: Columns, random: np.random.Generator) -> Spoilt:
    """A comma inside an unquoted text: the row has a cell too many."""
    rows = some(columns, random)
    for row in rows:
        columns["person_name"][row] = f"{columns['person_name'][row]}\x00"
    return Spoilt(columns, rows, lambda content: content.replace(b"\x00", ",曾用名".encode()))


def _wide(text: str, _: np.random.Generator) -> str:
    return text.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))


def _other_town(text: str, random: np.random.Generator) -> str:
    return "321322101" if text != "321322101" else "321322102"


def _transposed_amount(text: str, _: np.random.Generator) -> str:
    return f"{text[1]}{text[0]}{text[2:]}" if text[1].isdigit() and text[0] != text[1] != "0" else f"1{text[1:]}"


def _in_ten_thousands(text: str) -> str:
    return f"{float(text) / 10000:.2f}"


def _cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3].rsplit(b",", 2)[0]


MUTATIONS = (
    Mutation("missing", "必填项为空", SUBSIDY, cells("amount_yuan", lambda text, _: "")),
    Mutation("placeholder_date", "日期填“无”", SUBSIDY, cells("paid_on", lambda text, _: "无")),
    Mutation("placeholder_text", "文本填“无”", SUBSIDY, cells("person_name", lambda text, _: "无")),
    Mutation("digit", "证号一位打错", SUBSIDY, cells("resident_id", _other_digit)),
    Mutation("transposed", "证号两位颠倒", SUBSIDY, cells("resident_id", _transposed)),
    Mutation("scientific", "证号被 Excel 改成科学计数法", SUBSIDY, cells("resident_id", lambda text, _: "3.21322E+17")),
    Mutation("cut_id", "证号截断为 15 位", SUBSIDY, cells("resident_id", lambda text, _: text[:15])),
    Mutation("zeros", "证号末三位成 000", SUBSIDY, cells("resident_id", lambda text, _: f"{text[:15]}000")),
    Mutation("stranger", "引用不存在的人", SUBSIDY, cells("resident_id", lambda text, _: "110101199003077774")),
    Mutation("swap_rows", "两行的人互换", SUBSIDY, swap_rows),
    Mutation("typo", "姓名错字", SUBSIDY, cells("person_name", _typo)),
    Mutation("mojibake", "姓名乱码（编码读错）", SUBSIDY, cells("person_name", _mojibake)),
    Mutation("question_marks", "姓名成问号", SUBSIDY, cells("person_name", lambda text, _: "????")),
    Mutation("swap_cells", "两列的值互换", SUBSIDY, swap_cells("amount_yuan", "town_code")),
    Mutation("shift", "整行错位一列", SUBSIDY, shift_cells),
    Mutation("delimiter", "多一个分隔符", SUBSIDY, extra_delimiters),
    Mutation("unknown_code", "代码不在代码表", SUBSIDY, cells("subsidy_type", lambda text, _: "Z9")),
    Mutation("code_cut", "区划代码少三位", SUBSIDY, cells("town_code", lambda text, _: text[:6])),
    Mutation("impossible_date", "不存在的日期", SUBSIDY, cells("paid_on", lambda text, _: f"{text[:4]}-02-30")),
    Mutation("future", "将来的日期", SUBSIDY, cells("paid_on", lambda text, _: "2099-01-01")),
    Mutation("foreign_date", "日月年次序的日期", SUBSIDY, cells("paid_on", lambda t, _: f"{t[8:]}/{t[5:7]}/{t[:4]}")),
    Mutation("reversed", "止日早于起日", PERMIT, swap_cells("valid_from", "valid_until")),
    Mutation("pattern", "许可证号格式不符", PERMIT, cells("permit_id", lambda text, _: text.lower())),
    Mutation("negative", "负数", SUBSIDY, cells("amount_yuan", lambda text, _: f"-{text}")),
    Mutation("outlier", "数值多两位", SUBSIDY, cells("amount_yuan", lambda text, _: f"{float(text) * 100 + 1e5:.2f}")),
    Mutation("comma", "小数点写成逗号", WATER, cells("ph", lambda text, _: text.replace(".", ","))),
    Mutation("duplicate", "整行重复", SUBSIDY, repeat()),
    Mutation("same_key", "同一主键、内容不同", SUBSIDY, repeat(_other_amount)),
    Mutation("near", "换了编号的重复", PERMIT, repeat(_new_number)),
    Mutation("unit", "一段的单位错（元成万元）", SUBSIDY, block("amount_yuan", _in_ten_thousands, 0.4)),
    Mutation("one_code", "一段全成同一个代码", SUBSIDY, block("subsidy_type", lambda text: "101", 0.6)),
    Mutation("empty_block", "一段整列为空", WATER, block("oxygen_mg", lambda text: "", 0.4)),
    Mutation("exchanged", "两列内容互换（表头不变）", SUBSIDY, exchange_columns("subsidy_type", "town_code")),
    Mutation("lost_rows", "少了四成的行", SUBSIDY, drop_rows(0.4)),
    Mutation("gap", "时序中断", WATER, drop_rows(0.1)),
    Mutation("truncated", "文件被截断", SUBSIDY, file(_cut)),
    Mutation("empty_file", "空文件", SUBSIDY, file(lambda content: b"")),
    Mutation("late", "数据过期", SUBSIDY, late),
    Mutation("valid_code", "代码错成另一个有效代码", SUBSIDY, cells("town_code", _other_town)),
    Mutation("near_amount", "金额两位颠倒", SUBSIDY, cells("amount_yuan", _transposed_amount)),
    Mutation("other_year", "日期早了一年", SUBSIDY, cells("paid_on", lambda t, _: f"{int(t[:4]) - 1}{t[4:]}")),
    Mutation("few_lost", "少了百分之二的行", SUBSIDY, drop_rows(0.02)),
    Mutation("small_unit", "百分之三的单位错", SUBSIDY, block("amount_yuan", _in_ten_thousands, 0.03)),
    Mutation("wide", "全角数字", SUBSIDY, cells("resident_id", _wide), harmless=True),
    Mutation("spaces", "前后空格", SUBSIDY, cells("person_name", lambda text, _: f" {text}  "), harmless=True),
    Mutation("slashes", "日期用斜线", SUBSIDY, cells("paid_on", lambda t, _: t.replace("-", "/")), harmless=True),
    Mutation("thousands", "千分位", SUBSIDY, cells("amount_yuan", lambda t, _: f"{float(t):,.2f}"), harmless=True),
)  # fmt: skip
