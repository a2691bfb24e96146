"""The detectors: one entry a kind, with headings and shares as data and the look of a value as one small function."""

from __future__ import annotations

from dataclasses import dataclass

from shuyang_data.catalog.terms import Kind
from shuyang_data.classify.content import (
    Content,
    address,
    bank_card,
    credit_code,
    matches,
    minor,
    mobile,
    mobile_inside,
    name,
    resident_id,
    resident_inside,
    resident_worn,
)
from shuyang_data.classify.kinds import GRADINGS
from shuyang_data.standard.identifiers import PLATE_FORM


@dataclass(frozen=True)
class Detector:
    """names: headings that say so; contrary: headings that say it is something else. alone: the share of values that is
    enough without a name, 2 when content alone never is; named: the share that is enough with one.

    worn: what is left of such values, which only a heading can tell.
    spread: how many different values, as a share of all but at most of a thousand, content alone must have.
    content: whether a value looks so; None where only a name can say it. inside: whether it stands in a longer text.
    """

    kind: Kind
    names: str
    content: Content | None = None
    inside: Content | None = None
    worn: Content | None = None
    contrary: str = ""
    alone: float = 0.8
    named: float = 0.3
    spread: float = 0.0

    @property
    def title(self) -> str:
        return self.kind.label

    @property
    def grade(self) -> int:
        return GRADINGS[self.kind].grade


DATE = r"^(?:19|20)[0-9]{2}[-/年.]?(?:0?[1-9]|1[0-2])(?:[-/月.]?(?:0?[1-9]|[12][0-9]|3[01])日?(?: .*)?|月)?$"
# Masks by signs, by letters beside digits, and by 某.
MASK = r"[*＊×●■□]|[0-9]X{3,}|X{4,}[0-9]|#{3,}|^.某{1,3}$|^[\x{4e00}-\x{9fa5}]X{1,2}$|某(?:某|[路街村镇号])"
PLATE = PLATE_FORM.replace("琼]", "琼使领]").replace("{5,6}$", "{4,5}[A-HJ-NP-Z0-9挂学警港澳]$")
OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
PERSON = r"姓名|^xm$|联系人|法定代表|法人代表|负责人|经办人|申请人|户主|监护人|_xm$|^name$|人员"
NO_PERSON = r"企业|单位|机构|公司|店|名称|地名|站|项目|景区|学校|村|镇|商品|种类|品种|行业|类别"
COUNTED = (
    r"读数|计量|数量|金额|价|里程|订单|流水|事项|文号|批次|面积|坐标|版本|序号|行业|分类|单元号|产品|型号|表号|表编号|[电水气]表|"
    r"serial|order|meter"
)
VERSION = r"版本|固件|version|firmware|^ver"

DETECTORS: tuple[Detector, ...] = (
    Detector(Kind.MASKED, r"脱敏|掩码", matches(MASK), named=0.6),
    Detector(
        Kind.HASHED,
        r"哈希|散列|hash|md5|sha|sm3",
        matches(r"^(?:[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64})$"),
    ),
    Detector(
        Kind.RESIDENT_ID,
        r"身份证|证件号|公民身份|老证号|sfz|zjhm|id_?card|idno|gmsfhm",
        resident_id,
        resident_inside,
        resident_worn,
        alone=0.5,
    ),
    Detector(Kind.STUDENT, r"学籍号|学号|xjh|^xh$", matches(r"^[GJL][0-9]{17}[0-9X]$")),
    Detector(Kind.LICENCE, r"电子证照|证照标识", matches(r"^1\.2\.156\.3005\.2\.")),
    Detector(
        Kind.REAL_ESTATE,
        r"不动产单元",
        matches(r"^[0-9]{12}[A-Z]{2}[0-9]{5}[FLQW][0-9]{8}$", bare=True),
    ),
    Detector(Kind.CREDIT_CODE, r"信用代码|shxydm|xydm|uscc", credit_code),
    Detector(Kind.BANK_CARD, r"银行卡|卡号|账号|帐号|yhk|yhzh|bank", bank_card, contrary=COUNTED),
    Detector(
        Kind.MOBILE,
        r"手机|移动电话|联系电话|电话|lxdh|sjh|mobile|phone|^dh$|tel",
        mobile,
        mobile_inside,
        contrary=COUNTED,
        alone=0.9,
    ),
    Detector(
        Kind.PHONE,
        r"电话|传真|lxdh|phone|tel|^dh$",
        matches(r"^\(?0[0-9]{2,3}\)?[- ]?[1-9][0-9]{6,7}(?:[-转][0-9]{1,6})?$"),
        contrary=COUNTED,
    ),
    Detector(
        Kind.PASSPORT,
        r"护照|hzh|passport",
        matches(r"^(?:E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[GDSP][0-9]{8}|14[0-9]{7})$"),
    ),
    Detector(
        Kind.PERMIT,
        r"通行证|回乡证|台胞证|txz",
        matches(r"^(?:[HMC][0-9A-Z][0-9]{7}(?:[0-9]{2})?|[0-9]{8})$"),
        alone=2,
    ),
    Detector(Kind.PLATE, r"车牌|号牌|hphm|cph|plate", matches(PLATE, bare=True)),
    Detector(
        Kind.EMAIL,
        r"邮箱|邮件|e-?mail|dzyx",
        matches(r"^[A-Z0-9._%+\-]+@[A-Z0-9\-]+(?:\.[A-Z0-9\-]+)+$"),
    ),
    Detector(Kind.IP, r"IP|登录地址", matches(rf"^(?:{OCTET}\.){{3}}{OCTET}$"), contrary=VERSION),
    Detector(
        Kind.NAME,
        PERSON,
        name,
        contrary=NO_PERSON,
        alone=0.85,
        named=0.5,
        spread=0.3,
    ),
    Detector(
        Kind.ADDRESS,
        r"住址|家庭地址|居住|户籍地|户口所在|jtzz|zz$|hjdz|jzdz",
        address,
        alone=0.6,
        named=0.2,
    ),
    Detector(Kind.BIRTH_DATE, r"出生|生日|csrq|csny|birth", matches(DATE), alone=2),
    Detector(
        Kind.MINOR,
        r"出生|生日|csrq|csny|birth|身份证|证件号|公民身份|sfz|儿童|婴儿|幼儿",
        minor,
        alone=2,
        named=0.5,
    ),
    Detector(Kind.MEDICAL, r"病历|诊断|疾病|病种|用药|病史|残疾|icd", matches(r"."), alone=2),
    Detector(
        Kind.RELIGION,
        r"宗教|信仰",
        matches(r"^(?:佛教|道教|伊斯兰教|天主教|基督教|无宗教信仰|无)$"),
        alone=2,
    ),
    Detector(Kind.BIOMETRIC, r"指纹|虹膜|人脸|声纹|基因", matches(r"."), alone=2),
    Detector(
        Kind.COORDINATE,
        r"经度|纬度|坐标|^lng$|^lon$|^lat$|longitude|latitude",
        matches(r"^[0-9]{2,3}\.[0-9]{3,}$"),
        alone=2,
    ),
)
