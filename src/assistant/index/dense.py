"""Dense search: an exact FAISS index over unit-length vectors. The only module that imports faiss."""

import faiss
import numpy as np
import numpy.typing as npt

from assistant.errors import SnapshotError
from assistant.index.encoder import Vectors

Scores = npt.NDArray[np.float32]
"""One score a row, in row order."""


class DenseIndex:
    """An exact inner-product index; row i is the i-th vector it was made from."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors) -> "DenseIndex":
        """Make an index from vectors of shape (rows, dimensions)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def from_bytes(cls, data: bytes) -> "DenseIndex":
        """Read an index back. Check the hash first: faiss reads some damaged files without a word.

        Raises:
            SnapshotError: faiss cannot read it.
        """
        try:
            return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)))
        except RuntimeError:
            raise SnapshotError("the vector index cannot be read; run `assistant build` again") from None

    def to_bytes(self) -> bytes:
        """Return the index as the bytes that `from_bytes` reads."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @property
    def rows(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return int(self._index.d)

    def vectors(self) -> Vectors:
        """Return all vectors, of shape (rows, dimensions)."""
        found: Vectors = self._index.reconstruct_n(0, self.rows)
        return found

    def vector(self, row: int) -> Vectors:
        """Return one row's vector, of shape (dimensions,)."""
        return np.asarray(self._index.reconstruct(row), dtype=np.float32)

    def scores(self, query: Vectors) -> Scores:
        """Return the cosine of a query of shape (dimensions,) with every row, from -1 to 1."""
        found = np.zeros(self.rows, dtype=np.float32)
        values, rows = self._index.search(query.reshape(1, -1), self.rows)
        real = rows[0] >= 0
        found[rows[0][real]] = values[0][real]
        return found
