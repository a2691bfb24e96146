"""The facts that travel between the layers: deliveries, counts, rule results, releases, demands, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from shuyang_data.acts import Decided, DeliveryAct
from shuyang_data.ledger import Ledger
from shuyang_data.names import DatasetId, Layer
from shuyang_data.words import Word


class Reason(Word):
    """Why one row was rejected. A cell has at most one reason: the first that applies, in this order."""

    ROW_SHAPE = "row_shape", "列数与表头不符"
    GARBLED = "garbled_text", "乱码或控制字符"
    FAILED_CELL = "failed_cell", "公式出错或没有结果"
    SCIENTIFIC = "scientific_notation", "科学计数法受损"
    REQUIRED = "required_missing", "必填项为空"
    TYPE = "type_mismatch", "与声明的类型或精度不符"
    IDENTIFIER = "identifier_invalid", "证件号码或校验位不对"
    RANGE = "out_of_range", "超出取值范围"
    CODE = "code_unknown", "不在代码表内"
    PATTERN = "pattern_mismatch", "格式不符"
    LENGTH = "too_long", "超出长度"
    REFERENCE = "reference_missing", "引用的记录不存在"
    DUPLICATE = "duplicate_key", "主键重复"
    CHECK = "check_failed", "不符合登记的质量规则"


class Refusal(Word):
    """Why a whole delivery was refused."""

    EMPTY = "empty_file", "空文件"
    TRUNCATED = "truncated_file", "文件不完整"
    WRONG_DATASET = "wrong_dataset", "内容是另一个数据集"
    MISSING_COLUMNS = "missing_columns", "缺少必要的列"
    PART = "unusable_part", "有一部分用不了"
    UNREADABLE = "unreadable_file", "文件读不出来"
    PROTECTED = "protected_file", "文件有密码"
    FUTURE_DATE = "future_date", "数据日期在收到之后"
    IMPOSSIBLE_DATE = "impossible_date", "没有这一天"
    VOIDED = "voided_before", "与作废的交付相同"
    ENDS_READER = "ends_reader", "读它的程序两次中断"
    SET_ASIDE = "set_aside", "处理它的进程两次终止，已搁置"


class DriftKind(Word):
    """How a delivery's columns differ from the declared ones. None of these widens a table by itself."""

    MISSING = "missing", "缺列"
    NEW = "new", "目录以外的列"
    RENAMED = "renamed", "列改名"
    REORDERED = "reordered", "列换了顺序"
    RETYPED = "retyped", "内容换了类型"
    PART = "part", "有一部分没有采用"


@dataclass(frozen=True)
class Drift:
    """One difference. column: the declared title, empty for a new column; found: the heading or what stands there."""

    kind: DriftKind
    column: str = ""
    found: str = ""

    def __str__(self) -> str:
        return f"{self.kind.label}：{'→'.join(part for part in (self.column, self.found) if part)}"


class Severity(Word):
    """阻断 stops the commit; 整改 publishes and is to be corrected at the source; 提示 informs."""

    BLOCKING = "blocking", "阻断"
    RECTIFY = "rectify", "整改"
    ADVICE = "advice", "提示"


class DeliveryState(Word):
    """How far a delivery has come."""

    LANDED = "landed", "已接收"
    READ = "read", "已读入"
    REFUSED = "refused", "已退回"
    VOIDED = "voided", "已作废"


@dataclass(frozen=True)
class Delivery:
    """One file as it was received. path: below the landing folder; sequence: its place among those of its data date.

    rows: data rows in the file, None until read.
    drift: how its columns differ from the catalog's. acts: what persons decided about it, in order.
    tried: digest of what catalog and code said when it was refused. ledger: what became of its parts and rows.
    """

    id: str
    dataset: DatasetId
    path: str
    size: int
    sha256: str
    data_on: date
    sequence: int
    received_at: datetime
    state: DeliveryState = DeliveryState.LANDED
    rows: int | None = None
    refusal: str | None = None
    detail: str = ""
    drift: tuple[Drift, ...] = ()
    acts: tuple[DeliveryAct, ...] = ()
    tried: str = ""
    ledger: Ledger = ()

    @property
    def usable(self) -> bool:
        """Whether it can be in force: neither refused nor voided."""
        return self.state in (DeliveryState.LANDED, DeliveryState.READ)

    @property
    def confirmed(self) -> bool:
        return any(act.kind is Decided.CONFIRM for act in self.acts)


def effect(delivery: Delivery) -> tuple[date, int, datetime, str]:
    """The order in which deliveries of a dataset take effect: data date, number or time in the name, receipt."""
    return delivery.data_on, delivery.sequence, delivery.received_at, delivery.id


@dataclass(frozen=True)
class PullMark:
    """How far the last pull of a dataset came. watermark: the largest value seen, as text; etag: of an interface."""

    watermark: str = ""
    etag: str = ""
    pulled_at: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Counts:
    """delivered = accepted + rejected + superseded, in rows; asserted by `night.accounting`."""

    delivered: int = 0
    accepted: int = 0
    rejected: int = 0
    superseded: int = 0


@dataclass(frozen=True)
class RuleResult:
    """What one rule found. examples: masked values of failing rows with their row numbers."""

    rule_id: str
    expectation: str
    column: str | None
    title: str
    severity: Severity
    indicator: str
    evaluated: int
    unexpected: int
    passed: bool
    assessable: bool = True
    observed: float | None = None
    examples: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the verdict is about the table as a whole and not about single rows."""
        return self.observed is not None or (not self.passed and self.unexpected == 0)


@dataclass(frozen=True)
class Outcome:
    """What the last night made of a dataset. snapshot_id: the committed standard snapshot.

    blocked_by: reasons why the newest delivery is not in `standard`; counts and snapshot then are those of
    the last good night, and held says how many rows wait. forbidden: why a layer may not be published. faults: what the
    platform met and nobody foresaw, which is not the department's to answer for. indicators: of
    the newest judgement, code → (as expected, looked at). parents: datasets that it was judged against → their
    standard snapshot then, None where there was none.
    """

    dataset: DatasetId
    fingerprint: str
    run_id: str
    at: datetime
    counts: Counts
    snapshot_id: int | None = None
    deliveries: tuple[str, ...] = ()
    data_on: date | None = None
    failed_checks: int = 0
    held: int = 0
    blocked_by: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    indicators: dict[str, tuple[float, float]] = field(default_factory=dict)
    parents: dict[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedFile:
    """A file of a release as it was written; rows is None for files that are not tables."""

    name: str
    size: int
    sha256: str
    mtime_ns: int
    rows: int | None = None


@dataclass(frozen=True)
class Release:
    """One published version of a dataset in `shared` or `open`. folder: below the published folder.

    deliveries: that it was made from. withdrawn_at, withdrawn_for: when and why it was taken away.
    """

    dataset: DatasetId
    layer: Layer
    version: str
    folder: str
    rows: int
    suppressed: int
    snapshot_id: int | None
    data_on: date
    released_at: datetime
    files: tuple[PublishedFile, ...]
    fingerprint: str = ""
    deliveries: tuple[str, ...] = ()
    withdrawn_at: datetime | None = None
    withdrawn_for: str = ""


@dataclass(frozen=True)
class Refused:
    """A publication that the grade or the catalog forbids. code: stable name; text: Chinese reason."""

    code: str
    text: str


@dataclass(frozen=True)
class Planned:
    """One dataset that tonight's run takes up, and why. size: bytes of the files that it is made from."""

    dataset: DatasetId
    reasons: tuple[str, ...] = field(default=())
    size: int = 0
