"""Evidence: what speaks for a unit as the answer to a question, as numbers that can be read one by one.

Two things are told apart: what rules a unit out (it does not name the medicine asked about), and what makes it likelier
or less likely. The second is weighed by a logistic model whose coefficients stand in a small file, for each mode.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answering.asked import Asked, ask_of, missing_share
from assistant.answering.coefficients import Coefficients
from assistant.answering.passages import Passages
from assistant.answering.question import Reading
from assistant.answering.search import Candidate
from assistant.answering.vetoes import veto_of
from assistant.index.lexicon import contains
from assistant.library.model import Entry

_CROSS_REFERENCE = re.compile(r"\([0-9a-f]{8}\)")
"""How an entry refers to another one: such a sentence leads away rather than answers."""
_NEAR = 5
"""Candidates whose probabilities are summed for it."""
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
        return self._trusted(asked, sorted(weighed, key=lambda each: -each.probability))

    def _trusted(self, asked: Asked, weighed: list[Evidence]) -> list[Evidence]:
        """Shift the log-odds of all alike, so that the likeliest is as likely as such a one has proved right before."""
        first = weighed[0]
        if first.probability == 0 or asked.titled == first.entry.id:
            return weighed
        features = trust_features(weighed)
        trusted = self.coefficients.trust_intercept + sum(
            w * x for w, x in zip(self.coefficients.trust, features, strict=True)
        )
        shift = trusted - log_odds(first.probability)
        return [
            replace(each, probability=_logistic(log_odds(each.probability) + shift)) if each.probability > 0 else each
            for each in weighed
        ]

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
        veto = veto_of(passages, asked, candidate.row, other=other)
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
            self._subjects_missing(asked, row, entry),
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

    def _subjects_missing(self, asked: Asked, row: int, entry: Entry) -> float:
        """Return the share of the subjects asked about at once that a unit neither names nor stands in an entry of."""
        words = self.passages.terms[row]
        missing = sum(
            subject not in entry.subjects and not any(contains(words, name) for name in names)
            for subject, names in asked.together
        )
        return missing / len(asked.together) if asked.together else 0.0

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
        return _logistic(
            self.coefficients.intercept + sum(w * x for w, x in zip(self.coefficients.weights, features, strict=True))
        )


def trust_features(weighed: Sequence[Evidence]) -> tuple[float, ...]:
    """Return the numbers of `TRUST` for candidates, the likeliest first."""
    likely = [each.probability for each in weighed]
    second = likely[1] if len(likely) > 1 else 0.0
    return (
        log_odds(likely[0]),
        log_odds(second),
        second,
        sum(likely[:_NEAR]),
        sum(not each.veto for each in weighed) / len(weighed),
        *weighed[0].features,
    )


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, from -9.2 to 9.2: nothing here is surer than one in ten thousand."""
    kept = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(kept / (1 - kept))


def _logistic(total: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _mean(values: Sequence[bool]) -> float:
    """Return the share that is true, from 0 to 1; 0 of none."""
    return sum(values) / len(values) if values else 0.0
