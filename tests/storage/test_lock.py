"""One night at a time on one home folder: across processes, threads and blocks of one process."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shuyang_data.errors import BusyError, StorageError
from shuyang_data.storage.lock import hold_night, take_night

HOLDER = """
import sys
from pathlib import Path
from shuyang_data.storage.lock import take_night
lock = take_night(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def is_free(home: Path) -> bool:
    try:
        with hold_night(home):
            return True
    except BusyError:
        return False


def test_another_process_is_refused_in_one_chinese_line_until_the_first_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="另一次运行还没有结束") as caught, hold_night(tmp_path):
            raise AssertionError("two nights at once")
        assert str(tmp_path) in caught.value.problems[0].where
        holder.kill()
        holder.wait()
        assert is_free(tmp_path), "a process that was killed keeps nothing"


def test_an_inner_block_does_not_let_go_for_the_outer_one(tmp_path: Path) -> None:
    """Seen: it did, and a second night could begin beside the first."""
    with hold_night(tmp_path):
        with pytest.raises(BusyError), hold_night(tmp_path):
            raise AssertionError("two nights at once")
        assert not is_free(tmp_path)
    assert is_free(tmp_path)


def test_another_thread_is_refused_as_another_process_is(tmp_path: Path) -> None:
    found: list[bool] = []
    with hold_night(tmp_path):
        thread = threading.Thread(target=lambda: found.append(is_free(tmp_path)))
        thread.start()
        thread.join()
    assert found == [False]


def test_an_error_lets_go(tmp_path: Path) -> None:
    with pytest.raises(KeyError), hold_night(tmp_path):
        raise KeyError("a fault")
    assert is_free(tmp_path)


def test_a_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    lock = take_night(tmp_path / "new" / "home")
    assert not is_free(tmp_path / "new" / "home")
    assert is_free(tmp_path), "another home is another night"
    lock.release()
    assert is_free(tmp_path / "new" / "home")


def test_one_waits_for_a_night_that_ends(tmp_path: Path) -> None:
    lock = take_night(tmp_path)
    timer = threading.Timer(0.2, lock.release)
    timer.start()
    with hold_night(tmp_path, wait_seconds=30):
        assert not is_free(tmp_path)
    timer.join()


def test_a_home_that_cannot_be_is_a_fault_of_storage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file"), hold_night(tmp_path / "file" / "home"):
        raise AssertionError("a night nowhere")
