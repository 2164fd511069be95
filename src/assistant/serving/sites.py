"""Sites: which other sites may show the widget, and which may call the interface from a browser.

One list for both, of exact origins. No other origin gets a word, no origin gets credentials, and no answer says `*`.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.serving.problems import problem

_PREFIX = "/v1/"
_METHODS = "GET, POST"
_SENT = "Accept, Authorization, Content-Type"
"""Clients in OpenAI's dialect send a key whether one is asked for or not."""
_REMEMBERED = "600"
"""Seconds for which a browser may remember that it was allowed."""


class AllowedSites:
    """Tells browsers which other sites may read what the interface answers."""

    def __init__(self, app: ASGIApp, sites: Sequence[str]) -> None:
        self.app = app
        self.sites = frozenset(sites)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser's question beforehand; pass everything else on, and name its origin when it is allowed."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._asked_beforehand(origin)(scope, receive, send)
            return

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._name(MutableHeaders(scope=message), origin)
            await send(message)

        await self.app(scope, receive, named)

    def _asked_beforehand(self, origin: str) -> Response:
        if origin not in self.sites:
            response: Response = problem(403, "Not an allowed site", "ASSISTANT_SITES does not name this origin.")
        else:
            allowed = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Allow-Headers": _SENT}
            response = Response(status_code=204, headers=allowed | {"Access-Control-Max-Age": _REMEMBERED})
        self._name(response.headers, origin)
        return response

    def _name(self, headers: MutableHeaders, origin: str) -> None:
        headers.add_vary_header("Origin")
        if origin in self.sites:
            headers["Access-Control-Allow-Origin"] = origin
