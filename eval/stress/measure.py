"""Measuring: what an alteration of a question changed in its answer, and whether a promise was broken."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.reply import Desk, reply_to
from assistant.errors import QuestionError, RuleError
from assistant.serving.wire import answer_json
from eval.ask import Json
from eval.intervals import share_json
from eval.stress.model import Variant
from eval.stress.promises import broken_promises


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    status: str
    """The answer's status; refused when the question itself is, such as one too long."""
    reason: str | None
    first: tuple[str, int, int] | None
    """Entry, first and last unit of the first quote; None when nothing is quoted."""
    said: str
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A variant with what came of it and of its plain question."""

    variant: Variant
    plain: Outcome
    altered: Outcome

    @property
    def same_first(self) -> bool:
        """Whether the first quote is the same unit of the same entry."""
        return self.plain.first == self.altered.first

    @property
    def same_status(self) -> bool:
        """Whether the answer has the same status and reason."""
        return (self.plain.status, self.plain.reason) == (self.altered.status, self.altered.reason)


def ask(question: str, desk: Desk) -> Outcome:
    """Ask a question and check what is promised of every answer; a refused question and a broken rule are outcomes."""
    try:
        answer = answer_json(reply_to(question, [], desk))
    except QuestionError as error:
        return Outcome("refused", type(error).__name__, None, "", ())
    except RuleError as error:
        return Outcome("faulty", None, None, "", (str(error),))
    quotes = answer["quotes"]
    first = (quotes[0]["entry"]["id"], quotes[0]["units"][0], quotes[0]["units"][1]) if quotes else None
    broken = broken_promises(answer, desk.snapshot.library)
    return Outcome(answer["status"], answer["reason"], first, quotes[0]["text"] if quotes else "", tuple(broken))


def compare(variants: Sequence[Variant], desk: Desk) -> list[Compared]:
    """Ask every variant and its plain question, each plain one once."""
    plain: dict[str, Outcome] = {}
    compared = []
    for variant in variants:
        if variant.plain not in plain:
            plain[variant.plain] = ask(variant.plain, desk)
        compared.append(Compared(variant, plain[variant.plain], ask(variant.text, desk)))
    return compared


def stress_json(compared: Sequence[Compared]) -> Json:
    """Return the figures of one kind.

    `first_unchanged` is of the variants whose plain question is answered; `status_unchanged`, `newly_answered` (of
    those whose plain question is not) and `promises_broken` of all they name.
    """
    answered = [each for each in compared if each.plain.status == "answered"]
    silent = [each for each in compared if each.plain.status != "answered"]
    ways: dict[str, Counter[str]] = {}
    for each in compared:
        ways.setdefault(each.variant.way, Counter())[_change(each)] += 1
    return {
        "n": len(compared),
        "plain_questions": len({each.variant.plain for each in compared}),
        "first_unchanged": share_json(sum(each.same_first for each in answered), len(answered)),
        "status_unchanged": share_json(sum(each.same_status for each in compared), len(compared)),
        "newly_answered": share_json(sum(each.altered.status == "answered" for each in silent), len(silent)),
        "promises_broken": share_json(sum(bool(each.altered.broken) for each in compared), len(compared)),
        "by_way": {way: dict(changes.most_common()) for way, changes in sorted(ways.items())},
        "failures": [_failure(each) for each in compared if _change(each) != "unchanged" or each.altered.broken],
    }


def _change(each: Compared) -> str:
    if each.same_status:
        return "unchanged" if each.same_first else "another first quote"
    return f"{each.plain.reason or each.plain.status} to {each.altered.reason or each.altered.status}"


def _failure(each: Compared) -> Json:
    return {
        "id": each.variant.id,
        "way": each.variant.way,
        "change": _change(each),
        "plain": each.variant.plain,
        "altered": each.variant.text,
        "plain_first": each.plain.first,
        "plain_said": each.plain.said,
        "altered_first": each.altered.first,
        "altered_said": each.altered.said,
        "broken": list(each.altered.broken),
    }
