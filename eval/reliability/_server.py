"""A real server on loopback, in a process of its own, that can be told to look for a new index more often."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROGRAM = """
import sys
from assistant.serving import service
service._RELOAD_EVERY = float(sys.argv.pop(1))
sys.path.insert(0, sys.argv.pop(1))
from eval.reliability._faulty import install
install(sys.argv.pop(1))
from assistant.cli import main
raise SystemExit(main(sys.argv[1:]))
"""
_PATIENCE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Server:
    """A service that answers on loopback."""

    port: int
    process: subprocess.Popen[bytes]
    said: Path
    """What it has written to stderr."""

    def send(self, method: str, path: str, body: Any = None, timeout: float = _PATIENCE) -> tuple[int, bytes]:  # noqa: ANN401  any JSON
        """Send one request on a connection of its own, and return the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def ask(self, question: str) -> dict[str, Any]:
        """Ask, and return the answer.

        Raises:
            OSError: it is not answered with status 200.
        """
        status, data = self.send("POST", "/v1/ask", {"question": question})
        if status != 200:
            raise OSError(f"status {status}")
        answer: dict[str, Any] = json.loads(data)
        return answer

    def snapshot(self) -> str:
        """Return the id of the snapshot that serves, empty when none does."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, data = self.send("GET", "/readyz")
            return str(json.loads(data)["snapshot"]) if status == 200 else ""
        return ""


@contextlib.contextmanager
def serving(index: Path, folder: Path, reload_every: float) -> Iterator[Server]:
    """Serve an index until the block ends; its encoder fails as `folder / "fault"` says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = str(Path(__file__).parents[2])
    arguments = [str(reload_every), root, str(folder / "fault"), "serve", "--port", str(port), "--index", str(index)]
    with (folder / "stderr").open("wb") as err:
        command = [sys.executable, "-W", "ignore", "-c", _PROGRAM, *arguments]
        process = subprocess.Popen(command, stderr=err, env=os.environ)  # noqa: S603  a command of our own
        server = Server(port, process, folder / "stderr")
        try:
            wait_for(lambda: bool(server.snapshot()) or process.poll() is not None)
            yield server
        finally:
            process.terminate()
            process.wait(20)


def wait_for(condition: Callable[[], bool], seconds: float = _PATIENCE) -> float:
    """Wait until something holds, and return how long that took.

    Raises:
        TimeoutError: it does not come about.
    """
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"it did not come about in {seconds:g} s")
        time.sleep(0.01)
    return time.monotonic() - started


@contextlib.contextmanager
def clients(number: int, work: Callable[[int], None]) -> Iterator[None]:
    """Do some work again and again in so many threads until the block ends."""
    ended = threading.Event()

    def again(own: int) -> None:
        while not ended.is_set():
            work(own)

    threads = [threading.Thread(target=again, args=(own,)) for own in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
