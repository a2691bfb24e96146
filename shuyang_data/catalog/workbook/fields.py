"""A field of an entry as a cell of a sheet: its heading, its words, and how each is turned into the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from shuyang_data.words import Word

Kind = Literal["text", "number", "integer", "date", "flag", "words", "level", "list"]
YES, NO = "是", "否"
SEPARATORS = re.compile(r"[、,，;；\n]+")
DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?$")


class CellError(ValueError):
    """A cell that says nothing a field can hold. expected: what it should say."""

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(f"{found}；应为 {expected}")


@dataclass(frozen=True)
class Field:
    """path: dotted place in the entry's body; title: heading. words: value → what people read, for the kinds `words`,
    `level` (a number with a word) and `list`. source: register whose identities the cell chooses from. aliases: other
    headings for it.
    """

    path: str
    title: str
    kind: Kind = "text"
    words: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    required: bool = False
    note: str = ""
    aliases: tuple[str, ...] = ()
    width: int = 16

    def to_cell(self, value: Any) -> Any:
        """What the cell shows: text, number, date, or None for nothing."""
        if value is None or value == "" or value == []:
            return None
        if self.kind == "flag":
            return YES if value else NO
        if self.kind == "list":
            return "、".join(self.words.get(str(part), str(part)) for part in value)
        if self.kind in ("words", "level"):
            return self.words.get(str(value), str(value))
        if self.kind == "date":
            return date.fromisoformat(value) if isinstance(value, str) else value
        return value

    def from_cell(self, text: str) -> Any:
        """The value that the cell's text stands for, None for an empty cell; raise CellError for none."""
        text = text.strip()
        if not text:
            return None
        if self.kind == "flag":
            return _word(text, {"true": YES, "false": NO}, self.title) == "true"
        if self.kind == "list":
            return [_list_word(part.strip(), self.words, self.title) for part in SEPARATORS.split(text) if part.strip()]
        if self.kind == "words":
            return _word(text, self.words, self.title)
        if self.kind == "level":
            return int(_word(text, self.words, self.title))
        if self.kind == "date":
            return _day(text)
        if self.kind in ("number", "integer"):
            return _number(text, whole=self.kind == "integer")
        return text


def _list_word(text: str, words: Mapping[str, str], title: str) -> str:
    return _word(text, words, title) if words else text


def _word(text: str, words: Mapping[str, str], title: str) -> str:
    """The value behind a word; the value itself is understood, too."""
    for value, word in words.items():
        if text in (word, value):
            return value
    raise CellError(f"{title}写的是“{text}”", "、".join(words.values()))


def _day(text: str) -> str:
    match = DAY.match(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        pass
    raise CellError(f"“{text}”不是日期", "YYYY-MM-DD")


def _number(text: str, *, whole: bool) -> int | float:
    plain = text.replace(",", "").replace("，", "")
    try:
        value = float(plain)
    except ValueError:
        what = "数字列里写了单位" if re.match(r"^[-+]?[\d.]+\s*\D+$", plain) else "不是数字"
        raise CellError(f"“{text}”：{what}", "只写数字") from None
    if not value.is_integer() and whole:
        raise CellError(f"“{text}”不是整数", "整数")
    return int(value) if value.is_integer() and (whole or "." not in plain) else value


def labelled(words: type[Word], suffix: str = "") -> dict[str, str]:
    """The words of a closed list, value → label."""
    return {word.value: f"{word.label}{suffix}" for word in words}


def get_path(body: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where there is nothing."""
    value: Any = body
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def put_path(body: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path; None takes it away, and what became empty with it."""
    *parents, last = path.split(".")
    if value is None:
        _take_away(body, parents, last)
        return
    for part in parents:
        if not isinstance(body.get(part), dict):
            body[part] = {}
        body = body[part]
    body[last] = value


def _take_away(body: dict[str, Any], parents: list[str], last: str) -> None:
    if not parents:
        body.pop(last, None)
        return
    inner = body.get(parents[0])
    if isinstance(inner, dict):
        _take_away(inner, parents[1:], last)
        if not inner:
            body.pop(parents[0])
