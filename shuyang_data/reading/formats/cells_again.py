"""The cells of a workbook that the reader overlooks, whatever its format."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Collection
from typing import IO

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from shuyang_data.reading.formats.cells_ods import CONTENT, cells_of_ods
from shuyang_data.reading.formats.cells_xls import cells_of_xls
from shuyang_data.reading.formats.cells_xlsb import BOOK as XLSB
from shuyang_data.reading.formats.cells_xlsb import cells_of_xlsb
from shuyang_data.reading.formats.cells_xlsx import cells_of_xlsx
from shuyang_data.reading.formats.overlooked import Overlooked

DAMAGED = (KeyError, ValueError, ArithmeticError, struct.error, zipfile.BadZipFile, ElementTree.ParseError)


def overlooked_cells(source: IO[bytes], sheets: Collection[str]) -> dict[str, Overlooked]:
    """Of these sheets, by name; empty where the workbook is damaged. source: of the workbook, decrypted."""
    source.seek(0)
    if not zipfile.is_zipfile(source):
        source.seek(0)
        return cells_of_xls(source.read(), sheets)
    try:
        with zipfile.ZipFile(source) as container:
            names = container.namelist()
            if CONTENT in names:
                return cells_of_ods(container, sheets)
            return cells_of_xlsb(container, sheets) if XLSB in names else cells_of_xlsx(container, sheets)
    except (*DAMAGED, DefusedXmlException):
        # The reader itself says what is wrong with such a file.
        return {}
