"""Snapshots: one built index, whole or not at all, and known to be unaltered before a byte of it is parsed.

A snapshot is a folder named by the digest of its `manifest.json`, which holds the size and sha256 of every other file
in it. `CURRENT` names the one that serves. So one line on disk vouches for everything that is read.
"""

import gc
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import AssistantError, SnapshotError
from assistant.index.chunks import Chunk, Place
from assistant.index.dense import DenseIndex
from assistant.index.encoder import Encoder
from assistant.index.inventory import Held
from assistant.index.lexical import LexicalIndex
from assistant.index.likeness import Likeness
from assistant.index.shelf import library_from_json
from assistant.index.wording import Wording
from assistant.library.model import Library

FORMAT = 5
"""Raised by one whenever a snapshot of the earlier program could not be read, or would be read otherwise."""
MANIFEST, CURRENT, LIBRARY, ROWS = "manifest.json", "CURRENT", "library.json", "rows.json"
INVENTORY = "inventory.json"
CHUNKS, UNITS, ENTRIES, ENCODER = "chunks", "units", "entries", "encoder"
LIKENESS, WORDING = "likeness.npz", "wording.npz"
SNAPSHOT_ID = re.compile(r"[0-9a-f]{64}")
_THREADS = 2
"""That read and hash files."""
_REBUILD = "run `assistant build` again"


