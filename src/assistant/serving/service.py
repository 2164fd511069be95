"""The service: the desk that answers, loaded, and taken up anew whenever a snapshot is published."""

import asyncio
import gc
import logging
import threading
import time

from assistant.answering.answer import Answer
from assistant.answering.reply import Desk, open_desk
from assistant.errors import AssistantError, EngineError, SnapshotError
from assistant.index.place import Place
from assistant.serving.counts import Counts
from assistant.serving.gaps import count_gap
from assistant.serving.memory import give_back
from assistant.serving.queueing import Line
from assistant.settings import Settings

_LOG = logging.getLogger("assistant")
_COLLECTED_AFTER = (20_000, 20, 100)
"""Objects made, and searches among the youngest and the young, before the next search for circular garbage: an answer
leaves next to none, and to look through a library of thousands of entries takes longer than ten answers."""
_RELOAD_EVERY = 5.0  # seconds; a withdrawn entry must be gone within 60 of the build that drops it
_GIVEN_BACK_EVERY = 60.0
"""Seconds between two times that free memory is given back."""

_TURN = 0.001
"""Seconds that the thread which loads keeps the interpreter from those that answer: a fifth of what is usual."""


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
                    gc.set_threshold(*_COLLECTED_AFTER)
                with self.line.turns.shortened("loading", _TURN):
                    snapshot = self._place.load(self.settings.encoder, before)
                    self.desk = open_desk(snapshot, self.settings.region)
                del before
                gc.collect()
                give_back()

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
    """Load what is published, now and whenever it changes, and give back the memory that is free."""
    told = ""
    given_back = time.monotonic()
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
        if time.monotonic() >= given_back + _GIVEN_BACK_EVERY:
            await asyncio.to_thread(give_back)
            given_back = time.monotonic()
        await asyncio.sleep(_RELOAD_EVERY if service.desk else 1.0)
