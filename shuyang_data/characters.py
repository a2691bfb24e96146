"""Characters that stand for others, and those that nobody sees.

Full-width ones: Unicode block "Halfwidth and Fullwidth Forms"; unseen ones: format characters and variation selectors,
as copying from web pages and chats brings them along.
"""

from __future__ import annotations

WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + " "
BLANKS = "\u3000\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\t\r\n"
# Inside the brackets of a pattern.
UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
TO_NARROW = str.maketrans(WIDE, NARROW)


def half_width(text: str) -> str:
    """The text with every full-width character in half width."""
    return text.translate(TO_NARROW)