@dataclass(frozen=True)
class Snapshot:
    """A loaded index: everything an answer is made from. Never changed once loaded."""

    id: str
    encoder_name: str
    library: Library
    chunks: tuple[Chunk, ...]
    units: tuple[Place, ...]
    inventory: tuple[Held, ...]
    """What each unit answers and speaks of, by unit row."""
    embedded: tuple[str, ...]
    """A digest of the text that each vector was made from, the chunks' and then the units'."""
    chunk_vectors: DenseIndex
    unit_vectors: DenseIndex
    chunk_terms: LexicalIndex
    unit_terms: LexicalIndex
    entry_terms: LexicalIndex
    """The whole text of each of `served`, by row."""
    likeness: Likeness
    """How alike its texts are; entries by row of `served`."""
    wording: Wording
    encoder: Encoder

    @cached_property
    def served(self) -> tuple[str, ...]:
        """The ids of the entries that hold a unit, in the library's order."""
        return tuple(dict.fromkeys(place.entry_id for place in self.units))

    @cached_property
    def entry_starts(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The first unit row and the first chunk row of each of `served`: an entry's rows stand together."""
        units: dict[str, int] = {}
        chunks: dict[str, int] = {}
        for row, place in enumerate(self.units):
            units.setdefault(place.entry_id, row)
        for row, chunk in enumerate(self.chunks):
            chunks.setdefault(chunk.entry_id, row)
        return np.array([units[each] for each in self.served]), np.array([chunks[each] for each in self.served])

    @cached_property
    def chunk_of_unit(self) -> tuple[int, ...]:
        """The row of the chunk that each unit row lies in."""
        rows = {
            (chunk.entry_id, number): row
            for row, chunk in enumerate(self.chunks)
            for number in range(chunk.first, chunk.last + 1)
        }
        return tuple(rows[place.entry_id, place.unit] for place in self.units)

    @cached_property
    def row_of(self) -> dict[tuple[str, int], int]:
        """The row of each quotable unit, by entry id and unit number."""
        return {(place.entry_id, place.unit): row for row, place in enumerate(self.units)}


def encode_json(value: object) -> bytes:
    """Return a value as JSON bytes that are the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def current_id(index: Path) -> str:
    """Return the id of the snapshot that serves.

    Raises:
        SnapshotError: there is none, or `CURRENT` does not name one.
    """
    try:
        found = (index / CURRENT).read_bytes()[:200].decode("ascii", "replace").strip()
    except FileNotFoundError:
        raise SnapshotError(f"no index in {index}; make one with `assistant build`") from None
    except OSError as error:
        raise SnapshotError(
            f"the index in {index} cannot be read ({error.strerror}); name another folder with --index"
        ) from None
    if not SNAPSHOT_ID.fullmatch(found):
        raise SnapshotError(f"{index / CURRENT} does not name a snapshot; {_REBUILD}")
    return found


def read_manifest(index: Path, snapshot_id: str) -> dict[str, Any]:
    """Return a snapshot's manifest, checked against the id that names it.

    Raises:
        SnapshotError: it is missing, altered, or of another format.
    """
    path = index / snapshot_id / MANIFEST
    try:
        data = path.read_bytes()
    except OSError:
        raise SnapshotError(f"snapshot {snapshot_id[:12]} has no {MANIFEST}; {_REBUILD}") from None
    if hashlib.sha256(data).hexdigest() != snapshot_id:
        raise SnapshotError(f"{path} was altered since it was built; {_REBUILD}")
    manifest: dict[str, Any] = json.loads(data)
    if manifest.get("format") != FORMAT:
        raise SnapshotError(
            f"the index in {index} is of format {manifest.get('format')}, this program reads {FORMAT}; {_REBUILD}"
        )
    return manifest


def verified_files(index: Path, snapshot_id: str, files: Mapping[str, Mapping[str, Any]]) -> dict[str, bytes]:
    """Check every file of a snapshot against its size and sha256, and return the bytes of all but the encoder's.

    Raises:
        SnapshotError: a file is missing, cut short, altered, or there is one too many.
    """
    folder = index / snapshot_id
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    if extra := sorted(present - set(files) - {MANIFEST}):
        raise SnapshotError(f"snapshot {snapshot_id[:12]} holds {extra[0]!r}, which was not built with it; {_REBUILD}")

    def verified(name: str) -> bytes:
        try:
            data = (folder / name).read_bytes()
        except OSError:
            raise SnapshotError(f"snapshot {snapshot_id[:12]} has lost {name}; {_REBUILD}") from None
        if len(data) != files[name]["size"] or hashlib.sha256(data).hexdigest() != files[name]["sha256"]:
            raise SnapshotError(f"{name} in snapshot {snapshot_id[:12]} was altered since it was built; {_REBUILD}")
        return b"" if name.startswith(f"{ENCODER}/") else data

    with ThreadPoolExecutor(_THREADS) as pool:
        found = dict(zip(files, pool.map(verified, files), strict=True))
    return {name: data for name, data in found.items() if not name.startswith(f"{ENCODER}/")}


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Leave the search for circular garbage till later: what is loaded is many objects, and none of it is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load_snapshot(index: Path, encoder_name: str) -> Snapshot:
    """Load the snapshot that serves.

    Args:
        index: the folder of snapshots.
        encoder_name: the encoder that the settings name; the snapshot must have been built with it.

    Raises:
        SnapshotError: none, incomplete, altered, of another format, or built with another encoder.
        EncoderError: its encoder cannot be loaded.
    """
    snapshot_id = current_id(index)
    manifest = read_manifest(index, snapshot_id)
    if manifest["encoder"]["name"] != encoder_name:
        raise SnapshotError(
            f"the index in {index} was built with encoder {manifest['encoder']['name']!r}, "
            f"the settings name {encoder_name!r}; set ASSISTANT_ENCODER back, or run `assistant build`"
        )
    folder = index / snapshot_id
    files = verified_files(index, snapshot_id, manifest["files"])
    try:
        with ThreadPoolExecutor(1) as pool, _without_collecting():
            encoder = pool.submit(Encoder, folder / ENCODER, manifest["encoder"]["limit"])
            snapshot = _snapshot_of(files, folder, encoder_name, encoder)
    except AssistantError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"the index in {index} cannot be read ({error!r}); {_REBUILD}") from None
    chunks, units = snapshot.chunks, snapshot.units
    stated = (len(chunks), len(units), len(snapshot.embedded))
    found = (snapshot.chunk_vectors.rows, snapshot.unit_vectors.rows, len(chunks) + len(snapshot.inventory))
    likeness = snapshot.likeness
    measured = (len(likeness.chunk_lengths), len(likeness.unit_lengths), len(likeness.neighbours))
    worded = (len(snapshot.wording.absent), len(snapshot.wording.entry_starts) - 1)
    if (
        found != stated
        or len(snapshot.embedded) != len(chunks) + len(units)
        or measured != (len(chunks), len(units), len(snapshot.served))
        or worded != (len(units), len(snapshot.library.entries))
    ):
        raise SnapshotError(f"the index in {index} has not one vector and one inventory row a unit; {_REBUILD}")
    return snapshot


def _snapshot_of(files: Mapping[str, bytes], folder: Path, encoder_name: str, encoder: Future[Encoder]) -> Snapshot:
    """Make a snapshot of its verified files; the encoder is loaded beside them."""
    library = library_from_json(json.loads(files[LIBRARY]))
    rows = json.loads(files[ROWS])
    chunks = tuple(Chunk(*chunk) for chunk in rows["chunks"])
    units = tuple(Place(*place) for place in rows["units"])
    return Snapshot(
        id=folder.name,
        encoder_name=encoder_name,
        library=library,
        chunks=chunks,
        units=units,
        inventory=tuple(Held(tuple(kinds), tuple(about), by) for kinds, about, by in json.loads(files[INVENTORY])),
        embedded=tuple(rows["embedded"]),
        chunk_vectors=DenseIndex.from_bytes(files[f"{CHUNKS}.faiss"]),
        unit_vectors=DenseIndex.from_bytes(files[f"{UNITS}.faiss"]),
        chunk_terms=LexicalIndex.load(folder / CHUNKS, len(chunks)),
        unit_terms=LexicalIndex.load(folder / UNITS, len(units)),
        entry_terms=LexicalIndex.load(folder / ENTRIES, len({place.entry_id for place in units})),
        likeness=Likeness.from_bytes(files[LIKENESS]),
        wording=Wording.from_bytes(files[WORDING]),
        encoder=encoder.result(),
    )


def load_library_of(index: Path) -> Library:
    """Load only the library of the snapshot that serves, with every file checked all the same.

    Raises:
        SnapshotError: as `load_snapshot`.
    """
    snapshot_id = current_id(index)
    files = verified_files(index, snapshot_id, read_manifest(index, snapshot_id)["files"])
    return library_from_json(json.loads(files[LIBRARY]))
