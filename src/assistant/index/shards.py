"""Shards: a snapshot's units and chunks divided among several PostgreSQL servers, and searched by them side by side.

The servers are those that the database knows by postgres_fdw: whoever runs it makes them with `CREATE SERVER`, and the
next snapshot is spread over them. The database itself, the head, keeps the lists of terms, and partitioned tables whose
partitions are the servers' own. A unit lies with its chunk, so that each server answers for its part alone, and the
head puts the parts together in one statement, in which PostgreSQL waits for all of them at once.

A server sends no vectors, only numbers, because whole steps are pushed down to it: sums and maxima that are grouped by
shard, as postgres_fdw does, and the nearest by its index in the function `assistant.nearest`, which exists on every
server. On the head that function only stands for it, as a member of the extension `vector`: postgres_fdw sends a
function's name on if its extension is named in the server's option `extensions`.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from assistant.errors import SnapshotError
from assistant.index.embedded import EmbeddedEngine
from assistant.index.postgres import schema_of
from assistant.index.rows import Session, make_schema, put_lists, put_part

_NAMES = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
"""What libpq takes; a server's other options are postgres_fdw's own."""
_SERVERS: LiteralString = (
    "SELECT s.srvname, s.srvoptions, m.umoptions FROM pg_foreign_server s"
    " JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw"
    " JOIN pg_user_mappings m ON m.srvid = s.oid AND m.usename IN (current_user, 'public')"
    " WHERE w.fdwname = 'postgres_fdw' ORDER BY s.srvname, m.usename = 'public'"
)
_SIGNATURE: LiteralString = (
    "assistant.nearest(shard int, snapshot bigint, asked vector, said int[], allowed bytea, units int, chunks int)"
)
_BODY: LiteralString = (
    " DECLARE found float8[]; half text := format('halfvec(%s)', vector_dims(asked));"
    " place text := 'snapshot_' || lpad(to_hex(snapshot), 16, '0'); BEGIN EXECUTE format($query$"
    " WITH near AS MATERIALIZED (SELECT row FROM %1$I.units WHERE $3 IS NULL OR get_bit($3, row) = 1"
    "  ORDER BY vector::%2$s <#> $1::%2$s LIMIT $4),"
    " around AS MATERIALIZED (SELECT row FROM %1$I.chunks ORDER BY vector::%2$s <#> $1::%2$s LIMIT $5),"
    " wanted AS (SELECT row FROM near UNION SELECT unnest($2) UNION SELECT units.row FROM %1$I.units"
    "  JOIN around ON around.row = units.chunk WHERE $3 IS NULL OR get_bit($3, units.row) = 1)"
    " SELECT array_agg(number ORDER BY row, at) FROM (SELECT units.row, (-(units.vector <#> $1))::real AS own,"
    "  (-(chunks.vector <#> $1))::real AS around FROM wanted JOIN %1$I.units USING (row)"
    "  JOIN %1$I.chunks ON chunks.row = units.chunk) AS scored,"
    " LATERAL (VALUES (1, row::float8), (2, own::float8), (3, around::float8)) AS each (at, number)"
    " $query$, place, half) INTO found USING asked, said, allowed, units, chunks;"
    " RETURN coalesce(found, '{}'); END "
)
_ON_SHARD: tuple[LiteralString, ...] = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    "CREATE SCHEMA IF NOT EXISTS assistant",
    # A snapshot's rows never change, so that what it finds in one is immutable. A server's own settings do not matter.
    f"CREATE OR REPLACE FUNCTION {_SIGNATURE} RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE"
    " SET search_path FROM CURRENT SET hnsw.ef_search = 400 SET hnsw.iterative_scan = strict_order"
    f" SET jit = off SET max_parallel_workers_per_gather = 0 AS $body${_BODY}$body$",
)
_ON_HEAD: tuple[LiteralString, ...] = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    "CREATE SCHEMA IF NOT EXISTS assistant",
    f"CREATE OR REPLACE FUNCTION {_SIGNATURE} RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$"
    " BEGIN RAISE 'it is for the shards to find the nearest; see that each server names the extension vector'; END"
    " $body$",
)
_JOIN_EXTENSION: LiteralString = (
    "ALTER EXTENSION vector ADD FUNCTION assistant.nearest(int, bigint, vector, int[], bytea, int, int)"
)
_IS_MEMBER: LiteralString = (
    "SELECT 1 FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'e' AND objid ="
    " to_regprocedure('assistant.nearest(int, bigint, vector, int[], bytea, int, int)')"
)
_PARTITIONED: tuple[LiteralString, ...] = (
    "CREATE TABLE {0}.units (row int NOT NULL, chunk int NOT NULL, entry int NOT NULL, length real NOT NULL,"
    " vector vector({1}) NOT NULL, shard int NOT NULL) PARTITION BY LIST (shard)",
    "CREATE TABLE {0}.chunks (row int NOT NULL, entry int NOT NULL, length real NOT NULL,"
    " vector vector({1}) NOT NULL, shard int NOT NULL) PARTITION BY LIST (shard)",
    "CREATE TABLE {0}.shards (shard int NOT NULL) PARTITION BY LIST (shard)",
)
_TABLES = ("units", "chunks", "shards")
_PARTITION = sql.SQL(
    "CREATE FOREIGN TABLE {0}.{1} PARTITION OF {0}.{2} FOR VALUES IN ({3}) SERVER {4}"
    " OPTIONS (schema_name {5}, table_name {6})"
)
_DIGEST = sql.SQL("SELECT shard, count(*), sum(row), sum(entry), sum(vector) FROM {0}.{1} GROUP BY shard")


@dataclass(frozen=True, slots=True)
class Shard:
    """A server that holds a part of every snapshot."""

    name: str
    """As the database calls it."""
    address: str = field(repr=False)
    """For libpq; it may hold a password."""


def shards_of(session: Session) -> list[Shard]:
    """Return the servers that a database spreads its snapshots over, by name; none where it keeps them itself.

    Raises:
        SnapshotError: one of them does not pass on what it must.
    """
    found: dict[str, Shard] = {}
    for name, *options in session.execute(_SERVERS).fetchall():
        given = dict(option.split("=", 1) for each in options for option in each or ())
        if "vector" not in given.get("extensions", "").replace(" ", "").split(","):
            raise SnapshotError(
                f"the server {name} of the database does not search by vectors; say ALTER SERVER {name} OPTIONS "
                "(ADD extensions 'vector')"
            )
        parts = {key: value for key, value in given.items() if key in _NAMES}
        found.setdefault(name, Shard(name, make_conninfo(**parts, target_session_attrs="read-write")))
    return list(found.values())


def spread(session: Session, shards: Sequence[Shard], snapshot_id: str, engine: EmbeddedEngine) -> None:
    """Write what a snapshot is searched by to shards, side by side, and then what holds them together to the head.

    A shard's part is there, whole, before the head's transaction goes on; what the head sees of it is counted and
    summed up. There is no transaction over several servers: a part whose publication is given up is dropped later.

    Args:
        session: of the head, within a transaction.
        shards: where the parts go.
        snapshot_id: whose; what shards hold of it is made anew.
        engine: that holds it.

    Raises:
        SnapshotError: a shard does not hold what was sent to it.
        psycopg.Error: a server cannot be reached, or refuses what is done.
    """
    with ThreadPoolExecutor(len(shards)) as pool:
        list(pool.map(lambda at: put_shard(shards[at], at, len(shards), snapshot_id, engine), range(len(shards))))
    for statement in _ON_HEAD:
        session.execute(statement)
    if not session.execute(_IS_MEMBER).fetchone():
        session.execute(_JOIN_EXTENSION)
    make_schema(session, snapshot_id)
    name = schema_of(snapshot_id)
    schema, dimensions = sql.Identifier(name), sql.Literal(engine.unit_dense.dimensions)
    for statement in _PARTITIONED:
        session.execute(sql.SQL(statement).format(schema, dimensions))
    for at, shard in enumerate(shards):
        for table in _TABLES:
            names = sql.Identifier(f"{table}_{at}"), sql.Identifier(table)
            server = sql.Identifier(shard.name), sql.Literal(name), sql.Literal(table)
            session.execute(_PARTITION.format(schema, *names, sql.Literal(at), *server))
    put_lists(session, snapshot_id, engine)
    _verify(session, schema, engine, len(shards))


def put_shard(shard: Shard, at: int, number: int, snapshot_id: str, engine: EmbeddedEngine) -> None:
    """Write one shard's part: each so-many-th chunk, and the units that lie in it.

    Raises:
        psycopg.Error: the server cannot be reached, or refuses what is done.
    """
    units, chunks = _part(engine, at, number)
    schema = sql.Identifier(schema_of(snapshot_id))
    with psycopg.connect(shard.address, autocommit=True, connect_timeout=5) as session, session.transaction():
        for statement in _ON_SHARD:
            session.execute(statement)
        make_schema(session, snapshot_id)
        put_part(session, snapshot_id, engine, units, chunks)
        for table in ("units", "chunks"):
            added = sql.SQL("ALTER TABLE {0}.{1} ADD shard int NOT NULL DEFAULT {2}")
            session.execute(added.format(schema, sql.Identifier(table), sql.Literal(at)))
        session.execute(sql.SQL("CREATE TABLE {0}.shards AS SELECT {1} AS shard").format(schema, sql.Literal(at)))


def forget_but(shards: Sequence[Shard], kept: Sequence[str]) -> None:
    """Drop what shards hold of all but some snapshots; a shard that is away, or in use, is left for the next time."""
    names = [schema_of(each) for each in kept]
    for shard in shards:
        with _forgiven(), psycopg.connect(shard.address, autocommit=True, connect_timeout=5) as session:
            session.execute("SET lock_timeout = '3s'")
            found = session.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname ~ '^snapshot_[0-9a-f]{16}$' AND nspname <> ALL(%s)",
                (names,),
            ).fetchall()
            for (name,) in found:
                session.execute(sql.SQL("DROP SCHEMA {0} CASCADE").format(sql.Identifier(name)))


@contextmanager
def _forgiven() -> Iterator[None]:
    try:
        yield
    except psycopg.Error:
        return


def _part(engine: EmbeddedEngine, at: int, number: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the rows of the units and the chunks that are one shard's."""
    chunks = np.arange(at, engine.rows[0], number, dtype=np.intp)
    return np.flatnonzero(engine.layout.chunk_of_unit % number == at), chunks


