"""The view of a file as JSON values and as lines for a person."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shuyang_data.ledger import data_rows
from shuyang_data.reading.grid import place_of
from shuyang_data.reading.inspect import ColumnView, FileView, ReadingView, TableView
from shuyang_data.release.neutral import neutral

SHOWN_SKIPPED = 10


def view_json(view: FileView, rows: int) -> dict[str, Any]:
    return {
        "file": view.path.name, "bytes": view.size, "format": view.format,
        "tables": [_table_json(table, rows) for table in view.tables],
        "left_out": [
            {"part": place_of(aside), "why": aside.why, "unusable": aside.unusable, "rows": aside.rows}
            for aside in view.asides
        ],
        "reading": _reading_json(view.reading) if view.reading else None,
    }  # fmt: skip


def _reading_json(reading: ReadingView) -> dict[str, Any]:
    return {
        "dataset": reading.dataset, "title": reading.title, "refusal": reading.refusal or None,
        "rows": data_rows(reading.ledger), "ledger": [asdict(entry) for entry in reading.ledger],
    }  # fmt: skip


def _table_json(view: TableView, rows: int) -> dict[str, Any]:
    table = view.table
    return {
        "name": table.name, "encoding": table.encoding, "delimiter": table.delimiter,
        "header_rows": list(table.header), "rows": len(table.rows),
        "skipped": [{"row": number, "reason": why} for number, why in table.skipped],
        "notes": [*table.notes, *table.told],
        "columns": [_column_json(column) for column in view.columns],
        "datasets": [
            {"dataset": c.dataset, "title": c.title, "matched": c.matched, "declared": c.declared,
             "drift": [str(drift) for drift in c.drift]}
            for c in view.candidates
        ],
        "first_rows": table.rows[:rows],
    }  # fmt: skip


def _column_json(column: ColumnView) -> dict[str, Any]:
    damage = [{"kind": str(kind), "cells": count, "rows": list(rows)} for kind, (count, rows) in column.damage.items()]
    return {"name": column.name, "likely_type": column.likely, "filled": column.filled, "damage": damage}


def view_lines(view: FileView, rows: int) -> Iterator[str]:
    """What a data officer reads."""
    yield f"{view.path.name}：{view.format}，{view.size:,} 字节，{len(view.tables)} 张表"
    for number, table in enumerate(view.tables, start=1):
        yield from ("", *_table_lines(number, table, rows))
    for aside in view.asides:
        yield f"未采用：{place_of(aside)}（{aside.why}{f'，{aside.rows:,} 行' if aside.rows else ''}）"
    if view.reading:
        yield from ("", *_reading_lines(view.reading))


def _reading_lines(reading: ReadingView) -> Iterator[str]:
    if reading.refusal:
        yield f"按 {reading.dataset}（{reading.title}）读：会整份退回。{reading.refusal}"
    else:
        yield f"按 {reading.dataset}（{reading.title}）读：{data_rows(reading.ledger):,} 行数据"
    yield from (f"  {entry}" for entry in reading.ledger)


def _table_lines(number: int, view: TableView, rows: int) -> Iterator[str]:
    table = view.table
    header = f"表头在第 {'、'.join(map(str, table.header))} 行" if table.header else "没有表头行"
    yield f"表 {number}：{table.name}　{len(table.rows):,} 行 × {len(table.columns)} 列，{header}"
    if table.encoding:
        yield f"  编码 {table.encoding}，分隔符 {table.delimiter.replace(chr(9), '制表符') or '无'}"
    left_out = [(row, why) for row, why in table.skipped if row not in table.header]
    for row, why in left_out[:SHOWN_SKIPPED]:
        yield f"  未作数据：第 {row} 行（{why}）"
    if len(left_out) > SHOWN_SKIPPED:
        yield f"  未作数据：另有 {len(left_out) - SHOWN_SKIPPED} 行"
    yield from (f"  附注：{note}" for note in (*table.notes, *table.told))
    for column in view.columns:
        damage = "；".join(
            f"{kind} {count} 处（第 {'、'.join(map(str, at))} 行）" for kind, (count, at) in column.damage.items()
        )
        warning = f"　⚠ {damage}" if damage else ""
        yield f"  列 {column.name or '（无名）'}：{column.likely or '全空'}，{column.filled:,} 个值{warning}"
    for candidate in view.candidates:
        drift = "；".join(map(str, candidate.drift))
        share = f"{candidate.matched}/{candidate.declared}"
        yield f"  像是 {candidate.dataset}（{candidate.title}）：对上 {share} 列 {drift}".rstrip()
    if not view.candidates:
        yield "  目录里没有对得上的数据集"
    yield from ("  " + " | ".join(row) for row in table.rows[:rows])


def write_csv(view: FileView, target: Path) -> list[Path]:
    """Every table as UTF-8 CSV, formulas made harmless: `target`, and beside it `target-2`, `target-3` …"""
    written = []
    for number, table in enumerate(view.tables, start=1):
        path = target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")
        with path.open("w", encoding="utf-8", newline="") as output:
            csv.writer(output).writerows([map(neutral, row) for row in (table.table.columns, *table.table.rows)])
        written.append(path)
    return written
