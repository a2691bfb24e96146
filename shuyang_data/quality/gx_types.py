"""Our own expectation types as Great Expectations knows them: what arguments they take, and which it can run itself."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    ColumnMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from shuyang_data.standard.identifiers import is_credit_code, is_resident_id


class ColumnValuesValidResidentId(ColumnMapMetricProvider):  # type: ignore[misc]
    """Whether each value is a valid resident ID on a date."""

    condition_metric_name = "column_values.valid_resident_id"
    condition_value_keys = ("today",)

    @column_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: pd.Series, today: str, **kwargs: Any) -> pd.Series:
        return column.map(lambda value: is_resident_id(value, date.fromisoformat(today)))


class ColumnValuesValidCreditCode(ColumnMapMetricProvider):  # type: ignore[misc]
    """Whether each value is a valid unified social credit code."""

    condition_metric_name = "column_values.valid_credit_code"

    @column_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return column.map(is_credit_code)


class ExpectColumnValuesToBeValidResidentId(ColumnMapExpectation):  # type: ignore[misc]
    """GB 11643-1999: form, birth date not after `today`, check digit."""

    today: str
    map_metric = "column_values.valid_resident_id"
    success_keys = ("mostly", "today")


class ExpectColumnValuesToBeValidCreditCode(ColumnMapExpectation):  # type: ignore[misc]
    """GB 32100-2015: form and both check digits."""

    map_metric = "column_values.valid_credit_code"
    success_keys = ("mostly",)


class ExpectColumnValuesToExistInDataset(gxe.ExpectColumnValuesToBeInSet):  # type: ignore[misc]
    """A foreign key: every value stands in the key column of another dataset."""

    reference: str


class ExpectColumnValuesToBeInCodeList(gxe.ExpectColumnValuesToBeInSet):  # type: ignore[misc]
    """Every value stands in a version of a code list; its codes are the value set."""

    code_list: str
    edition: str = ""


class ExpectColumnsToBeInOrder(MulticolumnMapExpectation):  # type: ignore[misc]
    """Dates or numbers of a row never decrease along a list of columns; missing ones are passed over."""

    or_equal: bool = True


class ExpectColumnsToAddUp(MulticolumnMapExpectation):  # type: ignore[misc]
    """The columns of a row add up to another one, within a tolerance."""

    total_column: str
    tolerance: float = 0


class FieldExpectation(BatchExpectation):  # type: ignore[misc]
    """An expectation that needs more than a batch: `quality.field` judges it, and this is how it is written down."""

    def _validate(self, *arguments: Any, **more: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} is judged by quality.field")


class FieldShareExpectation(FieldExpectation):
    """One that holds when a share of what it looks at is as expected."""

    mostly: float = 1
    row_condition: Any = None


class ExpectCompoundColumnsToBeUniqueInPeriod(FieldShareExpectation):
    """A combination of columns stands once in every year, quarter, month, week or day of a date column."""

    column_list: list[str]
    period_column: str
    period: Literal["year", "quarter", "month", "week", "day"]
    ignore_row_if: str = "all_values_are_missing"


class ExpectColumnDatesToNotBeInFuture(FieldShareExpectation):
    """No date or time of the column is later than the day on which it is judged."""

    column: str
    today: str


class ExpectColumnsToAgreeWithDataset(FieldShareExpectation):
    """Columns of a row are what another dataset says of the same key."""

    column: str
    column_list: list[str]
    reference: str
    reference_columns: list[str]


class ExpectTableToBeFresh(FieldExpectation):
    """The data date is no older than so many days, or than the update cycle."""

    max_days: int | None = None


class ExpectTableRowCountToFollowHistory(FieldExpectation):
    """As many rows as earlier deliveries, robustly, of the same month where there are enough."""

    minimum_history: int = 4
    deviations: float = 3.5
    tolerance: float = 0.05


class ExpectColumnDistributionToBeStable(FieldExpectation):
    """The column's distribution is that of the last committed rows, by the population stability index."""

    column: str
    max_psi: float = 0.25
    row_condition: Any = None


class ExpectColumnTotalsToEqualDataset(FieldShareExpectation):
    """Totals per group agree with those of `department/dataset.column`."""

    column: str
    reference: str
    by: list[str] = []
    reference_by: list[str] = []
    tolerance: float = 0


class ExpectTimeSeriesToHaveNoGaps(FieldShareExpectation):
    """No two readings of a series are further apart than so many seconds."""

    column: str
    seconds: float
    series: list[str] = []
