"""Dagster's interface for data officers, with our own pages beside it: webserver, daemon, the schedule on."""

import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import Annotated

import typer

from pipelines.instance import prepare_instance
from shuyang_data.errors import Problem, ShuyangDataError, UsageError
from shuyang_data.portal.ports import require_free_port
from shuyang_data.settings import Settings, export_portal_url

HOST = "127.0.0.1"
WORKSPACE = "workspace.yaml"
LOOK_SECONDS = 0.5


def main(
    port: Annotated[int, typer.Option(help="Dagster 界面的端口")] = 3000,
    pages_port: Annotated[int, typer.Option(help="质量页与部门接口的端口")] = 8000,
) -> None:
    """Start both and wait; when one ends, or this program is told to end, the other ends too."""
    settings = Settings()
    try:
        _require_interface()
        require_free_port(HOST, port)
        require_free_port(HOST, pages_port, "--pages-port")
        prepare_instance(settings)
    except ShuyangDataError as error:
        print(str(error), file=sys.stderr)
        raise typer.Exit(error.exit_code) from None
    export_portal_url(f"http://{HOST}:{pages_port}")
    serve = ["-m", "shuyang_data.cli.main", "serve", "--host", HOST, "--port", str(pages_port)]
    dagster = ["-W", "ignore", "-m", "dagster", "dev", "-w", WORKSPACE, "-h", HOST, "-p", str(port)]
    print(f"Dagster 界面 http://{HOST}:{port}　质量页与部门接口 http://{HOST}:{pages_port}/quality　Ctrl+C 结束")
    for number in (signal.SIGINT, signal.SIGTERM):
        # Handled here, so that the programs below start with both as they should be: a shell that puts this one in the
        # background has interrupts ignored, and that would be inherited.
        signal.signal(number, lambda *_: sys.exit(0))
    programs = [subprocess.Popen([sys.executable, *arguments]) for arguments in (serve, dagster)]
    try:
        while all(program.poll() is None for program in programs):
            time.sleep(LOOK_SECONDS)
    finally:
        for program in programs:
            # Dagster's launcher ends its own programs when it is interrupted, not when it is terminated.
            program.send_signal(signal.SIGINT)
        for program in programs:
            program.wait()


def _require_interface() -> None:
    """Raise UsageError when only the night is installed."""
    if find_spec("dagster_webserver") is None:
        raise UsageError([Problem("Dagster 的界面", "没有安装", remedy="安装 shuyang-data[ui]")])


if __name__ == "__main__":
    typer.run(main)
