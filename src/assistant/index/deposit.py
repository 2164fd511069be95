"""Deposits: snapshots kept in a database, published by one transaction, and mirrored to the machines that serve them.

The schema `assistant` holds what a folder of snapshots holds: their files, by sha256, and which one serves. Beside it
each snapshot has a schema of its own with the rows that `postgres` searches. What is mirrored is checked as every
snapshot on disk is: the id is the digest of the manifest, which has the sha256 of every file. So a quotation is cut
from text that one line vouches for, wherever the bytes came from.
"""

import contextlib
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from assistant.errors import SnapshotError
from assistant.index.build import Built, Progress, build_snapshot
from assistant.index.database import Database
from assistant.index.embedded import as_embedded
from assistant.index.encoder import Embed
from assistant.index.engine import Layout
from assistant.index.inventory import Held
from assistant.index.likeness import Likeness
from assistant.index.mirror import PART, Mirror
from assistant.index.postgres import PostgresEngine, schema_of
from assistant.index.publishing import KEPT, RolledBack, check_return, choose_return, forget_all_but, kept_ids
from assistant.index.rows import Session, put_rows
from assistant.index.sealed import CURRENT, MANIFEST, REBUILD, SNAPSHOT_ID, current_id, read_manifest, verified_file
from assistant.index.shards import forget_but, shards_of, spread
from assistant.index.snapshot import LIBRARY, Snapshot, load_named
from assistant.library.manifest import replace_file
from assistant.library.model import Library

_LOCK = 0x6173_7369_7374
"""The number of the lock that one builder holds."""
_TABLES: tuple[LiteralString, ...] = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    "CREATE SCHEMA IF NOT EXISTS assistant",
    "CREATE TABLE IF NOT EXISTS assistant.snapshots"
    " (id text PRIMARY KEY, manifest bytea NOT NULL, published timestamptz NOT NULL)",
    "CREATE TABLE IF NOT EXISTS assistant.current"
    " (sole boolean PRIMARY KEY DEFAULT true CHECK (sole), id text NOT NULL REFERENCES assistant.snapshots,"
    " number bigint NOT NULL DEFAULT 1)",
    "CREATE TABLE IF NOT EXISTS assistant.parts"
    " (sha256 text, part int, data bytea NOT NULL, PRIMARY KEY (sha256, part))",
    "ALTER TABLE assistant.parts ALTER data SET STORAGE EXTERNAL",  # to compress what is compressed takes long
)
_CURRENT: LiteralString = "SELECT id, number, pg_is_in_recovery() FROM assistant.current"


