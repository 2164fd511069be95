"""Memory: what is no longer needed goes back to the system, or a service that runs for weeks grows.

glibc keeps what is freed, in up to eight arenas for each core, every one with holes of its own. Two are enough for as
many answers as are made at once. On a system without these calls nothing is done.
"""

import ctypes
import gc
import sys

_ARENA_MAX = -8
"""`M_ARENA_MAX` of `malloc.h`."""
_ARENAS = 2


def share_arenas() -> None:
    """Let the threads that are yet to begin share a few arenas."""
    _call("mallopt", _ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Let go of the circular garbage of late, and give what is free back to the system: some milliseconds."""
    gc.collect(1)
    _call("malloc_trim", 0)


def _call(name: str, *given: int) -> None:
    if sys.platform == "linux" and (function := getattr(ctypes.CDLL(None), name, None)):
        function(*given)
