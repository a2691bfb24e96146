"""Identifiers of persons inside values, whatever they are dressed in: found by the engine, judged one by one here.

The engine picks the values that may hold one, of every row; what a check digit, a birth date or a word beside it says
is Python's. Resident IDs: GB 11643-1999; cards: ISO/IEC 7812. Dressed means: blanks, hyphens, `_`, `/` or characters
that nobody sees inside, letters or digits that touch, full width, Chinese digits, backwards, Base64.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import date

from shuyang_data.characters import NARROW, UNSEEN, WIDE
from shuyang_data.classify.content import SEGMENTS as MOBILE
from shuyang_data.classify.surnames import COMPOUND, SINGLE
from shuyang_data.standard.identifiers import resident_check_digit

CHINESE_DIGITS = "零〇一二三四五六七八九"
WRITTEN, MEANT = WIDE + CHINESE_DIGITS, NARROW + "00123456789"
TO_MEANT = str.maketrans(WRITTEN, MEANT)
# What people put between the digits of a number.
BETWEEN = f"[\\s\u00a0\u3000{UNSEEN}_/.·•—–-]"
PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])"
RESIDENT = rf"{PROVINCE}[0-9]{{4}}(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}[0-9X]"
BACKWARDS = r"[0-9X][0-9]{3}(?:[1-9]0|[0-9][12]|[01]3)(?:[1-9]0|[0-2]1)[0-9]{2}(?:91|02)[0-9]{5}[1-8]"
# Numbers of the first generation have no check digit; their years are those of the last century.
OLD = rf"{PROVINCE}[0-9]{{6}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}"
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
TITLED = rf"{PERSON}(?:先生|女士|同志|小姐|[（(](?:副)?(?:{OFFICES})[）)])"
ROLE = (
    "申请人|委托人|代理人|收件人|签收人|低保户|被告人|负责人|联系人|经办人|户主|当事人|法定代表人|举报人|"
    "投诉人|患者|家属|姓名|监护人"
)
CALLED = rf"(?:{ROLE})[:：为是 ]?{PERSON}"
LISTED = f"(?:^|[:：]){PERSON}(?:[、,，;； ]+{PERSON})+$"
# A disease of somebody, and not a ward, a medicine or a talk about it.
ILL = re.compile(
    "(?:糖尿病|高血压|冠心病|心脏病|[甲乙丙]肝|肝炎|肝硬化|结核|艾滋|HIV|梅毒|淋病|尿毒症|白血病|癌|肿瘤|精神病|精神分裂|抑郁症|躁郁|癫痫|"
    "脑梗|脑出血|中风|自闭症|孤独症|痴呆|尘肺|矽肺|血友病|流产|不孕|[一二三四]级残疾|肢体残疾|智力残疾|精神残疾)"
    "(?!.{0,3}(?:科|门诊|防治|预防|防控|筛查|讲座|宣传|中心|医院|专科|病区|研究|知识|药|协会|联合会|康复))"
)
# Enough digits, however written, with little between them; a word that a name stands beside.
DIGITS = f"(?:[0-9０-９{CHINESE_DIGITS}][^0-9０-９{CHINESE_DIGITS}]{{0,3}}){{10}}[0-9０-９{CHINESE_DIGITS}XxＸｘ]"
CUES = f"先生|女士|同志|小姐|{OFFICES}|{ROLE}"
WINDOW = re.compile(f"(?=({RESIDENT}))")
CARDS, EMAILS = re.compile(f"(?<![0-9]){CARD}(?![0-9X])"), re.compile(EMAIL)
OLDS, PLATES = re.compile(f"(?<![0-9])({OLD})(?![0-9X])"), re.compile(f"(?<![A-Z])({PLATE})(?![A-Z0-9])")
PASSPORTS = re.compile(f"(?<![A-Z0-9])({PASSPORT})(?![A-Z0-9])")
MOBILES = re.compile(f"(?<![0-9])(?:86)?({MOBILE})(?![0-9X])")
OFFICIAL = re.compile(r"@[A-Z0-9.-]*\bGOV\.CN$")
LISTS, PARTED = re.compile(LISTED), re.compile("[、,，;； ]+")
WHOLE_NAME = rf"[{SINGLE}][一-龥]{{2}}"
SAID, WHOLE = re.compile(f"{TITLED}|{CALLED}"), re.compile(WHOLE_NAME)
PLACE = re.compile(
    "[省市县区镇乡村路街桥站店厂局所院校馆园场司社会部科队组河湖山港城寺庙塔楼里堂行类型级业人庄集圩墩荡湾沟口滩洼嘴渡坊屯寨堡铺井岭坡塘洲岛]$"
)
IN_A_SENTENCE = re.compile(
    r"(?<![0-9])(?:[1-9][0-9]{5}(?:19|20)?[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]?|1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|"
    r"(?:62|4[0-9]|5[1-5]|3[57])[0-9]{14,17})(?![0-9])|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
FIRST_YEAR = 1900
MOST_ENCODED = 400


def compact(text: str) -> str:
    """Half width, Chinese digits as digits, in capitals, without what stands between the digits of a number."""
    return re.sub(BETWEEN, "", text.translate(TO_MEANT).upper())


def resident_numbers(text: str, today: date) -> Iterator[tuple[str, bool]]:
    """(number, whether its check digit is right) of everything in the text that looks like a resident ID of somebody
    who has been born, in whatever dress.
    """
    bare = compact(text)
    for form in (bare, bare[::-1], *(compact(inner) for inner in decoded(text))):
        for found in WINDOW.finditer(form):
            number = found[1]
            if _is_born(number[6:14], today):
                yield number, resident_check_digit(number[:17]) == number[17]


def _is_born(digits: str, today: date) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return date(FIRST_YEAR, 1, 1) <= born <= today


def decoded(text: str) -> Iterator[str]:
    """What stands in Base64 there, as far as it is text."""
    for found in re.finditer(ENCODED, text):
        if len(found[0]) <= MOST_ENCODED and not re.fullmatch("[0-9]+|[0-9a-fA-F]+", found[0]):
            try:
                inner = base64.b64decode(found[0] + "=" * (-len(found[0]) % 4), validate=True).decode()
            except (binascii.Error, ValueError):
                continue
            if inner.isprintable():
                yield inner


def old_numbers(text: str, today: date) -> list[str]:
    """What looks like a resident ID of 15 digits: an area, a day of the last century, a counter."""
    return [number for number in OLDS.findall(compact(text)) if _is_born(f"19{number[6:12]}", today)]


def plates(text: str) -> list[str]:
    """Plates of vehicles (GA 36-2018), of five or six signs after the letter of the place."""
    return PLATES.findall(compact(text))


def passports(text: str) -> list[str]:
    """Numbers of passports and of permits to travel; they have no check digit."""
    return PASSPORTS.findall(text.translate(TO_MEANT).upper())


def looks_personal(text: str) -> bool:
    """Whether a value looks like, or holds, what identifies a person: for whoever shows values, whatever their column
    is called.
    """
    bare = compact(text)
    shaped = any(pattern.search(form) for pattern in (WINDOW, OLDS, MOBILES) for form in (bare, bare[::-1]))
    inner = any(WINDOW.search(compact(each)) or MOBILES.search(compact(each)) for each in decoded(text))
    return bool(shaped or inner or cards(text) or emails(text) or passports(text) or named_persons(text)
                or whole_names(text.strip()))  # fmt: skip


def veiled(text: str) -> str:
    """A sentence with the numbers and addresses in it that identify a person starred but for their first signs."""
    return IN_A_SENTENCE.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 3), text)


def mobiles(text: str) -> list[str]:
    return MOBILES.findall(compact(text))


def cards(text: str) -> list[str]:
    """Numbers that pass the check of payment cards, as one in ten of all numbers does."""
    return [number for number in CARDS.findall(compact(text)) if passes_luhn(number)]


def passes_luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def emails(text: str) -> list[str]:
    """Addresses for mail, but those of authorities."""
    return [found for found in EMAILS.findall(text.translate(TO_MEANT).upper()) if not OFFICIAL.search(found)]


def named_persons(text: str) -> list[str]:
    """Names that the text itself says are a person's: by a title behind them, or what somebody is before them."""
    return SAID.findall(text)


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
