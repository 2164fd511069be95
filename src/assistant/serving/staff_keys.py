"""Staff keys: made once, kept only as hashes in a file, and compared in constant time.

A key names its line by an id that is no secret, so that one guess costs one hash at most and a stranger's guess none.
A line taken out of the file lets nobody in from then on. No key is ever written to a log.
"""

import hashlib
import hmac
import logging
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import AssistantError, SettingsError

_LOG = logging.getLogger("assistant")
_KEY = re.compile(r"staff_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_LINE = re.compile(r"scrypt:(\d{1,6}):(\d{1,2}):(\d):([0-9a-f]{8}):([0-9a-f]{32}):([0-9a-f]{64})")
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
"""Of scrypt: 16 MiB and some 50 ms a hash. A key has 256 bits of chance, so that no guess is ever near."""
_MOST_COST = 2**15
_LARGEST_FILE = 65_536  # bytes
_MOST_FAILURES = 10  # that cost a hash, within `_WITHIN`
_WITHIN = 60.0  # seconds


class TooManyFailuresError(AssistantError):
    """Too many wrong keys were tried; `seconds` says when the next may be."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong keys were tried; wait {seconds} s and try again")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of the keys file: who may enter, by a hash that opens nothing."""

    id: str
    cost: int
    block: int
    parallel: int
    salt: bytes
    digest: bytes

    def matches(self, key: str) -> bool:
        """Whether a key is the one that this line was made for, in constant time."""
        return hmac.compare_digest(_hashed(key, self.salt, self.cost, self.block, self.parallel), self.digest)


def new_key() -> tuple[str, str]:
    """Make a key and the line that lets it in. The key cannot be made out from the line."""
    name, salt = secrets.token_hex(4), secrets.token_bytes(16)
    key = f"staff_{name}_{secrets.token_urlsafe(32)}"
    digest = _hashed(key, salt, _COST, _BLOCK, _PARALLEL)
    return key, f"scrypt:{_COST}:{_BLOCK}:{_PARALLEL}:{name}:{salt.hex()}:{digest.hex()}"


def read_keys(file: Path) -> dict[str, KeyLine]:
    """Read a keys file: one line a key; empty lines and those that begin with # count for nothing.

    Returns:
        The lines by their ids.

    Raises:
        SettingsError: the file cannot be read, or a line is not one that `assistant staff-key` makes.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST_FILE + 1)
        text = data.decode("utf-8")
    except OSError as error:
        raise SettingsError(f"the staff keys {file} cannot be read ({error.strerror}); see docs/staff.md") from None
    except UnicodeDecodeError:
        raise SettingsError(f"the staff keys {file} are not text; see docs/staff.md") from None
    if len(data) > _LARGEST_FILE:
        raise SettingsError(f"the staff keys {file} have more than {_LARGEST_FILE:,} bytes; take old keys out")
    found: dict[str, KeyLine] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        cost = int(match[1]) if match else 0
        # Not the line itself: somebody may have pasted the key.
        if match is None or not (2 <= cost <= _MOST_COST and cost & (cost - 1) == 0 and 1 <= int(match[2]) <= _BLOCK):
            raise SettingsError(f"{file}:{number}: not a line of `assistant staff-key`; copy it whole, or take it out")
        if match[4] in found or match[3] != "1":
            raise SettingsError(f"{file}:{number}: this key stands there twice; take one of the two lines out")
        salt, digest = bytes.fromhex(match[5]), bytes.fromhex(match[6])
        found[match[4]] = KeyLine(match[4], cost, int(match[2]), 1, salt, digest)
    return found


class StaffKeys:
    """The keys that are let in, read anew whenever their file changes."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file.

        Raises:
            SettingsError: as `read_keys` does.
        """
        self._file = file
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._known: dict[str, tuple[KeyLine, bytes]] = {}
        self._failed: deque[float] = deque()
        self._hashing = threading.Lock()
        self._seen = self._stamp()
        self._lines = read_keys(file)

    def check(self, key: str) -> KeyLine | None:
        """Return the line of a key that is let in, else None.

        A key that has been checked before costs no hash again, nor does one whose id stands in no line.

        Raises:
            TooManyFailuresError: wrong keys have cost too many hashes of late; keys checked before still enter.
        """
        match = _KEY.fullmatch(key)
        line = self.lines().get(match[1]) if match else None
        if line is None:
            return None
        mark = hmac.digest(self._secret, key.encode(), "sha256")
        known = self._known.get(line.id)
        if known is not None and known[0] == line and hmac.compare_digest(known[1], mark):
            return line
        with self._hashing:
            now = self._clock()
            while self._failed and self._failed[0] <= now - _WITHIN:
                self._failed.popleft()
            if len(self._failed) >= _MOST_FAILURES:
                raise TooManyFailuresError(max(1, int(self._failed[0] + _WITHIN - now + 1)))
            if not line.matches(key):
                self._failed.append(now)
                return None
            self._known[line.id] = (line, mark)
        return line

    def holds(self, line: KeyLine) -> bool:
        """Whether a line still stands in the file."""
        return self.lines().get(line.id) == line

    def lines(self) -> dict[str, KeyLine]:
        """Return the lines as the file has them now; none when it can no longer be read."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._lines = read_keys(self._file)
            except SettingsError as error:
                _LOG.error("nobody is let in to the staff desk: %s", error)
                self._lines = {}
        return self._lines

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _hashed(key: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(key.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=2**27, dklen=32)
