"""JSON: the lists of records in whatever envelope an interface wraps them; every number as it stood."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.content import CALLED
from shuyang_data.reading.formats.delimited import decode, detect_encoding
from shuyang_data.reading.formats.json_shape import (
    KEY,
    Numeral,
    apart,
    is_map_of_lists,
    text_of,
    whole_characters,
)
from shuyang_data.reading.grid import Aside, Grid, Part, SourceTable, make_grid
from shuyang_data.reading.records_table import table_of
from shuyang_data.reading.tables import find_tables
from shuyang_data.records import Refusal

COLUMN_LISTS = ("columns", "fields", "header", "headers", "head", "schema")
ROW_LISTS = ("data", "rows", "values", "records", "list")
JSON = dict[str, Any] | list[Any] | str | None


def read_json(path: Path) -> list[Part]:
    """A table for every list of records, for a map of such lists, and for the record that they stand in; whatever else
    is a list stands there by its name. Raises DeliveryRefusedError for a broken text or one without records.
    """
    text = decode(path, detect_encoding(path)).lstrip("\ufeff")
    if CALLED.match(text):
        raise _refusal(path, "是包在函数或赋值里的 JSON（JSONP），不是数据文件")
    try:
        document = _parsed(text, path)
        lists = list(_lists(document, ""))
        described = _without_descriptions(lists)
        parts: list[Part] = [_table(name or path.stem, records) for name, records in described]
        parts += [inner for name, records in described for inner in _inside(name or path.stem, records)]
        parts += [Aside(name, "只说明字段", rows=len(r)) for name, r in lists if (name, r) not in described]
        parts += list(apart(document, "")) if parts else list(_without_records(document, path.stem))
    except RecursionError as error:
        raise _refusal(path, "嵌套太深") from error
    if not any(isinstance(part, SourceTable | Grid) for part in parts):
        raise _refusal(path, "里面没有成行的记录")
    return [part if part.name else replace(part, name=path.stem) for part in parts]


def _parsed(text: str, path: Path) -> JSON:
    try:
        return _loads(text)
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        with suppress(ValueError):
            if len(lines) > 1:
                return [_loads(line.rstrip().rstrip(",")) for line in lines]
        raise _refusal(path, f"JSON 语法不对（{error}）") from error


def _loads(text: str) -> JSON:
    document: JSON = json.loads(
        text, parse_int=Numeral, parse_float=Numeral, parse_constant=Numeral, object_pairs_hook=_pairs
    )
    return document


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that comes twice in one object keeps both values."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        unique, n = name, 2
        while unique in found:
            unique, n = f"{name}_{n}", n + 1
        found[unique] = value
    return found


def _refusal(path: Path, found: str) -> DeliveryRefusedError:
    problem = Problem(path.name, found, "记录列表、逐行 JSON 或接口返回的整包 JSON", "重新导出后再送")
    return DeliveryRefusedError(Refusal.UNREADABLE, [problem])


def _lists(node: JSON, path: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(path, records) of every list of objects that is not itself inside a record, or of a map of such lists."""
    if isinstance(node, list):
        if _is_records(node):
            yield path, [item for item in node if item is not None]
    elif isinstance(node, dict):
        if is_map_of_lists(node):
            yield (
                path,
                [
                    _pairs([(KEY, key), *record.items()])
                    for key, records in node.items()
                    for record in records
                    if record
                ],
            )
            return
        for name, value in node.items():
            yield from _lists(value, f"{path}.{name}" if path else name)


def _is_records(node: JSON) -> bool:
    objects = [item for item in node or () if item is not None]
    return isinstance(node, list) and bool(objects) and all(isinstance(item, dict) for item in objects)


