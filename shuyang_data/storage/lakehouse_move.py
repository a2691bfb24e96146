"""A lake of before 2026-12 holds absolute paths: they are written anew, once, so that its folder can be moved.

The files of a table's metadata are written beside the old ones and take their place by one rename; the catalog's rows
follow in one transaction, and only then the old files go. Whoever is interrupted begins again from the old files.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from pyiceberg.avro.file import AvroFile, AvroOutputFile
from pyiceberg.io.pyarrow import PyArrowFileIO

from shuyang_data.storage.files import fresh_folder, put_folder, storage_errors
from shuyang_data.storage.lakehouse_files import SCHEME
from shuyang_data.storage.lakehouse_inventory import INDEX, is_readable

BEFORE = "metadata.before"
LISTED = (
    "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables WHERE metadata_location LIKE 'file:%'"
)
FOLLOW = "UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ? WHERE metadata_location = ?"
# The entries of a manifest list, which also say how long each manifest is.
LIST_ENTRY = "manifest_file"


def make_movable(lake: Path) -> int:
    """Rewrite every table that holds absolute paths; how many there were. Only for who holds the night's lock.

    An index that cannot be read names none: it is made anew from the tables, of which none is of the older form then.
    """
    index = lake / INDEX
    if not is_readable(lake):
        return 0
    with storage_errors(lake), closing(sqlite3.connect(index, timeout=60)) as connection:
        listed = connection.execute(LISTED).fetchall()
        for namespace, table, location in listed:
            _rewrite(lake / namespace / table, _prefix(location, namespace, table))
        with connection:
            for namespace, table, location in listed:
                moved = SCHEME + location.removeprefix(_prefix(location, namespace, table))
                connection.execute(FOLLOW, (moved, None, location))
        for namespace, table, _ in listed:
            shutil.rmtree(lake / namespace / table / BEFORE, ignore_errors=True)
    return len(listed)


def _prefix(location: str, namespace: str, table: str) -> str:
    """What stood before `/<namespace>/<table>/` in a table's locations: where the lake lay then."""
    return location.rpartition(f"/{namespace}/{table}/metadata/")[0]


def _rewrite(table: Path, prefix: str) -> None:
    source = table / BEFORE
    if not source.exists():
        (table / "metadata").rename(source)
    made = fresh_folder(table / ".metadata")
    avro = sorted(source.glob("*.avro"))
    lists = [path for path in avro if path.name.startswith("snap-")]
    # Manifests first: the lists say how long they are.
    for path in [*(path for path in avro if path not in lists), *lists]:
        _rewrite_avro(path, made, prefix)
    for path in source.glob("*.json"):
        text = json.loads(path.read_text(encoding="utf-8"))
        (made / path.name).write_text(json.dumps(_moved(text, prefix), ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(table / "metadata", ignore_errors=True)
    put_folder(made, table / "metadata")


def _rewrite_avro(path: Path, made: Path, prefix: str) -> None:
    io = PyArrowFileIO()
    with AvroFile(io.new_input(str(path))) as source:
        records = list(source)
        schema, meta = source.schema, source.header.meta
    name = json.loads(meta["avro.schema"])["name"]
    names = [field.name for field in schema.fields]
    for record in records:
        _move_record(record, prefix)
        if name == LIST_ENTRY:
            manifest = made / Path(record[names.index("manifest_path")]).name
            if manifest.exists():
                record[names.index("manifest_length")] = manifest.stat().st_size
    with AvroOutputFile(io.new_output(str(made / path.name)), schema, name, metadata=meta) as target:
        target.write_block(records)


def _move_record(record: Any, prefix: str) -> None:
    for position in range(len(record)):
        value = record[position]
        if hasattr(value, "_data"):
            _move_record(value, prefix)
        else:
            record[position] = _moved(value, prefix)


def _moved(value: Any, prefix: str) -> Any:
    """The value with every location below the old folder as one of the lake's own."""
    if isinstance(value, str):
        return SCHEME + value.removeprefix(prefix) if value.startswith(f"{prefix}/") else value
    if isinstance(value, list):
        return [_moved(item, prefix) for item in value]
    if isinstance(value, dict):
        return {key: _moved(item, prefix) for key, item in value.items()}
    return value
