"""The service: the desk that answers, loaded, and taken up anew whenever a snapshot is published."""

import asyncio
import contextlib
import gc
import logging
import sys
import threading
from collections.abc import Iterator

from assistant.answering.answer import Answer
from assistant.answering.reply import Desk, open_desk
from assistant.errors import AssistantError, EngineError, SnapshotError
from assistant.index.place import Place
from assistant.serving.counts import Counts
from assistant.serving.gaps import count_gap
from assistant.serving.queueing import Line
from assistant.settings import Settings

_LOG = logging.getLogger("assistant")
_RELOAD_EVERY = 5.0  # seconds; a withdrawn entry must be gone within 60 of the build that drops it


@contextlib.contextmanager
def _giving_way() -> Iterator[None]:
    """Let the threads that answer have the interpreter five times as often as they would, while another loads."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 5)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class Service:
    """The desk that answers, replaced whole when a new snapshot is published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._place = Place(settings.index, settings.database)
        self.desk: Desk | None = None
        self.counts = Counts(settings.counts)
        self.line = Line()
        self.line.listeners.append(self._count)
        self._loading = threading.Lock()
        self.away: EngineError | None = None
        """Why the database that searches could not be reached when it was last looked for; None when it could."""

    def load(self) -> None:
        """Load the snapshot that serves, unless it is the one already loaded.

        Raises:
            AssistantError: it cannot be loaded; the one before goes on serving.
        """
        with self._loading:
            try:
                current = self._place.current_id()
            except EngineError as error:
                self.away = error
                raise
            self.away = None
            if self.desk is None or current != self.desk.snapshot.id:
                before = self.desk.snapshot if self.desk else None
                if before is None:
                    # What the program is made of stays: the search for circular garbage need not look through it.
                    gc.collect()
                    gc.freeze()
                with _giving_way():
                    snapshot = self._place.load(self.settings.encoder, before)
                    self.desk = open_desk(snapshot, self.settings.region)
                if before is not None:
                    del before
                    gc.collect()

    def _count(self, answer: Answer) -> None:
        if self.desk is not None:
            count_gap(self.counts, answer, self.desk)

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
