"""Sessions: one process of a contender, asked line by line, whatever it does.

Every way in which it can fail ends in a `PeerError` of one line: it ends, gives no answer in time, says what is no
answer, or names a document that it was never given.
"""

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.peers.contenders import Contender
from eval.peers.environments import surroundings
from eval.speed import resident_of


class PeerError(Exception):
    """A contender failed; says how on one line."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, with what it took."""

    seconds: float
    processor: float
    """Seconds of processor time, of all its threads; so `lived`, since the process started."""
    lived: float
    found: tuple[str, ...] = ()


class Session:
    """A running contender."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path, patience: float) -> None:
        self._process, self._errors, self._patience = process, errors, patience
        self._started = time.perf_counter()
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError):  # closed while it was read
            for line in self._process.stdout or ():
                self._lines.put(line)
        self._lines.put("")

    @property
    def age(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self._started

    @property
    def resident(self) -> float:
        """MiB that the process holds in memory; NaN where it cannot be told."""
        return resident_of(self._process.pid)

    def ask(self, asked: Mapping[str, object]) -> Said:
        """Have one thing done.

        Raises:
            PeerError: it is not.
        """
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(asked) + "\n")
                self._process.stdin.flush()
            line = self._lines.get(timeout=self._patience)
        except OSError:
            line = ""
        except queue.Empty:
            raise PeerError(f"gave no answer to {asked['do']!r} in {self._patience:g} s") from None
        if not line:
            raise PeerError(f"ended at {asked['do']!r} with exit code {self._process.wait()}{self._last_words()}")
        try:
            said: dict[str, Any] = json.loads(line)
            if "error" in said:
                raise PeerError(f"failed at {asked['do']!r}: {said['error']}")
            found = tuple(said.get("found", ()))
            if not all(isinstance(each, str) for each in found):
                raise TypeError
            return Said(float(said["seconds"]), float(said["processor"]), float(said["lived"]), found)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise PeerError(f"said to {asked['do']!r} what is no answer: {line.strip()[:80]!r}") from None

    def _last_words(self) -> str:
        lines = self._errors.read_text("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f" ({last[:160]})" if last else ""


@contextlib.contextmanager
def session(contender: Contender, python: Path, *, patience: float) -> Iterator[Session]:
    """Start a contender and end it afterwards.

    Args:
        contender: what to run.
        python: the interpreter that runs it.
        patience: seconds that one answer may take.
    """
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "stderr"
        with (
            errors.open("wb") as stderr,
            subprocess.Popen(  # noqa: S603  our own script
                [str(python), "-P", str(contender.script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                env=surroundings(contender),
            ) as process,
        ):
            try:
                yield Session(process, errors, patience)
            finally:
                process.kill()
