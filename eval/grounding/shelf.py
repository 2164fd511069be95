"""The shelf: every sentence of the library, by its words, to be found whole, in part or nearly.

A sentence is the smallest thing an answer is held against; a unit may have several (a misconception and its correction,
say), and it is `judging` that asks whether all of them are there.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz

from assistant.index.lexical import LexicalIndex
from assistant.index.terms import terms_of
from assistant.library.model import Entry, Kind, Library, Unit
from assistant.library.segment import split_row
from eval.grounding.layout import Layout, lay_out
from eval.grounding.words import points_in, similarity

NEAR = 0.6
"""From this similarity on (0 to 1) a sentence is the library's with other words in it, below it is not there."""
FRAGMENT = 0.85
"""The same for a sentence held against its best stretch of a longer one of the library."""
_LEAST_PART, _LEAST_DROPPED = 4, 3
"""Words of a part, and words it must leave out; with fewer left out it is the sentence with a word dropped."""
_CANDIDATES = 24
_MOST_MARKS = 12
"""Words of citation marks in a row that are passed over."""
_SILENT = ("title", "heading", "head", "boilerplate", "stem", "disclaimer")
"""Kinds of units that claim nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of one unit, or a table row in one of the ways it can be written."""

    row: int
    """Its number on the shelf; sentences of an entry stand in order."""
    entry: Entry = field(repr=False)
    unit: int
    number: int
    """Which sentence of its unit, from 0."""
    count: int
    """Sentences of its unit."""
    text: str
    words: tuple[str, ...]
    points: tuple[str, ...] | None
    """The punctuation between its words; None where it is not compared, in table rows."""

    @property
    def of_unit(self) -> Unit:
        """The unit it is a sentence of."""
        return self.entry.units[self.unit]

    @property
    def kind(self) -> Kind:
        """What its unit is."""
        return self.of_unit.kind

    @property
    def is_misconception(self) -> bool:
        """Whether its unit states a misconception; one left uncorrected in the library is one too."""
        return self.kind == "myth" or (self.entry.section_of[self.unit].name == "myths" and self.kind == "fragment")


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of an answer's words that is a sentence of the library."""

    first: int
    end: int
    """Number past its last word in the answer's layout."""
    places: tuple[Sentence, ...]
    """Every sentence with these words, never empty."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The sentence of the library that is most like a stretch of an answer."""

    sentence: Sentence
    similarity: float
    """From 0 to 1."""
    stretch: tuple[int, int]
    """The words of the sentence it was held against, first and past the last: all, or a part of it."""


