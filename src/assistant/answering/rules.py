"""The rules every answer obeys, checked as it leaves. An answer that breaks one is not sent."""

import hashlib

from assistant.answering.answer import Answer
from assistant.errors import LibraryError, RuleError
from assistant.library.model import Library

_MAX_NEAREST = 2


def check_answer(answer: Answer, library: Library) -> None:
    """Check an answer against the library it was made from.

    Raises:
        RuleError: it breaks a rule, named; never with words of the question.
    """
    for quote in answer.quotes:
        try:
            entry = library.entry(quote.entry_id)
            whole = entry.whole(quote.first, quote.last)
        except LibraryError as error:
            raise RuleError(f"rule 5, one snapshot: {error}") from None
        stored = entry.text[quote.start : quote.end]
        if quote.text != stored or quote.sha256 != hashlib.sha256(stored.encode()).hexdigest():
            raise RuleError(f"rule 1, verbatim: {quote.entry_id} {quote.start}-{quote.end}")
        if whole != (quote.first, quote.last) or not all(
            unit.quotable for unit in entry.units[quote.first : quote.last + 1]
        ):
            raise RuleError(f"rule 2, whole units: {quote.entry_id} {quote.first}-{quote.last}")
        if quote.is_misconception != (answer.label(quote) == answer.notices.label("misconception")):
            raise RuleError(f"a misconception without its label: {quote.entry_id} {quote.first}")
    if not answer.disclaimer.text.strip():
        raise RuleError("rule 4, the disclaimer is empty")
    roles = [quote.role for quote in answer.quotes]
    expected = {
        "answered": bool(roles) and roles[0] == "answer" and answer.notice is None,
        "nearest": 0 < len(roles) <= _MAX_NEAREST and set(roles) == {"nearest"} and answer.notice is not None,
        "abstained": not roles and answer.notice is not None,
        "clarify": not roles and answer.notice is not None,
        "redirected": answer.notice is not None and set(roles) <= {"caution"},
    }
    if not expected[answer.status]:
        raise RuleError(f"status {answer.status} with roles {roles} and {'a' if answer.notice else 'no'} notice")
    if answer.reason in ("emergency", "crisis") and answer.quotes:
        raise RuleError("rule 4, a quotation beside an emergency notice")
    if answer.reason in ("personal_advice", "misuse") and any(
        "dose" in quote.entry.units[quote.first].marks for quote in answer.quotes
    ):
        raise RuleError("a dose beside a personal advice notice")
