"""One query on the analysts' file: it reads what is published and nothing else; what is wrong with it, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from shuyang_data.errors import Problem, StorageError, UsageError
from shuyang_data.storage.sql_text import quote

WHERE = "SQL 语句"
NO_FILE = "还没有分析库"
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)
FUNCTIONS_SHOWN = 5
KINDS: dict[type[duckdb.Error], str] = {
    duckdb.ParserException: "写法有误",
    duckdb.BinderException: "列、函数或类型对不上",
    duckdb.CatalogException: "没有这个名称",
    duckdb.ConversionException: "值转换不了",
    duckdb.OutOfRangeException: "值超出范围",
    duckdb.PermissionException: "只能读已发布的数据",
    duckdb.InvalidInputException: "分析库只读，执行不了",
    duckdb.OutOfMemoryException: "内存不够，请缩小查询范围",
}
# What the engine says, line by line; a line that none of these knows is shown in its own words.
PHRASES: tuple[tuple[str, str], ...] = (
    (r'syntax error at or near (".*")', r"写法有误，在 \1 处"),
    (r"syntax error at end of input", "语句没有写完"),
    (r"unterminated string literal|unterminated quoted string.*", "引号没有配对"),
    (r'Referenced column (".*?") not found in FROM clause!', r"没有列 \1"),
    (r'Values list (".*?") does not have a column named (".*?")', r"\1 里没有列 \2"),
    (r'Table with name (".*?") does not exist because schema (".*?") does not exist\.', r"没有 \1：没有模式 \2"),
    (r"Table with name (\S+) does not exist!", r"没有表 \1"),
    (r"\w+ Function with name (\S+) does not exist!", r"没有函数 \1"),
    (r"Could not convert string (.*) to (\w+)", r"\1 不能转换为 \2"),
    (r"Candidate bindings: (.*)", r"相近的列：\1"),
    (r"Did you mean (.*)\?", r"是不是 \1？"),
    (r"Candidate functions:", "函数的写法："),
    # As wide on the screen as what it replaces, so that the mark below stays under its place.
    (r"LINE (\d+): (.*)", r"第\1行： \2"),
)


def query(link: Path, allowed: Sequence[Path], sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """(column names, rows) of one query, confined to the analysts' file and the published folders.

    Raises UsageError for what is no query or cannot be run, StorageError when the published files cannot be read.
    """
    if not link.exists():
        raise UsageError([Problem(str(link), NO_FILE, remedy="先运行 shuyang run")])
    folders = ", ".join(quote(f"{folder.resolve()}/") for folder in allowed)
    try:
        with duckdb.connect(str(link.resolve()), read_only=True) as connection:
            connection.execute("SET autoinstall_known_extensions=false; SET autoload_known_extensions=false")
            connection.execute(f"SET allowed_directories=[{folders}]")
            connection.execute("SET enable_external_access=false; SET lock_configuration=true")
            _refuse_all_but_reading(connection, sql)
            result = connection.execute(sql)
            return [column[0] for column in result.description or []], result.fetchall()
    except duckdb.IOException as error:
        raise StorageError([Problem(str(link), str(error).splitlines()[0], remedy="运行 shuyang run 重建")]) from error
    except duckdb.Error as error:
        raise UsageError([Problem(WHERE, explain(error))]) from error


def _refuse_all_but_reading(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """COPY would write into the folders that a query may read."""
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError([Problem(WHERE, f"有 {len(statements)} 条", "一条查询")])
    if statements[0].type not in READING:
        raise UsageError([Problem(WHERE, f"{statements[0].type.name} 不是查询", "SELECT、FROM、SHOW 或 DESCRIBE")])


def explain(error: duckdb.Error) -> str:
    """What the engine found, with its hints and the place in the statement."""
    first, *more = [line for line in str(error).splitlines() if line.strip()] or [""]
    found = first.partition(": ")[2] or first
    translated = _translated(found)
    if translated == found:
        kind = next((text for known, text in KINDS.items() if isinstance(error, known)), "执行不了")
        translated = f"{kind}（{found}）"
    return "\n    ".join([translated, *_few_functions([_translated(line) for line in more])])


def _translated(line: str) -> str:
    for pattern, text in PHRASES:
        if re.fullmatch(pattern, line.strip()):
            return re.sub(pattern, text, line.strip())
    return line


def _few_functions(lines: Sequence[str]) -> Iterator[str]:
    """An operator has dozens of forms: the first ones, and how many are left out."""
    forms = [line for line in lines if line.startswith("\t") and "->" in line]
    for line in lines:
        if line in forms[FUNCTIONS_SHOWN:]:
            if line == forms[-1]:
                yield f"（另有 {len(forms) - FUNCTIONS_SHOWN} 种）"
        else:
            yield line.strip() if line.startswith("\t") else line
