"""Claims: the sentences of an answer, each with how it stands to the library.

Whole sentences of the library are found first, wherever a sentence of the answer may begin, over bullets and wrapped
lines; only what is left is cut into sentences of its own and held against what is most like it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from eval.grounding.asides import Aside, Asides
from eval.grounding.layout import Layout, lay_out
from eval.grounding.shelf import NEAR, Found, Sentence, Shelf, points_between, says_nothing, walk
from eval.grounding.words import Change, changes

Standing = Literal["exact", "part", "near", "absent", "aside"]

_BETWEEN, _BESIDE = 0.3, 0.5
"""Similarities from which on a sentence is taken for the library's between its two neighbours, or beside one."""
_MOST_FRAMING = 40
"""Words that may introduce a quotation."""
_DEPTH = 8
"""Library sentences that may follow each other within one sentence of an answer."""
_ELLIPSIS = re.compile(r"\s*[\[(]?(?:…|\.\.\.)[\])]?\s*")
_QUOTED = re.compile(r"\n[ \t>]+")
_STOP = re.compile(r"[.!?…:]")
_SURE: tuple[Aside, ...] = ("notice", "source")
"""Asides whatever they are like; any other is a sentence of the library with other words where it is near to one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer."""

    text: str
    """As it stands in the answer, on one line."""
    start: int
    """First code point in the answer's text."""
    end: int
    passage: int
    standing: Standing
    aside: Aside | None
    """What it is when it is no claim."""
    places: tuple[Sentence, ...]
    """The sentences of the library that it is, or is a part of, or is nearest to; empty when absent or an aside."""
    similarity: float
    """To the place, from 0 to 1; 1 when exact or a part, 0 when absent."""
    changes: tuple[Change, ...]
    """Where its words are not the library's."""
    stretch: tuple[int, int]
    """The words of its place that it holds, first and past the last."""
    pointed: bool
    """Whether its punctuation is the library's."""
    numbers: tuple[int, ...]
    """Of its words in the layout; those of a citation mark are not among them."""


def claims_in(text: str, shelf: Shelf, asides: Asides) -> tuple[Layout, tuple[Claim, ...]]:
    """Cut an answer's text into sentences and say how each stands to the library.

    Returns:
        The text's layout, and its sentences in order; each word lies in at most one, and in none only where it may be a
        citation mark.
    """
    layout = lay_out(text, asides.is_source)
    reader = _Reader(layout, shelf, asides)
    return layout, reader.claims()