class Shelf:
    """The sentences of a library, made once and then only read."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.sentences: list[Sentence] = []
        for entry in library.entries:
            for number in range(len(entry.units)):
                self._add_unit(entry, number)
        self._starting: dict[str, list[int]] = defaultdict(list)
        for sentence in sorted(self.sentences, key=lambda each: -len(each.words)):
            self._starting[sentence.words[0]].append(sentence.row)
        self._joined = [f" {' '.join(sentence.words)} " for sentence in self.sentences]
        self._lexical = LexicalIndex.of([terms_of(sentence.text) for sentence in self.sentences])
        self._streams = {
            entry.id: f" {' '.join(w for s in self.sentences if s.entry is entry for w in s.words)} "
            for entry in library.entries
        }

    def _add_unit(self, entry: Entry, number: int) -> None:
        unit = entry.units[number]
        if unit.kind == "metadata":
            return
        if unit.kind == "row" and unit.lead is not None:
            cells = split_row(entry.words(number))
            columns = split_row(entry.words(unit.lead).split("\n")[0])
            named = "; ".join(f"{column}: {cell}" for column, cell in zip(columns, cells, strict=False))
            for text in (" ".join(cells), named):
                layout = lay_out(text.replace("\\|", "|"))
                self._add(entry, number, 0, 1, layout, range(len(layout.words)), pointed=False)
            return
        layout = lay_out(entry.words(number))
        ends = sorted(end for end in layout.ends if end)
        runs = [range(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        for place, run in enumerate(runs):
            self._add(entry, number, place, len(runs), layout, run, pointed=unit.kind not in ("head", "row"))

    def _add(
        self, entry: Entry, unit: int, number: int, count: int, layout: Layout, run: range, *, pointed: bool
    ) -> None:
        words = tuple(layout.words[n].text for n in run)
        if any(word.isalnum() for word in words):
            points = points_between(layout, run) if pointed else None
            text = " ".join(layout.text[slice(*layout.around(run[0], run[-1]))].split())
            self.sentences.append(Sentence(len(self.sentences), entry, unit, number, count, text, words, points))

    def sentences_at(self, layout: Layout, first: int) -> list[Found]:
        """Return every sentence of the library that begins at a word of an answer, the longest first.

        A word in what may be a citation mark is passed over where the library does not have it.
        """
        found: dict[tuple[int, int], list[Sentence]] = {}
        for begin in range(first, min(first + _MOST_MARKS, len(layout.words))):
            for row in self._starting.get(layout.words[begin].text, ()):
                sentence = self.sentences[row]
                numbers = walk(layout, begin, sentence.words)
                if numbers and not _takes_a_mark(layout, numbers):
                    found.setdefault((begin, numbers[-1] + 1), []).append(sentence)
            if begin not in layout.optional:
                break
        return [
            Found(start, end, tuple(places))
            for (start, end), places in sorted(found.items(), key=lambda each: (-each[0][1], -each[0][0]))
        ]

    def parts(self, words: Sequence[str]) -> list[Sentence]:
        """Return the sentences of which these words are a part, in order, with enough left out to be called one."""
        if len(words) < _LEAST_PART:
            return []
        joined = f" {' '.join(words)} "
        return [
            sentence
            for sentence, whole in zip(self.sentences, self._joined, strict=True)
            if len(sentence.words) - len(words) >= _LEAST_DROPPED and joined in whole
        ]

    def holds(self, entry: Entry, words: Sequence[str]) -> bool:
        """Whether an entry holds these words in a row, over sentences if need be."""
        return f" {' '.join(words)} " in self._streams[entry.id]

    def nearest(self, text: str, words: Sequence[str], hints: Sequence[int], least: float) -> Nearest | None:
        """Return the sentence most like a stretch of an answer, None when none is near.

        Args:
            text: the stretch.
            words: its words.
            hints: rows of sentences to be held against it whatever their terms: where its neighbours stand.
            least: similarity from which on a hinted sentence is near, 0 to 1; any other must reach `NEAR`.
        """
        rows = list(dict.fromkeys([*hints, *self._candidates(text)]))
        whole = [
            Nearest(sentence, alike, (0, len(sentence.words)))
            for row in rows
            for sentence in [self.sentences[row]]
            if (alike := similarity(sentence.words, words)) >= (least if row in hints else NEAR)
        ]
        # Only what is like no whole sentence is held against stretches of longer ones.
        found = whole or [near for row in rows if (near := self._stretch(self.sentences[row], words))]
        return max(found, key=lambda near: near.similarity, default=None)

    def _stretch(self, sentence: Sentence, words: Sequence[str]) -> Nearest | None:
        """Hold words against the best stretch of a longer sentence."""
        if len(words) < 2 * _LEAST_PART or len(sentence.words) - len(words) < _LEAST_DROPPED:
            return None
        place = fuzz.partial_ratio_alignment(list(words), list(sentence.words))
        if place is None or place.score < 100 * FRAGMENT:
            return None
        stretch = sentence.words[place.dest_start : place.dest_end]
        return Nearest(sentence, similarity(stretch, words), (place.dest_start, place.dest_end))

    def _candidates(self, text: str) -> list[int]:
        scores = self._lexical.scores(terms_of(text))
        best = np.argsort(-scores, kind="stable")[: 2 * _CANDIDATES]
        rows = [int(row) for row in best if scores[row] > 0]
        return [row for row in rows if self.sentences[row].kind not in _SILENT][:_CANDIDATES]


def _takes_a_mark(layout: Layout, numbers: Sequence[int]) -> bool:
    """Whether the first of these words is the citation mark of what stands before: parted from the second."""
    if numbers[0] not in layout.optional or len(numbers) < 2:
        return False
    one, other = (layout.block_at(layout.words[number].start) for number in numbers[:2])
    return numbers[1] != numbers[0] + 1 or one is not other


def says_nothing(places: Sequence[Sentence]) -> bool:
    """Whether all of these sentences are titles, headings, table heads and such, or the disclaimer."""
    return all(each.kind in _SILENT for each in places)


def walk(layout: Layout, first: int, words: Sequence[str]) -> list[int]:
    """Return the numbers of an answer's words that are these, in a row from `first` on, or none."""
    numbers: list[int] = []
    at = first
    for word in words:
        latest = min(at + _MOST_MARKS, len(layout.words) - 1)
        while at < latest and layout.words[at].text != word and at in layout.optional:
            at += 1
        if at > latest or layout.words[at].text != word:
            return []
        numbers.append(at)
        at += 1
    return numbers


def points_between(layout: Layout, numbers: Sequence[int]) -> tuple[str, ...]:
    """Return the punctuation between words of a text, taken in order.

    The brackets of what may be a citation mark count where its words are among these.
    """
    points: list[str] = []
    for one, other in pairwise(numbers):
        start, end = layout.words[one].end, layout.words[other].start
        between = list(layout.marked[start:end])
        for mark in layout.marks:
            if not any(mark.start <= layout.words[n].start < mark.end for n in (one, other)):
                for position in range(max(start, mark.start), min(end, mark.end)):
                    between[position - start] = " "
        points.append(points_in("".join(between)))
    return tuple(points)
