"""Vetoes: what rules a unit out as the answer to a question, whatever speaks for it.

Each is a rule that a person can read and check. Must not weigh anything; that is for `evidence`.
"""

from collections.abc import Sequence

import numpy as np

from assistant.answering.asked import Asked, sex_of
from assistant.answering.passages import Passages, Rows
from assistant.answering.quantities import holds_quantity
from assistant.answering.quotes import quotable_range
from assistant.answering.stretches import Stretches
from assistant.index.lexicon import Item


def vetoes_of(passages: Passages, asked: Asked, rows: Rows, others: Sequence[bool]) -> list[str]:
    """Return why each of some units cannot be the answer, in words for the staff; empty where it may.

    Args:
        passages: the units of the index.
        asked: the question.
        rows: the units' rows.
        others: of each, whether it speaks of a substance that is not asked about, and of none that is.
    """
    if any(kind.name == "cost_brand" for kind in asked.reading.kinds):
        return ["the library names no product, price or shop"] * len(rows)
    vetoes = _names(passages, asked, rows, others)
    if not asked.quantities and not asked.sex:
        return vetoes
    return [veto or _numbers(passages, asked, row) for veto, row in zip(vetoes, rows.tolist(), strict=True)]


def _names(passages: Passages, asked: Asked, rows: Rows, others: Sequence[bool]) -> list[str]:
    """Return which of the things that the question names each unit does not; nothing where it names them all."""
    arguments = asked.reading.arguments
    if not arguments:
        return [""] * len(rows)
    units = passages.in_units(rows)
    covered = [_covered(passages, units, rows, item) for item in arguments]
    populations = any(item.kind == "population" for item in arguments)
    return [
        _unnamed(arguments, here) or ("speaks of another substance" if other and populations else "")
        for here, other in zip(zip(*covered, strict=True), others, strict=True)
    ]


def _covered(passages: Passages, units: Stretches, rows: Rows, item: Item) -> list[bool]:
    """Return which units speak of an item, by the inventory or, of a substance, by its name."""
    names = (*item.names, *item.broader)
    spoken = np.array([not passages.spoken.of(row).names.isdisjoint(names) for row in rows.tolist()])
    if item.kind == "substance":
        spoken = np.logical_or.reduce([spoken, *map(units.hold, item.names)])
    found: list[bool] = spoken.tolist()
    return found


def _unnamed(arguments: Sequence[Item], covered: Sequence[bool]) -> str:
    named = list(zip(arguments, covered, strict=True))
    mother = any(item.name in ("pregnancy", "breastfeeding") and here for item, here in named)
    treated = any(item.kind == "medicine" and here for item, here in named)
    for item, here in named:
        # A baby at the breast or before is spoken of as its mother; of several medicines one may stand for their class.
        if not here and not (item.name == "children" and mother) and not (item.kind == "medicine" and treated):
            return f"does not name {item.name}"
    return ""


def _numbers(passages: Passages, asked: Asked, row: int) -> str:
    """Return what is asked for and is not in the whole of what would be quoted; else nothing."""
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
