"""k-anonymity of an open table (GB/T 42460-2023): rows in classes of quasi-identifiers below k are held back."""

from __future__ import annotations

from collections.abc import Callable

from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Personal, Protection
from shuyang_data.records import Refused

SUPPRESSION_LIMIT = 0.10


def quasi_identifiers(dataset: Dataset) -> tuple[str, ...]:
    """The columns of the open table that identify people together."""
    return tuple(c.name for c in dataset.columns if c.personal is Personal.QUASI and c.open is not Protection.DROP)


def suppress_small_classes(protected: Table, dataset: Dataset) -> Table:
    """The rows whose class of quasi-identifiers has at least k rows; all of them when there is none."""
    quasi = list(quasi_identifiers(dataset))
    if not quasi:
        return protected
    small = protected.group_by(quasi).aggregate(_class_size=protected.count())
    small = small.filter(small["_class_size"] < dataset.opening.anonymity).drop("_class_size")
    same = [protected[name].identical_to(small[name]) for name in quasi]
    return protected.anti_join(small, same)


def suppression_refusals(total: int, suppressed: int, dataset: Dataset) -> tuple[Refused, ...]:
    """Why the open table may not be published although its small classes were held back."""
    if total and suppressed > SUPPRESSION_LIMIT * total:
        share = suppressed / total
        text = f"{share:.0%} 的行所在的组不足 {dataset.opening.anonymity} 行，超过 {SUPPRESSION_LIMIT:.0%}，应先泛化"
        return (Refused("anonymity", text),)
    return ()


def standing_refusals(published: Table, dataset: Dataset, count: Callable[[Table], int]) -> tuple[Refused, ...]:
    """Why an open table that stands may not stand any longer under the anonymity that is asked for today.

    count: the rows of a table.
    """
    quasi = quasi_identifiers(dataset)
    if absent := [name for name in quasi if name not in published.columns]:
        text = f"现行版本没有准标识 {'、'.join(absent)}，无法核对匿名要求"
        return (Refused("anonymity", text),)
    small = count(published) - count(suppress_small_classes(published, dataset)) if quasi else 0
    if not small:
        return ()
    return (Refused("anonymity", f"现行版本有 {small} 行所在的组不足 {dataset.opening.anonymity} 行"),)
