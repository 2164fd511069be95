"""Vetoes: what rules a unit out as the answer to a question, whatever speaks for it.

Each is a rule that a person can read and check. Must not weigh anything; that is for `evidence`.
"""

from assistant.answering.asked import Asked, sex_of
from assistant.answering.passages import Passages
from assistant.answering.quantities import holds_quantity
from assistant.answering.quotes import quotable_range
from assistant.index.lexicon import contains


def veto_of(passages: Passages, asked: Asked, row: int, *, other: bool) -> str:
    """Return why a unit cannot be the answer, in words for the staff; empty when it may.

    Args:
        passages: the units of the index.
        asked: the question.
        row: the unit's row.
        other: whether it speaks of a substance that is not asked about, and of none that is.
    """
    if any(kind.name == "cost_brand" for kind in asked.reading.kinds):
        return "the library names no product, price or shop"
    return _names(passages, asked, row, other=other) or _numbers(passages, asked, row)


def _names(passages: Passages, asked: Asked, row: int, *, other: bool) -> str:
    arguments = asked.reading.arguments
    if not arguments:
        return ""
    about, words = passages.about[row], passages.terms[row]
    covered = [
        not about.isdisjoint((*item.names, *item.broader))
        or (item.kind == "substance" and any(contains(words, name) for name in item.names))
        for item in arguments
    ]
    named = list(zip(arguments, covered, strict=True))
    mother = any(item.name in ("pregnancy", "breastfeeding") and here for item, here in named)
    treated = any(item.kind == "medicine" and here for item, here in named)
    for item, here in named:
        # A baby at the breast or before is spoken of as its mother; of several medicines one may stand for their class.
        if not here and not (item.name == "children" and mother) and not (item.kind == "medicine" and treated):
            return f"does not name {item.name}"
    if other and any(item.kind == "population" for item in arguments):
        return "speaks of another substance"
    return ""


def _numbers(passages: Passages, asked: Asked, row: int) -> str:
    """Return what is asked for and is not in the whole of what would be quoted; else nothing."""
    if not asked.quantities and not asked.sex:
        return ""
    entry, number = passages.entry(row), passages.snapshot.units[row].unit
    first, last = quotable_range(entry, number) or (number, number)
    places = [passages.snapshot.row_of.get((entry.id, each)) for each in range(first, last + 1)]
    rows = [each for each in places if each is not None]
    words = " ".join(passages.words[each] for each in rows)
    if not any(passages.snapshot.wording.absent[each] for each in rows):
        for quantity in asked.quantities:
            if not holds_quantity(words, quantity):
                return f"gives no number of the sort asked for: {quantity.name}"
    if asked.sex and sex_of(words) not in ("", asked.sex):
        return "speaks of the other sex"
    return ""
