"""Archives (.zip, .tar, .gz, .bz2, .xz): every member that can be read, under its own name.

Members are unpacked one by one under numbers, so that no name ever becomes a path, and never beyond the limits below.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.content import Content, recognise
from shuyang_data.reading.grid import Aside, Part
from shuyang_data.records import Refusal

MEMBERS, DEPTH = 10_000, 3
UNPACKED = 8 << 30
RATIO, RATIO_FROM = 400, 64 << 20
CHUNK = 1 << 20
# Behind the name of a member that only leads to another.
LINK = "\0链接"
FURNITURE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
# What departments put beside their data; a read-me is a text, but not one of data.
NO_DATA = {".md", ".doc", ".docx", ".ppt", ".pptx", ".pdf", ".ofd", ".wps", ".exe", ".sha256", ".md5", ".ini"}
SINGLE = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
ENCRYPTED, UTF8_NAME = 0x1, 0x800

Read = Callable[[Path], Sequence[Part]]


@dataclass
class Budget:
    """How much may still be unpacked; shared with the archives inside."""

    packed: int
    unpacked: int = 0
    members: int = 0
    depth: int = 0

    def take(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > UNPACKED or self.unpacked > max(RATIO_FROM, RATIO * self.packed):
            raise OverflowError


def read_archive(path: Path, read: Read, budget: Budget | None = None) -> list[Part]:
    """The parts of all members; one that cannot be read, or holds no data by its nature, stands there by its name.

    Raises DeliveryRefusedError for an archive without members, one that is damaged, has a password or is a bomb.
    """
    budget = budget or Budget(path.stat().st_size)
    parts: list[Part] = []
    try:
        with tempfile.TemporaryDirectory(prefix="shuyang-archive-") as folder:
            for name, member in _members(path, Path(folder), budget):
                parts += _parts_of(name, member, read)
                member.unlink(missing_ok=True)
    except OverflowError as error:
        raise _refusal(path, "解开后过大，可能是压缩炸弹", Refusal.UNREADABLE) from error
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise _refusal(path, f"压缩包不完整或已损坏（{error}）", Refusal.UNREADABLE) from error
    if not parts:
        raise DeliveryRefusedError(Refusal.UNREADABLE, [Problem(path.name, "压缩包里没有文件", "带数据文件的压缩包")])
    return parts


def _refusal(path: Path, found: str, code: Refusal) -> DeliveryRefusedError:
    return DeliveryRefusedError(code, [Problem(path.name, found, "完好、没有密码的压缩包", "重新打包后再送")])


def _parts_of(name: str, file: Path, read: Read) -> Sequence[Part]:
    if name.endswith(LINK):
        return [Aside(name.removesuffix(LINK), "链接，不是文件")]
    if _is_furniture(name) and not _is_plain_data(name, file):
        return [Aside(name, "操作系统或 Office 的附带文件")]
    if recognise(file) is Content.DOCUMENT or PurePosixPath(name).suffix.lower() in NO_DATA:
        return [Aside(name, "文档、图片或说明，不是数据")]
    try:
        parts = read(file)
    except DeliveryRefusedError as error:
        why = "；".join(problem.found for problem in error.problems)
        lines = file.read_bytes().count(b"\n") if recognise(file) is Content.DELIMITED else 0
        return [Aside(name, why, unusable=True, rows=max(0, lines - 1))]
    stem = str(PurePosixPath(name).with_suffix("")) if name != "member" else ""
    return [replace(part, member=stem, name="" if part.name in ("member", stem) else part.name) for part in parts]


def _members(path: Path, folder: Path, budget: Budget) -> Iterator[tuple[str, Path]]:
    """(name, unpacked file) of every member, archives inside opened in turn."""
    for n, (name, source) in enumerate(_opened(path)):
        budget.members += 1
        if budget.members > MEMBERS:
            raise OverflowError
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise _refusal(path, f"成员名 {name} 指向压缩包之外", Refusal.UNREADABLE)
        target = folder / f"{n}" / "member"
        target.parent.mkdir()
        with source, target.open("wb") as writer:
            while chunk := source.read(CHUNK):
                budget.take(len(chunk))
                writer.write(chunk)
        if recognise(target) is not Content.ARCHIVE:
            yield name, target
        elif budget.depth < DEPTH:
            budget.depth += 1
            yield from ((f"{name}/{inner}", file) for inner, file in _members(target, target.parent, budget))
            budget.depth -= 1
        else:
            raise OverflowError


def _opened(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with path.open("rb") as source:
        head = source.read(2)
    if head == b"PK":
        yield from _of_zip(path)
    elif tarfile.is_tarfile(path):
        yield from _of_tar(path)
    else:
        yield path.stem if path.name != "member" else "member", SINGLE[head](path, "rb")  # type: ignore[operator]


def _of_zip(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = _zip_name(info)
            if info.is_dir():
                continue
            if info.flag_bits & ENCRYPTED:
                raise _refusal(path, f"压缩包有密码保护（{name} 已加密）", Refusal.PROTECTED)
            yield name, archive.open(info)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Old tools write names in the machine's own encoding, which the format reads as cp437."""
    if info.flag_bits & UTF8_NAME:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def _of_tar(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path) as archive:
        for info in archive:
            if info.issym() or info.islnk():
                yield f"{info.name}{LINK}", io.BytesIO()
            elif info.isfile() and (source := archive.extractfile(info)) is not None:
                yield info.name, source


def _is_plain_data(name: str, file: Path) -> bool:
    """A text with rows in a folder of the system's: the system itself writes none there."""
    named = PurePosixPath(name).name
    return (
        not named.startswith(("._", "~$", ".DS_Store"))
        and recognise(file) is Content.DELIMITED
        and named not in FURNITURE
    )


def _is_furniture(name: str) -> bool:
    return any(mark in name for mark in FURNITURE) or PurePosixPath(name).name.startswith("~$")
