"""The command for programs that start this one and talk to it on standard input and output."""

import argparse
import asyncio

from assistant.settings import Settings


def serve_mcp(options: argparse.Namespace, settings: Settings) -> int:
    """Offer the library's tools over the Model Context Protocol until the client leaves."""
    from assistant.answering.reply import Desk
    from assistant.serving.mcp_server import serve_stdio
    from assistant.serving.service import Service, watch_index

    service = Service(settings)

    async def ready() -> Desk:
        if service.desk is None:
            await asyncio.to_thread(service.load)
        return service.ready()

    async def serve() -> None:
        watcher = asyncio.create_task(watch_index(service))
        try:
            await serve_stdio(ready)
        finally:
            watcher.cancel()

    asyncio.run(serve())
    return 0
