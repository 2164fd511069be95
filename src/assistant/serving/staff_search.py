"""The staff desk's search: units found as one types, with facets, and why each was found.

Scores have no unit. Nothing here is for visitors.
"""

import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial

from pydantic import BaseModel, ConfigDict, Field

from assistant.answering.abbreviations import expand
from assistant.answering.evidence import Evidence
from assistant.answering.question import MAX_CHARACTERS, Reading, checked_question, read_question
from assistant.answering.reply import Desk
from assistant.answering.search import Candidate, query_terms, search_units
from assistant.index.encoder import Vectors
from assistant.index.lexicon import phrase_terms
from assistant.index.terms import STOP_WORDS, term_of, words_of
from assistant.library.model import Entry, Unit
from assistant.serving.wire import Json

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LAST_WORD = re.compile(r"(?<![^\W_])[^\W_]{3,}\Z")
_RANKED = 400
"""Units that are looked at; facets are counted over those of them that are near enough."""
_WEIGHED = 80
"""As many as answering weighs: a probability is then the one a customer's answer rests on."""
_NEAR = 0.3
"""Cosine from which a unit that shares no word with the question is still shown."""
_HALF_YEAR, YEAR = 183, 365  # days
FACETS = ("entry", "section", "role", "confidence", "reviewed")


class StaffSearchIn(BaseModel):
    """What to look for. A facet left empty lets everything through; values within one are alternatives."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field(default="", max_length=MAX_CHARACTERS)
    filters: dict[str, list[str]] = Field(default={}, max_length=len(FACETS))
    limit: int = Field(default=40, ge=1, le=100)


@dataclass(frozen=True)
class Hit:
    """One unit that was found, with what its facets are."""

    entry: Entry
    number: int
    facets: dict[str, str]
    candidate: Candidate | None
    """None when nothing was looked for."""


@dataclass(frozen=True)
class Finder:
    """Finds units of one snapshot for the staff."""

    desk: Desk
    _listed: dict[date, tuple[Hit, ...]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, given: StaffSearchIn, today: date) -> Json:
        """Search, or list the library in its order when nothing is looked for.

        Args:
            given: the words and the filters; unknown facets let everything through.
            today: what review dates are measured against.

        Raises:
            QuestionError: the words are too long or hold control characters.
        """
        started = time.perf_counter()
        completed = self.completed(given.q)
        reading, hits, weighed = None, self._all(today), dict[int, Evidence]()
        if completed.strip():
            question = checked_question(completed)
            reading = read_question(self.desk.sieve.essence_of(question), [], self.desk.vocabulary)
            vector = self.desk.snapshot.guard.vector_of(expand(reading.plain))
            found = self._ranked(reading, vector)
            weigher = self.desk.weigher_for(vector)
            weighed = {each.candidate.row: each for each in weigher.weigh(reading, found[:_WEIGHED])}
            hits = tuple(self._hit(candidate, today) for candidate in found)
        wanted = {name: set(values) for name, values in given.filters.items() if values and name in FACETS}
        kept = list(filter(_through(wanted), hits)) if wanted else hits
        terms = self._terms(reading) if reading else frozenset()
        return {
            "snapshot": self.desk.snapshot.id,
            "question": {
                "searched": completed.strip(),
                "read_as": reading.read_as if reading else "",
                "subjects": list(reading.subjects) if reading else [],
                "corrections": [list(pair) for pair in reading.corrections] if reading else [],
            },
            "total": len(kept),
            "facets": {name: self._facet(name, hits, wanted) for name in FACETS},
            "units": [
                self._unit(hit, terms, weighed.get(hit.candidate.row) if hit.candidate else None)
                for hit in kept[: given.limit]
            ],
            "ms": round((time.perf_counter() - started) * 1000, 1),
        }

    def completed(self, typed: str) -> str:
        """Return what is being typed with its last word whole: the library's most frequent word that begins so."""
        match = _LAST_WORD.search(typed)
        beginning = words_of(match[0]) if match else []
        if match is None or len(beginning) != 1 or beginning[0] in self.desk.vocabulary.words:
            return typed
        words = self._alphabet
        start, end = bisect_left(words, beginning[0]), bisect_left(words, beginning[0] + chr(0x10FFFF))
        if start == end:
            return typed
        count = self.desk.vocabulary.words
        return typed[: match.start()] + max(words[start:end], key=lambda word: (count[word], -len(word)))

    @cached_property
    def _alphabet(self) -> list[str]:
        return sorted(self.desk.snapshot.wording.counts)

    def _ranked(self, reading: Reading, vector: Vectors | None) -> list[Candidate]:
        found = search_units(self.desk.weigher.passages, reading, vector, limit=_RANKED)
        return [each for each in found if each.unit_bm25 > 0 or each.unit_cosine >= _NEAR]

    def _terms(self, reading: Reading) -> frozenset[str]:
        """Return the terms whose words are marked in what was found."""
        names = [name for subject in reading.subjects for name in self.desk.vocabulary.names_of.get(subject, ())]
        named = [term for subject in reading.subjects for term in phrase_terms(subject)]
        return frozenset([*query_terms(reading), *named, *(term for name in names for term in name)])

    def _all(self, today: date) -> tuple[Hit, ...]:
        """Return every unit in the library's order; worked out once a day."""
        if today not in self._listed:
            by_id = self.desk.snapshot.library.by_id
            places = [(by_id[place.entry_id], place.unit) for place in self.desk.snapshot.units]
            self._listed.clear()
            self._listed[today] = tuple(Hit(entry, n, facets_of(entry, n, today), None) for entry, n in places)
        return self._listed[today]

    def _hit(self, candidate: Candidate, today: date) -> Hit:
        place = self.desk.snapshot.units[candidate.row]
        entry = self.desk.snapshot.library.by_id[place.entry_id]
        return Hit(entry, place.unit, facets_of(entry, place.unit, today), candidate)

    def _facet(self, name: str, hits: Sequence[Hit], wanted: dict[str, set[str]]) -> list[Json]:
        """Count the values of one facet among what the other facets let through; a value chosen is always there."""
        others = {each: values for each, values in wanted.items() if each != name}
        counted = Counter(hit.facets[name] for hit in (filter(_through(others), hits) if others else hits))
        for value in sorted(wanted.get(name, ())):
            counted.setdefault(value[:200], 0)
        titles = self.desk.snapshot.library.by_id
        rows = [
            {"value": value, "count": count, "chosen": value in wanted.get(name, ())}
            | ({"title": titles[value].title or value} if name == "entry" and value in titles else {})
            for value, count in counted.items()
        ]
        return sorted(rows, key=lambda row: (-int(str(row["count"])), str(row["value"])))

    def _unit(self, hit: Hit, terms: frozenset[str], weight: Evidence | None) -> Json:
        entry, unit = hit.entry, hit.entry.units[hit.number]
        text = entry.words(hit.number)
        is_match = partial(_is_match, terms)
        parts = marked_parts(text, is_match) if terms else [(text, False)]
        return {
            "entry": entry.id,
            "title": entry.title or entry.id,
            "unit": hit.number,
            "kind": unit.kind,
            "section": hit.facets["section"],
            "role": hit.facets["role"],
            "marks": sorted(unit.marks),
            "last_reviewed": entry.last_reviewed,
            "confidence": entry.confidence,
            "sample": entry.provenance == "sample",
            "parts": parts,
            "why": why_of(hit.candidate, weight, [part for part, is_marked in parts if is_marked]),
        }


