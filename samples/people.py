"""Synthetic residents and organisations with valid check digits; nobody here exists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from shuyang_data.standard.identifiers import (
    BODY_ALPHABET,
    BODY_MAP,
    BODY_WEIGHTS,
    CREDIT_ALPHABET,
    CREDIT_WEIGHTS,
    RESIDENT_MAP,
    RESIDENT_WEIGHTS,
)

SURNAMES = np.array(list("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕仲章葛司耿"))
GIVEN = np.array(
    list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文斌宇浩然子涵欣怡梓萱思远俊辉雨桐嘉佳")
)
FIRST_BIRTH = date(1935, 1, 1)


class Residents(NamedTuple):
    """Parallel arrays: resident id, name, sex code, birth date (ISO text)."""

    id: np.ndarray
    name: np.ndarray
    sex: np.ndarray
    birth: np.ndarray


def residents(count: int, today: date, random: np.random.Generator) -> Residents:
    """So many different people. The area code follows the birth year (322224, 320823, 321322)."""
    days = random.integers(0, (today - FIRST_BIRTH).days - 1, count)
    births = [FIRST_BIRTH + timedelta(days=int(day)) for day in days]
    sequence = _distinct_sequence(days, random)
    first_17 = [f"{_area(b)}{b:%Y%m%d}{s:03d}" for b, s in zip(births, sequence, strict=True)]
    digits = np.array([list(text) for text in first_17], dtype="U1").astype(np.int64)
    check = np.array(list(RESIDENT_MAP))[(digits @ np.array(RESIDENT_WEIGHTS)) % 11]
    ids = np.array([text + mark for text, mark in zip(first_17, check, strict=True)], dtype=object)
    sex = np.where(sequence % 2 == 1, "1", "2").astype(object)
    birth = np.array([b.isoformat() for b in births], dtype=object)
    return Residents(ids, names(count, random), sex, birth)


def _distinct_sequence(days: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The n-th person of one birthday gets another sequence number than the others."""
    order = np.argsort(days, kind="stable")
    rank = np.empty(len(days), dtype=np.int64)
    sorted_days = days[order]
    starts = np.r_[True, sorted_days[1:] != sorted_days[:-1]]
    first = np.maximum.accumulate(np.where(starts, np.arange(len(days)), 0))
    rank[order] = np.arange(len(days)) - first
    sequence: np.ndarray = (rank * 7 + 11 + (days % 5)) % 1000
    return sequence


def _area(birth: date) -> str:
    if birth.year < 1983:
        return "322224"
    return "320823" if birth.year < 1996 else "321322"


def names(count: int, random: np.random.Generator) -> np.ndarray:
    """Surname and one or two characters."""
    surname, first = random.choice(SURNAMES, count), random.choice(GIVEN, count)
    second = np.where(random.random(count) < 0.7, random.choice(GIVEN, count), "")
    return np.asarray(np.char.add(np.char.add(surname, first), second), dtype=object)


def credit_codes(count: int, random: np.random.Generator, prefix: str = "91321322") -> np.ndarray:
    """Different unified social credit codes of one registering authority, with both check digits."""
    numbers = random.choice(8_000_000, count, replace=False)
    texts = [f"M{'ABCDEFGH'[number // 1_000_000]}{number % 1_000_000:06d}" for number in numbers]
    bodies = np.array([list(text) for text in texts], dtype="U1")
    values = np.vectorize(BODY_ALPHABET.index)(bodies)
    inner = np.array(list(BODY_MAP))[(values @ np.array(BODY_WEIGHTS)) % 11]
    first_17 = [prefix + "".join(body) + mark for body, mark in zip(bodies, inner, strict=True)]
    positions = np.vectorize(CREDIT_ALPHABET.index)(np.array([list(text) for text in first_17], dtype="U1"))
    outer = np.array(list(CREDIT_ALPHABET))[(31 - (positions @ np.array(CREDIT_WEIGHTS)) % 31) % 31]
    return np.array([text + mark for text, mark in zip(first_17, outer, strict=True)], dtype=object)
