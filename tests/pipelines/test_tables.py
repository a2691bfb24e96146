"""Tables as people get them: redirected, and on a terminal of 80 columns, every column's value is there."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading

import pytest
from typer.testing import CliRunner

from shuyang_data.cli.main import app
from tests.builders import TODAY
from tests.pipelines.conftest import Home

# command → the fields of its JSON that its table shows; no fields where the table is made of something else.
TABLES = {
    "status": ("title", "delivered", "accepted", "rejected", "superseded", "data_on"),
    "todo": ("kind", "entry", "text", "since", "due"),
    "quality tickets": ("id", "dataset", "title", "unexpected", "state", "since", "due"),
    "quality scores": ("as_of", "scope", "total"),
    "quality suggest 养老机构名录": ("id", "title", "type"),
    "catalog findings": ("entry", "text"),
    "catalog plan": ("dataset", "title", "score"),
    "resources": ("dataset", "title", "origin_title", "ground"),
    "resources --returns": ("id", "title", "provider", "requested_on"),
}
DATED = ("status", "todo", "quality", "catalog", "targets")


def dated(typed: str) -> list[str]:
    return [*typed.split(), *(["--date", str(TODAY)] if typed.split()[0] in DATED else [])]


def redirected(home: Home, typed: str, width: str = "80") -> str:
    """What goes into a file or a pipe, from a terminal of so many columns."""
    home.export()
    done = CliRunner().invoke(app, dated(typed), env={"COLUMNS": width})
    assert done.exit_code == 0, done.output
    return done.stdout


def on_terminal(home: Home, typed: str) -> str:
    """The same on a terminal of 80 columns."""
    home.export()
    command = [sys.executable, "-m", "shuyang_data.cli.main", *dated(typed)]
    environment = os.environ | {"COLUMNS": "80", "LINES": "50", "TERM": "dumb"}
    ours, theirs = pty.openpty()
    read: list[bytes] = []
    program = subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=environment)
    os.close(theirs)

    def drain() -> None:
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # the other side is closed
                return
            if not chunk:
                return
            read.append(chunk)

    reader = threading.Thread(target=drain)
    reader.start()
    assert program.wait(120) == 0, program.stderr.read() if program.stderr else ""
    reader.join(30)
    os.close(ours)
    return b"".join(read).decode()


def plain(text: str) -> str:
    """Without what a narrow screen puts between the signs of one value."""
    return re.sub(r"\s", "", text)


def rows_of(text: str) -> list[list[str]]:
    """The cells of a drawn table."""
    return [[cell.strip() for cell in re.split("[│┃]", line)[1:-1]] for line in text.splitlines() if line[:1] in "│┃"]


@pytest.mark.parametrize("typed", TABLES)
def test_no_table_loses_a_column(first_night: Home, typed: str) -> None:
    body = json.loads(redirected(first_night, f"{typed} --json"))
    records = list(body.values()) if isinstance(body, dict) else body
    assert records
    table, blocks = redirected(first_night, typed), plain(on_terminal(first_night, typed))
    heading, *rows = rows_of(table)
    assert len(rows) >= len(records)
    assert all(len(row) == len(heading) for row in rows)
    for record in records:
        for field in TABLES[typed]:
            value = record[field]
            text = (
                f"{value:,}"
                if typed == "status" and isinstance(value, int)
                else str(value if value is not None else "—")
            )
            assert plain(text) in plain(table), field
            assert plain(text) in blocks, field
    for cell in {cell for row in rows for cell in row}:
        assert plain(cell) in blocks


def test_the_rows_behind_the_targets_are_whole(first_night: Home) -> None:
    wide = redirected(first_night, "targets --evidence", "40")
    cells = {cell for row in rows_of(wide) for cell in row}
    assert {"沭阳县民政局", "civil_affairs/nursing_home", "责任方"} <= cells
    narrow = plain(on_terminal(first_night, "targets --evidence"))
    assert [cell for cell in cells if plain(cell) not in narrow] == []


def test_what_fits_stays_a_table_on_a_terminal(first_night: Home) -> None:
    assert rows_of(on_terminal(first_night, "query values(1)").replace("\r", "")) == [["col0"], ["1"]]


def test_a_night_into_a_file_shows_every_figure(first_night: Home) -> None:
    heading, *rows = rows_of(first_night.printed)
    assert heading[0] == "部门"
    assert rows[-1][0] == "全县"
    assert len({len(row) for row in (heading, *rows)}) == 1
