"""Texts that are no value but what a spreadsheet left of one."""

from __future__ import annotations

SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]+$"
# Stands before a workbook's formula whose result nobody stored; in a text file `=1+1` is what somebody wrote.
NO_RESULT = "#无结果! "
# Errors as spreadsheets show them (ISO/IEC 29500-1, 18.17.3), and formulas without a result.
FAILED = rf"^(?:#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|{NO_RESULT}=.*)$"
