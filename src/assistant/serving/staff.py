"""The staff desk's doors and its page. There are none unless a setting names staff keys.

Whoever comes in has a key, or a session that was opened with one. No key and no question stands in an address, nothing
is kept by a browser, and what changes anything is refused to other sites.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from assistant.answering.question import Turn
from assistant.serving.addresses import base_of
from assistant.serving.explaining import explain
from assistant.serving.service import Service
from assistant.serving.staff_keys import KeyLine, StaffKeys, TooManyFailuresError
from assistant.serving.staff_library import Findings, review_json, unit_json
from assistant.serving.staff_search import YEAR, Finder, StaffSearchIn
from assistant.serving.staff_sessions import StaffSessions
from assistant.serving.wire import AskIn

COOKIE = "assistant_staff"
_PAGE = Path(__file__).parent / "static" / "staff.html"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class KeyIn(BaseModel):
    """A staff key."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(max_length=200)


class Gate:
    """Lets in those who have a key, by the key itself or by a session."""

    def __init__(self, keys: StaffKeys) -> None:
        self._keys = keys
        self._sessions = StaffSessions()

    async def __call__(self, request: Request) -> KeyLine:
        """Return the line of whoever asks.

        Raises:
            HTTPException: 401 for nobody, 403 for a request that another site made, 429 after too many wrong keys.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self.line_of(given.strip())
        line = self._sessions.find(request.cookies.get(COOKIE, ""))
        if line is None or not self._keys.holds(line):
            raise HTTPException(401, "A staff key is needed", {"WWW-Authenticate": "Bearer"})
        if request.method not in ("GET", "HEAD"):
            refuse_other_sites(request)
        return line

    async def line_of(self, key: str) -> KeyLine:
        """Return the line of a key.

        Raises:
            HTTPException: 401 when no line lets it in, 429 after too many wrong ones.
        """
        try:
            line = await asyncio.to_thread(self._keys.check, key)
        except TooManyFailuresError as error:
            headers = {"Retry-After": str(error.seconds)}
            raise HTTPException(429, "Too many wrong keys were tried", headers) from None
        if line is None:
            raise HTTPException(401, "The staff key is not valid", {"WWW-Authenticate": "Bearer"})
        return line

    async def open(self, key: str) -> str:
        """Open a session with a key and return its token; raises as `line_of` does."""
        return self._sessions.open(await self.line_of(key))

    def close(self, request: Request) -> None:
        """End the session that a request comes with, if any."""
        self._sessions.close(request.cookies.get(COOKIE, ""))


def refuse_other_sites(request: Request) -> None:
    """Refuse a request that a browser sends for a page of another site.

    Raises:
        HTTPException: 403, also where the browser does not say whose page it is.
    """
    # No page can set the first, and a proxy may have changed the host; older browsers, and plain http, send the second.
    site = request.headers.get("sec-fetch-site")
    origin = urlsplit(request.headers.get("origin", "")).netloc
    if site != "same-origin" if site else not origin or origin != request.headers.get("host"):
        raise HTTPException(403, "The request came from another site")


def add_staff(app: FastAPI, service: Service) -> None:
    """Add the staff desk to an app, if a setting names staff keys.

    Raises:
        SettingsError: the file of staff keys cannot be used.
    """
    if service.settings.staff_keys is None:
        return
    gate = Gate(StaffKeys(service.settings.staff_keys))

    @app.middleware("http")
    async def keep_nothing(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        if request.url.path.startswith(("/staff", "/v1/staff")):
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/staff", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(_PAGE, headers={"Content-Security-Policy": _POLICY, "X-Frame-Options": "DENY"})

    @app.post("/v1/staff/session", status_code=204, summary="Open a session", tags=["staff"])
    async def enter(request: Request, given: KeyIn) -> Response:
        """Exchange a key for a session in a cookie that no script can read."""
        refuse_other_sites(request)
        token = await gate.open(given.key)
        response = Response(status_code=204)
        is_secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, path="/", secure=is_secure, httponly=True, samesite="strict")
        return response

    @app.delete("/v1/staff/session", status_code=204, summary="End the session", tags=["staff"])
    async def leave(request: Request) -> Response:
        """End the session; without one there is nothing to do."""
        refuse_other_sites(request)
        gate.close(request)
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, path="/")
        return response

    app.include_router(_desk_doors(service, gate))


def _desk_doors(service: Service, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/v1/staff", tags=["staff"], dependencies=[Depends(gate)])
    findings = Findings(service.settings.corpus)
    finders: dict[str, Finder] = {}

    def finder() -> Finder:
        desk = service.ready()
        if desk.snapshot.id not in finders:
            finders.clear()
            finders[desk.snapshot.id] = Finder(desk)
        return finders[desk.snapshot.id]

    @router.get("/session", summary="Is a session open?")
    async def session() -> Response:
        """Say what is served, to whoever is in."""
        snapshot = service.ready().snapshot
        return JSONResponse({"snapshot": snapshot.id, "entries": len(snapshot.library.entries)})

    @router.post("/search", summary="Find units, with facets and why each was found")
    async def search(given: StaffSearchIn) -> Response:
        """Search as one types. The words are in the body, so that no address holds them."""
        return JSONResponse(await asyncio.to_thread(finder().find, given, date.today()))

    @router.get("/units/{entry_id}/{number}", summary="A unit in its place, with its citation in every format")
    async def unit(request: Request, entry_id: str, number: int) -> Response:
        """Return one unit with what must travel with it."""
        return JSONResponse(
            await asyncio.to_thread(unit_json, service.ready(), entry_id, number, base_of(request), date.today())
        )

    @router.post("/explain", summary="Ask as a customer, and see why")
    async def explained(request: Request, asked: AskIn) -> Response:
        """Answer as a customer is answered, and explain it. Such a question counts as no gap."""
        turns = [Turn(turn.question, tuple(turn.subjects), tuple(turn.dropped)) for turn in asked.turns]
        return JSONResponse(await asyncio.to_thread(explain, asked.question, turns, service.ready(), base_of(request)))

    @router.get("/review", summary="Entries past review")
    async def review(days: Annotated[int, Query(ge=0, le=36_500)] = YEAR) -> Response:
        """List the entries that nobody has reviewed for so many days."""
        return JSONResponse(await asyncio.to_thread(review_json, service.ready(), date.today(), days))

    @router.get("/findings", summary="What the lint finds in the library")
    async def found() -> Response:
        """Return the findings of `assistant check`."""
        return JSONResponse(await asyncio.to_thread(findings.read))

    @router.get("/gaps", summary="What was asked and not answered, in groups of ten or more")
    async def gaps() -> Response:
        """Return counts by subject and section; no question is kept."""
        return JSONResponse(await asyncio.to_thread(lambda: service.counts.gaps(service.ready().vocabulary.listed)))

    @router.get("/feedback", summary="What readers thought, in groups of ten or more")
    async def feedback() -> Response:
        """Return counts by entry, section and verdict."""
        by_id = service.ready().snapshot.library.by_id
        shown = await asyncio.to_thread(service.counts.feedback, by_id.keys())
        titles = {row["entry"]: by_id[row["entry"]].title for row in shown["groups"] if row["entry"] in by_id}
        return JSONResponse({**shown, "titles": titles})

    return router
