"""`python -m benchmarks.kills [KILLS] [FOLDER]`: kill -9 at random moments of the writing part of nights.

Before every night each of four datasets gets a delivery, one of them over HTTP while the night goes on. Killed are, in
turn, the night's whole process group, one of its workers, and the server while it receives. After each kill no table
may be half; afterwards one undisturbed night must leave the same rows, deliveries, counts and published bytes as a
twin that got the same files and was never disturbed. Prints what it saw and ends with 1 for any difference.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.kills_county import DEPARTMENT, KINDS, PUSHED, drop, half_tables, held, write_catalog
from benchmarks.kills_push import push
from benchmarks.processes import ROOT, night
from shuyang_data.settings import Settings

TARGETS = ("night", "worker", "server")
WORKER = b"shuyang_data.night.worker"
START_SECONDS = 60.0


@dataclass
class Ordeal:
    """One home under fire. usual: seconds that a night writes."""

    home: Path
    catalog: Path
    chance: random.Random
    port: int
    key: str = ""
    usual: float = 0.0
    server: subprocess.Popen[bytes] | None = None
    seen: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        more = {"SHUYANG_HOME": str(self.home), "SHUYANG_CATALOG": str(self.catalog), "SHUYANG_WORKERS": "2"}
        return os.environ | more

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.home.parent / "log.txt").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def serve(self) -> None:
        self.server = self.start("-m", "shuyang_data.cli.main", "serve", "--port", str(self.port))

    def begun(self) -> subprocess.Popen[bytes]:
        """A night that has begun to write: the lock of its run is there."""
        alive = Settings(home=self.home).dagster_home / "alive"
        before = set(alive.iterdir()) if alive.is_dir() else set()
        process, until = self.start("-m", "pipelines.night"), time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            if alive.is_dir() and set(alive.iterdir()) - before:
                break
            time.sleep(0.01)
        return process

    def turn(self, number: int, target: str | None) -> None:
        """One round: deliveries, a night, and a kill in it."""
        for kind in KINDS:
            if kind is not PUSHED:
                drop(self.home, kind, number)
        sender = threading.Thread(target=self._push, args=(number,))
        sender.start()
        process = self.begun()
        start = time.monotonic()
        if target is not None:
            time.sleep(self.chance.uniform(0, self.usual))
            self._kill(target, process)
        code = process.wait()
        if target is None:
            self.usual = time.monotonic() - start
        self.seen[f"{target or 'undisturbed'}: night ended with {code}"] += 1
        if target != "night" and code not in (0, -signal.SIGKILL):
            self.faults.append(f"round {number}: the night ended with {code} though only the {target} was killed")
        self.faults += [f"round {number}: half a table, {found}" for found in half_tables(self.home)]
        sender.join()

    def _push(self, number: int) -> None:
        try:
            self.seen["connections that died"] += push(self.port, self.key, number)
        except TimeoutError as error:
            self.faults.append(str(error))

    def _kill(self, target: str, process: subprocess.Popen[bytes]) -> None:
        pids = {"night": [process.pid], "worker": _workers(process.pid)}.get(target) or []
        if target == "server" and self.server is not None:
            pids = [self.server.pid]
        if not pids or (target != "server" and process.poll() is not None):
            self.seen[f"{target}: was over already"] += 1
            return
        victim = self.chance.choice(pids)
        with suppress(ProcessLookupError):
            if target == "worker":
                os.kill(victim, signal.SIGKILL)
            else:
                os.killpg(victim, signal.SIGKILL)
        self.seen[f"killed: {target}"] += 1
        if target == "server" and self.server is not None:
            self.server.wait()
            self.serve()

    @property
    def kills(self) -> int:
        return sum(count for name, count in self.seen.items() if name.startswith("killed"))


def _workers(parent: int) -> list[int]:
    """The worker processes of a night, by the system's list of its children."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    with suppress(OSError):
        return [pid for pid in map(int, children.read_text().split()) if WORKER in _command(pid)]
    return []


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def endure(kills: int, folder: Path, seed: int = 0) -> Ordeal:
    """So many kills, and one undisturbed night after them; the home is `folder/home`."""
    ordeal = Ordeal(folder / "home", write_catalog(folder / "catalog"), random.Random(seed), _free_port())
    command = [sys.executable, "-m", "shuyang_data.cli.main", "key", DEPARTMENT]
    ordeal.key = subprocess.run(
        command, cwd=ROOT, env=ordeal.environment, check=True, capture_output=True, text=True
    ).stdout.strip()  # fmt: skip
    ordeal.serve()
    try:
        ordeal.turn(0, None)
        ordeal.turn(1, None)
        number = 1
        while ordeal.kills < kills and number < 2 * kills + 2:
            number += 1
            ordeal.turn(number, TARGETS[number % len(TARGETS)])
            print(f"round {number}, {ordeal.kills} kills, {len(ordeal.faults)} faults", flush=True)
    finally:
        if ordeal.server is not None:
            os.killpg(ordeal.server.pid, signal.SIGTERM)
            ordeal.server.wait()
    ordeal.seen["rounds"] = number + 1
    night(ordeal.home, ordeal.catalog)
    return ordeal


def twin(ordeal: Ordeal) -> Path:
    """A home that got all the same files and had one undisturbed night."""
    home = ordeal.home.with_name("twin")
    for number in range(ordeal.seen["rounds"]):
        for kind in KINDS:
            drop(home, kind, number)
    night(home, ordeal.catalog)
    return home


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp(prefix="kills-"))
    folder.mkdir(parents=True, exist_ok=True)
    ordeal = endure(kills, folder)
    ours, theirs = held(ordeal.home), held(twin(ordeal))
    for name, one in ours.items():
        ordeal.faults += [f"{name}: {part} differ" for part in one if one[part] != theirs[name][part]]
    for what, count in sorted(ordeal.seen.items()):
        print(f"{count:6} {what}")
    print(*ordeal.faults or ["no difference to the twin, no half table"], sep="\n")
    sys.exit(bool(ordeal.faults))


if __name__ == "__main__":
    main()