class _Reader:
    def __init__(self, layout: Layout, shelf: Shelf, asides: Asides) -> None:
        self.layout = layout
        self.shelf = shelf
        self.asides = asides
        self.sources = self._sources()
        self.bounds = self._bounds()
        self.chains: dict[int, list[Found] | None] = {}

    def claims(self) -> tuple[Claim, ...]:
        found: list[Claim] = []
        begin = at = 0
        count = len(self.layout.words)
        while at < count:
            chain = self._chain(at, _DEPTH) if at in self.bounds else None
            if chain is None:
                at += 1
                continue
            found += self._left(begin, at)
            found += [self._exact(each) for each in chain]
            begin = at = chain[-1].end
        found += self._left(begin, count)
        return self._neighboured(found)

    def _bounds(self) -> frozenset[int]:
        """Return the words before which a sentence may begin or end: after any stop or quotation mark."""
        words, text = self.layout.words, self.layout.text
        bounds = {0, len(words), *self.layout.ends}
        for number in range(1, len(words)):
            between = text[words[number - 1].end : words[number].start]
            if _STOP.search(between) or any(mark in between for mark in '“”«»"'):
                bounds.add(number)
        return frozenset(bounds) | self.sources

    def _sources(self) -> frozenset[int]:
        """Return the words at which the name of a source begins or ends that is written as a link."""
        found: set[int] = set()
        for link in self.layout.links:
            inside = [n for n, word in enumerate(self.layout.words) if link.start <= word.start < link.end]
            if inside and self.asides.is_source(link.label):
                found |= {inside[0], inside[-1] + 1}
        return frozenset(found)

    def _chain(self, at: int, depth: int) -> list[Found] | None:
        """Return library sentences that follow each other from a word to the end of a sentence of the answer."""
        if at not in self.chains:
            self.chains[at] = None
            for each in self.shelf.sentences_at(self.layout, at):
                end = self._past_marks(each.end)
                if says_nothing(each.places) and not (self._is_edge(at) and self._is_edge(end)):
                    continue
                if each.end in self.bounds or end in self.bounds:
                    self.chains[at] = [each]
                    break
                rest = self._chain(each.end, depth - 1) if depth else None
                if rest:
                    self.chains[at] = [each, *rest]
                    break
        return self.chains[at]

    def _is_edge(self, at: int) -> bool:
        """Whether a sentence of the answer begins or ends before a word, marks aside."""
        return not at or any(each in self.layout.ends for each in (at, self._past_marks(at)))

    def _past_marks(self, at: int) -> int:
        return next(n for n in range(at, len(self.layout.words) + 1) if n not in self.layout.optional)

    def _exact(self, found: Found) -> Claim:
        sentence = found.places[0]
        numbers = walk(self.layout, found.first, sentence.words)
        points = points_between(self.layout, numbers)
        pointed = any(each.points is None or each.points == points for each in found.places)
        claim = self._claim(numbers, "exact", found.places)
        words = tuple(self.layout.words[number].text for number in numbers)
        if all(each.kind == "disclaimer" for each in found.places) or words in self.asides.disclaimers:
            return replace(claim, standing="aside", aside="disclaimer", places=())
        if says_nothing(found.places):
            return replace(claim, standing="aside", aside="label", places=())
        return replace(claim, pointed=pointed)

    def _left(self, begin: int, end: int) -> list[Claim]:
        """Cut what is not the library's into sentences, each with what it is nearest to."""
        ends = sorted({*(each for each in self.layout.ends | self.sources if begin < each < end), end} - {begin})
        cut: list[Claim] = []
        for start, stop in zip([begin, *ends], ends, strict=False):
            if any(n not in self.layout.optional for n in range(start, stop)):
                cut += self._sentence(range(start, stop))
        return cut

    def _sentence(self, run: range) -> list[Claim]:
        """Say what a run of words is that is no sentence of the library, with what introduces it set apart."""
        whole = self._unframed(run)
        if whole[0].standing == "aside":
            return whole
        framed = self._framed(run)
        best = max((claim.similarity for claim in framed if claim.standing != "part"), default=0.0)
        return framed if best > whole[0].similarity or (framed and whole[0].standing == "absent") else whole

    def _unframed(self, run: range) -> list[Claim]:
        """Say what a run of words is: an aside, parts of library sentences, one with other words, or none of these."""
        numbers = [n for n in run if n not in self.layout.optional]
        words = tuple(self.layout.words[n].text for n in numbers)
        plain = self._claim(numbers, "absent", ())
        block = self.layout.block_at(plain.start)
        source = block.kind in ("source", "listed") or numbers[0] in self.sources
        named = self.asides.name(plain.text, words, heading=block.kind == "heading", source=source)
        if named in _SURE:
            return [replace(plain, standing="aside", aside=named)]
        whole = self._part(plain, numbers) or [self._near(plain, run, numbers, (), NEAR)]
        if named and whole[0].standing == "absent":
            return [replace(plain, standing="aside", aside=named)]
        return whole

    def _framed(self, run: range) -> list[Claim]:
        """Return the run as words that introduce a quotation and what follows them; empty when it is none."""
        words = self.layout.words
        numbers = [n for n in run if n not in self.layout.optional]
        for first in (n for n in numbers[1:_MOST_FRAMING] if n in self.bounds):
            frame = [n for n in numbers if n < first]
            if self.asides.is_frame(self.layout.text[words[frame[0]].start : words[first].start]):
                before = replace(self._claim(frame, "aside", ()), aside="frame")
                return [before, *self._unframed(range(first, run.stop))]
        return []

    def _part(self, plain: Claim, numbers: list[int]) -> list[Claim]:
        """Return the sentence as parts of library sentences, split where it says that words are left out."""
        pieces: list[list[int]] = [[]]
        for number in numbers:
            if pieces[-1] and _ELLIPSIS.fullmatch(self._between(pieces[-1][-1], number)):
                pieces.append([])
            pieces[-1].append(number)
        found: list[Claim] = []
        for piece in pieces:
            words = tuple(self.layout.words[n].text for n in piece)
            places = self.shelf.parts(words)
            if not places:
                return []
            at = _index(places[0].words, words)
            part = self._claim(piece, "part", tuple(places))
            found.append(replace(part, stretch=(at, at + len(words)), passage=plain.passage))
        return found

    def _between(self, one: int, other: int) -> str:
        return self.layout.text[self.layout.words[one].end : self.layout.words[other].start]

    def _near(
        self, plain: Claim, full: Sequence[int], bare: Sequence[int], hints: Sequence[int], least: float
    ) -> Claim:
        """Hold a sentence against the nearest of the library, with and without the words of its marks."""
        best = plain
        last = next(n for n in range(len(full), 0, -1) if full[n - 1] == bare[-1])
        for numbers in (bare, full[:last], full):
            words = tuple(self.layout.words[n].text for n in numbers)
            near = self.shelf.nearest(plain.text, words, hints, least)
            if near and near.similarity > best.similarity:
                first, end = near.stretch
                twins = tuple(each for each in self.shelf.sentences if each.words == near.sentence.words)
                best = replace(
                    plain,
                    standing="near",
                    places=twins,
                    similarity=near.similarity,
                    stretch=near.stretch,
                    numbers=tuple(numbers),
                    changes=changes(near.sentence.words[first:end], words),
                )
        return best

    def _neighboured(self, found: list[Claim]) -> tuple[Claim, ...]:
        """Hold what is absent against the sentence that the library has between, or next to, its neighbours."""
        said = [number for number, claim in enumerate(found) if claim.standing != "aside"]
        there = {place.row for claim in found for place in claim.places}
        done = list(found)
        for before, number, after in zip([None, *said], said, [*said[1:], None], strict=False):
            claim = found[number]
            if claim.standing == "absent":
                next_ones = self._rows(found[before] if before is not None else None, 1)
                last_ones = self._rows(found[after] if after is not None else None, -1)
                between = next_ones & last_ones
                hints = sorted((between or next_ones | last_ones) - there)
                least = _BETWEEN if between else _BESIDE
                done[number] = self._near(claim, claim.numbers, claim.numbers, hints, least) if hints else claim
        return tuple(done)

    def _rows(self, claim: Claim | None, step: int) -> set[int]:
        if claim is None or claim.standing != "exact":
            return set()
        shelf = self.shelf.sentences
        rows = {place.row + step for place in claim.places}
        return {row for row in rows if 0 <= row < len(shelf) and shelf[row].entry is shelf[row - step].entry}

    def _claim(self, numbers: Sequence[int], standing: Standing, places: tuple[Sentence, ...]) -> Claim:
        start, end = self.layout.around(numbers[0], numbers[-1])
        return Claim(
            text=" ".join(_QUOTED.sub("\n", self.layout.text[start:end]).split()),
            start=start,
            end=end,
            passage=self.layout.block_at(self.layout.words[numbers[0]].start).passage,
            standing=standing,
            aside=None,
            places=places,
            similarity=1.0 if places else 0.0,
            changes=(),
            stretch=(0, len(places[0].words)) if places else (0, 0),
            pointed=True,
            numbers=tuple(numbers),
        )


def _index(whole: tuple[str, ...], part: tuple[str, ...]) -> int:
    return next(n for n in range(len(whole)) if whole[n : n + len(part)] == part)
