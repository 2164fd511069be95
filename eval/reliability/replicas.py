"""A database server that dies under load and a network that is cut: no wrong answer, no part, and back by itself.

A primary, a streaming replica, two services and a proxy, all on loopback. While clients ask, a snapshot is published
and the primary is killed at once; the replica serves, is promoted, and is published to. Then one service is cut off
from its databases, silently and by closed ports. Every answer is held against the same snapshot's in a calm moment.
"""

import argparse
import contextlib
import dataclasses
import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.index.place import Place
from assistant.library.manifest import load_library
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER
from eval.database import NoDatabaseError, address_of, running_databases
from eval.libraries import ROOT
from eval.reliability._network import Wire, proxy, wires
from eval.reliability._running import Running, running, usual_questions
from eval.reliability._server import clients, wait_for
from eval.reliability._tally import Tally, finish
from eval.reliability._world import without

RELOAD_EVERY = 0.5
"""Seconds; 5 in use."""
WITHIN = 2.0
"""Seconds within which reading must go on after a server died."""
_PAUSE = 0.02
"""Seconds between one client's questions."""
_PROGRAM = f"""
import sys
from assistant.serving import service
service._RELOAD_EVERY = {RELOAD_EVERY}
from assistant.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


@dataclass(frozen=True, slots=True)
class Met:
    """What a client met."""

    at: float
    """When it was over, in seconds by the monotonic clock."""
    seconds: float
    status: int
    """0 where the connection broke."""
    question: str
    answer: dict[str, Any]
    """Without its times; empty where there was none."""
    in_form: bool
    """Whether a refusal says when to come back, and nothing of an answer."""


@dataclass(slots=True)
class Seen:
    """All that was met, and what should have been."""

    known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """The answer to a question in a calm moment, by snapshot and question."""
    met: list[Met] = field(default_factory=list)
    served: dict[str, list[str]] = field(default_factory=dict)
    """The snapshots that each service named, in their order."""

    def wrong(self) -> list[str]:
        """Return what is wrong with each answer that is not the one of a calm moment."""
        found = []
        for each in self.met:
            if each.status == 200:
                known = self.known.get((each.answer.get("snapshot", ""), each.question))
                if known != each.answer:
                    found.append(f"{each.question!r}: " + ("another answer" if known else "an unknown snapshot"))
            elif not each.in_form:
                found.append(f"status {each.status} out of form")
        return found

    def longest_gap(self, start: float, end: float) -> float:
        """Return the longest time without an answer between two moments, in seconds."""
        ends = sorted(each.at for each in self.met if each.status == 200 and start < each.at < end)
        return max(after - before for before, after in zip([start, *ends], [*ends, end], strict=True))

    def statuses(self) -> dict[int, int]:
        """Return how often each status was met."""
        return {status: sum(each.status == status for each in self.met) for status in {e.status for e in self.met}}


@dataclass(frozen=True, slots=True)
class Cut:
    """How one service took it that its databases could not be reached."""

    how: str
    statuses: dict[int, int]
    longest: float
    """Seconds that a client waited at most."""
    through_proxy: dict[int, int]
    back: float
    """Seconds after the network was whole until it answered."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    proxy: str
    synchronous: bool
    requests: int
    wrong: list[str]
    unanswered: int
    """Requests through the proxy without an answer while the primary died and the replica was promoted."""
    gap: float
    """The longest time without an answer then, in seconds."""
    lost: bool
    """Whether what had been published when the primary died was gone."""
    went_back: list[str]
    publishes_again: bool
    cuts: list[Cut]


