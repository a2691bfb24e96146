"""Clean values for every column of a dataset, following its declaration: what a sound department would send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import numpy as np

from samples.people import Residents, credit_codes, names
from shuyang_data.catalog.model import Catalog, Column, Dataset
from shuyang_data.catalog.terms import Check, Type

ROADS = np.array(["人民", "学府", "迎宾", "台州", "上海", "苏州", "北京", "杭州", "深圳", "永嘉", "义乌", "慈溪"])
WORDS = np.array(["华", "盛", "泰", "恒", "瑞", "祥", "丰", "源", "顺", "康", "宏", "达", "花", "木", "虞", "姬"])
TRADES = np.array(["花木", "纺织", "木业", "农机", "电子", "食品", "建材", "物流", "商贸", "服饰"])
PLATE_MARKS = np.array(list("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"))
Columns = dict[str, np.ndarray]


def clean_columns(
    dataset: Dataset, catalog: Catalog, count: int, today: date, keys: Mapping[str, np.ndarray],
    people: Residents, random: np.random.Generator,
) -> Columns:  # fmt: skip
    """name → values as ISO text, numbers as text. keys: `department/dataset.column` → values to refer to."""
    makers = ValueMaker(catalog, count, today, random)
    person = _persons(dataset, count, people, keys, random)
    columns: Columns = {}
    for column in dataset.columns:
        if column.name in person:
            columns[column.name] = person[column.name]
        elif column.references and column.references in keys:
            columns[column.name] = random.choice(keys[column.references], count)
        else:
            columns[column.name] = makers.make(column, is_key=dataset.key == (column.name,))
    if len(dataset.key) > 1:
        _spread_key(dataset, catalog, columns, today)
    if dataset.key[0] == "month":
        columns["month"] = np.array([value[:4] + value[5:7] for value in columns["month"]], dtype=object)
    return columns


def _persons(
    dataset: Dataset, count: int, people: Residents, keys: Mapping[str, np.ndarray], random: np.random.Generator
) -> Columns:
    """The columns of a dataset about residents: one person a row, the same everywhere."""
    names_of = {column.name for column in dataset.columns}
    if "resident_id" not in names_of:
        return {}
    index = np.arange(count) if dataset.key == ("resident_id",) else random.integers(0, len(people.id), count)
    known = keys.get("police/population.resident_id")
    if known is not None:
        held = set(known)
        sound = np.array([number in held for number in people.id])
        index = random.choice(np.flatnonzero(sound), count)
    found = {"resident_id": people.id, "person_name": people.name, "sex": people.sex, "birth_on": people.birth}
    return {name: values[index].copy() for name, values in found.items() if name in names_of}


def _spread_key(dataset: Dataset, catalog: Catalog, columns: Columns, today: date) -> None:
    """A compound key of a code and a time: every code at every moment, newest last."""
    first, second = (dataset.column(name) for name in dataset.key)
    coded, timed = (first, second) if first.code_list else (second, first)
    codes = list(catalog.code_lists[coded.code_list or ""].names)
    count = len(columns[coded.name])
    steps = -(-count // len(codes))
    columns[coded.name] = np.array([codes[n % len(codes)] for n in range(count)], dtype=object)
    moments = [_moment(timed, today, steps - 1 - n // len(codes)) for n in range(count)]
    columns[timed.name] = np.array(moments, dtype=object)


def _moment(column: Column, today: date, back: int) -> str:
    if column.type is Type.DATETIME:
        return str(datetime.combine(today, time(0)) - timedelta(hours=back))
    if column.type is Type.DATE:
        return (today - timedelta(days=back)).isoformat()
    month = today.year * 12 + today.month - 2 - back
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


class ValueMaker:
    """Makes one column at a time from its declaration."""

    def __init__(self, catalog: Catalog, count: int, today: date, random: np.random.Generator) -> None:
        self._catalog, self._count, self._today, self._random = catalog, count, today, random

    def make(self, column: Column, *, is_key: bool) -> np.ndarray:
        if column.check is not None:
            return self._checked(column.check)
        if column.code_list:
            return self._pick(list(self._catalog.code_lists[column.code_list].names))
        maker = {
            Type.DATE: self._dates, Type.DATETIME: self._moments, Type.BOOLEAN: self._booleans,
            Type.INTEGER: self._integers, Type.DECIMAL: self._decimals,
        }.get(column.type)  # fmt: skip
        return maker(column) if maker else self._texts(column, is_key)

    def _pick(self, values: list[str]) -> np.ndarray:
        return self._random.choice(np.array(values, dtype=object), self._count)

    def _checked(self, check: Check) -> np.ndarray:
        if check is Check.CREDIT_CODE:
            return credit_codes(self._count, self._random)
        if check is Check.MOBILE:
            return np.array([f"1{n}" for n in self._random.integers(3_000_000_000, 9_999_999_999, self._count)], object)
        numbers = self._random.choice(34**4, self._count, replace=False)
        marks = np.stack([PLATE_MARKS[numbers // 34**place % 34] for place in range(4)], axis=1)
        return np.array(["苏N" + "".join(row) + "6" for row in marks], dtype=object)

    def _dates(self, column: Column) -> np.ndarray:
        forward = 1500 if column.name in ("valid_until", "expires_on", "next_on") else 0
        days = self._random.integers(1 - forward, 4000 - forward, self._count)
        return np.array([(self._today - timedelta(days=int(day))).isoformat() for day in days], dtype=object)

    def _moments(self, column: Column) -> np.ndarray:
        midnight = datetime.combine(self._today, time(0))
        seconds = self._random.integers(60, 30 * 86400, self._count)
        return np.array([str(midnight - timedelta(seconds=int(second))) for second in seconds], dtype=object)

    def _booleans(self, column: Column) -> np.ndarray:
        return self._pick(["是", "否"])

    def _integers(self, column: Column) -> np.ndarray:
        low, high = int(column.minimum or 0), int(column.maximum or 100_000)
        values = self._random.integers(low, min(high, low + 300) + 1, self._count)
        return values.astype(str).astype(object)

    def _decimals(self, column: Column) -> np.ndarray:
        low, high = column.minimum or 0.0, column.maximum or 5_000_000.0
        values = self._random.uniform(low, high, self._count)
        return np.array([f"{value:.{column.scale}f}" for value in values], dtype=object)

    def _texts(self, column: Column, is_key: bool) -> np.ndarray:
        if column.name == "unit_id":
            return np.array([f"321322100001GB{n // 10:05d}F{n:08d}" for n in range(self._count)], dtype=object)
        if column.pattern or is_key:
            return self._serials(column)
        if column.name in ("person_name", "applicant_name", "representative", "reporter"):
            return names(self._count, self._random)
        if column.name == "address":
            return self._addresses()
        if column.name == "bank_account":
            return np.array([f"62{n:017d}" for n in self._random.integers(0, 10**17, self._count)], dtype=object)
        if column.name.endswith("_name"):
            return self._companies(column)
        return self._pick([f"{column.title}{n}" for n in range(1, 40)])

    def _serials(self, column: Column) -> np.ndarray:
        pattern = column.pattern or ""
        prefix, width = (
            ("JY", 14) if "JY" in pattern else ("", 10) if "{10}" in pattern else (column.name[:2].upper(), 9)
        )
        return np.array([f"{prefix}{n:0{width}d}" for n in range(1, self._count + 1)], dtype=object)

    def _addresses(self) -> np.ndarray:
        towns = np.array(list(self._catalog.code_lists["town"].names.values()))
        picked = self._random.choice(towns, self._count), self._random.choice(ROADS, self._count)
        numbers = self._random.integers(1, 400, self._count)
        return np.array([f"沭阳县{t}{r}路{n}号" for t, r, n in zip(*picked, numbers, strict=True)], dtype=object)

    def _companies(self, column: Column) -> np.ndarray:
        first, second = self._random.choice(WORDS, self._count), self._random.choice(WORDS, self._count)
        trade = self._random.choice(TRADES, self._count)
        parts = zip(first, second, trade, range(self._count), strict=True)
        return np.array([f"沭阳{a}{b}{c}{column.title[:-2]}{n % 97}" for a, b, c, n in parts], dtype=object)
