"""What the documentation promises of how long things are kept is what the code does."""

from __future__ import annotations

import re

from shuyang_data import retention
from shuyang_data.settings import REPOSITORY

ROW = re.compile(r"^\| [^|]+ \| `([A-Z_]+)` \| (\d+) \|$", re.MULTILINE)


def test_the_table_and_the_code_say_the_same() -> None:
    told = dict(ROW.findall((REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")))
    assert {name: int(figure) for name, figure in told.items()} == {
        name: value for name, value in vars(retention).items() if name.isupper()
    }
