"""Dates that spread over a lifetime, in a table about persons: dates of birth, whatever their heading says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, StringValue, Table, Value

from shuyang_data.catalog.model import Column
from shuyang_data.catalog.terms import Kind, Personal, Type
from shuyang_data.classify.chance import LIFETIME
from shuyang_data.classify.leaks import LEAST, Leak

# Headings of what only a person has.
PERSONAL = re.compile("性别|民族|年龄|职业|学历|文化程度|婚姻|籍贯|政治面貌|健康状况|xb$|mz$", re.IGNORECASE)
# So many columns that say something about a person make a table about persons.
ENOUGH_TOLD = 2
DATED = r"^(?:19|20)[0-9]{2}[-/年.]?(?:0?[1-9]|1[0-2])[-/月.]?(?:0?[1-9]|[12][0-9]|3[01])日?生?(?:[ T][0-9:.]+)?$"
DATED_SHARE = 0.7
# Of few persons the years are few: so many of the values name one of their own, and over so many years they spread.
OWN_YEARS, SPREAD, FEWEST = 0.4, 20, 8
# Days of other things that a person does over the years; the heading says so.
OTHER_DAYS = re.compile("成立|登记|注册|入职|参加工作|毕业|开工|竣工|建成|批准|发证|领证|生效|失效|到期|办理|受理|立案")
YEARS, DAYS, SPAN = "years:", "days:", "span:"


def tells_of_persons(columns: Sequence[Column]) -> bool:
    """Whether the rows are about persons: columns that only a person has, or that are declared to say who it is."""
    told = [c for c in columns if c.personal is not Personal.NONE or PERSONAL.search(f"{c.title} {c.name}")]
    return len(told) >= ENOUGH_TOLD


def birth_counts(table: Table, columns: Sequence[Column]) -> dict[str, Value]:
    """What is counted in one pass: of every column that may hold dates how many do, and their years."""
    counts: dict[str, Value] = {}
    for column in columns:
        if column.type not in (Type.TEXT, Type.INTEGER, Type.DATE, Type.DATETIME) or OTHER_DAYS.search(column.title):
            continue
        text: StringValue = table[column.name].cast("string")
        is_day: BooleanValue = text.re_search(DATED) if column.type in (Type.TEXT, Type.INTEGER) else text.notnull()
        counts[f"{DAYS}{column.name}"] = is_day.fill_null(False).sum()
        year = ibis.ifelse(is_day, text.substr(0, 4), ibis.null("string"))
        counts[f"{YEARS}{column.name}"] = year.nunique()
        counts[f"{SPAN}{column.name}"] = year.max().try_cast("int64") - year.min().try_cast("int64")
    return counts


def find_births(counted: Mapping[str, int | None], filled: Mapping[str, int], today: date) -> list[Leak]:
    """counted: what `birth_counts` asked for; filled: column → its values."""
    leaks = []
    for name in (key.removeprefix(DAYS) for key in counted if key.startswith(DAYS)):
        days, years = counted[f"{DAYS}{name}"] or 0, counted[f"{YEARS}{name}"] or 0
        is_few = days >= FEWEST and years >= OWN_YEARS * days and (counted[f"{SPAN}{name}"] or 0) >= SPREAD
        if days >= max(LEAST, DATED_SHARE * filled[name]) and (LIFETIME < years <= today.year - 1900 or is_few):
            leaks.append(Leak(name, Kind.BIRTH_DATE, days, filled[name]))
    return leaks
