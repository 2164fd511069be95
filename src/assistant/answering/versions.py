"""Versions: one statement in two entries on one subject, of which one was reviewed later than the other.

Two units are versions of one statement when they stand in sections of one name, mean the same by their vectors, cite no
different studies and have nearly the same words but for their figures. The newer one is quoted; where the figures or a
"not" differ, the two disagree. Must not know of questions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import combinations

from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.sameness import SAME_COSINE
from assistant.index.encoder import Vectors
from assistant.index.snapshot import Snapshot
from assistant.library.model import Entry
from assistant.library.sources import sources_of

Place = tuple[str, int]
_ALIKE = 0.9
"""The share of their words, from 0 to 1, that two versions have in common, figures left out."""
_CITATIONS = re.compile(r"PMIDs?:?\s?\d+(?:[,;]\s?\d{4,})*|\([0-9a-f]{8}\)")
_FIGURE = re.compile(r"\d+(?:[.,·]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_NOT = re.compile(r"\b(?:not|no|never|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of one statement, the later reviewed first; of one date, in the library's order."""

    newer: Place
    older: Place
    dated: bool
    """Whether one was reviewed later than the other."""
    differ: bool
    """Whether their figures differ, or one says "not" and the other does not."""


@dataclass(frozen=True)
class Versions:
    """The versions of statements in one snapshot."""

    snapshot: Snapshot

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every two versions of one statement, in the library's order."""
        groups: dict[str, list[Entry]] = {}
        for entry in self.snapshot.library.entries:
            if entry.subjects:
                groups.setdefault(entry.subjects[0], []).append(entry)
        found: list[Pair] = []
        for entries in groups.values():
            held = [each for each in map(self._held, entries if len(entries) > 1 else ()) if each.numbers]
            # Sorting keeps the library's order among entries of one date.
            held.sort(key=lambda each: each.entry.last_reviewed, reverse=True)
            found += [pair for newer, older in combinations(held, 2) for pair in _pairs(newer, older)]
        return tuple(found)

    @cached_property
    def newest(self) -> dict[Place, Place]:
        """The newest version of each statement that has a newer one."""
        found: dict[Place, Place] = {}
        dates = {entry.id: entry.last_reviewed for entry in self.snapshot.library.entries}
        for pair in self.pairs:
            if pair.dated and dates[pair.newer[0]] > dates[found.get(pair.older, pair.older)[0]]:
                found[pair.older] = pair.newer
        return found

    def brought_up_to_date(self, quote: Quote) -> Quote:
        """Return the newest version of what is quoted: the same quotation when there is none, or not of all of it."""
        numbers = range(quote.first, quote.last + 1)
        newest = [self.newest.get((quote.entry_id, number)) for number in numbers]
        places = [place for place in newest if place is not None]
        if len(places) != len(newest) or len({entry_id for entry_id, _ in places}) != 1:
            return quote
        library = self.snapshot.library
        entry_id = places[0][0]
        units = [number for _, number in places]
        place = quotable_range(library.by_id[entry_id], min(units), max(units))
        return Quote(library, entry_id, *place, quote.role) if place else quote

    def _held(self, entry: Entry) -> "_Held":
        row_of = self.snapshot.row_of
        numbers = tuple(number for number in range(len(entry.units)) if (entry.id, number) in row_of)
        return _Held(entry, numbers, self.snapshot.engine.unit_vectors([row_of[entry.id, each] for each in numbers]))


@dataclass(frozen=True, slots=True)
class _Held:
    """An entry with its units that may be quoted, and their vectors, of shape (units, dimensions)."""

    entry: Entry
    numbers: tuple[int, ...]
    vectors: Vectors


def _pairs(newer: _Held, older: _Held) -> Iterator[Pair]:
    near = newer.vectors @ older.vectors.T
    dated = newer.entry.last_reviewed > older.entry.last_reviewed
    for at, best in enumerate(near.argmax(axis=1)):
        one, other = (newer.entry, newer.numbers[at]), (older.entry, older.numbers[int(best)])
        if near[at, best] >= SAME_COSINE and _are_versions(one, other):
            differ = _stated(one[0].words(one[1])) != _stated(other[0].words(other[1]))
            yield Pair((newer.entry.id, one[1]), (older.entry.id, other[1]), dated, differ)


def _are_versions(one: tuple[Entry, int], other: tuple[Entry, int]) -> bool:
    """Whether two units, near by their vectors, make one statement in nearly the same words."""
    (newer, mine), (older, theirs) = one, other
    if newer.section_of[mine].name != older.section_of[theirs].name:
        return False
    sources = [{source.label for source in sources_of(entry, unit, unit)} for entry, unit in (one, other)]
    if all(sources) and sources[0].isdisjoint(sources[1]):
        return False
    ours, others = (_WORD.findall(_bare(entry.words(unit)).lower()) for entry, unit in (one, other))
    return SequenceMatcher(a=ours, b=others, autojunk=False).ratio() >= _ALIKE


def _stated(words: str) -> tuple[tuple[str, ...], int]:
    """The figures of a statement as written, citations left out, and how often it says "not"."""
    bare = _bare(words)
    return tuple(_FIGURE.findall(bare)), len(_NOT.findall(bare))


def _bare(words: str) -> str:
    return _CITATIONS.sub(" ", words)
