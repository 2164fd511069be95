"""Counts: what the library did not answer, and what readers thought of its answers, by name and never by question.

A name counted is one that the library or the lexicon holds, or `OTHER`; no word of a question, no time and nobody is
kept beside it. Groups of fewer than `LEAST` are never shown, and larger ones in whole tens: nothing shown can be traced
to one person. Must not see a question's text.
"""

import asyncio
import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Collection, Iterable
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
    """Two tables of numbers, in memory and, where a file is named, kept in it."""

    def __init__(self, file: Path | None = None, today: date | None = None) -> None:
        """Begin, with what the file holds.

        A file that cannot be understood is put aside under another name, and counting begins again.

        Raises:
            SettingsError: the folder of the file is missing, or the file cannot be read or put aside.
        """
        self.since = (today or date.today()).isoformat()
        self._file = file
        self._tables: dict[str, Counter[Key]] = {name: Counter() for name in _WIDTHS}
        self._lock, self._saving = threading.Lock(), threading.Lock()
        self._changed = False
        self._told = ""
        if file is not None:
            self._read(file)

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
        """Write the file anew, whole or not at all, if anything was counted; a failure is logged once and no more."""
        with self._lock:
            if self._file is None or not self._changed:
                return
            data: Json = {"format": _FORMAT, "since": self.since}
            data |= {
                name: sorted([*key, count] for key, count in table.items()) for name, table in self._tables.items()
            }
            self._changed = False
            self._saving.acquire()
        beside = self._file.with_name(f"{self._file.name}.new")
        try:
            # For its owner alone: its numbers may be smaller than those that are shown.
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
                opened.write(json.dumps(data, ensure_ascii=False, indent=0).encode())
                opened.flush()
                os.fsync(opened.fileno())
            beside.replace(self._file)
            self._told = ""
        except OSError as error:
            self._changed = True
            self._tell(f"the counts cannot be kept in {self._file} ({error.strerror}); they go on in memory")
        finally:
            self._saving.release()

    def _add(self, name: str, keys: Iterable[Key]) -> None:
        with self._lock:
            table = self._tables[name]
            for key in dict.fromkeys(keys):
                full = (key not in table and len(table) >= _MOST_GROUPS) or max(map(len, key)) > _LONGEST_NAME
                table[(OTHER, OTHER, *key[2:]) if full else key] += 1
                self._changed = True

    def _merged(self, name: str, names: Collection[str]) -> Counter[Key]:
        with self._lock:
            held = list(self._tables[name].items())
        found = Counter[Key]()
        for (first, *rest), count in held:
            found[(first if first in names else OTHER, *rest)] += count
        return found

    def _read(self, file: Path) -> None:
        if not file.absolute().parent.is_dir():
            raise SettingsError(f"the folder of the counts {file} is not there; make it, or name another place")
        try:
            with file.open("rb") as opened:
                data = opened.read(_LARGEST_FILE + 1)
        except FileNotFoundError:
            return
        except OSError as error:
            raise SettingsError(f"the counts {file} cannot be read ({error.strerror}); mend its rights") from None
        try:
            if len(data) > _LARGEST_FILE:
                raise ValueError("too large")
            self.since, tables = _understood(json.loads(data))
            self._tables = tables
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

    def _tell(self, message: str) -> None:
        if message != self._told:
            self._told = message
            _LOG.error("%s", message)


async def keep_counts(counts: Counts) -> None:
    """Save the counts every minute."""
    while True:
        await asyncio.sleep(_SAVE_EVERY)
        await asyncio.to_thread(counts.save)


def _understood(data: Any) -> tuple[str, dict[str, Counter[Key]]]:  # noqa: ANN401  whatever the file held
    """Return since when, and the tables that a file holds.

    Raises:
        ValueError, KeyError, TypeError: it is not a file of counts.
    """
    if data["format"] != _FORMAT:
        raise ValueError("of another format")
    tables: dict[str, Counter[Key]] = {}
    for name, width in _WIDTHS.items():
        table = tables[name] = Counter()
        if len(data[name]) > _MOST_GROUPS + len(_WIDTHS) * LEAST:
            raise ValueError("too many groups")
        for *key, count in data[name]:
            well = all(isinstance(each, str) and 0 < len(each) <= _LONGEST_NAME for each in key) and len(key) == width
            if not well or type(count) is not int or not 0 < count < 10**12:
                raise ValueError("not a count")
            table[tuple(key)] += count
    return date.fromisoformat(data["since"]).isoformat(), tables


def _shown(table: Counter[Key], names: tuple[str, ...]) -> list[Json]:
    """Return the groups that are large enough, the largest first, equal ones by name, each count in whole tens."""
    tens = [(key, count - count % LEAST) for key, count in table.items() if count >= LEAST]
    return [
        {**dict(zip(names, key, strict=True)), "at_least": count}
        for key, count in sorted(tens, key=lambda each: (-each[1], each[0]))
    ]
