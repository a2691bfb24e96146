"""What a person types wrongly is said in Chinese, with exit code 2; every frame of the help is Chinese."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from shuyang_data.cli.main import app

RUNNER = CliRunner()
WRONG = {
    "nonsense": ("nonsense", "没有这个命令", "export-analyst"),
    "catalog nonsense": ("没有这个命令", "findings", "shuyang catalog --help"),
    "run --nope": ("--nope", "没有这个选项", "shuyang run --help"),
    "run --ful": ("--ful", "没有这个选项", "应为 --full"),
    "run --date": ("--date", "没有写值"),
    "run --full=1": ("--full", "不带值"),
    "run extra words": ("extra words", "多出来"),
    "key": ("部门：缺少这一项", "shuyang key --help"),
    "catalog census 民政局": ("--source：缺少这一项",),
    "serve --port many": ("--port", "'many'", "应为 整数"),
    "inspect a.csv --rows -1": ("--rows", "'-1'", "应为 不小于 0"),
    "catalog import a.xlsx --extension 9": ("--extension", "不大于 5"),
}
FRAMES = re.compile(
    r"Usage|Options|Commands|Arguments|Error|Try|Show this|required|default|Missing|Invalid|such|<[a-z]+>"
)


def every_command() -> list[str]:
    groups = {str(group.name): group.typer_instance for group in app.registered_groups}
    named = [
        (prefix, command.name or command.callback.__name__)
        for prefix, owner in {"": app, **groups}.items()
        for command in (owner.registered_commands if owner else [])
        if command.callback
    ]
    return ["", *groups, *(f"{prefix} {name}".strip() for prefix, name in named)]


@pytest.mark.parametrize("typed", WRONG)
def test_wrong_usage_is_chinese_and_two(typed: str) -> None:
    done = RUNNER.invoke(app, typed.split(), prog_name="shuyang")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("用法不对（1 处）")
    assert not FRAMES.search(done.stderr)
    for word in WRONG[typed]:
        assert word in done.stderr


@pytest.mark.parametrize("command", every_command())
def test_help_is_chinese_and_whole(command: str) -> None:
    done = RUNNER.invoke(app, [*command.split(), "--help"], prog_name="shuyang")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"用法：shuyang {command}".strip())
    assert "显示这段说明" in done.stdout
    assert not FRAMES.search(done.stdout)
    assert "…" not in done.stdout.replace("命令 …", "").replace("数据集 …", "")


@pytest.mark.parametrize("command", every_command())
def test_every_option_and_argument_says_what_it_is(command: str) -> None:
    found = get_command(app)
    for name in command.split():
        found = found.commands[name]
    assert [p.name for p in found.params if not p.help] == []


def test_defaults_and_what_must_be_written_are_said() -> None:
    serve = RUNNER.invoke(app, ["serve", "--help"], prog_name="shuyang").stdout
    assert re.search(r"--port 数字 +端口（默认 8000）", serve)
    census = RUNNER.invoke(app, ["catalog", "census", "--help"], prog_name="shuyang").stdout
    assert census.startswith("用法：shuyang catalog census 部门 [选项]")
    assert "（必须写）" in census
    assert RUNNER.invoke(app, ["pull", "--help"], prog_name="shuyang").stdout.startswith(
        "用法：shuyang pull [数据集 …]"
    )


@pytest.mark.parametrize("group", ["", "catalog", "quality", "project"])
def test_a_group_alone_shows_its_commands_and_is_no_success(group: str) -> None:
    done = RUNNER.invoke(app, group.split(), prog_name="shuyang")
    assert (done.exit_code, done.stderr) == (2, "")
    assert "\n命令\n" in done.stdout


def test_the_version_is_the_installed_one() -> None:
    done = RUNNER.invoke(app, ["--version"])
    assert (done.exit_code, re.fullmatch(r"shuyang \d+\.\d+\.\d+\n", done.stdout) is not None) == (0, True)
