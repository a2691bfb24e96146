"""The platform as an operator installs it: a wheel from a folder, no index, no checkout, a county's folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from shuyang_data.settings import REPOSITORY
from tests.builders import TODAY
from tests.pipelines.test_places import STRANGE, deliver

SOURCES = ("shuyang_data", "pipelines", "catalog", "quality_checks", "pyproject.toml", "dagster.yaml", "workspace.yaml")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SHUYANG_", "DAGSTER_"))}
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=300, cwd=cwd, env=environment, check=False
    )


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new environment with our wheel; the libraries, which a wheelhouse would hold, are those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        # A build leaves files beside what it builds; the checkout keeps none of them.
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, source / name, **({"symlinks": True} if copy is shutil.copytree else {}))
    offline = ("--no-index", "--no-deps", "--quiet", "--disable-pip-version-check")
    built = run(
        sys.executable, "-m", "pip", "wheel", *offline, "--no-build-isolation", "-w", folder / "house", ".", cwd=source
    )
    assert built.returncode == 0, built.stderr
    shutil.rmtree(source)
    made = run(sys.executable, "-m", "venv", folder / STRANGE, cwd=folder)
    assert made.returncode == 0, made.stderr
    programs = folder / STRANGE / "bin"
    installed = run(
        programs / "python",
        "-m",
        "pip",
        "install",
        *offline,
        "--find-links",
        folder / "house",
        "shuyang-data",
        cwd=folder,
    )
    assert installed.returncode == 0, installed.stderr
    packages = Path(
        run(
            programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
        ).stdout.strip()
    )
    # Its own `.pth` files, which lead to the checkout, are not read from here.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


def test_a_county_starts_from_the_wheel(bin_folder: Path, tmp_path: Path) -> None:
    shuyang, folder = bin_folder / "shuyang", tmp_path / STRANGE
    said = run(shuyang, "--version", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (0, "shuyang 0.1.0\n"), said.stderr
    assert run(shuyang, "init", STRANGE, cwd=tmp_path).returncode == 0
    checked = run(shuyang, "check", cwd=folder)
    assert "目录无误：20 个部门" in checked.stdout, checked.stderr
    deliver(folder / "data")
    night = run(shuyang, "run", "--only", "culture/scenic_spot", "--date", TODAY, cwd=folder)
    assert night.returncode == 0, night.stdout + night.stderr
    assert "古栗林" in run(shuyang, "query", "from open.culture_scenic_spot", cwd=folder).stdout
    where = run(bin_folder / "python", "-c", "import shuyang_data.settings as s; print(s.REPOSITORY)", cwd=folder)
    assert where.stdout.startswith(str(bin_folder.parent))
    assert sorted(path.name for path in folder.iterdir()) == [
        "catalog", "dagster.yaml", "data", "quality_checks", "workspace.yaml"
    ]  # fmt: skip


def files_of(folder: Path) -> dict[str, bytes]:
    paths = [path for name in ("catalog", "quality_checks") for path in (folder / name).rglob("*")]
    paths += [folder / "dagster.yaml", folder / "workspace.yaml"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}


def test_what_is_laid_down_is_the_checkouts_own(bin_folder: Path, tmp_path: Path) -> None:
    """From the wheel, and from the checkout, where the package holds links."""
    assert run(bin_folder / "shuyang", "init", "县", cwd=tmp_path).returncode == 0
    assert run(sys.executable, "-m", "shuyang_data.cli.main", "init", tmp_path / "乙", cwd=REPOSITORY).returncode == 0
    for name in ("县", "乙"):
        assert files_of(tmp_path / name) == files_of(REPOSITORY)
        assert [path for path in (tmp_path / name).rglob("*") if path.is_symlink()] == []


def test_without_a_catalog_the_way_to_one_is_named(bin_folder: Path, tmp_path: Path) -> None:
    for command in (("check",), ("run",), ("status",), ("todo",)):
        done = run(bin_folder / "shuyang", *command, cwd=tmp_path)
        assert (done.returncode, "shuyang init" in done.stderr) == (2, True), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_a_catalog_is_left_as_it_is(bin_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    done = run(bin_folder / "shuyang", "init", ".", cwd=tmp_path)
    assert (done.returncode, "已经有了" in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.rglob("*")] == ["catalog"]
