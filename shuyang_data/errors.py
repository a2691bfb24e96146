"""What can go wrong, as data: every error carries where, what was found, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXIT_FAULT = 1
EXIT_USAGE = 2
EXIT_STOPPED = 3


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    where: file, line or column; found: what stands there; expected: what should; remedy: what to do.
    """

    where: str
    found: str
    expected: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}：{self.found}"
        if self.expected:
            text += f"；应为 {self.expected}"
        if self.remedy:
            text += f"；请{self.remedy}"
        return text


class ShuyangDataError(Exception):
    """The root of every error that a person may be shown; collects all problems, not only the first."""

    title = "处理失败"
    exit_code = EXIT_FAULT

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{self.title}（{len(self.problems)} 处）\n" + "\n".join(f"  {p}" for p in self.problems))


class CatalogError(ShuyangDataError):
    """The catalog's files are not valid; nothing was run.

    unread: how many of the problems, the first ones, are about files that cannot be read by themselves; the others are
    about what these say together, and may come of them.
    """

    title = "目录有误"
    exit_code = EXIT_USAGE

    def __init__(self, problems: Sequence[Problem], unread: int = 0) -> None:
        self.unread = unread
        super().__init__(problems)

    @property
    def causes(self) -> tuple[Problem, ...]:
        """The problems to be mended first."""
        return self.problems[: self.unread] or self.problems


class UnknownDatasetError(ShuyangDataError):
    """A name that stands in no catalog file."""

    title = "没有这个数据集"
    exit_code = EXIT_USAGE


class UsageError(ShuyangDataError):
    """A command was given something that it cannot take."""

    title = "用法不对"
    exit_code = EXIT_USAGE


class DeliveryRefusedError(ShuyangDataError):
    """A delivered file was refused as a whole; its bytes are kept in landing.

    code is one of `records.Refusal`; ledger: what was found in the file, as far as it was read (`ledger.Ledger`).
    """

    title = "交付退回"
    exit_code = EXIT_STOPPED

    def __init__(self, code: str, problems: Sequence[Problem], ledger: tuple[Any, ...] = ()) -> None:
        self.code = code
        self.ledger = ledger
        super().__init__(problems)


class SourceError(ShuyangDataError):
    """A department's database or interface did not answer as it should; nothing was delivered, nothing was lost."""

    title = "数据源故障"


class AccountingError(ShuyangDataError):
    """Rows went missing or were counted twice: delivered != accepted + rejected + superseded."""

    title = "行数对不上"


class StorageError(ShuyangDataError):
    """The disk, the lake or the registry cannot be read or written."""

    title = "存储故障"


class RegistryBusyError(StorageError):
    """Somebody else holds the registry longer than a statement waits for it."""

    title = "登记库被占用"


class QueryError(ShuyangDataError):
    """The engine cannot run a query as it is written, whatever the data."""

    title = "查询执行不了"


class BusyError(ShuyangDataError):
    """Another night is running on the same home folder."""

    title = "已有一次运行在进行"


class CalendarError(ShuyangDataError):
    """A working day was asked for that no calendar covers."""

    title = "工作日历缺失"


@dataclass(frozen=True)
class Place:
    """A line in a file, for messages."""

    path: Path
    line: int | None = None

    def __str__(self) -> str:
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"
