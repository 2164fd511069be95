"""Suggestions: the library's own titles as first questions, and only those that the library then answers."""

from assistant.answering.reply import Desk, reply_to
from assistant.errors import QuestionError

MOST = 3
_TRIED = 20
"""Titles asked at most; each takes some 12 ms, once a snapshot."""


class Suggestions:
    """The first questions of the snapshot that serves, found once for each."""

    def __init__(self) -> None:
        self._found: tuple[str, tuple[str, ...]] = ("", ())

    def of(self, desk: Desk) -> tuple[str, ...]:
        """Return up to three titles, in the library's order, of entries with different main subjects."""
        snapshot, questions = self._found
        if snapshot != desk.snapshot.id:
            questions = _answered_titles(desk)
            self._found = (desk.snapshot.id, questions)
        return questions


def _answered_titles(desk: Desk) -> tuple[str, ...]:
    found: dict[str, str] = {}
    asked = [entry for entry in desk.snapshot.library.entries if entry.title.endswith("?") and entry.subjects]
    for entry in asked[:_TRIED]:
        if len(found) == MOST:
            break
        if entry.subjects[0] in found or any(subject in found for subject in entry.subjects):
            continue
        try:
            answer = reply_to(entry.title, [], desk)
        except QuestionError:
            continue
        if answer.status == "answered" and answer.quotes[0].entry_id == entry.id:
            found[entry.subjects[0]] = entry.title
    return tuple(found.values())
