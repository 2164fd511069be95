"""A database: connections to PostgreSQL that are given up in seconds, and errors that tell no secret.

Its address may name several servers of the same data. What only reads goes to any of them that the address allows, and
once more to another where one fails, stalls or lags; what publishes goes to the one that may be written to.

What is asked of it stands in `postgres` and `deposit`. Values are only ever sent beside a statement, never in it: a
statement is made of this program's own words and of names quoted by psycopg.
"""

import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from assistant.errors import EngineError, SettingsError
from assistant.index.hosts import Hosts

_PATIENCE = 4.0
"""Seconds that one statement may take; then there is no answer."""
_FIRST_PATIENCE = 1.0
"""Seconds that it may take on the first of several servers; then another is asked."""
_LONG_PATIENCE = 3600.0
"""Seconds that a statement may take that publishes."""
_AWAY = 0.5
"""Seconds after a failure in which nobody tries again: those who ask are told at once."""
_KEPT = 16
"""Connections that are kept for the next question: more than there are threads that answer."""
_LIFE = 300.0
"""Seconds for which one is kept: after them the address's first server has its turn again."""
_SLOW = 1.0
"""Seconds that connecting takes at most where the first server answers."""
_BEHIND = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
"""What a replica says of a snapshot that has not come to it yet."""
Statement = LiteralString | sql.Composed
Values = Sequence[Any] | dict[str, Any]
_CONNECTING = {
    "application_name": "assistant",
    "connect_timeout": "2",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "5000",
}
_SESSION: LiteralString = (
    "SET statement_timeout = '4s';"
    " SET jit = off;"  # compiling a statement takes longer than running it
    " SET max_parallel_workers_per_gather = 0;"  # one question does not take the cores of the others
    " SET plan_cache_mode = force_custom_plan;"  # the best plan depends on how many rows are asked for
    " SET enable_partitionwise_aggregate = on;"  # each shard works its own part out
    " SET hnsw.ef_search = 400;"
    " SET hnsw.iterative_scan = strict_order;"
)


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection on which no wait is longer than patience, whatever the network does."""

    patience = _PATIENCE
    made = 0.0
    """When, by the monotonic clock."""
    server = ("", 0)
    """The host and the port that it leads to."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401  as psycopg's
        """Wait for a step of the protocol."""
        return super().wait(gen, interval, self.patience if timeout is None else timeout)


class _LongConnection(_Connection):
    patience = _LONG_PATIENCE


class Database:
    """A PostgreSQL database by its address. Safe to use from several threads; it mends its connections itself."""

    def __init__(self, url: str) -> None:
        """Take an address; nothing is connected yet.

        Args:
            url: `postgresql://…`, in libpq's form.

        Raises:
            SettingsError: it is not an address. It is not repeated, for it may hold a password.
        """
        try:
            given = conninfo_to_dict(url)
            self._address = make_conninfo(
                url, **{name: each for name, each in _CONNECTING.items() if name not in given}
            )
            self._hosts = Hosts(given)
        except psycopg.Error:
            raise SettingsError(
                "the index is not a PostgreSQL address; give one such as postgresql://user:password@host:5432/name"
            ) from None
        self._secret = str(given.get("password") or "")
        self.name = f"{given.get('host') or 'local'}:{given.get('port') or 5432}/{given.get('dbname') or ''}"
        """What it is called in messages: host, port and name."""
        self._idle: list[_Connection] = []  # a list's own append and pop are safe from several threads
        weakref.finalize(self, _close_all, self._idle)
        self._away_until = 0.0
        self._writing = False

    def rows(self, statement: Statement, values: Values = ()) -> list[tuple[Any, ...]]:
        """Run a statement that only reads, and return its rows.

        A connection may have broken since it was last used, and one of several servers may fail, or lag behind the
        others: so a statement is tried once more on a new connection.

        Raises:
            EngineError: the database cannot be reached, or does not answer in time.
        """
        if time.monotonic() < self._away_until:
            raise self._error("it could not be reached a moment ago")
        try:
            kept = self._take()
            connection = kept or self._connect()
            try:
                return self._run(connection, statement, values, _FIRST_PATIENCE if self._hosts.several else _PATIENCE)
            except (psycopg.OperationalError, *_BEHIND) as error:
                if self._hosts.several:
                    self._hosts.failed(*connection.server)
                elif kept is None or not _is_broken(error):
                    raise
                self.close()  # whatever broke it broke the others
            return self._run(self._connect(), statement, values, _PATIENCE)
        except psycopg.Error as error:
            if isinstance(error, psycopg.OperationalError):
                self._away_until = time.monotonic() + _AWAY
            raise self._failure(error) from None

    @contextmanager
    def session(self) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """Give a connection of one's own, for what takes long or writes; every statement on it is a transaction.

        Of several servers it leads to the one that may be written to, and until it ends so does what only reads: who
        publishes must see what is there now.

        Raises:
            EngineError: the database cannot be reached, or refuses what is done with it.
        """
        try:
            self._writing = True
            with _LongConnection.connect(self._target(), autocommit=True) as connection:
                self.close()
                yield connection
        except psycopg.Error as error:
            raise self._failure(error) from None
        finally:
            self._writing = False

    def close(self) -> None:
        """Close the connections that are kept; it may be used again afterwards."""
        _close_all(self._idle)

    def _take(self) -> _Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _target(self) -> str:
        demanded = {"target_session_attrs": "read-write"} if self._writing else {}
        return make_conninfo(self._address, **self._hosts.in_order(), **demanded)

    def _connect(self) -> _Connection:
        started = time.monotonic()
        connection = _Connection.connect(self._target(), autocommit=True)
        connection.made, connection.server = time.monotonic(), (connection.info.host, connection.info.port)
        if self._hosts.several and connection.made - started > _SLOW:
            self._hosts.failed_before(*connection.server)
        connection.patience = _FIRST_PATIENCE if self._hosts.several else _PATIENCE
        connection.execute(_SESSION)
        return connection

    def _run(
        self, connection: _Connection, statement: Statement, values: Values, patience: float
    ) -> list[tuple[Any, ...]]:
        """Run a statement, and keep the connection where it is fit for another."""
        connection.patience = patience
        try:
            found = connection.execute(statement, values, prepare=True, binary=True).fetchall()
        except BaseException:
            connection.close()
            raise
        if len(self._idle) < _KEPT and time.monotonic() - connection.made < _LIFE:
            self._idle.append(connection)
        else:
            connection.close()
        return found

    def _failure(self, error: psycopg.Error) -> EngineError:
        """Return an error that says what is the matter: not in the database's words, which may hold a question's."""
        if error.sqlstate is None and type(error) is psycopg.OperationalError:
            reason = str(error).strip().split("\n")[0][:200]  # libpq's, of the connection alone
            return self._error(reason.replace(self._secret, "…") if self._secret else reason)
        return self._error(f"{type(error).__name__} {error.sqlstate or ''}".strip())

    def _error(self, reason: str) -> EngineError:
        return EngineError(f"the database {self.name} does not answer ({reason}); see that it runs and can be reached")


def _is_broken(error: psycopg.Error) -> bool:
    """Whether a connection was lost, or its server stopped; one that answers too late is not tried again."""
    return type(error) is psycopg.OperationalError or str(error.sqlstate or "").startswith(("08", "57P"))


def _close_all(connections: list[_Connection]) -> None:
    while connections:
        connections.pop().close()
