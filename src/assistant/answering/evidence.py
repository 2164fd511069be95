"""Evidence: what speaks for a unit as the answer to a question, as numbers that can be read one by one.

Two things are told apart: what rules a unit out (it does not name the medicine asked about, it cannot answer this kind
of question), and what makes it likelier. The second is weighed by a logistic model whose coefficients stand in a small
file.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from assistant.index.kinds import found, packaged_kinds
from assistant.index.lexicon import Item, Terms, contains, phrase_terms
from assistant.answering.passages import Passages, Stretch
from assistant.answering.question import Reading, topical
from assistant.answering.search import Candidate
from assistant.library.model import Entry

_CROSS_REFERENCE = re.compile(r"\([0-9a-f]{8}\)")
"""How an entry refers to another one: such a sentence leads away rather than answers."""
FEATURES = (
    "unit_cosine",
    "chunk_cosine",
    "cosine_behind_best",
    "unit_bm25_share",
    "chunk_bm25_share",
    "unit_coverage",
    "chunk_coverage",
    "entry_coverage",
    "rarest_said",
    "rarest_missing",
    "no_topic",
    "kind_required",
    "kind_failed",
    "kind_answers",
    "kind_section",
    "kind_known",
    "subject_in_entry",
    "subject_in_unit",
    "argument_named",
    "condition_missing",
    "condition_missing_in_entry",
    "other_substance",
    "misconception",
    "animal",
    "row",
    "cross_reference",
    "length",
    "cosine_x_coverage",
)
"""The numbers of a unit, in order; every one from -1 to about 1."""

_TITLED = 0.97
"""The probability, from 0 to 1, that a summary's first sentence answers the question that is its entry's title."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One candidate weighed."""

    candidate: Candidate
    entry: Entry
    unit: int
    features: tuple[float, ...]
    veto: str
    """Why it cannot be the answer, for the staff and the tests; empty when it may."""
    probability: float
    """That it answers the question, from 0 to 1; 0 when vetoed."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The weights of the features, and the threshold below which the library is silent."""

    intercept: float
    weights: tuple[float, ...]
    threshold: float


@cache
def packaged_coefficients() -> Coefficients:
    """Read the coefficients that come with this package.

    Raises:
        ValueError: they are of other features than this program's.
    """
    data = json.loads(resources.files("assistant.answering").joinpath("coefficients.json").read_text("utf-8"))
    if tuple(data["weights"]) != FEATURES:
        raise ValueError("coefficients.json is of other features; fit it again")
    return Coefficients(data["intercept"], tuple(data["weights"].values()), data["threshold"])


