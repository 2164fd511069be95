"""A build killed with SIGKILL at every step that changes the disk, and at random moments, leaves one whole snapshot.

Builds in children of this process, over the fictional entries and a tiny encoder; after each kill another child loads
what serves, answers a question from it, and says how long that took.
"""

import argparse
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.answering.coefficients import packaged_coefficients
from assistant.answering.reply import open_desk, reply_to
from assistant.answering.triage import open_triage
from assistant.index.build import build_snapshot
from assistant.index.lexicon import packaged_lexicon
from assistant.index.sealed import current_id
from assistant.index.snapshot import load_snapshot
from eval.reliability._tally import Tally, finish, processor_of_children, progress
from eval.reliability._world import World, fresh, partial_in

READY = 5.0
"""Seconds within which what is left can be answered from."""
_FRESH = 25
"""After each so many kills a process is started from nothing as well, and its start is timed."""
_CHANGES = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.chmod", "os.utime")
_PATIENCE = 120.0  # seconds; a check that takes longer has failed

_stop: tuple[Path, int] | None = None
_steps = 0


def _audit(event: str, given: tuple[object, ...]) -> None:
    """Kill this very process before its n-th step that changes something below a folder."""
    global _steps
    if _stop is None:
        return
    folder, last = _stop
    writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (event in _CHANGES or writes) and str(folder) in str(given[0]):
        _steps += 1
        if _steps == last:
            os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], str], delay: float | None = None) -> tuple[str | None, float]:
    """Do something in a child, which is killed after a delay in seconds.

    Returns:
        What it returned, None when it was killed, and the seconds it took.
    """
    reading, writing = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if not child:
        try:
            said = work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:4000])
        os._exit(0)
    os.close(writing)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as told:
        said = told.read()
    _, status = os.waitpid(child, 0)
    return (None if os.WIFSIGNALED(status) else said), time.perf_counter() - started


def build(world: World, index: Path, stop: int = 0) -> Callable[[], str]:
    """Return what builds `world.after`, and kills itself before a step when that is above 0."""

    def work() -> str:
        global _stop
        _stop = (index, stop) if stop else None
        build_snapshot(world.after, index, world.encoder)
        return ""

    return work


def check(world: World, index: Path) -> str:
    """Return what is wrong with what a killed build left; nothing when one whole snapshot serves, and soon."""

    def work() -> str:
        signal.alarm(int(_PATIENCE))
        started = time.perf_counter()
        desk = open_desk(load_snapshot(index, world.encoder), "GB")
        answer = reply_to("Which foods contain velorin?", [], desk)
        took = time.perf_counter() - started
        allowed = {world.ids[0]: world.before, world.ids[1]: world.after}
        library = allowed.get(answer.snapshot_id)
        if library is None or desk.snapshot.library != library:
            return "what serves is neither the library before nor the one after"
        return partial_in(index) or f"ready {took:.3f}"

    said, _ = in_child(work)
    return "the check was killed" if said is None else said


def steps(world: World, start: Path, folder: Path, tally: Tally, ready: list[float], every: int) -> int:
    """Kill before each step in turn, or every n-th, until a build comes through; return how many steps there were.

    `start` is the index that is built over: of the library before or, so that the same is built again, the one after.
    """
    stop = 1
    while True:
        index = fresh(start, folder / "steps")
        said, _ = in_child(build(world, index, stop))
        _count(tally, ready, check(world, index), f"step {stop}")
        if said is not None:
            return stop - 1
        stop += every


def moments(
    world: World,
    folder: Path,
    tally: Tally,
    ready: list[float],
    started: list[tuple[float, float]],
    most: int,
    end: float,
    seed: int,
) -> tuple[int, int]:
    """Kill at random moments of one build after the other in the same folder, until a time of `time.monotonic`.

    Returns:
        How many builds there were, and how many of them were killed before they had ended.
    """
    draw = random.Random(seed)  # noqa: S311  a repeatable choice, not a secret
    _, took = in_child(build(world, fresh(world.pristine, folder / "timed")))
    index = fresh(world.pristine, folder / "moments")
    killed = 0
    number = 0
    while number < most and time.monotonic() < end:
        number += 1
        delay = draw.uniform(0, 1.1 * took)
        said, _ = in_child(build(world, index), delay)
        killed += said is None
        if number % _FRESH == 0:
            started.append(from_nothing(world, index))
        _count(tally, ready, check(world, index), f"moment {number}, after {delay:.4f} s")
        # Often the same library is then built again over what the kill left.
        if said is not None or (current_id(index) == world.ids[1] and number % 2):
            index = fresh(world.pristine, folder / "moments")
        progress(number, most, 100)
    return number, killed


