"""Raw text → declared types. A value that cannot be read exactly becomes NULL beside its text, never a guess.

In: raw, the declared columns as text plus `_delivery_id`, `_row_number`, `_read_fault`; a column that no file
carries may be absent and reads as empty.
Out: the declared columns with their types; for every column that is not text also `<name>__text`, the
normalised text, so that a rule can tell "empty" from "damaged".
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis.expr.types import BooleanValue, StringValue, Table, Value

from shuyang_data.catalog.folding import Folding, foldings, is_exact
from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.standard.damaged import NOTHING
from shuyang_data.standard.fold import bare, is_clean, unclean, without_marks
from shuyang_data.standard.shapes import in_its_years, plain_form, read_plain, read_shapes

CLEAN_CODE = "^[0-9A-Z]+$"
MAXIMUM_ROWS = 10_000_000_000
# Whether a row's key, reference or code was folded; whether a word for nothing stood in a number or a date.
FOLDED, EMPTIED = "_folded", "_emptied"
# Columns of single steps: a text as it came, and what was made of it.
GIVEN, STEP, PLAIN = "_given_", "_step_", "_plain_"
SYSTEM_COLUMNS = ("_delivery_id", "_row_number", "_read_fault")


def text_name(column: Column) -> str:
    """The column of the typed table that holds a declared column's normalised text."""
    return column.name if column.type is Type.TEXT else f"{column.name}__text"


@dataclass(frozen=True)
class Written:
    """What has to be known of the county to read its texts. offset: minutes by which its clocks are ahead of UTC, for
    moments that are written with a zone; folding: of the columns that are folded, None for what the dataset alone says;
    forms: `text` → `form`, where such columns are folded by form (`fold.forms_of`).
    """

    offset: int = 0
    folding: Mapping[str, Folding] | None = None
    forms: Table | None = None


def cast_rows(
    raw: Table, dataset: Dataset, sequences: Mapping[str, int], year: int, written: Written = Written()
) -> Table:
    """The typed table. sequences: delivery id → its place in the order of deliveries. year: of the newest delivery.

    Adds `_folded`, `_emptied`, `_sequence`, and `_order`, greater for the row that wins when two rows have one key:
    later deliveries before earlier ones, and within a delivery the first row, or the last where rows are operations.
    """
    sequence = _sequence(raw, sequences)
    columns: dict[str, Value] = {name: raw[name] for name in SYSTEM_COLUMNS}
    columns["_sequence"] = sequence
    place = raw["_row_number"]
    columns["_order"] = sequence * MAXIMUM_ROWS + (place if dataset.delivery.operation else -place)
    delivered = {c.name: raw[c.name] if c.name in raw.columns else ibis.null("string") for c in dataset.columns}
    folding = foldings(dataset) if written.folding is None else written.folding
    # One projection a step: within one, an engine computes a shared subexpression anew inside every branch.
    unfolded = {f"{STEP}{name}": unclean(delivered[name]) for name in folding}
    seen = raw.select(**columns, **{f"{GIVEN}{name}": text for name, text in delivered.items()}, **unfolded)
    if written.forms is not None:
        seen = _in_one_form(seen, [name for name, how in folding.items() if how.forms], written.forms)
    texts = seen.select(
        *columns, **{text_name(column): normalise(seen, column, dataset) for column in dataset.columns},
        **{FOLDED: _any(_is_folded(seen, column) for column in dataset.columns if f"{STEP}{column.name}" in unfolded)},
    )  # fmt: skip
    return _read_typed(texts, [c for c in dataset.columns if c.type is not Type.TEXT], written.offset, year)


def _read_typed(texts: Table, typed: Sequence[Column], offset: int, year: int) -> Table:
    """texts with the values of the columns that are not text, and `_emptied`."""
    near = texts.mutate(**{column.name: read_plain(texts[text_name(column)], column) for column in typed})
    narrow = near.mutate(**{f"{GIVEN}{c.name}": bare(_rest(near, c)) for c in typed})
    half = narrow.mutate(**{f"{STEP}{c.name}": without_marks(narrow[f"{GIVEN}{c.name}"]) for c in typed})
    rest = {column.name: half[f"{STEP}{column.name}"] for column in typed}
    nothing = {name: text.re_search(NOTHING).fill_null(False) for name, text in rest.items()}
    blank = {name: (text == "").fill_null(False) for name, text in rest.items()}
    plain = half.mutate(**{f"{PLAIN}{c.name}": plain_form(rest[c.name], c, year) for c in typed})
    read = plain.mutate(
        **{
            c.name: half[c.name].coalesce(read_shapes(rest[c.name], plain[f"{PLAIN}{c.name}"], c, offset))
            for c in typed
        },
        **{
            text_name(c): ibis.ifelse(nothing[c.name] | blank[c.name], ibis.null("string"), half[text_name(c)])
            for c in typed
        },
        **{EMPTIED: _any(nothing.values())},
    ).drop(*(f"{step}{c.name}" for c in typed for step in (GIVEN, STEP, PLAIN)))
    dates = [column for column in typed if column.type in (Type.DATE, Type.DATETIME)]
    return read.mutate(**{column.name: in_its_years(read[column.name], column, year) for column in dates})


def _in_one_form(seen: Table, names: Iterable[str], forms: Table) -> Table:
    """seen with the forms of such texts in their columns' steps."""
    for name in names:
        step = f"{STEP}{name}"
        known = forms.select(_text=forms["text"], _form=forms["form"])
        joined = seen.left_join(known, seen[step] == known["_text"])
        seen = joined.mutate(**{step: joined["_form"].coalesce(joined[step])}).drop("_text", "_form")
    return seen


def _any(flags: Iterable[BooleanValue]) -> BooleanValue:
    return functools.reduce(operator.or_, flags, ibis.literal(value=False))


def _sequence(raw: Table, sequences: Mapping[str, int]) -> Value:
    if len(sequences) == 1:
        return ibis.literal(next(iter(sequences.values())), type="int64")
    cases = [(raw["_delivery_id"] == key, ibis.literal(value, type="int64")) for key, value in sequences.items()]
    return ibis.cases(*cases, else_=ibis.literal(0, type="int64"))


def normalise(seen: Table, column: Column, dataset: Dataset) -> StringValue:
    """Trimmed, unless every character counts; empty as NULL; what is folded half-width, identifiers in upper case too
    (GB 11643, GB 32100).

    seen: `_given_<name>`, and of what is folded `_step_<name>`, as `fold.unclean` gives it.
    """
    text = seen[f"{GIVEN}{column.name}"]
    step = f"{STEP}{column.name}"
    folded = without_marks(seen[step]) if step in seen.columns else text
    if column.check:
        clean: StringValue = ibis.ifelse(text.re_search(CLEAN_CODE), text, folded.coalesce(text).upper().nullif(""))
        return clean
    if is_exact(dataset, column):
        return text.nullif("")
    return ibis.ifelse(is_clean(text), text, folded.strip().nullif(""))


def _is_folded(seen: Table, column: Column) -> BooleanValue:
    """Whether folding changes more than the blanks around a text; false for NULL."""
    step = seen[f"{STEP}{column.name}"]
    changed: BooleanValue = (without_marks(step) != seen[f"{GIVEN}{column.name}"].strip()).fill_null(False)
    return changed


def _rest(near: Table, column: Column) -> StringValue:
    """The texts that the plain reading could not take, NULL for all others: on NULL the dear reading costs nothing."""
    text: StringValue = ibis.ifelse(near[column.name].isnull(), near[text_name(column)], ibis.null("string"))
    return text
