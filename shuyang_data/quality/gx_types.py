"""Our own expectation types for Great Expectations' pandas engine. This file needs nothing but Great Expectations and
pandas: `shuyang quality export` writes it beside a suite that uses it, and whoever runs the suite imports it first.

A rule that refers to another dataset looks it up in `references`, which the caller fills.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations
from typing import Any, Literal

import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.row_conditions import RowConditionType

# `department/dataset` → its rows.
references: dict[str, pd.DataFrame] = {}

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_FORM = re.compile(f"[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{{6}}[{CREDIT_ALPHABET}]{{10}}")
RESIDENT_FORM = re.compile("[1-9][0-9]{16}[0-9X]")
PERIODS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W", "day": "D"}


def is_resident_id(text: str, today: date) -> bool:
    """GB 11643-1999: form, birth date between 1900 and today, check digit (ISO 7064 MOD 11-2)."""
    if not RESIDENT_FORM.fullmatch(text):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum((10 if char == "X" else int(char)) * 2 ** (17 - place) for place, char in enumerate(text))
    return date(1900, 1, 1) <= born <= today and total % 11 == 1


def is_credit_code(text: str) -> bool:
    """GB 32100-2015: form, the organisation code's check (GB 11714) and the whole one's (MOD 31)."""
    if not CREDIT_FORM.fullmatch(text):
        return False
    body = sum(int(char, 36) * weight for char, weight in zip(text[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    inner = 10 if text[16] == "X" else int(text[16], 36)
    whole = sum(CREDIT_ALPHABET.index(char) * 3**place for place, char in enumerate(text[:17]))
    return (body + inner) % 11 == 0 and (whole + CREDIT_ALPHABET.index(text[17])) % 31 == 0


def referred(reference: str) -> tuple[pd.DataFrame, str]:
    """(the rows of `department/dataset.column`, that column); raise KeyError while nobody has filled them in."""
    name, _, column = reference.partition(".")
    if name not in references:
        raise KeyError(f"references[{name!r}] has no rows yet: set it to the DataFrame of that dataset")
    return references[name], column


class RowExpectation(BatchExpectation):  # type: ignore[misc]
    """An expectation about single rows, on pandas: it holds when the share of expected rows reaches `mostly`."""

    mostly: float = 1
    row_condition: RowConditionType = None
    domain_keys = ("batch_id", "row_condition")
    success_keys = ("mostly",)

    def looked_at(self, frame: pd.DataFrame) -> pd.Series:
        """The rows that count."""
        raise NotImplementedError

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        """Those of the rows that count that are not as expected."""
        raise NotImplementedError

    def _validate(
        self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        domain = {"row_condition": self.row_condition, "condition_parser": "great_expectations"}
        frame = execution_engine.get_domain_records({k: v for k, v in domain.items() if self.row_condition})
        counted = frame[self.looked_at(frame)]
        unexpected = int(self.broken(counted).sum()) if len(counted) else 0
        share = 1 - unexpected / len(counted) if len(counted) else 1.0
        return {
            "success": share >= self.mostly,
            "result": {
                "element_count": len(frame),
                "missing_count": len(frame) - len(counted),
                "unexpected_count": unexpected,
                "unexpected_percent": 100 * (1 - share),
            },
        }


class ValueExpectation(RowExpectation):
    """One about the values of a column."""

    column: str

    def looked_at(self, frame: pd.DataFrame) -> pd.Series:
        return frame[self.column].notna()


class ExpectColumnValuesToBeInCodeList(gxe.ExpectColumnValuesToBeInSet):  # type: ignore[misc]
    """Every value stands in a version of a code list; its codes are the value set."""

    code_list: str
    edition: str = ""


class ExpectColumnValuesToBeValidResidentId(ValueExpectation):
    """Every value is a resident ID of somebody born by `today`."""

    today: str

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        day = date.fromisoformat(self.today)
        return ~frame[self.column].map(lambda value: is_resident_id(value, day)).astype(bool)


class ExpectColumnValuesToBeValidCreditCode(ValueExpectation):
    """Every value is a unified social credit code."""

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        return ~frame[self.column].map(is_credit_code).astype(bool)


class ExpectColumnDatesToNotBeInFuture(ValueExpectation):
    """No date or time of the column is later than the day on which it is judged."""

    today: str

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        return pd.to_datetime(frame[self.column]).dt.normalize() > pd.Timestamp(self.today)


class ExpectColumnValuesToExistInDataset(ValueExpectation):
    """A foreign key: every value stands in `reference`, `department/dataset.column`."""

    reference: str

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        rows, key = referred(self.reference)
        return ~frame[self.column].isin(rows[key])


class ExpectColumnsToAgreeWithDataset(RowExpectation):
    """Columns of a row are what another dataset says of the same key; one that has it twice says nothing."""

    column: str
    column_list: list[str]
    reference: str
    reference_columns: list[str]

    def _pairs(self, frame: pd.DataFrame) -> list[tuple[pd.Series, pd.Series]]:
        rows, key = referred(self.reference)
        single = rows[rows[key].notna()].drop_duplicates(key, keep=False).set_index(key)
        names = zip(self.column_list, self.reference_columns, strict=True)
        return [(frame[mine], frame[self.column].map(single[theirs])) for mine, theirs in names]

    def looked_at(self, frame: pd.DataFrame) -> pd.Series:
        return _any(frame, [mine.notna() & theirs.notna() for mine, theirs in self._pairs(frame)])

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        pairs = self._pairs(frame)
        return _any(frame, [mine.notna() & theirs.notna() & (mine != theirs) for mine, theirs in pairs])


class ExpectColumnsToBeInOrder(RowExpectation):
    """Dates or numbers of a row never decrease along a list of columns; missing ones are passed over."""

    column_list: list[str]
    or_equal: bool = True

    def looked_at(self, frame: pd.DataFrame) -> pd.Series:
        return frame[self.column_list].notna().sum(axis=1) >= 2

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        pairs = list(combinations([frame[name] for name in self.column_list], 2))
        wrong = [(a > b) if self.or_equal else (a >= b) for a, b in pairs]
        return _any(frame, wrong)


class ExpectColumnsToAddUp(RowExpectation):
    """The columns of a row add up to another one, within a tolerance."""

    column_list: list[str]
    total_column: str
    tolerance: float = 0

    def looked_at(self, frame: pd.DataFrame) -> pd.Series:
        return frame[[*self.column_list, self.total_column]].notna().all(axis=1)

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        return (frame[self.column_list].sum(axis=1) - frame[self.total_column]).abs() > self.tolerance


class ExpectCompoundColumnsToBeUniqueInPeriod(RowExpectation):
    """A combination of columns stands once in every year, quarter, month, week or day of a date column."""

    column_list: list[str]
    period_column: str
    period: Literal["year", "quarter", "month", "week", "day"]
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "all_values_are_missing"

    def looked_at(self, frame: pd.DataFrame) -> pd.Series:
        there, dated = frame[self.column_list].notna(), frame[self.period_column].notna()
        if self.ignore_row_if == "never":
            return dated
        return dated & (there.any(axis=1) if self.ignore_row_if == "all_values_are_missing" else there.all(axis=1))

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        period = pd.to_datetime(frame[self.period_column]).dt.to_period(PERIODS[self.period])
        return frame[self.column_list].assign(_period=period.astype(str)).duplicated(keep=False)


def _any(frame: pd.DataFrame, flags: list[pd.Series]) -> pd.Series:
    return pd.concat(flags, axis=1).any(axis=1) if flags else pd.Series(False, index=frame.index)
