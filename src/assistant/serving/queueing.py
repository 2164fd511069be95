"""The line: the one place through which every door answers.

Answering is work for the processor, so as many threads answer as there are cores, and what comes meanwhile waits in one
bounded line, first come, first served. A line in which the last would wait longer than a second overflows: it is cut
down to what can be answered within a seventh of a second, and what comes on top is refused at once. So under any load
some are answered quickly, and none wait in vain. Whoever goes away loses the place. Knows nothing of HTTP.
"""

import asyncio
import math
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

from assistant.answering.answer import Answer
from assistant.errors import BusyError
from assistant.serving.turns import Turns

Result = TypeVar("Result")
Given = TypeVarTuple("Given")
MOST_WAITING = 256
"""In line, at most, however quickly they are answered."""
_ALWAYS_FIT = 200
"""In line, however slowly they are answered: clients that wait for their answers before they ask again all fit."""
_LONG_WAIT = 1.0
"""Seconds that the last in a longer line waits when it overflows."""
PATIENCE = 30.0
"""Seconds that one may wait and be worked for, together."""
_SHORT_WAIT = 0.15
"""Seconds that the last in line waits while there is more than can be answered."""
_JUDGED_EVERY = 3.0
"""Seconds; the line is let grow again after a time in which hardly any were refused."""
_HARDLY_ANY = 0.1
"""Refused, to those answered."""
_TURN = 0.002
"""Seconds that a thread which answers keeps the interpreter from the one that refuses; a refusal waits for some."""
gone: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("gone", default=None)
"""Waits until whoever asks has gone away; None where that cannot be known."""


class _Place:
    """One's place in the line, from joining it to leaving it."""

    __slots__ = ("cut", "task")

    def __init__(self, task: "Future[Any]") -> None:
        self.task = task
        self.cut = False


class Line:
    """Threads that answer, and the line before them. Joined from the event loop only."""

    def __init__(
        self, workers: int | None = None, most_waiting: int = MOST_WAITING, patience: float = PATIENCE
    ) -> None:
        """Make a line.

        Args:
            workers: threads; as many as cores, and at least two, when None: one question that hangs must not stop all.
            most_waiting: how many may wait before the line counts as overflowing; fewer where they would wait long.
            patience: seconds that one may wait and be worked for, together.
        """
        self.workers = workers or max(2, os.cpu_count() or 1)
        self.most_waiting = most_waiting
        self.patience = patience
        self.listeners: list[Callable[[Answer], None]] = []
        """Told of every answer, whatever door it leaves by."""
        self.coming = 0
        """Questions let through to it by a connection while it overflows, and not yet answered."""
        self.done = 0
        """Pieces of work done since the start."""
        self.refused: Counter[str] = Counter(full=0, late=0, gone=0)
        """Refused since the start: the line was full, the wait too long, or whoever asked had gone."""
        self.turns = Turns()
        """How long the threads that answer keep the interpreter from those that do not."""
        self._pool: ThreadPoolExecutor | None = None
        self._inside: dict[_Place, None] = {}
        self._seconds = 0.02
        """What a piece of work takes, a moving average."""
        self.overflown = False
        """The line was full, and is kept short until hardly any are refused."""
        self._judged_at = 0.0
        self._refused_then = self._done_then = 0

    @property
    def working(self) -> int:
        """How many are being worked for."""
        return min(self.workers, len(self._inside))

    @property
    def waiting(self) -> int:
        """How many wait in line."""
        return max(0, len(self._inside) - self.workers)

    def admit(self, *, coming: bool = False) -> None:
        """Let one more join, or refuse.

        Args:
            coming: it has yet to come, so that those who were let through before may not have joined either.

        Raises:
            BusyError: the line is full.
        """
        if self.overflown:
            self._judge()
        if self.waiting >= (self._short if self.overflown else self._long) or (
            self.overflown and coming and self.coming >= self._short + self.workers
        ):
            if not self.overflown:
                self._overflow()
            self.refused["full"] += 1
            raise BusyError("More is asked than can be answered now.", self._retry_after())

    async def run(self, work: Callable[[*Given], Result], *given: *Given) -> Result:
        """Do a piece of work when its turn comes, in a thread, and return what it returns; raise what it raises.

        Raises:
            BusyError: the line is full, or it took too long.
        """
        self.admit()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.workers, "answering")
        place = _Place(self._pool.submit(partial(self._timed, work, *given)))
        self._inside[place] = None
        made = asyncio.wrap_future(place.task)
        # Only whoever waits is watched: an answer at hand is there before anyone has gone.
        watching = gone.get() if self.waiting else None
        leaving = asyncio.ensure_future(watching()) if watching else None
        try:
            await asyncio.wait(
                {made, leaving} if leaving else {made}, timeout=self.patience, return_when="FIRST_COMPLETED"
            )
            if made.done() and not made.cancelled():
                self.done += 1
                result: Result = made.result()
                if isinstance(result, Answer):
                    for listener in self.listeners:
                        listener(result)
                return result
            reason = "full" if place.cut else "gone" if leaving and leaving.done() else "late"
            self.refused[reason] += 1
            raise BusyError("It could not be answered in time.", self._retry_after())
        finally:
            made.cancel()
            if leaving:
                leaving.cancel()
            del self._inside[place]

    def close(self) -> None:
        """Let the threads end, once what they work at is done; a piece of work after this starts new ones."""
        self._recover()
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _timed(self, work: Callable[[*Given], Result], *given: *Given) -> Result:
        started = time.perf_counter()
        try:
            return work(*given)
        finally:
            self._seconds += 0.05 * (time.perf_counter() - started - self._seconds)

    @property
    def _short(self) -> int:
        return min(self.most_waiting, max(self.workers, int(self.workers * _SHORT_WAIT / self._seconds)))

    @property
    def _long(self) -> int:
        return min(self.most_waiting, max(_ALWAYS_FIT, int(self.workers * _LONG_WAIT / self._seconds)))

    def _retry_after(self) -> int:
        return max(1, math.ceil(len(self._inside) * self._seconds / self.workers))

    def _overflow(self) -> None:
        """Begin to keep the line short: the last to join stay, for they have waited least."""
        self.overflown = True
        self.turns.shorten("refusing", _TURN)
        self._begin_judging()
        for place in list(self._inside)[: -self._short]:
            place.cut = place.task.cancel()

    def _judge(self) -> None:
        if time.monotonic() >= self._judged_at:
            if self.refused["full"] - self._refused_then <= _HARDLY_ANY * (self.done - self._done_then):
                self._recover()
            self._begin_judging()

    def _recover(self) -> None:
        self.overflown = False
        self.turns.leave_off("refusing")

    def _begin_judging(self) -> None:
        self._judged_at = time.monotonic() + _JUDGED_EVERY
        self._refused_then, self._done_then = self.refused["full"], self.done
