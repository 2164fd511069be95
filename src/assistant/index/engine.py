"""The seam: what answering asks of vectors and terms, whoever keeps them.

A `SearchEngine` scores rows and knows no words but terms: which rows may be searched, what is done with a score, and
every word of a quotation are decided elsewhere. `embedded` answers in this process, `postgres` in a database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.index.chunks import Chunk, Place
from assistant.index.dense import Scores
from assistant.index.encoder import Vectors

Rows = npt.NDArray[np.intp]
"""Row numbers, ascending."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer, with how it was found."""

    row: int
    """In the snapshot's units."""
    score: float
    """Fused z-scores, no unit; compare within one search only."""
    unit_cosine: float
    chunk_cosine: float
    unit_bm25: float
    chunk_bm25: float


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for."""

    vector: Vectors | None
    """Of shape (dimensions,), of length 1; None to search by words alone."""
    unit_terms: Sequence[str]
    """Looked for in units; a term that stands twice counts twice."""
    chunk_terms: Sequence[str]
    """Looked for in the chunks that the units lie in."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """What each ranking's z-scores count."""

    unit_dense: float
    chunk_dense: float
    unit_terms: float
    chunk_terms: float


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a snapshot lie: an entry's units and chunks stand together, and so do a chunk's units."""

    chunk_of_unit: Rows
    """The row of the chunk that each unit row lies in."""
    unit_starts: Rows
    """The first unit row of each entry that holds one, in the library's order."""
    chunk_starts: Rows
    """The first chunk row of each of the same entries."""

    @classmethod
    def of(cls, chunks: Sequence[Chunk], units: Sequence[Place]) -> "Layout":
        """Lay out a snapshot's chunks and units.

        Raises:
            KeyError: a unit lies in no chunk, or an entry has units and no chunk.
        """
        rows = {
            (chunk.entry_id, number): row
            for row, chunk in enumerate(chunks)
            for number in range(chunk.first, chunk.last + 1)
        }
        first_unit: dict[str, int] = {}
        first_chunk: dict[str, int] = {}
        for row, place in enumerate(units):
            first_unit.setdefault(place.entry_id, row)
        for row, chunk in enumerate(chunks):
            first_chunk.setdefault(chunk.entry_id, row)
        return cls(
            np.array([rows[place.entry_id, place.unit] for place in units], dtype=np.intp),
            np.array(list(first_unit.values()), dtype=np.intp),
            np.array([first_chunk[entry_id] for entry_id in first_unit], dtype=np.intp),
        )


class SearchEngine(Protocol):
    """Vectors and terms of one snapshot. Safe to use from several threads.

    Every method raises `EngineError` where the engine cannot be reached; it then gives no part of an answer.
    """

    @property
    def rows(self) -> tuple[int, int]:
        """How many chunks and how many units it holds."""
        ...

    def find_units(self, query: Query, fusion: Fusion, rows: Rows | None, limit: int) -> list[Candidate]:
        """Find the units that score best.

        Args:
            query: what is looked for.
            fusion: what each of the four rankings counts. Z-scores are over all units, whichever may be found.
            rows: only these units; all when None.
            limit: how many at most.

        Returns:
            Candidates, best first, equal scores by row.
        """
        ...

    def word_scores(self, terms: Sequence[str], rows: Rows) -> tuple[Scores, Scores]:
        """Return the BM25 scores of some units, and those of the chunks that they lie in; from 0, no unit."""
        ...

    def best_units(self, asked: Vectors) -> Scores:
        """Return the score of each entry's best unit.

        Args:
            asked: of shape (dimensions,), the library's metric applied.

        Returns:
            One cosine under the metric for each entry that holds a unit, in the library's order.
        """
        ...

    def best_chunks(self, asked: Vectors) -> Scores:
        """Return the score of each entry's best chunk, as `best_units` does."""
        ...

    def entry_scores(self, weights: Mapping[str, float]) -> Scores:
        """Return the sum of each entry's BM25 scores of some terms, each times its weight; from 0, no unit."""
        ...

    def rarities(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the inverse document frequency of terms among entries, above 0; 0 where none holds a term."""
        ...

    def unit_vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the vectors of some units, of shape (rows, dimensions), each of length 1."""
        ...

    def chunk_vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the vectors of some chunks, as `unit_vectors` does."""
        ...


def z_scores(scores: Scores) -> Scores:
    """Return how many standard deviations each score lies above the mean; all 0 where none differs."""
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)
