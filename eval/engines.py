"""Engines: the same questions through the embedded engine and through PostgreSQL, and how long each takes.

Run as `python -m eval.engines answers INDEX QUESTIONS…`, `… ranking FOLDER --split S` or `… speed`. A PostgreSQL of its
own is started and forgotten, or the one at `--database` is used. Prints a table in Markdown.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answering.reply import Desk, open_desk, reply_to
from assistant.errors import AssistantError
from assistant.index.database import Database
from assistant.index.dense import DenseIndex
from assistant.index.deposit import Deposit
from assistant.index.embedded import EmbeddedEngine
from assistant.index.encoder import Vectors
from assistant.index.engine import Candidate, Fusion, Layout, Query, SearchEngine
from assistant.index.lexical import LexicalIndex
from assistant.index.likeness import Likeness
from assistant.index.postgres import PostgresEngine
from assistant.index.rows import put_rows
from assistant.index.sealed import current_id
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.serving.wire import answer_json
from assistant.settings import PACKAGED_ENCODER
from eval.beir import Collection, collection_library, read_collection
from eval.database import NoDatabaseError, running_database
from eval.indexing import default_cache, open_index, say
from eval.intervals import share
from eval.measures import bootstrap
from eval.records import DataError, read_records
from eval.retrieval import first_queries, ndcg_of, run_search
from eval.searching import Searcher

Row = tuple[str, str]
"""What was measured, and how it came out."""
_FUSION = Fusion(unit_dense=0.4, chunk_dense=0.2, unit_terms=0.3, chunk_terms=0.1)
_FOUND = 80
"""Units that an answer is chosen from."""
_WORDS, _TERMS, _ASKED = 30_000, 12, 6
"""Of the made library: its vocabulary, the terms of a unit, and those of a question."""
_COMMONEST = 20
"""Ranks of Zipf's law that are left out: stop words are not searched for."""
_LATENT = 48
"""Dimensions in which the made vectors mostly lie, as those of one field of knowledge do."""
_WARMING = 20
"""Searches before those that count."""
_SHOWN = 10
"""Differences that are told one by one."""


def compare_answers(embedded: Desk, other: Desk, questions: Sequence[str]) -> list[Row]:
    """Ask both desks every question; tell each question that is not answered by the same quotations.

    Two answers are the same in all when nothing in their JSON differs but the time they took.
    """
    same_quotes = same = quoting = told = 0
    for question in questions:
        one, two = (answer_json(reply_to(question, [], desk)) for desk in (embedded, other))
        quotes = [[(each["id"], each["text"]) for each in answer["quotes"]] for answer in (one, two)]
        quoting += bool(quotes[0])
        same_quotes += quotes[0] == quotes[1]
        for answer in (one, two):
            del answer["timings_ms"]
        same += one == two
        if one != two and (told := told + 1) <= _SHOWN:
            say(f"differs in {'its quotes' if quotes[0] != quotes[1] else 'what is not quoted'}: {question}")
    count = len(questions)
    return [
        (f"questions, of which {quoting} are answered with quotes", f"{count}"),
        ("the same quotes in the same order", share(same_quotes, count)),
        ("the same in all of the answer's JSON", share(same, count)),
    ]


def compare_ranking(embedded: Searcher, other: Searcher, collection: Collection) -> list[Row]:
    """Rank documents through both engines, and give nDCG@10 of each and their difference."""
    one, two = (ndcg_of(run_search(each, collection, pools=False), collection.qrels) for each in (embedded, other))
    changes = [after - before for before, after in zip(one, two, strict=True)]
    low, high = bootstrap(changes, list(collection.qrels))
    return [
        ("queries", f"{len(one)}"),
        ("nDCG@10, embedded", f"{np.mean(one):.4f}"),
        ("nDCG@10, PostgreSQL", f"{np.mean(two):.4f}"),
        ("difference", f"{np.mean(changes):+.5f} (95 % interval {low:+.5f} to {high:+.5f})"),
    ]


