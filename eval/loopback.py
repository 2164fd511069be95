"""Loopback: an application served for real on this machine's own address, for as long as it is needed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

_PATIENCE = 30.0
"""Seconds for starting, and for stopping."""


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port, and yield its address, which ends in a slash.

    Raises:
        TimeoutError: it did not start in time.
    """
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False, server_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + _PATIENCE
        while not server.started:
            if time.monotonic() > end:
                raise TimeoutError(f"the application did not start in {_PATIENCE:.0f} s")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