def measure(library: Library, folder: Path, *, synchronous: bool = True, calm: float = 2.0, asked: int = 20) -> Report:
    """Kill, promote, cut and mend, with clients asking all the while.

    Args:
        library: what is served; of its second publication its first entry is missing.
        folder: an empty one, to work in.
        synchronous: whether what is published is on the replica before publishing ends.
        calm: seconds that each state is left to itself.
        asked: how many questions are asked, by turns.

    Raises:
        NoDatabaseError: there is no PostgreSQL to start here.
        TimeoutError: something did not come about in a minute.
    """
    questions = usual_questions()[:asked]
    safe = ("synchronous_commit=remote_apply", "synchronous_standby_names=walreceiver") if synchronous else ()
    after, through = Seen(), Seen()
    with running_databases() as start, contextlib.ExitStack() as stack:
        primary = start(*safe)
        replica = start(follows=primary)
        lines = stack.enter_context(wires(primary.port, replica.port))
        place = Place(folder / "mirror", address_of("postgres", primary.port, replica.port))
        first = place.build(library, PACKAGED_ENCODER).snapshot_id
        services = [
            stack.enter_context(_service(folder / name, address_of("postgres", *ports)))
            for name, ports in (("one", [line.port for line in lines]), ("two", [primary.port, replica.port]))
        ]
        port, name = stack.enter_context(proxy([each.port for each in services], folder))
        stack.enter_context(_watched(services, through))
        _learn(services, questions, through)
        with _asked(port, questions, through):
            time.sleep(calm)
            second = place.build(without(library, library.entries[0].id), PACKAGED_ENCODER).snapshot_id
            killed = time.monotonic()
            primary.kill()
            lost = not _served(services, second, 20.0)
            time.sleep(calm)
            replica.promote()
            time.sleep(calm)
            promoted = time.monotonic()
            _learn(services, questions, through)
            # An older snapshot, but a later publication: this one is gone back to.
            place.build(library, PACKAGED_ENCODER)
            publishes_again = _served(services, first, 20.0)
        during = dataclasses.replace(through, met=[each for each in through.met if killed < each.at < promoted])
        cuts = [_cut(how, services[0], port, lines, questions, through, calm) for how in ("silent", "refused")]
        after.met, after.known = [each for cut in cuts for each in cut[1]], through.known
    order = [first, second, first]
    return Report(
        name,
        synchronous,
        len(through.met) + len(after.met),
        through.wrong() + after.wrong(),
        sum(each.status != 200 for each in during.met),
        during.longest_gap(killed, promoted),
        lost,
        [f"{service}: {seen}" for service, seen in through.served.items() if not _in_order(seen, order)],
        publishes_again,
        [cut[0] for cut in cuts],
    )


def _cut(
    how: str, service: Running, port: int, lines: list[Wire], questions: list[str], through: Seen, calm: float
) -> tuple[Cut, list[Met]]:
    """Cut one service off from its databases for a while, with clients at it and at the proxy."""
    direct, before = Seen(known=through.known), len(through.met)
    with _asked(service.port, questions, direct), _asked(port, questions, through):
        time.sleep(calm / 4)
        start = time.monotonic()
        for line in lines:
            line.silence() if how == "silent" else line.refuse()
        time.sleep(max(2 * calm, 4.0))
        mended = time.monotonic()
        for line in lines:
            line.mend()
        with contextlib.suppress(TimeoutError):
            wait_for(lambda: _is_back(direct, mended), 20.0)
        back = time.monotonic() - mended
    cut = dataclasses.replace(direct, met=[each for each in direct.met if start < each.at < mended])
    spared = dataclasses.replace(through, met=through.met[before:])
    longest = max((each.seconds for each in direct.met), default=0.0)
    return Cut(how, cut.statuses(), longest, spared.statuses(), back), direct.met


def _is_back(direct: Seen, since: float) -> bool:
    """Return whether as many questions in a row were answered as there are clients several times over."""
    last = [each for each in direct.met if each.at > since][-8:]
    return len(last) == 8 and all(each.status == 200 for each in last)


