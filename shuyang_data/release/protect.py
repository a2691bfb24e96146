"""What is done to each column on its way out: drop, mask, keyed hash, generalise; as Ibis expressions.

Masks follow common practice (domain rules §7): they protect a display and do not make data anonymous.
They are built from substrings, never from back-references, which one engine gets wrong without an error.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
from ibis.expr.types import StringValue, Table, Value

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Personal, Protection, Type
from shuyang_data.names import Layer

STAR = "*"
# The first word of a town, which no number, road or house stands before; 乡镇 is none.
TOWN = r"^([^0-9０-９室幢号栋楼路巷弄]{0,18}?(?:街道|镇|乡|开发区|园区))"
NO_TOWN = "乡镇"
# What the ends of may be shown; a name before it, or other words, are none.
NUMBER = r"^[\x{4e00}-\x{9fff}]?[0-9A-Za-z][0-9A-Za-z -]*$"
LEAST_HIDDEN, HIDDEN_SHARE = 4, 3


def protect_rows(standard: Table, dataset: Dataset, layer: Layer, keys: tuple[str, str]) -> Table:
    """The rows as they leave: only the columns that are not dropped, each under its declared protection.

    keys: two independent secrets for the keyed hash. Column order is the catalog's.
    """
    columns: dict[str, Value] = {}
    for column in dataset.columns:
        protection = column.protection(layer)
        if protection is not Protection.DROP:
            columns[column.name] = protect(standard[column.name], column, protection, keys)
    return standard.select(**columns)


def leaves_unchanged(dataset: Dataset, layer: Layer) -> bool:
    """Whether every column leaves as it is and no row can be held back: then a copy of the standard file will do."""
    quasi = layer is Layer.OPEN and any(column.personal is Personal.QUASI for column in dataset.columns)
    return not quasi and all(column.protection(layer) is Protection.KEEP for column in dataset.columns)


def protect(value: Value, column: Column, protection: Protection, keys: tuple[str, str]) -> Value:
    """One column under one protection; NULL stays NULL."""
    if protection is Protection.KEEP:
        return value
    if protection is Protection.HASH:
        return keyed_hash(value, keys)
    if protection is Protection.YEAR:
        return value.year().cast("int64")
    if protection is Protection.MONTH:
        return value.truncate("M").cast("date")
    if protection is Protection.BAND:
        return _band(value, column)
    return TEXT_MASKS[protection](value)


def keyed_hash(value: StringValue, keys: tuple[str, str]) -> StringValue:
    """A stable pseudonym: SHA-256 nested over two keys (the NMAC construction), 64 hex digits.

    A plain hash of an 18-digit number is undone by trying all numbers; without the keys this is not.
    """
    inner = (ibis.literal(keys[0]) + value).hexdigest("sha256")
    return (ibis.literal(keys[1]) + inner).hexdigest("sha256")


def _band(value: Value, column: Column) -> Value:
    width = column.band or 1.0
    floor = (value.cast("float64") / width).floor() * width
    return floor.cast("int64") if column.type is Type.INTEGER else floor.cast(f"decimal(18, {column.scale})")


def _mask_name(name: StringValue) -> StringValue:
    """张三丰 → 张**: the surname and the length of the rest."""
    return name.substr(0, 1) + ibis.literal(STAR).repeat(ibis.greatest(name.length() - 1, 1))


def _mask_id(number: StringValue) -> StringValue:
    """First six and last four characters; what is shorter than eleven keeps nothing."""
    return _keep_ends(number, 6, 4)


def _mask_phone(number: StringValue) -> StringValue:
    return _keep_ends(number, 3, 4)


def _mask_account(number: StringValue) -> StringValue:
    return _keep_ends(number, 0, 4)


def _mask_plate(plate: StringValue) -> StringValue:
    return _keep_ends(plate, 2, 1)


def _keep_ends(text: StringValue, head: int, tail: int) -> StringValue:
    """The ends of a number that is long enough for them: at least four signs and a third of it are hidden."""
    length = text.length()
    hidden = length - head - tail
    stars = ibis.literal(STAR).repeat(ibis.greatest(hidden, 1))
    masked = text.substr(0, head) + stars + text.substr(length - tail, tail)
    is_hidden = (hidden >= LEAST_HIDDEN) & (hidden * HIDDEN_SHARE >= length) & text.re_search(NUMBER)
    return ibis.ifelse(is_hidden, masked, ibis.literal(STAR).repeat(length))


def _town(address: StringValue) -> StringValue:
    """The address up to and including its town or street; nothing when no town can be found."""
    town = address.re_extract(TOWN, 1)
    return ibis.ifelse((town == "") | town.contains(NO_TOWN), ibis.null("string"), town)


def _mask_address(address: StringValue) -> StringValue:
    """The address to its town, the rest as stars."""
    town = _town(address)
    return ibis.ifelse(address.notnull(), town.fill_null("") + ibis.literal("****"), ibis.null("string"))


TEXT_MASKS: dict[Protection, Callable[[StringValue], StringValue]] = {
    Protection.MASK_NAME: _mask_name,
    Protection.MASK_ID: _mask_id,
    Protection.MASK_PHONE: _mask_phone,
    Protection.MASK_ACCOUNT: _mask_account,
    Protection.MASK_PLATE: _mask_plate,
    Protection.MASK_ADDRESS: _mask_address,
    Protection.AREA: _town,
}
