"""The records of an XML document: elements that repeat; attributes, leaves and what their parents say are fields.

Every list is a table; a parent that has no record below it stands in a table of its own, so that none is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from shuyang_data.reading.grid import SourceTable
from shuyang_data.reading.records_table import table_of

NAMES = ("name", "key", "field", "column", "id")
# What stands around all of KML's places says nothing of any.
AROUND = ("Document",)
TagPath = tuple[str, ...]
Found = dict[TagPath, list[tuple[Element, dict[str, str]]]]


def xml_tables(root: Element, name: str) -> list[SourceTable]:
    """One table for every list of elements that is not inside another one's records."""
    found: Found = defaultdict(list)
    for path, element, inherited in _elements(root, (), {}):
        found[path].append((element, inherited))
    if not found:
        return [table_of([_merged(_fields(root, ""))], name)]
    chosen = _chosen(found)
    tables = [_table(found[path], name if len(chosen) == 1 else path[-1]) for path in chosen]
    tables += [table for path in chosen for table in _childless(found, path)]
    notes = tuple(f"{_tag(leaf)}：{text}" for leaf in root if len(leaf) == 0 and (text := (leaf.text or "").strip()))
    said = "、".join(dict.fromkeys(note.partition("：")[0] for note in notes))
    told = (f"另有不成行的元素：{said}",) if said else ()
    return [replace(tables[0], notes=(*tables[0].notes, *notes), told=told), *tables[1:]]


def _chosen(found: Found) -> list[TagPath]:
    """The heaviest path first, then those of other lists, and of single elements that are called like one of these."""
    weights = {path: _weight(path, [element for element, _ in pairs]) for path, pairs in found.items()}
    chosen: list[TagPath] = []
    for path in sorted(weights, key=lambda path: weights[path], reverse=True):
        alike = len(found[path]) > 1 or path[-1] in {other[-1] for other in chosen}
        related = any(path[: len(other)] == other or other[: len(path)] == path for other in chosen)
        if not chosen or (alike and not related and any(_merged(_fields(e, "")) for e, _ in found[path])):
            chosen.append(path)
    return chosen


def _table(pairs: Iterable[tuple[Element, dict[str, str]]], name: str) -> SourceTable:
    return table_of((_merged(_fields(element, "")) | inherited for element, inherited in pairs), name)


def _childless(found: Found, path: TagPath) -> Iterator[SourceTable]:
    """Parents of a list without any record in it, as far as they say something themselves."""
    for length in range(len(path) - 1, 0, -1):
        above = path[:length]
        tags = path[length:]
        empty = [(e, inherited) for e, inherited in found.get(above, ()) if not _has_below(e, tags)]
        if any(_merged(_fields(element, "")) for element, _ in empty):
            yield _table(empty, above[-1])


def _has_below(element: Element, tags: TagPath) -> bool:
    level = [element]
    for tag in tags:
        level = [child for each in level for child in each if _tag(child) == tag]
    return bool(level)


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _elements(
    element: Element, path: TagPath, inherited: dict[str, str]
) -> Iterator[tuple[TagPath, Element, dict[str, str]]]:
    """Every element that could be a record, with what its parents say: attributes, and leaves but those of the root."""
    own = {f"{_tag(element)}.{_bare(name)}": value for name, value in element.attrib.items()}
    named = _pairs(element)
    if path and path[-1] not in AROUND:
        own |= _merged((f"{_tag(element)}.{_name_of(child)}", _value_of(child)) for child in named)
        own |= _merged((f"{_tag(element)}.{_tag(leaf)}", (leaf.text or "").strip()) for leaf in _leaves(element, named))
    below = {**inherited, **own}
    for child in element:
        if child in named or (len(child) == 0 and not child.attrib):
            continue
        inner = (*path, _tag(child))
        yield inner, child, below
        yield from _elements(child, inner, below)


def _leaves(element: Element, named: list[Element]) -> list[Element]:
    return [child for child in element if child not in named and len(child) == 0 and not child.attrib]


def _merged(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """name → text; what comes several times under one name is joined."""
    merged: dict[str, list[str]] = defaultdict(list)
    for name, text in fields:
        merged[name].append(text)
    return {name: ";".join(texts) for name, texts in merged.items()}


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
