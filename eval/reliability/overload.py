"""Overload: what is promised when more is asked than can be answered. `python -m eval.reliability overload`.

First the peak: so many clients that each wait for their answers. Then, whatever comes back, ten times as many questions
a second, while two probes ask one question at a time and do nothing else: what the flood's own program sees holds its
own waits too. Then clients that send a byte a second, clients that go away, and a stop in the middle of it all. All of
it comes from the same machine, whose processors it takes a part of.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from eval.indexing import say
from eval.records import DataError
from eval.reliability._running import Clients, Reply, Running, asking, running, usual_questions

CLIENTS = 64
"""That ask at once to find the peak; none of them may be refused."""
_PROBES = 2


@dataclass(frozen=True, slots=True)
class Flood:
    """What a flood of questions met. Times in milliseconds."""

    seconds: float
    sent: int
    sent_per_second: float
    statuses: dict[str, int]
    goodput: float
    """Answers a second."""
    accepted_p50: float
    accepted_p99: float
    refused_p50: float
    refused_p99: float
    refusals_in_form: bool
    """Every refusal is a problem document and says when to come back."""
    probes: dict[str, float]
    """What the probes met: how many answers and refusals, and after how long their first byte came."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    peak: float
    """Answers a second to clients that wait for them."""
    peak_statuses: dict[str, int]
    flood: Flood
    goodput_to_peak: float
    slow: dict[str, float] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    stopping: dict[str, float] = field(default_factory=dict)


async def press(port: int, questions: Sequence[bytes], clients: int, seconds: float) -> list[Reply]:
    """Ask with so many clients for a time, each waiting for its answer before it asks again."""
    until, replies, asked = time.perf_counter() + seconds, list[Reply](), iter(range(10**9))

    async def client() -> None:
        connection = Clients(port)
        while time.perf_counter() < until:
            replies.append(await connection.send(questions[next(asked) % len(questions)]))
        await connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return replies


async def flood(port: int, questions: Sequence[bytes], rate: float, seconds: float) -> Flood:
    """Ask so many questions a second for a time, whatever comes back."""
    probing = [asyncio.create_task(_probe(port, questions[number], seconds)) for number in range(_PROBES)]
    connections, started = Clients(port), time.perf_counter()
    tasks: list[asyncio.Task[Reply]] = []
    while (now := time.perf_counter() - started) < seconds:
        for number in range(len(tasks), int(now * rate)):
            tasks.append(asyncio.create_task(connections.send(questions[number % len(questions)])))
        await asyncio.sleep(0.005)
    sending = time.perf_counter() - started
    replies = await asyncio.gather(*tasks)
    await connections.close()
    probed = [each for met in await asyncio.gather(*probing) for each in met]
    accepted = [reply.seconds * 1000 for reply in replies if reply.status == 200]
    refused = [reply for reply in replies if reply.status in (429, 503)]
    turned_away = [reply.seconds * 1000 for reply in refused]
    return Flood(
        sending,
        len(replies),
        len(replies) / sending,
        statuses_of(replies),
        len(accepted) / sending,
        share_of(accepted, 50),
        share_of(accepted, 99),
        share_of(turned_away, 50),
        share_of(turned_away, 99),
        all(
            each.header("content-type") == "application/problem+json" and each.header("retry-after") for each in refused
        ),
        _told(probed),
    )


async def _probe(port: int, request: bytes, seconds: float) -> list[tuple[int, float]]:
    command = [sys.executable, str(Path(__file__).with_name("_probe.py")), str(port), str(seconds)]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    out, _ = await process.communicate(request)
    return [(int(status), float(taken)) for status, taken in json.loads(out)]


def _told(probed: Sequence[tuple[int, float]]) -> dict[str, float]:
    accepted = [taken * 1000 for status, taken in probed if status == 200]
    refused = [taken * 1000 for status, taken in probed if status in (429, 503)]
    return {
        "accepted": len(accepted),
        "accepted_p50": share_of(accepted, 50),
        "accepted_p99": share_of(accepted, 99),
        "refused": len(refused),
        "refused_p50": share_of(refused, 50),
        "refused_p99": share_of(refused, 99),
        "neither": len(probed) - len(accepted) - len(refused),
    }


def share_of(times: Sequence[float], share: float) -> float:
    """Return the time that so many per cent do not exceed; NaN when there are none."""
    return float(np.percentile(times, share)) if times else float("nan")


def statuses_of(replies: Sequence[Reply]) -> dict[str, int]:
    """Return how often each status came; "0" stands for no answer at all."""
    return {str(status): count for status, count in sorted(Counter(reply.status for reply in replies).items())}


