"""Snapshots that change places under load cost no request, mix in no answer, and are taken up within seconds.

A real server on loopback over the corpus and over the corpus with one entry withdrawn; clients ask all the while, on
new conversations and on running ones. Every answer is held against the library of the one snapshot that it names.
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index.build import build_snapshot
from assistant.index.sealed import CURRENT, current_id
from assistant.library.manifest import load_library, replace_file
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER
from eval.libraries import ROOT
from eval.reliability._server import Server, clients, serving, wait_for
from eval.reliability._tally import Tally, finish, progress
from eval.reliability._world import without

WITHDRAWN = 60.0
"""Seconds within which an entry that was withdrawn is gone from every answer."""
SLOWER = 2.0
"""Times as long as without swaps that the 99th percentile may take."""


def what_is_wrong(answer: dict[str, Any], libraries: dict[str, Library]) -> str:
    """Return what an answer holds that the snapshot it names does not; nothing when nothing is."""
    library = libraries.get(answer["snapshot"])
    if library is None:
        return f"from an unknown snapshot {answer['snapshot'][:12]}"
    for quote in answer["quotes"]:
        entry = library.by_id.get(quote["entry"]["id"])
        if entry is None or entry.text[quote["start"] : quote["end"]] != quote["text"]:
            return f"quotes {quote['entry']['id']}, which {answer['snapshot'][:12]} does not hold so"
    return "" if answer["disclaimer"]["text"] else "no disclaimer"


class Asking:
    """What clients ask and what they met, from several threads."""

    def __init__(self, server: Server, libraries: dict[str, Library], subject: str) -> None:
        self.server, self.libraries = server, libraries
        turn = {"question": f"What does {subject} do?", "subjects": [subject]}
        self.questions: tuple[dict[str, Any], ...] = (
            {"question": f"Is {subject} safe?"},
            {"question": "And in pregnancy?", "turns": [turn]},
            {"question": "Which foods are rich in magnesium?"},
            {"question": "Does magnesium help with sleep?"},
            {"question": "I want to kill myself"},
        )
        self.errors, self.mixed, self.late = (
            Tally("a request dropped"),
            Tally("an answer mixed"),
            Tally("taken up late"),
        )
        self.taken: list[float] = []
        self.serving = ""
        """The snapshot that is known to serve; empty while that changes."""
        self._lock = threading.Lock()

    def ask(self, own: int) -> None:
        """Ask the next question of one client."""
        body = self.questions[(own + len(self.taken)) % len(self.questions)]
        started = time.monotonic()
        serving = self.serving
        error = wrong = ""
        try:
            status, data = self.server.send("POST", "/v1/ask", body)
            error = "" if status == 200 else f"status {status}: {data[:100]!r}"
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        took = time.monotonic() - started
        if not error:
            answer = json.loads(data)
            wrong = what_is_wrong(answer, self.libraries)
            if serving and serving == self.serving and answer["snapshot"] != serving:
                wrong = f"of {answer['snapshot'][:12]} while {serving[:12]} served"
        with self._lock:
            self.errors.add(error)
            if not error:
                self.mixed.add(wrong)
                self.taken.append(took)


def main(arguments: Sequence[str]) -> int:
    """Swap snapshots under load, and say what that cost."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability swap", description=__doc__)
    parser.add_argument("--n", type=int, default=20, help="swaps")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--every", type=float, default=5.0, help="seconds from one swap to the next")
    parser.add_argument("--look", type=float, default=1.0, help="seconds between the service's looks at the index")
    parser.add_argument(
        "--baseline", type=float, default=30.0, help="seconds of asking without swaps, before and after"
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = load_library(ROOT / "corpus")
        entry = next(each for each in whole.entries if each.provenance != "publisher" and each.subjects)
        ids, libraries = _built(folder / "index", whole, without(whole, entry.id))
        with serving(folder / "index", folder, given.look) as server:
            asking = Asking(server, libraries, entry.subjects[0])
            quiet: list[float] = []
            with clients(given.clients, asking.ask):
                quiet += _while(asking, given.baseline)
                loud = _swapped(server, asking, folder / "index", ids, given.n, given.every)
                quiet += _while(asking, given.baseline)
            alive = server.process.poll() is None
    asking.errors.add("" if alive else "the server died")
    before, during = (float(np.percentile(each, 99)) * 1000 for each in (quiet, loud))
    medians = [float(np.percentile(each, 50)) * 1000 for each in (quiet, loud)]
    print(f"{given.n} swaps, one in {given.every:g} s, {given.clients} clients, {len(asking.taken)} answers")
    print(f"p50 {medians[0]:.0f} ms without swaps (n {len(quiet)}), {medians[1]:.0f} with (n {len(loud)})")
    print(f"p99 {before:.0f} ms without swaps, {during:.0f} with: {during / before:.2f} times")
    slow = Tally(f"p99 above {SLOWER:g} times that without swaps")
    slow.add(f"{during / before:.2f} times" if during > SLOWER * before else "")
    return finish(asking.errors, asking.mixed, asking.late, slow)


def _built(index: Path, *each: Library) -> tuple[list[str], dict[str, Library]]:
    ids = []
    for library in each:
        build_snapshot(library, index, PACKAGED_ENCODER)
        ids.append(current_id(index))
    replace_file(index / CURRENT, f"{ids[0]}\n".encode())
    return ids, dict(zip(ids, each, strict=True))


def _while(asking: Asking, seconds: float) -> list[float]:
    start = len(asking.taken)
    time.sleep(seconds)
    return asking.taken[start:]


def _swapped(server: Server, asking: Asking, index: Path, ids: Sequence[str], swaps: int, every: float) -> list[float]:
    """Swap so many times, and return how long the answers took meanwhile."""
    start, waits = len(asking.taken), []
    for number in range(1, swaps + 1):
        began = time.monotonic()
        wanted = ids[number % 2]
        asking.serving = ""
        replace_file(index / CURRENT, f"{wanted}\n".encode())
        try:
            waits.append(wait_for(lambda wanted=wanted: server.snapshot() == wanted, WITHDRAWN))  # type: ignore[misc]
            asking.late.add()
            asking.serving = wanted
        except TimeoutError:
            asking.late.add(f"swap {number} was not taken up in {WITHDRAWN:g} s")
        time.sleep(max(0.0, began + every - time.monotonic()))
        progress(number, swaps, 20)
    if waits:
        print(f"taken up after {np.median(waits):.2f} s (median), {max(waits):.2f} at most")
    return asking.taken[start:]
