"""Problems: what the service says when it cannot answer, and what it never lets through.

Errors are problem documents (RFC 9457) and never repeat what was sent. Bodies that are too large are refused before
they are read whole; every response carries the security headers.
"""

import logging
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import EngineError, LibraryError, QuestionError, RuleError, SnapshotError

_LOG = logging.getLogger("assistant")
_MAX_BODY, _MAX_LONG_BODY = 8_192, 65_536  # bytes
_LONG = ("/v1/verify", "/v1/chat/completions", "/mcp")
"""The paths to which whole answers or conversations are sent."""


def content_policy(*ancestors: str) -> str:
    """Return the content security policy of a page that pages of these origins may frame."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {' '.join(ancestors)}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


_HEADERS = {
    "Content-Security-Policy": content_policy("'self'"),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def problem(status: int, title: str, detail: str = "") -> JSONResponse:
    """Return a problem document."""
    body = {"type": "about:blank", "title": title, "status": status} | ({"detail": detail} if detail else {})
    return JSONResponse(body, status, media_type="application/problem+json")


def log_fault(error: Exception) -> None:
    """Log where a fault in the program is; not the error's own words, which may hold the question's."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-8:])
    _LOG.error("a fault in the service: %s at %s", type(error).__name__, places)


def faults_in(errors: Sequence[Any], skip: int = 0) -> str:
    """Return pydantic's report of errors without the input that it repeats: only the place and the kind of fault.

    Args:
        errors: as pydantic lists them.
        skip: parts of each place to leave out in front.
    """
    faults = []
    for each in errors[:5]:
        # The last part of the place of a field that does not belong there is the client's own word.
        place = each["loc"][skip:-1] if each["type"] == "extra_forbidden" else each["loc"][skip:]
        faults.append(f"{'.'.join(map(str, place)) or 'body'}: {each['type'].replace('_', ' ')}")
    return "; ".join(faults)[:500]


class BodyLimit:
    """Refuses bodies that are too large before they are read whole."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while its body keeps within the limit of its path."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = _MAX_LONG_BODY if scope["path"] in _LONG else _MAX_BODY
        body = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            if len(body) > limit:
                await problem(413, "The request is too large", f"A body may have {limit:,} bytes.")(
                    scope, receive, send
                )
                return
            if not message.get("more_body"):
                break
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)


class SecurityHeaders:
    """Sends the security headers with every response, and a problem in place of a fault."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete its response; what a response already says is left."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def complete(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, complete)
        except Exception as error:
            log_fault(error)
            if begun:
                raise ConnectionAbortedError("the response could not be finished") from None
            await problem(500, "A fault in the service")(scope, receive, complete)


def handle_errors(app: FastAPI) -> None:
    """Make an app answer every error with a problem document, and send the security headers with every response."""

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        return problem(422, "The request cannot be read", faults_in(error.errors(), skip=1))

    @app.exception_handler(QuestionError)
    async def unanswerable(request: Request, error: QuestionError) -> Response:
        return problem(422, "The question cannot be answered", str(error))

    @app.exception_handler(LibraryError)
    async def not_found(request: Request, error: LibraryError) -> Response:
        return problem(404, "Not in the library")

    @app.exception_handler(SnapshotError)
    @app.exception_handler(EngineError)
    async def not_ready(request: Request, error: SnapshotError | EngineError) -> Response:
        return JSONResponse(
            {"type": "about:blank", "title": "Not ready", "status": 503},
            503,
            {"Retry-After": "5"},
            media_type="application/problem+json",
        )

    @app.exception_handler(RuleError)
    async def broken_rule(request: Request, error: RuleError) -> Response:
        _LOG.error("an answer was not sent: %s", error)
        return problem(500, "The answer broke a rule and was not sent")

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        response = problem(error.status_code, str(error.detail))
        response.headers.update(error.headers or {})
        return response

    app.add_middleware(SecurityHeaders)
