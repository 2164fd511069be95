"""Evidence: what speaks for a unit as the answer to a question, as numbers that can be read one by one.

Two things are told apart: what rules a unit out (it does not name the medicine asked about), and what makes it likelier
or less likely. The second is weighed by a logistic model whose coefficients stand in a small file, for each mode.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from assistant.answering.asked import Asked, ask_of, missing_share
from assistant.answering.coefficients import Coefficients
from assistant.answering.passages import Passages, Rows
from assistant.answering.question import Reading
from assistant.answering.search import Candidate
from assistant.answering.vetoes import veto_of
from assistant.index.lexicon import contains
from assistant.library.model import Entry

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

    def with_probability(self, probability: float) -> "Evidence":
        """Return it with another probability."""
        return Evidence(self.candidate, self.entry, self.unit, self.features, self.veto, probability)


class Topics(NamedTuple):
    """How much of a question's topics is said by one candidate; all from 0 to 1."""

    share: float
    share_of_chunk: float
    rare_unsaid: float
    rare_unsaid_in_entry: float
    proper_unsaid: float
    proper_unsaid_in_chunk: float


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
        topics = _topics(asked, self.passages, np.array([each.row for each in candidates], dtype=np.intp))
        found = [self._found(asked, *pair) for pair in zip(candidates, topics, strict=True)]
        sums = self._sums([each.features for each in found])
        weighed = [self._judged(asked, *pair) for pair in zip(found, sums, strict=True)]
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
            each.with_probability(_logistic(log_odds(each.probability) + shift)) if each.probability > 0 else each
            for each in weighed
        ]

    def _found(self, asked: Asked, candidate: Candidate, topics: Topics) -> Evidence:
        """Return what speaks for a candidate, not yet weighed."""
        passages = self.passages
        place = passages.snapshot.units[candidate.row]
        entry = passages.snapshot.library.by_id[place.entry_id]
        section = entry.section_of[place.unit].name
        other = self._of_another(asked, entry, candidate.row)
        features = (
            *self._nearness(asked, candidate),
            *self._topics(asked, topics),
            *self._kinds(asked, candidate.row, section),
            *self._names(asked, candidate.row, entry, topics),
            float(other),
            *self._manner(asked, candidate.row, entry, place.unit),
        )
        veto = veto_of(passages, asked, candidate.row, other=other)
        return Evidence(candidate, entry, place.unit, features, veto, 0.0)

    def _judged(self, asked: Asked, found: Evidence, total: float) -> Evidence:
        """Return a candidate with its probability."""
        entry, unit = found.entry, found.unit
        probability = 0.0 if found.veto else _logistic(total)
        if entry.id == asked.titled and (section := entry.section_of[unit]).name == "summary":
            # The title is the question that the publisher says the entry answers, and its summary is that answer.
            probability = max(probability, _TITLED - 0.01 * (unit - section.first))
            return Evidence(found.candidate, entry, unit, found.features, "", probability)
        return found.with_probability(probability)

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

    def _topics(self, asked: Asked, topics: Topics) -> tuple[float, ...]:
        """How much of what the question is about is said here."""
        return (
            topics.share,
            topics.share_of_chunk,
            min(1.0, len(asked.weights) / 6),
            float(not asked.weights),
            float(bool(asked.rare)),
            topics.rare_unsaid,
            topics.rare_unsaid_in_entry,
            float(bool(asked.proper)),
            topics.proper_unsaid,
            topics.proper_unsaid_in_chunk,
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

    def _names(self, asked: Asked, row: int, entry: Entry, topics: Topics) -> tuple[float, ...]:
        """Whether it speaks of what the question names, and only of that."""
        passages = self.passages
        about = passages.about[row]
        conditions, details = asked.conditions, asked.details
        around = passages.chunk_about[passages.snapshot.chunk_of_unit[row]] if conditions else about
        whole = passages.entry_about(entry.id) if conditions or details else about
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
            float(asked.comparing and topics.rare_unsaid > 0),
            min(1.0, len(others) / 2),
            float(not asks_population and not about.isdisjoint(passages.population_names)),
        )

    def _subjects_missing(self, asked: Asked, row: int, entry: Entry) -> float:
        """Return the share of the subjects asked about at once that a unit neither names nor stands in an entry of."""
        if not asked.together:
            return 0.0
        words = self.passages.terms[row]
        missing = sum(
            subject not in entry.subjects and not any(contains(words, name) for name in names)
            for subject, names in asked.together
        )
        return missing / len(asked.together)

    def _manner(self, asked: Asked, row: int, entry: Entry, number: int) -> tuple[float, ...]:
        """What sort of unit it is."""
        unit = entry.units[number]
        kinds = self.passages.kinds[row]
        wording = self.passages.snapshot.wording
        absent = bool(wording.absent[row])
        return (
            float(absent),
            float(absent and bool(asked.required) and all(kind.is_answered_by(kinds) for kind in asked.required)),
            float(unit.kind == "myth"),
            float("animal" in unit.marks),
            float(unit.kind == "row"),
            float(wording.refers[row]),
            min(1.0, wording.length(row) / 60),
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

    def _sums(self, features: Sequence[tuple[float, ...]]) -> list[float]:
        """Return the log-odds of each candidate, its numbers added up in their order."""
        parts = np.array(features) * np.array(self.coefficients.weights)
        sums: list[float] = (self.coefficients.intercept + np.cumsum(parts, axis=1)[:, -1]).tolist()
        return sums


def _topics(asked: Asked, passages: Passages, rows: Rows) -> Iterator[Topics]:
    """Yield what units say of a question's topics, in order."""
    names = asked.other_names
    units, chunks = passages.in_units(rows), passages.in_chunks(rows)
    columns = (
        units.share(asked.weights, names),
        chunks.share(asked.weights, names),
        units.unsaid(asked.rare, names),
        passages.in_entries(rows).unsaid(asked.rare, names) if asked.rare else np.zeros(len(rows)),
        units.unsaid(asked.proper, names),
        chunks.unsaid(asked.proper, names),
    )
    return map(Topics, *(column.tolist() for column in columns))


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
