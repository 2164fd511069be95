"""Speed: how long an answer takes over HTTP, beside the encoder alone in the same run.

Run as `python -m eval.speed INDEX QUESTIONS.jsonl --json`. The service is started on loopback in a process of its own,
asked by 1, 8 and 64 clients at a time, and stopped. Ratios to the encoder say what the rest costs on any machine.
"""

import argparse
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import numpy as np

from assistant.errors import AssistantError
from assistant.index.encoder import Encoder
from assistant.index.snapshot import load_snapshot
from assistant.settings import PACKAGED_ENCODER
from eval.indexing import say
from eval.records import DataError, read_records

CLIENTS = (1, 8, 64)
PATIENCE = 120.0
"""Seconds for the service to be ready, and for one answer."""


@dataclass(frozen=True, slots=True)
class Load:
    """What so many clients at a time met."""

    clients: int
    requests: int
    p50: float
    """Milliseconds from sending a question to having its answer; so p95 and p99."""
    p95: float
    p99: float
    per_second: float
    """Answers a second."""
    p50_to_encoder: float
    """p50 over the encoder's own."""
    rate_to_encoder: float
    """Answers a second over the texts a second that the encoder alone does on all cores."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    entries: int
    encoder_p50: float
    """Milliseconds for one question by the encoder alone."""
    encoder_rate: float
    """Questions a second by the encoder alone, one thread a core."""
    cold_start: float
    """Seconds from starting the process to being ready."""
    resident: float
    """MiB of the service's process after all requests; NaN where /proc is missing."""
    loads: tuple[Load, ...]


def percentile(taken: Sequence[float], share: float) -> float:
    """Return the value in milliseconds that a share of the times, given in seconds, do not exceed."""
    return float(np.percentile(taken, 100 * share)) * 1000


def time_encoder(encoder: Encoder, questions: Sequence[str]) -> tuple[float, float]:
    """Return the encoder's p50 in milliseconds, and its texts a second on all cores."""
    taken = []
    for question in questions:
        started = time.perf_counter()
        encoder.encode(question)
        taken.append(time.perf_counter() - started)
    started = time.perf_counter()
    for _ in encoder.encode_each(questions, threads=os.cpu_count() or 1):
        pass
    return percentile(taken, 0.5), len(questions) / (time.perf_counter() - started)


@contextlib.contextmanager
def serving(index: Path) -> Iterator[tuple[str, int, float]]:
    """Start the service over an index; give its address, its process and the seconds until it was ready.

    Raises:
        DataError: it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {**os.environ, "ASSISTANT_INDEX": str(index), "ASSISTANT_PORT": str(port)}
    program = "import sys; from assistant.cli import main; sys.exit(main(['serve']))"
    address, started = f"http://127.0.0.1:{port}", time.perf_counter()
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603  ourselves
        try:
            while not _is_ready(address):
                if process.poll() is not None or time.perf_counter() - started > PATIENCE:
                    raise DataError(f"the service over {index} does not start; try `assistant serve` with this index")
                time.sleep(0.02)
            yield address, process.pid, time.perf_counter() - started
        finally:
            process.terminate()


def _is_ready(address: str) -> bool:
    # Not httpx.get: it reads certificates anew each time, which takes from what is being timed.
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def ask_at_once(address: str, questions: Sequence[str], clients: int) -> tuple[list[float], float]:
    """Ask every question, so many at a time; return the seconds each took, and those of all together.

    Raises:
        DataError: a question is not answered.
    """

    def ask(question: str) -> float:
        started = time.perf_counter()
        client.post("/v1/ask", json={"question": question}).raise_for_status()
        return time.perf_counter() - started

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    try:
        with (
            httpx.Client(base_url=address, timeout=PATIENCE, limits=limits) as client,
            ThreadPoolExecutor(clients) as pool,
        ):
            started = time.perf_counter()
            taken = list(pool.map(ask, questions))
            return taken, time.perf_counter() - started
    except httpx.HTTPError as error:
        raise DataError(f"a question was not answered ({error})") from None


def measure(index: Path, questions: Sequence[str]) -> Report:
    """Measure a service over an index.

    Raises:
        DataError: it does not start or does not answer.
        SnapshotError: the index cannot be loaded.
    """
    snapshot = load_snapshot(index, PACKAGED_ENCODER)
    loads = []
    with serving(index) as (address, process, cold_start):
        ask_at_once(address, questions[:8], 1)
        p50, rate = time_encoder(snapshot.encoder, questions)
        for clients in CLIENTS:
            taken, seconds = ask_at_once(address, questions, clients)
            middle, each = percentile(taken, 0.5), len(taken) / seconds
            say(f"{clients} clients: p50 {middle:.1f} ms, {each:.1f} a second")
            tails = (percentile(taken, 0.95), percentile(taken, 0.99))
            loads.append(Load(clients, len(taken), middle, *tails, each, middle / p50, each / rate))
        resident = resident_of(process)
    return Report(len(snapshot.library.entries), p50, rate, cold_start, resident, tuple(loads))


def resident_of(process: int) -> float:
    """Return the MiB that a process holds in memory; NaN where it cannot be told."""
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), float("nan"))


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.speed", description="Measure how fast answers come.")
    parser.add_argument("index", type=Path, help="a built index")
    parser.add_argument("questions", type=Path, help="JSON lines with a `text` each, plain or gzipped")
    parser.add_argument("--count", type=int, default=200, help="questions asked at each number of clients")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    given = parser.parse_args(arguments)
    try:
        questions = [record.text("text")[:1000] for record in read_records(given.questions)][: given.count]
        if not questions:
            raise DataError(f"{given.questions} holds no question")
        report = measure(given.index, questions)
    except (DataError, AssistantError) as error:
        say(f"python -m eval.speed: {error}")
        return 2
    if given.json:
        print(json.dumps(asdict(report)))
        return 0
    print(f"{report.entries} entries; cold start {report.cold_start:.1f} s; {report.resident:.0f} MiB resident")
    print(f"encoder alone: p50 {report.encoder_p50:.1f} ms, {report.encoder_rate:.0f} questions a second")
    for load in report.loads:
        print(
            f"{load.clients} clients, n {load.requests}: p50 {load.p50:.1f} ms ({load.p50_to_encoder:.1f} times the "
            f"encoder), p95 {load.p95:.1f}, p99 {load.p99:.1f}; {load.per_second:.1f} a second "
            f"({load.rate_to_encoder:.2f} of the encoder's)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
