"""Aside: vectors kept while a build embeds, so that the next one goes on where it was cut short.

Each file is named by the sha256 of its bytes and put in place whole, so one that is damaged is known and passed over.
They lie beside the snapshots, under the encoder's fingerprint, and are gone once a snapshot is published. Must not know
who embeds.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from assistant.index.encoder import Vectors
from assistant.index.sealed import read_plain
from assistant.library.manifest import replace_file

ASIDE = ".embedded"
"""The folder inside the index."""
_BATCH = 64
"""Vectors a file: a second's work at most is lost."""
_KEY = 32
"""Bytes of a text's digest."""


def read_aside(index: Path, mark: str, dimensions: int) -> dict[str, Vectors]:
    """Return the vectors that builds cut short have left, by their texts' digests.

    Args:
        index: the folder of snapshots.
        mark: the encoder's fingerprint.
        dimensions: the length of a vector.
    """
    record = _record(dimensions)
    found: dict[str, Vectors] = {}
    for path in sorted((index / ASIDE / mark).glob("*")):
        try:
            data = read_plain(path)
        except OSError:
            continue
        if hashlib.sha256(data).hexdigest() == path.name and len(data) % record.itemsize == 0:
            for key, vector in np.frombuffer(data, dtype=record):
                found[key.decode("ascii")] = vector
    return found


def keep_aside(
    index: Path, mark: str, keys: Iterable[str], vectors: Iterable[Vectors]
) -> Iterator[tuple[str, Vectors]]:
    """Yield each vector with its text's digest, and write them down meanwhile, some at a time.

    What has come when the vectors end, or fail, is written down too.

    Args:
        index: the folder of snapshots.
        mark: the encoder's fingerprint.
        keys: the texts' digests, one a vector.
        vectors: each of shape (dimensions,).

    Raises:
        OSError: they cannot be written.
    """
    batch: list[tuple[str, Vectors]] = []
    try:
        for pair in zip(keys, vectors, strict=True):
            batch.append(pair)
            yield pair
            if len(batch) == _BATCH:
                full, batch = batch, []
                _write(index / ASIDE / mark, full)
    finally:
        if batch:
            _write(index / ASIDE / mark, batch)


def drop_aside(index: Path) -> None:
    """Forget all vectors kept, under any encoder."""
    shutil.rmtree(index / ASIDE, ignore_errors=True)


def _write(folder: Path, batch: list[tuple[str, Vectors]]) -> None:
    data = np.array(batch, dtype=_record(len(batch[0][1]))).tobytes()
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / hashlib.sha256(data).hexdigest(), data)


def _record(dimensions: int) -> np.dtype[np.void]:
    return np.dtype([("key", f"S{_KEY}"), ("vector", "<f4", (dimensions,))])
