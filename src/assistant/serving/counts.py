"""Counts: what the library did not answer, and what readers thought of its answers, by name and never by question.

A name counted is one that the library or the lexicon holds, or `OTHER`; no word of a question, no time and nobody is
kept beside it. Groups of fewer than `LEAST` are never shown, and larger ones in whole tens: nothing shown can be traced
to one person. Must not see a question's text.
"""

import asyncio
import fcntl
import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from assistant.errors import SettingsError

_LOG = logging.getLogger("assistant")
LEAST = 10
"""Asks, or verdicts: the smallest group that is shown, and the step in which larger ones are."""
OTHER = "other"
Verdict = Literal["helpful", "not_helpful", "wrong"]
Key = tuple[str, ...]
Json = dict[str, Any]
_FORMAT = 1
_MOST_GROUPS = 5_000  # of either table; what comes after them counts under OTHER
_LARGEST_FILE = 4_000_000  # bytes
_LONGEST_NAME = 200  # characters
_SAVE_EVERY = 60.0  # seconds; a file that changed with every ask would tell when each came
_WIDTHS = {"gaps": 2, "feedback": 3}
"""How many names a key of each table has: subject and section; entry, section or status, and verdict."""


class Counts:
    """Two tables of numbers, in memory and, where a file is named, kept in it; several processes may share the file."""

    def __init__(self, file: Path | None = None, today: date | None = None) -> None:
        """Begin, with what the file holds.

        A file that cannot be understood is put aside under another name, and counting begins again.

        Raises:
            SettingsError: the folder of the file is missing, or the file cannot be read or put aside.
        """
        self._file = file
        self._kept = _Tables((today or date.today()).isoformat())
        self._new = {name: Counter[Key]() for name in _WIDTHS}
        self._lock, self._saving = threading.Lock(), threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._told = ""
        if file is not None:
            if not file.absolute().parent.is_dir():
                raise SettingsError(f"the folder of the counts {file} is not there; make it, or name another place")
            self._refresh()

    @property
    def since(self) -> str:
        """The day on which counting began."""
        return self._kept.since

    def add_gap(self, subjects: Iterable[str], section: str) -> None:
        """Count one question that was not answered, under each subject it was about."""
        self._add("gaps", [(subject, section) for subject in subjects])

    def add_verdict(self, verdict: Verdict, places: Iterable[tuple[str, str]]) -> None:
        """Count one verdict, under each (entry, section) that was quoted, or (`OTHER`, status)."""
        self._add("feedback", [(*place, verdict) for place in places])

    def gaps(self, names: Collection[str]) -> Json:
        """Return what was not answered, the most first, in groups large enough.

        Args:
            names: the subjects that the library and the lexicon hold now; any other counts under `OTHER`.
        """
        found = self._merged("gaps", names)
        both, subjects, sections = Counter(found), Counter[Key](), Counter[Key]()
        for (subject, section), count in found.items():
            subjects[(subject,)] += count
            sections[(section,)] += count
        return {
            "since": self.since,
            "least": LEAST,
            "groups": _shown(both, ("subject", "section")),
            "subjects": _shown(subjects, ("subject",)),
            "sections": _shown(sections, ("section",)),
        }

    def feedback(self, entries: Collection[str]) -> Json:
        """Return the verdicts, the most first, in groups large enough; those on entries no longer served as `OTHER`."""
        found = self._merged("feedback", entries)
        totals = Counter[Key]()
        for key, count in found.items():
            totals[key[2:]] += count
        return {
            "since": self.since,
            "least": LEAST,
            "groups": _shown(found, ("entry", "section", "verdict")),
            "verdicts": _shown(totals, ("verdict",)),
        }

    def save(self) -> None:
        """Add what was counted to the file, whole or not at all; a failure is logged once, and counting goes on."""
        if self._file is None:
            return
        with self._saving:
            with self._lock:
                added = {name: Counter(table) for name, table in self._new.items() if table}
            if not added:
                return
            try:
                with _alone(self._file):
                    held = self._read(self._file) or _Tables(self.since)
                    for name, table in added.items():
                        held.tables[name].update(table)
                    _write(self._file, held)
                    stamp = _stamp_of(self._file)
            except (OSError, SettingsError) as error:
                self._tell(f"the counts cannot be kept in {self._file} ({error}); they go on in memory")
                return
            with self._lock:
                self._kept, self._stamp, self._told = held, stamp, ""
                for name, table in added.items():
                    self._new[name] -= table

    def _add(self, name: str, keys: Iterable[Key]) -> None:
        with self._lock:
            kept, new = self._kept.tables[name], self._new[name]
            for key in dict.fromkeys(keys):
                is_known = key in kept or key in new
                full = (not is_known and len(kept) + len(new) >= _MOST_GROUPS) or max(map(len, key)) > _LONGEST_NAME
                new[(OTHER, OTHER, *key[2:]) if full else key] += 1

    def _merged(self, name: str, names: Collection[str]) -> Counter[Key]:
        """Return a table with what other processes have kept since, under names that are held now."""
        try:
            self._refresh()
        except SettingsError as error:
            self._tell(str(error))
        with self._lock:
            held = [*self._kept.tables[name].items(), *self._new[name].items()]
        found = Counter[Key]()
        for (first, *rest), count in held:
            found[(first if first in names else OTHER, *rest)] += count
        return found

    def _refresh(self) -> None:
        """Read the file again if it has changed."""
        if self._file is None or _stamp_of(self._file) == self._stamp:
            return
        with self._saving:
            stamp = _stamp_of(self._file)
            held = self._read(self._file)
            with self._lock:
                self._kept, self._stamp = held or _Tables(date.today().isoformat()), stamp

    def _read(self, file: Path) -> "_Tables | None":
        """Return what the file holds; None when there is none, or when it was put aside.

        Raises:
            SettingsError: it cannot be read or put aside.
        """
        try:
            with file.open("rb") as opened:
                data = opened.read(_LARGEST_FILE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SettingsError(f"the counts {file} cannot be read ({error.strerror}); mend its rights") from None
        try:
            if len(data) > _LARGEST_FILE:
                raise ValueError("too large")
            return _understood(json.loads(data))
        except (ValueError, KeyError, TypeError, RecursionError):
            aside = file.with_name(f"{file.name}.broken")
            try:
                file.replace(aside)
            except OSError as error:
                raise SettingsError(
                    f"the counts {file} are broken and cannot be put aside ({error.strerror})"
                ) from None
            _LOG.error(
                "the counts %s cannot be understood; they are kept as %s, and counting begins again", file, aside
            )
            return None

    def _tell(self, message: str) -> None:
        if message != self._told:
            self._told = message
            _LOG.error("%s", message)


async def keep_counts(counts: Counts) -> None:
    """Save the counts every minute."""
    while True:
        await asyncio.sleep(_SAVE_EVERY)
        await asyncio.to_thread(counts.save)


@dataclass(slots=True)
class _Tables:
    """What a file holds."""

    since: str
    tables: dict[str, Counter[Key]] = field(default_factory=lambda: {name: Counter() for name in _WIDTHS})


def _understood(data: Any) -> _Tables:  # noqa: ANN401  whatever the file held
    """Return what a file of counts holds.

    Raises:
        ValueError, KeyError, TypeError: it is not one.
    """
    if data["format"] != _FORMAT:
        raise ValueError("of another format")
    held = _Tables(date.fromisoformat(data["since"]).isoformat())
    for name, width in _WIDTHS.items():
        if len(data[name]) > 2 * _MOST_GROUPS:  # of two processes that filled it at once
            raise ValueError("too many groups")
        for *key, count in data[name]:
            well = all(isinstance(each, str) and 0 < len(each) <= _LONGEST_NAME for each in key) and len(key) == width
            if not well or type(count) is not int or not 0 < count < 10**12:
                raise ValueError("not a count")
            held.tables[name][tuple(key)] += count
    return held


def _write(file: Path, held: _Tables) -> None:
    """Write a file whole, for its owner alone: its numbers may be smaller than those that are shown."""
    data: Json = {"format": _FORMAT, "since": held.since}
    data |= {name: sorted([*key, count] for key, count in table.items()) for name, table in held.tables.items()}
    beside = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(json.dumps(data, ensure_ascii=False, indent=0).encode())
        opened.flush()
        os.fsync(opened.fileno())
    beside.replace(file)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Hold the folder of a file, so that of several processes one writes at a time."""
    folder = os.open(file.absolute().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _stamp_of(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _shown(table: Counter[Key], names: tuple[str, ...]) -> list[Json]:
    """Return the groups that are large enough, the largest first, equal ones by name, each count in whole tens."""
    tens = [(key, count - count % LEAST) for key, count in table.items() if count >= LEAST]
    return [
        {**dict(zip(names, key, strict=True)), "at_least": count}
        for key, count in sorted(tens, key=lambda each: (-each[1], each[0]))
    ]
