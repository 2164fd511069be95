"""Running: the real command serving on loopback, and a client that is light enough to press it hard.

The client speaks just enough HTTP/1.1: bodies of a stated length, over connections that are kept.
"""

import asyncio
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.records import DataError, read_records

QUESTIONS = Path(__file__).parents[1] / "questions" / "sample_dev.jsonl"
_READY_WITHIN = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Running:
    """A service in a process of its own."""

    port: int
    process: "subprocess.Popen[bytes]"
    folder: Path
    """What it works in and writes to: `stdout`, `stderr`, and its temporary files below `tmp`."""

    def get(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body of one request."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return the status and the body of one request; a body is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextlib.contextmanager
def running(
    index: Path | None, folder: Path, settings: Mapping[str, str] = {}, program: Sequence[str] = ("-m", "assistant.cli")
) -> Iterator[Running]:
    """Serve an index on a free port; stop at the end.

    Args:
        index: a built index; None for that which the settings name.
        folder: an empty one, to work in.
        settings: environment variables on top of this process's; those of ours that it has are left out.
        program: what Python runs, before `serve`.

    Raises:
        DataError: it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    temporary = folder / "tmp"
    temporary.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANT_")}
    command = [sys.executable, *program, "serve", "--port", str(port)]
    command += ["--index", str(index.resolve())] if index else []
    environment = kept | {"TMPDIR": str(temporary)} | dict(settings)
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err)  # noqa: S603  ourselves
    service = Running(port, process, folder)
    started = time.monotonic()
    try:
        while not _is_ready(service):
            if process.poll() is not None or time.monotonic() - started > _READY_WITHIN:
                told = (folder / "stderr").read_text("utf-8", "replace")[-500:]
                raise DataError(f"the service over {index or 'a database'} does not start: {told}")
            time.sleep(0.05)
        yield service
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_ready(service: Running) -> bool:
    try:
        return service.get("/readyz")[0] == 200
    except OSError:
        return False


def usual_questions() -> list[str]:
    """Return the labelled development questions, in their order."""
    return [record.text("question") for record in read_records(QUESTIONS)]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    """0 when the connection was closed or broken before an answer."""
    seconds: float
    headers: bytes
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value; "" when it did not come."""
        for line in self.headers.split(b"\r\n"):
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower().encode():
                return value.strip().decode("latin-1")
        return ""


def asking(question: str) -> bytes:
    """Return the bytes of a request that asks a question."""
    return posting("/v1/ask", json.dumps({"question": question}).encode())


def posting(path: str, body: bytes) -> bytes:
    """Return the bytes of a request that posts a JSON body."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Clients:
    """Connections to one service, kept and used again; as many as are needed at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, request: bytes) -> Reply:
        """Send the bytes of one request, and return what comes back; never raises for what the service does."""
        started = time.perf_counter()
        try:
            while True:
                kept = bool(self._idle)
                reader, writer = self._idle.pop() if kept else await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    writer.write(request)
                    reply = await _read(reader, started)
                except (OSError, asyncio.IncompleteReadError):
                    await _close(writer)
                    if not kept:
                        raise
                    continue  # closed for its idleness meanwhile
                break
        except (OSError, asyncio.IncompleteReadError, ValueError):
            return Reply(0, time.perf_counter() - started, b"", b"")
        if reply.header("connection") == "close":
            await _close(writer)
        else:
            self._idle.append((reader, writer))
        return reply

    async def close(self) -> None:
        """Close all that are idle."""
        for _, writer in self._idle:
            await _close(writer)
        self._idle.clear()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _read(reader: asyncio.StreamReader, started: float) -> Reply:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    reply = Reply(status, 0.0, head, b"")
    body = await reader.readexactly(int(reply.header("content-length") or 0))
    return Reply(status, time.perf_counter() - started, head, body)
