"""Connections: a client that sends slowly, or nothing, holds nothing for long, and what cannot be served costs little.

Below the service itself: what uvicorn's own protocol leaves open. While the line is full a question is refused here, at
a fraction of what a request otherwise takes, or refusing would leave no time to answer.
"""

import asyncio
import json
import re
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from assistant.errors import BusyError
from assistant.serving.queueing import Line

READ_WITHIN = 10.0
"""Seconds from a request's first byte, or from connecting, to the last byte of its body."""
MOST_CONNECTIONS = 2_000
"""At once; those that come on top are closed, told that the service is busy."""
_QUESTIONS = (b"POST /v1/ask HTTP/1.1\r\n", b"POST /v1/chat/completions HTTP/1.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})\r\n", re.IGNORECASE)
_HEADERS = (
    "Content-Type: application/problem+json\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
)
"""Of a refusal that is made here: it is no page, and nothing may be done with it."""


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
        """Make one for a connection, as uvicorn does; the app must be one that `create_app` made."""
        super().__init__(config, server_state, app_state, _loop)
        self._line: Line = config.app.state.service.line  # type: ignore[union-attr]  # see above
        self._giving_up: asyncio.TimerHandle | None = None
        self._is_coming = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for a request, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.write(refusal(503, "Service Unavailable", "Busy", "Retry-After: 5\r\nConnection: close\r\n"))
            transport.close()
            return
        self._wait_for_the_rest()

    def data_received(self, data: bytes) -> None:
        """Read on, and wait for what is still to come of a request; refuse a question while the line is full."""
        if self._line.overflown and self._refuse_unread(data):
            return
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            self._wait_for_the_rest()
        else:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Count what was let through as answered."""
        self._has_come()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        self._has_come()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem document."""
        self.transport.write(refusal(400, "Bad Request", "Not a request that can be read", "Connection: close\r\n"))
        self.transport.close()

    def _refuse_unread(self, data: bytes) -> bool:
        """Refuse a question that came in one piece while the line is full, and keep the connection; else do nothing."""
        head, _, body = data.partition(b"\r\n\r\n")
        whole = head.startswith(_QUESTIONS) and [int(each) for each in _LENGTH.findall(head + b"\r\n")] == [len(body)]
        idle = self.cycle is None or self.cycle.response_complete
        if not (whole and idle and self.conn.trailing_data == (b"", False)):
            return False
        try:
            self._line.admit(coming=True)
            self._line.coming += 1
            self._is_coming = True
            return False
        except BusyError as error:
            self.transport.write(
                refusal(503, "Service Unavailable", "Busy", f"Retry-After: {error.retry_after}\r\n", str(error))
            )
        self._stop_waiting()
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True

    def _has_come(self) -> None:
        if self._is_coming:
            self._is_coming = False
            self._line.coming -= 1

    def _wait_for_the_rest(self) -> None:
        if self._giving_up is None:
            self._giving_up = self.loop.call_later(self.read_within, self._give_up)

    def _stop_waiting(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _give_up(self) -> None:
        # What is half read has no answer on its way: the service waits for the whole body first.
        self._giving_up = None
        self.transport.close()


def refusal(status: int, phrase: str, title: str, headers: str, detail: str = "") -> bytes:
    """Return a problem document as the bytes of a whole response."""
    document = {"type": "about:blank", "title": title, "status": status} | ({"detail": detail} if detail else {})
    body = json.dumps(document, separators=(",", ":"))
    return f"HTTP/1.1 {status} {phrase}\r\n{_HEADERS}{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()
