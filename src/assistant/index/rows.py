"""Rows: what PostgreSQL searches a snapshot by, written into a schema of its own.

Read by `postgres`. Whole tables are sent in PostgreSQL's binary form, so that a vector arrives as it was made. Units
and chunks are written in parts where several servers share them; lists and moments are kept by one.
"""

from collections.abc import Callable, Sequence
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from assistant.index.embedded import EmbeddedEngine
from assistant.index.moments import Moments
from assistant.index.postgres import CHUNK, ENTRY, EXACT, UNIT, encode_term, schema_of

Session = psycopg.Connection[tuple[Any, ...]]
"""A connection of one's own."""
_ROWS: tuple[LiteralString, ...] = (
    "CREATE TABLE {0}.units"
    " (row int NOT NULL, chunk int NOT NULL, entry int NOT NULL, length real NOT NULL, vector vector({1}) NOT NULL)",
    "CREATE TABLE {0}.chunks (row int NOT NULL, entry int NOT NULL, length real NOT NULL, vector vector({1}) NOT NULL)",
)
_LISTS: tuple[LiteralString, ...] = (
    "CREATE TABLE {0}.terms (kind text, term bytea, rows bytea NOT NULL, impacts bytea NOT NULL)",
    "ALTER TABLE {0}.terms ALTER rows SET STORAGE EXTERNAL, ALTER impacts SET STORAGE EXTERNAL",
    "CREATE TABLE {0}.moments (kind text PRIMARY KEY, mean bytea NOT NULL, covariance bytea NOT NULL)",
)
_INDEXES: tuple[LiteralString, ...] = (
    "ALTER TABLE {0}.units ADD PRIMARY KEY (row)",
    "ALTER TABLE {0}.chunks ADD PRIMARY KEY (row)",
    "CREATE INDEX ON {0}.units (chunk)",
)
_NEAREST: tuple[LiteralString, ...] = (
    "SET LOCAL maintenance_work_mem = '512MB'",
    "CREATE INDEX ON {0}.units USING hnsw ((vector::halfvec({1})) halfvec_ip_ops)",
    "CREATE INDEX ON {0}.chunks USING hnsw ((vector::halfvec({1})) halfvec_ip_ops)",
)
_ANALYSE: tuple[LiteralString, ...] = ("ANALYZE {0}.units", "ANALYZE {0}.chunks")
_COPY_HEAD, _COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_BLOCK = 4096
"""Rows that are sent at a time."""


def put_rows(session: Session, snapshot_id: str, engine: EmbeddedEngine) -> None:
    """Write what a snapshot is searched by into a schema of its own, anew; within a transaction."""
    make_schema(session, snapshot_id)
    put_part(session, snapshot_id, engine, np.arange(engine.rows[1]), np.arange(engine.rows[0]))
    put_lists(session, snapshot_id, engine)


