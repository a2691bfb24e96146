"""What pyproject declares is what the code imports: nothing missing, nothing for show."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from shuyang_data.settings import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OURS = {"shuyang_data", "pipelines", "samples", "tests", "benchmarks"}
# Signing comes; the workbook reader's decryption uses it already.
# Reached by name only: a program, and drivers that SQLAlchemy takes from a URL.
BY_NAME = {
    "ui": {"dagster-webserver"},
    "postgres": {"psycopg2-binary"},
    "mysql": {"pymysql"},
    "oracle": {"oracledb"},
    "mssql": {"pymssql"},
}
# Programs of developers, what other packages and the scorers of ../shared load, and our own extras.
TOOLS = {
    "dagster-dg-cli",
    "import-linter",
    "mypy",
    "price-parser",
    "pytest-xdist",
    "pysail",
    "ruff",
    "setuptools",
    "types-pyyaml",
    "httpx2",
    "shuyang-data",
}


def normal(name: str) -> str:
    """A distribution's name, as PEP 503 compares them, without extras and versions."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


def declared(extra: str = "") -> set[str]:
    return {normal(line) for line in (PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"])}


def imported(*packages: str) -> set[str]:
    """The distributions of every module that stands in an import of these packages, wherever in a file."""
    modules = set()
    for path in (path for package in packages for path in Path(REPOSITORY / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    others = modules - OURS - {*sys.stdlib_module_names}
    owners = packages_distributions()
    return {normal(owners[module][0]) for module in others}


def test_the_product_declares_what_it_imports_and_nothing_else() -> None:
    product = imported("shuyang_data", "pipelines")
    assert product - declared("spark") == declared()
    assert declared("spark") <= product


def test_extras_are_programs_and_drivers_that_nothing_imports() -> None:
    assert {extra: declared(extra) for extra in BY_NAME} == BY_NAME
    assert not imported("shuyang_data", "pipelines") & set().union(*BY_NAME.values())


def test_developers_get_what_tests_samples_and_benchmarks_import() -> None:
    samples = imported("samples") - declared()
    assert samples == declared("samples")
    assert imported("tests", "benchmarks") - declared() - samples == declared("dev") - TOOLS


def test_every_declared_package_is_pinned() -> None:
    """And whatever these need in turn: an installation from the pins is the one that was tested."""
    pins = {normal(line) for line in (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").split()}
    every = declared().union(*map(declared, PROJECT["optional-dependencies"])) - {"shuyang-data"}
    assert every <= pins
    needed = {
        normal(line) for name in every for line in requires(name) or () if "extra ==" not in line and ";" not in line
    }
    assert needed <= pins
