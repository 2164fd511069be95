"""Composing: answers of any of a library's units, put together by chance, whole and with what must travel with them.

They are our own answers in form, and clean by construction, so that a judge of answers can be tried on all that a
library holds and not only on what is asked for; no index is needed.
"""

import random
from typing import Any

from assistant.answering.answer import Answer
from assistant.answering.notices import Notices
from assistant.answering.quotes import Quote, Role, quotable_range
from assistant.library.model import Entry, Library
from assistant.serving.wire import answer_json


def compose_answers(library: Library, notices: Notices, count: int, seed: int) -> list[dict[str, Any]]:
    """Return answers as our JSON, of one to three quotations each, a few without any, from one or two entries.

    Each quotable unit of the library is quoted in one of them before any is quoted again for its own sake.

    Args:
        library: what is quoted.
        notices: the disclaimer, and the notices of answers that quote nothing.
        count: how many answers.
        seed: of all that is left to chance.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    places = [
        (entry, place)
        for entry in library.entries
        for place in dict.fromkeys(quotable_range(entry, n) for n in range(len(entry.units)))
        if place is not None
    ]
    waiting: list[tuple[Entry, tuple[int, int]]] = []
    made: list[dict[str, Any]] = []
    for number in range(count):
        question = f"Composed question {number + 1}"
        if chance.random() < 0.1:
            reason = chance.choice(("not_in_library", "subject_not_in_library"))
            notice = notices.for_reason(reason)
            silent = Answer(question, "abstained", reason, None, notice, (), (), notices, "composed")
            made.append(answer_json(silent))
            continue
        quotes: list[Quote] = []
        for _ in range(chance.randint(1, 3)):
            if not waiting:
                waiting = chance.sample(places, len(places))
            entry, place = waiting.pop()
            _add(quotes, library, entry, place, "answer")
        for entry_id in dict.fromkeys(quote.entry_id for quote in quotes):
            _add_limit(quotes, library, library.entry(entry_id))
        answer = Answer(question, "answered", None, None, None, tuple(quotes), (), notices, "composed")
        made.append(answer_json(answer))
    return made


def _add(quotes: list[Quote], library: Library, entry: Entry, place: tuple[int, int], role: Role) -> None:
    if not any(quote.entry_id == entry.id and place[0] <= quote.last and quote.first <= place[1] for quote in quotes):
        quotes.append(Quote(library, entry.id, *place, role))


def _add_limit(quotes: list[Quote], library: Library, entry: Entry) -> None:
    """Add a limit or caution of an entry a dose is quoted from, where it has one and none is quoted yet."""
    own = [entry.units[n] for quote in quotes if quote.entry_id == entry.id for n in range(quote.first, quote.last + 1)]
    if not any("dose" in unit.marks for unit in own) or any(unit.marks & {"limiter", "caution"} for unit in own):
        return
    for number, unit in enumerate(entry.units):
        place = quotable_range(entry, number) if unit.marks & {"limiter", "caution"} else None
        before = len(quotes)
        if place is not None:
            _add(quotes, library, entry, place, "qualifier")
        if len(quotes) > before:
            return
