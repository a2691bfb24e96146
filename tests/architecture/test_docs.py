"""The documents say what the code does."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from shuyang_data.cli.main import app
from shuyang_data.records import Reason, Refusal
from shuyang_data.settings import REPOSITORY

READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = [*READMES, *(str(p.relative_to(REPOSITORY)) for p in sorted((REPOSITORY / "docs").rglob("*.md")))]


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def test_every_reason_code_is_documented_with_its_title() -> None:
    text = read("docs/errors.md")
    for word in (*Reason, *Refusal):
        assert re.search(rf"`{word}` \| {word.label}", text), word


def test_policy_codes_are_documented() -> None:
    source = "".join(
        read(f"shuyang_data/{name}.py") for name in ("classify/policy", "release/anonymity", "chain/grades")
    )
    for code in re.findall(r'Refused\(\s*"(\w+)"', source):
        assert f"`{code}`" in read("docs/errors.md")


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_the_readmes_exists(name: str) -> None:
    text = read(name)
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", text)) <= targets
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {str(group.name) for group in app.registered_groups}
    assert set(re.findall(r"bin/shuyang ([a-z-]+)", text)) <= known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    folder = (REPOSITORY / name).parent
    for link in re.findall(r"\]\(([^)#]+)\)", read(name)):
        assert (folder / link).exists(), link


def test_the_help_is_chinese_and_names_every_option() -> None:
    help_text = CliRunner().invoke(app, ["run", "--help"]).output
    assert "跑一夜" in help_text
    for option in ("--only", "--date", "--full"):
        assert option in help_text


def test_no_address_stands_in_the_pins() -> None:
    assert not re.search(r"https?:|@|--index", read("constraints.txt"))


def test_folders_in_the_architecture_exist() -> None:
    for folder in re.findall(r"\| `((?:shuyang_data|pipelines|samples|catalog)[\w/]*)", read("docs/architecture.md")):
        assert (REPOSITORY / folder).is_dir() or (REPOSITORY / folder).with_suffix(".py").is_file(), folder


def test_every_file_that_the_guide_to_additions_names_exists() -> None:
    text = read("docs/extending.md")
    named = {
        name.rstrip("/")
        for name in re.findall(r"`((?:shuyang_data|pipelines|tests|catalog|quality_checks|docs)[\w/.]*)`", text)
    }
    missing = [name for name in named if not (REPOSITORY / name).exists()]
    assert missing == []
    assert len(named) > 40
    for kind in (
        "file format",
        "rule type",
        "detector",
        "protection",
        "open package",
        "measure",
        "page",
        "theme table",
    ):
        assert kind in text, kind
    assert "## Never" in text
