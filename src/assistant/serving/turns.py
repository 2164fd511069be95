"""Turns: how long one thread keeps the interpreter while others wait for it.

The thread that reads and refuses gives the interpreter up at each read and write, and waits a turn of those that answer
to have it back; so turns are shortened while much is refused, and while a snapshot is loaded beside the answering. They
are one setting of the whole process: whoever asks for the shortest has it. Must not know why.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Who asks for shorter turns, and how short. Safe to use from several threads."""

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}
        self._lock = threading.Lock()
        self._usual = 0.0

    def shorten(self, who: str, seconds: float) -> None:
        """Let turns last so many seconds at most, until `who` leaves off."""
        with self._lock:
            if not self._asked:
                self._usual = sys.getswitchinterval()
            self._asked[who] = seconds
            sys.setswitchinterval(min(self._usual, *self._asked.values()))

    def leave_off(self, who: str) -> None:
        """Take back what `who` asked for; without it nothing changes."""
        with self._lock:
            if self._asked.pop(who, None) is not None:
                sys.setswitchinterval(min(self._usual, *self._asked.values()) if self._asked else self._usual)

    @contextmanager
    def shortened(self, who: str, seconds: float) -> Iterator[None]:
        """Shorten turns within a block."""
        self.shorten(who, seconds)
        try:
            yield
        finally:
            self.leave_off(who)
