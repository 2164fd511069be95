"""The doors: the JSON interface over HTTP."""

from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from assistant.answering.question import MAX_CHARACTERS, Turn
from assistant.answering.reply import Limits, reply_to
from assistant.library.model import SectionName
from assistant.serving.events import EVENTS, answer_events, events_response, wants_events
from assistant.serving.receipts import VERIFY, ReceiptOut, check_copy, read_copy
from assistant.serving.searching import search_library
from assistant.serving.service import Service
from assistant.serving.wire import AnswerOut, AskIn, Json, answer_json, entry_json, full_entry_json

_TITLES = {
    404: "Not in the library",
    413: "The request is too large",
    422: "The request cannot be read",
    503: "Not ready",
}
_PROBLEM: dict[int | str, dict[str, Any]] = {
    status: {
        "description": title,
        "content": {"application/problem+json": {"example": {"type": "about:blank", "title": title, "status": status}}},
    }
    for status, title in _TITLES.items()
}


def add_doors(app: FastAPI, service: Service) -> None:
    """Add the doors of the JSON interface to an app."""

    @app.post(
        "/v1/ask",
        response_model=AnswerOut,
        responses={**EVENTS, **_PROBLEM},
        summary="Ask the library",
        tags=["answers"],
    )
    async def ask(asked: AskIn, request: Request) -> Response:
        """Answer with exact quotations and their citations, or with a notice; always with the disclaimer."""
        desk = service.ready()
        limits = Limits(tuple(asked.filters.sections), tuple(asked.filters.entries), asked.max_quotes, asked.max_tokens)
        turns = [Turn(turn.question, tuple(turn.subjects), tuple(turn.dropped)) for turn in asked.turns]
        answer = await service.line.run(reply_to, asked.question, turns, desk, limits)
        if wants_events(request.headers.get("accept", "")):
            return events_response(answer_events(answer_json(answer)))
        return JSONResponse(answer_json(answer))

    @app.get("/v1/search", responses=_PROBLEM, summary="Ranked units and entries, for the staff desk", tags=["answers"])
    async def search(
        q: Annotated[str, Query(max_length=MAX_CHARACTERS, examples=["magnesium and sleep"])],
        section: Annotated[list[SectionName] | None, Query()] = None,
        entry: Annotated[list[str] | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Response:
        """Rank units and entries with their scores. Scores have no unit and are never shown to visitors."""
        work = partial(search_library, service.ready(), q, tuple(section or ()), tuple(entry or ()), limit)
        return JSONResponse(await service.line.run(work))

    @app.get("/v1/entries", responses=_PROBLEM, summary="The library's entries", tags=["library"])
    async def entries() -> Response:
        """List the entries that are served."""
        desk = service.ready()
        return JSONResponse(
            {"snapshot": desk.snapshot.id, "entries": [entry_json(each) for each in desk.snapshot.library.entries]}
        )

    @app.get(
        "/v1/entries/{entry_id}", responses=_PROBLEM, summary="One entry with its sections and units", tags=["library"]
    )
    async def entry(entry_id: str) -> Response:
        """Return an entry's sections and units, with their offsets in code points."""
        desk = service.ready()
        return JSONResponse({"snapshot": desk.snapshot.id, **full_entry_json(desk.snapshot.library.entry(entry_id))})

    @app.post(
        "/v1/verify", response_model=ReceiptOut, summary="Are these quotations still there?", tags=["library"], **VERIFY
    )
    async def verify(request: Request) -> Response:
        """Say of each quotation, in an answer of any dialect: found, moved, changed, withdrawn or never there."""
        desk = service.ready()
        document = read_copy(await request.body(), request.headers.get("content-type", ""))
        library, snapshot, index = desk.snapshot.library, desk.snapshot.id, service.settings.index
        return JSONResponse(await service.line.run(check_copy, document, library, snapshot, index))

    @app.get("/livez", summary="Is the process alive?", tags=["health"])
    async def livez() -> Json:
        """Answer as long as the process does."""
        return {"status": "alive"}

    @app.get("/readyz", responses=_PROBLEM, summary="Can it answer?", tags=["health"])
    async def readyz() -> Json:
        """Answer once an index is loaded, while what searches it can be reached."""
        desk = service.ready()
        if service.away:
            raise service.away
        return {"status": "ready", "snapshot": desk.snapshot.id, "entries": len(desk.snapshot.library.entries)}
