"""The facts that travel between the layers: deliveries, counts, rule results, releases, demands, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from shuyang_data.names import DatasetId


class Reason(StrEnum):
    """Why one row was rejected. A cell has at most one reason: the first that applies, in this order."""

    ROW_SHAPE = "row_shape"
    SCIENTIFIC = "scientific_notation"
    REQUIRED = "required_missing"
    TYPE = "type_mismatch"
    IDENTIFIER = "identifier_invalid"
    RANGE = "out_of_range"
    CODE = "code_unknown"
    PATTERN = "pattern_mismatch"
    LENGTH = "too_long"
    REFERENCE = "reference_missing"
    DUPLICATE = "duplicate_key"
    CHECK = "check_failed"


REASON_TITLES: dict[Reason, str] = {
    Reason.ROW_SHAPE: "列数与表头不符",
    Reason.SCIENTIFIC: "科学计数法受损",
    Reason.REQUIRED: "必填项为空",
    Reason.TYPE: "与声明的类型或精度不符",
    Reason.IDENTIFIER: "证件号码或校验位不对",
    Reason.RANGE: "超出取值范围",
    Reason.CODE: "不在代码表内",
    Reason.PATTERN: "格式不符",
    Reason.LENGTH: "超出长度",
    Reason.REFERENCE: "引用的记录不存在",
    Reason.DUPLICATE: "主键重复",
    Reason.CHECK: "不符合登记的质量规则",
}


class Refusal(StrEnum):
    """Why a whole delivery was refused."""

    EMPTY = "empty_file"
    TRUNCATED = "truncated_file"
    WRONG_DATASET = "wrong_dataset"
    MISSING_COLUMNS = "missing_columns"
    UNREADABLE = "unreadable_file"
    PROTECTED = "protected_file"


REFUSAL_TITLES: dict[Refusal, str] = {
    Refusal.EMPTY: "空文件",
    Refusal.TRUNCATED: "文件不完整",
    Refusal.WRONG_DATASET: "内容是另一个数据集",
    Refusal.MISSING_COLUMNS: "缺少必要的列",
    Refusal.UNREADABLE: "文件读不出来",
    Refusal.PROTECTED: "文件有密码",
}


class DriftKind(StrEnum):
    """How a delivery's columns differ from the declared ones. None of these widens a table by itself."""

    MISSING = "missing"
    NEW = "new"
    RENAMED = "renamed"
    REORDERED = "reordered"
    RETYPED = "retyped"


DRIFT_TITLES: dict[DriftKind, str] = {
    DriftKind.MISSING: "缺列",
    DriftKind.NEW: "目录以外的列",
    DriftKind.RENAMED: "列改名",
    DriftKind.REORDERED: "列换了顺序",
    DriftKind.RETYPED: "内容换了类型",
}


@dataclass(frozen=True)
class Drift:
    """One difference. column: the declared title, empty for a new column; found: the heading or what stands there."""

    kind: DriftKind
    column: str = ""
    found: str = ""

    def __str__(self) -> str:
        return f"{DRIFT_TITLES[self.kind]}：{'→'.join(part for part in (self.column, self.found) if part)}"


class Severity(StrEnum):
    """阻断 stops the commit; 整改 publishes and is to be corrected at the source; 提示 informs."""

    BLOCKING = "blocking"
    RECTIFY = "rectify"
    ADVICE = "advice"


SEVERITY_TITLES = {Severity.BLOCKING: "阻断", Severity.RECTIFY: "整改", Severity.ADVICE: "提示"}


@dataclass(frozen=True)
class Delivery:
    """One file as it was received. path: below the landing folder; sequence orders deliveries of a dataset.

    state: landed (not yet read), read, refused. rows: data rows in the file, None until read.
    drift: how its columns differ from the catalog's.
    """

    id: str
    dataset: DatasetId
    path: str
    size: int
    sha256: str
    data_on: date
    sequence: int
    received_at: datetime
    state: str = "landed"
    rows: int | None = None
    refusal: str | None = None
    detail: str = ""
    drift: tuple[Drift, ...] = ()


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
    the last good night, and held says how many rows wait. forbidden: why a layer may not be published. indicators: of
    the newest judgement, code → (as expected, looked at).
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
    indicators: dict[str, tuple[float, float]] = field(default_factory=dict)


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
    """One published version of a dataset in `shared` or `open`. folder: below the published folder."""

    dataset: DatasetId
    layer: str
    version: str
    folder: str
    rows: int
    suppressed: int
    snapshot_id: int | None
    data_on: date
    released_at: datetime
    files: tuple[PublishedFile, ...]
    fingerprint: str = ""


@dataclass(frozen=True)
class Demand:
    """One demand of a department for another's data, with the dates that the law's clocks run on."""

    id: str
    requester: str
    provider: str
    dataset: DatasetId | None
    items: tuple[str, ...]
    purpose: str
    received_on: date
    status: str = "accepted"
    duplicate_of: str | None = None
    exclusion: str | None = None
    decision: str | None = None
    decided_on: date | None = None
    extension_days: int = 0
    refusal_basis_type: str | None = None
    refusal_basis: str | None = None
    granted_until: date | None = None


@dataclass(frozen=True)
class Supply:
    """One logged delivery of shared data to a department."""

    demand_id: str
    dataset: DatasetId
    version: str
    path: str
    rows: int
    sha256: str
    at: datetime


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
