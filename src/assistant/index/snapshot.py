"""Snapshots: one built index, whole or not at all, and known to be unaltered before a byte of it is parsed.

`sealed` says what vouches for it. Here its parts are read, and held against one another.
"""

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, SnapshotError
from assistant.index.chunks import Chunk, Place, unit_text
from assistant.index.dense import DenseIndex, NearIndex
from assistant.index.embedded import EmbeddedEngine, Near
from assistant.index.encoder import Encoder, Vectors
from assistant.index.engine import Layout, SearchEngine
from assistant.index.export import MODEL
from assistant.index.guard import Guard
from assistant.index.inventory import Held
from assistant.index.lexical import LexicalIndex
from assistant.index.likeness import Likeness
from assistant.index.moments import Moments
from assistant.index.sealed import (
    ENCODER,
    REBUILD,
    current_id,
    read_manifest,
    text_digest,
    verified_file,
    verified_files,
)
from assistant.index.shelf import library_from_json
from assistant.index.wording import Wording
from assistant.library.model import Library

LIBRARY, ROWS, INVENTORY = "library.json", "rows.json", "inventory.json"
CHUNKS, UNITS, ENTRIES = "chunks", "units", "entries"
NEAR, MOMENTS = ".near", ".moments"
"""Endings of the files that only a large library has, of its chunks and of its units."""
LIKENESS, WORDING = "likeness.npz", "wording.npz"


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
    layout: Layout
    engine: SearchEngine
    """Searches its vectors and terms."""
    likeness: Likeness
    """How alike its texts are; entries by row of `served`."""
    wording: Wording
    encoder: Encoder
    guard: Guard
    """The encoder as questions ask it: it may fail, and then says so in a moment."""

    @cached_property
    def served(self) -> tuple[str, ...]:
        """The ids of the entries that hold a unit, in the library's order."""
        return tuple(dict.fromkeys(place.entry_id for place in self.units))

    @cached_property
    def chunk_of_unit(self) -> tuple[int, ...]:
        """The row of the chunk that each unit row lies in."""
        return tuple(self.layout.chunk_of_unit.tolist())

    @cached_property
    def row_of(self) -> dict[tuple[str, int], int]:
        """The row of each quotable unit, by entry id and unit number."""
        return {(place.entry_id, place.unit): row for row, place in enumerate(self.units)}


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


OpenEngine = Callable[[Path, Layout, Likeness], SearchEngine]
"""Opens the engine of a snapshot whose files were verified, given its folder; raises SnapshotError or EngineError."""


def load_snapshot(
    index: Path, encoder_name: str, before: Snapshot | None = None, open_engine: OpenEngine | None = None
) -> Snapshot:
    """Load the snapshot that serves.

    An encoder that cannot be run is done without, and tried again; one whose files are not as built is refused.

    Args:
        index: the folder of snapshots.
        encoder_name: the encoder that the settings name; the snapshot must have been built with it.
        before: the one loaded before: its encoder is kept when it is the same to the byte.
        open_engine: opens what searches it; the embedded engine when None.

    Raises:
        EngineError: its engine cannot be reached.
        SnapshotError: none, incomplete, altered, of another format, or built with another encoder.
        EncoderError: the words of its encoder cannot be read.
    """
    return load_named(index, current_id(index), encoder_name, before, open_engine)


def load_named(
    index: Path,
    snapshot_id: str,
    encoder_name: str,
    before: Snapshot | None = None,
    open_engine: OpenEngine | None = None,
) -> Snapshot:
    """Load a snapshot by its id, as `load_snapshot` does the one that serves."""
    manifest = read_manifest(index, snapshot_id)
    try:
        built_with = manifest["encoder"]["name"]
        if built_with != encoder_name:
            raise SnapshotError(
                f"the index in {index} was built with encoder {built_with!r}, "
                f"the settings name {encoder_name!r}; set ASSISTANT_ENCODER back, or run `assistant build`"
            )
        files = verified_files(index, snapshot_id, manifest["files"])
        with _without_collecting():
            encoder, guard = _encoder_of(index / snapshot_id, manifest, before)
            snapshot = _snapshot_of(files, index / snapshot_id, encoder_name, encoder, guard, open_engine)
    except AssistantError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"the index in {index} cannot be read ({error!r}); {REBUILD}") from None
    chunks, units = snapshot.chunks, snapshot.units
    stated = (len(chunks), len(units), len(snapshot.embedded))
    found = (*snapshot.engine.rows, len(chunks) + len(snapshot.inventory))
    likeness = snapshot.likeness
    measured = (len(likeness.chunk_lengths), len(likeness.unit_lengths), len(likeness.neighbours))
    worded = (len(snapshot.wording.absent), len(snapshot.wording.entry_starts) - 1)
    if (
        found != stated
        or len(snapshot.embedded) != len(chunks) + len(units)
        or measured != (len(chunks), len(units), len(snapshot.served))
        or worded != (len(units), len(snapshot.library.entries))
    ):
        raise SnapshotError(f"the index in {index} has not one vector and one inventory row a unit; {REBUILD}")
    if before is None or guard is not before.guard:
        guard.settle(_example(snapshot))
    return snapshot


