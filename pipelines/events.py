"""Steps of chains and nights → Dagster's events: yielded by an asset that a person started, logged by the night."""

from collections.abc import Iterable, Iterator
from functools import singledispatch
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.keys import closing_check, closing_key, dataset_key
from pipelines.metadata import table_of
from shuyang_data.catalog.model import Catalog
from shuyang_data.chain.fingerprint import declaration_digest
from shuyang_data.chain.steps import CHECKED_IN, Check, Checked, Figures, Listed, Made, Stopped
from shuyang_data.night.closing import Closed, Faulty
from shuyang_data.night.worker import Answer

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation
# Tags by which Dagster compares what an asset was made from with what there is.
CODE_VERSION, DATA_VERSION, OUR_VERSION = (
    "dagster/code_version", "dagster/data_version", "dagster/data_version_is_user_provided",
)  # fmt: skip
INPUT_VERSION, INPUT_EVENT, NO_EVENT = "dagster/input_data_version", "dagster/input_event_pointer", "NULL"


def events_of(answer: Answer, catalog: Catalog) -> Iterator[Event]:
    """What Dagster records of one step; nothing of a step that stopped or of a fault: those end the run."""
    if isinstance(answer, Made) and answer.dataset in catalog.datasets:
        dataset = catalog.datasets[answer.dataset]
        yield dg.AssetMaterialization(
            dataset_key(dataset, catalog, answer.layer), metadata=metadata_of(answer.figures, answer.rows),
            tags=_versions(answer, catalog),
        )  # fmt: skip
    elif isinstance(answer, Checked) and answer.dataset in catalog.datasets:
        yield _checked(answer, catalog)
    elif isinstance(answer, Closed):
        key = closing_key(answer.key, catalog)
        yield dg.AssetMaterialization(key, metadata=metadata_of(answer.figures, answer.rows))
        for name, broken in answer.checks.items():
            yield dg.AssetCheckEvaluation(
                asset_key=key, check_name=closing_check(name), passed=not broken, severity=dg.AssetCheckSeverity.WARN,
                description=f"{len(broken)} 项" if broken else "没有",
                metadata={"条目": dg.MetadataValue.md(_lines(broken))},
            )  # fmt: skip


def _versions(made: Made, catalog: Catalog) -> dict[str, str]:
    """By which Dagster sees what is out of date: the versions of code, of contents, and of what they were made from."""
    code = declaration_digest(catalog.datasets[made.dataset], catalog)
    tags = {CODE_VERSION: code, DATA_VERSION: made.version, OUR_VERSION: "true"}
    for (identity, layer), version in made.inputs.items():
        if identity in catalog.datasets:
            key = dataset_key(catalog.datasets[identity], catalog, layer)
            tags |= {
                f"{INPUT_VERSION}/{key.to_user_string()}": version,
                f"{INPUT_EVENT}/{key.to_user_string()}": NO_EVENT,
            }
    return tags


def shown(
    context: dg.AssetExecutionContext, answer: Answer, catalog: Catalog
) -> Iterator[dg.AssetMaterialization | dg.MaterializeResult | dg.AssetCheckResult]:
    """Results of what was asked for; a layer that was made besides is an event of its own."""
    asked_for = {*context.selected_asset_keys, *context.selected_asset_check_keys}
    for event in events_of(answer, catalog):
        if isinstance(event, dg.AssetMaterialization) and event.asset_key not in asked_for:
            yield event
        elif isinstance(event, dg.AssetMaterialization):
            yield made_result(event)
        elif dg.AssetCheckKey(event.asset_key, event.check_name) in asked_for:
            yield result_of(event)


def made_result(event: dg.AssetMaterialization) -> dg.MaterializeResult:
    """Dagster adds the versions of code and inputs itself."""
    version = (event.tags or {}).get(DATA_VERSION, "")
    return dg.MaterializeResult(
        asset_key=event.asset_key, metadata=event.metadata, data_version=dg.DataVersion(version) if version else None
    )


def result_of(event: dg.AssetCheckEvaluation) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=event.asset_key, check_name=event.check_name, passed=event.passed, severity=event.severity,
        description=event.description, metadata=event.metadata,
    )  # fmt: skip


def _checked(step: Checked, catalog: Catalog) -> dg.AssetCheckEvaluation:
    severe = step.check in (Check.BLOCKING, Check.DELIVERY, Check.GRADE)
    return dg.AssetCheckEvaluation(
        asset_key=dataset_key(catalog.datasets[step.dataset], catalog, CHECKED_IN[step.check]),
        check_name=step.check.label, passed=step.passed, description=step.summary,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        metadata=metadata_of(step.figures),
    )  # fmt: skip


def metadata_of(figures: Figures, rows: int | None = None) -> dict[str, Any]:
    """Figures as Dagster shows them; rows become the trend that it draws by itself."""
    metadata: dict[str, Any] = {} if rows is None else {"dagster/row_count": rows}
    for name, figure in figures.items():
        metadata |= _entries(figure, name)
    return metadata


@singledispatch
def _entries(figure: object, name: str) -> dict[str, Any]:
    return {name: figure}


@_entries.register
def _(figure: Listed, name: str) -> dict[str, Any]:
    return {name: table_of(figure.rows, figure.columns)}


@_entries.register
def _(figure: Path, name: str) -> dict[str, Any]:
    return {name: dg.MetadataValue.path(str(figure))}


STOP_COLUMNS = {"layer": "哪一层", "reason": "为什么", "rows": "哪些行", "duty": "责任"}


def stop_row(step: Stopped, catalog: Catalog) -> dict[str, str]:
    """The same as a line of a table of `STOP_COLUMNS`, with the dataset's title."""
    return {
        "dataset": catalog.datasets[step.dataset].title, "layer": step.layer.label, "reason": "；".join(step.reasons),
        "rows": "、".join(step.rows), "duty": step.duty,
    }  # fmt: skip


def stop_text(step: Stopped, catalog: Catalog) -> str:
    """Why, and whose duty it is."""
    dataset = catalog.datasets[step.dataset]
    rows = f"；数据行号 {'、'.join(step.rows)} 等" if step.rows else ""
    return f"{dataset.title}·{step.layer.label}：{'；'.join(step.reasons)}{rows}（责任：{step.duty}）"


def fault_text(answer: Faulty) -> str:
    return "；".join(str(problem) for problem in answer.problems)


def _lines(entries: Iterable[str]) -> str:
    return "\n".join(f"- {entry}" for entry in entries) or "没有"
