"""Building: a library becomes a snapshot. Only what changed is embedded again, and nothing that was embedded is lost.

Must not know where the texts are embedded: here or on a cluster, the vectors are the same.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from assistant.errors import AssistantError, LibraryError, SnapshotError
from assistant.index.aside import drop_aside, keep_aside, read_aside
from assistant.index.chunks import (
    Chunk,
    Place,
    chunk_text,
    cut_chunks,
    entry_terms,
    quotable_places,
    unit_text,
    unit_words,
)
from assistant.index.dense import DenseIndex, NearIndex
from assistant.index.embedded import EXACT, as_embedded
from assistant.index.encoder import Embed, Encoder, Vectors
from assistant.index.engine import Layout
from assistant.index.export import MODEL, TOKENIZER, export_encoder, fingerprint
from assistant.index.inventory import Held, take_inventory
from assistant.index.lexical import LexicalIndex
from assistant.index.likeness import Likeness
from assistant.index.moments import Moments
from assistant.index.publishing import building_folder, only_builder, publish
from assistant.index.sealed import ENCODER, current_id, encode_json, read_manifest, text_digest
from assistant.index.shelf import library_to_json
from assistant.index.snapshot import (
    CHUNKS,
    ENTRIES,
    INVENTORY,
    LIBRARY,
    LIKENESS,
    MOMENTS,
    NEAR,
    ROWS,
    UNITS,
    WORDING,
    Snapshot,
    load_named,
    load_snapshot,
)
from assistant.index.terms import terms_of
from assistant.index.wording import Wording
from assistant.library.model import Entry, Library

_SLACK = 0.01
"""By which a sentence's own vector may be less near to it than another's: two may be worded alike."""
Progress = Callable[[Iterable[Vectors], str, int], Iterable[Vectors]]
"""Wraps an iterable of known length with a progress display: (items, what is done, how many)."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    snapshot_id: str
    entries: int
    chunks: int
    units: int
    embedded: int
    """How many texts were embedded anew."""
    reused: int
    """How many vectors came from the snapshot before."""
    resumed: int
    """How many texts an earlier build, cut short, had embedded already."""


def no_progress(items: Iterable[Vectors], what: str, total: int) -> Iterable[Vectors]:
    """Show nothing."""
    return items


def embed_here(encoder: Encoder, texts: Sequence[str]) -> Iterator[Vectors]:
    """Yield the vector of each text, in order, with every core of this machine at work."""
    return encoder.encode_each(texts, threads=os.cpu_count() or 2)


def build_snapshot(
    library: Library,
    index: Path,
    encoder_name: str,
    progress: Progress = no_progress,
    reviewed: Mapping[tuple[str, int], Held] = MappingProxyType({}),
    embed: Embed = embed_here,
) -> Built:
    """Build a snapshot of a library and make it the one that serves.

    The same library, reviewed inventory and encoder give the same snapshot id, wherever it is embedded and however
    often it was cut short. The snapshot before is read for the vectors and the exported encoder that have not changed;
    when it is missing or damaged, everything is made anew, but for the vectors that a build cut short has left.

    Args:
        library: the entries.
        index: the folder of snapshots.
        encoder_name: the encoder to embed with.
        progress: shows how far the embedding is.
        reviewed: the reviewed inventory by entry id and unit number; the rest is inferred.
        embed: embeds what is new.

    Raises:
        LibraryError: no entry holds a unit that may be quoted.
        SnapshotError: another build is running, or the index cannot be written.
        EncoderError: the encoder is missing or cannot be used.
        ClusterError: the cluster that `embed` stands for failed.
    """
    units = list(quotable_places(library))
    if not units:
        raise LibraryError(
            "the library holds no sentence that may be quoted; approve an entry with `assistant add FILE`"
        )
    mark = fingerprint(encoder_name)
    with only_builder(index), building_folder(index) as folder:
        before, known, limit = _reuse(index, folder / ENCODER, encoder_name, mark)
        if limit is None:
            limit = export_encoder(encoder_name, folder / ENCODER)
        encoder = Encoder(folder / ENCODER, limit)
        encoder.open()
        entries = {entry.id: entry for entry in library.entries}
        chunks = [chunk for entry in library.entries for chunk in cut_chunks(entry, encoder.count_pieces, limit)]
        texts = [chunk_text(entries[chunk.entry_id], chunk) for chunk in chunks]
        texts += [unit_text(entries[place.entry_id], place.unit) for place in units]
        keys = [text_digest(text) for text in texts]
        reused = sum(key in known for key in keys)
        wanted = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        left = read_aside(index, mark, encoder.dimensions)
        known |= {key: left[key] for key in wanted if key in left}
        missing = {key: text for key, text in wanted.items() if key not in known}
        made = progress(embed(encoder, list(missing.values())), "Embedding", len(missing))
        known |= keep_aside(index, mark, missing, made)
        vectors = np.stack([known[key] for key in keys])
        (folder / f"{CHUNKS}.faiss").write_bytes(DenseIndex.of(vectors[: len(chunks)]).to_bytes())
        (folder / f"{UNITS}.faiss").write_bytes(DenseIndex.of(vectors[len(chunks) :]).to_bytes())
        if max(len(chunks), len(units)) > EXACT:
            _write_near(folder, vectors, chunks, units)
        LexicalIndex.of([_chunk_terms(entries[chunk.entry_id], chunk) for chunk in chunks]).save(folder / CHUNKS)
        LexicalIndex.of([_unit_terms(entries[place.entry_id], place.unit) for place in units]).save(folder / UNITS)
        served = {entry_id: row for row, entry_id in enumerate(dict.fromkeys(place.entry_id for place in units))}
        LexicalIndex.of([entry_terms(entries[entry_id]) for entry_id in served]).save(folder / ENTRIES)
        likeness = Likeness.of(
            vectors[len(chunks) :], vectors[: len(chunks)], [served[chunk.entry_id] for chunk in chunks]
        )
        (folder / LIKENESS).write_bytes(likeness.to_bytes())
        (folder / WORDING).write_bytes(Wording.of(library, units).to_bytes())
        (folder / LIBRARY).write_bytes(encode_json(library_to_json(library)))
        rows = {
            "chunks": [[chunk.entry_id, chunk.section, chunk.first, chunk.last] for chunk in chunks],
            "units": [[place.entry_id, place.unit] for place in units],
            "embedded": keys,
        }
        (folder / ROWS).write_bytes(encode_json(rows))
        held = take_inventory(library, reviewed)
        (folder / INVENTORY).write_bytes(encode_json([[each.kinds, each.about, each.reviewed] for each in held]))
        about = {
            "encoder": {"name": encoder_name, "fingerprint": mark, "limit": limit, "dimensions": encoder.dimensions}
        }

        def try_out(built: str) -> None:
            _try_out(load_named(index, built, encoder_name, before))

        snapshot_id = publish(index, folder, about, try_out)
        drop_aside(index)
    return Built(snapshot_id, len(entries), len(chunks), len(units), len(missing), reused, len(wanted) - len(missing))


