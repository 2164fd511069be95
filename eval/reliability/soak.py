"""Soak: does anything grow? `python -m eval.reliability soak --requests N`, or, paced, `soak --hours H --rate R`.

Asks the labelled questions over and over, mixed with searches, entries and refusals, from a few clients, and takes the
memory and the open files of the service as it goes. The slope is of the second half, when all that is kept is kept.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from eval.indexing import say
from eval.records import DataError
from eval.reliability._running import Clients, Running, asking, posting, running, usual_questions
from eval.speed import resident_of

_SAMPLES = 100
_OTHERS = (
    b"GET /v1/search?q=magnesium HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/entries HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    posting("/v1/ask", b"no JSON"),
    posting("/v1/verify", b'[{"text": "nowhere"}]'),
)


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    requests: int
    seconds: float
    statuses: dict[str, int]
    faults: int
    """Answers of 500 and above, and requests without any."""
    resident_first: float
    """MiB after a tenth of the requests."""
    resident_last: float
    slope: float
    """MiB for each 10,000 requests, over the second half."""
    slope_an_hour: float
    """MiB for each hour, over the second half."""
    files_first: int
    """Open files and connections after a tenth of the requests; -1 where they cannot be told."""
    files_last: int


def open_files(process: int) -> int:
    """Return how many files and connections a process has open; -1 where that cannot be told."""
    try:
        return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return -1


async def measure(service: Running, count: int, clients: int, rate: float) -> Report:
    """Send so many requests, at most `rate` of them a second, and watch."""
    asks = [asking(question) for question in usual_questions()]
    requests = [_OTHERS[n // 8 % len(_OTHERS)] if n % 8 == 7 else asks[n % len(asks)] for n in range(8 * len(asks))]
    statuses: Counter[int] = Counter()
    samples: list[tuple[int, float, int, float]] = []
    numbers, started = iter(range(count)), time.monotonic()

    async def client() -> None:
        connection = Clients(service.port)
        for number in numbers:
            await asyncio.sleep(started + number / rate - time.monotonic())
            statuses[(await connection.send(requests[number % len(requests)])).status] += 1
            if number % max(1, count // _SAMPLES) == 0:
                process = service.process.pid
                samples.append((number, resident_of(process), open_files(process), time.monotonic() - started))
        await connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    kept = [sample for sample in samples if sample[0] >= count // 10] or samples
    late = [sample for sample in samples if sample[0] >= count // 2] or samples
    numbered, timed = (_slope([each[by] for each in late], [each[1] for each in late]) for by in (0, 3))
    return Report(
        count,
        time.monotonic() - started,
        {str(status): number for status, number in sorted(statuses.items())},
        sum(number for status, number in statuses.items() if status >= 500 or status == 0),
        kept[0][1],
        kept[-1][1],
        numbered * 10_000,
        timed * 3_600,
        kept[0][2],
        kept[-1][2],
    )


def _slope(at: Sequence[float], values: Sequence[float]) -> float:
    return float(np.polyfit(at, values, 1)[0]) if len(at) > 1 else 0.0


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 1 when there was a fault, 2 when the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability soak", description="Does anything grow?")
    parser.add_argument("--index", type=Path, default=Path("index"), help="a built index")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rate", type=float, default=float("inf"), help="at most so many requests a second")
    parser.add_argument("--hours", type=float, help="go on for so long at that rate, in place of --requests")
    given = parser.parse_args(arguments)
    if given.hours is not None and not 0 < given.rate * given.hours < float("inf"):
        parser.error("--hours wants a --rate")
    count = given.requests if given.hours is None else max(1, int(given.hours * 3_600 * given.rate))
    try:
        with tempfile.TemporaryDirectory() as folder, running(given.index, Path(folder)) as service:
            report = asyncio.run(measure(service, count, given.clients, given.rate))
    except DataError as error:
        say(f"python -m eval.reliability soak: {error}")
        return 2
    print(json.dumps(asdict(report), indent=2))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
