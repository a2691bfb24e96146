"""Dagster's interface for data officers: webserver and daemon on 127.0.0.1:3000, the schedule on."""

import os
import sys

from pipelines.night import prepare_instance
from shuyang_data.settings import REPOSITORY, Settings

ADDRESS = ("-h", "127.0.0.1", "-p", "3000")


def main() -> None:
    """Replace this process by Dagster's own launcher, which ends its children when it ends."""
    prepare_instance(Settings())
    os.chdir(REPOSITORY)
    os.execv(sys.executable, [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", *ADDRESS, *sys.argv[1:]])


if __name__ == "__main__":
    main()
