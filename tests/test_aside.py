"""Vectors kept aside: a build that was cut short goes on where it was, and gives what an uninterrupted one gives."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from eval.reliability._world import World, fresh

from assistant.errors import EncoderError
from assistant.index.aside import ASIDE, drop_aside, keep_aside, read_aside
from assistant.index.build import Built, build_snapshot, embed_here
from assistant.index.encoder import Encoder, Vectors
from assistant.index.sealed import current_id
from assistant.library.model import Library

KEYS = [f"{number:032x}" for number in range(150)]
VECTORS = np.random.default_rng(5).normal(size=(150, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two libraries under a tiny encoder; not to be changed."""
    return World.made(tmp_path_factory.mktemp("world"))


@pytest.fixture
def begun(world: World, tmp_path: Path) -> Path:
    """An index whose library has one entry, so that the others are still to be embedded."""
    folder = fresh(world.pristine, tmp_path / "index", linked=False)
    build_snapshot(Library(world.before.entries[-1:]), folder, world.encoder)
    return folder


def failing_after(count: int) -> Callable[[Encoder, Sequence[str]], Iterator[Vectors]]:
    """What embeds some texts and then fails."""

    def embed(encoder: Encoder, texts: Sequence[str]) -> Iterator[Vectors]:
        yield from islice(embed_here(encoder, texts), count)
        raise EncoderError("the encoder fell over; run `assistant build` again")

    return embed


def files_of(index: Path) -> list[Path]:
    return list((index / ASIDE).glob("*/[0-9a-f]*"))


def test_what_was_embedded_before_a_failure_is_not_embedded_again(world: World, begun: Path) -> None:
    before = current_id(begun)
    with pytest.raises(EncoderError, match="fell over"):
        build_snapshot(world.before, begun, world.encoder, embed=failing_after(70))
    assert current_id(begun) == before
    with pytest.raises(EncoderError, match="fell over"):
        build_snapshot(world.before, begun, world.encoder, embed=failing_after(5))
    built = build_snapshot(world.before, begun, world.encoder)
    assert built.snapshot_id == world.ids[0]
    assert built.resumed == 75
    assert not (begun / ASIDE).exists()
    whole = build_from(begun, world)
    assert (whole.snapshot_id, whole.resumed, whole.embedded) == (world.ids[0], 0, built.embedded + 75)


def build_from(index: Path, world: World) -> Built:
    """Build from the library of one entry again, uninterrupted."""
    build_snapshot(Library(world.before.entries[-1:]), index, world.encoder)
    return build_snapshot(world.before, index, world.encoder)


def test_damaged_and_foreign_files_are_passed_over_and_embedded_again(world: World, begun: Path) -> None:
    with pytest.raises(EncoderError, match="fell over"):
        build_snapshot(world.before, begun, world.encoder, embed=failing_after(70))
    full, rest = sorted(files_of(begun), key=lambda path: -path.stat().st_size)
    data = bytearray(full.read_bytes())
    data[100] ^= 1
    full.write_bytes(data)
    rest.rename(rest.with_name("0" * 64))
    os.mkfifo(full.with_name("f" * 64))
    built = build_snapshot(world.before, begun, world.encoder)
    assert (built.snapshot_id, built.resumed) == (world.ids[0], 0)


def test_what_is_written_is_read_back_to_the_bit_for_the_same_encoder_only(tmp_path: Path) -> None:
    assert read_aside(tmp_path, "mark", 8) == {}
    kept = dict(keep_aside(tmp_path, "mark", KEYS, VECTORS))
    found = read_aside(tmp_path, "mark", 8)
    assert list(kept) == KEYS
    assert found.keys() == kept.keys()
    assert all(np.array_equal(found[key], kept[key]) for key in KEYS)
    assert len(files_of(tmp_path)) == 3
    assert read_aside(tmp_path, "another", 8) == {}
    assert read_aside(tmp_path, "mark", 7) == {}
    drop_aside(tmp_path)
    assert read_aside(tmp_path, "mark", 8) == {}


def test_a_local_build_killed_and_resumed_gives_the_same_snapshot(corpus: Path, index: Path, unfinished: Path) -> None:
    command = [sys.executable, "-m", "assistant.cli", "build", "--corpus", str(corpus), "--index", str(unfinished)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        while not files_of(unfinished) and running.poll() is None:
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "taken over from a build cut short" in done.stdout
    assert current_id(unfinished) == current_id(index)
    assert not (unfinished / ASIDE).exists()
