"""Raw text → declared types. A value that cannot be read exactly becomes NULL beside its text, never a guess.

In: raw, the declared columns as text plus `_delivery_id`, `_row_number`, `_read_fault`; a column that no file
carries may be absent and reads as empty.
Out: the declared columns with their types; for every column that is not text also `<name>__text`, the
normalised text, so that a rule can tell "empty" from "damaged".
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
from ibis.expr.types import StringValue, Table, Value

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import KeyFolding, Type
from shuyang_data.standard.shapes import FULL_WIDTH, HALF_WIDTH, in_its_years, read_plain, read_shapes

# Of a key only letters, digits and blanks are folded: a comma may be part of a name.
WIDE_LETTERS = "".join(chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
KEY_WIDE = WIDE_LETTERS + "－　\u00a0"
KEY_NARROW = "".join(chr(ord(wide) - 0xFEE0) for wide in WIDE_LETTERS) + "-  "
CLEAN = "^[!-~]([ -~]*[!-~])?$"
CLEAN_CODE = "^[0-9A-Z]+$"
WIDE = f"[{FULL_WIDTH}]"
MAXIMUM_ROWS = 10_000_000_000
SYSTEM_COLUMNS = ("_delivery_id", "_row_number", "_read_fault")


def text_name(column: Column) -> str:
    """The column of the typed table that holds a declared column's normalised text."""
    return column.name if column.type is Type.TEXT else f"{column.name}__text"


def cast_rows(raw: Table, dataset: Dataset, sequences: Mapping[str, int], year: int, offset: int = 0) -> Table:
    """The typed table. sequences: delivery id → its place in the order of deliveries. year: of the newest delivery.
    offset: minutes by which the county's clocks are ahead of UTC, for moments that are written with a zone.

    Adds `_sequence`, and `_order`, greater for the row that wins when two rows have one key: later deliveries before
    earlier ones, and within a delivery the first row, or the last where rows are operations.
    """
    sequence = _sequence(raw, sequences)
    columns: dict[str, Value] = {name: raw[name] for name in SYSTEM_COLUMNS}
    columns["_sequence"] = sequence
    place = raw["_row_number"]
    columns["_order"] = sequence * MAXIMUM_ROWS + (place if dataset.delivery.operation else -place)
    for column in dataset.columns:
        delivered = raw[column.name] if column.name in raw.columns else ibis.null("string")
        folded = delivered
        if column.name in dataset.key and column.type is Type.TEXT and dataset.key_folding is not KeyFolding.EXACT:
            folded = fold_width(delivered)
        columns[text_name(column)] = normalise(folded, column)
    texts = raw.select(**columns)
    typed = [column for column in dataset.columns if column.type is not Type.TEXT]
    # One projection a step: within one, an engine computes a shared subexpression anew inside every branch.
    near = texts.mutate(**{column.name: read_plain(texts[text_name(column)], column) for column in typed})
    read = near.mutate(**{c.name: near[c.name].coalesce(read_shapes(_rest(near, c), c, offset)) for c in typed})
    dates = [column for column in typed if column.type in (Type.DATE, Type.DATETIME)]
    return read.mutate(**{column.name: in_its_years(read[column.name], column, year) for column in dates})


def _sequence(raw: Table, sequences: Mapping[str, int]) -> Value:
    if len(sequences) == 1:
        return ibis.literal(next(iter(sequences.values())), type="int64")
    cases = [(raw["_delivery_id"] == key, ibis.literal(value, type="int64")) for key, value in sequences.items()]
    return ibis.cases(*cases, else_=ibis.literal(0, type="int64"))


def fold_width(text: StringValue) -> StringValue:
    """A key's letters, digits and blanks in half width, so that one key is one key however it was typed."""
    folded: StringValue = ibis.ifelse(text.re_search(CLEAN), text, text.translate(KEY_WIDE, KEY_NARROW))
    return folded


def normalise(text: StringValue, column: Column) -> StringValue:
    """Trimmed, empty as NULL; identifiers and codes also half-width and upper case (GB 11643, GB 32100)."""
    trimmed = text
    if column.type is Type.TEXT and (column.check or column.code_list or column.references):
        trimmed = ibis.ifelse(text.re_search(WIDE), text.translate(FULL_WIDTH, HALF_WIDTH), text)
        if column.check:
            trimmed = trimmed.upper()
    # Most values are clean already; looking is ten times cheaper than translating and trimming.
    clean = CLEAN_CODE if column.check else CLEAN
    return ibis.ifelse(text.re_search(clean), text, trimmed.strip().nullif(""))


def _rest(near: Table, column: Column) -> StringValue:
    """The texts that the plain reading could not take, NULL for all others: on NULL the dear reading costs nothing."""
    text: StringValue = ibis.ifelse(near[column.name].isnull(), near[text_name(column)], ibis.null("string"))
    return text
