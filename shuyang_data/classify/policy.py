"""What a grade allows: the gate table of sharing and opening, with a named reason for every refusal.

The table is the platform's own proposal, consistent with GB/T 43697-2024; grades 1 to 4 are general data.
"""

from __future__ import annotations

from collections.abc import Iterator

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.sources import SocietyOrigin
from shuyang_data.catalog.terms import Access, Personal, Protection
from shuyang_data.records import Refused

OPEN_LIMIT = 2
UNCONDITIONAL_LIMIT = 2
# The grade that is left of a column after it was protected, at most.
RESIDUAL: dict[Protection, int] = {
    Protection.MASK_NAME: 2,
    Protection.MASK_ID: 2,
    Protection.MASK_PHONE: 2,
    Protection.MASK_ADDRESS: 2,
    Protection.MASK_ACCOUNT: 2,
    Protection.MASK_PLATE: 2,
    Protection.HASH: 2,
    Protection.YEAR: 2,
    Protection.MONTH: 2,
    Protection.BAND: 2,
    Protection.AREA: 2,
}


def residual_grade(column: Column, protection: Protection) -> int:
    """The column's grade once protected: 0 when it is dropped."""
    if protection is Protection.DROP:
        return 0
    return min(column.grade, RESIDUAL.get(protection, column.grade))


def sharing_refusals(dataset: Dataset) -> tuple[Refused, ...]:
    """Why this dataset may not be shared as declared; empty when it may."""
    if dataset.sharing.access is Access.REFUSED:
        return (Refused("sharing_refused", f"目录登记为不予共享（{dataset.sharing.basis}）"),)
    if not _contract_permits(dataset, "share"):
        return (Refused("contract_sharing", "社会数据的合同没有允许共享"),)
    if dataset.sharing.access is Access.UNCONDITIONAL:
        found = []
        for column in dataset.columns:
            grade = residual_grade(column, column.shared)
            if grade > UNCONDITIONAL_LIMIT:
                found.append(Refused("unconditional_grade", f"{column.title} 为 {grade} 级，不能无条件共享"))
        return tuple(found)
    return ()


def opening_refusals(dataset: Dataset) -> tuple[Refused, ...]:
    """Why this dataset may not be opened as declared; empty when it may."""
    if dataset.opening.access is Access.REFUSED:
        return (Refused("opening_refused", f"目录登记为不予开放（{dataset.opening.basis}）"),)
    if dataset.sharing.access is Access.REFUSED:
        return (Refused("not_shared", "不予共享的数据不予开放"),)
    if not _contract_permits(dataset, "open"):
        return (Refused("contract_opening", "社会数据的合同没有允许开放"),)
    return tuple(found for column in dataset.columns for found in _column_refusals(column, dataset))


def route_refusals(dataset: Dataset) -> tuple[Refused, ...]:
    """Why a dataset that may be opened does not lie in public all the same."""
    if dataset.opening.access is not Access.CONDITIONAL:
        return ()
    return (Refused("no_application_route", "有条件开放的数据凭申请取得，不放在公共文件夹；申请通道还没有"),)


def _contract_permits(dataset: Dataset, use: str) -> bool:
    return not isinstance(dataset.origin, SocietyOrigin) or use in dataset.origin.permitted


def _column_refusals(column: Column, dataset: Dataset) -> Iterator[Refused]:
    if column.open is Protection.DROP:
        return
    if column.grade == 4:
        yield Refused("grade_four_open", f"{column.title} 为 4 级，不予开放，只能删除")
    elif residual_grade(column, column.open) > OPEN_LIMIT:
        yield Refused("open_grade", f"{column.title} 处理后仍为 {column.grade} 级，开放不得超过 {OPEN_LIMIT} 级")
    elif column.grade == 3 and dataset.opening.access is Access.UNCONDITIONAL:
        yield Refused("grade_three_unconditional", f"{column.title} 为 3 级，去标识化后也只能有条件开放")
    if column.personal is Personal.DIRECT:
        yield Refused("direct_identifier_open", f"{column.title} 是直接标识，开放时必须删除")
