"""Retrieval: how well the shipped search ranks the documents of a BEIR-form data set.

Run as `python -m eval.retrieval FOLDER --split S --json`. One configuration, that of the program; nothing is fitted
here. A judged query for which nothing is found counts as 0. Only the figures go to stdout.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from assistant.answering.search import query_terms
from assistant.errors import AssistantError
from assistant.index.dense import Scores
from assistant.index.embedded import as_embedded
from assistant.index.snapshot import Snapshot
from eval.beir import Collection, Qrels, collection_library, read_collection
from eval.indexing import default_cache, open_index, say
from eval.measures import Measure, mean_of
from eval.records import DataError
from eval.searching import Asked, Searcher

MEASURES = {"nDCG@10": nDCG @ 10, "R@100": R @ 100, "MRR@10": RR @ 10}
"""By the name they are reported under; gains are the grades, and relevant is any grade above 0."""
DEPTH = 100
"""Documents ranked for a query."""

Run = Mapping[str, Sequence[str]]
"""The documents found for each query, best first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way of ranking, measured."""

    name: str
    measures: tuple[Measure, ...]

    def as_json(self) -> dict[str, object]:
        """Return the figures, from 0 to 1, with their number of queries and their 95 % intervals."""
        return {
            **{measure.name: measure.value for measure in self.measures},
            "queries": self.measures[0].n,
            "intervals": {measure.name: [measure.low, measure.high] for measure in self.measures},
        }


def measure_run(name: str, run: Run, qrels: Qrels) -> Row:
    """Measure a run over every judged query, by ir_measures.

    Args:
        name: what the row is called.
        run: what was found; a judged query that is missing found nothing and counts as 0.
        qrels: the judgments of the queries that were asked.

    Raises:
        ValueError: the run holds a query that is not judged, or a document twice.
    """
    queries = list(qrels)
    values = _values(run, qrels)
    return Row(
        name, tuple(mean_of(label, [each[query] for query in queries], queries) for label, each in values.items())
    )


def ndcg_of(run: Run, qrels: Qrels) -> list[float]:
    """Return the nDCG@10 of every judged query, from 0 to 1, in the judgments' order.

    Raises:
        ValueError: as `measure_run`.
    """
    return list(_values(run, qrels)["nDCG@10"].values())


def _values(run: Run, qrels: Qrels) -> dict[str, dict[str, float]]:
    """Return each measure of every judged query."""
    if strangers := sorted(run.keys() - qrels.keys()):
        raise ValueError(f"the run answers query {strangers[0]!r}, which has no judgment")
    for query, found in run.items():
        if len(set(found)) < len(found):
            raise ValueError(f"the run finds a document twice for query {query!r}")
    judged = [Qrel(query, document, grade) for query, grades in qrels.items() for document, grade in grades.items()]
    # Ranks, not scores: equal scores would be put in another order, by the documents' ids.
    ranked = [ScoredDoc(query, doc, -float(rank)) for query, found in run.items() for rank, doc in enumerate(found)]
    values: dict[str, dict[str, float]] = {label: dict.fromkeys(qrels, 0.0) for label in MEASURES}
    labels = {str(measure): label for label, measure in MEASURES.items()}
    if ranked:
        for metric in ir_measures.iter_calc(list(MEASURES.values()), judged, ranked):
            values[labels[str(metric.measure)]][metric.query_id] = float(metric.value)
    return values


def run_search(searcher: Searcher, collection: Collection, *, pools: bool) -> Run:
    """Rank documents for every query by the shipped search.

    Args:
        searcher: over the collection's documents.
        collection: with the queries.
        pools: rank only a query's judged documents, not the whole collection.
    """
    found: dict[str, list[str]] = {}
    for number, (query, text) in enumerate(collection.queries.items(), start=1):
        within = tuple(collection.qrels[query]) if pools else ()
        found[query] = [doc for doc, _ in searcher.documents(searcher.ask(text), within=within, limit=DEPTH)]
        if number % 100 == 0:
            say(f"{number} of {len(collection.queries)} queries")
    return found


Single = Callable[[Snapshot, Asked], tuple[Scores, Sequence[str]]]
"""One of the search's rankings by itself: a score a row, and the document that each row lies in."""

