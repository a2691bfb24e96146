"""Texts that are no value but what a spreadsheet left of one."""

from __future__ import annotations

SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]+$"
# Errors as spreadsheets show them, and formulas whose result nobody stored (ISO/IEC 29500-1, 18.17.3 and 18.3.1.40).
FAILED = (
    r"^(?:#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)"
    r"|=[-+(]*(?:\$?[A-Z]{1,3}\$?[0-9]+|[A-Z][A-Z0-9.]*\(|[^!='\"]+!|'[^']+'!|[0-9.]+[-+*/]).*)$"
)