class Deposit:
    """The snapshots in a database, with a folder on this machine that mirrors those in use."""

    def __init__(self, database: Database, mirror: Path) -> None:
        self._database, self._mirror = database, Mirror(database, mirror)
        self._last = (0, "")
        """The number and the snapshot of the last publication or return that was seen."""

    @property
    def name(self) -> str:
        """The database's host, port and name."""
        return self._database.name

    def current_id(self) -> str:
        """Return the id of the snapshot that serves.

        Each publication, and each return to an earlier snapshot, has a number above the one before. A replica that
        lags tells of an older one, which is not gone back to; what a primary says always holds.

        Raises:
            SnapshotError: there is none.
            EngineError: the database cannot be reached.
        """
        is_new = self._database.rows("SELECT to_regclass('assistant.current') IS NULL") == [(True,)]
        found = [] if is_new else self._database.rows(_CURRENT)
        if not found:
            raise SnapshotError(f"no index in the database {self._database.name}; make one with `assistant build`")
        if not SNAPSHOT_ID.fullmatch(str(found[0][0])):
            raise SnapshotError(f"the database {self._database.name} does not name a snapshot; {REBUILD}")
        snapshot_id, number, is_replica = found[0]
        if not is_replica or number >= self._last[0]:
            self._last = (number, snapshot_id)
        return self._last[1]

    def fetch(self) -> str:
        """Mirror the snapshot that serves, whole, and the libraries of those kept before it; return its id.

        Raises:
            SnapshotError: what the database holds is not what was published, or the mirror cannot be written.
            EngineError: the database cannot be reached.
        """
        current = self.current_id()
        kept = [str(each) for (each,) in self._database.rows("SELECT id FROM assistant.snapshots")]
        try:
            self._mirror.folder.mkdir(parents=True, exist_ok=True)
            self._mirror.fetch(current)
            for older in kept:
                if older != current and SNAPSHOT_ID.fullmatch(older):
                    with contextlib.suppress(SnapshotError):  # only receipts look there
                        self._mirror.fetch(older, only=(LIBRARY,))
            with contextlib.suppress(SnapshotError):
                if current_id(self._mirror.folder) == current:
                    return current
            replace_file(self._mirror.folder / CURRENT, f"{current}\n".encode())
            # Those published here last may be on their way into the database.
            forget_all_but(self._mirror.folder, {current, *kept, *kept_ids(self._mirror.folder)[:KEPT]})
        except OSError as error:
            raise SnapshotError(
                f"{self._mirror.folder} cannot be written ({error.strerror or error}), where the database's files are "
                "mirrored; make room there, or start in a folder that can be written"
            ) from None
        return current

    def load(self, encoder_name: str, before: Snapshot | None = None) -> Snapshot:
        """Mirror and load the snapshot that serves, to be searched in the database.

        Raises:
            SnapshotError: as `fetch`, and as `assistant.index.snapshot.load_snapshot`.
            EngineError: the database cannot be reached.
            EncoderError: the words of its encoder cannot be read.
        """

        def open_engine(folder: Path, layout: Layout, likeness: Likeness) -> PostgresEngine:
            return PostgresEngine(self._database, folder, layout)

        current = self.fetch()
        try:
            return load_named(self._mirror.folder, current, encoder_name, before, open_engine)
        except SnapshotError:
            self._mirror.fetch(current, anew=True)  # what was altered in the mirror is brought once more
        return load_named(self._mirror.folder, current, encoder_name, before, open_engine)

    def build(
        self,
        library: Library,
        encoder_name: str,
        progress: Progress,
        reviewed: Mapping[tuple[str, int], Held],
        embed: Embed,
    ) -> Built:
        """Build a snapshot in the mirror, and publish it to the database.

        Raises:
            LibraryError: no entry holds a unit that may be quoted.
            SnapshotError: another build is running, or the mirror cannot be written.
            EngineError: the database cannot be reached, or refuses what is done; what served before still does.
            EncoderError: the encoder is missing or cannot be used.
            ClusterError: the cluster that `embed` stands for failed.
        """
        with self.only_builder() as session:
            with contextlib.suppress(SnapshotError):
                self.fetch()  # its vectors are used again
            built = build_snapshot(library, self._mirror.folder, encoder_name, progress, reviewed, embed)
            self.publish(session, built.snapshot_id, encoder_name)
        return built

    @contextmanager
    def only_builder(self) -> Iterator[Session]:
        """Hold the database for one builder at a time.

        Raises:
            SnapshotError: another build is running.
            EngineError: the database cannot be reached, or refuses what is done.
        """
        with self._database.session() as session:
            if session.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
                raise SnapshotError(
                    f"another build is at work in the database {self._database.name}; wait for it to end"
                )
            yield session

    def publish(self, session: Session, snapshot_id: str, encoder_name: str) -> None:
        """Publish a snapshot of the mirror, in one transaction: until it ends, what served before still does.

        Args:
            session: of the only builder.
            snapshot_id: which.
            encoder_name: the encoder that it was built with.

        Raises:
            SnapshotError: the mirror does not hold it as it was built.
            EngineError: the database cannot be reached, or refuses what is done.
        """
        folder = self._mirror.folder / snapshot_id
        files = read_manifest(self._mirror.folder, snapshot_id)["files"]
        with session.transaction():
            for statement in _TABLES:
                session.execute(statement)
            session.execute(
                "INSERT INTO assistant.snapshots VALUES (%s, %s, clock_timestamp()) ON CONFLICT (id)"
                " DO UPDATE SET manifest = excluded.manifest, published = excluded.published",
                (snapshot_id, (folder / MANIFEST).read_bytes()),
            )
            for name, stated in files.items():
                _put_file(session, str(stated["sha256"]), verified_file(folder, name, stated))
            snapshot = load_named(self._mirror.folder, snapshot_id, encoder_name)
            if shards := shards_of(session):
                spread(session, shards, snapshot_id, as_embedded(snapshot.engine))
            else:
                put_rows(session, snapshot_id, as_embedded(snapshot.engine))
            _serve(session, snapshot_id)
        self._forget_old(session)

    def roll_back(
        self, encoder_name: str, wanted: str = "", withdrawn: Collection[str] = (), *, even_withdrawn: bool = False
    ) -> RolledBack:
        """Make an earlier snapshot the one that serves, as `assistant.index.publishing.roll_back` does.

        Raises:
            SnapshotError: there is none to go back to, it is not as built, or a withdrawn entry would come back.
            EngineError: the database cannot be reached, or refuses what is done.
        """
        with self.only_builder() as session:
            serving = self.fetch()
            found = session.execute("SELECT id FROM assistant.snapshots ORDER BY published DESC, id").fetchall()
            after = choose_return([str(each) for (each,) in found], serving, wanted, self._database.name)
            self._mirror.fetch(after)
            check_return(self._mirror.folder, encoder_name, after, withdrawn, even_withdrawn=even_withdrawn)
            with session.transaction():
                _serve(session, after)
        return RolledBack(serving, after)

    def _forget_old(self, session: Session) -> None:
        """Drop all but the last snapshots, and files that none of those has; what is in use just now is left."""
        with contextlib.suppress(psycopg.errors.LockNotAvailable), session.transaction():
            session.execute("SET LOCAL lock_timeout = '3s'")
            found = session.execute("SELECT id FROM assistant.snapshots ORDER BY published DESC, id").fetchall()
            for (old,) in found[KEPT:]:
                session.execute("DELETE FROM assistant.snapshots WHERE id = %s", (old,))
                session.execute(sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE").format(sql.Identifier(schema_of(old))))
            kept = session.execute("SELECT manifest FROM assistant.snapshots").fetchall()
            named = {each["sha256"] for (manifest,) in kept for each in json.loads(manifest)["files"].values()}
            session.execute("DELETE FROM assistant.parts WHERE sha256 <> ALL(%s)", (sorted(named),))
        left = session.execute("SELECT id FROM assistant.snapshots").fetchall()
        forget_but(shards_of(session), [str(each) for (each,) in left])


def _serve(session: Session, snapshot_id: str) -> None:
    session.execute(
        "INSERT INTO assistant.current (id) VALUES (%s) ON CONFLICT (sole)"
        " DO UPDATE SET id = excluded.id, number = current.number + 1",
        (snapshot_id,),
    )


def _put_file(session: Session, sha256: str, data: bytes) -> None:
    """Store a file by its digest, unless it is there whole."""
    parts = [data[start : start + PART] for start in range(0, len(data), PART)] or [b""]
    found = session.execute(
        "SELECT sha256(data) FROM assistant.parts WHERE sha256 = %s ORDER BY part", (sha256,)
    ).fetchall()
    if [bytes(each) for (each,) in found] == [hashlib.sha256(part).digest() for part in parts]:
        return
    session.execute("DELETE FROM assistant.parts WHERE sha256 = %s", (sha256,))
    for number, part in enumerate(parts):
        session.execute("INSERT INTO assistant.parts VALUES (%s, %s, %b)", (sha256, number, part))
