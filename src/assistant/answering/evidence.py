"""Evidence: what speaks for a unit as the answer to a question, as numbers that can be read one by one.

Two things are told apart: what rules a unit out (it does not name the medicine asked about), and what makes it likelier
or less likely. The second is weighed by a logistic model whose coefficients stand in a small file, for each mode.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from assistant.answering.asked import Asked, ask_of, missing_share, sex_of
from assistant.answering.passages import Passages
from assistant.answering.quantities import holds_quantity
from assistant.answering.question import Reading
from assistant.answering.quotes import quotable_range
from assistant.answering.search import Candidate
from assistant.index.lexicon import contains
from assistant.library.model import Entry

Mode = Literal["hybrid", "lexical"]
"""With the encoder, or by words alone."""

_CROSS_REFERENCE = re.compile(r"\([0-9a-f]{8}\)")
"""How an entry refers to another one: such a sentence leads away rather than answers."""
FEATURES = (
    "unit_cosine",
    "chunk_cosine",
    "unit_cosine_behind",
    "chunk_cosine_behind",
    "unit_bm25_share",
    "chunk_bm25_share",
    "unit_bm25_behind",
    "score_behind",
    "unit_coverage",
    "chunk_coverage",
    "topics",
    "no_topic",
    "rare_asked",
    "rare_missing",
    "rare_missing_in_entry",
    "name_asked",
    "name_missing",
    "name_missing_in_chunk",
    "kind_known",
    "kind_required",
    "kind_share",
    "kind_exact",
    "kind_alone",
    "kind_failed",
    "kind_none",
    "kind_free",
    "kind_section",
    "no_subject",
    "subject_in_entry",
    "subject_in_unit",
    "argument_named",
    "condition_asked",
    "condition_missing",
    "condition_missing_in_chunk",
    "condition_missing_in_entry",
    "conditions_all_missing",
    "conditions_all_missing_of_subject",
    "detail_asked",
    "detail_missing",
    "detail_missing_in_entry",
    "compared_missing",
    "compared_rare_missing",
    "other_condition",
    "other_population",
    "other_substance",
    "absence",
    "absence_of_kind",
    "misconception",
    "animal",
    "row",
    "cross_reference",
    "length",
)
"""The numbers of a unit, in order; every one from -1 to about 1."""
DENSE = ("unit_cosine", "chunk_cosine", "unit_cosine_behind", "chunk_cosine_behind")
"""Those that need the encoder: 0 in the lexical mode."""

_SPREAD = 3.0
"""Fused z-scores by which a candidate behind the best is as far behind as can be told."""
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
def packaged_coefficients(mode: Mode = "hybrid") -> Coefficients:
    """Read the coefficients that come with this package.

    Raises:
        ValueError: they are of other features than this program's.
    """
    data = json.loads(resources.files("assistant.answering").joinpath("coefficients.json").read_text("utf-8"))[mode]
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
        asked = ask_of(reading, self.passages, candidates, self.passages.snapshot.encoder)
        weighed = [self._weigh(asked, candidate) for candidate in candidates]
        return sorted(weighed, key=lambda each: -each.probability)

    def _weigh(self, asked: Asked, candidate: Candidate) -> Evidence:
        passages = self.passages
        place = passages.snapshot.units[candidate.row]
        entry = passages.snapshot.library.by_id[place.entry_id]
        section = entry.section_of[place.unit].name
        other = self._of_another(asked, entry, candidate.row)
        features = (
            *self._nearness(asked, candidate),
            *self._topics(asked, candidate.row, entry),
            *self._kinds(asked, candidate.row, section),
            *self._names(asked, candidate.row, entry),
            float(other),
            *self._manner(asked, candidate.row, entry, place.unit),
        )
        veto = self._veto(asked, candidate.row, other=other) or self._lacks(asked, entry, place.unit)
        probability = 0.0 if veto else self._probability(features)
        if entry.id == asked.titled and section == "summary":
            # The title is the question that the publisher says the entry answers, and its summary is that answer.
            probability = max(probability, _TITLED - 0.01 * (place.unit - entry.section_of[place.unit].first))
            veto = ""
        return Evidence(candidate, entry, place.unit, features, veto, probability)

    def _nearness(self, asked: Asked, candidate: Candidate) -> tuple[float, ...]:
        """How near search found it."""
        return (
            candidate.unit_cosine,
            candidate.chunk_cosine,
            min(0.0, candidate.unit_cosine - asked.best_unit_cosine),
            min(0.0, candidate.chunk_cosine - asked.best_chunk_cosine),
            min(1.5, candidate.unit_bm25 / asked.ceiling),
            min(1.5, candidate.chunk_bm25 / asked.ceiling),
            min(0.0, max(-1.0, (candidate.unit_bm25 - asked.best_unit_bm25) / asked.ceiling)),
            min(0.0, max(-1.0, (candidate.score - asked.best_score) / _SPREAD)),
        )

    def _topics(self, asked: Asked, row: int, entry: Entry) -> tuple[float, ...]:
        """How much of what the question is about is said here."""
        passages = self.passages
        return (
            asked.share(passages.units[row]),
            asked.share(passages.chunks[passages.snapshot.chunk_of_unit[row]]),
            min(1.0, len(asked.weights) / 6),
            float(not asked.weights),
            float(bool(asked.rare)),
            asked.unsaid(asked.rare, passages.units[row]),
            asked.unsaid(asked.rare, passages.entries[entry.id]),
            float(bool(asked.proper)),
            asked.unsaid(asked.proper, passages.units[row]),
            asked.unsaid(asked.proper, passages.chunks[passages.snapshot.chunk_of_unit[row]]),
        )

    def _kinds(self, asked: Asked, row: int, section: str) -> tuple[float, ...]:
        """Whether the inventory says that it answers this kind of question."""
        kinds = self.passages.kinds[row]
        fits = [kind.is_answered_by(kinds) for kind in asked.required]
        exact = [kind.name in kinds for kind in asked.required]
        places = [section in kind.sections for kind in asked.reading.kinds if kind.sections]
        if not asked.weights and not asked.reading.kinds:
            places = [section == "summary"]
        return (
            float(bool(asked.reading.kinds)),
            float(bool(fits)),
            _mean(fits),
            _mean(exact),
            float(bool(exact) and all(exact) and not asked.weights),
            float(not all(fits)),
            float(bool(fits) and not any(fits)),
            _mean([kind.is_answered_by(kinds) for kind in asked.free]),
            _mean(places),
        )

    def _names(self, asked: Asked, row: int, entry: Entry) -> tuple[float, ...]:
        """Whether it speaks of what the question names, and only of that."""
        passages = self.passages
        about = passages.about[row]
        around = passages.chunk_about[passages.snapshot.chunk_of_unit[row]]
        whole = passages.entry_about[entry.id]
        conditions, details = asked.conditions, asked.details
        missing = missing_share(conditions, about)
        lacking = missing_share(details, about)
        others = (passages.condition_names & about) - asked.named - passages.subject_names[entry.id]
        asks_population = any(item.kind == "population" for item in asked.reading.arguments)
        return (
            float(not asked.subjects),
            float(entry.id in asked.reading.entries),
            float(any(contains(passages.terms[row], subject) for subject in asked.subjects)),
            float(bool(asked.reading.arguments)),
            float(bool(conditions)),
            missing,
            missing_share(conditions, around),
            missing_share(conditions, whole),
            float(missing == 1.0),
            float(missing == 1.0 and not asked.describing),
            float(bool(details)),
            lacking,
            missing_share(details, whole),
            float(asked.comparing and missing + lacking > 0),
            float(asked.comparing and asked.unsaid(asked.rare, passages.units[row]) > 0),
            min(1.0, len(others) / 2),
            float(not asks_population and not about.isdisjoint(passages.population_names)),
        )

    def _manner(self, asked: Asked, row: int, entry: Entry, number: int) -> tuple[float, ...]:
        """What sort of unit it is."""
        unit = entry.units[number]
        kinds = self.passages.kinds[row]
        absent = self.passages.states_absence[row]
        return (
            float(absent),
            float(absent and bool(asked.required) and all(kind.is_answered_by(kinds) for kind in asked.required)),
            float(unit.kind == "myth"),
            float("animal" in unit.marks),
            float(unit.kind == "row"),
            float(_CROSS_REFERENCE.search(self.passages.words[row]) is not None),
            min(1.0, len(self.passages.terms[row]) / 60),
        )

    def _of_another(self, asked: Asked, entry: Entry, row: int) -> bool:
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

    def _veto(self, asked: Asked, row: int, *, other: bool) -> str:
        reading = asked.reading
        if any(kind.name == "cost_brand" for kind in reading.kinds):
            return "the library names no product, price or shop"
        about, words = self.passages.about[row], self.passages.terms[row]
        covered = [
            not about.isdisjoint((*item.names, *item.broader))
            or (item.kind == "substance" and any(contains(words, name) for name in item.names))
            for item in reading.arguments
        ]
        named = list(zip(reading.arguments, covered, strict=True))
        mother = any(item.name in ("pregnancy", "breastfeeding") and here for item, here in named)
        treated = any(item.kind == "medicine" and here for item, here in named)
        for item, here in named:
            # A baby before or at the breast is spoken of as its mother; of several medicines, one may stand for their
            # class.
            if not here and not (item.name == "children" and mother) and not (item.kind == "medicine" and treated):
                return f"does not name {item.name}"
        if other and any(item.kind == "population" for item in reading.arguments):
            return "speaks of another substance"
        return ""

    def _lacks(self, asked: Asked, entry: Entry, number: int) -> str:
        """Return what the question asks for that the whole of what would be quoted does not hold; else nothing."""
        if not asked.quantities and not asked.sex:
            return ""
        first, last = quotable_range(entry, number) or (number, number)
        rows = [self.passages.snapshot.row_of.get((entry.id, each)) for each in range(first, last + 1)]
        inside = [row for row in rows if row is not None]
        words = " ".join(self.passages.words[row] for row in inside)
        if not any(self.passages.states_absence[row] for row in inside):
            for quantity in asked.quantities:
                if not holds_quantity(words, quantity):
                    return f"gives no number of the sort asked for: {quantity.name}"
        if asked.sex and sex_of(words) not in ("", asked.sex):
            return "speaks of the other sex"
        return ""


def _mean(values: Sequence[bool]) -> float:
    """Return the share that is true, from 0 to 1; 0 of none."""
    return sum(values) / len(values) if values else 0.0
