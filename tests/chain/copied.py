"""The product's code in a folder of its own, where a test may change it as a programmer would."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from shuyang_data.settings import REPOSITORY, Settings


def copied(folder: Path) -> Path:
    """A copy of the package and the declared rules' folder beside it; where it stands."""
    shutil.copytree(REPOSITORY / "shuyang_data", folder / "shuyang_data", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def edited(code: Path, module: str, old: str, new: str) -> None:
    """Replace a text that stands once in a module (`chain/make`)."""
    path = code / "shuyang_data" / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} in {module}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def digest_of(code: Path, module: str) -> str:
    """The checksum of the code behind a module of the copy, by the copy's own eyes."""
    return str(_closure(code).code_digest(module))


def _closure(code: Path) -> ModuleType:
    """Loaded anew from its file: what it remembers of sources is its own."""
    spec = importlib.util.spec_from_file_location("copied_closure", code / "shuyang_data" / "chain" / "closure.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module


NIGHT = """
from shuyang_data.night.opening import Order
from shuyang_data.night.run import Ended, run_night
from shuyang_data.settings import Settings
from tests.builders import TODAY
for event in run_night(Settings(), Order(day=TODAY)):
    if isinstance(event, Ended):
        print(event.exit_code, *event.opened.reasons, event.faults)
"""


def night_of(code: Path, settings: Settings) -> str:
    """A whole night by the copy, in a process of its own; what it says at its end."""
    tests = code / "tests"
    if not tests.exists():
        tests.symlink_to(REPOSITORY / "tests")
        (code / "catalog").symlink_to(REPOSITORY / "catalog")
    environment = {
        **os.environ, "PYTHONPATH": str(code), "SHUYANG_HOME": str(settings.home), "SHUYANG_WORKERS": "0",
        "SHUYANG_CATALOG": str(settings.catalog), "SHUYANG_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-c", NIGHT]
    done = subprocess.run(command, env=environment, cwd=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
