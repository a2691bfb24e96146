"""What Typer says, in Chinese: help, and what is wrong with a command line as one of our own errors, exit code 2."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from shuyang_data.errors import EXIT_FAULT, EXIT_USAGE, Problem, StorageError, UsageError

WIDEST = 120
INDENT = (0, 2)
KINDS = {"int_parsing": "整数", "int_type": "整数", "float_parsing": "数字", "bool_parsing": "true 或 false"}
BOUNDS = {"ge": "不小于", "le": "不大于", "gt": "大于", "lt": "小于"}


class ChineseCommand(TyperCommand):
    """A command whose help is Chinese."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_text(self, ctx))


class ChineseGroup(TyperGroup):
    """A group of commands whose help is Chinese; where a program begins, every way to end is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_text(self, ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise UsageError([Problem(args[0], "没有这个命令", "、".join(self.commands), _help_of(ctx))])
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **more: Any) -> Any:  # type: ignore[override]
        """The exit code as documented; what nobody foresaw is one message too, and never a traceback."""
        try:
            code = super().main(args, standalone_mode=False, **more)
        except typer.Abort:
            code = EXIT_FAULT
        except Exception as error:
            code = _said(error)
        if standalone_mode:
            sys.exit(code)
        return code


class Commands(typer.Typer):
    """Typer with Chinese help."""

    def __init__(self, title: str) -> None:
        super().__init__(cls=ChineseGroup, help=title, no_args_is_help=True, add_completion=False)

    def command(self, name: str | None = None, **more: Any) -> Callable[[Any], Any]:
        return super().command(name, cls=ChineseCommand, **more)


def _said(error: Exception) -> int:
    """Print what is wrong; the exit code."""
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error)
        return EXIT_USAGE
    if isinstance(error, UsageError):
        problem: Exception = error
    elif getattr(error, "exit_code", None) == EXIT_USAGE:
        problem = UsageError([usage_problem(error)])
    else:
        from shuyang_data.night.faults import unforeseen

        problem = StorageError([unforeseen(error)])
    print(problem, file=sys.stderr)
    return int(getattr(problem, "exit_code", EXIT_FAULT))


def usage_problem(error: Any) -> Problem:
    """What one of Click's errors about a command line found; told apart by name, as Typer keeps the classes private."""
    remedy = _help_of(error.ctx) if error.ctx is not None else "看 --help"
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return Problem(error.option_name, "没有这个选项", "、".join(error.possibilities or ()), remedy)
    if kind == "BadOptionUsage":
        takes_none = "does not take" in error.message
        return Problem(error.option_name, "后面不带值" if takes_none else "后面没有写值", remedy=remedy)
    if kind == "MissingParameter":
        return Problem(_name_of(error.param), "缺少这一项", remedy=remedy)
    if kind == "BadParameter":
        return Problem(_name_of(error.param), *_value_problem(error), remedy=remedy)
    extra = re.search(r"unexpected extra argument\S* \((.*)\)", error.message)
    return (
        Problem(extra[1], "这几个字是多出来的", remedy=remedy)
        if extra
        else Problem("命令", error.message, remedy=remedy)
    )


def _help_of(ctx: Any) -> str:
    return f"看 {ctx.command_path} --help"


def _name_of(parameter: Any) -> str:
    """As it is typed: `--port`, or the word that stands for an argument."""
    return parameter.opts[-1] if parameter.param_type_name == "option" else metavar(parameter)


def _value_problem(error: Any) -> tuple[str, str]:
    """(found, expected) of a value that could not be read as its parameter's type."""
    if not isinstance(error.__cause__, ValidationError):
        return error.message, ""
    item = error.__cause__.errors()[0]
    bounds = [f"{word} {item['ctx'][name]}" for name, word in BOUNDS.items() if name in item.get("ctx", {})]
    return f"写的是 {item['input']!r}", "、".join(bounds) or KINDS.get(item["type"], item["msg"])


def metavar(parameter: Any) -> str:
    """What stands for a value in a usage line; empty for a switch."""
    if parameter.metavar:
        return str(parameter.metavar)
    if getattr(parameter, "is_flag", False):
        return ""
    return "数字" if isinstance(parameter.default, int) else "值"


def help_text(command: Any, ctx: Any) -> str:
    """Usage, what the command does, its arguments, options and commands."""
    parameters = command.get_params(ctx)
    arguments = [p for p in parameters if p.param_type_name == "argument"]
    commands = getattr(command, "commands", {})
    usage = [ctx.command_path, *map(_usage, arguments), "[选项]", *(["命令", "…"] if commands else [])]
    screen = Console(width=min(Console().width, WIDEST), no_color=True)
    with screen.capture() as capture:
        screen.print(f"用法：{' '.join(usage)}\n\n{command.help or ''}", markup=False, highlight=False, soft_wrap=True)
        _print_section(screen, "参数", ((metavar(p), _help(p)) for p in arguments))
        _print_section(screen, "选项", _options(parameters))
        _print_section(screen, "命令", ((name, c.help or "") for name, c in commands.items()))
    return capture.get()


def _usage(argument: Any) -> str:
    word = metavar(argument) + (" …" if argument.nargs == -1 else "")
    return word if argument.required else f"[{word}]"


def _options(parameters: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for parameter in parameters:
        if parameter.param_type_name == "option":
            names = "、".join(parameter.opts)
            yield f"{names} {metavar(parameter)}".rstrip(), _help(parameter)


def _help(parameter: Any) -> str:
    if "--help" in parameter.opts:
        return "显示这段说明"
    default = parameter.default
    notes = ["必须写"] if parameter.required and parameter.param_type_name == "option" else []
    if default not in (None, "", False, ()) and not inspect.isroutine(default):
        notes.append(f"默认 {default}")
    return (parameter.help or "") + (f"（{'，'.join(notes)}）" if notes else "")


def _print_section(screen: Console, title: str, rows: Iterable[Sequence[str]]) -> None:
    table = Table.grid(padding=INDENT)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in rows:
        table.add_row(Text(f"  {left}"), Text(right))
    if table.row_count:
        screen.print(f"\n{title}")
        screen.print(table)
