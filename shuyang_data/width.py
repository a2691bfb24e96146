"""Full-width characters and the half-width ones that they stand for (Unicode block "Halfwidth and Fullwidth Forms")."""

from __future__ import annotations

WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + " "
TO_NARROW = str.maketrans(WIDE, NARROW)


def half_width(text: str) -> str:
    """The text with every full-width character in half width."""
    return text.translate(TO_NARROW)
