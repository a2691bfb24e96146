"""A score over time as the points of a drawing of 600 × 150: steps, because a score holds until it changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

LEFT, RIGHT, TOP, BOTTOM = 36, 592, 10, 128
MARKS = 4
LONGEST = 120


def trend(history: Sequence[tuple[date, float]], today: date) -> dict[str, Any]:
    """history: (day, ratio), oldest first, each from its day on. The lowest mark lies below the lowest score."""
    kept = list(history[-LONGEST:])
    if not kept:
        return {"points": "", "dots": [], "marks": [], "first": "", "last": ""}
    low = min(0.9, min(ratio for _, ratio in kept) - 0.02)
    days = max((today - kept[0][0]).days, 1)

    def place(day: date, ratio: float) -> tuple[float, float]:
        x = LEFT + (RIGHT - LEFT) * (day - kept[0][0]).days / days
        return round(x, 1), round(BOTTOM - (BOTTOM - TOP) * (ratio - low) / (1 - low), 1)

    points: list[tuple[float, float]] = []
    for day, ratio in kept:
        if points:
            points.append((place(day, ratio)[0], points[-1][1]))
        points.append(place(day, ratio))
    points.append((RIGHT, points[-1][1]))
    dots = [{"x": x, "y": y, "label": f"{day} {ratio:.1%}"} for day, ratio in kept for x, y in [place(day, ratio)]]
    levels = [low + (1 - low) * n / MARKS for n in range(MARKS + 1)]
    marks = [{"y": place(today, ratio)[1], "label": f"{ratio * 100:.0f}"} for ratio in levels]
    return {
        "points": " ".join(f"{x},{y}" for x, y in points), "dots": dots, "marks": marks,
        "first": f"{kept[0][0]}", "last": f"{today}",
    }  # fmt: skip
