"""The pages: the chat, its static files, and the reader page of every entry."""

from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from assistant.serving.reader import reader_page
from assistant.serving.service import Service

STATIC = Path(__file__).parent / "static"


def add_pages(app: FastAPI, service: Service) -> None:
    """Add the pages to an app."""

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
