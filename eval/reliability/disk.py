"""A disk that is full at any page of a build fails it in one clear line, and the snapshot before goes on serving.

Real full disks: a tmpfs of every size from that of the old snapshot to that of both, a page more each time; then with
every number of files. It needs the right to mount, as root or in a user namespace: `unshare -rm python -m ...`.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import AssistantError
from assistant.index.build import build_snapshot
from assistant.index.sealed import CURRENT, current_id
from assistant.index.snapshot import load_snapshot
from eval.reliability._tally import Tally, finish, progress
from eval.reliability._world import World, fresh, partial_in

_PAGE = os.sysconf("SC_PAGE_SIZE")


def can_mount() -> bool:
    """Whether this process may mount a tmpfs."""
    with tempfile.TemporaryDirectory() as name:
        try:
            with disk(Path(name), "size=64k"):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


@contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """Mount a small disk on a folder."""
    folder.mkdir(exist_ok=True)
    command = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  a command of our own
    try:
        yield folder
    finally:
        undo = [shutil.which("umount") or "umount", "-l", str(folder)]
        subprocess.run(undo, check=True)  # noqa: S603  a command of our own


def trial(world: World, folder: Path, options: str) -> tuple[bool, str]:
    """Build on a small disk; return whether the build came through, and what is wrong with what happened."""
    with disk(folder / "disk", options) as mounted:
        index = fresh(world.pristine, mounted / "index", linked=False)
        try:
            build_snapshot(world.after, index, world.encoder)
            built = True
        except AssistantError as error:
            built = False
            line = str(error)
            if "\n" in line or ("cannot be written" not in line and "cannot write to" not in line):
                return False, f"no clear line: {line!r:.300}"
        except BaseException as error:
            return False, f"{type(error).__name__}: {error!s:.300}"
        serving = current_id(index)
        if serving != world.ids[built]:
            return built, f"built: {built}, and {serving[:12]} serves"
        snapshot = load_snapshot(index, world.encoder)
        if snapshot.library != (world.after if built else world.before):
            return built, "the library that serves is another"
        left = [path.name for path in index.glob(".*") if path.name != ".lock"]
        return built, f"left behind: {left[0]}" if left else partial_in(index)


def sweep(tally: Tally, run: Callable[[int], tuple[bool, str]], sizes: Sequence[int], name: str) -> int:
    """Try sizes; return how many were too small for the build."""
    failed = 0
    for number, size in enumerate(sizes, start=1):
        built, wrong = run(size)
        failed += not built
        tally.add(f"{name} {size}: {wrong}" if wrong else "")
        progress(number, len(sizes), 50)
    return failed


def main(arguments: Sequence[str]) -> int:
    """Fill disks, and say how often anything but the old snapshot served after a build that failed."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability disk", description=__doc__)
    parser.add_argument("--n", type=int, default=0, help="only so many sizes, drawn at random; 0 for every page")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--encoder", default="", help="a folder with a model; a tiny one is made when none is named")
    given = parser.parse_args(arguments)
    if not can_mount():
        print("no right to mount a disk here; run it as root, or in `unshare -rm`", file=sys.stderr)
        return 2
    full, crowded = Tally("a full disk: no clean failure"), Tally("no more files on a disk: no clean failure")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World.made(folder, given.encoder)
        pages, files = _taken(world.pristine)
        room, more = _taken(folder / "other")
        # From as much as the old snapshot takes to a little more than both; a build needs no more.
        sizes = list(range(pages + 1, room + 40))
        nodes = list(range(files + 6, more + 20))
        draw = random.Random(given.seed)  # noqa: S311  a repeatable choice, not a secret
        if given.n:
            sizes = sorted(draw.sample(sizes, min(given.n, len(sizes))))
            nodes = sorted(draw.sample(nodes, min(max(1, given.n // 4), len(nodes))))
        short = sweep(full, lambda size: trial(world, folder, f"size={size * _PAGE}"), sizes, "pages")
        few = sweep(crowded, lambda count: trial(world, folder, f"nr_inodes={count}"), nodes, "files")
    print(f"{short} of {len(sizes)} disks were too small for the build, and {few} of {len(nodes)} had too few files")
    return finish(full, crowded)


def _taken(index: Path) -> tuple[int, int]:
    """Return the pages and the files and folders that an index takes when it is copied."""
    found = [index / CURRENT, *index.rglob("*")]
    return sum(-(-path.stat().st_size // _PAGE) for path in found if path.is_file()), len(found)
