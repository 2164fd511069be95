"""Several servers of one database: reading moves over, nothing goes back by mistake, no part of an answer is given."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from eval.database import Database as Server
from eval.database import NoDatabaseError, address_of, running_databases
from eval.reliability import replicas
from eval.reliability._world import without

from assistant.errors import EngineError
from assistant.index.database import Database
from assistant.index.hosts import Hosts
from assistant.index.place import Place
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    try:
        with running_databases() as starting:
            yield starting
    except NoDatabaseError as error:
        pytest.skip(str(error))


def test_a_server_that_failed_is_tried_last_for_a_while() -> None:
    hosts = Hosts({"host": "a,b,c", "port": "1,2,3", "user": "reader"})
    assert hosts.several
    hosts.failed("a", 1)
    assert hosts.in_order() == {"host": "b,c,a", "port": "2,3,1"}
    hosts.failed_before("c", 3)
    assert hosts.in_order() == {"host": "c,a,b", "port": "3,1,2"}


def test_servers_that_share_a_name_are_told_apart_by_their_ports() -> None:
    hosts = Hosts({"host": "127.0.0.1,127.0.0.1", "port": "1,2"})
    hosts.failed("127.0.0.1", 1)
    assert hosts.in_order()["port"] == "2,1"


def test_one_server_and_none_by_name_are_in_order_as_they_are() -> None:
    assert Hosts({"host": "a"}).in_order() == {"host": "a"}
    assert Hosts({}).in_order() == {}
    assert not Hosts({"host": "a"}).several


def test_a_replica_that_lags_takes_nobody_back_and_a_primary_does(
    start: Callable[..., Server], library: Library, tmp_path: Path
) -> None:
    primary = start()
    replica = start(follows=primary)
    address = address_of("postgres", primary.port, replica.port)
    place, fresh = Place(tmp_path / "one", address), Place(tmp_path / "two", address)
    before = place.build(library, PACKAGED_ENCODER).snapshot_id
    _wait_until(lambda: _rows(replica, "SELECT to_regclass('assistant.current') IS NOT NULL") == [(True,)])
    with psycopg.connect(replica.url, autocommit=True) as session:
        session.execute("ALTER SYSTEM SET primary_conninfo = ''")
        session.execute("SELECT pg_reload_conf()")
    _wait_until(lambda: not _rows(primary, "SELECT 1 FROM pg_stat_replication"))
    after = place.build(without(library, library.entries[0].id), PACKAGED_ENCODER).snapshot_id
    loaded = place.load(PACKAGED_ENCODER)
    assert loaded.id == after != before
    primary.kill()
    assert place.current_id() == after  # the replica says otherwise
    assert fresh.current_id() == before  # older and whole, for whoever knows of nothing newer
    with pytest.raises(EngineError):  # it is not answered in part, nor from another snapshot
        loaded.engine.rarities(["magnesium"])
    with pytest.raises(EngineError):
        place.build(library, PACKAGED_ENCODER)
    replica.promote()
    assert place.current_id() == before  # what did not reach the replica is lost, and that is believed


def test_reading_moves_to_another_server_within_two_seconds_and_back(start: Callable[..., Server]) -> None:
    one, two = start(), start()
    for server, name in ((one, "one"), (two, "two")):
        with psycopg.connect(server.url, autocommit=True) as session:
            session.execute("CREATE TABLE named (name text)")
            session.execute("INSERT INTO named VALUES (%s)", (name,))
    database = Database(address_of("postgres", one.port, two.port))
    assert database.rows("SELECT name FROM named") == [("one",)]
    one.stop()
    started = time.monotonic()
    assert database.rows("SELECT name FROM named") == [("two",)]
    assert time.monotonic() - started < 2
    two.stop()
    with pytest.raises(EngineError) as refused:
        database.rows("SELECT name FROM named")
    assert "only-for-this-run" not in str(refused.value)
    one.start()
    _wait_until(lambda: _reads(database))
    assert database.rows("SELECT name FROM named") == [("one",)]


def test_a_primary_killed_and_a_network_cut_cost_no_answer_its_truth(library: Library, tmp_path: Path) -> None:
    try:
        report = replicas.measure(library, tmp_path, calm=1.0, asked=8)
    except NoDatabaseError as error:
        pytest.skip(str(error))
    assert report.wrong == []
    assert report.gap < replicas.WITHIN
    assert not report.lost
    assert report.publishes_again
    assert report.went_back == []
    assert report.proxy != "HAProxy" or report.unanswered == 0
    for cut in report.cuts:
        assert cut.statuses[503] > 0
        assert set(cut.statuses) <= {200, 503}
        assert cut.back < 10


def _rows(server: Server, statement: LiteralString) -> list[tuple[object, ...]]:
    return Database(server.url).rows(statement)


def _reads(database: Database) -> bool:
    try:
        return bool(database.rows("SELECT 1"))
    except EngineError:
        return False


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