def compare_candidates(embedded: SearchEngine, other: SearchEngine, queries: Sequence[Query]) -> list[Row]:
    """Search through both engines in turn; give how far they find the same units, and the time each took."""
    taken: tuple[list[float], list[float]] = ([], [])
    overlap = []
    same_first = all_same = 0
    for number, query in enumerate([*queries[:_WARMING], *queries]):
        found: list[list[Candidate]] = []
        times = []
        for engine in (embedded, other):
            started = time.perf_counter()
            found.append(engine.find_units(query, _FUSION, None, _FOUND))
            times.append(time.perf_counter() - started)
        if number >= min(_WARMING, len(queries)):
            one, two = ([each.row for each in candidates] for candidates in found)
            overlap.append(len(set(one) & set(two)) / len(one))
            same_first += one[:1] == two[:1]
            all_same += one == two
            for kept, seconds in zip(taken, times, strict=True):
                kept.append(seconds)
    count = len(queries)
    one_time, two_time = (np.array(times) * 1000 for times in taken)
    chance = np.random.default_rng(1).integers(0, count, (2000, count))
    ratios = np.median(two_time[chance], axis=1) / np.median(one_time[chance], axis=1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return [
        ("searches, one client", f"{count}"),
        ("p50 embedded; p95", f"{np.median(one_time):.1f} ms; {np.quantile(one_time, 0.95):.1f} ms"),
        ("p50 PostgreSQL; p95", f"{np.median(two_time):.1f} ms; {np.quantile(two_time, 0.95):.1f} ms"),
        (
            "p50 PostgreSQL over p50 embedded",
            f"{np.median(two_time) / np.median(one_time):.2f} (95 % interval {low:.2f}-{high:.2f})",
        ),
        (f"of the best {_FOUND} units, found by both", f"{100 * np.mean(overlap):.2f} % on average"),
        (f"the same {_FOUND} in the same order", share(all_same, count)),
        ("the same unit first", share(same_first, count)),
    ]


@dataclass(frozen=True, slots=True)
class Made:
    """A made library, as an engine sees one, with questions to it."""

    engine: EmbeddedEngine
    queries: tuple[Query, ...]


def make_library(chunks: int, queries: int, *, units_a_chunk: int = 2, chunks_an_entry: int = 10) -> Made:
    """Make vectors and terms at random, the same at every call: no text, only what an engine is given.

    Vectors lie in clusters of about fifty chunks, mostly within 48 of 384 dimensions; terms follow Zipf's law. A
    question is near a random unit, and half of its terms stand in it.

    Args:
        chunks: how many.
        queries: how many questions.
        units_a_chunk: how many units each holds.
        chunks_an_entry: how many chunks an entry holds.
    """
    chance = np.random.default_rng(1)
    units = chunks * units_a_chunk
    of_chunk = np.repeat(np.arange(chunks), units_a_chunk)
    plane = chance.standard_normal((_LATENT, 384)).astype(np.float32)
    centres = chance.standard_normal((max(2, chunks // 50), _LATENT)).astype(np.float32)
    chunk_at = centres[chance.integers(0, len(centres), chunks)] + 0.6 * _noise(chance, (chunks, _LATENT))
    unit_at = chunk_at[of_chunk] + 0.6 * _noise(chance, (units, _LATENT))
    chunk_vectors, unit_vectors = (
        _unit_length(at @ plane + 1.5 * _noise(chance, (len(at), 384))) for at in (chunk_at, unit_at)
    )
    shares = 1 / np.arange(_COMMONEST, _COMMONEST + _WORDS)
    numbers = chance.choice(_WORDS, (units, _TERMS), p=shares / shares.sum())
    words = [f"t{number}" for number in range(_WORDS)]
    unit_terms = [[words[number] for number in row] for row in numbers.tolist()]
    chunk_terms = [
        list(chain.from_iterable(unit_terms[at : at + units_a_chunk])) for at in range(0, units, units_a_chunk)
    ]
    entry_starts = np.arange(0, chunks, chunks_an_entry)
    entries = len(entry_starts)
    likeness = Likeness(
        np.eye(384, dtype=np.float32),
        np.ones(units, np.float32),
        np.ones(chunks, np.float32),
        np.zeros((entries, 0), np.int32),
        np.zeros((entries, 0), np.float32),
    )
    engine = EmbeddedEngine(
        Layout(of_chunk, entry_starts * units_a_chunk, entry_starts),
        likeness,
        DenseIndex.of(chunk_vectors),
        DenseIndex.of(unit_vectors),
        LexicalIndex.of(chunk_terms),
        LexicalIndex.of(unit_terms),
        LexicalIndex.of([chunk_terms[at] for at in entry_starts.tolist()]),
    )
    asked = []
    for row in chance.integers(0, units, queries).tolist():
        vector = _unit_length((unit_at[row] + 0.6 * _noise(chance, _LATENT)) @ plane + 1.5 * _noise(chance, 384))
        others = chance.choice(_WORDS, _ASKED // 2, p=shares / shares.sum())
        terms = list(dict.fromkeys([*unit_terms[row][: _ASKED // 2], *(words[number] for number in others.tolist())]))
        asked.append(Query(vector, terms, terms))
    return Made(engine, tuple(asked))


def _noise(chance: np.random.Generator, shape: int | tuple[int, int]) -> Vectors:
    return chance.standard_normal(shape, dtype=np.float32)


def _unit_length(vectors: Vectors) -> Vectors:
    found: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return found


def put_made(made: Made, database: Database, folder: Path) -> PostgresEngine:
    """Put a made library into a database, and open it there."""
    place = folder / f"{len(made.engine.layout.chunk_of_unit):064x}"
    place.mkdir()
    (place / "chunks.faiss").write_bytes(made.engine.chunk_dense.to_bytes())
    (place / "units.faiss").write_bytes(made.engine.unit_dense.to_bytes())
    with database.session() as session, session.transaction():
        session.execute("CREATE EXTENSION IF NOT EXISTS vector")
        put_rows(session, place.name, made.engine)
    return PostgresEngine(database, place, made.engine.layout)


def in_database(index: Path, database: Database) -> Snapshot:
    """Publish the snapshot that serves in an index folder to a database, and load it from there."""
    deposit = Deposit(database, index)
    with deposit.only_builder() as session:
        deposit.publish(session, current_id(index), PACKAGED_ENCODER)
    return deposit.load(PACKAGED_ENCODER)


@contextmanager
def _database(url: str) -> Iterator[Database]:
    if url:
        yield Database(url)
        return
    with running_database() as server:
        yield Database(server.url)


def _answers(options: argparse.Namespace, database: Database) -> list[Row]:
    records = chain.from_iterable(read_records(path) for path in options.questions)
    texts = dict.fromkeys((each.text("question", "") or each.text("text"))[:1000] for each in records)
    questions = list(texts)[:: max(1, len(texts) // options.count)][: options.count]
    embedded = load_snapshot(options.index, PACKAGED_ENCODER)
    other = in_database(options.index, database)
    return [
        ("units", f"{len(embedded.units):,}"),
        *compare_answers(open_desk(embedded, "GB"), open_desk(other, "GB"), questions),
    ]


def _ranking(options: argparse.Namespace, database: Database) -> list[Row]:
    collection = first_queries(read_collection(options.folder, options.split), None)
    if options.index is None:
        embedded = open_index(collection_library(collection.documents), options.cache)
        folder = next(path.parent for path in options.cache.glob(f"*/{embedded.id}"))
    else:
        embedded, folder = load_snapshot(options.index, PACKAGED_ENCODER), options.index
    other = in_database(folder, database)
    rows = compare_ranking(Searcher.of(embedded), Searcher.of(other), collection)
    return [("units", f"{len(embedded.units):,}"), *rows]


def _speed(options: argparse.Namespace, database: Database) -> list[Row]:
    say(f"making a library of {options.chunks:,} chunks")
    made = make_library(options.chunks, options.count)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        engine = put_made(made, database, Path(folder))
        took = time.perf_counter() - started
        say(f"in the database after {took:.0f} s")
        rows = compare_candidates(made.engine, engine, made.queries)
    chunks, units = made.engine.rows
    return [("chunks; units", f"{chunks:,}; {units:,}"), ("written and indexed in", f"{took:.0f} s"), *rows]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.engines", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", default="", help="postgresql://…, whose snapshots are published over")
    ways = parser.add_subparsers(required=True)

    def way(name: str, measure: Callable[[argparse.Namespace, Database], list[Row]], about: str) -> Any:  # noqa: ANN401  argparse's own
        made = ways.add_parser(name, help=about, description=about)
        made.set_defaults(measure=measure)
        return made

    answers = way("answers", _answers, "Ask both engines the same questions.")
    answers.add_argument("index", type=Path, help="a built index")
    answers.add_argument("questions", type=Path, nargs="+", help="JSON lines with a `question` or a `text` each")
    answers.add_argument("--count", type=int, default=1000, help="how many, spread evenly over all of them")
    ranking = way("ranking", _ranking, "Rank the documents of a BEIR-form data set through both.")
    ranking.add_argument("folder", type=Path)
    ranking.add_argument("--split", required=True)
    ranking.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where indexes are kept")
    ranking.add_argument("--index", type=Path, help="an index of its documents, built before")
    speed = way("speed", _speed, "Search a made library through both, in turn, with one client.")
    speed.add_argument("--chunks", type=int, default=100_000)
    speed.add_argument("--count", type=int, default=300, help="searches")
    options = parser.parse_args(arguments)
    try:
        with _database(options.database) as database:
            rows = options.measure(options, database)
    except (AssistantError, DataError, NoDatabaseError) as error:
        say(f"python -m eval.engines: {error}")
        return 2
    print("| measured | |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
