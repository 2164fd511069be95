"""Past snapshots: the libraries of those that are still on disk, so that what was quoted then can be looked up.

A snapshot that serves, and the few kept before it, are found by their id or the beginning of one.
"""

import hashlib
import json
from pathlib import Path

from assistant.errors import SnapshotError
from assistant.index.sealed import MANIFEST, SNAPSHOT_ID, read_manifest
from assistant.index.shelf import library_from_json
from assistant.index.snapshot import LIBRARY
from assistant.library.model import Library

_SHORTEST = 4
"""Characters of an id that may stand for all 64."""


def find_snapshot(index: Path, beginning: str) -> str:
    """Return the id of the snapshot on disk that begins so.

    Raises:
        SnapshotError: none does, several do, or it is too short to tell.
    """
    try:
        held = sorted(path.name for path in index.iterdir() if SNAPSHOT_ID.fullmatch(path.name))
    except OSError as error:
        raise SnapshotError(f"the index in {index} cannot be read ({error.strerror}); name it with --index") from None
    found = [name for name in held if name.startswith(beginning)] if len(beginning) >= _SHORTEST else []
    if len(found) != 1:
        which = f"{len(found)} snapshots in {index} begin" if found else f"no snapshot in {index} begins"
        raise SnapshotError(
            f"{which} with {beginning[:64]!r}; it holds {', '.join(name[:12] for name in held[:10]) or 'none'}"
        )
    return found[0]


def load_past_library(index: Path, snapshot_id: str) -> Library:
    """Load the library of a snapshot on disk; of its files only this one is read, and checked first.

    Raises:
        SnapshotError: it is not there, altered, or of another format.
    """
    if not SNAPSHOT_ID.fullmatch(snapshot_id):
        raise SnapshotError(f"{snapshot_id[:64]!r} is not the id of a snapshot; it has 64 hexadecimal digits")
    manifest = read_manifest(index, snapshot_id)
    try:
        data = (index / snapshot_id / LIBRARY).read_bytes()
    except OSError:
        raise SnapshotError(f"snapshot {snapshot_id[:12]} has lost {LIBRARY}; name another") from None
    if hashlib.sha256(data).hexdigest() != manifest["files"][LIBRARY]["sha256"]:
        raise SnapshotError(f"{LIBRARY} in snapshot {snapshot_id[:12]} is not what its {MANIFEST} says; name another")
    return library_from_json(json.loads(data))
