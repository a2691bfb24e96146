"""Arguments of expectations: which a type takes and of what kind, and why a rule is written wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from shuyang_data.catalog.checks import Condition


@dataclass(frozen=True)
class Argument:
    """title: what it wants, for people; holds: whether a value is such a one."""

    title: str
    holds: Callable[[Any], bool]
    required: bool = False


Arguments = dict[str, Argument]


def required(argument: Argument) -> Argument:
    return replace(argument, required=True)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value == int(value)


def _is_day(value: Any) -> bool:
    """A date or time, or one as YAML and JSON write it."""
    if not isinstance(value, str):
        return isinstance(value, date)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | date)


def _is_list(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(holds(each) for each in value)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2


def _is_reference(value: Any) -> bool:
    dataset, _, column = value.partition(".") if isinstance(value, str) else ("", "", "")
    return dataset.count("/") == 1 and bool(column)


def one_of(*words: str) -> Argument:
    return Argument("、".join(words) + " 之一", lambda value: value in words)


NAME = Argument("一个信息项的名字", _is_text)
NAMES = Argument("信息项名字的列表", lambda value: bool(value) and _is_list(_is_text)(value))
COLUMNS = Argument("信息项名字的列表", _is_list(_is_text))
TEXT = Argument("一段文字", lambda value: isinstance(value, str))
TEXTS = Argument("文字的列表", lambda value: bool(value) and _is_list(_is_text)(value))
NUMBER = Argument("一个数", _is_number)
COUNT = Argument("一个整数", _is_count)
BOUND = Argument("一个数或日期（'2026-01-31'）", lambda value: _is_number(value) or _is_day(value))
DAY = Argument("一个日期（'2026-01-31'）", _is_day)
FLAG = Argument("true 或 false", lambda value: isinstance(value, bool))
SHARE = Argument("0 至 1 之间的数", lambda value: _is_number(value) and 0 <= value <= 1)
VALUES = Argument("值的列表", lambda value: isinstance(value, list | tuple))
PAIRS = Argument("两个值一组的列表", _is_list(_is_pair))
REFERENCE = Argument("部门/数据集.信息项", _is_reference)

MOSTLY = {"mostly": SHARE}
COLUMN = {"column": required(NAME)}
STRICT = {"strict_min": FLAG, "strict_max": FLAG}
BOUNDS = {"min_value": BOUND, "max_value": BOUND, **STRICT}
NUMBERS = {"min_value": NUMBER, "max_value": NUMBER, **STRICT}
COUNTS = {"min_value": COUNT, "max_value": COUNT, **STRICT}


def wrong_arguments(arguments: Arguments, kwargs: Mapping[str, Any]) -> str:
    """Why these are no arguments of the type, for people; empty when they are. None is as good as not given."""
    given = {name: value for name, value in kwargs.items() if value is not None}
    for name in given:
        if name not in arguments:
            return f"没有参数 {name}，可写 {'、'.join(arguments) or '（无）'}"
    for name, argument in arguments.items():
        if argument.required and name not in given:
            return f"缺参数 {name}：{argument.title}"
        if name in given and not argument.holds(given[name]):
            return f"参数 {name} 写的是 {given[name]!r}，应是{argument.title}"
    return ""


def wrong_condition(condition: Condition) -> str:
    """Why a part of a row condition compares with nothing that can be compared with; empty when it does."""
    value = condition.value
    if condition.operator in ("is_null", "is_not_null"):
        return "" if value is None else f"row_condition 的 {condition.operator} 不带值"
    if condition.operator in ("in", "not_in"):
        right, wanted = _is_list(_is_scalar)(value), "值的列表"
    else:
        right, wanted = _is_scalar(value), "一个值"
    return "" if right else f"row_condition 的 {condition.column} {condition.operator} 写的是 {value!r}，应是{wanted}"
