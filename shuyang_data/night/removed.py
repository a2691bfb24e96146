"""A dataset that left the catalog by an approved change is withdrawn; one that is merely gone is a named fault."""

from __future__ import annotations

from shuyang_data.catalog.changes import EntryChange, State
from shuyang_data.chain.withdraw import withdraw
from shuyang_data.county import County
from shuyang_data.errors import Problem
from shuyang_data.names import DatasetId


def withdraw_removed(county: County) -> list[Problem]:
    """Withdraw what stands of removed datasets; a problem for each that stands without any approval of its going."""
    problems = []
    for release in county.registry.releases():
        if release.dataset in county.catalog.datasets:
            continue
        removal = removal_of(county, release.dataset)
        if removal is None:
            remedy = "恢复目录文件；确实不要了，提交删除并经批准"
            problems.append(Problem(str(release.dataset), "已发布，目录里却没有，也没有批准过的删除", remedy=remedy))
        else:
            withdraw(county, release.dataset, release.layer, f"{removal.batch} 批准删去（{removal.reason}）")
    return problems


def removal_of(county: County, dataset: DatasetId) -> EntryChange | None:
    """The approved change by which a dataset left the catalog; None when its last one did not take it away."""
    changes = county.changes.changes(entry=("datasets", str(dataset)), states=[State.APPLIED])
    approved = [change for change in changes if change.approver]
    return approved[-1] if approved and approved[-1].after is None else None
