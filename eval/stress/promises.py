"""The promises: what must hold of every answer as it is sent, whatever was put into the question.

Checked on the record alone beside the library, trusting nothing that the record says of itself.
"""

import json

from pydantic import ValidationError

from assistant.answering.notices import load_notices
from assistant.library.model import Library
from assistant.library.segment import split_row
from assistant.serving.wire import AnswerOut
from eval.ask import Json
from eval.judge import soundness


def broken_promises(answer: Json, library: Library) -> list[str]:
    """Return what an answer's record breaks, each in a few words that never repeat the question; empty when nothing."""
    try:
        AnswerOut.model_validate(answer)
    except ValidationError as error:
        return [f"the record has not its shape: {error.error_count()} faults"]
    held = soundness(answer, library)
    broken = {
        "a quote is not the library's words": not all(held.verbatim),
        "a quote is not whole units": not all(held.whole),
        "a citation does not resolve": not all(held.resolves),
        "the disclaimer is not the publisher's": not held.disclaimed,
        "it speaks where it must be silent": not held.silent_when_it_must,
        "the disclaimer is not there exactly once": _disclaimers(answer) != 1,
        "the notice is not the reviewed one": not _is_reviewed(answer),
        "a misconception has no label": any(not _is_labelled(quote, library) for quote in answer["quotes"]),
        "a table row has not its columns": any(not _has_columns(quote, library) for quote in answer["quotes"]),
    }
    return [what for what, is_so in broken.items() if is_so]


def _disclaimers(answer: Json) -> int:
    # What was asked may hold the words too; what is answered holds them once.
    ours = {name: value for name, value in answer.items() if name != "question"}
    return json.dumps(ours, ensure_ascii=False).count(answer["disclaimer"]["text"])


def _is_reviewed(answer: Json) -> bool:
    """Whether the notice is the one for the reason, word for word; an answer has neither."""
    reviewed = load_notices("GB").notices.get(answer["reason"] or "")
    if answer["notice"] is None:
        return answer["status"] == "answered" and answer["reason"] is None
    return reviewed is not None and answer["notice"]["text"] == reviewed.text


def _is_labelled(quote: Json, library: Library) -> bool:
    first, last = quote["units"]
    units = library.entry(quote["entry"]["id"]).units[first : last + 1]
    return bool(quote["label"]) or all(unit.kind != "myth" for unit in units)


def _has_columns(quote: Json, library: Library) -> bool:
    first, last = quote["units"]
    entry = library.entry(quote["entry"]["id"])
    if all(unit.kind != "row" for unit in entry.units[first : last + 1]):
        return True
    table = quote["table"]
    return first == last and table is not None and table["cells"] == split_row(entry.words(first))
