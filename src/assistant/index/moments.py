"""Moments: what the scores of all rows come to, from their vectors' mean and covariance, without looking at a row."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.index.dense import Scores
from assistant.index.encoder import Vectors

_BLOCK = 4096
"""Vectors that are worked on at a time."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean and the covariance of vectors, from which those of their products with any vector follow."""

    mean: npt.NDArray[np.float64]
    """Shape (dimensions,)."""
    covariance: npt.NDArray[np.float64]
    """Shape (dimensions, dimensions)."""

    @classmethod
    def of(cls, vectors: Vectors, weights: npt.NDArray[np.intp]) -> "Moments":
        """Work them out of vectors of shape (rows, dimensions), each counted as often as its weight says."""
        dimensions, total = vectors.shape[1], float(weights.sum())
        summed, squared = np.zeros(dimensions), np.zeros((dimensions, dimensions))
        for start in range(0, len(vectors), _BLOCK):
            block = vectors[start : start + _BLOCK].astype(np.float64)
            weighted = block * weights[start : start + _BLOCK, None]
            summed += weighted.sum(axis=0)
            squared += weighted.T @ block
        mean = summed / total
        return cls(mean, squared / total - np.outer(mean, mean))

    def z_scores(self, scores: Scores, vector: Vectors) -> Scores:
        """Return z-scores among all rows of some rows' products with a vector; all 0 where none differs."""
        asked = vector.astype(np.float64)
        spread = float(np.sqrt(max(float(asked @ self.covariance @ asked), 0.0)))
        # Of rows that are all alike rounding leaves some 1e-8.
        if spread <= 1e-7:
            return np.zeros_like(scores)
        found: Scores = (scores - np.float32(asked @ self.mean)) / np.float32(spread)
        return found

    def to_bytes(self) -> bytes:
        """Return them as the bytes that `from_bytes` reads."""
        return np.vstack([self.mean, self.covariance]).astype("<f8").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Moments":
        """Read them back. Check the hash first.

        Raises:
            ValueError: they are not of one shape.
        """
        values = np.frombuffer(data, "<f8")
        dimensions = math.isqrt(len(values))
        table = values.reshape(dimensions + 1, dimensions)
        return cls(table[0], table[1:])
