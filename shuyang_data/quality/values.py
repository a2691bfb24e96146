"""Arguments of rules as values of the column that they are compared with: YAML knows no decimals, JSON no dates."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
from ibis.expr.types import Table, Value


def like(column: Value, wanted: Any) -> Any:
    """The argument as the column's own kind; raise ValueError for a text that is no such value."""
    kind = column.type()
    if isinstance(wanted, str) and kind.is_date():
        return datetime.fromisoformat(wanted).date()
    if isinstance(wanted, str) and kind.is_timestamp():
        return datetime.fromisoformat(wanted)
    if isinstance(wanted, int | float) and kind.is_decimal():
        return Decimal(str(wanted))
    if isinstance(wanted, str) and kind.is_numeric():
        raise ValueError(f"{wanted!r} 不是数")
    return wanted


def as_seen(seen: Any, wanted: Any) -> Any:
    """The argument as the kind of a value that was observed."""
    if isinstance(wanted, str) and isinstance(seen, datetime):
        return datetime.fromisoformat(wanted)
    if isinstance(wanted, str) and isinstance(seen, date):
        return datetime.fromisoformat(wanted).date()
    if isinstance(wanted, float) and isinstance(seen, Decimal):
        return Decimal(str(wanted))
    return wanted


def without_nan(table: Table) -> Table:
    """What is no number is missing, as in pandas."""
    floats = [name for name, kind in table.schema().items() if kind.is_floating()]
    if not floats:
        return table
    return table.mutate(**{name: ibis.ifelse(table[name].isnan(), None, table[name]) for name in floats})
