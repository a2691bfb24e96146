"""What stands in a JSON document beside its lists of records: maps of lists, the record around them, empty lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from shuyang_data.reading.grid import Aside, Part, SourceTable
from shuyang_data.reading.records_table import table_of

KEY = "key"
# What interfaces say of their answer and its pages, not of their subject; compared in small letters without `_`.
ENVELOPE = frozenset(
    """
    apiversion bbox charset checksum code continuation copyright cost count crs current currentpage cursor
    datetime desc description duration elapsed empty encoding end errcode errmsg error errorcode etag first
    generated generatedat hasmore hasnext hasprevious help info isfirst islast last lastmodified length licence
    license limit links marker message more msg name next nextcursor nextlink nextpage nexttoken nexturl number
    numberofelements offset ok page pagecount pageindex pageno pagenum pages pagesize prev previous prevpage
    reason records requestid resourceid respcode respmsg responsetime result resultcode resultmsg retcode retmsg
    returncode returnmsg rows scroll scrollid servertime sign signature size source sql start state status
    statuscode success time timestamp timestampms title token took total totalcount totalelements totalnum
    totalpage totalpages totalrecords totalrow traceid type updatedat updatetime url version
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
    yield from beside(node, path)
    for name, value in node.items():
        if isinstance(value, list) and not value:
            yield Aside(_inner(path, name), "空列表")
        elif isinstance(value, list) and not all(isinstance(item, dict) for item in value if item is not None):
            yield Aside(_inner(path, name), "不是记录的列表", rows=len(value))
        else:
            yield from apart(value, _inner(path, name))


def beside(node: dict[str, Any], path: str) -> Iterator[SourceTable]:
    """The single values of an object as a table of one row, unless they only speak of the answer they stand in."""
    plain = {name: value for name, value in node.items() if not isinstance(value, dict | list)}
    if any(name.lower().replace("_", "") not in ENVELOPE for name in plain):
        yield table_of([{whole_characters(name): text_of(value) for name, value in plain.items()}], path)


def _inner(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def text_of(value: Any) -> str:
    """A value as text; what is no single value as JSON."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return whole_characters(value if isinstance(value, str) else _as_json(value))


class Numeral(str):
    """A number as it stood in the text."""

    __slots__ = ()


def _as_json(value: Any) -> str:
    """As JSON again, its numbers as they stood."""
    if isinstance(value, Numeral):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(name, ensure_ascii=False)}: {_as_json(inner)}" for name, inner in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_as_json, value))}]"
    return json.dumps(value, ensure_ascii=False)


def whole_characters(text: str) -> str:
    """Half a pair of surrogates, which is no character, as the mark of a lost one."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
