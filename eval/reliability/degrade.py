"""An encoder that is missing, broken, hung or talks nonsense costs no answer: words alone, said so, and back by itself.

A real server on loopback whose ONNX Runtime fails on command, again and again and in every way. Every answer while it
fails must come soon, say that it is degraded, and keep every rule; emergencies must meet their notice all the same.
"""

import argparse
import hashlib
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index.build import build_snapshot
from assistant.library.manifest import load_library
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER
from eval.libraries import ROOT
from eval.reliability._faulty import FAULTS
from eval.reliability._server import Server, serving, wait_for
from eval.reliability._tally import Tally, finish, progress

SOON = 0.1
"""Seconds beyond what an answer by words alone takes, within which it must be given."""
QUESTIONS = (
    "Which foods are rich in magnesium?",
    "Is zinc safe for children?",
    "Does magnesium help with sleep?",
    "What is the capital of France?",
    "How much vitamin D is too much?",
)
EMERGENCIES = ("I want to kill myself", "my son swallowed a whole bottle of iron tablets", "I have crushing chest pain")


def what_is_wrong(answer: dict[str, Any], library: Library, *, emergency: bool) -> str:
    """Return which rule an answer in degraded mode breaks; nothing when it keeps them."""
    if not answer["degraded"]:
        return "not said to be degraded"
    notice = answer["disclaimer"]
    if hashlib.sha256(notice["text"].encode()).hexdigest() != notice["sha256"]:
        return "no disclaimer"
    if emergency:
        return "" if answer["status"] == "redirected" and not answer["quotes"] else f"an emergency {answer['status']}"
    for quote in answer["quotes"]:
        entry = library.by_id.get(quote["entry"]["id"])
        if entry is None or entry.text[quote["start"] : quote["end"]] != quote["text"]:
            return f"not verbatim: {quote['entry']['id']}"
    return ""


def main(arguments: Sequence[str]) -> int:
    """Let the encoder fail in every way, and say how the service took it."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability degrade", description=__doc__)
    parser.add_argument("--n", type=int, default=2, help="times that the encoder fails in each way")
    given = parser.parse_args(arguments)
    dropped, wrong = Tally("a request dropped"), Tally("an answer that breaks a rule or does not say it is degraded")
    late = Tally(f"the first answer more than {1000 * SOON:.0f} ms later than one by words alone")
    stuck = Tally("an encoder that works again and is not used")
    firsts: dict[str, list[float]] = defaultdict(list)
    backs: list[float] = []
    later: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = load_library(ROOT / "corpus")
        build_snapshot(library, folder / "index", PACKAGED_ENCODER)
        fault = folder / "fault"
        with serving(folder / "index", folder, 5.0) as server:
            for question in QUESTIONS:
                server.ask(question)
            kinds = [each for each in FAULTS for _ in range(given.n)]
            for number, kind in enumerate(kinds, start=1):
                fault.write_text(kind, "utf-8")
                first = _asked(server, QUESTIONS[0], library, dropped, wrong)
                rest = [_asked(server, each, library, dropped, wrong) for each in QUESTIONS for _ in range(3)]
                for each in EMERGENCIES:
                    _asked(server, each, library, dropped, wrong, emergency=True)
                # The same question by words alone, once it is known that the encoder does not work.
                plain = float(np.median([_asked(server, QUESTIONS[0], library, dropped, wrong) for _ in range(5)]))
                firsts[kind].append(first)
                later += rest
                late.add(f"{kind}: {1000 * first:.0f} ms, later {1000 * plain:.0f}" if first - plain > SOON else "")
                fault.unlink()
                try:
                    backs.append(wait_for(lambda: not server.ask(QUESTIONS[0])["degraded"]))
                    stuck.add()
                except TimeoutError as error:
                    stuck.add(f"{kind}: {error}")
                progress(number, len(kinds), 10)
            alive = server.process.poll() is None
    dropped.add("" if alive else "the server died")
    for kind, taken in firsts.items():
        middle, longest = 1000 * float(np.median(taken)), 1000 * max(taken)
        print(f"{kind}: the first answer after {middle:.0f} ms (median), {longest:.0f} at most, n {len(taken)}")
    p50, p99 = (1000 * float(np.percentile(later, each)) for each in (50, 99))
    print(f"later answers by words alone: p50 {p50:.0f} ms, p99 {p99:.0f} ms, n {len(later)}")
    print(f"back in use {float(np.median(backs)):.1f} s (median) after it works again, {max(backs):.1f} at most")
    return finish(dropped, wrong, late, stuck)


def _asked(
    server: Server, question: str, library: Library, dropped: Tally, wrong: Tally, *, emergency: bool = False
) -> float:
    """Ask, count what is wrong, and return the seconds it took."""
    started = time.perf_counter()
    try:
        answer = server.ask(question)
    except Exception as error:
        dropped.add(f"{type(error).__name__}: {error}")
        return time.perf_counter() - started
    taken = time.perf_counter() - started
    dropped.add()
    wrong.add(what_is_wrong(answer, library, emergency=emergency))
    return taken
