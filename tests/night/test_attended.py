"""A night that an officer steps through: begun once, closed once, and its lock is let go of whatever happens."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator

import pytest

from shuyang_data.chain.make import LAYERS
from shuyang_data.errors import BusyError, CatalogError, UnknownDatasetError
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.attended import AttendedNight
from shuyang_data.night.closing import RATES, Closed, Faulty
from shuyang_data.settings import Settings
from shuyang_data.storage.lock import hold_night
from tests.night.county import HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import deliver, layers_made, stops


@pytest.fixture
def night(settings: Settings) -> Iterator[AttendedNight]:
    night = AttendedNight(settings, 0)
    yield night
    list(night.end())


def is_free(settings: Settings) -> bool:
    try:
        with hold_night(settings.home):
            return True
    except BusyError:
        return False


def test_it_is_begun_once_closed_once_and_written_down(settings: Settings, night: AttendedNight) -> None:
    deliver(settings, PLACES, *PLACE_LINES)
    assert is_free(settings)
    opened = night.begin((PLACES.id, HOMES.id))
    assert night.begin((HOMES.id,)) is opened
    assert not is_free(settings)
    assert layers_made(night.make(opened, PLACES.id, LAYERS)) == list(LAYERS)
    (stopped,) = stops(night.make(opened, HOMES.id, (Layer.RAW,)))
    assert (stopped.layer, stopped.reasons) == (Layer.RAW, ("还没有收到过交付，收件箱里也没有它的文件",))
    assert RATES in {answer.key for answer in night.close(opened) if isinstance(answer, Closed)}
    assert list(night.close(opened)) == []
    assert not is_free(settings), "closed is not ended"
    assert list(night.end()) == []
    assert is_free(settings)
    record = opened.county.registry.last_night()
    assert record is not None
    assert (record["faults"], record["stopped"], list(record["planned"])) == ([], [], [str(PLACES.id)])
    assert record["finished_at"] is not None
    opened.county.registry.close()


def test_what_is_made_after_the_closing_is_closed_once_more(settings: Settings, night: AttendedNight) -> None:
    """Whoever orders the steps: targets and the analysts' file are those of the end."""
    deliver(settings, PLACES, *PLACE_LINES)
    opened = night.begin((PLACES.id,))
    assert RATES in {answer.key for answer in night.close(opened) if isinstance(answer, Closed)}
    list(night.make(opened, PLACES.id, LAYERS))
    assert RATES in {answer.key for answer in night.end() if isinstance(answer, Closed)}
    targets = json.loads((settings.reports / "targets.json").read_text(encoding="utf-8"))
    assert targets["county"]["opening"]["numerator"] == 1, targets


def test_what_nobody_closed_is_closed_at_its_end(settings: Settings, night: AttendedNight) -> None:
    night.begin(())
    assert RATES in {answer.key for answer in night.end() if isinstance(answer, Closed)}
    assert (settings.home / "heartbeat").exists()
    assert is_free(settings)


def test_a_night_that_nobody_began_leaves_no_trace(settings: Settings, night: AttendedNight) -> None:
    assert list(night.end()) == []
    assert not settings.home.exists()


def test_what_one_dataset_meets_leaves_the_others_alone_and_is_written_down(
    settings: Settings, night: AttendedNight
) -> None:
    deliver(settings, PLACES, *PLACE_LINES)
    deliver(settings, HOMES, *HOME_LINES)
    (settings.lake / "raw").mkdir(parents=True)
    (settings.lake / "raw" / "civil_affairs__home").touch()
    opened = night.begin((PLACES.id, HOMES.id))
    faulty = [answer for answer in night.make(opened, HOMES.id, LAYERS) if isinstance(answer, Faulty)]
    assert len(faulty) == 1
    assert layers_made(night.make(opened, PLACES.id, LAYERS)) == list(LAYERS)
    assert not [answer for answer in night.end() if isinstance(answer, Faulty)]
    record = opened.county.registry.last_night()
    assert record is not None and record["faults"] == [str(problem) for problem in faulty[0].problems]
    opened.county.registry.close()


def test_a_night_that_cannot_begin_lets_go_and_may_be_begun_again(settings: Settings, night: AttendedNight) -> None:
    """Seen: it kept the lock, and the next dataset of the run waited ten minutes for it."""
    with pytest.raises(UnknownDatasetError):
        night.begin((DatasetId("civil_affairs", "nothing"),))
    assert is_free(settings)
    departments = settings.catalog / "departments.yaml"
    text = departments.read_text(encoding="utf-8")
    departments.write_text("{", encoding="utf-8")
    shutil.rmtree(settings.catalog_kept)
    with pytest.raises(CatalogError):
        night.begin(())
    assert is_free(settings)
    departments.write_text(text, encoding="utf-8")
    assert night.begin(()).planned == ()


def test_beside_another_night_it_does_not_begin(settings: Settings, night: AttendedNight) -> None:
    with hold_night(settings.home), pytest.raises(BusyError, match="另一次运行还没有结束"):
        night.begin(())
    night.begin(())
    assert not is_free(settings)


def test_who_stops_listening_lets_go_of_the_lock(settings: Settings, night: AttendedNight) -> None:
    night.begin(())
    answers = night.end()
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert is_free(settings)


def test_it_may_end_in_another_thread_than_it_began(settings: Settings, night: AttendedNight) -> None:
    """Seen: the lock stayed with the thread that had taken it, until the process ended."""
    thread = threading.Thread(target=night.begin, args=((),))
    thread.start()
    thread.join()
    assert not is_free(settings)
    assert RATES in {answer.key for answer in night.end() if isinstance(answer, Closed)}
    assert is_free(settings)
