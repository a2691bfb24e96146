"""One dataset made, whatever it meets: its own fault stops it, a locked registry is waited for, the night goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from shuyang_data.chain.fingerprint import live_deliveries
from shuyang_data.chain.steps import Step, Stopped
from shuyang_data.county import County
from shuyang_data.errors import AccountingError, Problem, RegistryBusyError, ShuyangDataError, StorageError
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.closing import Faulty
from shuyang_data.night.faults import problems_of, unforeseen
from shuyang_data.records import Counts, Outcome

LOG = logging.getLogger(__name__)
# Times that a dataset is made again because the registry was locked longer than any statement waits, and the pause.
TRIES, PAUSE = 5, 10.0


def made(county: County, identity: DatasetId, layers: Collection[Layer] | None = None) -> Iterator[Step | Faulty]:
    """Every step of a dataset, and in the place of an error what it comes to."""
    # A quiet night makes nothing, and does not need the libraries behind it.
    from shuyang_data.chain.make import LAYERS, make

    for attempt in range(1, TRIES + 1):
        try:
            yield from make(county, county.dataset(identity), LAYERS if layers is None else layers)
        except RegistryBusyError as error:
            if attempt == TRIES:
                yield _nights(identity, error)
                return
            LOG.warning("%s：登记库被占用，第 %d 次等待后重做", identity, attempt)
            time.sleep(PAUSE)
            continue
        except Exception as error:  # whatever it meets leaves the others alone
            yield _fault_of(county, identity, error)
        return


def _fault_of(county: County, identity: DatasetId, error: Exception) -> Stopped | Faulty:
    """What the machine meets, a full disk or a broken store, is the night's; all else stops the dataset, with the files
    that it was made from, and is not the department's to answer for.
    """
    if isinstance(error, StorageError | AccountingError | OSError) or identity not in county.catalog.datasets:
        return _nights(identity, error)
    problems = error.problems if isinstance(error, ShuyangDataError) else (unforeseen(error),)
    live = live_deliveries(county.dataset(identity), county.registry.deliveries(identity))
    files = "、".join(Path(delivery.path).name for delivery in live[-3:])
    reasons = tuple(f"平台处理 {files} 时出错：{problem}" for problem in problems)
    last = county.registry.outcome(identity) or Outcome(identity, "", county.run_id, county.now, Counts())
    county.registry.save_outcome(replace(last, faults=reasons, run_id=county.run_id, at=county.now))
    return Stopped(identity, Layer.STANDARD, reasons, "平台")


def _nights(identity: DatasetId, error: Exception) -> Faulty:
    found: tuple[Problem, ...] = problems_of(error)
    return Faulty(tuple(replace(problem, where=f"{identity} {problem.where}") for problem in found))