def _write_near(folder: Path, vectors: Vectors, chunks: Sequence[Chunk], units: Sequence[Place]) -> None:
    """Write what stands in for scoring every row of a large library."""
    of_chunks, of_units = vectors[: len(chunks)], vectors[len(chunks) :]
    counts = np.bincount(Layout.of(chunks, units).chunk_of_unit, minlength=len(chunks))
    (folder / f"{CHUNKS}{NEAR}").write_bytes(NearIndex.of(of_chunks).to_bytes())
    (folder / f"{UNITS}{NEAR}").write_bytes(NearIndex.of(of_units).to_bytes())
    (folder / f"{CHUNKS}{MOMENTS}").write_bytes(Moments.of(of_chunks, counts).to_bytes())
    (folder / f"{UNITS}{MOMENTS}").write_bytes(Moments.of(of_units, np.ones(len(units), dtype=np.intp)).to_bytes())


def _try_out(snapshot: Snapshot) -> None:
    """Look for a few of a snapshot's own sentences, by meaning and by words.

    Raises:
        SnapshotError: it does not find them.
    """
    for row in dict.fromkeys((0, len(snapshot.units) // 2, len(snapshot.units) - 1)):
        place = snapshot.units[row]
        entry = snapshot.library.by_id[place.entry_id]
        terms = _unit_terms(entry, place.unit)
        engine = as_embedded(snapshot.engine)
        near = engine.unit_dense.scores(snapshot.encoder.encode(unit_text(entry, place.unit)))
        said = engine.unit_terms.scores(terms)
        if near[row] < near.max() - _SLACK or (terms and said[row] <= 0):
            raise SnapshotError(
                f"the new index does not find unit {place.unit} of {place.entry_id} by its own words; what served "
                "before still does; run `assistant build` again"
            )


def _reuse(
    index: Path, folder: Path, encoder_name: str, mark: str
) -> tuple[Snapshot | None, dict[str, Vectors], int | None]:
    """Take the vectors and the exported encoder over from the snapshot before, when the encoder is the same."""
    try:
        before = current_id(index)
        about = read_manifest(index, before)["encoder"]
        if about["fingerprint"] != mark:
            return None, {}, None
        snapshot = load_snapshot(index, encoder_name)
    except AssistantError:
        return None, {}, None
    engine = as_embedded(snapshot.engine)
    vectors = np.concatenate([engine.chunk_dense.vectors(), engine.unit_dense.vectors()])
    folder.mkdir()
    for name in (MODEL, TOKENIZER):
        source = index / before / ENCODER / name
        try:
            os.link(source, folder / name)
        except OSError:
            shutil.copyfile(source, folder / name)
    return snapshot, dict(zip(snapshot.embedded, vectors, strict=True)), int(about["limit"])


def _chunk_terms(entry: Entry, chunk: Chunk) -> Sequence[str]:
    return terms_of(" ".join([*entry.subjects, *entry.aliases, chunk_text(entry, chunk)]))


def _unit_terms(entry: Entry, number: int) -> Sequence[str]:
    return terms_of(f"{entry.units[number].label} {unit_words(entry, number)}")
