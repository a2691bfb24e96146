"""XML and KML: the element that repeats is a record; its attributes, its leaves and its parents' attributes are fields.

Entities, external references and declarations that expand are refused before anything is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.formats.spreadsheet_xml import WORKBOOK, read_spreadsheet
from shuyang_data.reading.grid import Part, SourceTable
from shuyang_data.reading.records_table import table_of
from shuyang_data.records import Refusal

NAMES = ("name", "key", "field", "column", "id")
TagPath = tuple[str, ...]


def read_xml(path: Path) -> Sequence[Part]:
    """The table of the element that repeats; raise DeliveryRefusedError for a broken or dangerous document."""
    try:
        root = parse(str(path)).getroot()
        if root.tag == WORKBOOK:
            return list(read_spreadsheet(root))
        return [_table(root, path.stem)]
    except DefusedXmlException as error:
        raise _refusal(path, "含有实体声明或外部引用，可能是攻击") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _refusal(path, f"XML 语法不对（{error}）") from error
    except RecursionError as error:
        raise _refusal(path, "嵌套太深") from error


def _refusal(path: Path, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(Refusal.UNREADABLE, [Problem(path.name, found, "完整的 XML 文件", "重新导出后再送")])


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _table(root: Element, name: str) -> SourceTable:
    found: dict[TagPath, list[tuple[Element, dict[str, str]]]] = defaultdict(list)
    for path, element, inherited in _elements(root, (), {}):
        found[path].append((element, inherited))
    if not found:
        return table_of([dict(_fields(root, ""))], name)
    best = max(found, key=lambda path: _weight(path, [element for element, _ in found[path]]))
    return table_of((dict(_fields(element, "")) | inherited for element, inherited in found[best]), name)


def _elements(
    element: Element, path: TagPath, inherited: dict[str, str]
) -> Iterator[tuple[TagPath, Element, dict[str, str]]]:
    """Every element that could be a record, with its parents' attributes."""
    below = {**inherited, **{f"{_tag(element)}.{_bare(name)}": value for name, value in element.attrib.items()}}
    pairs = _pairs(element)
    for child in element:
        if child in pairs or (len(child) == 0 and not child.attrib):
            continue
        inner = (*path, _tag(child))
        yield inner, child, below
        yield from _elements(child, inner, below)


def _weight(path: TagPath, elements: list[Element]) -> tuple[int, int]:
    """How many values the elements of a path hold themselves; the outer one wins a tie."""
    if len(elements) == 1:
        return 0, -len(path)
    return sum(len(e.attrib) + sum(len(c) == 0 for c in e.iter() if c is not e) * _once(e) for e in elements), -len(
        path
    )


def _once(element: Element) -> bool:
    """Whether no child element repeats: what repeats below is a record of its own, unless it names a field."""
    pairs = _pairs(element)
    tags = [_tag(child) for child in element if child not in pairs]
    return len(set(tags)) == len(tags)


def _pairs(element: Element) -> list[Element]:
    """Children that say `<field name="x">value</field>`: a name in the only attribute, and no name twice."""
    named = [child for child in element if _name_of(child)]
    names = [_name_of(child) for child in named]
    return named if named and len(set(names)) == len(names) and any(_value_of(child) for child in named) else []


def _name_of(child: Element) -> str:
    if len(child.attrib) != 1 or any(len(c) or c.attrib for c in child) or len(child) > 1:
        return ""
    ((name, value),) = child.attrib.items()
    return value if _bare(name).lower() in NAMES else ""


def _value_of(child: Element) -> str:
    return "".join(child.itertext()).strip()


def _bare(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _fields(element: Element, path: str) -> Iterator[tuple[str, str]]:
    """(name, text) of an element's attributes and leaves, nested ones as `outer.inner`; repeated leaves are joined."""
    for name, value in element.attrib.items():
        yield f"{path}{_bare(name)}", value
    pairs = _pairs(element)
    yield from ((_name_of(child), _value_of(child)) for child in pairs)
    repeated: dict[str, list[str]] = defaultdict(list)
    for child in element:
        if child in pairs:
            continue
        if len(child) == 0:
            repeated[_tag(child)].append((child.text or "").strip())
            yield from ((f"{path}{_tag(child)}.{_bare(name)}", value) for name, value in child.attrib.items())
        else:
            yield from _fields(child, f"{path}{_tag(child)}.")
    yield from ((f"{path}{tag}", ";".join(texts)) for tag, texts in repeated.items())
    if len(element) == 0 and (element.text or "").strip():
        yield f"{path}text", (element.text or "").strip()
