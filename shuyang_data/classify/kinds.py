"""Kinds of sensitive content, and the grade that each deserves: whom a leak harms, and how much.

Grades follow GB/T 43697-2024 (object × degree, 就高从严); general data is graded 1 to 4 after its annex H, as local
practice reads it. Degrees of the single kinds are the platform's own proposal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shuyang_data.catalog.terms import Kind


class Harmed(StrEnum):
    """影响对象."""

    STATE = "国家安全"
    ECONOMY = "经济运行"
    SOCIETY = "社会秩序"
    PUBLIC = "公共利益"
    BODY = "组织权益"
    PERSON = "个人权益"


class Degree(StrEnum):
    """影响程度."""

    NONE = "无危害"
    SOME = "一般危害"
    SERIOUS = "严重危害"
    GRAVE = "特别严重危害"


@dataclass(frozen=True)
class Grading:
    """Why a kind has its grade. category: of the data, as a register of personal information names it."""

    category: str
    harmed: Harmed
    degree: Degree

    @property
    def grade(self) -> int:
        """1 to 4 within general data; harm to a single person or body is never more than general data."""
        return {Degree.NONE: 1, Degree.SOME: 2, Degree.SERIOUS: 3, Degree.GRAVE: 4}[self.degree]

    def __str__(self) -> str:
        return f"{self.category}；{self.harmed}×{self.degree}→一般{self.grade}级"


def level(harmed: Harmed, degree: Degree) -> str:
    """核心, 重要 or 一般, by the matrix of GB/T 43697-2024 (6.5)."""
    if harmed in (Harmed.PERSON, Harmed.BODY) or degree is Degree.NONE:
        return "一般"
    if harmed is Harmed.STATE:
        return "重要" if degree is Degree.SOME else "核心"
    return {Degree.SOME: "一般", Degree.SERIOUS: "重要", Degree.GRAVE: "核心"}[degree]


def _person(category: str, degree: Degree) -> Grading:
    return Grading(category, Harmed.PERSON, degree)


GRADINGS: dict[Kind, Grading] = {
    Kind.RESIDENT_ID: _person("个人身份信息", Degree.GRAVE),
    Kind.PASSPORT: _person("个人身份信息", Degree.GRAVE),
    Kind.PERMIT: _person("个人身份信息", Degree.GRAVE),
    Kind.MOBILE: _person("个人联系信息", Degree.SERIOUS),
    Kind.PHONE: _person("个人联系信息", Degree.SOME),
    Kind.BANK_CARD: _person("金融账户信息", Degree.GRAVE),
    Kind.PLATE: _person("个人财产信息", Degree.SERIOUS),
    Kind.EMAIL: _person("个人联系信息", Degree.SERIOUS),
    Kind.NAME: _person("个人基本资料", Degree.SERIOUS),
    Kind.ADDRESS: _person("个人基本资料", Degree.SERIOUS),
    Kind.BIRTH_DATE: _person("个人基本资料", Degree.SERIOUS),
    Kind.MINOR: _person("不满十四周岁未成年人信息", Degree.GRAVE),
    Kind.CREDIT_CODE: Grading("组织身份信息", Harmed.BODY, Degree.NONE),
    Kind.IP: _person("网络标识信息", Degree.SOME),
    Kind.LICENCE: Grading("电子证照信息", Harmed.BODY, Degree.SOME),
    Kind.REAL_ESTATE: _person("个人财产信息", Degree.SERIOUS),
    Kind.STUDENT: _person("个人教育信息", Degree.SERIOUS),
    Kind.MEDICAL: _person("医疗健康信息", Degree.GRAVE),
    Kind.RELIGION: _person("宗教信仰信息", Degree.GRAVE),
    Kind.BIOMETRIC: _person("生物识别信息", Degree.GRAVE),
    Kind.COORDINATE: Grading("空间位置信息", Harmed.BODY, Degree.NONE),
    Kind.MASKED: _person("已去标识的个人信息", Degree.SOME),
    Kind.HASHED: _person("已去标识的个人信息", Degree.SOME),
}
