"""Raw text → declared types. A value that cannot be read exactly becomes NULL beside its text, never a guess.

In: raw, the declared columns as text plus `_delivery_id`, `_row_number`, `_read_fault`; a column that no file
carries may be absent and reads as empty.
Out: the declared columns with their types; for every column that is not text also `<name>__text`, the
normalised text, so that a rule can tell "empty" from "damaged".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
from ibis.expr.types import StringValue, Table, Value

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import KeyFolding, Type

FULL_WIDTH = "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ．，－／＋：　"
HALF_WIDTH = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.,-/+: "
# Of a key only letters, digits and blanks are folded: a comma may be part of a name.
WIDE_LETTERS = "".join(chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
KEY_WIDE = WIDE_LETTERS + "－　\u00a0"
KEY_NARROW = "".join(chr(ord(wide) - 0xFEE0) for wide in WIDE_LETTERS) + "-  "
EXCEL_EPOCH = date(1899, 12, 30)
CLEAN = "^[!-~]([ -~]*[!-~])?$"
CLEAN_CODE = "^[0-9A-Z]+$"
WIDE = f"[{FULL_WIDTH}]"
EXCEL_DAYS = r"^[1-7][0-9]{4}$"
THOUSANDS = r"^[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"
COMPACT_DATE = r"^[0-9]{8}$"
# A moment and its zone: the moment, sign, hours, minutes.
ZONED = r"^(\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(?:[Zz]|([+-])(\d{2}):?(\d{2})?)$"
SHORTEST_ZONED = 14
MAXIMUM_ROWS = 10_000_000_000
SYSTEM_COLUMNS = ("_delivery_id", "_row_number", "_read_fault")
TRUE_WORDS = ("是", "1", "true", "TRUE", "True", "有", "Y", "y")
FALSE_WORDS = ("否", "0", "false", "FALSE", "False", "无", "N", "n")


def text_name(column: Column) -> str:
    """The column of the typed table that holds a declared column's normalised text."""
    return column.name if column.type is Type.TEXT else f"{column.name}__text"


def cast_rows(raw: Table, dataset: Dataset, sequences: Mapping[str, int], offset: int = 0) -> Table:
    """The typed table. sequences: delivery id → its place in the order of deliveries. offset: minutes by which the
    county's clocks are ahead of UTC, for moments that are written with a zone.

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
    return near.mutate(**{c.name: near[c.name].coalesce(read_rest(_rest(near, c), c, offset)) for c in typed})


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


def read_plain(text: StringValue, column: Column) -> Value:
    """The typed value of a text in the engine's own notation; NULL for every other text."""
    if column.type is Type.INTEGER:
        # Engines round `12.7` to an integer without a word.
        return ibis.ifelse(text.contains("."), ibis.null("int64"), text.try_cast("int64"))
    if column.type is Type.DECIMAL:
        decimals = text.length() - text.find(".") - 1
        rounds = text.contains(".") & (decimals > column.scale)
        return ibis.ifelse(rounds, ibis.null(decimal(column)), text.try_cast(decimal(column)))
    if column.type is Type.DATE:
        return _on_the_calendar(text, ibis.ifelse(_is_zoned(text), ibis.null("date"), text.try_cast("date")))
    if column.type is Type.DATETIME:
        plain = ibis.ifelse(_is_zoned(text), ibis.null("timestamp"), text.try_cast("timestamp"))
        return _on_the_calendar(text, plain)
    return ibis.cases((text.isin(TRUE_WORDS), True), (text.isin(FALSE_WORDS), False), else_=ibis.null("boolean"))


def read_rest(text: StringValue, column: Column, offset: int = 0) -> Value:
    """The typed value of a text in the departments' notations; NULL where it is damaged."""
    if column.type is Type.INTEGER:
        return _integer(text)
    if column.type is Type.DECIMAL:
        return _decimal(text, column)
    if column.type is Type.DATE:
        day = ibis.ifelse(_is_zoned(text), _local(text, offset).cast("date"), _date(text))
        return _on_the_calendar(text, day)
    if column.type is Type.DATETIME:
        moment = ibis.ifelse(_is_zoned(text), _local(text, offset), _dashed(text).try_cast("timestamp"))
        return _on_the_calendar(text, moment)
    return ibis.null("boolean")


