"""What stands in a JSON document beside its lists of records: maps of lists, the record around them, empty lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shuyang_data.reading.grid import Aside, Part
from shuyang_data.reading.records_table import table_of

KEY = "key"
# What interfaces say of their answer, not of their subject.
ENVELOPE = frozenset(
    """
    code msg message success status state total totalcount total_count count page pages pageno pagenum page_no
    page_num pagesize page_size size limit offset time timestamp error errcode errmsg error_code reason requestid
    request_id traceid version help name type sql resource_id result ok current rows records number hasnext empty
    first last
    """.split()  # noqa: SIM905
)
ALIKE = 0.5


def is_map_of_lists(node: dict[str, Any]) -> bool:
    """Whether an object maps keys to lists of records of one kind: `{"沭城镇": [{…}], "庙头镇": []}`."""
    lists = list(node.values())
    if len(lists) < 2 or not all(isinstance(value, list) for value in lists):
        return False
    if not all(isinstance(record, dict) for value in lists for record in value):
        return False
    fields = [{name for record in value for name in record} for value in lists if value]
    if len(fields) < 2 and any(key.isascii() for key in node):
        return False
    shared = set.intersection(*fields) if fields else set()
    return bool(shared) and len(shared) >= ALIKE * len(set.union(*fields))


def apart(node: Any, path: str) -> Iterator[Part]:
    """The record that lists stand in as a table of its own; empty lists and lists of other things by their names."""
    if not isinstance(node, dict):
        return
    if is_map_of_lists(node):
        yield from (Aside(_inner(path, key), "空列表") for key, value in node.items() if not value)
        return
    plain = {name: value for name, value in node.items() if not isinstance(value, dict | list)}
    if any(name.lower() not in ENVELOPE for name in plain):
        yield table_of([{name: _shown(value) for name, value in plain.items()}], path)
    for name, value in node.items():
        if isinstance(value, list) and not value:
            yield Aside(_inner(path, name), "空列表")
        elif isinstance(value, list) and not all(isinstance(item, dict) for item in value if item is not None):
            yield Aside(_inner(path, name), "不是记录的列表", rows=len(value))
        else:
            yield from apart(value, _inner(path, name))


def _inner(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
