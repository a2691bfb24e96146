"""Foreign formats are read in a process of their own: what ends it takes nobody along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.reading import apart
from shuyang_data.reading.formats import workbook
from shuyang_data.reading.read import read_sheets, read_source, tables_here
from shuyang_data.records import Refusal


def a_workbook(path: Path, far: str = "") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["编号", "名称"], ["A1", "甲"], ["A2", "乙"]):
        sheet.append(row)
    if far:
        sheet[far] = "x"
    book.save(path)
    return path


def reader_pid() -> int:
    process = apart._READER._process
    assert process is not None
    return process.pid


def test_it_answers_as_this_process_would(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx")
    assert read_sheets(path) == workbook.read_workbook(path)
    assert read_source(path) == tables_here(path)
    (tmp_path / "a.json").write_text('[{"编号": "A1"}]', encoding="utf-8")
    assert read_source(tmp_path / "a.json") == tables_here(tmp_path / "a.json")


def test_one_process_reads_file_after_file(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx")
    # One that has just read something large ends when it has answered.
    apart._READER.close()
    read_source(path)
    first = reader_pid()
    read_source(path)
    assert reader_pid() == first


def test_a_refusal_comes_back_with_its_code_and_its_problems(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(a_workbook(tmp_path / "b.xlsx").read_bytes()[:900])
    with pytest.raises(DeliveryRefusedError) as here:
        tables_here(path)
    with pytest.raises(DeliveryRefusedError) as there:
        read_source(path)
    assert (there.value.code, there.value.problems) == (here.value.code, here.value.problems)


def test_one_cell_at_the_end_of_the_world_is_refused_and_the_next_file_is_read(tmp_path: Path) -> None:
    """Seen: the library aborts the process on it, every night."""
    far = a_workbook(tmp_path / "far.xlsx", "XFD1048576")
    with pytest.raises(DeliveryRefusedError, match="中断") as refused:
        read_source(far)
    assert refused.value.code == Refusal.ENDS_READER
    assert [row for table in read_source(a_workbook(tmp_path / "a.xlsx")) for row in table.rows] == [
        ["A1", "甲"],
        ["A2", "乙"],
    ]


def test_one_cell_in_the_last_row_costs_no_memory(tmp_path: Path) -> None:
    (table,) = read_source(a_workbook(tmp_path / "far.xlsx", "C1048576"))
    assert table.rows[:2] == [["A1", "甲", ""], ["A2", "乙", ""]] or table.rows[:2] == [["A1", "甲"], ["A2", "乙"]]


def test_a_reader_that_was_killed_is_started_again(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx")
    read_source(path)
    os.kill(reader_pid(), signal.SIGKILL)
    assert read_source(path) == tables_here(path)


def test_a_reader_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "READER", [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(apart, "PATIENCE", 0.3)
    apart._READER.close()
    with pytest.raises(DeliveryRefusedError, match="中断"):
        read_source(a_workbook(tmp_path / "a.xlsx"))


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx")
    script = (
        "import os, signal, sys; from pathlib import Path; from shuyang_data.reading import apart, read;"
        f"read.read_source(Path({str(path)!r})); print(apart._READER._process.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    for _ in range(100):
        if not _is_alive(pid):
            break
        time.sleep(0.05)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
