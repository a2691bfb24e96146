"""`/quality`: the quality pages as they are at this moment; a department's with its to-do.

Values, even masked, stand behind the department's key: numbers are for everybody in the network, examples are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from shuyang_data.county import County
from shuyang_data.names import DatasetId
from shuyang_data.portal.guard import KEYED
from shuyang_data.portal.keys import caller, refuse
from shuyang_data.portal.office import office
from shuyang_data.portal.pages import render
from shuyang_data.portal.views import Records, county_view, dataset_view, department_view, gather
from shuyang_data.stewardship.todo import duties, duty_rows

router = APIRouter(prefix="/quality", tags=["quality"], default_response_class=HTMLResponse, responses=KEYED)


class ServedLinks:
    """Links of this server. A list of failing rows is had with the department's key only."""

    def county(self) -> str:
        return "/quality"

    def department(self, name: str) -> str:
        return f"/quality/{name}"

    def dataset(self, identity: DatasetId) -> str:
        return f"/quality/{identity}"

    def examples(self, identity: DatasetId) -> str:
        return f"/quality/{identity}/examples"

    def rows(self, ticket: Mapping[str, Any]) -> str:
        department = DatasetId.parse(ticket["dataset"]).department
        return f"/tickets/{department}/{ticket['id']}/rows.csv" if ticket["list"] else ""


def records(county: Annotated[County, Depends(office)]) -> Records:
    return gather(county.settings, county.catalog, county.registry, county.as_of)


Found = Annotated[Records, Depends(records)]


@router.get("", summary="全县")
def whole(found: Found) -> str:
    return render("group.html", county_view(found, ServedLinks()))


@router.get("/{department}", summary="一个部门，附待办")
def department(department: str, found: Found, county: Annotated[County, Depends(office)]) -> str:
    if department not in found.catalog.departments:
        raise refuse(404, f"没有部门 {department}", where="页面")
    view = department_view(found, department, ServedLinks())
    owed = duties(county, department)
    return render("group.html", view | {"duties": duty_rows(owed)})


@router.get("/{department}/{dataset}", summary="一个数据集")
def dataset(department: str, dataset: str, found: Found) -> str:
    identity = _known(found, department, dataset)
    return render("dataset.html", dataset_view(found, identity, ServedLinks()))


@router.get("/{department}/{dataset}/examples", summary="一个数据集，附遮盖后的示例；须部门密钥")
def examples(department: Annotated[str, Depends(caller)], dataset: str, found: Found) -> str:
    identity = _known(found, department, dataset)
    return render("dataset.html", dataset_view(found, identity, ServedLinks(), with_examples=True))


def _known(found: Records, department: str, dataset: str) -> DatasetId:
    identity = DatasetId(department, dataset)
    if identity not in found.catalog.datasets:
        raise refuse(404, f"目录里没有 {identity}", where="页面")
    return identity
