"""SQL dumps: the rows of INSERT statements, one table a name; texts unquoted, numbers as written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.formats.delimited import decode, detect_encoding
from shuyang_data.reading.grid import SourceTable
from shuyang_data.reading.records_table import table_of
from shuyang_data.records import Refusal
from shuyang_data.standard.damaged import NO_RESULT

OPEN, CLOSE, COMMA = TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA
CREATE = re.compile(r"^\s*CREATE\s+TABLE\b", re.IGNORECASE)
# MySQL quotes names by backticks, and has escapes in its texts.
QUOTED_NAME = re.compile(r"\b(?:INTO|TABLE|EXISTS|TABLES)\s+`|^\s*`\w+`\s+\w", re.IGNORECASE | re.MULTILINE)
# SQL Server writes names in brackets.
BRACKETED = re.compile(r"^\s*(?:INSERT|CREATE\s+TABLE)\s+(?:INTO\s+)?\[", re.IGNORECASE | re.MULTILINE)
# What Oracle's tools write for their own console.
CONSOLE = re.compile(
    r"^[ \t]*(?:REM(?:ARK)?|PROMPT|SPOOL|SET\s+(?:DEFINE|FEEDBACK|ECHO|SQLBLANKLINES))\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
# Statements that speak of inserting, and do not.
DEFINING = ("CREATE", "GRANT", "REVOKE", "ALTER", "COMMENT")
# Functions whose first argument is the value, as databases write dates.
WRAPPING = ("CAST", "TO_DATE", "TO_TIMESTAMP", "TIMESTAMP", "DATE")
# Words that the server puts a value for.
CALCULATED = ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "SYSDATE", "DEFAULT", "LOCALTIME", "LOCALTIMESTAMP")
Inserted = dict[str, list[dict[str, str]]]
# Table → column → what stands for the value that the server would put there by itself, "" for none.
Declared = dict[str, dict[str, str]]
CHANGES = ("UPDATE", "DELETE", "MERGE", "TRUNCATE", "DROP", "ALTER")
# Where a text is quoted, the token's text is its meaning; `N'…'` and `DATE '…'` stand for the text alone.
TEXTS = {TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING}


NUMBERS = {TokenType.NUMBER}
# Bits and bytes, which are not what they look like.
CODED = {TokenType.BIT_STRING, TokenType.HEX_STRING, TokenType.UNICODE_STRING}
# What may stand before a quoted text and changes nothing of it.
INTRODUCING = ("N", "DATE", "TIME", "TIMESTAMP", "DATETIME", "_UTF8", "_UTF8MB4", "_GBK", "E", "R", "Q")
FORM = re.compile(r"(?:YYYY|RRRR)\W*MM\W*DD")


class NotListedError(Exception):
    """Rows are inserted whose values do not stand in the statement."""


def _dialect(text: str) -> str:
    if BRACKETED.search(text):
        return "tsql"
    return "mysql" if QUOTED_NAME.search(text) or "\\'" in text else "postgres"


def read_dump(path: Path) -> list[SourceTable]:
    """One table for every name that rows are inserted into; raise DeliveryRefusedError when there is no such row."""
    text = decode(path, detect_encoding(path)).lstrip("\ufeff")
    dialect = _dialect(text)
    text = CONSOLE.sub("", text)
    columns: Declared = {}
    rows: Inserted = {}
    try:
        for tokens in _statements(sqlglot.tokenize(text, read=dialect)):
            if tokens[0].token_type is TokenType.CREATE:
                _learn(text[tokens[0].start : tokens[-1].end + 1], dialect, columns)
            elif tokens[0].text.upper() in ("INSERT", "REPLACE"):
                _insert(text, tokens, columns, rows)
            elif tokens[0].text.upper() in CHANGES and _speaks_of(tokens, rows):
                raise _refusal(path, f"{tokens[0].text.upper()} 语句改动了前面插入的行，读不出最后是什么")
            elif tokens[0].text.upper() == "ROLLBACK" and rows:
                raise _refusal(path, "ROLLBACK 撤回了前面插入的行")
            elif tokens[0].text.upper() == "COPY":
                raise _refusal(path, "用 COPY 装载的导出（pg_dump 请加 --inserts）")
    except NotListedError as error:
        raise _refusal(path, f"INSERT 语句不是逐行列出的值（{error}）") from error
    except (SqlglotError, RecursionError) as error:
        raise _refusal(path, f"SQL 语法读不懂（{str(error).splitlines()[0][:80]}）") from error
    if not rows:
        raise _refusal(path, "没有 INSERT 语句")
    return [table_of(found, name) for name, found in rows.items()]


def _is_bare(token: Token) -> bool:
    return token.token_type not in TEXTS


def _speaks_of(tokens: Sequence[Token], rows: Inserted) -> bool:
    """Whether a statement names a table that rows were inserted into, whatever its schema and case."""
    tables = {name.rpartition(".")[2].casefold() for name in rows}
    return any(token.text.casefold() in tables and _is_bare(token) for token in tokens)


def _refusal(path: Path, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        Refusal.UNREADABLE, [Problem(path.name, found, "带 INSERT 的 SQL 导出", "重新导出后再送")]
    )


def _statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in tokens:
        # SQL Server parts its batches by a word, and its statements by nothing.
        begins = token.token_type is TokenType.INSERT and bool(statement) and statement[0].text.upper() not in DEFINING
        ends = token.token_type is TokenType.SEMICOLON or (token.text.upper() == "GO" and token.token_type not in TEXTS)
        if statement and (begins or ends):
            yield statement
            statement = []
        if not ends:
            statement.append(token)
    if statement:
        yield statement


def _learn(statement: str, dialect: str, columns: Declared) -> None:
    """The columns of a CREATE TABLE, for inserts that do not name them all."""
    if not CREATE.match(statement):
        return
    try:
        created = sqlglot.parse_one(statement, read=dialect)
    except SqlglotError:
        return  # a vendor's own clause; the inserts still can be read
    table = created.find(sqlglot.exp.Table)
    if table is not None:
        defined = created.find_all(sqlglot.exp.ColumnDef)
        columns.setdefault(_path(table.db, table.name), {column.name: _filled_in(column) for column in defined})


def _filled_in(column: sqlglot.exp.ColumnDef) -> str:
    """What stands for the value that the server would put into a column that an insert does not name."""
    default = column.find(sqlglot.exp.DefaultColumnConstraint)
    value = default.this.sql() if default is not None else ""
    return f"{NO_RESULT}=DEFAULT {value}" if value and value.upper() != "NULL" else ""


def _path(*names: str) -> str:
    return ".".join(name for name in names if name)


def _insert(text: str, tokens: list[Token], columns: Declared, rows: Inserted) -> None:
    """Every list of values of a statement under the columns that it names, else under those of the table."""
    # What is said about rows that are there already speaks of values as well.
    end = next((n for n, t in enumerate(tokens) if n and t.text.upper() == "ON" and _is_bare(t)), len(tokens))
    tokens = tokens[:end]
    starts = [n for n, t in enumerate(tokens) if t.token_type is TokenType.VALUES or t.text.upper() == "VALUES"]
    if not starts:
        raise NotListedError(" ".join(token.text for token in tokens[:4]))
    # Oracle's INSERT ALL has several of both.
    intos = [n for n, t in enumerate(tokens) if t.text.upper() == "INTO"] or [0]
    for start in starts:
        into = max((n for n in intos if n < start), default=0)
        first = next((n for n in range(into, start) if tokens[n].token_type is OPEN), start)
        name = _named(tokens[into:first])
        declared = columns.get(name) or columns.get(name.rpartition(".")[2], {})
        known = next(_tuples(text, tokens[first:start]), None) or list(declared)
        left = {column: value for column, value in declared.items() if value and column not in known}
        for cells in _tuples(text, tokens[start + 1 :]):
            names = [*known, *(f"column_{n + 1}" for n in range(len(known), len(cells)))]
            rows.setdefault(name, []).append(dict(zip(names, cells, strict=False)) | left)


def _named(tokens: Sequence[Token]) -> str:
    """The table's name at the end of the tokens, with the schema that it stands in."""
    names = [token.text for token in tokens[-3:]]
    return _path(names[0], names[2]) if names[1:2] == ["."] else names[-1]


