"""The embedded engine: FAISS and BM25 in this process's memory, every row scored for every question, exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.index.dense import DenseIndex, Scores
from assistant.index.encoder import Vectors
from assistant.index.engine import Candidate, Fusion, Layout, Query, Rows, SearchEngine, z_scores
from assistant.index.lexical import LexicalIndex
from assistant.index.likeness import Likeness


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

    @property
    def rows(self) -> tuple[int, int]:
        """How many chunks and how many units it holds."""
        return self.chunk_dense.rows, self.unit_dense.rows

    def find_units(self, query: Query, fusion: Fusion, rows: Rows | None, limit: int) -> list[Candidate]:
        """Find the units that score best."""
        of_chunk = self.layout.chunk_of_unit
        unit_dense = chunk_dense = np.zeros(len(of_chunk), dtype=np.float32)
        if query.vector is not None:
            unit_dense = self.unit_dense.scores(query.vector)
            chunk_dense = self.chunk_dense.scores(query.vector)[of_chunk]
        unit_terms = self.unit_terms.scores(query.unit_terms)
        chunk_terms = self.chunk_terms.scores(query.chunk_terms)[of_chunk]
        fused = (
            fusion.unit_dense * z_scores(unit_dense)
            + fusion.chunk_dense * z_scores(chunk_dense)
            + fusion.unit_terms * z_scores(unit_terms)
            + fusion.chunk_terms * z_scores(chunk_terms)
        )
        best = _first_of(np.arange(len(of_chunk), dtype=np.intp) if rows is None else rows, fused, limit)
        columns = [column[best].tolist() for column in (fused, unit_dense, chunk_dense, unit_terms, chunk_terms)]
        return [Candidate(*found) for found in zip(best.tolist(), *columns, strict=True)]

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


def _first_of(rows: Rows, scores: Scores, limit: int) -> Rows:
    """Return the rows that score best, best first, equal scores by row; only those near the top are sorted."""
    if len(rows) > limit > 0:
        lowest = np.partition(scores[rows], len(rows) - limit)[len(rows) - limit]
        rows = rows[scores[rows] >= lowest]
    return rows[np.lexsort((rows, -scores[rows]))][:limit]
