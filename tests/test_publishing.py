"""Publishing: tried out before it serves, in the order it was published, and back again by `rollback`."""

import os
import shutil
from pathlib import Path

import pytest
from eval.reliability._world import World, fresh, without

from assistant.cli import main
from assistant.errors import SnapshotError
from assistant.index import build
from assistant.index.build import build_snapshot
from assistant.index.publishing import kept_ids, roll_back
from assistant.index.sealed import CURRENT, MANIFEST, current_id
from assistant.index.snapshot import Snapshot, load_library_of, load_snapshot


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two libraries under a tiny encoder, each built; not to be changed."""
    return World.made(tmp_path_factory.mktemp("world"))


@pytest.fixture
def index(world: World, tmp_path: Path) -> Path:
    """An index with both snapshots: that of the library with one entry withdrawn serves."""
    return fresh(world.pristine.with_name("other"), tmp_path / "index", linked=False)


def test_a_snapshot_that_does_not_find_its_own_sentences_never_serves(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = fresh(world.pristine, tmp_path / "index", linked=False)

    def broken(snapshot: Snapshot) -> None:
        assert snapshot.id != current_id(index)  # tried out before it is named
        raise SnapshotError("the new index does not find unit 1; run `assistant build` again")

    with monkeypatch.context() as patch:
        patch.setattr(build, "_try_out", broken)
        with pytest.raises(SnapshotError, match="does not find unit 1"):
            build_snapshot(world.after, index, world.encoder)
    assert kept_ids(index) == [world.ids[0]]
    with monkeypatch.context() as patch:
        patch.setattr(build, "_unit_terms", lambda entry, number: ("zinc",) if number % 2 else ("no", "such"))
        with pytest.raises(SnapshotError, match=r"does not find unit \d+ of .* by its own words"):
            build._try_out(load_snapshot(index, world.encoder))
    build_snapshot(world.after, index, world.encoder)
    assert kept_ids(index) == [world.ids[1], world.ids[0]]


def test_what_a_killed_build_left_is_cleared_away_by_the_next(world: World, index: Path) -> None:
    (index / ".building-killed" / "chunks").mkdir(parents=True)
    (index / f".{CURRENT}.4711.new").write_text("half")
    build_snapshot(world.after, index, world.encoder)
    assert sorted(path.name for path in index.glob(".*")) == [".lock"]


def test_rollback_serves_the_one_before_and_the_next_build_goes_on(world: World, index: Path) -> None:
    done = roll_back(index, world.encoder, even_withdrawn=True)
    assert (done.before, done.after) == (world.ids[1], world.ids[0])
    assert load_snapshot(index, world.encoder).library == world.before
    with pytest.raises(SnapshotError, match=r"no earlier snapshot is kept in .*; mend the library and run"):
        roll_back(index, world.encoder)
    assert roll_back(index, world.encoder, world.ids[1][:8]).after == world.ids[1]
    third = build_snapshot(without(world.after, world.after.entries[0].id), index, world.encoder).snapshot_id
    assert kept_ids(index) == [third, world.ids[1], world.ids[0]]
    assert roll_back(index, world.encoder, even_withdrawn=True).after == world.ids[1]
    assert build_snapshot(world.before, index, world.encoder).snapshot_id == world.ids[0]
    # The one published last counts as the newest, though it was built first.
    assert kept_ids(index) == [world.ids[0], third, world.ids[1]]


def test_rollback_brings_no_withdrawn_entry_back_unasked(world: World, index: Path) -> None:
    gone = world.before.entries[0].id
    with pytest.raises(SnapshotError, match=f"would serve {gone} again, withdrawn since; .* or add --even-withdrawn"):
        roll_back(index, world.encoder)
    assert current_id(index) == world.ids[1]
    # Where the snapshot that serves cannot say what is withdrawn, the library's manifest does.
    (index / world.ids[1] / MANIFEST).unlink()
    with pytest.raises(SnapshotError, match=f"would serve {gone} again"):
        roll_back(index, world.encoder, withdrawn=[gone])
    assert roll_back(index, world.encoder).after == world.ids[0]


@pytest.mark.parametrize("damage", ["library.json", "units.faiss", "encoder/model.onnx", MANIFEST])
def test_rollback_goes_to_no_damaged_snapshot(world: World, index: Path, damage: str) -> None:
    (index / world.ids[0] / damage).unlink()
    with pytest.raises(SnapshotError, match="run `assistant build` again"):
        roll_back(index, world.encoder, even_withdrawn=True)
    assert current_id(index) == world.ids[1]


@pytest.mark.parametrize("wanted", ["f" * 64, "..", "zinc", "0" * 1000])
def test_rollback_to_what_is_not_kept_is_refused_with_what_is(world: World, index: Path, wanted: str) -> None:
    with pytest.raises(SnapshotError, match=f"kept are, the last first: {world.ids[1][:12]}, {world.ids[0][:12]}"):
        roll_back(index, world.encoder, wanted)


def test_rollback_mends_a_pointer_that_names_nothing(world: World, index: Path) -> None:
    (index / CURRENT).unlink()
    assert roll_back(index, world.encoder, even_withdrawn=True).before == ""
    assert load_library_of(index) in (world.before, world.after)


def test_the_command_says_what_it_did(
    world: World, index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSISTANT_ENCODER", world.encoder)
    arguments = ["rollback", "--index", str(index), "--corpus", str(tmp_path / "none")]
    assert main(arguments) == 2
    assert "withdrawn since" in capsys.readouterr().err
    assert main([*arguments, "--even-withdrawn"]) == 0
    assert f"{world.ids[0][:12]} serves in {index}, before it {world.ids[1][:12]}" in capsys.readouterr().out
    assert main(["rollback", "--index", str(tmp_path / "none")]) == 2
    assert "assistant build" in capsys.readouterr().err


@pytest.mark.parametrize("name", [CURRENT, MANIFEST, "library.json", "encoder/model.onnx"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link to itself"])
def test_what_is_no_plain_file_is_refused_at_once(world: World, index: Path, name: str, kind: str) -> None:
    path = index / name if name == CURRENT else index / world.ids[1] / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path.name)
    with pytest.raises(SnapshotError, match=r"assistant build|--index"):
        load_snapshot(index, world.encoder)


def test_a_manifest_that_is_no_record_is_refused_whatever_names_it(world: World, index: Path) -> None:
    import hashlib

    for content in (b"[]", b"7", b'{"format": 5}', b'{"format": 5, "encoder": [], "files": {}}'):
        digest = hashlib.sha256(content).hexdigest()
        (index / digest).mkdir()
        (index / digest / MANIFEST).write_bytes(content)
        (index / CURRENT).write_text(digest)
        with pytest.raises(SnapshotError, match="assistant build"):
            load_snapshot(index, world.encoder)
        shutil.rmtree(index / digest)
