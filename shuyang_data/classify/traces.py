"""Identifiers of persons inside values, whatever they are dressed in: found by the engine, judged one by one here.

The engine picks the values that may hold one, of every row; what a check digit, a birth date or a word beside it says
is Python's. Resident IDs: GB 11643-1999; cards: ISO/IEC 7812. Dressed means: blanks, hyphens, `_`, `/` or characters
that nobody sees inside, letters or digits that touch, full width, Chinese digits, backwards, Base64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from shuyang_data.characters import NARROW, WIDE
from shuyang_data.classify.content import SEGMENTS as MOBILE
from shuyang_data.classify.numbers import (
    CHINESE_DIGITS,
    DIGITS_MEANT,
    RESIDENT_LENGTH,
    decoded,
    pieced,
    spelled,
    within,
)
from shuyang_data.classify.surnames import COMPOUND, SINGLE
from shuyang_data.standard.identifiers import resident_check_digit

TO_MEANT = str.maketrans(WIDE, NARROW)
# For the engine: whatever is no digit, letter or character parts no digits, and neither do the words of a date.
BETWEEN = "[^0-9A-Z\\x{4e00}-\\x{9fff}]+|[年月日]"
WRITTEN, MEANT = WIDE + CHINESE_DIGITS, NARROW + DIGITS_MEANT
PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])"
RESIDENT = rf"{PROVINCE}[0-9]{{4}}(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}[0-9X]"
BACKWARDS = r"[0-9X][0-9]{3}(?:[1-9]0|[0-9][12]|[01]3)(?:[1-9]0|[0-2]1)[0-9]{2}(?:91|02)[0-9]{5}[1-8]"
# Numbers of the first generation have no check digit; their years are those of the last century.
OLD = rf"{PROVINCE}[0-9]{{6}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}"
# An area and a day without what follows, or without the check digit that follows from the rest.
UNCHECKED = rf"{PROVINCE}[0-9]{{4}}(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{{3}})?"
PLATE = (
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
    "(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[DF][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DF])"
)
PASSPORT = "(?:E[A-HJ-NP-Z][0-9]{7}|[EGDSP][0-9]{8}|[HMC][0-9A-Z][0-9]{7}(?:[0-9]{2})?)"
CARD = r"(?:62|4[0-9]|5[1-5]|3[57])[0-9]{14,17}"
EMAIL = r"[A-Z0-9][A-Z0-9._%+-]*@[A-Z0-9-]+(?:\.[A-Z0-9-]+)+"
ENCODED = r"[A-Za-z0-9+/]{20,}={0,2}"
PERSON = rf"(?:{COMPOUND}|[{SINGLE}])[一-龥]{{1,2}}"
OFFICES = "组长|队长|主任|书记|会长|户主|学生|患者|家长"
TITLED = (
    rf"{PERSON}(?:先生|女士|同志|小姐|老师|医生|大夫|[（(](?:副)?(?:{OFFICES})[）)]|(?:患有?|确诊|罹患)|"
    "[，,][男女][，,])"
)
ROLE = (
    "申请人|委托人|代理人|收件人|签收人|低保户|被告人|负责人|联系人|经办人|户主|当事人|法定代表人|举报人|投诉人|"
    "患者|家属|姓名|监护人|村民|嫌疑人|死者|伤者"
)
# With a colon any name; without one only what ends like one, and does not begin like a sentence.
AFAR = "[一-龥]{2,8}[·•][一-龥]{2,8}"
VERBS = "应|须|向|于|可|时|和|在|为|与|及|从|对|将|要|能|会|其|本|有|提|持|需|凭|到|方|安|包|查|全|都|经|单"
CALLED = (
    rf"(?:{ROLE})(?:\s*[:：－-]\s*(?:{PERSON}|{AFAR})|[（(](?:{PERSON}|{AFAR})[）)]|"
    rf"[为是 ]?{PERSON}(?:$|[，,。；;、\s0-9]))"
)
NO_NAME = re.compile(rf"(?:{ROLE})[:：为是\s]*(?:{VERBS})")
LISTED = f"(?:^|[:：]){PERSON}(?:[、,，;； ]+{PERSON})+$"
# A disease of somebody, and not a ward, a medicine or a talk about it.
ILL = re.compile(
    "(?:糖尿病|高血压|冠心病|心脏病|[甲乙丙]肝|肝炎|肝硬化|结核|艾滋|HIV|梅毒|淋病|尿毒症|白血病|癌|肿瘤|精神病|精神分裂|抑郁症|躁郁|癫痫|"
    "脑梗|脑出血|中风|自闭症|孤独症|痴呆|尘肺|矽肺|血友病|流产|不孕|[一二三四]级残疾|肢体残疾|智力残疾|精神残疾)"
    "(?!.{0,3}(?:科|门诊|防治|预防|防控|筛查|讲座|宣传|中心|医院|专科|病区|研究|知识|药|协会|联合会|康复))"
)
# Enough digits, however written, with little between them; a word that a name stands beside.
ANY_DIGIT = f"[0-9０-９{CHINESE_DIGITS}①-⑨❶-❾𝟎-𝟿⁰¹²³⁴-⁹]"
DIGITS = f"(?:{ANY_DIGIT}[^0-9]{{0,3}}){{10}}{ANY_DIGIT}"
# Digits of other alphabets; digits behind percent signs or in hexadecimal.
MOST_ALIKE = "[①-⑨❶-❾𝟎-𝟿⁰¹²³⁴-⁹]{3}"
NUMBERED = "(?:3[0-9]){14}|%[0-9A-Fa-f]{2}"
CUES = f"先生|女士|同志|小姐|老师|医生|大夫|患|确诊|[，,][男女][，,]|{OFFICES}|{ROLE}"
WINDOW, WHOLE_RESIDENT = re.compile(f"(?=({RESIDENT}))"), re.compile(RESIDENT)
# Where people part a number: area, day, counter; the check digit apart.
RESIDENT_BOUNDS, MOBILE_BOUNDS, CARD_BOUNDS = (
    frozenset((3, 6, 10, 12, 14, 17)),
    frozenset((3, 7)),
    frozenset((4, 8, 12, 16)),
)
CARDS, EMAILS = re.compile(CARD), re.compile(EMAIL)
OLDS = re.compile(f"{OLD}|{UNCHECKED}")
PLATES = re.compile(f"(?<![A-Z])({PLATE})(?![A-Z0-9])")
PASSPORTS = re.compile(f"(?<![A-Z0-9])({PASSPORT})(?![A-Z0-9])")
MOBILES = re.compile(f"(?:0086|86|0)?({MOBILE})")
OFFICIAL = re.compile(r"@[A-Z0-9.-]*\bGOV\.CN$")
LISTS, PARTED = re.compile(LISTED), re.compile("[、,，;； ]+")
WHOLE_NAME = rf"(?:[{SINGLE}][一-龥]{{2}}|[一-龥]{{2,8}}(?:[·•][一-龥]{{2,8}})+)"
SAID, WHOLE = re.compile(f"{TITLED}|{CALLED}"), re.compile(WHOLE_NAME)
PLACE = re.compile(
    "[省市县区镇乡村路街桥站店厂局所院校馆园场司社会部科队组河湖山港城寺庙塔楼里堂行类型级业人庄集圩墩荡湾沟口滩洼嘴渡坊屯寨堡铺井岭坡塘洲岛]$"
)
IN_A_SENTENCE = re.compile(
    r"(?<![0-9])(?:[1-9][0-9]{5}(?:19|20)?[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]?|1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|"
    r"(?:62|4[0-9]|5[1-5]|3[57])[0-9]{14,17})(?![0-9])|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
WHOLE_NUMBER, COUNTRY = (
    re.compile(r"(?<=[0-9])\.0(?![0-9])"),
    re.compile(r"(?<![0-9])(?:\+|00)?86[\s-]+(?=1[3-9])|\+86(?=1)"),
)
FIRST_YEAR, OLD_LENGTH = 1900, 15
# Leading zeros do not make it another number.
RESIDENT_LENGTHS = frozenset((RESIDENT_LENGTH, *range(20, 41)))


class Resident(NamedTuple):
    """is_right: whether the check digit is; whole: whether it stands there by itself, and not within a longer one."""

    number: str
    is_right: bool
    whole: bool


def resident_numbers(text: str, today: date) -> Iterator[Resident]:
    """Everything in the text that looks like a resident ID of somebody who has been born, in whatever dress."""
    seen: set[str] = set()
    for said in (text, *decoded(text)):
        plain = spelled(said)
        for number in pieced(plain, RESIDENT_LENGTHS, RESIDENT_BOUNDS):
            yield from _residents(number.lstrip("0"), seen, today, whole=True)
        for longer in within(plain):
            for found in WINDOW.finditer(longer):
                yield from _residents(found[1], seen, today, whole=False)


def _residents(number: str, seen: set[str], today: date, *, whole: bool) -> Iterator[Resident]:
    if number not in seen and WHOLE_RESIDENT.fullmatch(number) and _is_born(number[6:14], today):
        seen.add(number)
        yield Resident(number, resident_check_digit(number[:17]) == number[17], whole)


def tries(text: str) -> tuple[int, int]:
    """(numbers of 18 digits in the text, those inside longer ones) that chance might make a resident ID of."""
    plain = spelled(text)
    whole = sum(1 for _ in pieced(plain, RESIDENT_LENGTHS, RESIDENT_BOUNDS))
    return whole, sum(max(len(longer) - RESIDENT_LENGTH + 1, 1) for longer in within(plain))


def _is_born(digits: str, today: date) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return date(FIRST_YEAR, 1, 1) <= born <= today


def old_numbers(text: str, today: date) -> list[str]:
    """What looks like a resident ID without its check: of 15 digits, of 17 or of the first 14 of 18."""
    found = []
    for number in pieced(spelled(text), frozenset((14, 15, 17)), RESIDENT_BOUNDS):
        day = f"19{number[6:12]}" if len(number) == OLD_LENGTH else number[6:14]
        if OLDS.fullmatch(number) and _is_born(day, today):
            found.append(number)
    return found


def plates(text: str) -> list[str]:
    """Plates of vehicles (GA 36-2018), of five or six signs after the letter of the place."""
    return PLATES.findall(re.sub(r"[\s·•.-]", "", spelled(text)))


def passports(text: str) -> list[str]:
    """Numbers of passports and of permits to travel; they have no check digit."""
    return PASSPORTS.findall(re.sub(r"(?<=[A-Z])\s+(?=[0-9])", "", spelled(text)))


def looks_personal(text: str) -> bool:
    """Whether a value looks like, or holds, what identifies a person: for whoever shows values, whatever their column
    is called.
    """
    ever = date.max
    return bool(
        next(resident_numbers(text, ever), None) or old_numbers(text, ever) or mobiles(text) or cards(text)
        or emails(text) or passports(text) or named_persons(text) or whole_names(text.strip())
    )  # fmt: skip


def veiled(text: str) -> str:
    """A sentence with the numbers and addresses in it that identify a person starred but for their first signs."""
    return IN_A_SENTENCE.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 3), text)


def mobiles(text: str) -> list[str]:
    """Numbers of mobiles that stand there whole, with the country before them, or parted as people part them."""
    numbers = pieced(without_ends(spelled(text)), frozenset((11, 12, 13, 15)), MOBILE_BOUNDS)
    return [found[1] for number in numbers if (found := MOBILES.fullmatch(number))]


def without_ends(text: str) -> str:
    """Without the `.0` that spreadsheets put behind whole numbers, and the country before a mobile apart from it."""
    return COUNTRY.sub(" ", WHOLE_NUMBER.sub("", text))


def cards(text: str) -> list[str]:
    """Numbers that pass the check of payment cards, as one in ten of all numbers does."""
    numbers = pieced(spelled(text), frozenset((16, 17, 18, 19)), CARD_BOUNDS)
    return [number for number in numbers if CARDS.fullmatch(number) and passes_luhn(number)]


def passes_luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def emails(text: str) -> list[str]:
    """Addresses for mail, but those of authorities."""
    return [found for found in EMAILS.findall(text.translate(TO_MEANT).upper()) if not OFFICIAL.search(found)]


def named_persons(text: str) -> list[str]:
    """Names that the text itself says are a person's: by a title behind them, or what somebody is before them."""
    return [found[0] for found in SAID.finditer(text) if not NO_NAME.match(found[0])]


def whole_names(text: str) -> list[str]:
    """The text where it is nothing but a name of three characters, as most people have, or a list of names; places end
    otherwise.
    """
    if WHOLE.fullmatch(text):
        return [] if PLACE.search(text) else [text]
    listed = LISTS.search(text)
    names = PARTED.split(listed[0].lstrip(":：")) if listed else []
    return [] if any(map(PLACE.search, names)) else names


def illnesses(text: str) -> list[str]:
    """Diseases that a text says somebody has."""
    return ILL.findall(text)