def _without_descriptions(
    found: list[tuple[str, list[dict[str, Any]]]],
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Without the lists that only describe the fields of another one."""
    fields = {path: {field for record in records for field in record} for path, records in found}

    def describes(path: str, records: list[dict[str, Any]]) -> bool:
        others = [names for other, names in fields.items() if other != path]
        return any(all(any(isinstance(v, str) and v in names for v in r.values()) for r in records) for names in others)

    return [(path, records) for path, records in found if len(found) == 1 or not describes(path, records)]


def _table(name: str, records: list[dict[str, Any]]) -> SourceTable:
    """Nested objects become columns `outer.inner`; of GeoJSON features the properties are the columns."""
    features = all(record.get("type") == "Feature" and isinstance(record.get("properties"), dict) for record in records)
    rows = [_pairs(list(_feature(record))) for record in records] if features else records
    return table_of((dict(_flat(row, "")) for row in rows), name)


def _inside(name: str, records: list[dict[str, Any]]) -> Iterator[SourceTable]:
    """The lists that stand in the records, each as a table in which every row says what its record says."""
    fields = dict.fromkeys(field for record in records for field in record)
    for field in fields:
        lists = [record[field] for record in records if isinstance(record.get(field), list)]
        if not any(map(_is_records, lists)) or not all(isinstance(item, dict) for items in lists for item in items):
            continue
        rows = [
            {f"{name}.{key}": value for key, value in record.items() if key not in item and key != field} | item
            for record in records
            for item in record.get(field) or ()
        ]
        table = table_of((dict(_flat(row, "")) for row in rows), f"{name}.{field}")
        yield replace(table, inside=name)


def _feature(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A feature's properties, what it says of itself, and its geometry (RFC 7946, 3.2)."""
    yield from record["properties"].items()
    yield from (
        (name, value) for name, value in record.items() if name not in ("type", "properties", "geometry", "bbox")
    )
    yield "geometry", text_of(record.get("geometry"))


def _flat(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        inner = f"{path}.{name}" if path else whole_characters(name)
        if isinstance(value, dict) and value:
            yield from _flat(value, inner)
        else:
            yield inner, text_of(value)


def _without_records(document: JSON, name: str) -> Iterator[Part]:
    """Rows as lists, with or without named columns; lists of values by column; one object alone."""
    if isinstance(document, list):
        yield from _of_rows(document, None, name)
    elif isinstance(document, dict):
        lowered = {key.lower(): value for key, value in document.items()}
        columns = next((lowered[k] for k in COLUMN_LISTS if _is_words(lowered.get(k))), None)
        rows = next((lowered[k] for k in ROW_LISTS if isinstance(lowered.get(k), list)), None)
        inner = [value for value in document.values() if isinstance(value, dict)]
        if rows is not None:
            yield from _of_rows(rows, columns, name)
            yield from apart({k: v for k, v in document.items() if v is not rows and lowered.get(k) is not columns}, "")
        elif _is_columns(document):
            yield table_of(
                (dict(zip(document, map(text_of, row), strict=True)) for row in zip(*document.values(), strict=True)),
                name,
            )
        elif len(inner) == len(document) > 1:
            yield table_of(({"key": key, **dict(_flat(value, ""))} for key, value in document.items()), name)
        elif len(inner) == 1:
            yield from _without_records(inner[0], name)
            yield from apart({key: value for key, value in document.items() if value is not inner[0]}, name)
        elif document:
            yield table_of([dict(_flat(document, ""))], name)


def _of_rows(rows: list[Any], columns: list[str] | None, name: str) -> Iterator[SourceTable]:
    if not rows or not all(isinstance(row, list) for row in rows):
        return
    cells = [[text_of(cell) for cell in row] for row in rows]
    lines = [*([columns] if columns else []), *cells]
    short = {n: f"{len(row)} 列，表头 {len(lines[0])} 列" for n, row in enumerate(lines, 1) if len(row) < len(lines[0])}
    if columns and all(len(row) == len(columns) for row in cells):
        yield SourceTable(name, columns, cells, list(range(1, len(cells) + 1)))
    else:
        yield from find_tables(replace(make_grid(lines, name, handmade=False), faults=short))


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _is_columns(document: dict[str, Any]) -> bool:
    lists = [v for v in document.values() if isinstance(v, list) and not any(isinstance(x, list | dict) for x in v)]
    return len(lists) == len(document) > 0 and len({len(v) for v in lists}) == 1