@contextlib.contextmanager
def _service(folder: Path, address: str) -> Iterator[Running]:
    folder.mkdir()
    settings = {"ASSISTANT_INDEX": address, "ASSISTANT_PROXIES": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    with running(None, folder, settings, ("-W", "ignore", "-c", _PROGRAM)) as made:
        yield made


@contextlib.contextmanager
def _asked(port: int, questions: Sequence[str], seen: Seen, number: int = 3) -> Iterator[None]:
    """Have some clients ask until the block ends."""
    turns = [0] * number

    def work(own: int) -> None:
        turns[own] += 1
        seen.met.append(_ask(port, questions[(turns[own] * number + own) % len(questions)]))
        time.sleep(_PAUSE)

    with clients(number, work):
        yield


def _ask(port: int, question: str) -> Met:
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
    status, data, wait = 0, b"", ""
    try:
        connection.request(
            "POST", "/v1/ask", json.dumps({"question": question}).encode(), {"Content-Type": "application/json"}
        )
        response = connection.getresponse()
        status, data, wait = response.status, response.read(), response.getheader("Retry-After") or ""
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()
    ended = time.monotonic()
    answer: dict[str, Any] = {}
    if status == 200:
        answer = {name: value for name, value in json.loads(data).items() if name != "timings_ms"}
    in_form = status == 503 and wait.isdecimal() and not {"quotes", "snapshot"} & json.loads(data).keys()
    return Met(ended, ended - started, status, question, answer, in_form)


def _learn(services: Sequence[Running], questions: Sequence[str], seen: Seen) -> None:
    """Ask every service every question in a calm moment.

    Raises:
        TimeoutError: a question is not answered.
    """
    for service in services:
        for question in questions:
            met = _ask(service.port, question)
            if met.status != 200:
                raise TimeoutError(f"status {met.status} in a calm moment")
            seen.known.setdefault((met.answer["snapshot"], question), met.answer)
            seen.met.append(met)


@contextlib.contextmanager
def _watched(services: Sequence[Running], seen: Seen) -> Iterator[None]:
    """Note which snapshot each service names, until the block ends."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            for at, service in enumerate(services):
                named = seen.served.setdefault(f"service {at + 1}", [])
                if (snapshot := _snapshot(service)) and snapshot not in named[-1:]:
                    named.append(snapshot)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _snapshot(service: Running) -> str:
    with contextlib.suppress(OSError, http.client.HTTPException):
        status, data = service.get("/readyz")
        return str(json.loads(data)["snapshot"]) if status == 200 else ""
    return ""


def _served(services: Sequence[Running], snapshot_id: str, seconds: float) -> bool:
    try:
        wait_for(lambda: all(_snapshot(each) == snapshot_id for each in services), seconds)
    except TimeoutError:
        return False
    return True


def _in_order(seen: Sequence[str], order: Sequence[str]) -> bool:
    """Return whether snapshots were served in the order of their publication, each at most once for each time."""
    left = iter(order)
    return all(any(each == other for other in left) for each in seen)


def main(arguments: Sequence[str]) -> int:
    """Kill, promote, cut and mend, and say what the clients met."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability replicas", description=__doc__)
    parser.add_argument("--n", type=int, default=3, help="times that all is done, each on servers of its own")
    parser.add_argument("--asynchronous", action="store_true", help="publish without waiting for the replica")
    given = parser.parse_args(arguments)
    library = load_library(ROOT / "corpus")
    wrong, late = Tally("a wrong answer, or a refusal out of form"), Tally(f"over {WITHIN:g} s without an answer")
    lost, back = Tally("a publication lost, or not possible after"), Tally("a service that went back by itself")
    for _ in range(given.n):
        with tempfile.TemporaryDirectory() as name:
            try:
                report = measure(library, Path(name), synchronous=not given.asynchronous)
            except NoDatabaseError as error:
                print(error)
                return 2
        print(
            f"{report.requests} requests behind {report.proxy}; primary killed, replica promoted: {report.gap:.2f} s "
            f"without an answer at most, {report.unanswered} requests without one"
        )
        if report.proxy != "HAProxy":
            print(
                "  install haproxy (Debian: apt-get install haproxy) to have requests asked again of the other service"
            )
        for cut in report.cuts:
            print(
                f"  databases {cut.how} for one service: {cut.statuses} there, {cut.longest:.1f} s at most; "
                f"{cut.through_proxy} through the proxy; back {cut.back:.1f} s after"
            )
        for _ in range(report.requests - len(report.wrong)):
            wrong.add()
        for each in report.wrong:
            wrong.add(each)
        late.add("" if report.gap <= WITHIN else f"{report.gap:.1f} s")
        lost.add("lost" if report.lost else "" if report.publishes_again else "not published again")
        back.add("; ".join(report.went_back))
    print("publishing waited for the replica" if not given.asynchronous else "publishing did not wait for the replica")
    return finish(wrong, late, lost, back)
