"""Canaries: is a question ever left behind? `python -m eval.reliability canaries`.

Questions with a word of their own each go through every way that a request can end: answered, silent, redirected,
refused, broken, given up, failed, and in the end a crash of the process. Then that word is looked for in all that was
written: logs at their most talkative, metrics, temporary files, cores, headers, and the bodies of all but answers.
"""

import argparse
import json
import resource
import shutil
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote as percent_encoded

from eval.indexing import say
from eval.records import DataError
from eval.reliability._running import Running, posting, running

WORD = "qzcanary"
"""What every canary begins with; no library holds it."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    canaries: int
    ways: int
    statuses: dict[str, int]
    """How often each status came; "0" stands for a connection closed without one."""
    looked_at: int
    """Files and texts that were looked through."""
    bytes_looked_at: int
    found_in: list[str] = field(default_factory=list)
    crashed: bool = False
    """The process ended as it was made to, by SIGABRT."""


def request(method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
    """Return the bytes of a request that closes its connection."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{length}\r\n".encode() + body


def ask(question: str, **more: object) -> bytes:
    """Return the bytes of a request that asks."""
    body = json.dumps({"question": question, **more}).encode()
    return request("POST", "/v1/ask", body, "Content-Type: application/json\r\n")


WAYS: tuple[Callable[[str], bytes], ...] = (
    lambda word: ask(f"Which foods are rich in magnesium? {word}"),
    lambda word: ask(f"Is {word} safe?"),
    lambda word: ask(f"I want to kill myself {word}"),
    lambda word: ask(f"Should I stop my warfarin {word}?"),
    lambda word: ask("Is it safe?", turns=[{"question": word, "subjects": [word]}]),
    lambda word: ask("Is it safe?", filters={"entries": [word]}),
    lambda word: ask(word, **{word: word}),
    lambda word: ask(f"{word}\u0000"),
    lambda word: ask(word * 120),
    lambda word: ask(f"Is {word} safe? fault-error"),
    lambda word: request("POST", "/v1/ask", f'{{"question": "{word}'.encode(), "Content-Type: application/json\r\n"),
    lambda word: request("POST", "/v1/ask", word.encode() * 1_000),
    lambda word: request("POST", "/v1/verify", json.dumps([{"text": word, "id": word, "entry": word}]).encode()),
    lambda word: request("POST", "/v1/verify", word.encode()),
    lambda word: request("GET", f"/v1/search?q={percent_encoded(f'magnesium {word}')}"),
    lambda word: request("GET", f"/v1/search?q={word}&limit={word}"),
    lambda word: request("GET", f"/v1/entries/{word}?{word}={word}"),
    lambda word: request("GET", f"/library/{word}", headers=f"Referer: http://x/{word}\r\nUser-Agent: {word}\r\n"),
    lambda word: request("GET", f"/static/{word}", headers=f"Cookie: q={word}\r\nX-{word}: {word}\r\n"),
    lambda word: request(word.upper(), f"/{word}"),
    lambda word: f"{word} please\r\n\r\n".encode(),
    lambda word: posting("/v1/ask", word.encode() * 50)[:-9],
    lambda word: f"POST /v1/ask HTTP/1.1\r\n{word}".encode(),
    lambda word: b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" + word.encode(),
)
"""Each a way that a request can go; the last three are cut off by going away."""
_CUT_OFF = 3


def send(port: int, sent: bytes, *, wait: bool = True) -> bytes:
    """Send bytes, and return all that comes back until the connection is closed."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65_536), b"")) if wait else b""
    except OSError:
        return b""


def let_fly(service: Running, count: int) -> tuple[Counter[str], dict[str, bytes]]:
    """Send so many canaries; return how often each status came, and what came back that is no answer."""
    statuses: Counter[str] = Counter()
    kept: dict[str, bytes] = {}
    for number in range(count):
        way = number % len(WAYS)
        reply = send(service.port, WAYS[way](f"{WORD}{number:05d}"), wait=way < len(WAYS) - _CUT_OFF)
        status = reply[9:12].decode() or "0"
        statuses[status] += 1
        head, _, body = reply.partition(b"\r\n\r\n")
        # An answer shows its reader the question; nothing else may.
        kept[f"reply {number}, {status}"] = head + (b"" if status == "200" else body)
    return statuses, kept


def holding(kept: Mapping[str, bytes]) -> list[str]:
    """Return the names of the texts that hold a canary, in small letters or capitals."""
    return [name for name, text in kept.items() if WORD.encode() in text.lower()]


def measure(index: Path, folder: Path, count: int) -> Report:
    """Send the canaries, crash the service, and look for them.

    Raises:
        DataError: the service does not start.
    """
    # Cores are asked for, as far as this machine allows: the service is to refuse them all the same.
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    shutil.copytree(index, folder / "index")
    settings = {"ASSISTANT_LOG": "debug", "PYTHONPATH": ":".join(sys.path), "PYTHONFAULTHANDLER": "1"}
    program = ("-X", "dev", "-W", "ignore", "-m", "eval.reliability._failing")
    with running(folder / "index", folder, settings, program) as service:
        statuses, kept = let_fly(service, count)
        # Few of those that are waited for in vain: each takes its time.
        for number in range(min(5, count)):
            statuses[send(service.port, ask(f"Is {WORD}late{number} safe? fault-slow"))[9:12].decode() or "0"] += 1
        kept["metrics"] = service.get("/metrics")[1]
        send(service.port, ask(f"Is {WORD}crash safe? fault-crash"))
        code = service.process.wait(30)
    kept |= {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return Report(
        count + min(5, count) + 1,
        len(WAYS) + 2,
        dict(sorted(statuses.items())),
        len(kept),
        sum(map(len, kept.values())),
        holding(kept),
        code == -6,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 1 when a canary is found, 2 when the set-up is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.reliability canaries", description="Is a question left behind?"
    )
    parser.add_argument("--index", type=Path, default=Path("index"), help="a built index")
    parser.add_argument("--requests", type=int, default=1000, help="canaries")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            report = measure(given.index, Path(folder), given.requests)
    except DataError as error:
        say(f"python -m eval.reliability canaries: {error}")
        return 2
    print(json.dumps(asdict(report), indent=2))
    return 1 if report.found_in or not report.crashed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
