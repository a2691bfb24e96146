"""The closed lists of the catalog, each word with the Chinese label that people read.

Sources: 政务信息资源目录编制指南（试行）(发改高技〔2017〕1272号) for sharing, opening and update cycle;
GB/T 43697-2024 and its local practice for the grades 1 to 4; GB/T 37964-2019 for the protections.
"""

from __future__ import annotations

from shuyang_data.words import Word


class Type(Word):
    TEXT = "text", "字符型"
    INTEGER = "integer", "整型"
    DECIMAL = "decimal", "数值型"
    DATE = "date", "日期型"
    DATETIME = "datetime", "日期时间型"
    BOOLEAN = "boolean", "逻辑型"


class Access(Word):
    """Sharing (共享类型) and opening (开放类型) take the same three values."""

    UNCONDITIONAL = "unconditional", "无条件"
    CONDITIONAL = "conditional", "有条件"
    REFUSED = "refused", "不予"


class DeliveryMode(Word):
    """full: the newest delivery is the whole dataset. increment: a delivery adds rows and replaces rows of its keys."""

    FULL = "full", "全量"
    INCREMENT = "increment", "增量"


class KeyFolding(Word):
    """What of a textual key is compared. exact: every character; width: neither full width nor blanks around it count;
    case: nor does the case of letters; nfkc: nor by which of several equivalent characters something is written (Ⅱ and
    II, ㎡ and m2; Unicode Standard Annex 15); nfkc_case: neither of them.
    """

    EXACT = "exact", "逐字"
    WIDTH = "width", "不分全角半角与首尾空白"
    CASE = "case", "也不分大小写"
    NFKC = "nfkc", "也不分兼容字符（NFKC）"
    NFKC_CASE = "nfkc_case", "也不分兼容字符（NFKC）和大小写"

    @property
    def ignores_case(self) -> bool:
        return self in (KeyFolding.CASE, KeyFolding.NFKC_CASE)

    @property
    def ignores_forms(self) -> bool:
        return self in (KeyFolding.NFKC, KeyFolding.NFKC_CASE)


class PeriodUnit(Word):
    """value: the column itself names the period; else the day, month or year of a date."""

    VALUE = "value", "取值"
    DAY = "day", "日"
    MONTH = "month", "月"
    YEAR = "year", "年"

    @property
    def mark(self) -> str:
        return {"day": "D", "month": "M", "year": "Y"}[self.value]


