"""Sizing: what passages and questions take in bytes, milliseconds and machines, by arithmetic alone.

What was measured and what is assumed stand apart in `MEASURED` and `ASSUMED`, each with its source. Nothing here was
run at the sizes it speaks of.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_MANY = 10**9
"""Passages from which a row's number takes 8 bytes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the arithmetic starts from."""

    value: float
    what: str
    source: str


_SAMPLE = "the snapshot of the sample library: 24 entries, 972 units, 287 chunks"
_NOTES = "design notes: two cores, November 2026"
_SPEED = "[performance.md](performance.md#speed): 3,633 entries, 34,796 units, two shared cores"
MEASURED: Mapping[str, Figure] = {
    "vectors": Figure((972 + 287) / 972, "vectors a passage: its own, and its share of a chunk's", _SAMPLE),
    "postings": Figure(40, "BM25 postings a passage, in units, chunks and entries together", _SAMPLE),
    "text": Figure(283, "bytes of the library's JSON a passage", _SAMPLE),
    "held": Figure(5_200, "bytes a passage in a process: (464 MiB - 300 MB) / 34,796", f"{_SPEED}; {_NOTES}"),
    "answer": Figure(10.6, "ms of one core an answer: 3.2 times the encoder's 3.3 ms", _SPEED),
    "sigma": Figure(0.22, "spread of an answer's time: ln(p95 / p50) / 1.645, with 26.7 and 18.7 ms", _SPEED),
    "rate": Figure(67, "answers a second of one process, 64 clients", _SPEED),
    "flat": Figure(59, "ns of one core a vector searched exactly: 5.9 ms for 100,000", _NOTES),
    "words": Figure(4, "ns of one core a document scored by BM25: 0.4 ms for 100,000", _NOTES),
    "near": Figure(0.3, "ms of one core a search of an HNSW graph of a million, recall@10 0.969", _NOTES),
    "encode": Figure(2 / 78 * 1000, "ms of one core a passage embedded: 78 a second on two", _NOTES),
}
ASSUMED: Mapping[str, Figure] = {
    "dimensions": Figure(384, "numbers a vector", "the packaged encoder"),
    "links": Figure(
        16, "HNSW's m: 2 m links of 4 bytes below, m / (m - 1) above", "usual; 8 bytes at 10⁹ rows or more"
    ),
    "posting": Figure(8, "bytes a posting: a row and an impact", "uncompressed"),
    "deeper": Figure(1, "an HNSW search grows as the logarithm of the rows", "usual; not measured here above 10⁶"),
    "pruned": Figure(
        0.05, "of the documents are scored where BM25 is pruned (WAND)", "a guess; the largest doubt here"
    ),
    "cores": Figure(16, "cores a machine", "a common size"),
    "memory": Figure(128, "GB a machine", "a common size"),
    "filled": Figure(0.6, "of memory filled, and of cores busy", "head-room for a copy lost, a build, a peak"),
    "copies": Figure(2, "copies of everything, at least", "one machine may fail"),
    "shard": Figure(5, "ms a shard's answer takes, median", "network and search; not measured here"),
    "uneven": Figure(0.5, "spread (sigma) of a shard's time", "not measured here"),
    "stalled": Figure(0.01, "of a shard's answers take ten times as long", "collections, compaction, neighbours"),
}


def measured(name: str) -> float:
    """Return a measured figure."""
    return MEASURED[name].value


def assumed(name: str) -> float:
    """Return an assumed figure."""
    return ASSUMED[name].value


def bytes_of(number: float) -> Mapping[str, float]:
    """Return the bytes a passage that each way of keeping it takes, at a number of passages."""
    dimensions, links = assumed("dimensions"), assumed("links")
    wide = 8 if number >= _MANY else 4
    vectors = measured("vectors")
    return {
        "float32": 4 * dimensions * vectors,
        "halfvec": 2 * dimensions * vectors,
        "int8": dimensions * vectors,
        "links": wide * (2 * links + links / (links - 1)) * vectors,
        "words": assumed("posting") * measured("postings"),
        "text": measured("text"),
        "objects": measured("held") - 4 * dimensions * vectors - assumed("posting") * measured("postings"),
    }


@dataclass(frozen=True, slots=True)
class Way:
    """A way of searching: what lies in memory, and the milliseconds of a core that a question takes."""

    name: str
    kept: Sequence[str]
    """Names of `bytes_of`."""
    exact: bool

    def memory(self, passages: float) -> float:
        """Return GB in memory for one copy."""
        each = bytes_of(passages)
        return passages * sum(each[name] for name in self.kept) / 1e9

    def shards(self, passages: float) -> int:
        """Return over how many machines one copy lies."""
        return math.ceil(self.memory(passages) / (assumed("memory") * assumed("filled")))

    def work(self, passages: float) -> tuple[float, float, float]:
        """Return ms of a core a question: reading and choosing, vectors, words."""
        fixed = measured("answer") - sum(_scan(34_796))
        if self.exact:
            return (fixed, *_scan(passages))
        shards = self.shards(passages)
        depth = max(1.0, math.log10(passages / shards) / 6) ** assumed("deeper")
        return fixed, 2 * shards * measured("near") * depth, assumed("pruned") * _scan(passages)[1]

    def machines(self, passages: float, rate: float) -> tuple[int, int]:
        """Return how many machines memory asks for, and how many the questions."""
        busy = rate * sum(self.work(passages)) / 1000
        return int(assumed("copies")) * self.shards(passages), math.ceil(busy / (assumed("cores") * assumed("filled")))


def _scan(passages: float) -> tuple[float, float]:
    """Return ms of a core to score every vector, and every document, one after the other."""
    rows = passages * measured("vectors")
    return rows * measured("flat") / 1e6, rows * measured("words") / 1e6


NOW = Way("as now: every row scored, in one process's memory", ("float32", "words", "objects"), exact=True)
NEAR = Way("HNSW over int8, BM25 pruned, text in an engine", ("int8", "links", "words", "text"), exact=False)
