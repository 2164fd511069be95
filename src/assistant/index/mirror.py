"""The mirror: a folder on this machine with the files of the snapshots that a database holds.

What is brought is checked against the manifest that the snapshot's id is the digest of, wherever its bytes came from.
Other servers may share the folder. Must not know which snapshot serves.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import SnapshotError
from assistant.index.database import Database
from assistant.index.publishing import kept_ids
from assistant.index.sealed import MANIFEST, REBUILD, read_manifest, verified_file

PART = 4 << 20
"""Bytes of a file in one row of the database."""


class Mirror:
    """The files of a database's snapshots in a folder."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.folder = folder

    def fetch(self, snapshot_id: str, only: Collection[str] = (), *, anew: bool = False) -> None:
        """Bring a snapshot's files to the mirror. What is brought is checked now, and all of it when it is loaded.

        Args:
            snapshot_id: which.
            only: these files; all when empty.
            anew: also those that are there in their size, but are not as they were published.

        Raises:
            SnapshotError: what the database holds is not what was published.
            EngineError: the database cannot be reached.
        """
        folder = self.folder / snapshot_id
        try:
            manifest = read_manifest(self.folder, snapshot_id)
        except SnapshotError:
            found = self._database.rows("SELECT manifest FROM assistant.snapshots WHERE id = %s", (snapshot_id,))
            data = bytes(found[0][0]) if found else b""
            if hashlib.sha256(data).hexdigest() != snapshot_id:
                raise SnapshotError(
                    f"the manifest of snapshot {snapshot_id[:12]} in the database {self._database.name} was altered "
                    f"since it was published; {REBUILD}"
                ) from None
            self._place(folder / MANIFEST, [data])
            manifest = read_manifest(self.folder, snapshot_id)
        for name, stated in manifest["files"].items():
            if (not only or name in only) and not _is_there(folder, name, stated, whole=anew):
                self._bring(folder / name, stated)

    def _bring(self, path: Path, stated: Mapping[str, Any]) -> None:
        """Bring one file: from another snapshot in the mirror that has the same, or from the database."""
        for other in kept_ids(self.folder):
            with contextlib.suppress(SnapshotError):
                for name, each in read_manifest(self.folder, other)["files"].items():
                    if each["sha256"] == stated["sha256"] and self.folder / other / name != path:
                        self._place(path, [verified_file(self.folder / other, name, each)])
                        return
        digest = hashlib.sha256()

        def parts() -> Iterator[bytes]:
            for number in range(-(-stated["size"] // PART) or 1):
                found = self._database.rows(
                    "SELECT data FROM assistant.parts WHERE sha256 = %s AND part = %s", (stated["sha256"], number)
                )
                data = bytes(found[0][0]) if found else b""
                digest.update(data)
                yield data
            if digest.hexdigest() != stated["sha256"]:
                raise SnapshotError(
                    f"{path.name} of snapshot {path.parent.name[:12]} in the database {self._database.name} was "
                    f"altered since it was published; {REBUILD}"
                )

        self._place(path, parts())

    def _place(self, path: Path, parts: Iterator[bytes] | Sequence[bytes]) -> None:
        """Write a file beside the mirror's snapshots and move it in, whole: other servers may share the mirror."""
        handle, name = tempfile.mkstemp(prefix=".fetching-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)


def _is_there(folder: Path, name: str, stated: Mapping[str, Any], *, whole: bool) -> bool:
    """Whether a file of a snapshot is there: by its size or, when it must be whole, by every byte."""
    try:
        if whole:
            verified_file(folder, name, stated)
        return bool((folder / name).stat().st_size == stated["size"])
    except (OSError, SnapshotError):
        return False