def _on_the_calendar(text: StringValue, value: Value) -> Value:
    """The value where it is of the years 1 to 9999 and not a word: engines know more, and nobody can show it."""
    return ibis.ifelse(value.year().between(1, 9999) & (text.lower() != "epoch"), value, ibis.null(value.type()))


def _is_zoned(text: StringValue) -> Value:
    """Whether a moment is written with its distance from UTC, which engines leave out of account."""
    return (text.length() > SHORTEST_ZONED) & text.re_search(ZONED)


def _local(text: StringValue, offset: int) -> Value:
    """A moment with its zone as the county's clocks show it; NULL for any other text."""
    moment = text.re_extract(ZONED, 1).try_cast("timestamp")
    hours = text.re_extract(ZONED, 3).nullif("").try_cast("int64").coalesce(0)
    minutes = text.re_extract(ZONED, 4).nullif("").try_cast("int64").coalesce(0)
    ahead = (hours * 60 + minutes) * ibis.ifelse(text.re_extract(ZONED, 2) == "-", -1, 1)
    return moment + (ibis.literal(offset, type="int64") - ahead).as_interval("m")


def decimal(column: Column) -> str:
    return f"decimal(18, {column.scale})"


def _rest(near: Table, column: Column) -> StringValue:
    """The texts that the plain reading could not take, NULL for all others: on NULL the dear reading costs nothing."""
    text: StringValue = ibis.ifelse(near[column.name].isnull(), near[text_name(column)], ibis.null("string"))
    return text


def _plain_number(text: StringValue) -> StringValue:
    """Without thousands separators; NULL where a comma is none: `7,25` is 7.25 to its writer and 725 to a machine."""
    half = text.translate(FULL_WIDTH, HALF_WIDTH).strip()
    return ibis.ifelse(half.contains(",") & ~half.re_search(THOUSANDS), ibis.null("string"), half.replace(",", ""))


def _integer(text: StringValue) -> Value:
    """A fraction is only accepted when it is zero."""
    plain = _plain_number(text)
    wide = plain.try_cast("decimal(38, 8)")
    whole = ibis.ifelse(wide == wide.floor(), wide.cast("int64"), ibis.null("int64"))
    return ibis.ifelse(plain.contains("."), whole, plain.try_cast("int64"))


def _decimal(text: StringValue, column: Column) -> Value:
    """A value with more decimals than declared is damaged, not rounded; trailing zeros do not count."""
    wide = _plain_number(text).try_cast("decimal(38, 10)")
    exact = wide.try_cast(decimal(column))
    return ibis.ifelse(exact == wide, exact, ibis.null(decimal(column)))


def _dashed(text: StringValue) -> StringValue:
    """`2023年9月11日`, `2023/9/11`, `2023.9.11` with dashes."""
    half = text.translate(FULL_WIDTH, HALF_WIDTH)
    return half.translate("年月/.", "----").replace("日", "").strip()


def _date(text: StringValue) -> Value:
    """Chinese, slashed, dotted and eight-digit dates; then Excel's day numbers."""
    half = text.translate(FULL_WIDTH, HALF_WIDTH)
    compact = half.substr(0, 4) + ibis.literal("-") + half.substr(4, 2) + ibis.literal("-") + half.substr(6, 2)
    # The engines add days to a date as a timestamp, which Ibis takes for a date: hence the two casts.
    serial = (ibis.literal(EXCEL_EPOCH) + half.try_cast("int64").as_interval("D")).cast("timestamp").cast("date")
    return ibis.cases(
        (half.re_search(COMPACT_DATE), compact.try_cast("date")),
        (half.re_search(EXCEL_DAYS), serial),
        else_=_dashed(text).try_cast("date"),
    )
