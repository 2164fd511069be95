"""The exhaustive pass: every range of units a library could quote, held against what must never be parted.

It asks nothing and searches nothing: what no question can make the assistant say is what no `Quote` can be made of. The
words that need each other are read here from the text by rules of this module's own, so that a fault in how the library
is cut shows.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from assistant.answering.quotes import Quote
from assistant.errors import QuoteError
from assistant.library.model import Entry, Library
from assistant.library.sentences import sentence_spans

_CLAIM = re.compile(
    r"\W*(?:(?:common|popular) )?(?:claim|myth|misconception)s?\b[\w #.]{0,6}[*_]*\s?[:—–]", re.IGNORECASE
)
_NEGATING = re.compile(
    r"\b(?:not|no|never|avoid\w*|without|except|unless|stop|don['’]t|neither|contraindicat\w*|exclud\w*|left out)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\W*(?:this|these|those|it|they|such|its|their)\b"
    r"(?! (?:is|was|remains) (?:not )?(?:known|possible|clear|unclear|that|to|whether)\b)",
    re.IGNORECASE,
)
_TURNS = re.compile(r"\W*(?:however|but|nevertheless|nonetheless|yet|that said|even so)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parted:
    """A range that can be quoted and should not be."""

    why: str
    entry_id: str
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the pass found."""

    entries: int
    units: int
    quotable: int
    ranges: int
    """Ranges within one section that were tried."""
    quotes: int
    """Those of them that can be quoted."""
    held: tuple[tuple[str, int], ...]
    """What was looked for, and in how many units or quotes."""
    parted: tuple[Parted, ...]


def inspect_library(library: Library) -> Inspection:
    """Try every range of units within every section of a library as a quotation."""
    ranges = quotes = 0
    held: Counter[str] = Counter()
    parted: list[Parted] = []
    for entry in library.entries:
        for first, last in _ranges(entry):
            ranges += 1
            try:
                quote = Quote(library, entry.id, first, last, "answer")
            except QuoteError:
                continue
            quotes += 1
            for what, whole in _needs(entry, quote):
                held[what] += 1
                if not whole:
                    parted.append(Parted(what, entry.id, first, last, quote.text))
    return Inspection(
        len(library.entries),
        sum(len(entry.units) for entry in library.entries),
        sum(unit.quotable for entry in library.entries for unit in entry.units),
        ranges,
        quotes,
        tuple(sorted(held.items())),
        tuple(parted),
    )


def _ranges(entry: Entry) -> Iterator[tuple[int, int]]:
    for section in entry.sections:
        for first in range(section.first, section.last + 1):
            for last in range(first, section.last + 1):
                yield first, last


def _needs(entry: Entry, quote: Quote) -> Iterator[tuple[str, bool]]:
    """Yield each thing a quote holds that needs another, and whether that is there."""
    text, units = quote.text, entry.units[quote.first : quote.last + 1]
    spans = [span.of(text) for span in sentence_spans(text, 0, len(text))]
    for claim, following in pairwise([*spans, ""]):
        if _CLAIM.match(claim):
            turned = re.search(r"\b(?:but|however|although|though|in fact|reality|fact)\b", claim, re.IGNORECASE)
            yield "a claim has its correction", bool(following) or turned is not None
            yield "a claim is labelled", quote.is_misconception
    for number, unit in enumerate(units, start=quote.first):
        above = _above_list(entry, number) if unit.kind == "item" else None
        if above is not None and _NEGATING.search(entry.words(above)):
            yield "an item has the negation above its list", quote.first <= above
        if unit.kind == "row":
            cells = quote.columns is not None and len(quote.columns) == len(quote.cells)
            yield "a row has its columns", cells and quote.first == quote.last
    if units[0].kind == "sentence" and _LEANS.match(text) and _follows_sentence(entry, quote.first):
        yield "a leaning sentence has what it leans on", False
    if units[0].kind == "sentence" and _TURNS.match(text) and _follows_sentence(entry, quote.first):
        yield "a however has what it limits", False
    after = quote.last + 1
    if after < len(entry.units) and _follows_sentence(entry, after) and _TURNS.match(entry.words(after)):
        yield "a statement has its however", False


def _above_list(entry: Entry, number: int) -> int | None:
    """The unit above the list that an item stands in: its lead-in, sub-heading, or the sentence before it."""
    while number > 0 and entry.units[number].kind == "item":
        number -= 1
    above = entry.units[number]
    section = entry.section_of[number]
    is_heading_of_section = above.kind == "heading" and number == section.first
    return None if above.kind in ("item", "metadata", "title") or is_heading_of_section else number


def _follows_sentence(entry: Entry, number: int) -> bool:
    """Whether a unit goes on in the paragraph of the sentence before it."""
    before, unit = entry.units[number - 1] if number else None, entry.units[number]
    return (
        before is not None
        and before.kind == "sentence"
        and unit.kind == "sentence"
        and "\n" not in entry.text[before.span.end : unit.span.start]
    )
