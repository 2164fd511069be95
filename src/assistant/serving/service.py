"""The service: the desk that answers, loaded, and taken up anew whenever a snapshot is published."""

import asyncio
import gc
import logging
import threading

from assistant.answering.reply import Desk, open_desk
from assistant.errors import AssistantError, SnapshotError
from assistant.index.snapshot import current_id, load_snapshot
from assistant.serving.queueing import Line
from assistant.settings import Settings

_LOG = logging.getLogger("assistant")
_RELOAD_EVERY = 5.0  # seconds; a withdrawn entry must be gone within 60 of the build that drops it


class Service:
    """The desk that answers, replaced whole when a new snapshot is published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk: Desk | None = None
        self.line = Line()
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


async def watch_index(service: Service) -> None:
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
