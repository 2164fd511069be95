"""Ablation: what each part of the ranking of entries is worth, on data sets in the BEIR layout.

Run as `python -m eval.ablation FOLDER:SPLIT ... --write docs/performance.md`. Each row leaves one part out, or uses one
part alone; every figure stands with its number of queries and its interval. Nothing is fitted here.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.answering.ranking import WEIGHTS, Ranked, Weights, rank_entries
from assistant.errors import AssistantError
from assistant.index.likeness import Likeness
from assistant.index.snapshot import Snapshot
from assistant.index.terms import terms_of
from eval.beir import Collection, collection_library, read_collection
from eval.indexing import default_cache, open_index, say
from eval.measures import Measure, mean_of
from eval.records import DataError
from eval.retrieval import DEPTH, ndcg_of
from eval.searching import Asked, Searcher

START, END = "<!-- made by eval.ablation -->", "<!-- end of what eval.ablation made -->"

Way = Callable[[Snapshot, Asked, str], Sequence[str]]
"""A way of ranking: the entries found, best first, for a question as read and as written."""

_PLAIN = replace(WEIGHTS, other_names=0.0, feedback=0.0, echo=0.0, neighbours=0.0)


def _shipped(weights: Weights) -> Way:
    def way(snapshot: Snapshot, asked: Asked, text: str) -> list[str]:
        return _ids(rank_entries(snapshot, asked.reading, asked.vector, limit=DEPTH, weights=weights))

    return way


def _by_cosine(weights: Weights) -> Way:
    """Rank by plain cosines in place of the library's metric."""
    plain: dict[str, Snapshot] = {}

    def way(snapshot: Snapshot, asked: Asked, text: str) -> list[str]:
        if snapshot.id not in plain:
            plain[snapshot.id] = replace(snapshot, likeness=_plain(snapshot))
        return _ids(rank_entries(plain[snapshot.id], asked.reading, asked.vector, limit=DEPTH, weights=weights))

    return way


def _by_words(snapshot: Snapshot, asked: Asked, text: str) -> list[str]:
    """Rank by BM25 over whole entries alone: the question as written, without repairs or other names."""
    scores = snapshot.entry_terms.scores(terms_of(text))
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return [snapshot.served[row] for row in order.tolist() if scores[row] > 0]


def _plain(snapshot: Snapshot) -> Likeness:
    """Measure a library by plain cosines; its neighbours stay those of its metric."""
    likeness = snapshot.likeness
    return replace(
        likeness,
        metric=np.eye(snapshot.unit_vectors.dimensions, dtype=np.float32),
        unit_lengths=np.ones_like(likeness.unit_lengths),
        chunk_lengths=np.ones_like(likeness.chunk_lengths),
    )


def _ids(ranked: Sequence[Ranked]) -> list[str]:
    return [each.entry_id for each in ranked]


WAYS: Mapping[str, Way] = {
    "shipped": _shipped(WEIGHTS),
    "without the units' vectors": _shipped(replace(WEIGHTS, units=0.0, chunks=0.7)),
    "without the chunks' vectors": _shipped(replace(WEIGHTS, units=0.7, chunks=0.0)),
    "without words in the first ranking": _shipped(replace(WEIGHTS, words=0.0)),
    "without other names": _shipped(replace(WEIGHTS, other_names=0.0)),
    "other names counted in full": _shipped(replace(WEIGHTS, other_names=1.0)),
    "without the library's metric": _by_cosine(WEIGHTS),
    "without feedback of vectors": _shipped(replace(WEIGHTS, feedback=0.0)),
    "without feedback of words": _shipped(replace(WEIGHTS, echo=0.0)),
    "without neighbours": _shipped(replace(WEIGHTS, neighbours=0.0)),
    "without all three": _shipped(replace(WEIGHTS, feedback=0.0, echo=0.0, neighbours=0.0)),
    "BM25 and best chunk, plain z-scores": _by_cosine(replace(_PLAIN, units=0.0, chunks=0.7)),
    "BM25 alone": _by_words,
    "the encoder alone, best chunk": _by_cosine(replace(_PLAIN, words=0.0, units=0.0, chunks=1.0)),
    "the encoder alone, best unit": _by_cosine(replace(_PLAIN, words=0.0, units=1.0, chunks=0.0)),
}
"""By the name of the row."""


@dataclass(frozen=True, slots=True)
class Column:
    """One data set: the nDCG@10 of every query by every way, queries in one order."""

    name: str
    queries: tuple[str, ...]
    values: Mapping[str, Sequence[float]]

    def of(self, way: str) -> Measure:
        """Return a way's mean."""
        return mean_of(way, list(self.values[way]), list(self.queries))

    def against_shipped(self, way: str) -> Measure:
        """Return the mean difference to the shipped ranking, query by query."""
        pairs = zip(self.values[way], self.values["shipped"], strict=True)
        return mean_of(way, [one - other for one, other in pairs], list(self.queries))


def measure(name: str, collection: Collection, searcher: Searcher) -> Column:
    """Rank every query in every way."""
    asked = {query: searcher.ask(text) for query, text in collection.queries.items()}
    values = {}
    for label, way in WAYS.items():
        run = {query: way(searcher.snapshot, each, collection.queries[query]) for query, each in asked.items()}
        values[label] = ndcg_of(run, collection.qrels)
        say(f"{name}: {label} {float(np.mean(values[label])):.4f}")
    return Column(name, tuple(collection.qrels), values)


def table_of(columns: Sequence[Column]) -> str:
    """Write the table in Markdown."""
    head = " | ".join(f"{each.name}, n {len(each.queries)} | against shipped" for each in columns)
    lines = [f"| nDCG@10 | {head} |", "|---" * (1 + 2 * len(columns)) + "|"]
    for label in WAYS:
        cells = []
        for column in columns:
            cells.append(_cell(column.of(label), ".3f"))
            cells.append("" if label == "shipped" else _cell(column.against_shipped(label), "+.3f"))
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(measured: Measure, form: str) -> str:
    return f"{measured.value:{form}} ({measured.low:{form}} to {measured.high:{form}})"


def put_between(text: str, made: str, *, start: str = START, end: str = END) -> str:
    """Return a page with what stands between two marks replaced.

    Raises:
        DataError: the page has not both marks, in order.
    """
    before, opened, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise DataError(f"the page has no {start!r} followed by {end!r}; put them where the table belongs")
    return f"{before}{start}\n\n{made}\n\n{end}{after}"


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.ablation", description="What each part of the ranking is worth."
    )
    parser.add_argument("sets", nargs="+", metavar="FOLDER:SPLIT", help="a data set in the BEIR layout and its split")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the marks of this page")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where indexes are kept")
    given = parser.parse_args(arguments)
    try:
        columns = []
        for each in given.sets:
            folder, _, split = each.rpartition(":")
            collection = read_collection(Path(folder), split)
            searcher = Searcher.of(open_index(collection_library(collection.documents), given.cache))
            columns.append(measure(f"{Path(folder).name} {split}", collection, searcher))
        table = table_of(columns)
        if given.write:
            given.write.write_text(put_between(given.write.read_text("utf-8"), table), "utf-8")
    except (DataError, AssistantError, OSError) as error:
        say(f"python -m eval.ablation: {error}")
        return 2
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
