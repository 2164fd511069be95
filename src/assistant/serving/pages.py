"""The pages: the chat, the widget and its frame, their static files, the reader page of every entry."""

import asyncio
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.answering.notices import load_notices
from assistant.errors import EngineError, SnapshotError
from assistant.serving.plain import contents_page, entry_markdown
from assistant.serving.problems import content_policy
from assistant.serving.reader import reader_page
from assistant.serving.service import Service
from assistant.serving.shell import chat_page, frame_page
from assistant.serving.suggestions import Suggestions

STATIC = Path(__file__).parent / "static"
_FRESH = {"Cache-Control": "no-cache"}


class SmallPages:
    """Compresses the pages and their files, and leaves the JSON interface as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.small = GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on by the way its path goes."""
        plain = scope["type"] != "http" or scope["path"].startswith("/v1/")
        await (self.app if plain else self.small)(scope, receive, send)


def add_pages(app: FastAPI, service: Service) -> None:
    """Add the pages to an app."""
    settings = service.settings
    disclaimer = load_notices(settings.region).disclaimer.text
    suggestions = Suggestions()
    app.add_middleware(SmallPages)

    async def first_questions() -> tuple[str, ...]:
        try:
            return await asyncio.to_thread(suggestions.of, service.ready())
        except (SnapshotError, EngineError):
            return ()  # the page is there before the index is, and says so when asked

    @app.get("/", include_in_schema=False)
    async def chat() -> Response:
        return HTMLResponse(chat_page(disclaimer, await first_questions()), headers=_FRESH)

    @app.get("/widget", include_in_schema=False)
    async def widget() -> Response:
        policy = content_policy("'self'", *settings.sites)
        page = frame_page(disclaimer, await first_questions(), settings.sites)
        return HTMLResponse(page, headers=_FRESH | {"Content-Security-Policy": policy})

    @app.get("/widget.js", include_in_schema=False)
    async def embedding() -> Response:
        # A page that isolates itself from other origins must be told that this script means to be embedded.
        headers = _FRESH | {"Cross-Origin-Resource-Policy": "cross-origin"}
        return FileResponse(STATIC / "widget.js", headers=headers)

    @app.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        files = {path.name: path for path in STATIC.iterdir() if path.is_file()}
        if name not in files:
            raise HTTPException(404, "Not found")
        return FileResponse(files[name], headers=_FRESH)

    @app.get("/library/{entry_id}", include_in_schema=False)
    async def reader(entry_id: str) -> Response:
        library = service.ready().snapshot.library
        if entry_id.endswith(".md") and entry_id not in library.by_id:
            text = entry_markdown(library.entry(entry_id.removesuffix(".md")), disclaimer)
            return PlainTextResponse(text, media_type="text/markdown")
        return HTMLResponse(reader_page(library.entry(entry_id), disclaimer))

    @app.get("/llms.txt", include_in_schema=False)
    async def contents() -> Response:
        return PlainTextResponse(contents_page(service.ready().snapshot.library, disclaimer))
