"""The officers' workbook: one sheet a list, one field a column."""

from __future__ import annotations

from dataclasses import dataclass

from shuyang_data.catalog.codes import CLASSES
from shuyang_data.catalog.terms import (
    Access,
    Basis,
    Check,
    Cloud,
    Frequency,
    ItemKind,
    Kind,
    Network,
    Personal,
    ProductKind,
    ProductState,
    ProjectState,
    Protection,
    SystemState,
    Type,
)
from shuyang_data.catalog.workbook.fields import Field, labelled


@dataclass(frozen=True)
class Sheet:
    """name: register; title: of the sheet. keys: what identifies a row; for columns the dataset and the name."""

    name: str
    title: str
    keys: tuple[Field, ...]
    fields: tuple[Field, ...]

    @property
    def all(self) -> tuple[Field, ...]:
        return (*self.keys, *self.fields)


SHARING, OPENING = labelled(Access, "共享"), labelled(Access, "开放")
MODES = {"interface": "接口", "batch": "批量交换", "file": "文件"}
FORMATS = {name: name for name in ("csv", "xlsx", "xls", "json", "xml", "dbf", "sql", "zip")}
DELIVERY = {"full": "全量", "increment": "增量"}
ORIGINS = {"county": "本级汇聚", "upper": "上级回流", "society": "社会数据"}
USES = {"share": "共享", "open": "开放"}
GRADES = {str(grade): f"{grade}级" for grade in range(1, 5)}
DEPARTMENT = Field("department", "部门", source="departments", required=True, note="部门编号或全称")


def _id(title: str) -> Field:
    return Field("id", title, required=True, note="小写字母、数字、下划线；登记后不再改")


