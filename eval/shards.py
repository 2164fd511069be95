"""Shards: a made library on one PostgreSQL server and on three, all on loopback: what is found, and what it costs.

Run as `python -m eval.shards`. The library is `eval.engines`' own, the same at every run: clustered vectors, terms by
Zipf's law. Recall is that of the ten nearest units by meaning alone, against every vector compared. Three servers on
one machine share its processors: so beside the clock stands the processor time of the busiest, which is what building
takes where each has a machine of its own. Prints a table in Markdown.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import psycopg
from psycopg import sql

from assistant.index.database import Database
from assistant.index.engine import Fusion, Query, SearchEngine
from assistant.index.postgres import PostgresEngine
from assistant.index.rows import put_rows
from assistant.index.shards import shards_of, spread
from eval.database import PASSWORD, NoDatabaseError, running_databases
from eval.database import Database as Server
from eval.engines import Made, make_library

_SHARDS = 3
_DENSE = Fusion(unit_dense=1.0, chunk_dense=0.0, unit_terms=0.0, chunk_terms=0.0)
_ALL = Fusion(unit_dense=0.4, chunk_dense=0.2, unit_terms=0.3, chunk_terms=0.1)
_NEAREST, _FOUND = 10, 80
_WARMING = 20
"""Searches before those that count."""
_ATTACHED = sql.SQL(
    "CREATE SERVER {0} FOREIGN DATA WRAPPER postgres_fdw"
    " OPTIONS (host '127.0.0.1', port {1}, dbname 'postgres', extensions 'vector', async_capable 'true')"
)
_MAPPED = sql.SQL("CREATE USER MAPPING FOR CURRENT_USER SERVER {0} OPTIONS (user 'postgres', password {1})")


def attach(head: Server, shards: Sequence[Server]) -> None:
    """Have a server spread its snapshots over others, as whoever runs it would."""
    with psycopg.connect(head.url, autocommit=True) as session:
        session.execute("CREATE EXTENSION IF NOT EXISTS vector")
        session.execute("CREATE EXTENSION IF NOT EXISTS postgres_fdw")
        for number, shard in enumerate(shards, start=1):
            name = sql.Identifier(f"shard_{number}")
            session.execute(_ATTACHED.format(name, sql.Literal(str(shard.port))))
            session.execute(_MAPPED.format(name, sql.Literal(PASSWORD)))


def measure(made: Made, start: Callable[..., Server], folder: Path) -> list[tuple[str, ...]]:
    """Put a made library on one server and on several, and search through both.

    Args:
        made: the library.
        start: starts a server.
        folder: an empty one, to work in.

    Returns:
        What was measured, of one server and of several.
    """
    one, head, *shards = [start() for _ in range(_SHARDS + 2)]
    attach(head, shards)
    place = folder / f"{len(made.engine.layout.chunk_of_unit):064x}"
    place.mkdir()
    (place / "chunks.faiss").write_bytes(made.engine.chunk_dense.to_bytes())
    (place / "units.faiss").write_bytes(made.engine.unit_dense.to_bytes())
    times, work = [], []
    for server, parts in ((one, [one]), (head, shards)):
        before = [each.processor_seconds() for each in parts]
        started = time.perf_counter()
        with psycopg.connect(server.url, autocommit=True) as session, session.transaction():
            session.execute("CREATE EXTENSION IF NOT EXISTS vector")
            if held := shards_of(session):
                spread(session, held, place.name, made.engine)
            else:
                put_rows(session, place.name, made.engine)
        times.append(time.perf_counter() - started)
        time.sleep(0.5)  # a process that ended counts when the first one has noticed
        work.append(max(each.processor_seconds() - then for each, then in zip(parts, before, strict=True)))
    engines = [PostgresEngine(Database(each.url), place, made.engine.layout) for each in (one, head)]
    recalls = [_recall(made.engine, engine, made.queries) for engine in engines]
    p50s = [_milliseconds(engine, made.queries) for engine in engines]
    return [
        ("recall@10 against exact", *(f"{each:.4f}" for each in recalls)),
        ("building: processor seconds of the busiest server", *(f"{each:.0f}" for each in work)),
        ("the same, to one server's", "1", f"{work[1] / work[0]:.2f}"),
        ("building: seconds by the clock, on this machine", *(f"{each:.0f}" for each in times)),
        ("a search, p50; p95", *(f"{np.median(each):.1f} ms; {np.quantile(each, 0.95):.1f} ms" for each in p50s)),
    ]


def _recall(exact: SearchEngine, engine: SearchEngine, queries: Sequence[Query]) -> float:
    shares = []
    for query in queries:
        asked = Query(query.vector, (), ())
        right, found = ({each.row for each in one.find_units(asked, _DENSE, None, _NEAREST)} for one in (exact, engine))
        shares.append(len(right & found) / len(right))
    return float(np.mean(shares))


def _milliseconds(engine: SearchEngine, queries: Sequence[Query]) -> list[float]:
    taken = []
    for query in [*queries[:_WARMING], *queries]:
        started = time.perf_counter()
        engine.find_units(query, _ALL, None, _FOUND)
        taken.append(1000 * (time.perf_counter() - started))
    return taken[-len(queries) :]


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.shards", description=__doc__)
    parser.add_argument("--units", type=int, default=100_000, help="units of the made library; half as many chunks")
    parser.add_argument("--queries", type=int, default=200, help="questions")
    given = parser.parse_args(arguments)
    made = make_library(given.units // 2, given.queries)
    try:
        with running_databases("postgres_fdw") as start, tempfile.TemporaryDirectory() as name:
            rows = measure(made, start, Path(name))
    except NoDatabaseError as error:
        print(error)
        return 2
    chunks, units = made.engine.rows
    print(f"{units:,} units and {chunks:,} chunks of 384 dimensions, {len(made.queries)} questions:\n")
    print(f"| | one server | {_SHARDS} shards |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
