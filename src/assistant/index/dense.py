"""Dense search: FAISS over unit-length vectors, every row exactly or the nearest rows quickly.

The only module that imports faiss.
"""

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import faiss
import numpy as np
import numpy.typing as npt

from assistant.errors import SnapshotError
from assistant.index.encoder import Vectors

_FEWEST_SHARED = 50_000  # rows, from which several threads are quicker than one
_HELPERS = os.cpu_count() or 1
Scores = npt.NDArray[np.float32]
"""One score a row, in row order."""
Kind = TypeVar("Kind")


def _read(kind: type[Kind], read: Callable[[], object]) -> Kind:
    """Return what faiss reads.

    Raises:
        SnapshotError: it cannot, or what it reads is of another kind.
    """
    try:
        index = read()
    except RuntimeError:
        index = None
    if not isinstance(index, kind):
        raise SnapshotError("the vector index cannot be read; run `assistant build` again")
    return index


class DenseIndex:
    """An exact inner-product index; row i is the i-th vector it was made from."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index
        self._all_rows = np.arange(index.ntotal, dtype=np.int64)

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
            SnapshotError: faiss cannot read it, or it is of another kind.
        """
        return cls(_read(faiss.IndexFlatIP, lambda: faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))))

    @classmethod
    def in_place(cls, path: Path) -> "DenseIndex":
        """Open an index of which rows are read from the file when they are asked for. Check the file's hash first.

        Raises:
            SnapshotError: faiss cannot read it, or it is of another kind.
        """
        return cls(_read(faiss.IndexFlatIP, lambda: faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)))

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

    def some(self, rows: Sequence[int]) -> Vectors:
        """Return the vectors of some rows, of shape (rows, dimensions)."""
        found: Vectors = np.empty((len(rows), self.dimensions), dtype=np.float32)
        for at, row in enumerate(rows):
            self._index.reconstruct(int(row), found[at])
        return found

    def scores(self, query: Vectors) -> Scores:
        """Return the cosine of a query of shape (dimensions,) with every row, from -1 to 1.

        Raises:
            ValueError: the query has another shape.
        """
        asked = np.ascontiguousarray(query, dtype=np.float32)
        if asked.shape != (self.dimensions,):
            raise ValueError(f"a query of shape {asked.shape}; this index has {self.dimensions} dimensions")
        found: Scores = np.empty(self.rows, dtype=np.float32)
        # Not `search`: for 100,000 rows it scores in 8 ms and then sorts for 50, and it pads with row -1.
        pointers = (faiss.swig_ptr(asked), self.rows, faiss.swig_ptr(found), faiss.swig_ptr(self._all_rows))
        if self.rows:
            # The setting is each thread's own. Helpers that wait for one another cost more than so few rows.
            faiss.omp_set_num_threads(1 if self.rows < _FEWEST_SHARED else _HELPERS)
            self._index.compute_distance_subset(1, *pointers)  # type: ignore[attr-defined]  # its types leave it out
        return found


class NearIndex:
    """An index of many vectors that finds most of the rows nearest to a query by looking at few of them.

    Inverted lists of vectors of one byte a dimension: a quarter of the memory. What it finds is scored elsewhere.
    """

    _PROBED = 64
    """Lists that are looked through for a query."""
    _LEARNED_FROM = 64
    """Vectors a list that the lists' middles are learned from."""

    def __init__(self, index: faiss.IndexIVFScalarQuantizer) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors) -> "NearIndex":
        """Make an index from vectors of shape (rows, dimensions); the same vectors give the same index."""
        rows, dimensions = vectors.shape
        lists = max(1, 2 ** round(math.log2(2 * math.sqrt(rows))))
        metric = faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimensions), dimensions, lists, faiss.ScalarQuantizer.QT_8bit, metric
        )
        some = vectors[:: max(1, rows // (cls._LEARNED_FROM * lists))]
        index.train(np.ascontiguousarray(some, dtype=np.float32))
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def in_place(cls, path: Path) -> "NearIndex":
        """Open an index whose lists are read from the file when they are looked through. Check the file's hash first.

        Raises:
            SnapshotError: faiss cannot read it, or it is of another kind.
        """
        return cls(_read(faiss.IndexIVFScalarQuantizer, lambda: faiss.read_index(str(path), faiss.IO_FLAG_MMAP)))

    def to_bytes(self) -> bytes:
        """Return the index as the bytes of the file that `in_place` opens."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @property
    def rows(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    def nearest(self, query: Vectors, most: int, allowed: npt.NDArray[np.intp] | None = None) -> npt.NDArray[np.intp]:
        """Return the rows nearest to a query of shape (dimensions,), ascending: `most` of them, now and then fewer.

        Args:
            query: what is looked for.
            most: how many rows.
            allowed: only these; all when None.
        """
        # Of few that are allowed, more lists are looked through, so that they are found wherever they lie.
        share = 1.0 if allowed is None else len(allowed) / max(1, self.rows)
        probed = min(self._index.nlist, int(self._PROBED / max(share, 1e-6)))
        rows = np.empty(0, dtype=np.int64) if allowed is None else allowed.astype(np.int64)
        within = {} if allowed is None else {"sel": faiss.IDSelectorBatch(len(rows), faiss.swig_ptr(rows))}
        asked = faiss.SearchParametersIVF(nprobe=probed, **within)  # type: ignore[call-arg]  # its types leave them out
        faiss.omp_set_num_threads(1)
        _, found = self._index.search(np.ascontiguousarray(query[None], dtype=np.float32), most, params=asked)
        near: npt.NDArray[np.intp] = np.sort(found[0][found[0] >= 0]).astype(np.intp)
        return near
