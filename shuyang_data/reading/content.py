"""What a file really is, from its first bytes: names lie, and a workbook called .csv is still a workbook."""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import olefile

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.records import Refusal

HEAD = 1 << 16
WHOLE = 512 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The first record of a workbook without a container: Excel 2 to 5.
OLD_BOOKS = (
    b"\x09\x00\x04\x00", b"\x09\x00\x06\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00",
    b"\x09\x08\x10\x00",
)  # fmt: skip
# The first record of a workbook of Excel 97 to 2003.
BIFF8 = b"\x09\x08\x10\x00\x00\x06\x05\x00"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
GZIP = b"\x1f\x8b"
BZIP2 = b"BZh"
XZ = b"\xfd7zXZ\x00"
SEVEN = b"7z\xbc\xaf\x27\x1c"
RAR = b"Rar!\x1a\x07"
# PDF, and pictures: PNG, JPEG, GIF, BMP, TIFF, WebP.
DOCUMENTS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"RIFF", b"{\\rtf")
# Streams of an OLE container, by the names in its directory.
BOOK_STREAMS = ("Workbook", "Book", "EncryptedPackage")
OTHER_STREAMS = ("WordDocument", "PowerPoint Document")
DBF_VERSIONS = (0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5)
# JSON wrapped into a call or an assignment, for a browser.
CALLED = re.compile(r"(?:(?:var|let|const)\s+[\w$.]+\s*=|(?:/\*\*/\s*)?[A-Za-z_$][\w$.]*\s*\()\s*[\[{]")
BEGINS_SQL = re.compile(
    r"^\s*(?:--|/\*|(?:REM|PROMPT|SPOOL|SET|USE|CREATE|DROP|INSERT|REPLACE|BEGIN|START|LOCK|COMMENT|DELETE|TRUNCATE|ALTER|COPY)\b)",
    re.IGNORECASE,
)
# SQL Server leaves out INTO; PostgreSQL's dumps hold the rows behind COPY.
LOADS = re.compile(
    r"\b(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\b|\bINSERT\s+(?:ALL\b|[\w.\[\]]+\s*\()"
    r"|^COPY\s[^\n]*\bFROM\s+stdin",
    re.IGNORECASE | re.MULTILINE,
)


class Content(StrEnum):
    """The forms that are told apart."""

    EMPTY = "empty"
    WORKBOOK = "workbook"
    ARCHIVE = "archive"
    HTML = "html"
    XML = "xml"
    JSON = "json"
    SQL = "sql"
    DBF = "dbf"
    DELIMITED = "delimited"
    DOCUMENT = "document"
    OLD_WORKBOOK = "old_workbook"
    UNKNOWN = "unknown"


def recognise(path: Path) -> Content:
    """The form of a file's content."""
    with path.open("rb") as source:
        head = source.read(HEAD)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Content.EMPTY
    if head.startswith(OLE):
        return _in_ole(path)
    if head[:4] in OLD_BOOKS:
        return Content.OLD_WORKBOOK
    if head.startswith(ZIP):
        return _container(path)
    if head.startswith((GZIP, BZIP2, XZ)) or head[257:262] == b"ustar":
        return Content.ARCHIVE
    if head.startswith((SEVEN, RAR)):
        return Content.UNKNOWN
    if head.startswith(DOCUMENTS) or (head.startswith(b"BM") and b"\x00" in head[:16]):
        return Content.DOCUMENT
    if _is_dbf(head, path):
        return Content.DBF
    return _recognise_text(head)


def content_size(path: Path) -> int:
    """Bytes of a file, of a container those of its members."""
    size = path.stat().st_size
    with suppress(zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as container:
                size = max(size, sum(info.file_size for info in container.infolist()))
    return size


def refuse_too_large(path: Path) -> None:
    """Raise DeliveryRefusedError for a file that cannot be held in memory as a whole."""
    size = path.stat().st_size
    if size > WHOLE:
        problem = Problem(
            path.name, f"{size >> 20} MB，不能整读", f"不超过 {WHOLE >> 20} MB", "改送 CSV 或拆成几个文件"
        )
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])


def _in_ole(path: Path) -> Content:
    """What an OLE container holds; a damaged one is left to the reader of workbooks."""
    try:
        with olefile.OleFileIO(path) as container:
            streams = [name for name in BOOK_STREAMS if container.exists(name)]
            if not streams:
                return Content.DOCUMENT if any(map(container.exists, OTHER_STREAMS)) else Content.WORKBOOK
            # Its version stands behind the head of the first record: [MS-XLS] 2.4.21.
            begin = container.openstream(streams[0]).read(6)
    except Exception:  # the library raises whatever a damaged file leads it to
        return Content.WORKBOOK
    is_old = begin[:2] == BIFF8[:2] and begin[4:6] != BIFF8[4:6]
    return Content.OLD_WORKBOOK if is_old else Content.WORKBOOK


def _container(path: Path) -> Content:
    """What a zip is, by the names of its members: a workbook or a document has its own at the top."""
    try:
        with zipfile.ZipFile(path) as container:
            names = container.namelist()
            kind = container.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return Content.WORKBOOK if _looks_like_office(path) else Content.ARCHIVE
    if any(name.startswith(("xl/", "xl\\")) for name in names) or b"opendocument.spreadsheet" in kind:
        return Content.WORKBOOK
    is_document = b"opendocument" in kind or any(name.startswith(("word/", "ppt/")) for name in names)
    return Content.DOCUMENT if is_document else Content.ARCHIVE


def _looks_like_office(path: Path) -> bool:
    """A container that cannot be opened, by the names that stand in its directory at the end or at its start."""
    size = path.stat().st_size
    with path.open("rb") as source:
        start = source.read(1 << 12)
        source.seek(max(0, size - (1 << 16)))
        end = source.read()
    marks = (b"xl/workbook", b"xl/worksheets", b"xl/_rels", b"[Content_Types].xml", b"opendocument.spreadsheet")
    return any(mark in start or mark in end for mark in marks)


def _is_dbf(head: bytes, path: Path) -> bool:
    if len(head) < 65 or head[0] not in DBF_VERSIONS or not 1 <= head[2] <= 12 or not 1 <= head[3] <= 31:
        return False
    header, record = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
    rows = int.from_bytes(head[4:8], "little")
    return header >= 65 and record > 0 and header + rows * record <= path.stat().st_size + record + 1


def _recognise_text(head: bytes) -> Content:
    text = _loosely_decoded(head).lstrip("\ufeff \t\r\n")
    start = text[:2000].lower()
    if start.startswith(("<!doctype html", "<html")) or re.match(r"<(?:meta|table|div|body|style|head)\b", start):
        return Content.HTML
    if start.startswith("<?xml") or re.match(r"<[a-z_:\x80-\xff][\w:.\x80-\xff-]*[\s>/]", start):
        return Content.HTML if "<html" in start else Content.XML
    if CALLED.match(text):
        return Content.JSON
    if re.match(r'[\[{]\s*(?:["\[{\]}\d-]|true|false|null|$)', text[:200]):
        return Content.JSON
    if BEGINS_SQL.match(text) and LOADS.search(text):
        return Content.SQL
    return Content.DELIMITED


def _loosely_decoded(head: bytes) -> str:
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace")
    return head.decode("latin-1") if b"\x00" not in head[:64] else head.replace(b"\x00", b"").decode("latin-1")