def from_nothing(world: World, index: Path) -> tuple[float, float]:
    """Start a process that answers from what is left.

    Returns:
        The seconds until it has, infinite when it fails, and those that a processor worked for it.
    """
    program = (
        "import sys, pathlib\n"
        "from assistant.answering.reply import open_desk, reply_to\n"
        "from assistant.index.snapshot import load_snapshot\n"
        "desk = open_desk(load_snapshot(pathlib.Path(sys.argv[1]), sys.argv[2]), 'GB')\n"
        "reply_to('Which foods contain velorin?', [], desk)"
    )
    started, before = time.perf_counter(), processor_of_children()
    command = [sys.executable, "-W", "ignore", "-c", program, str(index), world.encoder]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  a command of our own
    worked = processor_of_children() - before
    return (time.perf_counter() - started if not done.returncode else math.inf), worked


def _count(tally: Tally, ready: list[float], said: str, place: str) -> None:
    if said.startswith("ready ") and "after" not in said:
        ready.append(float(said.split()[1]))
        tally.add()
    else:
        tally.add(f"{place}: {said}")


def main(arguments: Sequence[str]) -> int:
    """Kill builds, and say how many left anything but one whole snapshot."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability kill", description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="random moments")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop the random moments after so long")
    parser.add_argument("--every", type=int, default=1, help="of the steps only every so many")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--encoder", default="", help="a folder with a model; a tiny one is made when none is named")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    sys.addaudithook(_audit)
    ready: list[float] = []
    started: list[tuple[float, float]] = []
    _warm()
    at_steps, at_moments = Tally("killed before a step"), Tally("killed at a random moment")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a child, so that this process has no thread that a fork would lose.
        told, _ = in_child(lambda: _made(folder, given.encoder))
        world = _unpacked(folder, told or "")
        found = steps(world, world.pristine, folder, at_steps, ready, given.every)
        found += steps(world, folder / "other", folder, at_steps, ready, given.every)
        end = time.monotonic() + 60 * given.minutes
        tried, killed = moments(world, folder, at_moments, ready, started, given.n, end, given.seed)
        said, _ = in_child(build(world, folder / "moments"))
        left = [path.name for path in (folder / "moments").glob(".*") if path.name != ".lock"]
        at_moments.add(f"a build after them all: {said} {left}" if said or left else "")
    ready.sort()
    started.sort()
    facts = {"steps": found, "killed in time": killed, "ready, longest, s": ready[-1] if ready else None}
    if given.json:
        print(json.dumps(facts | {"failures": at_steps.failures + at_moments.failures}))
        return int(bool(at_steps.failures or at_moments.failures))
    print(f"{found} steps; {killed} of {tried} random kills came before the end of the build")
    if ready:
        print(f"loaded and answering: median {ready[len(ready) // 2]:.2f} s, longest {ready[-1]:.2f} s, n {len(ready)}")
    if started:
        middle, worked = started[len(started) // 2][0], sorted(each for _, each in started)
        print(f"from a new process: median {middle:.2f} s, longest {started[-1][0]:.2f} s, n {len(started)}")
        print(f"  of which a processor worked: median {worked[len(worked) // 2]:.2f} s, longest {worked[-1]:.2f} s")
    late = Tally(f"not ready within {READY:g} s, as busy as this machine is")
    for took in (*ready, *(took for took, _ in started)):
        late.add(f"{took:.1f} s" if took > READY else "")
    finish(late)  # told beside the others: it depends on what else the machine does
    return finish(at_steps, at_moments)


def _warm() -> None:
    """Read what the program itself brings once, so that the children need not; no thread is started by it."""
    packaged_lexicon()
    packaged_coefficients("hybrid")
    packaged_coefficients("lexical")
    open_triage(None)


def _made(folder: Path, encoder: str) -> str:
    world = World.made(folder, encoder)
    return json.dumps([world.encoder, *world.ids])


def _unpacked(folder: Path, told: str) -> World:
    from assistant.library.manifest import load_library
    from eval.reliability._world import ENTRIES, without

    try:
        encoder, *ids = json.loads(told)
    except ValueError:
        raise SystemExit(f"the world could not be made: {told}") from None
    before = load_library(ENTRIES)
    return World(encoder, before, without(before, before.entries[0].id), folder / "pristine", (ids[0], ids[1]))
