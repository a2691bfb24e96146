"""A cell that a spreadsheet could not calculate rejects its row, required or not, with a reason of its own."""

from __future__ import annotations

import xlsxwriter

from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.terms import FileFormat, Type
from shuyang_data.names import Layer
from tests.builders import a_catalog, a_column, a_dataset
from tests.chain.conftest import MakeCounty
from tests.small_county import made, rows_of

DATASET = a_dataset(
    a_column("code", title="编号", required=True), a_column("beds", Type.INTEGER, title="床位"),
    a_column("note", title="备注"), delivery=Delivery(file="机构", format=FileFormat.XLSX), reject_limit=0.9,
)  # fmt: skip


def test_an_error_in_an_optional_cell_is_no_accepted_emptiness(county_of: MakeCounty) -> None:
    """Seen: NULL, accepted, nothing said."""
    county = county_of(a_catalog(DATASET))
    path = county.settings.inbox / DATASET.id.department / "机构_20261101.xlsx"
    path.parent.mkdir(parents=True)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((["编号", "床位", "备注"], ["K1", 1, "好"], ["K2"], ["K3", 3], ["K4"])):
            sheet.write_row(row, 0, cells)
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 2, "=Sheet9!B2", None, "#REF!")
        sheet.write_formula(4, 1, "=TODAY()", None, "")
    made(county, DATASET)
    assert [row["code"] for row in rows_of(county, DATASET)] == ["K1"]
    reasons = {row["code"]: row["_reasons"] for row in rows_of(county, DATASET, Layer.REJECTED)}
    assert reasons == {"K2": "failed_cell:beds;", "K3": "failed_cell:note;", "K4": "failed_cell:beds;"}
    outcome = county.registry.outcome(DATASET.id)
    assert outcome is not None
    assert (outcome.counts.accepted, outcome.counts.rejected) == (1, 3)
