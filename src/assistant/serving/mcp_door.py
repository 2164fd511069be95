"""The door `POST /mcp`: the library's tools over streamable HTTP, without sessions.

The protocol's package is loaded when the first request comes: nobody else waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from assistant.answering.reply import Desk
from assistant.serving.problems import problem
from assistant.serving.queueing import Line
from assistant.serving.service import Service

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


class McpDoor:
    """Hands requests on to the protocol's own transport, which is started when the first one comes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._starting = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a page of another site may not send any, as the protocol demands."""
        headers = Request(scope).headers
        origin = headers.get("origin")
        # Not its scheme: whoever ends TLS in front of this service leaves plain HTTP behind.
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            await problem(403, "Not from another site's page")(scope, receive, send)
            return
        self._service.ready()
        async with self._starting:
            manager = self._manager or await self._start()
        await manager.handle_request(scope, receive, send)

    async def close(self) -> None:
        """Stop what was started."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def _start(self) -> "StreamableHTTPSessionManager":
        manager = await asyncio.to_thread(_manager_for, self._ready, self._service.line)
        started = asyncio.Event()

        async def keep() -> None:
            async with manager.run():
                started.set()
                await asyncio.Event().wait()

        # In a task of its own: whoever enters the transport's task group has to leave it.
        self._keeper = asyncio.create_task(keep())
        await started.wait()
        self._manager = manager
        return manager

    async def _ready(self) -> Desk:
        return self._service.ready()


def _manager_for(ready: Callable[[], Awaitable[Desk]], line: Line) -> "StreamableHTTPSessionManager":
    from assistant.serving.mcp_server import http_manager

    return http_manager(ready, line.run)


def add_mcp(app: FastAPI, service: Service) -> None:
    """Add the door to an app, and stop what it started when the app stops."""
    door = McpDoor(service)
    app.router.routes.append(Route("/mcp", door, methods=["POST"]))
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with inner(app) as state:
            try:
                yield state
            finally:
                await door.close()

    app.router.lifespan_context = lifespan
