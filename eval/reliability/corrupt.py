"""An index with anything damaged in it, missing from it or added to it is refused in one clear line, and never served.

Bits flipped, files cut, lengthened, swapped, lost, replaced by folders, links and pipes, files of another snapshot and
files that were never built: one random damage at a time, each undone before the next.
"""

import argparse
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.errors import AssistantError
from assistant.index.build import build_snapshot
from assistant.index.sealed import CURRENT, current_id
from assistant.index.snapshot import load_library_of, load_snapshot
from eval.reliability._tally import Tally, finish, progress
from eval.reliability._world import World, fresh

Damage = Callable[[random.Random, Path, list[Path], Path], str]
"""Damages one thing of an index: given its files and the other snapshot's folder; returns what it did."""


def _put(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def _flip(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    path = draw.choice([each for each in files if each.stat().st_size])
    data = bytearray(path.read_bytes())
    for place in draw.sample(range(8 * len(data)), min(8 * len(data), draw.choice((1, 1, 1, 2, 8, 64)))):
        data[place // 8] ^= 1 << place % 8
    _put(path, bytes(data))
    return f"bits of {path.name}"


def _cut(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    path = draw.choice([each for each in files if each.stat().st_size > 1])
    data = path.read_bytes()
    # CURRENT without its line end still names the snapshot that it named.
    _put(path, data[: draw.randrange(len(data) - (path.name == CURRENT))])
    return f"the end of {path.name}"


def _lengthen(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    path = draw.choice(files)
    _put(path, path.read_bytes() + draw.randbytes(draw.choice((1, 2, 512))))
    return f"more in {path.name}"


def _blank(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    path = draw.choice([each for each in files if any(each.read_bytes())])
    data = bytearray(path.read_bytes())
    first = draw.choice([place for place, byte in enumerate(data) if byte])
    data[first : first + 512] = bytes(len(data[first : first + 512]))
    _put(path, bytes(data))
    return f"a block of {path.name}"


def _swap(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    while True:
        one, two = draw.sample(files, 2)
        first, second = one.read_bytes(), two.read_bytes()
        if first != second:
            break
    _put(one, second)
    _put(two, first)
    return f"{one.name} and {two.name} swapped"


def _lose(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    path = draw.choice(files)
    path.unlink()
    return f"{path.name} lost"


def _lose_folder(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    folder = draw.choice(sorted({each.parent for each in files} - {index}))
    shutil.rmtree(folder)
    return f"the folder {folder.name[:12]} lost"


def _add(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    folder = draw.choice(sorted({each.parent for each in files} - {index}))
    name = draw.choice(("x", ".hidden", "corpus.jsonl", "model.onnx.data", "é", "a b", "new/inside"))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    how = draw.randrange(4)
    if how == 0:
        path.symlink_to(draw.choice(files))
    elif how == 1:
        path.symlink_to(index, target_is_directory=True)
    elif how == 2:
        os.mkfifo(path)
    else:
        path.write_bytes(draw.randbytes(draw.randrange(100)))
    return f"{name} added"


def _older(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    home = index / current_id(index)
    names = [each.relative_to(home) for each in files if each.parent != index]
    pairs = [(home / name, other / name) for name in names if (other / name).is_file()]
    pairs = [(ours, theirs) for ours, theirs in pairs if ours.read_bytes() != theirs.read_bytes()]
    ours, theirs = draw.choice(pairs)
    _put(ours, theirs.read_bytes())
    return f"{ours.name} of another snapshot"


def _odd_kind(draw: random.Random, index: Path, files: list[Path], other: Path) -> str:
    path = draw.choice(files)
    path.unlink()
    how = draw.choice(("folder", "pipe", "dangling link", "loop"))
    if how == "folder":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path.name if how == "loop" else "nowhere")
    return f"a {how} in place of {path.name}"


DAMAGES: tuple[Damage, ...] = (
    _flip,
    _flip,
    _flip,
    _cut,
    _lengthen,
    _blank,
    _swap,
    _lose,
    _lose_folder,
    _add,
    _older,
    _odd_kind,
)


def refused(index: Path, encoder: str) -> str:
    """Return what is wrong with how an index is met that must be refused; nothing when nothing is."""
    for load in (lambda: load_library_of(index), lambda: load_snapshot(index, encoder)):
        try:
            load()
        except AssistantError as error:
            line = str(error)
            if "\n" in line or ("assistant build" not in line and "--index" not in line):
                return f"no clear line: {line!r:.200}"
        except Exception as error:
            return f"{type(error).__name__}: {error!s:.200}"
        else:
            return "served"
    return ""


def trials(world: World, folder: Path, count: int, seed: int) -> tuple[Tally, Counter[str]]:
    """Damage an index so many times, and hold each against what must happen."""
    draw = random.Random(seed)  # noqa: S311  a repeatable choice, not a secret
    pristine = folder / "two"
    fresh(world.pristine, pristine)
    build_snapshot(world.after, pristine, world.encoder)  # the one before stays beside it
    tally, kinds = Tally("a damaged index is served, or refused without a clear line"), Counter[str]()
    index = fresh(pristine, folder / "damaged")
    for number in range(1, count + 1):
        home = index / current_id(index)
        files = [*sorted(path for path in home.rglob("*") if path.is_file()), index / CURRENT]
        damage = draw.choice(DAMAGES)
        what = damage(draw, index, files, index / world.ids[0])
        kinds[damage.__name__.strip("_").replace("_", " ")] += 1
        failure = refused(index, world.encoder)
        tally.add(f"trial {number}, {what}: {failure}" if failure else "")
        fresh(pristine, index)
        progress(number, count, 1000)
    load_snapshot(index, world.encoder)  # undamaged, it loads: it was the damage that was refused
    return tally, kinds


def main(arguments: Sequence[str]) -> int:
    """Damage an index again and again, and say how often that was not refused."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability corrupt", description=__doc__)
    parser.add_argument("--n", type=int, default=1000, help="damages")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--encoder", default="", help="a folder with a model; a tiny one is made when none is named")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        world = World.made(Path(name), given.encoder)
        tally, kinds = trials(world, Path(name), given.n, given.seed)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    return finish(tally)
