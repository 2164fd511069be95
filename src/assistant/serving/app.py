"""The HTTP service: one answer behind several doors. No question is written to any log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from assistant import __doc__ as summary
from assistant.serving.completions import add_completions
from assistant.serving.counts import keep_counts
from assistant.serving.dialects import add_dialects
from assistant.serving.doors import add_doors
from assistant.serving.feedback import add_feedback
from assistant.serving.guard import add_guard
from assistant.serving.mcp_door import add_mcp
from assistant.serving.pages import add_pages
from assistant.serving.problems import BodyLimit, handle_errors
from assistant.serving.service import Service, watch_index
from assistant.serving.sites import AllowedSites
from assistant.serving.staff import add_staff
from assistant.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Make the service. The index is loaded when it starts; without one it lives, and says that it is not ready.

    Raises:
        SettingsError: a setting names staff keys or a place for counts that cannot be used.
    """
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(watch_index(service))
        keeper = asyncio.create_task(keep_counts(service.counts))
        yield
        watcher.cancel()
        keeper.cancel()
        service.counts.save()
        service.line.close()
        await app.state.rates.close()

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
    add_guard(app, service)
    app.add_middleware(AllowedSites, sites=settings.sites)  # around whatever refuses, within the security headers
    handle_errors(app)
    add_doors(app, service)
    add_dialects(app, service)
    add_completions(app, service)
    add_mcp(app, service)
    add_pages(app, service)
    add_feedback(app, service)
    add_staff(app, service)
    return app
