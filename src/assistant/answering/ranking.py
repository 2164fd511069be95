"""Ranking: the entries that a question is about, by words, by meaning, and by what the first ones found have in common.

The first ranking is fused from words and vectors. Then the question is asked again together with what stands in the
first entries, and each entry gains from those near it. That helps a question on a broad topic with many right entries
and blurs a narrow one, so how much of it is done follows from how much the question's own words tell in this library.
Must not choose a quotation: feedback finds what is alike, and a quotation must say the very thing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from assistant.answering.question import Reading
from assistant.answering.search import query_terms
from assistant.index.chunks import entry_terms
from assistant.index.dense import Scores
from assistant.index.encoder import Vectors
from assistant.index.engine import z_scores
from assistant.index.lexicon import phrase_terms
from assistant.index.snapshot import Snapshot
from assistant.index.terms import STOP_WORDS


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part of the ranking counts; chosen once on public development sets, see docs/performance.md."""

    words: float = 0.3
    """BM25 over whole entries."""
    units: float = 0.5
    """The entry's best unit under the library's metric."""
    chunks: float = 0.2
    """The entry's best chunk under the library's metric."""
    other_names: float = 0.25
    """Of a term that the question did not use, beside 1 for its own."""
    feedback: float = 1.0
    """Units asked for again with the first entries' vectors."""
    echo: float = 0.3
    """Words asked for again with the first entries' terms."""
    neighbours: float = 0.5
    """The share of an entry's score that comes from those near it."""


WEIGHTS = Weights()
_FIRST = 5
"""Entries that are fed back."""
_FEWEST_A_FIRST = 100
"""Entries in the library for each that is fed back: five of sixty would be no choice at all."""
_ECHOED = 100
"""Terms that are fed back."""
_TELLING = 12.0
"""The sum of the inverse document frequencies of a question's terms up to which it counts as a broad one."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry with its score."""

    entry_id: str
    score: float
    """Fused z-scores, no unit; compare within one ranking only."""


def rank_entries(
    snapshot: Snapshot,
    reading: Reading,
    vector: Vectors | None,
    *,
    entries: Sequence[str] = (),
    limit: int = 100,
    weights: Weights = WEIGHTS,
) -> list[Ranked]:
    """Rank the entries of a library by how much they are about a question.

    Args:
        snapshot: the index.
        reading: the question as read.
        vector: its embedding, of shape (dimensions,), of length 1; None to rank by words alone.
        entries: only these, though all are looked at; all when empty.
        limit: how many at most.
        weights: what each part counts.

    Returns:
        Entries that hold something quotable, best first, equal scores in the library's order.
    """
    scores = _Ranker(snapshot, weights).scores(reading, vector)
    allowed = frozenset(entries)
    order = np.argsort(-scores, kind="stable")
    best = (row for row in order.tolist() if not allowed or snapshot.served[row] in allowed)
    return [Ranked(snapshot.served[row], float(scores[row])) for row in islice(best, limit)]


@dataclass(frozen=True, slots=True)
class _Ranker:
    snapshot: Snapshot
    weights: Weights

    def scores(self, reading: Reading, vector: Vectors | None) -> Scores:
        """Return one score for each of the snapshot's `served`."""
        weights, engine = self.weights, self.snapshot.engine
        terms = self._terms(reading)
        scores = weights.words * z_scores(engine.entry_scores(terms))
        telling = engine.rarities(term for term, weight in terms.items() if weight == 1.0)
        broad = min(1.0, _TELLING / max(1.0, sum(telling.values())))
        asked = None
        if vector is not None:
            asked = _unit(self.snapshot.likeness.metric, vector)
            scores = scores + weights.units * z_scores(engine.best_units(asked))
            scores += weights.chunks * z_scores(engine.best_chunks(asked))
        scores = z_scores(scores)
        if asked is not None and weights.feedback and (first := self._first(scores)):
            asked = asked + np.sum([share * self._middle(row) for row, share in first.items()], axis=0)
            scores = z_scores(scores + broad * weights.feedback * z_scores(engine.best_units(asked)))
        if weights.echo and (first := self._first(scores)):
            scores = z_scores(scores + weights.echo * z_scores(engine.entry_scores(self._echo(first))))
        return self._smoothed(scores, broad * weights.neighbours)

    def _terms(self, reading: Reading) -> dict[str, float]:
        """Return the terms to look for with what each counts."""
        own = [*reading.terms, *(term for subject in reading.subjects for term in phrase_terms(subject))]
        return dict.fromkeys(query_terms(reading), self.weights.other_names) | {
            term: 1.0 for term in own if term not in STOP_WORDS
        }

    def _first(self, scores: Scores) -> Mapping[int, float]:
        """Return the best rows, each with its share, which sum to 1; none in a small library, or where none is best."""
        count = 0 if not len(scores) or np.ptp(scores) < 1e-9 else min(_FIRST, len(scores) // _FEWEST_A_FIRST)
        rows = np.argsort(-scores, kind="stable")[:count]
        shares = np.exp(scores[rows] - scores[rows].max(initial=-np.inf))
        return dict(zip(rows.tolist(), (shares / shares.sum()).tolist(), strict=True))

    def _middle(self, row: int) -> Vectors:
        """Return the middle of an entry's chunks, of length 1 under the metric, the metric applied."""
        starts = self.snapshot.layout.chunk_starts
        end = starts[row + 1] if row + 1 < len(starts) else len(self.snapshot.chunks)
        chunks = range(int(starts[row]), int(end))
        lengths = self.snapshot.likeness.chunk_lengths
        vectors = self.snapshot.engine.chunk_vectors(chunks)
        summed = np.sum([vector / lengths[each] for each, vector in zip(chunks, vectors, strict=True)], axis=0)
        return _unit(self.snapshot.likeness.metric, summed)

    def _echo(self, first: Mapping[int, float]) -> dict[str, float]:
        """Return the terms that tell most in the first entries, with weights that sum to 1.

        Source:
            Lavrenko and Croft, SIGIR 2001, each term's share times its inverse document frequency.
        """
        sums: dict[str, float] = {}
        held = {row: entry_terms(self.snapshot.library.by_id[self.snapshot.served[row]]) for row in first}
        rarities = self.snapshot.engine.rarities({term for terms in held.values() for term in terms})
        for row, share in first.items():
            terms = held[row]
            for term, count in Counter(terms).items():
                weight = share * count / len(terms) * rarities[term]
                sums[term] = sums.get(term, 0.0) + weight
        best = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:_ECHOED]
        total = sum(weight for _, weight in best)
        return {term: weight / total for term, weight in best if weight}

    def _smoothed(self, scores: Scores, share: float) -> Scores:
        """Return scores of which a share is the mean of the neighbours', the nearer the more."""
        likeness = self.snapshot.likeness
        if not share or not likeness.neighbours.shape[1]:
            return scores
        total = np.maximum(likeness.nearness.sum(axis=1), np.float32(1e-9))
        around: npt.NDArray[np.float32] = (scores[likeness.neighbours] * likeness.nearness).sum(axis=1) / total
        return (1 - share) * scores + share * around


def _unit(metric: Vectors, vector: Vectors) -> Vectors:
    """Apply the metric to a vector brought to length 1 under it: its product with another is then their cosine."""
    applied = metric @ vector
    length = float(np.sqrt(max(float(applied @ vector), 1e-12)))
    found: Vectors = (applied / length).astype(np.float32)
    return found