class FileFormat(Word):
    """In which form a department sends its files."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel 工作簿"
    XLS = "xls", "Excel 97-2003 工作簿"
    JSON = "json", "JSON"
    XML = "xml", "XML"
    DBF = "dbf", "DBF"
    SQL = "sql", "SQL 脚本"
    ZIP = "zip", "压缩包"


class PagingStyle(Word):
    """How an interface hands out its pages."""

    PAGE = "page", "页码"
    OFFSET = "offset", "偏移"
    CURSOR = "cursor", "游标"
    LINK = "link", "链接"


class Frequency(Word):
    REALTIME = "realtime", "实时"
    DAILY = "daily", "每日"
    WEEKLY = "weekly", "每周"
    TEN_DAYS = "ten_days", "每旬"
    MONTHLY = "monthly", "每月"
    QUARTERLY = "quarterly", "每季度"
    HALF_YEARLY = "half_yearly", "每半年"
    YEARLY = "yearly", "每年"
    IRREGULAR = "irregular", "不定时"


class Personal(Word):
    """What a column says about a natural person."""

    NONE = "none", "非个人信息"
    QUASI = "quasi", "准标识"
    DIRECT = "direct", "直接标识"


class Protection(Word):
    """What is done to a column on its way out."""

    KEEP = "keep", "原样"
    DROP = "drop", "删除"
    MASK_NAME = "mask_name", "姓名掩码"
    MASK_ID = "mask_id", "证件号掩码"
    MASK_PHONE = "mask_phone", "电话掩码"
    MASK_ADDRESS = "mask_address", "地址掩码"
    MASK_ACCOUNT = "mask_account", "账号掩码"
    MASK_PLATE = "mask_plate", "号牌掩码"
    HASH = "hash", "加钥散列"
    YEAR = "year", "泛化到年"
    MONTH = "month", "泛化到月"
    BAND = "band", "泛化到区间"
    AREA = "area", "泛化到乡镇"


class Check(Word):
    """Identifiers whose form or check digit the platform knows."""

    RESIDENT_ID = "resident_id", "公民身份号码"
    CREDIT_CODE = "credit_code", "统一社会信用代码"
    MOBILE = "mobile", "移动电话"
    PLATE = "plate", "机动车号牌"


class SystemState(Word):
    RUNNING = "running", "在用"
    BUILDING = "building", "在建"
    STOPPED = "stopped", "停用"


class Cloud(Word):
    """Where a system runs."""

    COUNTY = "county_zone", "政务云沭阳专区"
    CITY = "city_cloud", "市政务云"
    LOCAL = "local", "本地机房"


class Network(Word):
    EXTRANET = "extranet", "电子政务外网"
    INTERNET = "internet", "互联网"
    PRIVATE = "private", "业务专网"


class ItemKind(Word):
    """Kinds of service items, as the standard list of items names them."""

    LICENCE = "licence", "行政许可"
    CONFIRMATION = "confirmation", "行政确认"
    PAYMENT = "payment", "行政给付"
    REWARD = "reward", "行政奖励"
    OTHER = "other", "其他行政权力"
    PUBLIC = "public", "公共服务"


class ProjectState(Word):
    APPLIED = "applied", "申报"
    APPROVED = "approved", "立项"
    BUILDING = "building", "建设"
    ACCEPTED = "accepted", "验收"


class ProductKind(Word):
    COMPONENT = "component", "业务组件"
    DATA = "data_product", "数据产品"
    SERVICE = "business_service", "业务服务"
    INTERFACE = "interface", "接口"


class ProductState(Word):
    DEVELOPING = "developing", "开发中"
    SERVING = "serving", "服务中"
    WITHDRAWN = "withdrawn", "已下线"


class Basis(Word):
    """The only bases on which a department may refuse to share (政务数据共享条例第十四条)."""

    LAW = "法律", "法律"
    REGULATION = "行政法规", "行政法规"
    DECISION = "国务院决定", "国务院决定"


# Days after the data date in which data still counts as fresh; None: no check (domain rule, proposed by us).
FRESH_DAYS: dict[Frequency, int | None] = {
    Frequency.REALTIME: 1,
    Frequency.DAILY: 2,
    Frequency.WEEKLY: 9,
    Frequency.TEN_DAYS: 13,
    Frequency.MONTHLY: 35,
    Frequency.QUARTERLY: 100,
    Frequency.HALF_YEARLY: 200,
    Frequency.YEARLY: 400,
    Frequency.IRREGULAR: None,
}


class Kind(Word):
    """Kinds of sensitive content; direct identifiers first."""

    RESIDENT_ID = "resident_id", "居民身份证号"
    PASSPORT = "passport", "护照号"
    PERMIT = "permit", "往来通行证号"
    MOBILE = "mobile", "手机号码"
    PHONE = "phone", "固定电话"
    BANK_CARD = "bank_card", "银行卡号"
    PLATE = "plate", "机动车号牌"
    EMAIL = "email", "电子邮箱"
    NAME = "name", "自然人姓名"
    ADDRESS = "address", "住址"
    BIRTH_DATE = "birth_date", "出生日期"
    MINOR = "minor", "未成年人信息"
    CREDIT_CODE = "credit_code", "统一社会信用代码"
    IP = "ip", "网络地址"
    LICENCE = "licence", "电子证照标识"
    REAL_ESTATE = "real_estate", "不动产单元号"
    STUDENT = "student", "学籍号"
    MEDICAL = "medical", "健康信息"
    RELIGION = "religion", "宗教信仰"
    BIOMETRIC = "biometric", "生物特征"
    COORDINATE = "coordinate", "经纬度"
    MASKED = "masked", "已遮盖"
    HASHED = "hashed", "散列值"
