"""The closed lists of the catalog, each word with the Chinese label that people read.

Sources: 政务信息资源目录编制指南（试行）(发改高技〔2017〕1272号) for sharing, opening and update cycle;
GB/T 43697-2024 and its local practice for the grades 1 to 4; GB/T 37964-2019 for the protections.
"""

from __future__ import annotations

from enum import StrEnum


class Type(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


class Access(StrEnum):
    """Sharing (共享类型) and opening (开放类型) take the same three values."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    REFUSED = "refused"


class Frequency(StrEnum):
    REALTIME = "realtime"
    DAILY = "daily"
    WEEKLY = "weekly"
    TEN_DAYS = "ten_days"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"


class Personal(StrEnum):
    """What a column says about a natural person."""

    NONE = "none"
    QUASI = "quasi"
    DIRECT = "direct"


class Protection(StrEnum):
    """What is done to a column on its way out."""

    KEEP = "keep"
    DROP = "drop"
    MASK_NAME = "mask_name"
    MASK_ID = "mask_id"
    MASK_PHONE = "mask_phone"
    MASK_ADDRESS = "mask_address"
    MASK_ACCOUNT = "mask_account"
    MASK_PLATE = "mask_plate"
    HASH = "hash"
    YEAR = "year"
    MONTH = "month"
    BAND = "band"
    AREA = "area"


class Check(StrEnum):
    """Identifiers whose form or check digit the platform knows."""

    RESIDENT_ID = "resident_id"
    CREDIT_CODE = "credit_code"
    MOBILE = "mobile"
    PLATE = "plate"


class SystemState(StrEnum):
    RUNNING = "running"
    BUILDING = "building"
    STOPPED = "stopped"


class Cloud(StrEnum):
    """Where a system runs."""

    COUNTY = "county_zone"
    CITY = "city_cloud"
    LOCAL = "local"


class Network(StrEnum):
    EXTRANET = "extranet"
    INTERNET = "internet"
    PRIVATE = "private"


class ItemKind(StrEnum):
    """Kinds of service items, as the standard list of items names them."""

    LICENCE = "licence"
    CONFIRMATION = "confirmation"
    PAYMENT = "payment"
    REWARD = "reward"
    OTHER = "other"
    PUBLIC = "public"


class ProjectState(StrEnum):
    APPLIED = "applied"
    APPROVED = "approved"
    BUILDING = "building"
    ACCEPTED = "accepted"


class ProductKind(StrEnum):
    COMPONENT = "component"
    DATA = "data_product"
    SERVICE = "business_service"
    INTERFACE = "interface"


class ProductState(StrEnum):
    DEVELOPING = "developing"
    SERVING = "serving"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """The only bases on which a department may refuse to share (政务数据共享条例第十四条)."""

    LAW = "法律"
    REGULATION = "行政法规"
    DECISION = "国务院决定"


LABELS: dict[StrEnum, str] = {
    Type.TEXT: "字符型",
    Type.INTEGER: "整型",
    Type.DECIMAL: "数值型",
    Type.DATE: "日期型",
    Type.DATETIME: "日期时间型",
    Type.BOOLEAN: "逻辑型",
    Access.UNCONDITIONAL: "无条件",
    Access.CONDITIONAL: "有条件",
    Access.REFUSED: "不予",
    Frequency.REALTIME: "实时",
    Frequency.DAILY: "每日",
    Frequency.WEEKLY: "每周",
    Frequency.TEN_DAYS: "每旬",
    Frequency.MONTHLY: "每月",
    Frequency.QUARTERLY: "每季度",
    Frequency.HALF_YEARLY: "每半年",
    Frequency.YEARLY: "每年",
    Frequency.IRREGULAR: "不定时",
    Personal.NONE: "非个人信息",
    Personal.QUASI: "准标识",
    Personal.DIRECT: "直接标识",
    Protection.KEEP: "原样",
    Protection.DROP: "删除",
    Protection.MASK_NAME: "姓名掩码",
    Protection.MASK_ID: "证件号掩码",
    Protection.MASK_PHONE: "电话掩码",
    Protection.MASK_ADDRESS: "地址掩码",
    Protection.MASK_ACCOUNT: "账号掩码",
    Protection.MASK_PLATE: "号牌掩码",
    Protection.HASH: "加钥散列",
    Protection.YEAR: "泛化到年",
    Protection.MONTH: "泛化到月",
    Protection.BAND: "泛化到区间",
    Protection.AREA: "泛化到乡镇",
    Check.RESIDENT_ID: "公民身份号码",
    Check.CREDIT_CODE: "统一社会信用代码",
    Check.MOBILE: "移动电话",
    Check.PLATE: "机动车号牌",
    SystemState.RUNNING: "在用",
    SystemState.BUILDING: "在建",
    SystemState.STOPPED: "停用",
    Cloud.COUNTY: "政务云沭阳专区",
    Cloud.CITY: "市政务云",
    Cloud.LOCAL: "本地机房",
    Network.EXTRANET: "电子政务外网",
    Network.INTERNET: "互联网",
    Network.PRIVATE: "业务专网",
    ItemKind.LICENCE: "行政许可",
    ItemKind.CONFIRMATION: "行政确认",
    ItemKind.PAYMENT: "行政给付",
    ItemKind.REWARD: "行政奖励",
    ItemKind.OTHER: "其他行政权力",
    ItemKind.PUBLIC: "公共服务",
    ProjectState.APPLIED: "申报",
    ProjectState.APPROVED: "立项",
    ProjectState.BUILDING: "建设",
    ProjectState.ACCEPTED: "验收",
    ProductKind.COMPONENT: "业务组件",
    ProductKind.DATA: "数据产品",
    ProductKind.SERVICE: "业务服务",
    ProductKind.INTERFACE: "接口",
    ProductState.DEVELOPING: "开发中",
    ProductState.SERVING: "服务中",
    ProductState.WITHDRAWN: "已下线",
}

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
