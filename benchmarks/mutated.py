"""Mutated files against the readers: `python -m benchmarks.mutated 100000 [seed]`.

Small valid files of every form, each spoilt in a few places, are read under a contract as the chain does. Counted:
read, refused by reason; a crash, a file that takes longer than SECONDS, or a row that no ledger accounts for ends it.
"""

from __future__ import annotations

import io
import json
import random
import signal
import struct
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import xlsxwriter
import xlwt

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.ledger import Fate, data_rows
from shuyang_data.names import DatasetId
from shuyang_data.reading.delivered import read_delivered
from shuyang_data.reading.delivered_text import is_text, text_entry
from shuyang_data.settings import REPOSITORY

SECONDS = 20
ROWS = 12
HOME = DatasetId("civil_affairs", "nursing_home")


def table(dataset: Dataset) -> list[list[str]]:
    cells = [
        "YL{n:05}",
        "测试{n}号敬老院",
        "321322001",
        "沭城街道{n}号",
        "{n}",
        "{n}",
        "2020-05-{n:02}",
        "1380013{n:04}",
    ]
    return [[c.title for c in dataset.columns], *([cell.format(n=n) for cell in cells] for n in range(1, ROWS + 1))]


def a_book(rows: list[list[str]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name in ("城区", "乡镇"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target.getvalue()


def an_old_book(rows: list[list[str]]) -> bytes:
    book, target = xlwt.Workbook(), io.BytesIO()
    percent = xlwt.easyxf(num_format_str="0.0%")
    for name in ("城区", "乡镇"):
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
            sheet.write(number, len(row), number / 8, percent)
    book.save(target)
    return target.getvalue()


def an_open_book(rows: list[list[str]]) -> bytes:
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = "".join(f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in rows)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr(
            "content.xml",
            f'<office:document-content{spaces}><office:body><office:spreadsheet><table:table table:name="表">{lines}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
        container.writestr("META-INF/manifest.xml", "<manifest/>")
    return target.getvalue()


def a_dbf(rows: list[list[str]]) -> bytes:
    names = [f"F{n}" for n in range(len(rows[0]))]
    fields = b"".join(struct.pack("<11sc4xBB14x", name.encode(), b"C", 30, 0) for name in names)
    body = b"".join(b" " + b"".join(c.encode("gb18030").ljust(30)[:30] for c in row) for row in rows[1:])
    begin = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, len(rows) - 1, 33 + 32 * len(names), 1 + 30 * len(names))
    return begin + fields + b"\x0d" + body + b"\x1a"


def originals(dataset: Dataset) -> list[bytes]:
    rows = table(dataset)
    text = "\n".join(",".join(row) for row in rows) + "\n"
    quoted = "\r\n".join(";".join(f'"{cell}"' for cell in row) for row in rows) + "\r\n"
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    xml = "".join("<院>" + "".join(f"<{k}>{v}</{k}>" for k, v in r.items()) + "</院>" for r in records)
    html = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    sql = "".join(f"INSERT INTO t ({','.join(rows[0])}) VALUES ({','.join(map(repr, row))});\n" for row in rows[1:])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("城区.csv", text)
        archive.writestr("乡镇.csv", text.encode("gb18030"))
    return [
        text.encode(), text.encode("gb18030"), quoted.encode("utf-8-sig"), text.encode("utf-16"),
        ("养老机构名录,,,,,,,\n" + text + "合计,,,,78,78,,\n填报人：甲,,,,,,,\n").encode(),
        a_book(rows), an_old_book(rows), an_open_book(rows), a_dbf(rows),
        json.dumps({"code": 0, "data": records}, ensure_ascii=False).encode(), packed.getvalue(),
        f'<?xml version="1.0" encoding="utf-8"?><r>{xml}</r>'.encode(), f"<table>{html}</table>".encode(), sql.encode(),
    ]  # fmt: skip


def mutated(content: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(content)
    for _ in range(chance.randrange(1, 7)):
        at = chance.randrange(len(spoilt) + 1)
        how = chance.choice(("flip", "cut", "double", "insert", "mark", "end"))
        if how == "flip" and at < len(spoilt):
            spoilt[at] = chance.randrange(256)
        elif how == "cut":
            del spoilt[at : at + chance.randrange(1, 60)]
        elif how == "double":
            spoilt[at:at] = spoilt[at : at + chance.randrange(1, 300)]
        elif how == "insert":
            spoilt[at:at] = chance.randbytes(chance.randrange(1, 9))
        elif how == "mark":
            spoilt[at:at] = chance.choice((b'"', b",", b"\n", b"\r", b"<", b"\x00", b"'", "，".encode(), b"\xff", b"}"))
        else:
            del spoilt[at:]
    return bytes(spoilt)


def read(path: Path, dataset: Dataset) -> str:
    """What became of the file; AccountingError when rows are not accounted for."""
    try:
        if is_text(path):
            text_entry(path, dataset, [])
            return "read"
        delivered = read_delivered(path, dataset, [])
    except DeliveryRefusedError as error:
        assert error.problems, "refused without a word"
        return str(error.code)
    if data_rows(delivered.ledger) != len(delivered.rows):
        raise AssertionError(f"{len(delivered.rows)} rows, ledger {delivered.ledger}")
    assert any(entry.fate is Fate.DATA for entry in delivered.ledger)
    return "read"


def main(files: int, seed: int, step: Callable[[str], None] = print) -> None:
    dataset = load_catalog(REPOSITORY / "catalog").datasets[HOME]
    chance, samples, became = random.Random(seed), originals(dataset), Counter[str]()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "养老机构名录_20261101.csv"
        for number in range(files):
            content = mutated(chance.choice(samples), chance)
            path.write_bytes(content)
            signal.alarm(SECONDS)
            try:
                became[read(path, dataset)] += 1
            except BaseException:
                kept = Path(f"mutated-{seed}-{number}.bin")
                kept.write_bytes(content)
                step(f"file {number} is kept as {kept}")
                raise
            finally:
                signal.alarm(0)
            if (number + 1) % 10_000 == 0:
                step(f"{number + 1:,} files, {time.monotonic() - began:.0f} s, {dict(became)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
