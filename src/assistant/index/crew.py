"""The crew: threads that encode, so that whoever asks can leave one behind that does not come back.

It tells a thread that hangs from one that is kept waiting by a busy machine. Must not know what is done then.
"""

import atexit
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from assistant.index.encoder import Vectors

Encode = Callable[[str], Vectors]

_SLICE = 0.005  # seconds; waiting is counted in these
_PATIENCE = 8
"""Slices in which the thread that encodes may sleep, one after the other: it has nothing to wait for, so it hangs."""
_SPINNING = 0.5
"""Seconds of a processor's time that one text may take: some ten times what the longest takes."""
_LONGEST = 5.0
"""Seconds that one text may take, however busy the machine is."""
_LONGEST_UNSEEN = 1.0
"""The same where the system does not tell what a thread does."""


class HungError(Exception):
    """No text was finished in time."""


class _Job:
    """One text to encode."""

    __slots__ = ("done", "error", "text", "thread", "vector")

    def __init__(self, text: str) -> None:
        self.text = text
        self.vector: Vectors | None = None
        self.error: Exception | None = None
        self.thread = 0
        """The system's number of the thread that has begun with it."""
        self.done = threading.Lock()
        self.done.acquire()


class _Bench:
    """Where threads wait for work; it outlives its crew until the last of them has gone."""

    def __init__(self) -> None:
        self.idle: deque[SimpleQueue[_Job | None]] = deque()
        self.dismissed = False
        self.working: set[int] = set()
        atexit.register(self.rest)

    def dismiss(self) -> None:
        """Let every thread go, as soon as it is idle."""
        self.dismissed = True
        atexit.unregister(self.rest)
        while self.idle:
            self.idle.pop().put(None)

    def rest(self) -> None:
        """Wait a moment for what is being encoded: one that came back into an ended interpreter would abort it."""
        end = time.monotonic() + 2 * _SPINNING
        while self.working and time.monotonic() < end:
            time.sleep(_SLICE)


def _work(tasks: "SimpleQueue[_Job | None]", bench: _Bench, encode: Encode) -> None:
    while (job := tasks.get()) is not None:
        bench.working.add(id(tasks))
        job.thread = threading.get_native_id()
        try:
            job.vector = encode(job.text)
        except Exception as error:
            job.error = error
        bench.working.discard(id(tasks))
        job.done.release()
        del job
        bench.idle.append(tasks)
        if bench.dismissed:
            bench.dismiss()


def _seen(thread: int) -> tuple[bool, float] | None:
    """Say whether a thread runs or would if it could, and the seconds it has run; None where the system does not tell.

    A thread that waits for a processor counts as running: a busy machine is not the encoder's fault.
    """
    try:
        folder = Path(f"/proc/self/task/{thread}")
        state = folder.joinpath("stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
        return state == "R", int(folder.joinpath("schedstat").read_text("ascii").split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


class Crew:
    """Threads that encode with one loaded model: as many as texts at a time, and never one in another's way."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._bench = _Bench()
        weakref.finalize(self, self._bench.dismiss)

    def encode(self, text: str) -> Vectors:
        """Encode a text, or raise `HungError` when the thread that should does nothing, or does it for ever.

        The clock alone tells nothing: on a busy machine a thread that is well may be kept waiting for long.
        """
        job, bench = _Job(text), self._bench
        try:
            tasks = bench.idle.pop()
        except IndexError:
            tasks = SimpleQueue()
            threading.Thread(target=_work, args=(tasks, bench, self._encode), name="encoder", daemon=True).start()
        tasks.put(job)
        if not job.done.acquire(timeout=_SLICE):
            _wait_for(job)
        if job.error is not None or job.vector is None:
            raise job.error or HungError("it does not answer")
        return job.vector


def _wait_for(job: _Job) -> None:
    started = before = time.monotonic()
    first = last = _seen(job.thread)
    asleep = 0
    while not job.done.acquire(timeout=_SLICE):
        now = time.monotonic()
        # Who was itself kept from running learns nothing about the other.
        on_time, before = now - before < 1.5 * _SLICE, now
        seen = _seen(job.thread)
        if first is None or last is None or seen is None:
            first = last = seen
            if now - started > _LONGEST_UNSEEN:
                raise HungError("it does not answer")
            continue
        is_awake = seen[0] or seen[1] > last[1]
        asleep = 0 if is_awake else asleep + on_time
        last = seen
        if asleep >= _PATIENCE or seen[1] - first[1] > _SPINNING or now - started > _LONGEST:
            raise HungError("it does not answer")
