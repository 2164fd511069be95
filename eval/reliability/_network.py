"""A network that can be cut: connections passed on through a port of ours; and the proxy in front of two services."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

CONFIGURATION = Path(__file__).parents[2] / "docs" / "deploy" / "haproxy.cfg"
_T = TypeVar("_T")
_PATIENCE = 10.0
"""Seconds for starting, and for stopping."""


class Wire:
    """A port of this machine that leads to others, by turns, for as long as it is not cut."""

    def __init__(self, *targets: int) -> None:
        self._targets = targets
        self._turn = 0
        self._lines: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._whole = threading.Event()
        self._whole.set()
        self.port = free_port()
        self._listener = self._do(self._listen())

    def silence(self) -> None:
        """Pass nothing on any more, and tell nobody: as a cable that is pulled."""
        self._whole.clear()

    def refuse(self) -> None:
        """Break what is open, and let nobody connect: as a port that is closed."""
        self._do(self._stop())

    def mend(self) -> None:
        """Be whole again; what was sent meanwhile is lost, and its connections with it."""
        self._do(self._drop())
        self._whole.set()
        if not self._listener.is_serving():
            self._listener = self._do(self._listen())

    def close(self) -> None:
        """End it."""
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._take, "127.0.0.1", self.port)

    async def _stop(self) -> None:
        self._listener.close()
        await self._drop()

    async def _drop(self) -> None:
        for line in list(self._lines):
            line.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        with contextlib.suppress(OSError):
            onward, outward = await self._connect()
            self._lines.add(outward)
            await asyncio.gather(self._pass(reader, outward), self._pass(onward, writer), return_exceptions=True)
            self._lines.discard(outward)
        writer.close()
        self._lines.discard(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._turn += 1
        turned = [self._targets[(self._turn + at) % len(self._targets)] for at in range(len(self._targets))]
        for target in turned[:-1]:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", target)
        return await asyncio.open_connection("127.0.0.1", turned[-1])

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if self._whole.is_set():
                    writer.write(data)
                    await writer.drain()
        finally:
            if self._whole.is_set():
                writer.close()


@contextlib.contextmanager
def wires(*targets: int) -> Iterator[list[Wire]]:
    """Give a wire to each of some ports of this machine."""
    with contextlib.ExitStack() as stack:
        made = []
        for target in targets:
            made.append(Wire(target))
            stack.callback(made[-1].close)
        yield made


@contextlib.contextmanager
def proxy(ports: Sequence[int], folder: Path) -> Iterator[tuple[int, str]]:
    """Give the port of a proxy in front of two services, and its name: HAProxy where it is, else a wire.

    Raises:
        TimeoutError: it does not start.
    """
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        wire = Wire(*ports)
        try:
            yield wire.port, "a forwarder of TCP"
        finally:
            wire.close()
        return
    port = free_port()
    places = dict(zip(("ASSISTANT_ONE", "ASSISTANT_TWO"), (f"127.0.0.1:{each}" for each in ports), strict=True))
    with (folder / "haproxy").open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - as found
            [program, "-db", "-f", str(CONFIGURATION)],
            env=os.environ | places | {"ASSISTANT_BIND": f"127.0.0.1:{port}"},
            stdout=said,
            stderr=said,
        )
    try:
        end = time.monotonic() + _PATIENCE
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"HAProxy does not start: {(folder / 'haproxy').read_text('utf-8')[-500:]}")
            time.sleep(0.05)
        yield port, "HAProxy"
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
