"""Nearest: what may stand under "The library does not state this. The nearest it says:".

Never a dose and never a benefit: whoever is told that the question is not answered must not take the next sentence for
the answer. Only the subject's own entries speak here. Must not decide silence; that is for `silence`.
"""

from collections.abc import Sequence

from assistant.answering.evidence import Evidence, Weigher
from assistant.answering.mentions import personal_items
from assistant.answering.question import Reading
from assistant.answering.quotes import Quote, quotable_range
from assistant.library.model import Entry

MAX_NEAREST = 2
_SHARE = 0.4
"""Of the threshold for an answer: a unit less likely than that is not near."""
_CAUTION_COSINE = 0.4
"""A caution this near the question is shown when a group it names is not spoken of."""
_BENEFITS = frozenset({"condition_effect", "study_result"})
_AMOUNTS = frozenset({"dose_studied", "recommended_intake", "upper_limit", "frequency"})


def nearest_quotes(reading: Reading, weighed: Sequence[Evidence], weigher: Weigher, most: int) -> list[Quote]:
    """Choose what the library says nearest to a question that it does not answer, the likeliest first.

    Args:
        reading: the question as read.
        weighed: its candidates, the likeliest first.
        weigher: holds the units and the threshold.
        most: how many quotes at most; never more than `MAX_NEAREST`.

    Returns:
        Quotes of role nearest, of the subject's own entries; none for a question whose subject is not known, or that
        asks for what no library states, such as a price.
    """
    if any(kind.name == "cost_brand" for kind in reading.kinds):
        return []
    chosen: list[Quote] = []
    library = weigher.passages.snapshot.library
    for each in sorted(weighed, key=_order):
        if len(chosen) >= min(most, MAX_NEAREST):
            break
        if each.entry.id not in reading.entries or not _is_near(reading, each, weigher):
            continue
        place = quotable_range(each.entry, each.unit)
        if place is None or not _is_harmless(each.entry, place, weigher):
            continue
        if all(quote.entry_id != each.entry.id or place[1] < quote.first or quote.last < place[0] for quote in chosen):
            chosen.append(Quote(library, each.entry.id, *place, "nearest"))
    return chosen


def _is_near(reading: Reading, each: Evidence, weigher: Weigher) -> bool:
    if each.probability >= _SHARE * weigher.coefficients.threshold:
        return True
    # Of a group that the subject's entries do not speak of, the nearest general caution may be shown; what is said of
    # another group or of a medicine may not. A condition that a person has, such as epilepsy, rules no unit out.
    groups = [item for item in personal_items(reading) if item.kind != "medicine"]
    return (
        bool(groups)
        and (each.veto.startswith("does not name") or all(item.kind == "condition" for item in groups))
        and "caution" in each.entry.units[each.unit].marks
        and each.entry.section_of[each.unit].name == "safety"
        and _is_on_the_question(each, weigher)
    )


def _order(each: Evidence) -> tuple[float, float, float]:
    """Sort the likeliest first, then the nearest; by words alone no cosine is known, and the best found comes first."""
    return -each.probability, -each.candidate.unit_cosine, -each.candidate.score


def _is_on_the_question(each: Evidence, weigher: Weigher) -> bool:
    """Whether a caution lies near the question or, by words alone, says a word of it."""
    if weigher.coefficients.mode == "lexical":
        return each.candidate.unit_bm25 > 0
    return each.candidate.unit_cosine >= _CAUTION_COSINE


def _is_harmless(entry: Entry, place: tuple[int, int], weigher: Weigher) -> bool:
    """Whether a place gives no amount and no benefit: a caution may name an effect, nothing else may."""
    passages = weigher.passages
    for number in range(place[0], place[1] + 1):
        unit = entry.units[number]
        row = passages.snapshot.row_of.get((entry.id, number))
        kinds = passages.kinds[row] if row is not None else frozenset()
        if "dose" in unit.marks or kinds & _AMOUNTS or unit.kind == "myth":
            return False
        if (kinds & _BENEFITS or "benefit" in unit.marks) and "caution" not in unit.marks:
            return False
    return True
