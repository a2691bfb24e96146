"""What sensitive content looks like: one entry a kind, names and grades as data, content as one small function.

Grades are the least that the kind deserves (GB/T 43697-2024, object × degree; 就高从严). A detector says what a value
looks like, never what a column is: that takes all of its values and its name, in `classify.decide`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import ibis
from ibis.expr.types import BooleanValue, StringValue, Value

from shuyang_data.classify.surnames import COMPOUND, SINGLE
from shuyang_data.standard.identifiers import PLATE_FORM, valid_credit_code, valid_resident_id

DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
RESIDENT_INSIDE = rf"(?:^|[^0-9])([1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{DAY}[0-9]{{3}}[0-9Xx])(?:$|[^0-9Xx])"
SEGMENTS = r"1(?:3[0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-35-8]|8[0-9]|9[0-35-9])[0-9]{8}"
CARD_LENGTHS = range(16, 20)


class Kind(StrEnum):
    """Kinds of sensitive content; direct identifiers first."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    MOBILE = "mobile"
    PHONE = "phone"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    EMAIL = "email"
    NAME = "name"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    CREDIT_CODE = "credit_code"
    IP = "ip"
    LICENCE = "licence"
    REAL_ESTATE = "real_estate"
    STUDENT = "student"
    MEDICAL = "medical"
    RELIGION = "religion"
    BIOMETRIC = "biometric"
    COORDINATE = "coordinate"
    MASKED = "masked"
    HASHED = "hashed"


Content = Callable[["Text", date], BooleanValue]


@dataclass(frozen=True)
class Text:
    """A column's values as content functions look at them.

    half: half-width, trimmed, upper case; bare: without blanks, hyphens and dots inside.
    """

    half: StringValue
    bare: StringValue


@dataclass(frozen=True)
class Detector:
    """names: headings that say so; contrary: headings that say it is something else. alone: the share of values that is
    enough without a name, 2 when content alone never is; named: the share that is enough with one.

    spread: how many different values, as a share of all but at most of a thousand, content alone must have.
    content: whether a value looks so; None where only a name can say it. inside: whether it stands in a longer text.
    """

    kind: Kind
    title: str
    grade: int
    names: str
    content: Content | None = None
    inside: Content | None = None
    contrary: str = ""
    alone: float = 0.8
    named: float = 0.3
    spread: float = 0.0


FULL, HALF = "０１２３４５６７８９ＸｘＡＢＣＤＥ－＋（）．＠", "0123456789XXABCDE-+().@"


def text_forms(column: StringValue) -> Text:
    """The forms of a column."""
    half = column.translate(FULL, HALF).strip().upper()
    return Text(half, half.re_replace(r"[\s·•.\-—]", ""))


def _resident_id(text: Text, today: date) -> BooleanValue:
    likely = text.bare.re_search(rf"^[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{DAY}[0-9]{{3}}[0-9X]$")
    old = text.bare.re_search(rf"^[1-9][0-9]{{7}}{DAY}[0-9]{{3}}$")
    return _either(_when(likely, valid_resident_id(text.bare, today)), old)


def _resident_inside(text: Text, today: date) -> BooleanValue:
    found = text.half.re_extract(RESIDENT_INSIDE, 1)
    return _when(found.length() == 18, valid_resident_id(found, today))


def _mobile(text: Text, today: date) -> BooleanValue:
    return text.bare.re_search(rf"^(?:\+?(?:00)?86)?{SEGMENTS}$")


def _mobile_inside(text: Text, today: date) -> BooleanValue:
    return _either(text.half.re_search(rf"(?:^|[^0-9]){SEGMENTS}(?:$|[^0-9])") & (text.half.length() > 11))


def _bank_card(text: Text, today: date) -> BooleanValue:
    return _when(text.bare.re_search(r"^[3-6][0-9]{15,18}$"), _luhn(text.bare))


def _luhn(text: StringValue) -> BooleanValue:
    """The check of ISO/IEC 7812 over up to nineteen digits."""
    reversed_digits = text.reverse()
    total: Value = ibis.literal(0, type="int64")
    for place in range(CARD_LENGTHS.stop - 1):
        digit = reversed_digits.substr(place, 1).try_cast("int64").fill_null(0)
        doubled = digit * 2 if place % 2 else digit
        total = total + (doubled - ibis.ifelse(doubled > 9, 9, 0) if place % 2 else doubled)
    return total % 10 == 0


