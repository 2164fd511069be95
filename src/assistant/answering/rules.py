"""The rules every answer obeys, checked as it leaves. An answer that breaks one is not sent.

The sixth, that the same question gives the same answer, cannot be seen in a single one: tests hold it.
"""

import hashlib

from assistant.answering.answer import Answer, Status
from assistant.answering.notices import load_notices
from assistant.answering.quotes import Quote
from assistant.errors import QuoteError, RuleError, SettingsError
from assistant.library.model import Library, Mark

_MAX_NEAREST = 2
_NEVER_SAID: dict[Status, frozenset[Mark]] = {
    "redirected": frozenset({"dose", "benefit"}),
    "nearest": frozenset({"dose"}),
}
"""Marks that nothing shown beside a notice bears."""
_ORDER = ("answer", "qualifier", "caution")
_REASONS: dict[Status, tuple[str | None, ...]] = {
    "answered": (None,),
    "nearest": ("nearest", "not_in_library"),
    "abstained": ("not_in_library", "subject_not_in_library", "not_a_question", "language"),
    "redirected": ("emergency", "crisis", "personal_advice", "misuse"),
    "clarify": ("ambiguous_subject",),
}


def check_answer(answer: Answer, library: Library) -> None:
    """Check an answer against the library it was made from.

    Raises:
        RuleError: it breaks a rule, named; never with words of the question.
    """
    if not answer.snapshot_id:
        raise RuleError("rule 5, one snapshot: the answer names none")
    for quote in answer.quotes:
        _check_quote(quote, library)
        if quote.is_misconception != (answer.label(quote) == answer.notices.label("misconception")):
            raise RuleError(f"a misconception without its label: {quote.entry_id} {quote.first}")
    _check_words(answer, library)
    _check_status(answer)
    _check_differing(answer)


def _check_quote(quote: Quote, library: Library) -> None:
    """Rules 5, 2 and 1: it stands in this very library, is whole, and is there word for word."""
    entry = library.by_id.get(quote.entry_id)
    if entry is None or quote.entry is not entry:
        raise RuleError(f"rule 5, one snapshot: {quote.entry_id!r} is not an entry of the one that answers")
    try:
        Quote(library, quote.entry_id, quote.first, quote.last, quote.role)
    except QuoteError as error:
        raise RuleError(f"rule 2, whole units: {error}") from None
    stored = entry.text[quote.start : quote.end]
    if quote.text != stored or quote.sha256 != hashlib.sha256(stored.encode()).hexdigest():
        raise RuleError(f"rule 1, verbatim: {quote.entry_id} {quote.start}-{quote.end}")


def _check_words(answer: Answer, library: Library) -> None:
    """Rules 3 and 4: every other word is a reviewed one or the manifest's, and the disclaimer is among them."""
    try:
        reviewed = load_notices(answer.notices.region)
    except SettingsError as error:
        raise RuleError(f"rule 3, fixed words: {error}") from None
    if not answer.disclaimer.text.strip() or answer.disclaimer != reviewed.disclaimer:
        raise RuleError("rule 4, the disclaimer is empty or not the reviewed one")
    if answer.notices != reviewed:
        raise RuleError("rule 3, fixed words: the notices are not those of the reviewed file")
    if answer.notice is not None and answer.notice != reviewed.notices.get(answer.reason or ""):
        raise RuleError(f"rule 3, fixed words: the notice is not the one for reason {answer.reason}")
    for pointer in answer.nearest:
        entry = library.by_id.get(pointer.entry_id)
        if entry is None or pointer.title != entry.title:
            raise RuleError(f"rule 3, fixed words: {pointer.entry_id!r} is pointed to by a title not its own")


def _check_differing(answer: Answer) -> None:
    """What is shown as differing is of two entries on one subject, side by side, the newest first."""
    shown = [n for n, quote in enumerate(answer.quotes) if quote.role == "answer"]
    shown = [n for n in shown if (answer.quotes[n].entry_id, answer.quotes[n].first) in answer.differing]
    entries = [answer.quotes[n].entry for n in shown]
    dates = [entry.last_reviewed for entry in entries]
    if len(shown) != len(answer.differing) or (
        shown
        and (
            shown != list(range(shown[0], shown[-1] + 1))
            or len({entry.id for entry in entries}) < 2
            or len({entry.subjects[:1] for entry in entries}) != 1
            or dates != sorted(dates, reverse=True)
        )
    ):
        raise RuleError("entries that differ are not shown side by side, newest first")


def _check_status(answer: Answer) -> None:
    """The status is one that these quotes, this notice and this reason make together."""
    if answer.reason not in _REASONS[answer.status]:
        raise RuleError(f"status {answer.status} with reason {answer.reason}")
    roles = [quote.role for quote in answer.quotes]
    expected = {
        "answered": roles[:1] == ["answer"]
        and set(roles) <= set(_ORDER)
        and roles == sorted(roles, key=_ORDER.index)
        and answer.notice is None,
        "nearest": 0 < len(roles) <= _MAX_NEAREST and set(roles) == {"nearest"} and answer.notice is not None,
        "abstained": not roles and answer.notice is not None,
        "clarify": not roles and answer.notice is not None,
        "redirected": answer.notice is not None and set(roles) <= {"caution"},
    }
    if not expected[answer.status]:
        raise RuleError(f"status {answer.status} with roles {roles} and {'a' if answer.notice else 'no'} notice")
    if answer.reason in ("emergency", "crisis") and (answer.quotes or answer.nearest):
        raise RuleError("rule 4, something of the library beside an emergency notice")
    unsaid = _NEVER_SAID.get(answer.status, frozenset())
    if any(unsaid & unit.marks for quote in answer.quotes for unit in quote.entry.units[quote.first : quote.last + 1]):
        raise RuleError(f"a dose or a benefit beside the notice for reason {answer.reason}")
