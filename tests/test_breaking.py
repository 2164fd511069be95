"""The programs that try to break the service: each at a small size, and each able to see what it looks for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from eval.reliability import corrupt, disk
from eval.reliability.__main__ import main, subjects
from eval.reliability._tally import Tally, finish
from eval.reliability._world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two libraries under a tiny encoder, each built; not to be changed."""
    return World.made(tmp_path_factory.mktemp("world"))


def test_every_subject_is_listed_with_what_it_tries(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"kill", "corrupt", "disk", "swap", "degrade"} <= subjects().keys()
    assert all(about.endswith((".", ",", ":")) or len(about) > 40 for about in subjects().values())
    assert main([]) == main(["nothing"]) == 2
    assert "kill: " in capsys.readouterr().err


def test_a_tally_counts_and_tells_its_failures(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = Tally("good"), Tally("bad")
    good.add()
    for number in range(20):
        bad.add(f"trial {number}" if number % 2 else "")
    assert finish(good) == 0
    assert finish(good, bad) == 1
    told = capsys.readouterr().out
    assert "bad: broken in 10 of 20, 50.0 %" in told
    assert "trial 19" in told


def test_100_random_damages_are_all_refused(world: World, tmp_path: Path) -> None:
    tally, kinds = corrupt.trials(world, tmp_path, 100, seed=11)
    assert (tally.trials, tally.failures) == (100, [])
    assert len(kinds) > 7


def test_a_damage_that_were_served_would_be_seen(world: World) -> None:
    assert corrupt.refused(world.pristine, world.encoder) == "served"


def test_a_full_disk_leaves_the_old_snapshot_serving_at_a_few_sizes(world: World, tmp_path: Path) -> None:
    if not disk.can_mount():
        pytest.skip("no right to mount a disk here")
    pages, files = disk._taken(world.pristine)
    for options in (f"size={(pages + 3) * disk._PAGE}", f"size={(pages + 20) * disk._PAGE}", f"nr_inodes={files + 8}"):
        assert disk.trial(world, tmp_path, options) == (False, "")
    assert disk.trial(world, tmp_path, "size=64m") == (True, "")


def test_a_build_killed_at_some_steps_and_moments_leaves_a_whole_snapshot(world: World) -> None:
    """In a process of its own, because it forks; `python -m eval.reliability kill --n 1000` does all steps."""
    command = [sys.executable, "-W", "ignore", "-m", "eval.reliability", "kill", "--json"]
    arguments = ["--n", "4", "--every", "11", "--encoder", world.encoder]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["failures"] == []
    assert told["steps"] > 40
