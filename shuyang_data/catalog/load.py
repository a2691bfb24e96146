"""Reads the catalog folder: every file is parsed, every problem of every file ends in one error."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from shuyang_data.catalog.calendar import year_days
from shuyang_data.catalog.checks import ChecksFile, DeclaredCheck
from shuyang_data.catalog.model import (
    Catalog,
    CodeList,
    Dataset,
    DatasetFile,
    Department,
    MeasureDefinition,
)
from shuyang_data.catalog.officers import MAIN_OFFICE, Holder, OfficerRegister, office_problems
from shuyang_data.catalog.register_rules import register_problems
from shuyang_data.catalog.registers import KINDS, Registers
from shuyang_data.catalog.rules import catalog_problems
from shuyang_data.catalog.sources import ReturnRegister, ReturnRequest
from shuyang_data.errors import CatalogError, Place, Problem
from shuyang_data.names import SEGMENT, DatasetId

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Model = TypeVar("Model", bound=BaseModel)
CHECKS = "quality_checks"
Lines = dict[DatasetId, dict[tuple[Any, ...], int]]


def load_catalog(folder: Path) -> Catalog:
    """Read and cross-check the whole catalog; raise CatalogError with every problem found."""
    problems: list[Problem] = []
    if not (folder / "datasets").is_dir():
        remedy = "用 shuyang init 新建一个县的文件夹并进入它，或设 SHUYANG_CATALOG"
        raise CatalogError([Problem(str(folder), "这里没有目录（datasets 文件夹）", remedy=remedy)])
    departments = _entries(Department, folder / "departments.yaml", problems)
    if not departments and not problems:
        problems.append(Problem(str(folder / "departments.yaml"), "没有部门", "部门名录"))
    registers: dict[str, Any] = {
        name: _entries(model, folder / f"{name}.yaml", problems) for name, model in KINDS.items()
    }
    code_lists = dict(_code_lists(folder / "code_lists", problems))
    measures = dict(_measures(folder / "targets", problems))
    workdays = _workdays(folder / "calendar", problems)
    datasets: dict[DatasetId, Dataset] = {}
    places: dict[DatasetId, Place] = {}
    for path in sorted((folder / "datasets").glob("*/*.yaml")):
        dataset = _dataset(path, problems)
        if dataset is not None:
            datasets[dataset.id] = dataset
            places[dataset.id] = Place(path)
    catalog = Catalog(
        departments=departments, datasets=datasets, code_lists=code_lists, measures=measures, workdays=workdays,
        returns=_returns(folder / "returns.yaml", problems), registers=Registers(**registers),
        checks=_checks(folder.parent / CHECKS, datasets, code_lists, problems),
        offices=_offices(folder / "officers.yaml", problems),
    )  # fmt: skip
    unread = len(problems)
    problems += catalog_problems(catalog, places)
    problems += register_problems(catalog)
    problems += office_problems(catalog.offices, [MAIN_OFFICE, *(d.chief_data_officer for d in departments.values())])
    if problems:
        raise CatalogError(problems, unread)
    return catalog


def _offices(path: Path, problems: list[Problem]) -> dict[str, tuple[Holder, ...]]:
    """Who holds which office; a county may not have such a register yet."""
    register = parse_model(OfficerRegister, path, problems) if path.exists() else None
    return register.offices if register else {}


def _returns(path: Path, problems: list[Problem]) -> tuple[ReturnRequest, ...]:
    """What was asked of upper levels; a county that never asked has no such file."""
    register = parse_model(ReturnRegister, path, problems) if path.exists() else None
    return register.requests if register else ()


def _checks(
    folder: Path, datasets: Mapping[DatasetId, Dataset], code_lists: Collection[str], problems: list[Problem]
) -> dict[DatasetId, tuple[DeclaredCheck, ...]]:
    """The declared rules of every dataset that has any; each names columns that are there, and has an id of its own."""
    found = {}
    for path in sorted(folder.glob("*/*.yaml")):
        file, identity = parse_model(ChecksFile, path, problems), DatasetId(path.parent.name, path.stem)
        dataset = datasets.get(identity)
        if dataset is None:
            problems.append(Problem(str(path), f"目录里没有 {identity}", "目录里的数据集"))
        elif file is not None:
            known = {column.name for column in dataset.columns}
            for rule in file.rules:
                if rule.code_list() not in ("", *code_lists):
                    problems.append(
                        Problem(f"{path} {rule.id}", f"没有代码表 {rule.code_list()}", "code_lists 里的代码表")
                    )
                for name in sorted(rule.columns() - known):
                    problems.append(Problem(f"{path} {rule.id}", f"没有信息项 {name}", f"{identity} 的信息项"))
            if len({rule.id for rule in file.rules}) != len(file.rules):
                problems.append(Problem(str(path), "规则编号重复", "文件里唯一的 id"))
            found[identity] = file.rules
    return found


def parse_yaml(path: Path, problems: list[Problem]) -> tuple[Any, Any]:
    """(value, node) of a YAML file; the node keeps the line numbers. (None, None) when it cannot be read."""
    try:
        loader = Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        return loader.construct_document(node) if node is not None else None, node
    except UnicodeDecodeError:
        problems.append(Problem(str(path), "不是 UTF-8 文本", "UTF-8 编码的 YAML", "另存为 UTF-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problems.append(Problem(str(Place(path, line)), f"YAML 写法有误（{error.problem}）", remedy="检查缩进与冒号"))
    except yaml.YAMLError as error:
        problems.append(Problem(str(path), f"YAML 写法有误（{str(error).splitlines()[0]}）"))
    return None, None


def parse_model(model: type[Model], path: Path, problems: list[Problem]) -> Model | None:
    """Read one YAML file as `model`; every field error becomes a Problem with its line."""
    value, node = parse_yaml(path, problems)
    if node is None:
        if not any(p.where.startswith(str(path)) for p in problems):
            problems.append(Problem(str(path), "文件是空的", "一份目录声明"))
        return None
    return _validate(model, value, node, path, problems)


def _validate(model: type[Model], value: Any, node: Any, path: Path, problems: list[Problem]) -> Model | None:
    try:
        return model.model_validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        for item in error.errors():
            where = Place(path, _line(node, item["loc"]))
            field = ".".join(str(part) for part in item["loc"]) or "（整个文件）"
            problems.append(Problem(f"{where} {field}", found_text(item), expected_text(item)))
        return None


def found_text(item: Any) -> str:
    """What one of Pydantic's errors found, as people read it."""
    if item["type"] == "missing":
        return "缺少这一项"
    if item["type"] == "extra_forbidden":
        return "没有这个项目"
    return f"写的是 {item['input']!r}"


