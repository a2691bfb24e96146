"""What stands beside the data in a published folder: data dictionary, metadata, manifest and checksums."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from shuyang_data.catalog.model import Catalog, Column, Dataset
from shuyang_data.catalog.sources import SocietyOrigin, UpperOrigin
from shuyang_data.catalog.terms import Protection, Type
from shuyang_data.names import Layer
from shuyang_data.records import PublishedFile, Release

DATA_FILE = "data.parquet"
MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
# Rows that a sheet of Excel or WPS holds below its heading: a longer file opens cut short there.
SHEET_ROWS = 1_048_575
TOO_LONG = f"超过 {SHEET_ROWS:,} 行，电子表格打不全，只提供 CSV 与 Parquet"


ORIGINS = {"county": "本级汇聚", "upper": "上级回流", "society": "社会数据"}


def origin_text(dataset: Dataset) -> str:
    """From whom, on what request or contract, for what use."""
    origin = dataset.origin
    if isinstance(origin, UpperOrigin):
        return f"{origin.provider}，申请 {origin.request}"
    if isinstance(origin, SocietyOrigin):
        until = f"，至 {origin.until}" if origin.until else ""
        return f"{origin.provider}，合同 {origin.contract}{until}，用途：{origin.purpose}"
    return ""


def outgoing_columns(dataset: Dataset, layer: Layer) -> dict[str, str]:
    """name → Chinese title of the columns that leave."""
    return {c.name: c.title for c in dataset.columns if c.protection(layer) is not Protection.DROP}


def protected_type(column: Column, protection: Protection) -> str:
    """The type name, as the lake and the data dictionary spell it, of a column once protected."""
    if protection is Protection.YEAR:
        return "integer"
    if protection in (Protection.MONTH,):
        return "date"
    if column.type is Type.DECIMAL:
        return f"decimal(18, {column.scale})"
    return column.type.value


def data_dictionary(dataset: Dataset, catalog: Catalog, layer: Layer) -> dict[str, Any]:
    """数据字典: every column that leaves, with type, meaning, code table and what was done to it."""
    items = []
    for column in dataset.columns:
        protection = column.protection(layer)
        if protection is Protection.DROP:
            continue
        codes = catalog.code_lists.get(column.code_list or "")
        items.append(
            {
                "名称": column.name,
                "中文名": column.title,
                "类型": protected_type(column, protection),
                "必填": column.required,
                "级别": column.grade,
                "保护方式": protection.label,
                "代码表": column.code_list,
                "代码": codes.names if codes and len(codes.names) <= 100 else None,
                "说明": column.note,
            }
        )
    return {"数据集": dataset.title, "信息资源代码": dataset.code, "信息项": items}


def metadata(dataset: Dataset, catalog: Catalog, release: Release, zone: tzinfo) -> dict[str, Any]:
    """The 13 core elements and the decree's additions (发改高技〔2017〕1272号; 政务数据共享条例第十三条).

    zone: the county's, in which it tells the time.
    """
    attribute = dataset.sharing if release.layer is Layer.SHARED else dataset.opening
    return {
        "信息资源分类": dataset.category,
        "信息资源名称": dataset.title,
        "信息资源代码": dataset.code,
        "信息资源提供方": catalog.title(dataset.id.department),
        "信息资源提供方代码": catalog.departments[dataset.id.department].credit_code,
        "信息资源摘要": dataset.abstract,
        "数据来源": ORIGINS[dataset.origin.kind],
        "来源说明": origin_text(dataset),
        "更新周期": dataset.frequency.label,
        "共享类型": dataset.sharing.access.label + "共享",
        "开放类型": dataset.opening.access.label + "开放",
        "条件": attribute.condition,
        "数据级别": dataset.grade,
        "数据日期": release.data_on.isoformat(),
        "发布时间": release.released_at.astimezone(zone).isoformat(timespec="seconds"),
        "行数": release.rows,
        "因去标识化未发布的行数": release.suppressed,
        "格式说明": TOO_LONG if release.layer is Layer.OPEN and release.rows > SHEET_ROWS else None,
        "开放许可": dataset.opening.licence if release.layer is Layer.OPEN else None,
        "关联资源": list(dataset.related),
    }


def manifest(release: Release) -> dict[str, Any]:
    """Every file of the release but the checksums, with size, rows and SHA-256."""
    return {
        "dataset": str(release.dataset),
        "layer": release.layer,
        "version": release.version,
        "data_on": release.data_on.isoformat(),
        "rows": release.rows,
        "files": [{"name": f.name, "size": f.size, "rows": f.rows, "sha256": f.sha256} for f in release.files],
    }


def checksums(files: Iterable[PublishedFile]) -> str:
    """The SHA-256 of every file, as `sha256sum -c` reads them."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in files)
