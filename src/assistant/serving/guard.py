"""The guard: what every request passes first, and every response last.

It counts; refuses whoever asks too often, and anybody while the line is full, before a byte of the body is read; tells
the line when a client has gone away; and logs a line a request: its route, never its path, which may hold a question.
"""

import logging
import time

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import BusyError
from assistant.serving.metrics import Metrics
from assistant.serving.problems import problem
from assistant.serving.queueing import Line, gone
from assistant.serving.rates import Allowance, Rates
from assistant.serving.service import Service

_LOG = logging.getLogger("assistant.requests")
_ANSWERING = frozenset({"/v1/ask", "/v1/chat/completions", "/v1/search"})
"""Refused before they are read while the line is full."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Guard:
    """Counts and limits what passes."""

    def __init__(self, app: ASGIApp, rates: Rates, metrics: Metrics, line: Line) -> None:
        self.app = app
        self._rates = rates
        self._metrics = metrics
        self._line = line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is refused; count it either way."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        client = scope.get("client")
        allowance = await self._rates.count(client[0] if client else "")
        status = 500

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"ratelimit-policy", allowance.policy.encode()),
                    (b"ratelimit", allowance.left.encode()),
                ]
            await send(message)

        async def going() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        gone.set(going)
        try:
            refusal = self._refusal(scope["path"], allowance)
            await (refusal or self.app)(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "") or "none"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = time.perf_counter() - started
            self._metrics.note_request(route, method, status, seconds)
            if _LOG.isEnabledFor(logging.INFO):
                fields = {"route": route, "method": method, "status": status, "ms": round(seconds * 1000, 1)}
                _LOG.info("request", extra={"fields": fields})

    def _refusal(self, path: str, allowance: Allowance) -> Response | None:
        if not allowance.allowed:
            self._metrics.limited.inc()
            return _refused(429, "Too many requests", "Wait, and ask again.", allowance.retry_after)
        if path in _ANSWERING or path.startswith("/v1/ask/"):
            try:
                self._line.admit()
            except BusyError as error:
                return _busy(error)
        return None


def _refused(status: int, title: str, detail: str, retry_after: int) -> Response:
    response = problem(status, title, detail)
    response.headers["Retry-After"] = str(retry_after)
    return response


def _busy(error: BusyError) -> Response:
    return _refused(503, "Busy", str(error), error.retry_after)


def add_guard(app: FastAPI, service: Service) -> None:
    """Guard an app, and add the door at which its metrics are read.

    Raises:
        SettingsError: the rate, or where it is counted, is none.
    """
    metrics = Metrics(service)
    app.state.rates = Rates(service.settings)
    app.add_middleware(Guard, rates=app.state.rates, metrics=metrics, line=service.line)

    @app.exception_handler(BusyError)
    async def busy(request: Request, error: BusyError) -> Response:
        return _busy(error)

    @app.get("/metrics", include_in_schema=False)
    async def read_metrics() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
