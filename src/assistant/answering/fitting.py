"""Fitting: as many quotes as a reader's limits allow, and none of doses or harm where a conversation forbids them.

Fewer answers rather than one without what must travel with it. Must not decide silence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answering.evidence import Evidence
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.select import MAX_ANSWERS, Selector
from assistant.answering.tokens import count_tokens
from assistant.errors import QuestionError
from assistant.library.model import Entry, SectionName


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader has asked an answer to keep to."""

    sections: tuple[SectionName, ...] = ()
    entries: tuple[str, ...] = ()
    max_quotes: int = MAX_ANSWERS
    """Quotations of role answer; what must travel with them comes on top."""
    max_tokens: int | None = None
    """cl100k_base tokens of all quotations together."""


UNLIMITED = Limits()
"""Nothing asked for."""


def within(
    limits: Limits,
    selector: Selector,
    weighed: Sequence[Evidence],
    threshold: float,
    after_crisis: Callable[[], bool],
) -> list[Quote]:
    """Choose quotes within the limits: in a conversation that has touched on self-harm none that speaks of danger."""
    quotes, tokens = _longest_within(limits, selector, weighed, threshold, guarded=False)
    # What is too long whole may fit once what speaks of danger is left out.
    if (tokens or any_danger(quotes)) and after_crisis():
        quotes, tokens = _longest_within(limits, selector, weighed, threshold, guarded=True)
    if tokens:
        raise QuestionError(
            f"max_tokens is {limits.max_tokens}; the shortest whole answer with what must travel with it has {tokens}"
        )
    return quotes


def _longest_within(
    limits: Limits, selector: Selector, weighed: Sequence[Evidence], threshold: float, *, guarded: bool
) -> tuple[list[Quote], int]:
    """Choose fewer answers rather than one without what must travel with it.

    `guarded`, none speaks of doses or harm, whatever its role.

    Returns:
        The quotes, and the tokens of the shortest choice when none is within the limits, else 0.
    """
    if guarded:
        weighed = [each for each in weighed if not _speaks_of_danger(each.entry, quotable_range(each.entry, each.unit))]
    answers = selector.answers(weighed, threshold, limits.max_quotes)
    tokens = 0
    for count in range(len(answers), 0, -1):
        quotes = selector.complete(answers[:count])
        if guarded:
            quotes = [each for each in quotes if not _speaks_of_danger(each.entry, (each.first, each.last))]
        if limits.max_tokens is None:
            return quotes, 0
        tokens = sum(count_tokens(quote.text) for quote in quotes)
        if tokens <= limits.max_tokens:
            return quotes, 0
    return [], tokens


def shortened(limits: Limits, quotes: Sequence[Quote]) -> list[Quote]:
    """Return the first quotes that fit: beside a notice that stands without them, fewer do no harm."""
    if limits.max_tokens is None:
        return list(quotes)
    kept: list[Quote] = []
    for quote in quotes:
        tokens = sum(count_tokens(each.text) for each in (*kept, quote))
        if tokens > limits.max_tokens:
            break
        kept.append(quote)
    return kept


def any_danger(quotes: Sequence[Quote]) -> bool:
    """Whether a quote speaks of doses, harm or what must not be combined."""
    return any(_speaks_of_danger(quote.entry, (quote.first, quote.last)) for quote in quotes)


def _speaks_of_danger(entry: Entry, place: tuple[int, int] | None) -> bool:
    """Whether a place speaks of doses, harm or what must not be combined."""
    if place is None:
        return False
    first, last = place
    return entry.section_of[first].name in ("safety", "interactions") or any(
        unit.marks & {"dose", "caution"} for unit in entry.units[first : last + 1]
    )
