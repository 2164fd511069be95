"""Vectors: how well and how quickly the nearest of very many are found, beside looking at every one.

Run as `python -m eval.vectors --rows 1000000`. The vectors are made up: groups of groups of points that differ in a
hundred or so directions, as those of sentences of one field do. The index is written, opened in a process of its own,
and asked there.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.index.dense import DenseIndex, NearIndex
from assistant.index.encoder import Vectors
from eval.speed import resident_of

_DIMENSIONS, _DIRECTIONS, _FIELDS, _TOPICS = 384, 96, 40, 50
_TOP = 10
_BLOCK = 50_000


def made_up(rows: int, seed: int) -> Vectors:
    """Return vectors of length 1, shape (rows, 384): the same for the same seed, whatever `rows`, row by row."""
    shared = np.random.default_rng(0)
    spread = shared.standard_normal((_DIRECTIONS, _DIMENSIONS)).astype(np.float32)
    fields = shared.standard_normal((_FIELDS, _DIRECTIONS)).astype(np.float32)
    topics = shared.standard_normal((_FIELDS * _TOPICS, _DIRECTIONS)).astype(np.float32)
    found = np.empty((rows, _DIMENSIONS), dtype=np.float32)
    for start in range(0, rows, _BLOCK):
        choose = np.random.default_rng((seed, start))
        count = min(_BLOCK, rows - start)
        topic = choose.integers(len(topics), size=count)
        own = choose.standard_normal((count, _DIRECTIONS), dtype=np.float32)
        block = (fields[topic // _TOPICS] + topics[topic] + own) @ spread
        found[start : start + count] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return found


def _asked(path: Path, queries: Vectors) -> tuple[list[npt.NDArray[np.intp]], list[float], float]:
    """Return what an index finds for queries, how long each takes in seconds, and the MiB that it takes up."""
    before = resident_of(os.getpid())
    index = NearIndex.in_place(path)
    for query in queries:
        index.nearest(query, _TOP)
    found, taken = [], []
    for query in queries:
        started = time.perf_counter()
        found.append(index.nearest(query, _TOP))
        taken.append(time.perf_counter() - started)
    return found, taken, resident_of(os.getpid()) - before


def main(arguments: Sequence[str]) -> int:
    """Measure, print one JSON object, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.vectors", description="Find the nearest of very many.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=500)
    given = parser.parse_args(arguments)
    vectors, queries = made_up(given.rows, 1), made_up(given.queries, 2)
    started = time.perf_counter()
    index = NearIndex.of(vectors)
    built = time.perf_counter() - started
    exact = DenseIndex.of(vectors)
    best, taken = [], []
    for query in queries:
        started = time.perf_counter()
        scores = exact.scores(query)
        best.append(set(np.argpartition(-scores, _TOP)[:_TOP].tolist()))
        taken.append(time.perf_counter() - started)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "near.ivf"
        path.write_bytes(index.to_bytes())
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found, quick, resident = pool.submit(_asked, path, queries).result()
    shares = [len(each & set(near.tolist())) / _TOP for each, near in zip(best, found, strict=True)]
    report = {
        "rows": given.rows,
        "queries": given.queries,
        "recall@10": round(float(np.mean(shares)), 4),
        "p50_ms": round(float(np.percentile(quick, 50)) * 1000, 2),
        "p99_ms": round(float(np.percentile(quick, 99)) * 1000, 2),
        "every_row_p50_ms": round(float(np.percentile(taken, 50)) * 1000, 2),
        "resident_mib": round(resident),
        "built_s": round(built, 1),
    }
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