def _encoder_of(folder: Path, manifest: Mapping[str, Any], before: Snapshot | None) -> tuple[Encoder, Guard]:
    """Return the encoder of a snapshot, that of the one before where it is the same, and begin to load its model."""
    stated = {name: each for name, each in manifest["files"].items() if name.startswith(f"{ENCODER}/")}
    limit, mark = manifest["encoder"]["limit"], text_digest(json.dumps(stated, sort_keys=True))
    if before is not None and (before.encoder.mark, before.encoder.limit) == (mark, limit):
        before.encoder.folder = folder / ENCODER  # where it stood may be forgotten
        return before.encoder, before.guard
    encoder = Encoder(folder / ENCODER, limit, mark)

    def recheck() -> None:
        verified_file(encoder.folder.parent, f"{ENCODER}/{MODEL}", stated[f"{ENCODER}/{MODEL}"])

    return encoder, Guard(encoder, recheck)


def _example(snapshot: Snapshot) -> tuple[str, Vectors] | None:
    """Return a text with its vector; None when this program would embed other words for it."""
    place = snapshot.units[0]
    text = unit_text(snapshot.library.by_id[place.entry_id], place.unit)
    known = text_digest(text) == snapshot.embedded[len(snapshot.chunks)]
    return (text, snapshot.engine.unit_vectors([0])[0]) if known else None


def _snapshot_of(
    files: Mapping[str, bytes],
    folder: Path,
    encoder_name: str,
    encoder: Encoder,
    guard: Guard,
    open_engine: OpenEngine | None,
) -> Snapshot:
    """Make a snapshot of its verified files."""
    library = library_from_json(json.loads(files[LIBRARY]))
    rows = json.loads(files[ROWS])
    chunks = tuple(Chunk(*chunk) for chunk in rows["chunks"])
    units = tuple(Place(*place) for place in rows["units"])
    layout, likeness = Layout.of(chunks, units), Likeness.from_bytes(files[LIKENESS])
    return Snapshot(
        id=folder.name,
        encoder_name=encoder_name,
        library=library,
        chunks=chunks,
        units=units,
        inventory=tuple(Held(tuple(kinds), tuple(about), by) for kinds, about, by in json.loads(files[INVENTORY])),
        embedded=tuple(rows["embedded"]),
        layout=layout,
        engine=open_engine(folder, layout, likeness) if open_engine else _embedded(files, folder, layout, likeness),
        likeness=likeness,
        wording=Wording.from_bytes(files[WORDING]),
        encoder=encoder,
        guard=guard,
    )


def _embedded(files: Mapping[str, bytes], folder: Path, layout: Layout, likeness: Likeness) -> EmbeddedEngine:
    chunks, units = len(likeness.chunk_lengths), len(layout.chunk_of_unit)
    near = None
    if f"{UNITS}{NEAR}" in files:
        near = Near(
            NearIndex.in_place(folder / f"{UNITS}{NEAR}"),
            NearIndex.in_place(folder / f"{CHUNKS}{NEAR}"),
            Moments.from_bytes(files[f"{UNITS}{MOMENTS}"]),
            Moments.from_bytes(files[f"{CHUNKS}{MOMENTS}"]),
        )

    def dense(name: str) -> DenseIndex:
        # Where few rows are read at a time, they stay in the file.
        return DenseIndex.in_place(folder / name) if near else DenseIndex.from_bytes(files[name])

    return EmbeddedEngine(
        layout,
        likeness,
        chunk_dense=dense(f"{CHUNKS}.faiss"),
        unit_dense=dense(f"{UNITS}.faiss"),
        chunk_terms=LexicalIndex.load(folder / CHUNKS, chunks),
        unit_terms=LexicalIndex.load(folder / UNITS, units),
        entry_terms=LexicalIndex.load(folder / ENTRIES, len(layout.unit_starts)),
        near=near,
    )


def load_library_of(index: Path) -> Library:
    """Load only the library of the snapshot that serves, with every file checked all the same.

    Raises:
        SnapshotError: as `load_snapshot`.
    """
    snapshot_id = current_id(index)
    files = verified_files(index, snapshot_id, read_manifest(index, snapshot_id)["files"])
    return library_from_json(json.loads(files[LIBRARY]))
