"""The HTTP service: one answer behind several doors. No question is written to any log."""

import asyncio
import gc
import json
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from assistant import __doc__ as summary
from assistant.answering.question import MAX_CHARACTERS, Turn, checked_question, read_question
from assistant.answering.ranking import rank_entries
from assistant.answering.reply import Desk, Limits, open_desk, reply_to
from assistant.answering.search import search_units
from assistant.answering.verify import quotes_in, verify_quote
from assistant.errors import AssistantError, QuestionError, SnapshotError
from assistant.index.snapshot import current_id, load_snapshot
from assistant.library.model import SectionName
from assistant.serving.problems import BodyLimit, handle_errors
from assistant.serving.reader import reader_page
from assistant.serving.wire import AnswerOut, AskIn, Json, answer_json, entry_json, full_entry_json
from assistant.settings import Settings

STATIC = Path(__file__).parent / "static"
_LOG = logging.getLogger("assistant")
_RELOAD_EVERY = 5.0  # seconds; a withdrawn entry must be gone within 60 of the build that drops it
_ENTRIES_LISTED = 20
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


class Service:
    """The desk that answers, replaced whole when a new snapshot is published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk: Desk | None = None
        self._loading = threading.Lock()

    def load(self) -> None:
        """Load the snapshot that serves, unless it is the one already loaded.

        Raises:
            AssistantError: it cannot be loaded; the one before goes on serving.
        """
        with self._loading:
            if self.desk is None or current_id(self.settings.index) != self.desk.snapshot.id:
                replaced = self.desk is not None
                self.desk = open_desk(load_snapshot(self.settings.index, self.settings.encoder), self.settings.region)
                # What serves is kept: the search for circular garbage need not look through it again and again.
                if replaced:
                    gc.unfreeze()
                    gc.collect()
                gc.freeze()

    def ready(self) -> Desk:
        """Return the desk.

        Raises:
            SnapshotError: none is loaded.
        """
        if self.desk is None:
            raise SnapshotError("no index is loaded; make one with `assistant build`")
        return self.desk


def create_app(settings: Settings) -> FastAPI:
    """Make the service. The index is loaded when it starts; without one it lives, and says that it is not ready."""
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(_watch(service))
        yield
        watcher.cancel()

    app = FastAPI(
        title="Assistant",
        version="0.1.0",
        description=summary or "",
        lifespan=lifespan,
        license_info=None,
        openapi_tags=None,
        docs_url=None,  # FastAPI's own pages load their scripts from elsewhere; /openapi.json says the same
        redoc_url=None,
    )
    app.state.service = service
    app.add_middleware(BodyLimit)
    handle_errors(app)
    _add_doors(app, service)
    _add_pages(app, service)
    return app


async def _watch(service: Service) -> None:
    """Load what is published, now and whenever it changes."""
    told = ""
    while True:
        try:
            await asyncio.to_thread(service.load)
            told = ""
        except AssistantError as error:
            if str(error) != told:
                _LOG.error("%s", error)
                told = str(error)
        except Exception:
            _LOG.exception("the index cannot be loaded")
        await asyncio.sleep(_RELOAD_EVERY if service.desk else 1.0)


def _add_doors(app: FastAPI, service: Service) -> None:
    @app.post("/v1/ask", response_model=AnswerOut, responses=_PROBLEM, summary="Ask the library", tags=["answers"])
    async def ask(asked: AskIn) -> Response:
        """Answer with exact quotations and their citations, or with a notice; always with the disclaimer."""
        desk = service.ready()
        limits = Limits(tuple(asked.filters.sections), tuple(asked.filters.entries), asked.max_quotes, asked.max_tokens)
        turns = [Turn(turn.question, tuple(turn.subjects), tuple(turn.dropped)) for turn in asked.turns]
        answer = await asyncio.to_thread(reply_to, asked.question, turns, desk, limits)
        return JSONResponse(answer_json(answer))

    @app.get("/v1/search", responses=_PROBLEM, summary="Ranked units and entries, for the staff desk", tags=["answers"])
    async def search(
        q: Annotated[str, Query(max_length=MAX_CHARACTERS, examples=["magnesium and sleep"])],
        section: Annotated[list[SectionName] | None, Query()] = None,
        entry: Annotated[list[str] | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Response:
        """Rank units and entries with their scores. Scores have no unit and are never shown to visitors."""
        work = partial(_search, service.ready(), q, tuple(section or ()), tuple(entry or ()), limit)
        return JSONResponse(await asyncio.to_thread(work))

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
        "/v1/verify",
        responses=_PROBLEM,
        summary="Are these quotations still there?",
        tags=["library"],
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"type": ["object", "array"]},
                        "example": {"quotes": [{"text": "…", "entry": {"id": "…"}}]},
                    }
                },
            }
        },
    )
    async def verify(request: Request) -> Response:
        """Say of each quotation in an answer, or a list of them: found, moved, changed, withdrawn or never there."""
        desk = service.ready()
        try:
            document = json.loads(await request.body())
        except (ValueError, RecursionError):
            raise QuestionError("the body is not JSON") from None
        quotes = quotes_in(document)
        verdicts = await asyncio.to_thread(lambda: [verify_quote(quote, desk.snapshot.library) for quote in quotes])
        results = [
            {"id": v.id, "outcome": v.outcome, "entry": v.entry_id, "start": v.start, "end": v.end} for v in verdicts
        ]
        return JSONResponse({"snapshot": desk.snapshot.id, "results": results})

    @app.get("/livez", summary="Is the process alive?", tags=["health"])
    async def livez() -> Json:
        """Answer as long as the process does."""
        return {"status": "alive"}

    @app.get("/readyz", responses=_PROBLEM, summary="Can it answer?", tags=["health"])
    async def readyz() -> Json:
        """Answer once an index is loaded."""
        desk = service.ready()
        return {"status": "ready", "snapshot": desk.snapshot.id, "entries": len(desk.snapshot.library.entries)}


def _search(desk: Desk, question: str, sections: tuple[SectionName, ...], entries: tuple[str, ...], limit: int) -> Json:
    snapshot = desk.snapshot
    reading = read_question(desk.sieve.essence_of(checked_question(question)), [], desk.vocabulary)
    vector = snapshot.encoder.encode(reading.plain)
    found = search_units(desk.weigher.passages, reading, vector, sections=sections, entries=entries, limit=limit)
    ranked = rank_entries(snapshot, reading, vector, entries=entries, limit=_ENTRIES_LISTED)
    weighed = {(each.entry.id, each.unit): each for each in desk.weigher.weigh(reading, found)}
    units = []
    for candidate in found:
        place = snapshot.units[candidate.row]
        entry = snapshot.library.entry(place.entry_id)
        weight = weighed[place.entry_id, place.unit]
        units.append(
            {
                "entry": entry.id,
                "title": entry.title,
                "section": entry.section_of[place.unit].name,
                "unit": place.unit,
                "text": entry.words(place.unit),
                "scores": {
                    "fused": round(candidate.score, 4),
                    "unit_cosine": round(candidate.unit_cosine, 4),
                    "chunk_cosine": round(candidate.chunk_cosine, 4),
                    "unit_bm25": round(candidate.unit_bm25, 4),
                    "chunk_bm25": round(candidate.chunk_bm25, 4),
                    "probability": round(weight.probability, 4),
                },
                "veto": weight.veto or None,
            }
        )
    rows = list(dict.fromkeys(snapshot.chunk_of_unit[candidate.row] for candidate in found))
    chunks = [
        {"entry": c.entry_id, "section": c.section, "units": [c.first, c.last]}
        for c in (snapshot.chunks[row] for row in rows)
    ]
    return {
        "snapshot": snapshot.id,
        "question": {
            "read_as": reading.read_as,
            "subjects": list(reading.subjects),
            "corrections": [list(pair) for pair in reading.corrections],
        },
        "units": units,
        "chunks": chunks,
        "entries": [
            {
                "entry": each.entry_id,
                "title": snapshot.library.entry(each.entry_id).title,
                "score": round(each.score, 4),
            }
            for each in ranked
        ],
    }


def _add_pages(app: FastAPI, service: Service) -> None:
    @app.get("/", include_in_schema=False)
    async def chat() -> Response:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        files = {path.name: path for path in STATIC.iterdir() if path.is_file()}
        if name not in files:
            raise HTTPException(404, "Not found")
        return FileResponse(files[name], headers={"Cache-Control": "no-cache"})

    @app.get("/library/{entry_id}", include_in_schema=False)
    async def reader(entry_id: str) -> Response:
        desk = service.ready()
        return HTMLResponse(reader_page(desk.snapshot.library.entry(entry_id), desk.notices.disclaimer.text))