def _tuples(text: str, tokens: Sequence[Token]) -> Iterator[list[str]]:
    """The cells of every list in parentheses at the outer level."""
    depth = 0
    cells: list[str] = []
    cell: list[Token] = []
    for token in tokens:
        kind = token.token_type
        if kind is OPEN:
            depth += 1
            if depth == 1:
                cells, cell = [], []
                continue
        elif kind is CLOSE:
            depth -= 1
            if depth == 0:
                yield [*cells, _value(text, cell)]
                continue
        elif depth == 0 and kind is not COMMA:
            return  # what to do about rows that are there already
        if depth == 1 and kind is COMMA:
            cells.append(_value(text, cell))
            cell = []
        elif depth:
            cell.append(token)


def _value(text: str, tokens: list[Token]) -> str:
    if not tokens or (len(tokens) == 1 and tokens[0].token_type is TokenType.NULL):
        return ""
    said = f"{NO_RESULT}={text[tokens[0].start : tokens[-1].end + 1]}"
    if len(tokens) > 2 and tokens[1].token_type is TokenType.DCOLON:
        return _value(text, tokens[:1]) if _is_type(tokens[2:]) else said
    if len(tokens) == 1 and (tokens[0].text.upper() in CALCULATED or tokens[0].token_type in CODED):
        return said
    if len(tokens) == 2 and tokens[1].token_type in TEXTS and tokens[0].token_type in TEXTS | NUMBERS:
        return said
    if len(tokens) == 2 and tokens[1].token_type in TEXTS and tokens[0].text.upper() not in INTRODUCING:
        return said
    if len(tokens) == 1 or (len(tokens) == 2 and tokens[1].token_type in TEXTS):
        return tokens[-1].text
    if len(tokens) == 2 and tokens[0].text in ("-", "+") and tokens[1].token_type is TokenType.NUMBER:
        return "".join(token.text for token in tokens)
    if tokens[0].text.upper() in WRAPPING and tokens[1].token_type is OPEN and _closes(tokens) == len(tokens) - 1:
        ends = (n for n, token in enumerate(tokens) if token.token_type in (TokenType.ALIAS, COMMA, CLOSE))
        inner, form = tokens[2 : next(ends, len(tokens))], tokens[-2].text.upper()
        # A form that writes the day before the month, or a year of two digits, means another date than it looks.
        is_plain = tokens[-2].token_type not in TEXTS or FORM.match(form) is not None or len(tokens) - 1 == 3
        return _value(text, inner) if is_plain else said
    # What the server would have calculated.
    return said


def _closes(tokens: Sequence[Token]) -> int:
    """Where the first list in parentheses ends."""
    depth = 0
    for n, token in enumerate(tokens):
        depth += (token.token_type is OPEN) - (token.token_type is CLOSE)
        if depth == 0 and n:
            return n
    return -1


def _is_type(tokens: Sequence[Token]) -> bool:
    """Whether tokens are the name of a type alone, as behind `::`."""
    return all(
        token.text.replace("_", "").isalnum() or token.token_type in (OPEN, CLOSE, COMMA) for token in tokens
    ) and _is_bare(tokens[-1])