async def send_slowly(port: int, questions: Sequence[bytes], count: int) -> dict[str, float]:
    """Hold connections that send a byte a second; tell how others fare, and after how long the last is closed."""

    async def trickle(request: bytes) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        started = time.perf_counter()
        closing = asyncio.create_task(reader.read())
        for byte in request:
            writer.write(bytes([byte]))
            if (await asyncio.wait({closing}, timeout=1.0))[0] or time.perf_counter() - started > 60:
                break
        closing.cancel()
        writer.close()
        return time.perf_counter() - started

    half = len(questions[0]) // 2
    slow = [asyncio.create_task(trickle(questions[0][: half * (number % 2 + 1)])) for number in range(count)]
    await asyncio.sleep(1.0)
    replies = await press(port, questions, 2, 5.0)
    taken = await asyncio.gather(*slow)
    return {
        "connections": count,
        "others_answered": sum(reply.status == 200 for reply in replies),
        "others_not": sum(reply.status != 200 for reply in replies),
        "others_p99_ms": float(np.percentile([reply.seconds * 1000 for reply in replies], 99)),
        "closed_after_s": max(taken),
    }


async def go_away(port: int, questions: Sequence[bytes], count: int) -> dict[str, float]:
    """Ask and go away at once, so often; tell how soon the next question is answered."""
    for question in questions[:count]:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(question)
        await writer.drain()
        writer.transport.abort()
    reply = await send_once(port, questions[0])
    return {"clients": min(count, len(questions)), "next_status": reply.status, "next_ms": reply.seconds * 1000}


async def send_once(port: int, request: bytes) -> Reply:
    """Send one request over a connection of its own."""
    clients = Clients(port)
    try:
        return await clients.send(request)
    finally:
        await clients.close()


async def stop_amid(service: Running, questions: Sequence[bytes], count: int) -> dict[str, float]:
    """Ask so many at once, and stop the service while it answers; tell how many were answered all the same."""
    tasks = [asyncio.create_task(send_once(service.port, each)) for each in questions[:count]]
    # Once the first is answered, the others have been read too.
    await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
    service.process.send_signal(signal.SIGTERM)
    started = time.perf_counter()
    replies = await asyncio.gather(*tasks)
    code = await asyncio.to_thread(service.process.wait, 30)
    return {
        "asked": len(tasks),
        "answered": sum(reply.status == 200 for reply in replies),
        "told_nothing": sum(reply.status == 0 for reply in replies),
        "exit_code": code,
        "stopped_after_s": time.perf_counter() - started,
    }


async def measure(service: Running, seconds: float, factor: float, slow: int) -> Report:
    """Do all of it to a running service, which is stopped at the end."""
    questions = [asking(question) for question in usual_questions()]
    await press(service.port, questions, 4, 2.0)
    pressed = await press(service.port, questions, CLIENTS, max(5.0, seconds / 4))
    peak = sum(reply.status == 200 for reply in pressed) / max(5.0, seconds / 4)
    say(f"peak {peak:.0f} answers a second; now {factor * peak:.0f} questions a second for {seconds:.0f} s")
    met = await flood(service.port, questions, factor * peak, seconds)
    say("sending slowly, going away, stopping")
    slowly = await send_slowly(service.port, questions, slow)
    gone = await go_away(service.port, questions, 200)
    stopping = await stop_amid(service, questions, 20)
    return Report(peak, statuses_of(pressed), met, met.goodput / peak, slowly, gone, stopping)


def broken(report: Report, seconds: float) -> list[str]:
    """Return what was promised and not kept."""
    flood = report.flood
    promises = {
        f"{CLIENTS} clients that wait are all answered": set(report.peak_statuses) == {"200"},
        "accepted p99 within 500 ms": flood.accepted_p99 <= 500,
        "refusals within 50 ms": flood.probes["refused_p99"] <= 50,
        "goodput at least 90 % of the peak": report.goodput_to_peak >= 0.9,
        "nothing but answers and refusals": set(flood.statuses) <= {"200", "429", "503"}
        and not flood.probes["neither"],
        "refusals are problems with Retry-After": flood.refusals_in_form,
        "slow senders are closed and harm nobody": report.slow["closed_after_s"] < 15 and not report.slow["others_not"],
        "who goes away is not waited for": report.gone["next_status"] == 200 and report.gone["next_ms"] < 1000,
        "a stop lets what was asked be answered": report.stopping["answered"] == report.stopping["asked"],
        # Once all is done, uvicorn ends by the signal that it got, as the shell and systemd expect.
        "a stop is a good end": report.stopping["exit_code"] in (0, -signal.SIGTERM),
    }
    return [name for name, kept in promises.items() if not kept]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 1 when a promise is broken, 2 when the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability overload", description="Ask more than it can do.")
    parser.add_argument("--index", type=Path, default=Path("index"), help="a built index")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the flood lasts")
    parser.add_argument("--factor", type=float, default=10.0, help="times the peak")
    parser.add_argument("--slow", type=int, default=500, help="connections that send a byte a second")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder, running(given.index, Path(folder)) as service:
            report = asyncio.run(measure(service, given.seconds, given.factor, given.slow))
    except DataError as error:
        say(f"python -m eval.reliability overload: {error}")
        return 2
    faults = broken(report, given.seconds)
    print(json.dumps(asdict(report) | {"broken": faults}, indent=2))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
