"""A synthetic delivery in the form of a real one: its headings, and no value of it but the codes of code lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import count, islice

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.terms import Check, Type
from shuyang_data.standard.identifiers import body_check_digit, credit_check_digit, resident_check_digit
from shuyang_data.stewardship.drafting.columns import DraftColumn

ROWS = 20
FIRST_DAY = date(2001, 1, 1)


def example_rows(columns: Sequence[DraftColumn], catalog: Catalog) -> list[list[str]]:
    """Rows of text, the headings first; the same for the same columns."""
    made = [list(islice(_values(column, catalog), ROWS)) for column in columns]
    return [[column.fields["title"] for column in columns], *map(list, zip(*made, strict=True))]


def _values(column: DraftColumn, catalog: Catalog) -> Iterator[str]:
    if name := column.fields.get("code_list"):
        codes = list(catalog.code_lists[name].names)
        yield from (codes[number % len(codes)] for number in count())
        return
    delivered = set(column.values)
    yield from (value for value in map(_maker(column), count(1)) if value not in delivered)


def _maker(column: DraftColumn) -> Callable[[int], str]:
    check, title = column.fields.get("check"), column.fields["title"]
    makers: dict[str, Callable[[int], str]] = {
        Check.RESIDENT_ID: _resident_id, Check.CREDIT_CODE: _credit_code, Check.MOBILE: lambda n: f"1990000{n:04d}",
        Check.PLATE: lambda n: f"苏N{n:05d}",
        Type.INTEGER: str, Type.DECIMAL: lambda n: f"{n}.5",
        Type.DATE: lambda n: (FIRST_DAY + timedelta(days=n)).isoformat(),
        Type.DATETIME: lambda n: (datetime(2001, 1, 1, 8) + timedelta(hours=n)).isoformat(sep=" "),
    }  # fmt: skip
    return makers.get(check or column.fields["type"], lambda n: f"示例{title}{n}")


def _resident_id(number: int) -> str:
    """Of the county, born long ago, with a right check digit: nobody's."""
    first = f"321322{date(1900, 1, 1) + timedelta(days=number):%Y%m%d}{number % 1000:03d}"
    return first + resident_check_digit(first)


def _credit_code(number: int) -> str:
    body = f"{number:08d}"
    first = f"91321322{body}{body_check_digit(body)}"
    return first + credit_check_digit(first)
