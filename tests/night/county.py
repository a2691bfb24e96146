"""The two datasets of the night's tests: places, and homes that refer to them."""

from __future__ import annotations

from datetime import date

from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.officers import MAIN_OFFICE, Holder
from shuyang_data.catalog.terms import FileFormat, Protection, Type
from shuyang_data.exchange.records import Decision, Demand
from tests.builders import a_catalog, a_column, a_dataset

PLACES = a_dataset(
    a_column("code", title="编号", required=True), a_column("name", title="名称"), path="civil_affairs/place",
    delivery=Delivery(file="地名", format=FileFormat.CSV), code="307001/1", title="地名名录",
)  # fmt: skip
HOMES = a_dataset(
    a_column("code", title="编号", required=True),
    a_column("place_code", title="地名编号", references="civil_affairs/place.code"),
    a_column("beds", Type.INTEGER, title="床位数"),
    a_column("director", title="院长", grade=3, shared=Protection.DROP, open=Protection.DROP),
    path="civil_affairs/home",
    delivery=Delivery(file="养老机构", format=FileFormat.CSV),
    code="307001/2",
    title="养老机构名录",
)
OFFICES = {office: (Holder(name="王五", since=date(2026, 1, 1)),) for office in (MAIN_OFFICE, "首席数据官")}
CATALOG = a_catalog(PLACES, HOMES).model_copy(update={"offices": OFFICES})
PLACE_LINES = ("编号,名称", "1,甲地", "2,乙地")
HOME_LINES = ("编号,地名编号,床位数,院长", "H1,1,10,张三", "H2,2,20,李四", "H3,2,30,王五")
GRANT = Demand(
    id="XQ1", requester="civil_affairs", provider="civil_affairs", dataset=HOMES.id, items=("code", "beds"),
    purpose="核验", received_on=date(2026, 9, 1), decision=Decision.AGREED, decided_on=date(2026, 9, 2),
    granted_until=date(2027, 1, 1),
)  # fmt: skip
