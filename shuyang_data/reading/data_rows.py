"""Which rows of a table are data, and why the others are none: one answer for inspect and for the chain.

Rows that are not data — empty ones, notes, sources, signatures, totals, captions, repeated headers — are left out with
a reason, never dropped in silence. A row with only its key is data: what tells it from a caption is whether it looks
like the other values of its column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from shuyang_data.reading.cells import Kind, blank, kind_of, squash
from shuyang_data.reading.headings import WORDS, Body, form_of

NOTE = re.compile(
    r"^\s*(?:[（(]?\s*)?(?:注|备\s*注|说\s*明|附\s*注|数据来源|资料来源|来\s*源|填表说明|制表(?:人|日期|时间|单位)?|"
    r"填表(?:人|日期|时间|单位)?|填报(?:人|单位|日期|时间)|报[出送](?:人|日期|时间|单位)|审核人?|复核人?|校对人?|经[办手]人|联系(?:人|方式)|"
    r"(?:统计|单位)?负责人|[主分]管领导|联系电话|(?:单位)?[（(]?[盖公]章[）)]?|Notes?|Sources?|a\)|更多数据)"
    r"\s*(?:[:：,，].*|\d*[.、].*|)$",
    re.DOTALL | re.IGNORECASE,
)
# The characters that a note or a total begins with: to look for them in many rows at little cost.
TOTAL_END = "计"
NOTE_STARTS = (
    "\ufeff\u200b全各国省市县区乡镇街村部页月季年期（(注备说附数资来填制报审复负联统单校经主分盖公"
    "NnSsaA更合总小本累第共平均TtGg"
)
# What stands beside a signature, and at the foot of a printed page.
LABELLED = re.compile(r"^\s*[^:：\d]{1,10}[:：]")
PAGE = re.compile(
    r"^\s*(?:第\s*\d+\s*页\s*[,，/]?\s*(?:[（(]?共\s*\d+\s*页[）)]?)?|共\s*\d+\s*页\s*[,，/]?\s*第\s*\d+\s*页)\s*$"
)
TOTAL = re.compile(
    r"^\s*(?:全|本|各)?(?:国|省|市|县|区|乡|镇|街道|村|部门|单位|页|月|季|年|期)?\s*"
    r"(?:合\s*计|总\s*计|小\s*计|累\s*计|共\s*计)\s*(?:[（(].*[）)])?\s*[:：]?\s*$"
)
# Of what they are the total, or what else is calculated from all rows: a total where no value looks so.
CALCULATED = re.compile(
    r"^.{1,20}(?:合计|总计|小计|累计)\s*[:：]?\s*$|^\s*(?:平均值?|均值|(?i:(?:grand |sub)?total))\s*[:：]?\s*$|"
    r"^\s*共\s*\d+\s*[家个户人名条项所处辆]\s*$"
)
# What a person heads a part of a table with, in a column of words; a name in other signs than its neighbours is a name.
CAPTION = re.compile(
    r"^\s*(?:.*[:：]|[（(]?[一二三四五六七八九十]+[、.）)].*|第[一二三四五六七八九十\d]+(?:部分|[章节类批组]).*|"
    r"[\d一二三四五六七八九十]+、.*|[（(]\d+[）)].*|[-—=*~]{2,}.*[-—=*~]{2,})\s*$",
    re.DOTALL,
)
SENTENCE = re.compile("[。；;，,：:]")
# Columns that only number the rows: a total may stand behind them.
NUMBERING = re.compile(r"^(?:序\s*号|行\s*号|No\.?)$", re.IGNORECASE)
# A name behind what nobody sees, as where two files were put together.
HIDDEN = re.compile("^[\u200b\ufeff].*", re.DOTALL)
# What the first cell of a row that may be none of the data matches as a whole.
DOUBTFUL = (NOTE, TOTAL, CALCULATED, PAGE, HIDDEN)
BLANK_ROW, NOTED, TOTALLED, SECTION, REPEATED = "空行", "备注或来源", "合计", "分节标题", "重复表头"
NARROW = 3
# Columns before what a row is called: its number, its town.
LEADING = 2

Row = tuple[int, Sequence[str]]


class DataRows:
    """Sorts the rows below one header. left_out is called with (row number, why) for every row that is not data."""

    def __init__(
        self, headers: Sequence[Sequence[str]], body: Body, width: int, left_out: Callable[[int, str], None], *,
        handmade: bool, spanned: Collection[int] = (), titled: bool = True,
    ) -> None:  # fmt: skip
        """headers: the rows, or flattened names, that name the columns. spanned: numbers of rows that are one merged
        cell. titled: without a header nothing can repeat it, and nothing parts sections.
        """
        self._headers = [[squash(cell) for cell in header] for header in headers]
        self._firsts = {cell for header in self._headers for cell in header[:1]}
        self._body, self._width, self._left_out = body, width, left_out
        self._handmade, self._spanned, self._titled = handmade, frozenset(spanned), titled
        self._held: list[Row] = []
        self._before: list[str] = []
        self._after = self._noted = self._below_gap = False

    def sort(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that are data, in their order."""
        for number, cells in rows:
            yield from self.next(number, cells)
        yield from self.end()

    def next(self, number: int, cells: Sequence[str]) -> Iterator[Row]:
        """What is known to be data once this row is seen."""
        filled = [cell for cell in cells if cell and not cell.isspace()]
        why = self._why_not(cells, filled)
        is_alone = len(filled) == 1 and self._width > 1
        if why is None and self._titled and (is_alone or self._may_be_signed(cells, filled)):
            self._held.append((number, cells))
            return
        if why != BLANK_ROW and self._held:
            yield from self.settled(why)
        self._below_gap = why == BLANK_ROW or (self._below_gap and why is not None)
        if why is None:
            self.passed(cells)
            yield number, cells
        else:
            self._noted = self._noted or why == NOTED
            self._left_out(number, why)

    def end(self) -> Iterator[Row]:
        """What was still open when nothing more comes."""
        yield from self.settled("")

    def passed(self, cells: Sequence[str] = ()) -> None:
        """A row that is data without a closer look went by."""
        self._before = list(cells)
        self._after, self._noted, self._below_gap = True, False, False

    @property
    def is_open(self) -> bool:
        """Whether a row waits for what follows it."""
        return bool(self._held)

    def _why_not(self, cells: Sequence[str], filled: Sequence[str]) -> str | None:
        if not filled:
            return BLANK_ROW
        if self._titled and self.repeats_header(cells):
            return REPEATED
        is_signed = _is_signed(filled) and not self._fills(cells)
        if is_signed or self._is_noted(cells, filled) or all(PAGE.match(cell) for cell in filled):
            return NOTED
        if self._is_total(cells):
            return TOTALLED
        return None

    def repeats_header(self, cells: Sequence[str]) -> bool:
        """Whether the row names the columns once more."""
        if not cells or squash(cells[0]) not in self._firsts:
            return False
        squashed = [squash(cell) for cell in cells]
        squashed += [""] * (self._width - len(squashed))
        return squashed in self._headers

    def _is_noted(self, cells: Sequence[str], filled: Sequence[str]) -> bool:
        """A note and little else, which does not fill the columns of numbers and dates as the rows of data do."""
        if not NOTE.match(filled[0]) or len(set(filled)) > max(1, self._width // NARROW):
            return False
        return not self._fills(cells)

    def _fills(self, cells: Sequence[str]) -> bool:
        """Whether the row fills the columns of numbers and dates as the rows of data do."""
        return bool(self._body.conforms(cells)) and self._body.tells(cells) * 2 >= len(self._body.typed)

    def _may_be_signed(self, cells: Sequence[str], filled: Sequence[str]) -> bool:
        """A label with its words beside it, below a gap or where the data have numbers: what follows decides."""
        is_apart = self._below_gap or self._noted or bool(self._held)
        place = next(place for place, cell in enumerate(cells) if not blank(cell))
        is_odd = not self._body.resembles(place, cells[place]) and not self._fills(cells)
        return bool(NOTE.match(filled[0])) and (is_apart or is_odd)

    def _is_total(self, cells: Sequence[str]) -> bool:
        """A total in the first cell, or behind the number of its row or what is merged over it; above the data, and of
        something, it is one only where no value looks so.
        """
        numbers_rows = any(NUMBERING.match(first) for first in self._firsts)
        place = next((n for n, cell in enumerate(cells) if not blank(cell)), 0)
        if numbers_rows and cells[place].strip().isdigit():
            place = next((n for n, cell in enumerate(cells) if n > place and not blank(cell)), place)
        if TOTAL.match(cells[place]):
            return self._after or place in self._body.typed or self._is_unlike(place, cells[place])
        if CALCULATED.match(cells[place]):
            return self._is_unlike(place, cells[place])
        return self._is_merged_total(cells)

    def _is_unlike(self, place: int, cell: str) -> bool:
        """Whether no value of the column is written like this one."""
        others = (value for value in self._body.values(place) if not (TOTAL.match(value) or CALCULATED.match(value)))
        return form_of(cell) not in map(form_of, others)

    def _is_merged_total(self, cells: Sequence[str]) -> bool:
        """Below the rows of a group whose name is merged over it."""
        place = next((n for n, cell in enumerate(cells[: LEADING + 1]) if TOTAL.match(cell)), 0)
        is_same = place > 0 and list(cells[:place]) == self._before[:place]
        return is_same and all(blank(cell) or self._is_typed(n) for n, cell in enumerate(cells) if n > place)

    def _is_typed(self, place: int) -> bool:
        return place in self._body.typed

    def settled(self, following: str | None) -> Iterator[Row]:
        """Rows of one cell, now that the kind of the following row is known: None data, "" the end of the table."""
        held, self._held = self._held, []
        for position, (number, cells) in enumerate(held):
            why = self._why_held(number, cells, following)
            # At the end a note goes on over the lines below it; before a row of data it does not.
            if why == NOTED and not all(self._why_held(n, c, following) for n, c in held[position:]):
                why = None
            if why is None:
                self._after = True
                yield number, cells
            else:
                self._left_out(number, why)

    def _why_held(self, number: int, cells: Sequence[str], following: str | None) -> str | None:
        if sum(not blank(cell) for cell in cells) > 1:
            return NOTED if following in ("", NOTED) else None
        return self._why_caption(number, cells, following)

    def _why_caption(self, number: int, cells: Sequence[str], following: str | None) -> str | None:
        place = next(place for place, cell in enumerate(cells) if not blank(cell))
        if number in self._spanned:
            return SECTION
        if self._body.resembles(place, cells[place]):
            return None
        if following == REPEATED:
            return SECTION
        goes_on = self._noted and following in ("", NOTED)
        is_last_words = following == "" and self._is_prose(place, cells[place])
        if self._body.typed and (goes_on or is_last_words):
            return NOTED
        is_caption = bool(CAPTION.match(cells[place])) or (
            self._handmade and place == 0 and place in self._body.typed and bool(WORDS.search(cells[place]))
        )
        return SECTION if self._width >= NARROW and place <= LEADING and is_caption else None

    def _is_prose(self, place: int, cell: str) -> bool:
        """Words among numbers or codes, or a sentence."""
        has_words = any(WORDS.search(value) for value in self._body.values(place) if value != cell)
        return bool(SENTENCE.search(cell)) or (bool(WORDS.search(cell)) and not has_words)


def _is_signed(filled: Sequence[str]) -> bool:
    """Whether the row is notes or signatures from end to end, each with its label, and the day beside them."""
    if not NOTE.match(filled[0]):
        return False
    return all(NOTE.match(cell) or LABELLED.match(cell) or kind_of(cell) is Kind.DATE for cell in filled)
