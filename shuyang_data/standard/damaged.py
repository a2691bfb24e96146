"""Texts that are no value but what a spreadsheet left of one, and words that stand for none."""

from __future__ import annotations

# As a spreadsheet writes a number too long for its cell: with decimals or a sign, never a code such as 1E5.
SCIENTIFIC = r"^[-+]?[0-9]+(?:\.[0-9]+[eE]\+?[0-9]{1,3}|[eE]\+[0-9]{1,3})$"
# The same of a number beyond what a double holds exactly: its digits are gone.
BEYOND_EXACT = r"^[-+]?[0-9](?:\.[0-9]+)?[eE]\+?(?:1[5-9]|[2-9][0-9]|[0-9]{3,})$"
# Stands before a workbook's formula whose result nobody stored; in a text file `=1+1` is what somebody wrote.
NO_RESULT = "#无结果! "
# Errors as spreadsheets show them (ISO/IEC 29500-1, 18.17.3), and formulas without a result.
FAILED = rf"^(?:#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|{NO_RESULT}=.*)$"
# Words for nothing: in a number or a date they are no value, in a text they are what was written.
NOTHING = r"^(?:-+|[—–]+|/|\.{2,}|…+|[Nn][Aa]|[Nn]/[Aa]|null|NULL|Null|None|\\N|无|空|暂无|(?:无|空)数据)$"
# A character that was lost, control characters that no text holds, and what a wrong code page makes of lost ones; the
# private ones mean something to few.
GARBLED = "[\ufffd\u0000-\u0008\u000b\u000c\u000e-\u001e\u007f-\u009f]|锟斤|烫烫烫|屯屯屯"
# A spreadsheet's mark of text in a key; in any other text it is a control character too.
SEPARATOR = "\u001f"
# How a reader's fault begins that names cells, as `reason:column;`; any other is about the shape of the row.
SEEN_MARK = "@"
PRIVATE = "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