def why_of(candidate: Candidate | None, weight: Evidence | None, matched: Sequence[str]) -> Json | None:
    """Return why a unit was found: its words that match, its scores, and what answering makes of it."""
    if candidate is None:
        return None
    return {
        "matched": list(dict.fromkeys(word.casefold() for word in matched)),
        "fused": round(candidate.score, 2),
        "dense": round(candidate.unit_cosine, 3),
        "dense_around": round(candidate.chunk_cosine, 3),
        "lexical": round(candidate.unit_bm25, 2),
        "lexical_around": round(candidate.chunk_bm25, 2),
        "probability": None if weight is None else round(weight.probability, 4),
        "veto": (weight.veto or None) if weight else None,
    }


def facets_of(entry: Entry, number: int, today: date) -> dict[str, str]:
    """Return the value of each facet for one unit; "unknown" for what its entry does not state."""
    return {
        "entry": entry.id,
        "section": entry.section_of[number].name,
        "role": role_of(entry.units[number]),
        "confidence": entry.confidence or "unknown",
        "reviewed": age_of(entry, today),
    }


def role_of(unit: Unit) -> str:
    """Return the role a unit plays in answers: a misconception, a caution, a qualifier, or an answer."""
    if unit.kind == "myth":
        return "misconception"
    if "caution" in unit.marks:
        return "caution"
    return "qualifier" if unit.marks & {"limiter", "conflict"} else "answer"


def age_of(entry: Entry, today: date) -> str:
    """Return how long ago an entry was reviewed, in one of four words."""
    days = days_since_review(entry, today)
    if days is None:
        return "unknown"
    return "recent" if days <= _HALF_YEAR else "this_year" if days <= YEAR else "past"


def days_since_review(entry: Entry, today: date) -> int | None:
    """Return the days since an entry was reviewed; None when that is not known."""
    try:
        return (today - date.fromisoformat(entry.last_reviewed)).days
    except ValueError:
        return None


def marked_parts(text: str, is_match: Callable[[str], bool]) -> list[tuple[str, bool]]:
    """Cut a text into parts, in order and without loss: what does not match, and the words that do."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word.casefold() not in STOP_WORDS and is_match(word):
            parts += [(text[end : match.start()], False), (word, True)]
            end = match.end()
    parts.append((text[end:], False))
    return [part for part in parts if part[0]]


def _is_match(terms: frozenset[str], word: str) -> bool:
    return any(term_of(each) in terms for each in words_of(word))


def _through(wanted: dict[str, set[str]]) -> Callable[[Hit], bool]:
    """Return what tells whether a hit has one of the values wanted of every facet."""
    return lambda hit: all(hit.facets[name] in values for name, values in wanted.items())