def _verify(session: Session, schema: sql.Identifier, engine: EmbeddedEngine, number: int) -> None:
    """Check what the head sees of each shard's part: how many rows, which, and the sum of their vectors.

    Raises:
        SnapshotError: it is not what was sent.
    """
    session.execute("SET LOCAL enable_partitionwise_aggregate = on")
    layout = engine.layout
    for table, which, starts, vectors in (
        ("units", 0, layout.unit_starts, engine.unit_dense.vectors()),
        ("chunks", 1, layout.chunk_starts, engine.chunk_dense.vectors()),
    ):
        seen: Mapping[int, Any] = {
            row[0]: row[1:] for row in session.execute(_DIGEST.format(schema, sql.Identifier(table))).fetchall()
        }
        for at in range(number):
            rows = _part(engine, at, number)[which]
            if not len(rows):
                continue
            entries = np.searchsorted(starts, rows, side="right") - 1
            sent = (len(rows), int(rows.sum()), int(entries.sum()))
            count, summed, of_entries, total = seen.get(at, (0, 0, 0, "[]"))
            values = np.fromstring(str(total).strip("[]"), dtype=np.float64, sep=",")
            expected = vectors[rows].sum(axis=0, dtype=np.float64)
            alike = len(values) == len(expected) and np.abs(values - expected).max() < 1e-3 * len(rows) ** 0.5
            if (count, summed, of_entries) != sent or not alike:
                raise SnapshotError(f"shard {at} does not hold the {table} that were sent to it; publish again")
