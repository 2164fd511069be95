"""Secrecy: a process that crashes leaves no copy of its memory, in which questions stand."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def leave_no_core() -> None:
    """Tell the system to write no core of this process, by any way it has.

    The limit alone does not do: Linux ignores it where cores are piped to a program. What cannot be dumped cannot be
    traced by others of the same user either. Where a system has neither, nothing is done.
    """
    try:
        import resource
    except ImportError:
        return  # Windows, which keeps none unless it is told to
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
