"""Shards: found alike whoever holds the vectors, and nothing is answered from a part of them."""

import time
from collections.abc import Callable, Iterator

import numpy as np
import psycopg
import pytest
from eval.database import Database as Server
from eval.database import NoDatabaseError, running_databases
from eval.reliability._world import without
from eval.shards import attach
from psycopg import sql

from assistant.errors import AssistantError, EngineError, SnapshotError
from assistant.index import postgres, rows
from assistant.index.database import Database
from assistant.index.engine import Fusion, Query, Rows, SearchEngine
from assistant.index.place import Place
from assistant.index.shards import Shard
from assistant.index.snapshot import Snapshot
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER

FUSION = Fusion(unit_dense=0.4, chunk_dense=0.2, unit_terms=0.3, chunk_terms=0.1)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, list[Server]]]:
    """A head and three shards."""
    try:
        with running_databases("postgres_fdw") as start:
            head, *shards = [start("max_connections=30") for _ in range(4)]
            attach(head, shards)
            yield head, shards
    except NoDatabaseError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def place(
    servers: tuple[Server, list[Server]], library: Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The four entries, spread over the shards, each with its own index for vectors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "EXACT", 10)
        made = Place(tmp_path_factory.mktemp("mirror"), servers[0].url)
        made.build(library, PACKAGED_ENCODER)
        yield made


@pytest.fixture(scope="module")
def spread_out(place: Place) -> Snapshot:
    return place.load(PACKAGED_ENCODER)


def asked(snapshot: Snapshot) -> list[Query]:
    vectors = snapshot.engine.unit_vectors([0, 7, 20])
    return [Query(vector, ["magnesium"], ["stress", "magnesium"]) for vector in vectors]


def found(engine: SearchEngine, query: Query, of: Rows | None) -> list[tuple[int, float]]:
    return [(each.row, round(each.score, 4)) for each in engine.find_units(query, FUSION, of, 15)]


@pytest.mark.parametrize("exact", [20_000, 10], ids=["every row", "by index"])
def test_three_shards_find_what_one_process_does(
    snapshot: Snapshot, spread_out: Snapshot, exact: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "EXACT", exact)
    odd = np.arange(1, snapshot.engine.rows[1], 2, dtype=np.intp)
    for query in asked(snapshot):
        for some in (None, odd):
            assert found(spread_out.engine, query, some) == found(snapshot.engine, query, some)
        assert query.vector is not None
        assert np.allclose(spread_out.engine.best_units(query.vector), snapshot.engine.best_units(query.vector))
        assert np.allclose(spread_out.engine.best_chunks(query.vector), snapshot.engine.best_chunks(query.vector))


def test_each_shard_holds_a_part_and_the_head_no_vector(servers: tuple[Server, list[Server]], place: Place) -> None:
    head, shards = servers
    schema = sql.Identifier(postgres.schema_of(place.current_id()))
    count = sql.SQL("SELECT count(*) FROM {0}.units").format(schema)
    held = [Database(shard.url).rows(count)[0][0] for shard in shards]
    assert min(held) > 0
    kinds = Database(head.url).rows("SELECT relkind FROM pg_class WHERE relname IN ('units', 'units_0')")
    assert {kind for (kind,) in kinds} == {"p", "f"}


def test_the_search_is_one_statement_that_waits_for_all_shards_at_once(
    servers: tuple[Server, list[Server]], place: Place
) -> None:
    explained = sql.SQL(
        "EXPLAIN (VERBOSE, COSTS OFF) SELECT shard, max(assistant.nearest(shard, 1, '[1,2]', '{{}}', NULL, 5, 5))"
        " FROM {0}.shards GROUP BY shard"
    ).format(sql.Identifier(postgres.schema_of(place.current_id())))
    with psycopg.connect(servers[0].url) as session:
        session.execute("SET enable_partitionwise_aggregate = on")
        plan = session.execute(explained).fetchall()
    lines = [str(line) for (line,) in plan]
    assert sum("Async Foreign Scan" in line for line in lines) == 3
    assert sum("Remote SQL: SELECT shard, max(assistant.nearest(" in line for line in lines) == 3


def test_nothing_is_answered_while_a_shard_is_away_and_all_is_when_it_is_back(
    servers: tuple[Server, list[Server]], snapshot: Snapshot, spread_out: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = asked(snapshot)[0]
    for exact in (20_000, 10):
        monkeypatch.setattr(postgres, "EXACT", exact)
        servers[1][1].stop()
        with pytest.raises(EngineError):
            spread_out.engine.find_units(query, FUSION, None, 15)
        servers[1][1].start()
        assert _patiently(lambda: found(spread_out.engine, query, None)) == found(snapshot.engine, query, None)


def test_a_shard_that_fails_while_publishing_changes_nothing(
    servers: tuple[Server, list[Server]], place: Place, library: Library
) -> None:
    before = place.current_id()
    servers[1][2].stop()
    with pytest.raises(EngineError):
        place.build(without(library, library.entries[0].id), PACKAGED_ENCODER)
    servers[1][2].start()
    assert _patiently(place.current_id) == before
    assert place.load(PACKAGED_ENCODER).id == before
    after = place.build(without(library, library.entries[0].id), PACKAGED_ENCODER).snapshot_id
    assert place.current_id() == after != before


def test_a_server_that_would_not_search_by_vectors_is_refused(
    servers: tuple[Server, list[Server]], place: Place, library: Library
) -> None:
    with psycopg.connect(servers[0].url, autocommit=True) as session:
        session.execute("ALTER SERVER shard_1 OPTIONS (SET extensions '')")
        with pytest.raises(SnapshotError, match="ALTER SERVER shard_1"):
            place.build(library, PACKAGED_ENCODER)
        session.execute("ALTER SERVER shard_1 OPTIONS (SET extensions 'vector')")


def test_a_shards_password_is_in_no_description_of_it() -> None:
    assert "secret" not in repr(Shard("one", "host=a password=secret"))


def _patiently(work: Callable[[], object]) -> object:
    for _ in range(40):
        try:
            return work()
        except AssistantError:
            time.sleep(0.25)
    return work()