@dataclass(frozen=True)
class Weigher:
    """Weighs candidates against questions, over the units of one snapshot."""

    passages: Passages
    coefficients: Coefficients

    def weigh(self, reading: Reading, candidates: Sequence[Candidate]) -> list[Evidence]:
        """Weigh candidates: the likeliest first, equal ones in the order they came."""
        if not candidates:
            return []
        asked = _Asked.of(reading, self.passages, max(candidate.unit_cosine for candidate in candidates))
        return sorted((self._weigh(asked, candidate) for candidate in candidates), key=lambda each: -each.probability)

    def _weigh(self, asked: "_Asked", candidate: Candidate) -> Evidence:
        reading, passages = asked.reading, self.passages
        place = passages.snapshot.units[candidate.row]
        entry = passages.snapshot.library.by_id[place.entry_id]
        unit = entry.units[place.unit]
        section = entry.section_of[place.unit].name
        words = passages.terms[candidate.row]
        plain = passages.words[candidate.row]
        here, whole = passages.units[candidate.row], passages.entries[entry.id]
        around = passages.chunks[passages.snapshot.chunk_of_unit[candidate.row]]
        said = {term: here.says(term, asked.other_names[term]) for term in asked.weights}
        shares = [asked.share(where) for where in (here, around, whole)]
        required = [kind for kind in reading.kinds if kind.required]
        absent = found(packaged_kinds().stated_absence, plain)
        fits = [absent or kind.is_answered(plain) for kind in required]
        soft = [kind.is_answered(plain) for kind in reading.kinds if kind.answers and not kind.required]
        places = [section in kind.sections for kind in reading.kinds if kind.sections]
        if not asked.weights and not reading.kinds:
            places = [section == "summary"]
        other = self._of_another(asked, entry, candidate.row)
        features = (
            candidate.unit_cosine,
            candidate.chunk_cosine,
            candidate.unit_cosine - asked.best,
            min(1.5, candidate.unit_bm25 / asked.ceiling),
            min(1.5, candidate.chunk_bm25 / asked.ceiling),
            *shares,
            max((weight * said[term] for term, weight in asked.weights.items()), default=0.0),
            max((weight * (1 - said[term]) for term, weight in asked.weights.items()), default=0.0),
            float(not asked.weights),
            sum(fits) / len(fits) if fits else 0.0,
            float(bool(fits) and not all(fits)),
            sum(soft) / len(soft) if soft else 0.0,
            sum(places) / len(places) if places else 0.0,
            float(bool(reading.kinds)),
            float(entry.id in reading.entries),
            float(any(contains(words, subject) for subject in asked.subjects)),
            float(bool(reading.arguments)),
            asked.missing(here),
            asked.missing(whole),
            float(other),
            float(unit.kind == "myth"),
            float("animal" in unit.marks),
            float(unit.kind == "row"),
            float(_CROSS_REFERENCE.search(plain) is not None),
            min(1.0, len(words) / 60),
            candidate.unit_cosine * shares[0],
        )
        veto = self._veto(reading, words, fits, other=other)
        probability = 0.0 if veto else self._probability(features)
        if entry.id == asked.titled and section == "summary":
            # The title is the question that the publisher says the entry answers, and its summary is that answer.
            probability = max(probability, _TITLED - 0.01 * (place.unit - entry.section_of[place.unit].first))
            veto = ""
        return Evidence(candidate, entry, place.unit, features, veto, probability)

    def _of_another(self, asked: "_Asked", entry: Entry, row: int) -> bool:
        """Whether a unit speaks of a substance that is neither asked about nor its entry's own, and of none that is."""
        named = self.passages.substances[row]
        if not named:
            return False
        meant = self.passages.own_names[entry.id] | asked.substances
        words = self.passages.terms[row]
        strangers = any(meant.isdisjoint(item.names) for item in named)
        return strangers and not any(contains(words, name) for name in meant)

    def _probability(self, features: Sequence[float]) -> float:
        total = self.coefficients.intercept + sum(
            w * x for w, x in zip(self.coefficients.weights, features, strict=True)
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def _veto(self, reading: Reading, words: Terms, fits: Sequence[bool], *, other: bool) -> str:
        if any(kind.name == "cost_brand" for kind in reading.kinds):
            return "the library names no product, price or shop"
        covered = [any(contains(words, name) for name in (*item.names, *item.broader)) for item in reading.arguments]
        asked = list(zip(reading.arguments, covered, strict=True))
        mother = any(item.name in ("pregnancy", "breastfeeding") and named for item, named in asked)
        treated = any(item.kind == "medicine" and named for item, named in asked)
        for item, named in asked:
            # A baby before or at the breast is spoken of as its mother; of several medicines, one may stand for their
            # class.
            if not named and not (item.name == "children" and mother) and not (item.kind == "medicine" and treated):
                return f"does not name {item.name}"
        if fits and not any(fits):
            return "cannot answer this kind of question"
        if other and any(item.kind == "population" for item in reading.arguments):
            return "speaks of another substance"
        return ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is worked out of a question once, for all its candidates."""

    reading: Reading
    weights: dict[str, float]
    """Its topical terms with how much each tells, from 0 to 1."""
    other_names: dict[str, tuple[Terms, ...]]
    """Of each topical term: the other names of what it is part of."""
    subjects: tuple[Terms, ...]
    substances: frozenset[Terms]
    """The names of the subjects and substances it is about."""
    conditions: tuple[Item, ...]
    titled: str | None
    """The entry whose title it is, or None."""
    best: float
    """The highest cosine of any candidate."""
    ceiling: float
    """About the highest BM25 score its terms can reach."""

    @classmethod
    def of(cls, reading: Reading, passages: Passages, best: float) -> "_Asked":
        items = (*reading.synonyms, *reading.arguments)
        weights = {term: passages.rarity(term) for term in topical(reading.terms)}
        other_names = {
            term: tuple(
                name
                for item in items
                if any(term in each for each in item.names)
                for name in (*item.names, *item.broader)
            )
            for term in weights
        }
        subjects = tuple(phrase_terms(subject) for subject in reading.subjects)
        substances = {name for item in reading.arguments if item.kind == "substance" for name in item.names}
        return cls(
            reading,
            weights,
            other_names,
            subjects,
            frozenset((*subjects, *substances)),
            tuple(item for item in reading.synonyms if item.kind == "condition"),
            passages.titles.get(phrase_terms(reading.text)) or passages.titles.get(phrase_terms(reading.plain)),
            best,
            sum(passages.rarity(term) for term in reading.terms) * 6 + 1.0,
        )

    def share(self, where: Stretch) -> float:
        """Return how much of the question's topical terms a stretch says, from 0 to 1; 1 when it has none."""
        total = sum(self.weights.values())
        said = sum(weight * where.says(term, self.other_names[term]) for term, weight in self.weights.items())
        return said / total if total else 1.0

    def missing(self, where: Stretch) -> float:
        """Return the share of the conditions and body parts it names that a stretch does not, from 0 to 1."""
        missing = [item for item in self.conditions if not any(where.terms.issuperset(name) for name in item.names)]
        return len(missing) / len(self.conditions) if self.conditions else 0.0
