"""Staff sessions: what a browser holds in place of the key, for a short while. They end with the process."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant.serving.staff_keys import KeyLine

IDLE = 30 * 60.0  # seconds without a request
LONGEST = 8 * 3600.0  # seconds, a working day
_MOST = 1000


@dataclass(slots=True)
class _Session:
    line: KeyLine
    began: float
    used: float


class StaffSessions:
    """The sessions that are open, found by a digest: what lies in memory opens nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[bytes, _Session] = {}

    def open(self, line: KeyLine) -> str:
        """Open a session for a key and return its token; the one longest unused makes room when there are too many."""
        now = self._clock()
        self._open = {digest: each for digest, each in self._open.items() if not self._is_over(each, now)}
        if len(self._open) >= _MOST:
            del self._open[min(self._open, key=lambda digest: self._open[digest].used)]
        token = secrets.token_urlsafe(32)
        self._open[_digest(token)] = _Session(line, now, now)
        return token

    def find(self, token: str) -> KeyLine | None:
        """Return the line that a token's session was opened with, and keep the session; None when there is none."""
        session = self._open.get(_digest(token))
        now = self._clock()
        if session is None or self._is_over(session, now):
            self.close(token)
            return None
        session.used = now
        return session.line

    def close(self, token: str) -> None:
        """End a session."""
        self._open.pop(_digest(token), None)

    @staticmethod
    def _is_over(session: _Session, now: float) -> bool:
        return now - session.used > IDLE or now - session.began > LONGEST


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
