"""What the staff desk shows of the library itself: one unit in its place, entries past review, the lint's findings."""

import threading
from datetime import date
from pathlib import Path

from assistant.answering.companions import Companions
from assistant.answering.question import read_question
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.reply import Desk
from assistant.errors import AssistantError, LibraryError
from assistant.library.findings import Finding
from assistant.serving.citing import citations, own_label
from assistant.serving.staff_search import YEAR, days_since_review, role_of
from assistant.serving.wire import Json, entry_json, quote_json

_AROUND = 10
"""Units shown before and after one, within its section."""


def unit_json(desk: Desk, entry_id: str, number: int, base: str, today: date) -> Json:
    """Return one unit in its place, what would be quoted with it, and its citation in every format.

    Args:
        desk: the prepared snapshot.
        entry_id: its entry.
        number: its number there.
        base: the address of this service, without a slash at its end.
        today: what the review date is measured against.

    Raises:
        LibraryError: there is no such entry or unit.
    """
    library = desk.snapshot.library
    entry = library.entry(entry_id)
    if not 0 <= number < len(entry.units):
        raise LibraryError(f"entry {entry_id!r} has {len(entry.units)} units and no unit {number}")
    section = entry.section_of[number]
    place = quotable_range(entry, number) if entry.units[number].quotable else None
    quote = Quote(library, entry.id, *place, "answer") if place else None
    companions: list[Quote] = []
    if quote is not None:
        reading = read_question(entry.subjects[0] if entry.subjects else entry.title, [], desk.vocabulary)
        vector = desk.snapshot.guard.vector_of(quote.text)
        companions = Companions(desk.weigher.passages, reading, vector).of([quote])
    first, last = place or (number, number)
    shown = range(max(section.first, first - _AROUND), min(section.last, last + _AROUND) + 1)
    return {
        "snapshot": desk.snapshot.id,
        "entry": entry_json(entry),
        "days_since_review": days_since_review(entry, today),
        "section": {"name": section.name, "how": section.how, "confidence": round(section.confidence, 2)},
        "unit": number,
        "role": role_of(entry.units[number]),
        "marks": sorted(entry.units[number].marks),
        "context": [
            {"unit": n, "kind": entry.units[n].kind, "text": entry.words(n), "quoted": first <= n <= last}
            for n in shown
            if entry.units[n].kind not in ("metadata", "title")
        ],
        "quote": quote_json("q1", quote, own_label(quote, desk.notices)) if quote else None,
        "companions": [
            quote_json(f"q{at}", each, own_label(each, desk.notices)) for at, each in enumerate(companions, start=2)
        ],
        "disclaimer": desk.notices.disclaimer.text,
        "formats": citations(
            [quote, *companions] if quote else [], lambda each: own_label(each, desk.notices), desk.notices, base
        ),
    }


def review_json(desk: Desk, today: date, days: int = YEAR) -> Json:
    """Return the entries not reviewed for so many days, those with no known date first, then the oldest."""
    rows = []
    for entry in desk.snapshot.library.entries:
        age = days_since_review(entry, today)
        if age is None or age > days:
            rows.append({**entry_json(entry), "days": age, "units": sum(unit.quotable for unit in entry.units)})
    rows.sort(key=lambda row: (row["days"] is not None, -(row["days"] or 0), row["id"]))
    return {
        "snapshot": desk.snapshot.id,
        "today": today.isoformat(),
        "limit_days": days,
        "entries": rows,
        "served": len(desk.snapshot.library.entries),
    }


class Findings:
    """The lint's findings on the corpus, worked out once for each state of its files."""

    def __init__(self, corpus: Path) -> None:
        self._corpus = corpus
        self._lock = threading.Lock()
        self._state: object = None
        self._found: list[Finding] = []

    def read(self) -> Json:
        """Return the findings, or why there are none: the service may run where the corpus is not."""
        from assistant.library.check import check_corpus  # a service that nobody asks for them starts without it

        try:
            with self._lock:
                state = _state_of(self._corpus)
                if state != self._state:
                    self._found = check_corpus(self._corpus)
                    self._state = state
                found = self._found
        except (AssistantError, OSError) as error:
            return {"checked": False, "detail": str(error), "findings": []}
        return {
            "checked": True,
            "detail": "",
            "findings": [
                {"file": e.file, "line": e.line, "level": e.level, "code": e.code, "message": e.message} for e in found
            ],
        }


def _state_of(corpus: Path) -> tuple[tuple[str, int, int], ...]:
    files = (path for path in sorted(corpus.rglob("*")) if path.is_file())
    return tuple((path.as_posix(), (found := path.stat()).st_mtime_ns, found.st_size) for path in files)
