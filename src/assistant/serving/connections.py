"""Connections: a client that sends slowly, or nothing, holds nothing for long, and is told properly.

Below the service itself: what uvicorn's own protocol leaves open.
"""

import asyncio
import json
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

READ_WITHIN = 10.0
"""Seconds from a request's first byte, or from connecting, to the last byte of its body."""
MOST_CONNECTIONS = 2_000
"""At once; those that come on top are closed, told that the service is busy."""
_HEADERS = (
    ("Content-Type", "application/problem+json"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn reads it, with an end to its patience."""

    read_within = READ_WITHIN
    most_connections = MOST_CONNECTIONS

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for a request, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.write(_document(503, "Service Unavailable", "Busy", ("Retry-After", "5")))
            transport.close()
            return
        self._wait_for_the_rest()

    def data_received(self, data: bytes) -> None:
        """Read on, and wait for what is still to come of a request."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            self._wait_for_the_rest()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem document."""
        self.transport.write(_document(400, "Bad Request", "Not a request that can be read"))
        self.transport.close()

    def _wait_for_the_rest(self) -> None:
        if self._giving_up is None:
            self._giving_up = self.loop.call_later(self.read_within, self._give_up)

    def _stop_waiting(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _give_up(self) -> None:
        self._giving_up = None
        # Whatever is half read has no answer on its way: the service waits for the whole body first.
        self.transport.close()


def _document(status: int, phrase: str, title: str, *more: tuple[str, str]) -> bytes:
    body = json.dumps({"type": "about:blank", "title": title, "status": status}).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in (*_HEADERS, *more, ("Content-Length", str(len(body)))))
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode() + body
