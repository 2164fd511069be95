"""Evidence: how likely a unit is the answer to a question.

Two things are told apart: what rules a unit out (it does not name the medicine asked about), and what makes it likelier
or less likely. The second (`features.py`) is weighed by a logistic model whose coefficients stand in a small file, for
each mode.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answering.asked import Asked, ask_of
from assistant.answering.coefficients import Coefficients
from assistant.answering.features import features_of
from assistant.answering.passages import Facts, Passages, Rows
from assistant.answering.question import Reading
from assistant.answering.search import Candidate
from assistant.answering.vetoes import vetoes_of
from assistant.index.lexicon import Terms, contains
from assistant.library.model import Entry

_NEAR = 5
"""Candidates whose probabilities are summed for it."""
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


@dataclass(frozen=True)
class Weigher:
    """Weighs candidates against questions, over the units of one snapshot."""

    passages: Passages
    coefficients: Coefficients

    def weigh(self, reading: Reading, candidates: Sequence[Candidate]) -> list[Evidence]:
        """Weigh candidates: the likeliest first, equal ones in the order they came."""
        if not candidates:
            return []
        passages = self.passages
        asked = ask_of(reading, passages, candidates, passages.snapshot.encoder)
        rows = np.array([each.row for each in candidates], dtype=np.intp)
        facts = [passages.facts[row] for row in rows.tolist()]
        others = _of_another(asked, passages, rows, facts)
        features = features_of(asked, passages, candidates, rows, facts, others)
        sums = self.coefficients.intercept + np.cumsum(features * np.array(self.coefficients.weights), axis=1)[:, -1]
        vetoes = vetoes_of(passages, asked, rows, others)
        given = zip(candidates, facts, map(tuple, features.tolist()), vetoes, sums.tolist(), strict=True)
        weighed = [_judged(asked, *each) for each in given]
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


def _judged(
    asked: Asked, candidate: Candidate, facts: Facts, features: tuple[float, ...], veto: str, total: float
) -> Evidence:
    """Return a candidate with its probability."""
    entry, unit = facts.entry, facts.number
    probability = 0.0 if veto else _logistic(total)
    if entry.id == asked.titled and facts.section == "summary":
        # The title is the question that the publisher says the entry answers, and its summary is that answer.
        probability = max(probability, _TITLED - 0.01 * (unit - entry.section_of[unit].first))
        veto = ""
    return Evidence(candidate, entry, unit, features, veto, probability)


def _of_another(asked: Asked, passages: Passages, rows: Rows, facts: Sequence[Facts]) -> list[bool]:
    """Return which units speak of a substance neither asked about nor their entry's own, and of none that is."""
    meant = {each.entry.id: passages.own_names[each.entry.id] | asked.substances for each in facts}

    def of_another(row: int, names: frozenset[Terms]) -> bool:
        named = passages.substances[row]
        if not any(names.isdisjoint(item.names) for item in named):
            return False
        words = passages.terms[row]
        return not any(contains(words, name) for name in names)

    return [of_another(row, meant[each.entry.id]) for row, each in zip(rows.tolist(), facts, strict=True)]


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
