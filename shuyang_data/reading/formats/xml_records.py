"""The records of an XML document: elements that repeat; attributes, leaves and what their parents say are fields.

Every list is a table; a parent that has no record below it stands in a table of its own, so that none is lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from shuyang_data.reading.grid import Aside, Part, SourceTable
from shuyang_data.reading.records_table import table_of

NAMES = ("name", "key", "field", "column", "id")
# The element inside such a field that holds its value.
VALUES = ("value", "val", "v", "text", "data")
# What stands around all of KML's places says nothing of any.
AROUND = ("Document",)
TagPath = tuple[str, ...]
Found = dict[TagPath, list[tuple[Element, dict[str, str]]]]


def xml_tables(root: Element, name: str) -> list[Part]:
    """One table for every list of elements that is not inside another one's records; whatever else, by its path."""
    found: Found = defaultdict(list)
    for path, element, inherited in _elements(root, (), {}):
        found[path].append((element, inherited))
    if not found:
        return [table_of([_merged(_fields(root, ""))], name)]
    chosen = _chosen(found)
    tables = [_table(found[path], name if len(chosen) == 1 else path[-1]) for path in chosen]
    childless = {path[:n]: _childless(found, path, n) for path in chosen for n in range(len(path) - 1, 0, -1)}
    tables += [_table(pairs, path[-1]) for path, pairs in childless.items() if pairs]
    told = {id(element) for path in chosen for element, _ in found[path]}
    told |= {id(element) for pairs in childless.values() for element, _ in pairs}
    notes = tuple(f"{_tag(leaf)}：{(leaf.text or '').strip()}" for leaf in root if _is_note(leaf))
    asides = [Aside(path, "不成行的元素", rows=count) for path, count in _untold(root, told).items()]
    return [replace(tables[0], notes=(*tables[0].notes, *notes)), *tables[1:], *asides]


def _is_note(leaf: Element) -> bool:
    return len(leaf) == 0 and not leaf.attrib and bool((leaf.text or "").strip())


def _untold(root: Element, told: Collection[int]) -> dict[str, int]:
    """Path → values that are neither in a record nor said of one by its parents. told: the ids of the records."""
    untold: Counter[str] = Counter()

    def holds_records(element: Element, path: TagPath) -> bool:
        """Whether there are records in it; counts what it says where none is."""
        if id(element) in told:
            return True
        holding = {id(child) for child in element if holds_records(child, (*path, _tag(child)))}
        named = _pairs(element)
        is_heard = bool(holding) and bool(path) and path[-1] not in AROUND
        said = {id(child) for child in (*named, *_leaves(element, named))} if is_heard else set()
        for child in element:
            if id(child) not in holding and id(child) not in said:
                values = len(child.attrib) + bool((child.text or "").strip() and len(child) == 0)
                untold[".".join((*path, _tag(child))[:2])] += values
        return bool(holding)

    holds_records(root, ())
    return {path: count for path, count in untold.items() if count}


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


def _childless(found: Found, path: TagPath, length: int) -> list[tuple[Element, dict[str, str]]]:
    """Parents of a list, so many steps from the root, without any record in them, as far as they say something."""
    empty = [(e, inherited) for e, inherited in found.get(path[:length], ()) if not _has_below(e, path[length:])]
    return empty if any(_merged(_fields(element, "")) for element, _ in empty) else []


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
    if len(elements) == 1 or any(map(_holds_a_list, elements)):
        return 0, -len(path)
    return sum(len(e.attrib) + sum(len(c) == 0 for c in e.iter() if c is not e) * _once(e) for e in elements), -len(
        path
    )


def _holds_a_list(element: Element) -> bool:
    """Whether elements with fields of their own repeat in it: joined into one cell nobody would know whose is whose."""
    fields: dict[str, set[str]] = defaultdict(set)
    for child in element:
        fields[_tag(child)] |= {_tag(inner) for inner in child}
    times = Counter(_tag(child) for child in element)
    return any(times[tag] > 1 and len(inner) > 1 for tag, inner in fields.items())


def _once(element: Element) -> bool:
    """Whether no child element repeats: what repeats below is a record of its own, unless it names a field."""
    pairs = _pairs(element)
    tags = [_tag(child) for child in element if child not in pairs]
    return len(set(tags)) == len(tags)


def _pairs(element: Element) -> list[Element]:
    """Children that say `<field name="x">value</field>`: a name in the only attribute, and no name twice."""
    named = [child for child in element if _name_of(child)]
    names = [_name_of(child) for child in named]
    tags = {_tag(child) for child in named}
    is_whole = all(_name_of(child) for child in element if _tag(child) in tags)
    is_told = len(set(names)) == len(names) and any(_value_of(child) for child in named)
    return named if is_whole and is_told else []


def _name_of(child: Element) -> str:
    if len(child.attrib) != 1 or len(child) > 1:
        return ""
    if any(len(inner) or inner.attrib or _tag(inner).lower() not in VALUES for inner in child):
        return ""
    ((name, value),) = child.attrib.items()
    return value if _bare(name).lower() in NAMES and not value.strip().isdigit() else ""


def _value_of(child: Element) -> str:
    return "".join(child.itertext()).strip()


def _is_mixed(element: Element) -> bool:
    """Whether text stands beside its elements."""
    return any(text and not text.isspace() for text in (element.text, *(child.tail for child in element)))


def _bare(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _fields(element: Element, path: str) -> Iterator[tuple[str, str]]:
    """(name, text) of an element's attributes and leaves, nested ones as `outer.inner`; repeated leaves are joined."""
    children = {_tag(child) for child in element}
    for name, value in element.attrib.items():
        # An attribute that is called like a child is another field.
        mark = "@" if _bare(name) in children else ""
        yield f"{path}{mark}{_bare(name)}", value
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
            if _is_mixed(child):
                repeated[_tag(child)].append(_value_of(child))
            yield from _fields(child, f"{path}{_tag(child)}.")
    yield from ((f"{path}{tag}", ";".join(texts)) for tag, texts in repeated.items())
    if len(element) == 0 and (element.text or "").strip():
        yield f"{path}text", (element.text or "").strip()
