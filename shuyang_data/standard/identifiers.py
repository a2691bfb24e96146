"""Check digits of identifiers: as plain functions for one value, as Ibis expressions for a column.

Resident ID: GB 11643-1999, ISO 7064 MOD 11-2. The area code is not tied to the birth year, because a
number keeps the code of the day it was given. Credit code: GB 32100-2015, MOD 31, with the check of
GB 11714 inside; prefixes N… and Y… are as good as 9….
"""

from __future__ import annotations

import re
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, StringValue, Value

RESIDENT_FORM = r"^[1-9][0-9]{16}[0-9X]$"
RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_MAP = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_FORM = f"^[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{{6}}[{CREDIT_ALPHABET}]{{10}}$"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
BODY_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
BODY_MAP = "0X987654321"
MOBILE_FORM = r"^1[3-9][0-9]{9}$"
PLATE_FORM = "^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-HJ-NP-Z0-9]{5,6}$"


def resident_check_digit(first_17: str) -> str:
    """The last character of a resident ID whose first 17 digits are given."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, RESIDENT_WEIGHTS, strict=True))
    return RESIDENT_MAP[total % 11]


def body_check_digit(first_8: str) -> str:
    """The ninth character of an organisation code (GB 11714)."""
    total = sum(BODY_ALPHABET.index(char) * weight for char, weight in zip(first_8, BODY_WEIGHTS, strict=True))
    return BODY_MAP[total % 11]


def credit_check_digit(first_17: str) -> str:
    """The last character of a unified social credit code whose first 17 characters are given."""
    total = sum(CREDIT_ALPHABET.index(char) * weight for char, weight in zip(first_17, CREDIT_WEIGHTS, strict=True))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def is_resident_id(text: str, today: date) -> bool:
    """One value, by the plain functions: form, birth date between 1900 and today, check digit."""
    if not re.match(RESIDENT_FORM, text):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= today and resident_check_digit(text[:17]) == text[17]


def is_credit_code(text: str) -> bool:
    """One value, by the plain functions: form and both check digits."""
    if not re.match(CREDIT_FORM, text):
        return False
    return body_check_digit(text[8:16]) == text[16] and credit_check_digit(text[:17]) == text[17]


def valid_resident_id(text: StringValue, today: date) -> BooleanValue:
    """Form, birth date between 1900 and today, and check digit; NULL stays NULL."""
    total = _weighted(text, RESIDENT_WEIGHTS, _digit)
    expected = ibis.literal(RESIDENT_MAP).substr(total % 11, 1)
    birth = text.substr(6, 4) + ibis.literal("-") + text.substr(10, 2) + ibis.literal("-") + text.substr(12, 2)
    born = birth.try_cast("date")
    right = born.between(date(1900, 1, 1), today).fill_null(False) & (text.substr(17, 1) == expected)
    return _judged(text, RESIDENT_FORM, right)


def valid_credit_code(text: StringValue) -> BooleanValue:
    """Form, MOD 31 check and the organisation code's own check; NULL stays NULL."""
    total = _weighted(text, CREDIT_WEIGHTS, lambda char: _index(CREDIT_ALPHABET, char))
    outer = ibis.literal(CREDIT_ALPHABET).substr((31 - total % 31) % 31, 1)
    body = _weighted(text.substr(8, 8), BODY_WEIGHTS, lambda char: _index(BODY_ALPHABET, char))
    inner = ibis.literal(BODY_MAP).substr(body % 11, 1)
    right = (text.substr(17, 1) == outer) & (text.substr(16, 1) == inner)
    return _judged(text, CREDIT_FORM, right)


def _judged(text: StringValue, form: str, right: BooleanValue) -> BooleanValue:
    return ibis.cases((text.isnull(), ibis.null("boolean")), (text.re_search(form), right), else_=False)


def _weighted(text: StringValue, weights: tuple[int, ...], value: object) -> Value:
    total: Value = ibis.literal(0, type="int64")
    for position, weight in enumerate(weights):
        total = total + value(text.substr(position, 1)) * weight  # type: ignore[operator]
    return total


def _digit(char: StringValue) -> Value:
    return char.ascii_str().cast("int64") - 48


def _index(alphabet: str, char: StringValue) -> Value:
    return ibis.literal(alphabet).find(char).cast("int64")