DEPARTMENTS = Sheet(
    "departments", "部门", (_id("部门编号"),),
    (
        Field("title", "部门名称", required=True, width=28),
        Field("credit_code", "统一社会信用代码", required=True, width=22),
        Field("number", "资源代码中的部门号", note="三位数字"),
        Field("chief_data_officer", "首席数据官", required=True, note="职务，不写姓名", width=28),
        Field("data_steward", "数据专员", required=True, note="职务，不写姓名", width=28),
    ),
)  # fmt: skip
SYSTEMS = Sheet(
    "systems", "信息系统清单", (_id("系统编号"),),
    (
        Field("title", "系统名称", required=True, width=28), DEPARTMENT,
        Field("state", "状态", "words", labelled(SystemState), required=True),
        Field("cloud", "部署", "words", labelled(Cloud), required=True),
        Field("network", "网络", "words", labelled(Network), required=True),
        Field("secret", "涉密", "flag"), Field("upper", "上级统建", "flag"),
        Field("protection_level", "等保级别", "integer"), Field("protected_on", "等保测评日期", "date"),
        Field("cipher_on", "密评日期", "date"), Field("project", "项目", source="projects"), Field("note", "备注"),
    ),
)  # fmt: skip
DATASETS = Sheet(
    "datasets", "目录清单",
    (DEPARTMENT, Field("dataset", "数据集编号", required=True, note="小写字母、数字、下划线；登记后不再改")),
    (
        Field("title", "信息资源名称", required=True, width=28, aliases=("资源名称", "目录名称")),
        Field("code", "信息资源代码", required=True, note="可用 shuyang catalog code 取号", width=24),
        Field("category", "信息资源分类", "words", {name: name for name in CLASSES}, required=True),
        Field("theme", "主题", required=True), Field("abstract", "信息资源摘要", required=True, width=40),
        Field("owner", "责任处室", required=True), Field("system", "信息系统", source="systems", required=True),
        Field("frequency", "更新周期", "words", labelled(Frequency), required=True),
        Field("approved_on", "发布日期", "date", required=True), Field("approval", "批准文号", required=True),
        Field("sharing.access", "共享类型", "words", SHARING, required=True),
        Field("sharing.condition", "共享条件", note="有条件共享时写明范围、用途（条例第十五条）", width=30),
        Field("sharing.basis_type", "不予共享依据类型", "words", {basis.value: basis.value for basis in Basis}),
        Field("sharing.basis", "不予共享依据", width=30), Field("sharing.modes", "共享方式", "list", MODES),
        Field("opening.access", "开放类型", "words", OPENING, required=True),
        Field("opening.condition", "开放条件", width=30), Field("opening.basis", "不予开放依据", width=30),
        Field("opening.anonymity", "匿名阈值", "integer"), Field("delivery.file", "交付文件名", required=True),
        Field("delivery.format", "交付格式", "words", FORMATS, required=True),
        Field("delivery.mode", "交付方式", "words", DELIVERY),
        Field("key", "主键", "list", required=True, note="信息项的英文名，多个用顿号隔开"),
        Field("minimum_rows", "最少行数", "integer"), Field("reject_limit", "不合格行上限", "number"),
        Field("related", "关联资源代码", "list"), Field("origin.kind", "数据来源", "words", ORIGINS),
        Field("origin.provider", "来源单位"), Field("origin.request", "回流申请"), Field("origin.contract", "合同"),
        Field("origin.permitted", "合同允许", "list", USES), Field("origin.purpose", "合同用途"),
        Field("origin.until", "合同到期", "date"), Field("assessments.secrecy_on", "保密风险评估日期", "date"),
        Field("assessments.privacy_on", "个人信息影响评估日期", "date"), Field("assessments.approved_by", "部门批准人"),
        Field("graded_on", "级别复核日期", "date"), Field("priority.livelihood", "民生（0–5）", "integer"),
        Field("priority.demand", "社会需要（0–5）", "integer"), Field("priority.economy", "经济效益（0–5）", "integer"),
        Field("priority.planned_for", "计划开放日期", "date"), Field("volume.storage_gb", "数据存储总量", "number"),
        Field("volume.records", "结构化信息记录总数", "integer"),
        Field("volume.shared_gb", "已共享的数据存储量", "number"),
        Field("volume.shared_records", "已共享的结构化记录数", "integer"),
        Field("volume.open_gb", "已开放的数据存储量", "number"),
        Field("volume.open_records", "已开放的结构化记录数", "integer"),
    ),
)  # fmt: skip
COLUMNS = Sheet(
    "columns", "信息项",
    (DEPARTMENT, Field("dataset", "数据集编号", required=True), Field("name", "信息项英文名", required=True)),
    (
        Field("title", "信息项名称", required=True), Field("type", "数据类型", "words", labelled(Type), required=True),
        Field("grade", "级别", "level", GRADES, required=True), Field("source", "其他列名", "list"),
        Field("part", "取自", "words", {"sheet": "工作表名", "member": "压缩包成员名"}),
        Field("required", "必填", "flag"), Field("scale", "小数位", "integer"), Field("max_length", "长度", "integer"),
        Field("minimum", "最小值", "number"), Field("maximum", "最大值", "number"), Field("pattern", "格式（正则）"),
        Field("first_year", "最早年份", "integer"), Field("last_year", "最晚年份", "integer"),
        Field("open_ends", "无期限的写法", "list", note="例如 9999-12-31"),
        Field("years", "年份的写法", "list", note="minguo 民国；two_digits 两位数"),
        Field("check", "校验", "words", labelled(Check)), Field("code_list", "代码表", source="code_lists"),
        Field("element", "数据元", source="elements"), Field("references", "引用", note="部门/数据集.信息项"),
        Field("personal", "个人信息", "words", labelled(Personal)),
        Field("shared", "共享时保护", "words", labelled(Protection)),
        Field("open", "开放时保护", "words", labelled(Protection)), Field("band", "区间宽度", "number"),
        Field("note", "说明"), Field("confirmed.by", "级别确认人"), Field("confirmed.reason", "级别确认理由"),
        Field("confirmed.confirmed_on", "级别确认日期", "date"),
        Field("confirmed.kind", "级别确认内容", "words", labelled(Kind)),
        Field("confirmed.share", "级别确认最大占比", "number", note="0.3 即三成；不填为全部"),
    ),
)  # fmt: skip
ELEMENTS = Sheet(
    "elements", "数据元", (_id("数据元编号"),),
    (
        Field("title", "中文名称", required=True), Field("definition", "定义", required=True, width=40),
        Field("type", "数据类型", "words", labelled(Type), required=True), Field("format", "数据格式"),
        Field("code_list", "代码表", source="code_lists"), Field("unit", "计量单位"),
        Field("source", "数源", note="部门/数据集.信息项", width=34), Field("version", "版本"),
    ),
)  # fmt: skip
SERVICES = Sheet(
    "services", "政务服务事项", (_id("事项编号"),),
    (
        Field("title", "事项名称", required=True, width=28), DEPARTMENT,
        Field("kind", "事项类型", "words", labelled(ItemKind), required=True),
        Field("on_application", "依申请", "flag"),
        Field("online", "全程网办", "flag"),
    ),
)  # fmt: skip
PROJECTS = Sheet(
    "projects", "信息化项目", (_id("项目编号"),),
    (
        Field("title", "项目名称", required=True, width=28), DEPARTMENT,
        Field("year", "年度", "integer", required=True),
        Field("state", "阶段", "words", labelled(ProjectState), required=True), Field("systems", "信息系统", "list"),
        Field("budget", "投资（万元）", "number"), Field("shared_items", "需共享的数据集", "list"),
    ),
)  # fmt: skip
PRODUCTS = Sheet(
    "products", "产品与接口", (_id("产品编号"),),
    (
        Field("title", "名称", required=True, width=28), DEPARTMENT,
        Field("kind", "类型", "words", labelled(ProductKind), required=True),
        Field("state", "状态", "words", labelled(ProductState), required=True), Field("datasets", "数据集", "list"),
        Field("note", "备注"),
    ),
)  # fmt: skip
CONTRACTS = Sheet(
    "contracts", "社会数据合同", (_id("合同编号"),),
    (
        Field("title", "合同文号", required=True, width=28), Field("provider", "提供方", required=True), DEPARTMENT,
        Field("signed_on", "签订日期", "date", required=True), Field("until", "到期日期", "date"),
        Field("datasets", "数据集", "list"),
    ),
)  # fmt: skip
SHEETS = (DATASETS, COLUMNS, SYSTEMS, DEPARTMENTS, ELEMENTS, SERVICES, PROJECTS, PRODUCTS, CONTRACTS)
