"""Publishing: a written snapshot is sealed and put in place in one step, so that what serves is never half of anything.

Written aside, synced, renamed, tried out, and only then named by `CURRENT`; one builder at a time; the last three are
kept, in the order in which they were published, and `roll_back` goes back among them.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SnapshotError
from assistant.index.sealed import (
    CURRENT,
    FORMAT,
    MANIFEST,
    SNAPSHOT_ID,
    current_id,
    encode_json,
    read_manifest,
    verified_files,
)
from assistant.index.snapshot import load_library_of, load_named
from assistant.library.manifest import replace_file

KEPT = 3
"""Snapshots, the one that serves among them."""


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
        for left in index.glob(f".{CURRENT}.*.new"):
            left.unlink(missing_ok=True)
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


def publish(index: Path, folder: Path, about: Mapping[str, object], try_out: Callable[[str], None]) -> str:
    """Seal a written snapshot and make it the one that serves: manifest, sync, rename, trial, then `CURRENT`.

    Args:
        index: the folder of snapshots.
        folder: where the files were written, inside `index`.
        about: what else the manifest states.
        try_out: loads a snapshot in its place, by its id, and raises an error unless it works.

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
    target = index / snapshot_id
    is_new = not _is_whole(index, snapshot_id)
    if is_new:
        if target.exists():
            # The same was built before and altered since: it cannot be loaded, so for a moment there may be neither.
            target.rename(folder.with_name(folder.name + ".old"))
            shutil.rmtree(folder.with_name(folder.name + ".old"), ignore_errors=True)
        folder.chmod(0o755)
        folder.rename(target)
        _sync(index)
    try:
        try_out(snapshot_id)
        os.utime(target / MANIFEST)  # of those kept, the one published last is the newest, whenever it was built
        replace_file(index / CURRENT, f"{snapshot_id}\n".encode())
    except BaseException:
        if is_new and not _serves(index, snapshot_id):
            shutil.rmtree(target, ignore_errors=True)
        raise
    _forget_old(index, snapshot_id)
    return snapshot_id


def kept_ids(index: Path) -> list[str]:
    """Return the ids of the snapshots in an index folder, the one published last first."""

    def published(name: str) -> int:
        try:
            return (index / name / MANIFEST).stat().st_mtime_ns
        except OSError:
            return 0  # without its manifest it serves nobody

    try:
        found = [path.name for path in index.iterdir() if SNAPSHOT_ID.fullmatch(path.name) and path.is_dir()]
    except OSError as error:
        raise SnapshotError(
            f"the index in {index} cannot be read ({error.strerror}); name another folder with --index"
        ) from None
    return sorted(found, key=lambda name: (-published(name), name))


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did."""

    before: str
    """The id of the snapshot that served, empty where `CURRENT` named none."""
    after: str


def roll_back(
    index: Path, encoder_name: str, wanted: str = "", withdrawn: Collection[str] = (), *, even_withdrawn: bool = False
) -> RolledBack:
    """Make an earlier snapshot the one that serves, after trying it out.

    Args:
        index: the folder of snapshots.
        encoder_name: the encoder that the settings name.
        wanted: the beginning of a kept snapshot's id; the one published before the one that serves when empty.
        withdrawn: the ids of entries that must not be served, beside those that the serving snapshot knows of.
        even_withdrawn: go back even where such entries come back.

    Raises:
        SnapshotError: there is none to go back to, it is not as built, or a withdrawn entry would come back.
    """
    if not index.is_dir():
        raise SnapshotError(f"no index in {index}; make one with `assistant build`")
    with only_builder(index):
        serving = ""
        with contextlib.suppress(SnapshotError):
            serving = current_id(index)
        kept = kept_ids(index)
        if not (index / serving / MANIFEST).is_file():
            kept = [each for each in kept if each != serving]  # it says nothing of when it was published
        after = choose_return(kept, serving, wanted, str(index))
        check_return(index, encoder_name, after, withdrawn, even_withdrawn=even_withdrawn)
        try:
            replace_file(index / CURRENT, f"{after}\n".encode())
        except OSError as error:
            raise SnapshotError(f"{index / CURRENT} cannot be written ({error.strerror}); make room") from None
    return RolledBack(serving, after)


def choose_return(kept: Sequence[str], serving: str, wanted: str, where: str) -> str:
    """Choose the snapshot to go back to.

    Args:
        kept: the ids of those kept, the one published last first.
        serving: the id of the one that serves; empty when that is not known.
        wanted: the beginning of one's id; the one published before the one that serves when empty.
        where: what they are kept in, for the message.

    Raises:
        SnapshotError: there is none such, or more than one.
    """
    older = kept[kept.index(serving) + 1 :] if serving in kept else kept
    among = [each for each in kept if each.startswith(wanted) and each != serving] if wanted else older
    if not among or (wanted and len(among) > 1):
        names = ", ".join(each[:12] for each in kept) or "none"
        raise SnapshotError(
            f"no one snapshot {wanted[:64]!r} to go back to in {where}; kept are, the last first: {names}"
            if wanted
            else f"no earlier snapshot is kept in {where}; mend the library and run `assistant build`"
        )
    return among[0]


def check_return(
    index: Path, encoder_name: str, after: str, withdrawn: Collection[str], *, even_withdrawn: bool
) -> None:
    """Try out a snapshot that is gone back to, and see that it brings no withdrawn entry back.

    Args:
        index: the folder of snapshots.
        encoder_name: the encoder that the settings name.
        after: the id of the snapshot.
        withdrawn: the ids of entries that must not be served, beside those that the serving snapshot knows of.
        even_withdrawn: let such entries come back.

    Raises:
        SnapshotError: it is not as built, or such an entry would come back.
    """
    forbidden = set(withdrawn)
    with contextlib.suppress(SnapshotError):
        forbidden |= load_library_of(index).withdrawn
    back = sorted(forbidden & load_named(index, after, encoder_name).library.by_id.keys())
    if back and not even_withdrawn:
        raise SnapshotError(
            f"snapshot {after[:12]} would serve {', '.join(back[:5])} again, withdrawn since; mend the library and "
            "run `assistant build`, or add --even-withdrawn"
        )


def _serves(index: Path, snapshot_id: str) -> bool:
    try:
        return current_id(index) == snapshot_id
    except SnapshotError:
        return False


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
    forget_all_but(index, [current, *[each for each in kept_ids(index) if each != current][: KEPT - 1]])


def forget_all_but(index: Path, kept: Collection[str]) -> None:
    """Remove the snapshots of an index folder that are not among those to be kept."""
    for each in kept_ids(index):
        if each not in kept:
            shutil.rmtree(index / each, ignore_errors=True)
