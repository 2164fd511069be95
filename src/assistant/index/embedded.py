"""The embedded engine: FAISS and BM25 in this process.

Every row is scored for every question, exactly, as long as that is quick. Of more, those are that an index finds
nearest, with those that score best by words; their scores are exact, and what z-scores need of all rows follows from
the vectors' moments.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.index.dense import DenseIndex, NearIndex, Scores
from assistant.index.encoder import Vectors
from assistant.index.engine import Candidate, Fusion, Layout, Query, Rows, SearchEngine, z_scores
from assistant.index.lexical import LexicalIndex
from assistant.index.likeness import Likeness
from assistant.index.moments import Moments

EXACT = 100_000
"""Rows up to which every one is scored."""
_NEAR_UNITS, _NEAR_CHUNKS = 400, 100
"""The units and the chunks that are asked for as near, and the units taken of the ranking by words."""


@dataclass(frozen=True, slots=True)
class Near:
    """What stands in for scoring every row of a large library."""

    units: NearIndex
    chunks: NearIndex
    unit_moments: Moments
    chunk_moments: Moments
    """Of the chunk that each unit lies in."""


@dataclass(frozen=True, slots=True)
class EmbeddedEngine:
    """A `SearchEngine` over indexes in memory; row i of each is unit, chunk or entry i."""

    layout: Layout
    likeness: Likeness
    chunk_dense: DenseIndex
    unit_dense: DenseIndex
    chunk_terms: LexicalIndex
    unit_terms: LexicalIndex
    entry_terms: LexicalIndex
    """The whole text of each entry that holds a unit."""
    near: Near | None = None
    """None, where every row is scored."""

    @property
    def rows(self) -> tuple[int, int]:
        """How many chunks and how many units it holds."""
        return self.chunk_dense.rows, self.unit_dense.rows

    def find_units(self, query: Query, fusion: Fusion, rows: Rows | None, limit: int) -> list[Candidate]:
        """Find the units that score best."""
        of_chunk = self.layout.chunk_of_unit
        unit_terms = self.unit_terms.scores(query.unit_terms)
        chunk_terms = self.chunk_terms.scores(query.chunk_terms)[of_chunk]
        by_units, by_chunks = fusion.unit_terms * z_scores(unit_terms), fusion.chunk_terms * z_scores(chunk_terms)
        every = np.arange(len(of_chunk), dtype=np.intp) if rows is None else rows
        if query.vector is None:
            found, fused = every, (by_units + by_chunks)[every]
            unit_dense = chunk_dense = np.zeros(len(every), dtype=np.float32)
        elif self.near is None:
            unit_dense = self.unit_dense.scores(query.vector)
            chunk_dense = self.chunk_dense.scores(query.vector)[of_chunk]
            by_meaning = fusion.unit_dense * z_scores(unit_dense) + fusion.chunk_dense * z_scores(chunk_dense)
            fused = by_meaning + by_units + by_chunks
            found, fused, unit_dense, chunk_dense = every, fused[every], unit_dense[every], chunk_dense[every]
        else:
            found = self._near(self.near, query.vector, every, by_units + by_chunks, max(_NEAR_UNITS, limit))
            unit_dense = self.unit_dense.some(found.tolist()) @ query.vector
            chunks, places = np.unique(of_chunk[found], return_inverse=True)
            chunk_dense = (self.chunk_dense.some(chunks.tolist()) @ query.vector)[places]
            fused = (
                fusion.unit_dense * self.near.unit_moments.z_scores(unit_dense, query.vector)
                + fusion.chunk_dense * self.near.chunk_moments.z_scores(chunk_dense, query.vector)
                + by_units[found]
                + by_chunks[found]
            )
        best = _first_of(fused, limit)
        columns = (fused[best], unit_dense[best], chunk_dense[best], unit_terms[found[best]], chunk_terms[found[best]])
        return [
            Candidate(*each) for each in zip(found[best].tolist(), *(part.tolist() for part in columns), strict=True)
        ]

    def _near(self, near: Near, vector: Vectors, every: Rows, by_words: Scores, most: int) -> Rows:
        """Return units that may be the best, ascending: near the question, in a chunk near it, or best by words."""
        if len(every) <= most:
            return every
        units = near.units.nearest(vector, most, None if len(every) == len(by_words) else every)
        around = np.isin(self.layout.chunk_of_unit[every], near.chunks.nearest(vector, _NEAR_CHUNKS))
        said = every[np.argpartition(-by_words[every], most - 1)[:most]]
        return np.unique(np.concatenate([units, every[around], said]))

    def word_scores(self, terms: Sequence[str], rows: Rows) -> tuple[Scores, Scores]:
        """Return the BM25 scores of some units, and those of the chunks that they lie in."""
        return self.unit_terms.scores(terms)[rows], self.chunk_terms.scores(terms)[self.layout.chunk_of_unit[rows]]

    def best_units(self, asked: Vectors) -> Scores:
        """Return the score of each entry's best unit."""
        found = self.unit_dense.scores(asked) / self.likeness.unit_lengths
        best: Scores = np.maximum.reduceat(found, self.layout.unit_starts)
        return best

    def best_chunks(self, asked: Vectors) -> Scores:
        """Return the score of each entry's best chunk."""
        found = self.chunk_dense.scores(asked) / self.likeness.chunk_lengths
        best: Scores = np.maximum.reduceat(found, self.layout.chunk_starts)
        return best

    def entry_scores(self, weights: Mapping[str, float]) -> Scores:
        """Return the sum of each entry's BM25 scores of some terms, each times its weight."""
        return self.entry_terms.weighted_scores(weights)

    def rarities(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the inverse document frequency of terms among entries."""
        return {term: self.entry_terms.rarity(term) for term in terms}

    def unit_vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the vectors of some units."""
        return self.unit_dense.some(rows)

    def chunk_vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the vectors of some chunks."""
        return self.chunk_dense.some(rows)


def as_embedded(engine: SearchEngine) -> EmbeddedEngine:
    """Return an engine as the embedded one, for what reads every row: measuring, and building from what was built.

    Raises:
        TypeError: it is another.
    """
    if not isinstance(engine, EmbeddedEngine):
        raise TypeError(f"every row is read of the embedded engine only; this is {type(engine).__name__}")
    return engine


def _first_of(scores: Scores, limit: int) -> Rows:
    """Return the places of the best scores, best first, equal ones in order; only those near the top are sorted."""
    places = np.arange(len(scores), dtype=np.intp)
    if len(scores) > limit > 0:
        places = np.flatnonzero(scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit])
    return places[np.lexsort((places, -scores[places]))][:limit]