def _credit_code(text: Text, today: date) -> BooleanValue:
    return _when(
        text.bare.re_search(r"^[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
        valid_credit_code(text.bare),
    )


def _name(text: Text, today: date) -> BooleanValue:
    """A surname and one or two characters, three after a compound one; not the name of a place or a body."""
    single = rf"^[{SINGLE}][\x{{4e00}}-\x{{9fa5}}]{{1,2}}$"
    compound = rf"^(?:{COMPOUND})[\x{{4e00}}-\x{{9fa5}}]{{1,2}}$"
    place = r"[省市县区镇乡村路街桥站店厂局所院校馆园场司社会部科队组河湖山港城寺庙塔楼里堂行类型级业人]$"
    looks = text.half.re_search(single) | text.half.re_search(compound)
    return looks & ~text.half.re_search(place)


def _matches(pattern: str, *, bare: bool = False) -> Content:
    def content(text: Text, today: date) -> BooleanValue:
        return (text.bare if bare else text.half).re_search(pattern)

    return content


def _when(likely: BooleanValue, check: BooleanValue) -> BooleanValue:
    """The dear check only where the form is right."""
    found: BooleanValue = ibis.ifelse(likely, check, False)
    return found


def _either(*conditions: BooleanValue) -> BooleanValue:
    found: BooleanValue = ibis.greatest(*(condition.fill_null(False) for condition in conditions), False)
    return found


DATE = r"^(?:19|20)[0-9]{2}[-/年.]?(?:0?[1-9]|1[0-2])[-/月.]?(?:0?[1-9]|[12][0-9]|3[01])日?(?: .*)?$"
HOUSEHOLD = r"(?:街道|镇|乡|村|路|街|巷|小区|庄|社区|新村|苑).*[0-9一二三四五六七八九十]+(?:组|室|户|单元|幢|栋|座|楼)"
PLATE = PLATE_FORM.replace("琼]", "琼使领]").replace("{5,6}$", "{4,5}[A-HJ-NP-Z0-9挂学警港澳]$")
OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
PERSON = r"姓名|^xm$|联系人|法定代表|法人代表|负责人|经办人|申请人|户主|监护人|_xm$|^name$|人员"
NO_PERSON = r"企业|单位|机构|公司|店|名称|地名|站|项目|景区|学校|村|镇|商品|种类|品种|行业|类别"
COUNTED = (
    r"读数|计量|数量|金额|价|里程|订单|流水|事项|文号|批次|面积|坐标|版本|序号|行业|分类|单元号|产品|型号|serial|order"
)

DETECTORS: tuple[Detector, ...] = (
    Detector(Kind.MASKED, "已遮盖", 2, r"脱敏|掩码", _matches(r"[*＊×●]"), named=0.6),
    Detector(
        Kind.HASHED,
        "散列值",
        2,
        r"哈希|散列|hash|md5|sha|sm3",
        _matches(r"^(?:[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64})$"),
    ),
    Detector(
        Kind.RESIDENT_ID,
        "居民身份证号",
        4,
        r"身份证|证件号|公民身份|老证号|sfz|zjhm|id_?card|idno|gmsfhm",
        _resident_id,
        _resident_inside,
        alone=0.5,
    ),
    Detector(Kind.STUDENT, "学籍号", 3, r"学籍号|学号|xjh|^xh$", _matches(r"^[GJL][0-9]{17}[0-9X]$")),
    Detector(Kind.LICENCE, "电子证照标识", 2, r"电子证照|证照标识", _matches(r"^1\.2\.156\.3005\.2\.")),
    Detector(
        Kind.REAL_ESTATE,
        "不动产单元号",
        3,
        r"不动产单元",
        _matches(r"^[0-9]{12}[A-Z]{2}[0-9]{5}[FLQW][0-9]{8}$", bare=True),
    ),
    Detector(Kind.CREDIT_CODE, "统一社会信用代码", 1, r"信用代码|shxydm|xydm|uscc", _credit_code),
    Detector(Kind.BANK_CARD, "银行卡号", 4, r"银行卡|卡号|账号|帐号|yhk|yhzh|bank", _bank_card, contrary=COUNTED),
    Detector(
        Kind.MOBILE,
        "手机号码",
        3,
        r"手机|移动电话|联系电话|电话|lxdh|sjh|mobile|phone|^dh$|tel",
        _mobile,
        _mobile_inside,
        contrary=COUNTED,
        alone=0.9,
    ),
    Detector(
        Kind.PHONE,
        "固定电话",
        2,
        r"电话|传真|lxdh|phone|tel|^dh$",
        _matches(r"^\(?0[0-9]{2,3}\)?[- ]?[1-9][0-9]{6,7}(?:[-转][0-9]{1,6})?$"),
        contrary=COUNTED,
    ),
    Detector(
        Kind.PASSPORT,
        "护照号",
        4,
        r"护照|hzh|passport",
        _matches(r"^(?:E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[GDSP][0-9]{8}|14[0-9]{7})$"),
    ),
    Detector(Kind.PLATE, "机动车号牌", 3, r"车牌|号牌|hphm|cph|plate", _matches(PLATE, bare=True)),
    Detector(
        Kind.EMAIL,
        "电子邮箱",
        3,
        r"邮箱|邮件|e-?mail|dzyx",
        _matches(r"^[A-Z0-9._%+\-]+@[A-Z0-9\-]+(?:\.[A-Z0-9\-]+)+$"),
    ),
    Detector(Kind.IP, "网络地址", 2, r"IP|登录地址", _matches(rf"^(?:{OCTET}\.){{3}}{OCTET}$")),
    Detector(
        Kind.NAME,
        "自然人姓名",
        3,
        PERSON,
        _name,
        contrary=NO_PERSON,
        alone=0.85,
        named=0.5,
        spread=0.3,
    ),
    Detector(
        Kind.ADDRESS,
        "住址",
        3,
        r"住址|家庭地址|居住|户籍地|户口所在|jtzz|zz$|hjdz|jzdz",
        _matches(HOUSEHOLD),
        alone=0.6,
        named=0.2,
    ),
    Detector(Kind.BIRTH_DATE, "出生日期", 3, r"出生|生日|csrq|csny|birth", _matches(DATE), alone=2),
    Detector(Kind.MEDICAL, "健康信息", 4, r"病历|诊断|疾病|病种|用药|病史|残疾|icd", _matches(r"."), alone=2),
    Detector(
        Kind.RELIGION,
        "宗教信仰",
        4,
        r"宗教|信仰",
        _matches(r"^(?:佛教|道教|伊斯兰教|天主教|基督教|无宗教信仰|无)$"),
        alone=2,
    ),
    Detector(Kind.BIOMETRIC, "生物特征", 4, r"指纹|虹膜|人脸|声纹|基因", _matches(r"."), alone=2),
    Detector(
        Kind.COORDINATE,
        "经纬度",
        1,
        r"经度|纬度|坐标|^lng$|^lon$|^lat$|longitude|latitude",
        _matches(r"^[0-9]{2,3}\.[0-9]{3,}$"),
        alone=2,
    ),
)