SINGLE: Mapping[str, Single] = {
    "BM25 of chunks": lambda snapshot, asked: (
        as_embedded(snapshot.engine).chunk_terms.scores(query_terms(asked.reading)),
        [chunk.entry_id for chunk in snapshot.chunks],
    ),
    "BM25 of units": lambda snapshot, asked: (
        as_embedded(snapshot.engine).unit_terms.scores(query_terms(asked.reading)),
        [place.entry_id for place in snapshot.units],
    ),
    "encoder, chunks": lambda snapshot, asked: (
        as_embedded(snapshot.engine).chunk_dense.scores(asked.vector),
        [chunk.entry_id for chunk in snapshot.chunks],
    ),
    "encoder, units": lambda snapshot, asked: (
        as_embedded(snapshot.engine).unit_dense.scores(asked.vector),
        [place.entry_id for place in snapshot.units],
    ),
}
"""The rankings that the search fuses, each alone."""


def run_single(name: str, searcher: Searcher, collection: Collection, *, pools: bool) -> Run:
    """Rank documents for every query by one of the search's rankings alone; by the best row of each document.

    Args:
        name: one of `SINGLE`.
        searcher: over the collection's documents.
        collection: with the queries.
        pools: rank only a query's judged documents.

    Returns:
        The run. Where no word of the question occurs, BM25 finds nothing.
    """
    lexical = name.startswith("BM25")
    found: dict[str, list[str]] = {}
    for query, text in collection.queries.items():
        scores, owners = SINGLE[name](searcher.snapshot, searcher.ask(text))
        allowed = collection.qrels[query].keys() if pools else None
        ranked: dict[str, None] = {}
        for row in np.argsort(-scores, kind="stable"):
            if len(ranked) == DEPTH or (lexical and scores[row] <= 0):
                break
            if allowed is None or owners[row] in allowed:
                ranked.setdefault(owners[row])
        found[query] = list(ranked)
    return found


def first_queries(collection: Collection, count: int | None) -> Collection:
    """Return a collection with its first queries only; all when `count` is None."""
    queries = dict(list(collection.queries.items())[:count])
    return Collection(collection.documents, queries, {query: collection.qrels[query] for query in queries})


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.retrieval", description="Measure document retrieval.")
    parser.add_argument("folder", type=Path, help="holds corpus.jsonl[.gz], queries.jsonl[.gz] and qrels/SPLIT.tsv")
    parser.add_argument("--split", required=True, help="the judgments to measure against")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--limit-queries", type=positive, metavar="N", help="only the first N queries")
    parser.add_argument("--pools", action="store_true", help="rank only the judged documents of each query")
    parser.add_argument("--ablate", action="store_true", help="also each ranking that the search fuses, alone")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where indexes are kept")
    given = parser.parse_args(arguments)
    try:
        collection = first_queries(read_collection(given.folder, given.split), given.limit_queries)
        searcher = Searcher.of(open_index(collection_library(collection.documents), given.cache))
    except (DataError, AssistantError) as error:
        say(f"python -m eval.retrieval: {error}")
        return 2
    rows = [measure_run("shipped search", run_search(searcher, collection, pools=given.pools), collection.qrels)]
    for name in SINGLE if given.ablate else ():
        rows.append(measure_run(name, run_single(name, searcher, collection, pools=given.pools), collection.qrels))
    if given.json:
        report: dict[str, object] = {**rows[0].as_json(), "split": given.split, "pools": given.pools}
        if given.ablate:
            report["ablations"] = {row.name: row.as_json() for row in rows[1:]}
        print(json.dumps(report))
    else:
        for row in rows:
            figures = ", ".join(f"{m.name} {m.value:.3f} ({m.low:.3f}-{m.high:.3f})" for m in row.measures)
            print(f"{row.name}, {given.split}, {row.measures[0].n} queries: {figures}")
    return 0


def positive(value: str) -> int:
    """Read a whole number from 1; argparse reports what is not one."""
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not a whole number from 1")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
