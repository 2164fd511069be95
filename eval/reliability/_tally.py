"""The tally: what was tried and what failed, as it is printed, and what processes cost."""

import resource
import sys
from dataclasses import dataclass, field

from eval.intervals import share

_SHOWN = 10


@dataclass
class Tally:
    """Trials of one promise."""

    promise: str
    trials: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, failure: str = "") -> None:
        """Count a trial, and what went wrong in it."""
        self.trials += 1
        if failure:
            self.failures.append(failure)

    def __str__(self) -> str:
        return f"{self.promise}: broken in {share(len(self.failures), self.trials)}"


def finish(*tallies: Tally) -> int:
    """Print tallies and their first failures, and return the exit code."""
    for tally in tallies:
        print(tally, flush=True)
        for failure in tally.failures[:_SHOWN]:
            print(f"  {failure}")
    return int(any(tally.failures for tally in tallies))


def progress(done: int, total: int, every: int) -> None:
    """Say on stderr how far it is, now and then."""
    if done % every == 0:
        print(f"{done} of {total}", file=sys.stderr, flush=True)


def processor_of_children() -> float:
    """Return the seconds of processor time, user and system, of all processes that ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
