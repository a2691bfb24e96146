"""Real files of other people: read whole, or refused with a reason. They stand in ../shared and never in this project."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.landing import read
from shuyang_data.landing.formats import csv_text, workbook
from shuyang_data.settings import REPOSITORY

pytestmark = pytest.mark.shared
SHARED = Path(os.environ.get("SHUYANG_SHARED", REPOSITORY.parent / "shared"))
FILES = sorted(p for p in (SHARED / "real_cn").glob("*") if p.suffix in (".csv", ".xls", ".xlsx"))


@pytest.mark.skipif(not FILES, reason="../shared is not here")
def test_every_real_file_is_read_without_losing_a_character_or_refused() -> None:
    expected = {
        Path(entry["path"]).name: entry
        for entry in json.loads((SHARED / "real_cn/expected.json").read_text(encoding="utf-8"))["files"]
    }
    refused = []
    for path in FILES:
        try:
            if read.is_workbook(path):
                assert any(rows for _, rows in workbook.read_sheets(path)), path.name
            else:
                encoding = csv_text.detect_encoding(path)
                assert path.read_bytes().decode(encoding)
        except DeliveryRefusedError as error:
            refused.append(path.name)
            assert error.problems[0].found
    assert all(expected[name]["kind"] != "table" for name in refused), refused