def make_schema(session: Session, snapshot_id: str) -> None:
    """Make a snapshot's schema anew, empty."""
    schema = sql.Identifier(schema_of(snapshot_id))
    session.execute(sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE").format(schema))
    session.execute(sql.SQL("CREATE SCHEMA {0}").format(schema))


def put_part(
    session: Session,
    snapshot_id: str,
    engine: EmbeddedEngine,
    units: npt.NDArray[np.intp],
    chunks: npt.NDArray[np.intp],
) -> None:
    """Write some units and chunks, with the indexes by which they are found, into a snapshot's schema.

    Args:
        session: within a transaction.
        snapshot_id: whose.
        engine: that holds them.
        units: their rows in the snapshot.
        chunks: theirs; those of the units are among them.
    """
    likeness, layout = engine.likeness, engine.layout
    run = _runner(session, snapshot_id, engine)
    run(_ROWS)
    schema = sql.Identifier(schema_of(snapshot_id))
    _copy_rows(
        session,
        sql.SQL("COPY {0}.units FROM STDIN (FORMAT binary)").format(schema),
        (units, layout.chunk_of_unit[units], np.searchsorted(layout.unit_starts, units, side="right") - 1),
        likeness.unit_lengths[units],
        engine.unit_dense.vectors()[units],
    )
    _copy_rows(
        session,
        sql.SQL("COPY {0}.chunks FROM STDIN (FORMAT binary)").format(schema),
        (chunks, np.searchsorted(layout.chunk_starts, chunks, side="right") - 1),
        likeness.chunk_lengths[chunks],
        engine.chunk_dense.vectors()[chunks],
    )
    run(_INDEXES)
    if engine.unit_dense.rows > EXACT:
        run(_NEAREST)
    run(_ANALYSE)


def put_lists(session: Session, snapshot_id: str, engine: EmbeddedEngine) -> None:
    """Write the lists of terms, and the moments of all vectors, into a snapshot's schema; within a transaction."""
    run = _runner(session, snapshot_id, engine)
    run(_LISTS)
    schema = sql.Identifier(schema_of(snapshot_id))
    _copy_terms(session, schema, engine)
    weights = np.bincount(engine.layout.chunk_of_unit, minlength=engine.chunk_dense.rows)
    for kind, moments in (
        (UNIT, Moments.of(engine.unit_dense.vectors(), np.ones(engine.unit_dense.rows, dtype=np.intp))),
        (CHUNK, Moments.of(engine.chunk_dense.vectors(), weights)),
    ):
        values = (kind, moments.mean.tobytes(), moments.covariance.tobytes())
        session.execute(sql.SQL("INSERT INTO {0}.moments VALUES (%s, %b, %b)").format(schema), values)
    run(("ALTER TABLE {0}.terms ADD PRIMARY KEY (kind, term)", "ANALYZE {0}.terms"))


def _runner(session: Session, snapshot_id: str, engine: EmbeddedEngine) -> Callable[[Sequence[LiteralString]], None]:
    schema, dimensions = sql.Identifier(schema_of(snapshot_id)), engine.unit_dense.dimensions

    def run(statements: Sequence[LiteralString]) -> None:
        for statement in statements:
            session.execute(sql.SQL(statement).format(schema, sql.Literal(dimensions)))

    return run


def _copy_rows(
    session: Session,
    statement: sql.Composed,
    numbers: Sequence[npt.NDArray[np.intp]],
    lengths: npt.NDArray[np.float32],
    vectors: npt.NDArray[np.float32],
) -> None:
    """Send rows of whole numbers, a length and a vector in PostgreSQL's binary form: each value after its size."""
    names = [f"number {at}" for at in range(len(numbers))]
    fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [("columns", ">i2")]
    for name in names:
        fields += [(f"size of {name}", ">i4"), (name, ">i4")]
    fields += [("size of length", ">i4"), ("length", ">f4"), ("size of vector", ">i4"), ("dimensions", ">i2")]
    fields += [("unused", ">i2"), ("vector", ">f4", (vectors.shape[1],))]
    with session.cursor().copy(statement) as copy:
        copy.write(_COPY_HEAD)
        for start in range(0, len(vectors), _BLOCK):
            part = slice(start, start + _BLOCK)
            sent = np.zeros(len(vectors[part]), dtype=np.dtype(fields))
            sent["columns"] = len(numbers) + 2
            for name, column in zip(names, numbers, strict=True):
                sent[f"size of {name}"], sent[name] = 4, column[part]
            sent["size of length"], sent["length"] = 4, lengths[part]
            sent["size of vector"], sent["dimensions"] = 4 + 4 * vectors.shape[1], vectors.shape[1]
            sent["vector"] = vectors[part]
            copy.write(sent.tobytes())
        copy.write(_COPY_END)


def _copy_terms(session: Session, schema: sql.Identifier, engine: EmbeddedEngine) -> None:
    with session.cursor().copy(sql.SQL("COPY {0}.terms FROM STDIN (FORMAT binary)").format(schema)) as copy:
        copy.set_types(["text", "bytea", "bytea", "bytea"])
        for kind, index in ((UNIT, engine.unit_terms), (CHUNK, engine.chunk_terms), (ENTRY, engine.entry_terms)):
            for term, rows, impacts in index.lists():
                copy.write_row((kind, encode_term(term), rows.astype("<i4").tobytes(), impacts.astype("<f4").tobytes()))
