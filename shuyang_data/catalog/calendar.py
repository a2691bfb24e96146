"""A year of working days in the terms of the State Council's yearly notice (国务院办公厅关于节假日安排的通知)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from shuyang_data.errors import Problem

# Monday is 0.
WEEKEND = 5
# 全国年节及纪念日放假办法（2024修订）第二条: the least that a year has.
STATUTORY_DAYS = 13


def year_days(path: Path, told: dict[str, Any], problems: list[Problem]) -> dict[date, bool]:
    """A whole year as the State Council's notice tells it: every Monday to Friday works but the holidays, and so do the
    make-up days. Shape: `{year, notice, holidays: [day, …], workdays: [day, …]}`.
    """
    year = told["year"]
    holidays, made_up = (told.get(name) or [] for name in ("holidays", "workdays"))
    wrong = [f"{day} 不是 {year} 年的日期" for day in (*holidays, *made_up) if getattr(day, "year", None) != year]
    if not wrong:
        wrong += [f"{day} 是工作日，不用调休" for day in made_up if day.weekday() < WEEKEND]
        wrong += [f"{day} 既放假又上班" for day in set(holidays) & set(made_up)]
        if len(set(holidays)) < STATUTORY_DAYS:
            wrong.append(f"放假只有 {len(holidays)} 天")
    if not told.get("notice"):
        wrong.append("没有写通知的文号")
    problems += [Problem(str(path), text, "国务院办公厅放假通知所列的日期") for text in wrong]
    if wrong:
        return {}
    first = date(year, 1, 1)
    span = (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days))
    return {day: (day.weekday() < WEEKEND and day not in holidays) or day in made_up for day in span}
