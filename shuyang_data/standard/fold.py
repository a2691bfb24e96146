"""How keys, references, codes and identifiers are cleaned, so that one is one however it was typed.

Full-width letters and digits become half-width, blanks of any kind around go, so do characters that nobody sees and the
marks by which a spreadsheet says "text" (`="001"`, `'001`). The case of letters stays, unless the data set folds it.
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from collections.abc import Iterable, Mapping

import ibis
from ibis.expr.types import BooleanValue, StringValue, Table

from shuyang_data.catalog.folding import Folding
from shuyang_data.characters import BLANKS, NARROW, UNSEEN, WIDE

INVISIBLE = f"[{UNSEEN}\x1f]"
# Nothing to fold: printable ASCII that begins with no mark of a spreadsheet.
CLEAN = "^[!-&(-<>-~]([ -~]*[!-~])?$"
QUOTED, APOSTROPHE = '^="([^"]*)"$', "^'([^'].*)$"


def is_clean(text: StringValue) -> BooleanValue:
    """Whether there is nothing to fold; NULL for NULL."""
    return text.re_search(CLEAN)


def unclean(text: StringValue) -> StringValue:
    """The text in half width without what nobody sees, where there is anything to fold; else NULL."""
    # Most values are clean already; looking is ten times cheaper than translating and trimming.
    found: StringValue = ibis.ifelse(is_clean(text), ibis.null("string"), _undressed(text))
    return found


def bare(text: StringValue) -> StringValue:
    """The text in half width, without what nobody sees and the blanks around it."""
    found: StringValue = ibis.ifelse(is_clean(text), text, _undressed(text))
    return found


def _undressed(text: StringValue) -> StringValue:
    half: StringValue = text.translate(WIDE + BLANKS, NARROW + " " * len(BLANKS)).re_replace(INVISIBLE, "").strip()
    return half


def without_marks(text: StringValue) -> StringValue:
    """Without the marks by which a spreadsheet says "text"; of a column, for it is looked at several times."""
    unmarked: StringValue = ibis.cases(
        (text.re_search(QUOTED), text.re_extract(QUOTED, 1).strip()),
        (text.re_search(APOSTROPHE), text.re_extract(APOSTROPHE, 1).strip()),
        else_=text,
    )
    return unmarked


@functools.cache
def unsettled() -> str:
    """A pattern for texts that normalization form KC may change: they hold a character that it replaces, joins to the
    one before, or moves (Unicode Standard Annex 15, 9 "Detecting Normalization Forms").
    """
    characters = [chr(code) for code in range(0xA0, sys.maxunicode + 1)]
    joining = {part for c in characters if (parts := _canonical(c)) for part in parts[1:]}
    joining |= {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    marked = [
        c for c in characters if c in joining or unicodedata.combining(c) or not unicodedata.is_normalized("NFKC", c)
    ]
    return f"[{''.join(_ranges(marked))}]"


def _canonical(character: str) -> list[str]:
    """The characters of its canonical decomposition; none for one of another kind."""
    decomposition = unicodedata.decomposition(character)
    return [] if decomposition.startswith("<") else [chr(int(code, 16)) for code in decomposition.split()]


def _ranges(characters: list[str]) -> list[str]:
    """`a-c` for every run of neighbours."""
    starts = [c for n, c in enumerate(characters) if not n or ord(characters[n - 1]) != ord(c) - 1]
    ends = [c for n, c in enumerate(characters) if n + 1 == len(characters) or ord(characters[n + 1]) != ord(c) + 1]
    return [f"{first}-{last}" for first, last in zip(starts, ends, strict=True)]


def unsettled_texts(delivered: Table, folding: Mapping[str, Folding]) -> Table | None:
    """`text`: what stands, half-width, in the columns whose forms are folded, and may have another form; None where
    there are no such columns. No engine knows the forms: they are looked up text by text, by `forms_of`.
    """
    texts = [
        delivered.select(text=unclean(delivered[name])) for name, how in folding.items()
        if how.forms and name in delivered.columns
    ]  # fmt: skip
    if not texts:
        return None
    together = functools.reduce(lambda above, below: above.union(below), texts)
    return together.filter(together["text"].re_search(unsettled())).distinct()


def forms_of(texts: Iterable[str]) -> dict[str, str]:
    """Text → its normalization form KC, of those that have another form."""
    found = {text: unicodedata.normalize("NFKC", text).strip() for text in texts}
    return {text: form for text, form in found.items() if form != text}
