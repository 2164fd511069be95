"""The place of the index: a folder on this machine or, by the same setting, a database for many machines."""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from assistant.errors import SettingsError
from assistant.index import publishing, snapshot
from assistant.index.build import Built, Progress, build_snapshot, embed_here, no_progress
from assistant.index.encoder import Embed
from assistant.index.inventory import Held
from assistant.index.sealed import current_id
from assistant.index.snapshot import Snapshot
from assistant.library.model import Library

if TYPE_CHECKING:
    from assistant.index.deposit import Deposit


class Place:
    """Where snapshots are kept, and how they come to be searched. Nothing is connected before it is asked for."""

    def __init__(self, folder: Path, database: str = "") -> None:
        """Name a place.

        Args:
            folder: of snapshots; where the place is a database, that which mirrors it.
            database: its address, `postgresql://…`; empty for the folder alone.

        Raises:
            SettingsError: the address is none, or the packages that speak to a database are not installed.
        """
        self.folder = folder
        self._deposit = _deposit(folder, database) if database else None

    @property
    def name(self) -> str:
        """What it is called in messages: the folder, or the database's host, port and name."""
        return self._deposit.name if self._deposit else str(self.folder)

    def current_id(self) -> str:
        """Return the id of the snapshot that serves.

        Raises:
            SnapshotError: there is none.
            EngineError: the database cannot be reached.
        """
        return self._deposit.current_id() if self._deposit else current_id(self.folder)

    def load(self, encoder_name: str, before: Snapshot | None = None) -> Snapshot:
        """Load the snapshot that serves, as `assistant.index.snapshot.load_snapshot` does.

        Raises:
            SnapshotError: there is none, or it is not as built.
            EngineError: the database cannot be reached.
            EncoderError: the words of its encoder cannot be read.
        """
        if self._deposit:
            return self._deposit.load(encoder_name, before)
        return snapshot.load_snapshot(self.folder, encoder_name, before)

    def up_to_date(self) -> Path:
        """Return the folder, after the files in a database have been mirrored to it.

        Raises:
            SnapshotError: there is no index in the database, or it is not as published.
            EngineError: the database cannot be reached.
        """
        if self._deposit:
            self._deposit.fetch()
        return self.folder

    def build(
        self,
        library: Library,
        encoder_name: str,
        progress: Progress = no_progress,
        reviewed: Mapping[tuple[str, int], Held] = MappingProxyType({}),
        embed: Embed = embed_here,
    ) -> Built:
        """Build a snapshot and publish it, as `assistant.index.build.build_snapshot` does.

        Raises:
            LibraryError: no entry holds a unit that may be quoted.
            SnapshotError: another build is running, or the index cannot be written.
            EngineError: the database cannot be reached, or refuses what is done; what served before still does.
            EncoderError: the encoder is missing or cannot be used.
            ClusterError: the cluster that `embed` stands for failed.
        """
        if self._deposit is None:
            return build_snapshot(library, self.folder, encoder_name, progress, reviewed, embed)
        return self._deposit.build(library, encoder_name, progress, reviewed, embed)

    def roll_back(
        self, encoder_name: str, wanted: str = "", withdrawn: Collection[str] = (), *, even_withdrawn: bool = False
    ) -> publishing.RolledBack:
        """Make an earlier snapshot the one that serves, as `assistant.index.publishing.roll_back` does.

        Raises:
            SnapshotError: there is none to go back to, it is not as built, or a withdrawn entry would come back.
            EngineError: the database cannot be reached, or refuses what is done.
        """
        if self._deposit is None:
            return publishing.roll_back(self.folder, encoder_name, wanted, withdrawn, even_withdrawn=even_withdrawn)
        return self._deposit.roll_back(encoder_name, wanted, withdrawn, even_withdrawn=even_withdrawn)


def _deposit(folder: Path, database: str) -> "Deposit":
    try:
        from assistant.index.database import Database
        from assistant.index.deposit import Deposit
    except ImportError:
        raise SettingsError(
            "an index in PostgreSQL needs the package psycopg; install it with `pip install 'assistant[postgres]'`"
        ) from None
    return Deposit(Database(database), folder)