# Pydantic's error types, as people read them; others keep the library's words.
EXPECTED = {
    "missing": "写上这一项",
    "extra_forbidden": "目录声明里有的项目",
    "string_type": "文字",
    "int_type": "整数",
    "bool_type": "true 或 false",
    "date_from_datetime_parsing": "日期 YYYY-MM-DD",
    "date_parsing": "日期 YYYY-MM-DD",
    "tuple_type": "列表 [ ]",
    "model_type": "一组 名称: 值",
}


def expected_text(item: Any) -> str:
    """What it expected."""
    context = item.get("ctx") or {}
    if item["type"] in ("enum", "literal_error"):
        return f"{context['expected']} 之一".replace(" or ", "、")
    if "pattern" in context:
        return f"符合 {context['pattern']}"
    for bound, word in (("min_length", "至少"), ("max_length", "至多")):
        if bound in context:
            return f"{word} {context[bound]} 个"
    return EXPECTED.get(item["type"]) or str(item["msg"])


def _line(node: Any, location: tuple[Any, ...]) -> int:
    """The line of the deepest node on the way to an error's location."""
    line: int = node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def _dataset(path: Path, problems: list[Problem]) -> Dataset | None:
    if not (SEGMENT.match(path.stem) and SEGMENT.match(path.parent.name)):
        problems.append(Problem(str(path), f"文件名 {path.stem!r} 不能作编号", "小写字母、数字、下划线"))
        return None
    declared = parse_model(DatasetFile, path, problems)
    if declared is None:
        return None
    fields = {name: getattr(declared, name) for name in DatasetFile.model_fields}
    return Dataset(id=DatasetId(path.parent.name, path.stem), **fields)


def _entries(model: type[Model], path: Path, problems: list[Problem]) -> dict[str, Model]:
    """A register: identity → entry; empty when there is no such file."""
    if not path.is_file():
        return {}
    value, node = parse_yaml(path, problems)
    if value is None and node is None:
        return {}
    if not isinstance(value, dict):
        problems.append(Problem(str(path), "不是一份名录", "编号: {title: …}"))
        return {}
    found = {}
    for (code, fields), (key, field_node) in zip(value.items(), node.value, strict=True):
        if not SEGMENT.match(str(code)):
            where = Place(path, key.start_mark.line + 1)
            problems.append(Problem(str(where), f"{code!r} 不能作编号", "小写字母、数字、下划线"))
            continue
        entry = _validate(model, fields, field_node, path, problems)
        if entry is not None:
            found[str(code)] = entry
    return found


def _code_lists(folder: Path, problems: list[Problem]) -> Iterator[tuple[str, CodeList]]:
    for path in sorted(folder.glob("*.csv")):
        try:
            rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        except UnicodeDecodeError:
            problems.append(Problem(str(path), "不是 UTF-8 文本", "UTF-8 编码的 CSV", "另存为 UTF-8"))
            continue
        if not rows or not {"code", "name"} <= set(rows[0]):
            problems.append(Problem(str(path), "缺少 code、name 两列", "code,name[,…]"))
            continue
        names = {row["code"]: row["name"] for row in rows}
        if len(names) != len(rows):
            problems.append(Problem(str(path), f"{len(rows) - len(names)} 个代码重复", "代码唯一"))
        yield path.stem, CodeList(name=path.stem, title=path.stem, names=names)


def _measures(folder: Path, problems: list[Problem]) -> Iterator[tuple[str, MeasureDefinition]]:
    for path in sorted(folder.glob("*.yaml")):
        measure = parse_model(MeasureDefinition, path, problems)
        if measure is not None:
            yield path.stem, measure


def _workdays(folder: Path, problems: list[Problem]) -> dict[date, bool]:
    """Days on which the county's calendar differs from, or goes beyond, the library's."""
    days: dict[date, bool] = {}
    for path in sorted(folder.glob("*.yaml")):
        value, _ = parse_yaml(path, problems)
        if "year" in (value or {}):
            days |= year_days(path, value, problems)
            continue
        for key, working in (("workdays", True), ("holidays", False)):
            for day in (value or {}).get(key) or []:
                if isinstance(day, date):
                    days[day] = working
                else:
                    problems.append(Problem(f"{path} {key}", f"{day!r} 不是日期", "YYYY-MM-DD"))
    return days
