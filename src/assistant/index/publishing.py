"""Publishing: a written snapshot is sealed and put in place in one step, so that what serves is never half of anything.

Written aside, synced, renamed, and only then named by `CURRENT`; one builder at a time; the last three are kept.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from assistant.errors import SnapshotError
from assistant.index.snapshot import CURRENT, FORMAT, MANIFEST, SNAPSHOT_ID, encode_json, read_manifest, verified_files
from assistant.library.manifest import replace_file

_KEPT = 3


@contextlib.contextmanager
def only_builder(index: Path) -> Iterator[None]:
    """Hold the index folder for one builder at a time.

    Raises:
        SnapshotError: another build is running, or the folder cannot be made or written.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = os.open(index / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SnapshotError(f"cannot write to {index} ({error.strerror}); name another folder with --index") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SnapshotError(f"another build is at work in {index}; wait for it to end") from None
        except OSError as error:
            raise SnapshotError(
                f"{index} cannot be held for one builder ({error.strerror}); name another folder with --index"
            ) from None
        for left in index.glob(".building-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def building_folder(index: Path) -> Iterator[Path]:
    """Give a folder to write a snapshot in, aside; whatever happens, it is gone afterwards unless it was published."""
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=".building-", dir=index))
        yield folder
    except OSError as error:
        raise SnapshotError(
            f"the index cannot be written to {index} ({error.strerror or error}), and what served before still does; "
            "make room, or name another folder with --index"
        ) from None
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def publish(index: Path, folder: Path, about: Mapping[str, object]) -> str:
    """Seal a written snapshot and make it the one that serves: manifest, sync, rename, then `CURRENT`.

    Args:
        index: the folder of snapshots.
        folder: where the files were written, inside `index`.
        about: what else the manifest states.

    Returns:
        The snapshot's id: the digest of its manifest.
    """
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        files[path.relative_to(folder).as_posix()] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest = encode_json({"format": FORMAT, **about, "files": files})
    (folder / MANIFEST).write_bytes(manifest)
    snapshot_id = hashlib.sha256(manifest).hexdigest()
    for path in [*folder.rglob("*"), folder]:
        _sync(path)
    if not _is_whole(index, snapshot_id):
        target = index / snapshot_id
        if target.exists():
            # The same was built before and altered since: it cannot be loaded, so for a moment there may be neither.
            target.rename(folder.with_name(folder.name + ".old"))
            shutil.rmtree(folder.with_name(folder.name + ".old"), ignore_errors=True)
        folder.chmod(0o755)
        folder.rename(target)
        _sync(index)
    replace_file(index / CURRENT, f"{snapshot_id}\n".encode())
    _forget_old(index, snapshot_id)
    return snapshot_id


def _is_whole(index: Path, snapshot_id: str) -> bool:
    try:
        verified_files(index, snapshot_id, read_manifest(index, snapshot_id)["files"])
    except SnapshotError:
        return False
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget_old(index: Path, current: str) -> None:
    built = [path for path in index.iterdir() if SNAPSHOT_ID.fullmatch(path.name) and path.name != current]
    for path in sorted(built, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
