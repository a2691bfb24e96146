"""Random tables of a county that are clean, and the same with identifiers of persons planted in some rows."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from shuyang_data.catalog.terms import Kind
from shuyang_data.standard.identifiers import resident_check_digit
from tests.unit.labelled import Maker, look_alikes

CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")
CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
TEXTS = (
    "材料齐全，已受理", "经现场核实，情况属实", "无", "已于2024年3月办结，群众满意", "转交住建局处理", "道路破损约30米，已派人修补",
    "路灯不亮，已更换12盏", "该处为2023年新建，面积1200平方米", "咨询电话12345", "符合沭政发〔2024〕18号规定", "已电话告知", "联系窗口办理",
    "审批编号20240312000127", "材料编号JY13213220001234", "预算金额1234567.89元", "办公室电话0527-83551234", "每周一至周五9:00-17:30",
)  # fmt: skip
DISEASES = ("糖尿病", "高血压", "肺结核", "精神分裂症", "白血病")


@dataclass(frozen=True)
class Planted:
    """columns: heading → values, all of them as delivered. where: the heading that the identifiers stand under."""

    columns: dict[str, list[str]]
    where: str
    kind: Kind
    dress: str
    rows: int


def clean(seed: int, rows: int = 120) -> dict[str, list[str]]:
    """A table without persons: running text, and four of the columns that only look like identifiers."""
    maker = Maker(seed)
    alike = [(h[0], values) for kind, h, values in look_alikes(maker) if kind is None]
    chosen = maker.chance.sample(alike, 4)
    columns = {heading: [v for v in values[:rows] if not _is_one_by_chance(v)] for heading, values in chosen}
    rows = min(map(len, columns.values()))
    columns = {heading: values[:rows] for heading, values in columns.items()}
    return columns | {"备注": [maker.chance.choice(TEXTS) for _ in range(rows)]}


def _is_one_by_chance(value: str) -> bool:
    """Whether digits happen to be a resident ID, as one in 74,000 of 18 are: then the table is not clean."""
    bare = "".join(sign for sign in value if sign.isdigit() or sign in "Xx").upper()
    parts = (form[n : n + 18] for form in (bare, bare[::-1]) for n in range(len(form) - 17))
    return any(
        part[:17].isdigit() and part[6:8] in ("19", "20") and resident_check_digit(part[:17]) == part[17]
        for part in parts
    )


def _inside(maker: Maker, text: str) -> str:
    return maker.chance.choice(("经核实{}材料齐全", "{}已受理", "办理人{}", "见附件 {}。", "{}")).format(text)


def _cut(number: str, mark: str) -> str:
    return mark.join((number[:6], number[6:14], number[14:]))


Dress = Callable[[Maker], str]
# (kind, dress) → how one value is made; the share of the rows that has it, 0 for a single one.
DRESSES: dict[tuple[Kind, str], tuple[Dress, float]] = {
    (Kind.RESIDENT_ID, "原样"): (lambda m: m.resident(), 0),
    (Kind.RESIDENT_ID, "句子里"): (lambda m: _inside(m, m.resident()), 0),
    (Kind.RESIDENT_ID, "空格"): (lambda m: _inside(m, _cut(m.resident(), " ")), 0),
    (Kind.RESIDENT_ID, "连字符"): (lambda m: _cut(m.resident(), "-"), 0),
    (Kind.RESIDENT_ID, "下划线"): (lambda m: _cut(m.resident(), "_"), 0),
    (Kind.RESIDENT_ID, "斜线"): (lambda m: _cut(m.resident(), "/"), 0),
    (Kind.RESIDENT_ID, "零宽字符"): (lambda m: _cut(m.resident(), "\u200b"), 0),
    (Kind.RESIDENT_ID, "不换行空格"): (lambda m: _cut(m.resident(), "\u00a0"), 0),
    (Kind.RESIDENT_ID, "紧挨字母数字"): (lambda m: f"ID{m.resident()}{m.digits(3)}", 0),
    (Kind.RESIDENT_ID, "全角"): (lambda m: m.resident().translate(WIDE), 0),
    (Kind.RESIDENT_ID, "汉字数字"): (lambda m: _inside(m, m.resident().translate(CHINESE)), 0),
    (Kind.RESIDENT_ID, "倒序"): (lambda m: m.resident()[::-1], 0),
    (Kind.RESIDENT_ID, "Base64"): (lambda m: base64.b64encode(m.resident().encode()).decode(), 0),
    (Kind.RESIDENT_ID, "星号在前"): (lambda m: f"*{m.resident()}", 0),
    (Kind.RESIDENT_ID, "补零如散列"): (lambda m: m.resident().rjust(32, "0"), 0),
    (Kind.RESIDENT_ID, "括号逗号冒号"): (lambda m: _cut(m.resident(), m.chance.choice("(，,:：;|、【")), 0),
    (Kind.RESIDENT_ID, "年月日"): (lambda m: _dated(m.resident()), 0),
    (Kind.RESIDENT_ID, "每位隔开"): (lambda m: ",".join(_without_x(m)), 0),
    (Kind.RESIDENT_ID, "网址转码"): (lambda m: _cut(m.resident(), "%20"), 0),
    (Kind.RESIDENT_ID, "十六进制"): (lambda m: m.resident().encode().hex(), 0),
    (Kind.RESIDENT_ID, "带圈数字"): (lambda m: m.resident().translate(CIRCLED), 0),
    (Kind.RESIDENT_ID, "校验位错，字旁有“身份证”"): (lambda m: f"身份证{_wrong(m.resident())}", 0),
    (Kind.RESIDENT_ID, "15 位，字旁有“身份证”"): (lambda m: f"身份证号{_old(m)}", 0),
    (Kind.RESIDENT_ID, "15 位，三成的行"): (lambda m: _old(m), 0.3),
    (Kind.MOBILE, "三成的行"): (lambda m: _inside(m, m.mobile()), 0.3),
    (Kind.MOBILE, "三成的行，连字符"): (lambda m: f"联系{m.mobile()[:3]}-{m.digits(4)}-{m.digits(4)}", 0.3),
    (Kind.MOBILE, "三成的行，两个一格"): (lambda m: f"{m.mobile()}/{m.mobile()}", 0.3),
    (Kind.MOBILE, "三成的行，日期在前"): (lambda m: f"2024-03-12 {m.mobile()}来电", 0.3),
    (Kind.MOBILE, "三成的行，座机在前"): (lambda m: f"0527-83551234 {m.mobile()}", 0.3),
    (Kind.BANK_CARD, "日期在前，字旁有“账户”"): (lambda m: f"2024-01-01 打入账户 {m.card()}", 0),
    (Kind.NAME, "三成的行，少数民族姓名"): (lambda m: "申请人：阿依古丽·买买提", 0.3),
    (Kind.MEDICAL, "某某患某病"): (lambda m: f"{m.person()}患{m.chance.choice(DISEASES)}", 0),
    (Kind.BANK_CARD, "字旁有“账户”"): (lambda m: f"打入账户{m.card()}", 0),
    (Kind.EMAIL, "字旁有“邮箱”"): (lambda m: f"邮箱 {m.email()}", 0),
    (Kind.PLATE, "字旁有“车牌”"): (lambda m: f"车牌{m.plate()}违停", 0),
    (Kind.PASSPORT, "字旁有“护照”"): (lambda m: f"持护照{m.passport()}入境", 0),
    (Kind.NAME, "三成的行，称呼在后"): (lambda m: f"{m.person()}女士来电反映", 0.3),
    (Kind.NAME, "三成的行，身份在前"): (lambda m: f"申请人：{m.person()}", 0.3),
    (Kind.NAME, "全是名单"): (lambda m: f"{m.person()}、{m.person()}、{m.person()}", 1),
    (Kind.MEDICAL, "病名在人旁"): (lambda m: f"患者{m.person()}，{m.chance.choice(DISEASES)}", 0),
}
# What is not found, or not always: the docs say so, with the measured rate.
NOT_FOUND: dict[tuple[Kind, str], tuple[Dress, float]] = {
    (Kind.RESIDENT_ID, "15 位，单独一个"): (lambda m: _old(m), 0),
    (Kind.RESIDENT_ID, "校验位错，单独一个"): (lambda m: _wrong(m.resident()), 0),
    (Kind.RESIDENT_ID, "大写汉字数字"): (lambda m: m.resident().translate(str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")), 0),
    (Kind.RESIDENT_ID, "Base64 两次"): (lambda m: base64.b64encode(base64.b64encode(m.resident().encode())).decode(), 0),
    (Kind.MOBILE, "单独一个"): (lambda m: _inside(m, m.mobile()), 0),
    (Kind.BANK_CARD, "字旁无词，单独一个"): (lambda m: m.card(), 0),
    (Kind.PASSPORT, "字旁无词，单独一个"): (lambda m: m.passport(), 0),
    (Kind.NAME, "句中无称呼，三成的行"): (lambda m: f"{m.person()}反映路灯不亮", 0.3),
    (Kind.NAME, "单独一个"): (lambda m: f"{m.person()}女士来电反映", 0),
}  # fmt: skip


def _dated(number: str) -> str:
    return f"{number[:6]} {number[6:10]}年{number[10:12]}月{number[12:14]}日 {number[14:]}"


def _without_x(maker: Maker) -> str:
    number = maker.resident()
    while number.endswith("X"):
        number = maker.resident()
    return number


def _wrong(number: str) -> str:
    return number[:17] + ("1" if number[17] != "1" else "2")


def _old(maker: Maker) -> str:
    number = maker.resident()
    while number[6:8] != "19":
        number = maker.resident()
    return number[:6] + number[8:17]


def plant(seed: int, kind: Kind, dress: str) -> Planted:
    """A clean table, and the identifiers in so many rows of its running text as their share says."""
    make, share = (DRESSES | NOT_FOUND)[kind, dress]
    maker, columns = Maker(seed + 1), clean(seed)
    texts = list(columns["备注"])
    rows = max(1, round(share * len(texts)))
    for place in maker.chance.sample(range(len(texts)), rows):
        texts[place] = make(maker)
    return Planted(columns | {"备注": texts}, "备注", kind, dress, rows)
