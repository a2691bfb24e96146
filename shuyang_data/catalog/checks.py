"""Quality rules that the catalog's fields cannot express: `quality_checks/<department>/<dataset>.yaml`, beside the
catalog folder, in Great Expectations' own vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from shuyang_data.catalog.strict import Strict

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not_in", "is_null", "is_not_null"]


class Condition(Strict):
    """One part of a row condition. value: a list for `in` and `not_in`, nothing for the null operators."""

    column: str
    operator: Operator
    value: Any = None


def argument_columns(kwargs: Mapping[str, Any]) -> list[str]:
    """The columns of the rule's own dataset that an expectation's arguments name, each once, in their order."""
    named = [kwargs.get(key) for key in ("column", "column_A", "column_B", "total_column", "period_column")]
    listed = [name for key in ("column_list", "by", "series") for name in kwargs.get(key) or ()]
    return [str(name) for name in dict.fromkeys([*named, *listed]) if name]


class DeclaredCheck(Strict):
    """One expectation. kwargs: those of the type, `mostly` among them; indicator: of GB/T 36344-2018, four digits."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    type: str = Field(pattern=r"^expect_[a-z_]+$|^unexpected_rows_expectation$")
    kwargs: dict[str, Any] = Field(default_factory=dict)
    severity: Literal["blocking", "rectify", "advice"]
    indicator: str = Field(pattern=r"^0[1-6]\d{2}$")
    title: str = Field(min_length=2)
    row_condition: tuple[Condition, ...] = ()
    meta: dict[str, Any] = Field(default_factory=dict)

    def code_list(self) -> str:
        """The code list that the rule names: `list`, or `list@edition` for an earlier edition; empty when none."""
        return "@".join(str(self.kwargs[part]) for part in ("code_list", "edition") if self.kwargs.get(part))

    def columns(self) -> set[str]:
        """The columns of the rule's own dataset that it names."""
        return {*argument_columns(self.kwargs), *(part.column for part in self.row_condition)}


class ChecksFile(Strict):
    """What stands in one file."""

    rules: tuple[DeclaredCheck, ...] = Field(min_length=1)
