"""How keys, references, codes and identifiers are cleaned, so that one is one however it was typed.

Full-width letters and digits become half-width, blanks of any kind around go, so do characters that nobody sees and the
marks by which a spreadsheet says "text" (`="001"`, `'001`). The case of letters stays, unless the data set folds it.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, StringValue

WIDE_LETTERS = "".join(chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
# Of a key only letters, digits and blanks are folded: a comma may be part of a name.
KEY_WIDE = WIDE_LETTERS + "－"
KEY_NARROW = "".join(chr(ord(wide) - 0xFEE0) for wide in WIDE_LETTERS) + "-"
# Of codes, identifiers and references all of it.
CODE_WIDE, CODE_NARROW = KEY_WIDE + "．，／＋：（）＿", KEY_NARROW + ".,/+:()_"
BLANKS = "\u3000\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\t\r\n"
INVISIBLE = "[\u200b-\u200f\u2060\ufeff\u00ad\u001f]"
# Nothing to fold: printable ASCII that begins with no mark of a spreadsheet.
CLEAN = "^[!-&(-<>-~]([ -~]*[!-~])?$"
QUOTED, APOSTROPHE = '^="([^"]*)"$', "^'([^'].*)$"


def is_clean(text: StringValue) -> BooleanValue:
    """Whether there is nothing to fold; NULL for NULL."""
    return text.re_search(CLEAN)


def unclean(text: StringValue, wide: str = KEY_WIDE, narrow: str = KEY_NARROW) -> StringValue:
    """The text in half width without what nobody sees, where there is anything to fold; else NULL. wide, narrow: which
    characters become which.
    """
    # Most values are clean already; looking is ten times cheaper than translating and trimming.
    half = text.translate(wide + BLANKS, narrow + " " * len(BLANKS)).re_replace(INVISIBLE, "").strip()
    found: StringValue = ibis.ifelse(is_clean(text), ibis.null("string"), half)
    return found


def without_marks(text: StringValue) -> StringValue:
    """Without the marks by which a spreadsheet says "text"; of a column, for it is looked at several times."""
    bare: StringValue = ibis.cases(
        (text.re_search(QUOTED), text.re_extract(QUOTED, 1).strip()),
        (text.re_search(APOSTROPHE), text.re_extract(APOSTROPHE, 1).strip()),
        else_=text,
    )
    return bare
