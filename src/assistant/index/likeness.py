"""Likeness: how alike the texts of one library are, measured with the library's own spread of vectors.

Sentences of one field lie close together, so that a plain cosine tells them apart poorly. The metric gives the
directions in which they hardly differ more weight, and those in which they all differ less. Each entry's nearest others
are written down once, when the index is built. Must not know what a question is.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.errors import SnapshotError
from assistant.index.encoder import Vectors

Lengths = npt.NDArray[np.float32]
"""One a row: the length of its vector under the metric, above 0."""

_EXPONENT = -0.4
"""Of the covariance; -1 would make all directions alike (Mahalanobis), 0 leaves the cosine. Chosen on public
development sets."""
_SHRINKAGE = 0.02
"""Of the mean variance, added to every direction; and as much again as the library has too few rows to tell."""
_NEIGHBOURS = 10
_FEWEST_A_NEIGHBOUR = 30
"""Entries for each neighbour that an entry has: in a small library the tenth nearest is not near."""
_DECIMALS = 4
"""Kept, so that the order in which a processor adds up does not change the bytes."""
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Likeness:
    """The metric of a library, and the entries that lie near each other."""

    metric: Vectors
    """Shape (dimensions, dimensions), symmetric, positive definite."""
    unit_lengths: Lengths
    chunk_lengths: Lengths
    neighbours: npt.NDArray[np.int32]
    """Shape (entries, up to ten): the nearest others of each, nearest first, equal ones by row."""
    nearness: npt.NDArray[np.float32]
    """The cosine under the metric with each neighbour, from 0 to 1; below 0 counts as 0."""

    @classmethod
    def of(cls, units: Vectors, chunks: Vectors, entry_of_chunk: Sequence[int]) -> "Likeness":
        """Measure a library.

        Args:
            units: the vectors of its units, shape (rows, dimensions).
            chunks: the vectors of its chunks.
            entry_of_chunk: the row of each chunk's entry, ascending, from 0, none left out.
        """
        metric = _metric_of(units.astype(np.float64))
        unit_lengths, chunk_lengths = _lengths(units, metric), _lengths(chunks, metric)
        own = np.asarray(entry_of_chunk)
        starts = np.searchsorted(own, np.arange(own[-1] + 1))
        middles = np.add.reduceat(chunks / chunk_lengths[:, None].astype(np.float64), starts, axis=0)
        middles /= _lengths(middles, metric)[:, None]
        return cls(
            metric.astype(np.float32),
            unit_lengths.astype(np.float32),
            chunk_lengths.astype(np.float32),
            *_nearest(middles, middles @ metric),
        )

    def to_bytes(self) -> bytes:
        """Return it as the bytes that `from_bytes` reads."""
        file = io.BytesIO()
        np.savez(file, **{name: getattr(self, name) for name in self.__slots__})
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Likeness":
        """Read it back. Check the hash first.

        Raises:
            SnapshotError: it cannot be read.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                return cls(**{name: file[name] for name in cls.__slots__})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise SnapshotError(f"the likeness file cannot be read ({error}); run `assistant build` again") from None


def _metric_of(units: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows, dimensions = units.shape
    spread = units - units.mean(axis=0)
    covariance = spread.T @ spread / rows
    mean = float(np.trace(covariance)) / dimensions
    if mean < 1e-9:  # one unit, or all alike: nothing to learn from
        return np.eye(dimensions)
    covariance += np.eye(dimensions) * mean * (_SHRINKAGE + dimensions / rows)
    values, directions = np.linalg.eigh(covariance)
    scales = (np.maximum(values, 1e-9) / values.mean()) ** _EXPONENT
    metric: npt.NDArray[np.float64] = (directions * scales) @ directions.T
    return metric.round(_DECIMALS)


def _lengths(vectors: npt.NDArray[np.floating], metric: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the length of each vector under the metric."""
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float64)
        found[start : start + _BLOCK] = np.sqrt(np.einsum("rd,rd->r", block @ metric, block))
    return np.maximum(np.round(found, _DECIMALS), 10.0**-_DECIMALS)


def _nearest(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return the nearest other rows of each row, by the inner products of two forms of the same rows."""
    count = min(_NEIGHBOURS, len(left) // _FEWEST_A_NEIGHBOUR)
    neighbours = np.empty((len(left), count), dtype=np.int32)
    nearness = np.empty((len(left), count), dtype=np.float32)
    for start in range(0, len(left) if count else 0, _BLOCK):
        near = np.round(left[start : start + _BLOCK] @ right.T, _DECIMALS)
        near[np.arange(len(near)), start + np.arange(len(near))] = -np.inf
        # More than are kept, so that equal ones on the edge stand by row.
        some = np.sort(np.argpartition(-near, min(4 * count, near.shape[1] - 1), axis=1)[:, : 4 * count], axis=1)
        values = np.take_along_axis(near, some, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")[:, :count]
        neighbours[start : start + _BLOCK] = np.take_along_axis(some, order, axis=1)
        nearness[start : start + _BLOCK] = np.maximum(np.take_along_axis(values, order, axis=1), 0)
    return neighbours, nearness
