"""Seals: what vouches for a snapshot's files, and how they are read: checked to the last byte before any is parsed.

A snapshot is a folder named by the digest of its `manifest.json`, which holds the size and sha256 of every other file
in it. `CURRENT` names the one that serves. So one line on disk vouches for everything that is read. Must not know what
the files hold.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from assistant.errors import SnapshotError

FORMAT = 5
"""Raised by one whenever a snapshot of the earlier program could not be read, or would be read otherwise."""
MANIFEST, CURRENT, ENCODER = "manifest.json", "CURRENT", "encoder"
SNAPSHOT_ID = re.compile(r"[0-9a-f]{64}")
REBUILD = "run `assistant build` again"
_LONGEST_NAME, _LONGEST_MANIFEST = 200, 1_000_000
"""Bytes of `CURRENT` and of a manifest that are read: some three times and a hundred times what they have."""
_THREADS = 2
"""That read and hash files."""


def encode_json(value: object) -> bytes:
    """Return a value as JSON bytes that are the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def current_id(index: Path) -> str:
    """Return the id of the snapshot that serves.

    Raises:
        SnapshotError: there is none, or `CURRENT` does not name one.
    """
    try:
        found = read_plain(index / CURRENT, most=_LONGEST_NAME).decode("ascii", "replace")
    except FileNotFoundError:
        raise SnapshotError(f"no index in {index}; make one with `assistant build`") from None
    except OSError as error:
        raise SnapshotError(
            f"the index in {index} cannot be read ({error.strerror or error}); name another folder with --index"
        ) from None
    found = found.removesuffix("\n")
    if not SNAPSHOT_ID.fullmatch(found):
        raise SnapshotError(f"{index / CURRENT} does not name a snapshot; {REBUILD}")
    return found


def read_manifest(index: Path, snapshot_id: str) -> dict[str, Any]:
    """Return a snapshot's manifest, checked against the id that names it.

    Raises:
        SnapshotError: it is missing, altered, or of another format.
    """
    path = index / snapshot_id / MANIFEST
    try:
        data = read_plain(path, most=_LONGEST_MANIFEST)
    except OSError:
        raise SnapshotError(f"snapshot {snapshot_id[:12]} has no {MANIFEST}; {REBUILD}") from None
    if hashlib.sha256(data).hexdigest() != snapshot_id:
        raise SnapshotError(f"{path} was altered since it was built; {REBUILD}")
    manifest = json.loads(data)
    stated = manifest.get("format") if isinstance(manifest, dict) else None
    if not isinstance(manifest, dict) or stated != FORMAT:
        raise SnapshotError(f"the index in {index} is of format {stated}, this program reads {FORMAT}; {REBUILD}")
    return manifest


def read_plain(path: Path, *, most: int | None = None) -> bytes:
    """Return the bytes of a plain file: what is no file is not waited for, and no more is read than there should be.

    Args:
        path: the file.
        most: how many bytes are read at most.

    Raises:
        OSError: it is missing, no plain file, or cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # to open a pipe that nobody writes to would wait for ever
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(None, "not a file", str(path))
        return file.read(most)


def verified_files(index: Path, snapshot_id: str, files: Mapping[str, Mapping[str, Any]]) -> dict[str, bytes]:
    """Check every file of a snapshot against its size and sha256, and return the bytes of all but the encoder's.

    Raises:
        SnapshotError: a file is missing, cut short, altered, or there is one too many.
    """
    folder = index / snapshot_id
    present = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    }
    if extra := sorted(present - set(files) - {MANIFEST}):
        raise SnapshotError(f"snapshot {snapshot_id[:12]} holds {extra[0]!r}, which was not built with it; {REBUILD}")

    def verified(name: str) -> bytes:
        data = verified_file(folder, name, files[name])
        return b"" if name.startswith(f"{ENCODER}/") else data

    with ThreadPoolExecutor(_THREADS) as pool:
        found = dict(zip(files, pool.map(verified, files), strict=True))
    return {name: data for name, data in found.items() if not name.startswith(f"{ENCODER}/")}


def verified_file(folder: Path, name: str, stated: Mapping[str, Any]) -> bytes:
    """Return the bytes of one file of a snapshot, whose size and sha256 its manifest states.

    Raises:
        SnapshotError: it is missing, cut short or altered.
    """
    try:
        data = read_plain(folder / name, most=stated["size"] + 1)
    except OSError:
        raise SnapshotError(f"snapshot {folder.name[:12]} has lost {name}; {REBUILD}") from None
    if len(data) != stated["size"] or hashlib.sha256(data).hexdigest() != stated["sha256"]:
        raise SnapshotError(f"{name} in snapshot {folder.name[:12]} was altered since it was built; {REBUILD}")
    return data


def text_digest(text: str) -> str:
    """Return the digest by which a vector is known from the text that it was made from."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
