"""Receipts: an answer can be kept by whoever got it, and checked later. Nothing of it is stored here.

What became of each quotation is said of the library that serves; and, where the answer names an older snapshot that is
still on disk, whether it stood in that.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from assistant.answering.verify import Outcome, Verdict, verify_quote
from assistant.errors import QuestionError, SnapshotError
from assistant.index.past import load_past_library
from assistant.library.model import Library
from assistant.serving.copies import Copy, copies_in, snapshot_named_in
from assistant.serving.described import RECEIPT, Described, body, problems
from assistant.serving.wire import Json


class VerdictOut(BaseModel):
    """What became of one quotation."""

    id: str
    outcome: Outcome
    entry: str | None
    units: list[int] | None
    """First and last unit where the words stand now, inclusive."""
    start: int | None
    end: int | None
    then: Outcome | None
    """What the older snapshot says of it; None when none is named or it is no longer on disk."""


class ThenOut(BaseModel):
    """The snapshot the answer names."""

    snapshot: str
    held: Literal["serving", "on disk", "no longer"]


class ReceiptOut(BaseModel):
    """What became of each quotation of a copy."""

    snapshot: str
    then: ThenOut | None
    results: list[VerdictOut]


def read_copy(data: bytes, kind: str) -> object:
    """Read a body or a file: JSON, or when it says that it is a text, a text.

    Raises:
        QuestionError: it is not what it says.
    """
    try:
        if kind.split(";")[0].strip().lower() in ("text/plain", "text/markdown"):
            return data.decode("utf-8")
        return json.loads(data)
    except (ValueError, RecursionError):
        raise QuestionError("the body is not JSON, nor a text of type text/markdown or text/plain") from None


def check_copy(document: object, library: Library, snapshot_id: str, index: Path) -> Json:
    """Say what became of the quotations of a copy.

    Args:
        document: as `copies_in` reads it.
        library: the one that serves.
        snapshot_id: its snapshot.
        index: the folder of snapshots, to look for an older one in.

    Raises:
        QuestionError: there is no quotation in it.
    """
    copies = copies_in(document, library)
    named = snapshot_named_in(document)
    past = None
    held: Literal["serving", "on disk", "no longer"] = "serving"
    if named is not None and named != snapshot_id:
        try:
            past, held = _past_library(index, named), "on disk"
        except SnapshotError:
            held = "no longer"
    return {
        "snapshot": snapshot_id,
        "then": {"snapshot": named, "held": held} if named else None,
        "results": verdicts_of(copies, library, past),
    }


def verdicts_of(copies: Sequence[Copy], library: Library, past: Library | None = None) -> list[Json]:
    """Return what became of each quotation, now and in a past library."""
    return [
        _verdict_json(verify_quote(copy, library), library, verify_quote(copy, past).outcome if past else None)
        for copy in copies
    ]


def _verdict_json(verdict: Verdict, library: Library, then: Outcome | None) -> Json:
    units = None
    if verdict.entry_id is not None and verdict.start is not None:
        entry = library.entry(verdict.entry_id)
        first = next(number for number, unit in enumerate(entry.units) if unit.span.start == verdict.start)
        units = [first, next(number for number, unit in enumerate(entry.units) if unit.span.end == verdict.end)]
    return {
        "id": verdict.id,
        "outcome": verdict.outcome,
        "entry": verdict.entry_id,
        "units": units,
        "start": verdict.start,
        "end": verdict.end,
        "then": then,
    }


# A snapshot never changes, so the last one asked for is kept: reading it takes some milliseconds an entry.
_past_library = lru_cache(maxsize=1)(load_past_library)

VERIFY: Described = {
    "openapi_extra": body(
        {
            "application/json": (
                {"type": ["object", "array", "string"]},
                {"quotes": [{"text": "…", "entry": {"id": "…"}}], "snapshot": "…"},
            ),
            "text/markdown": ({"type": "string"}, "> …"),
        }
    ),
    "responses": {
        200: {
            "description": "What became of each quotation",
            "content": {"application/json": {"example": RECEIPT}},
        },
        **problems(
            status_413="The request is too large", status_422="The question cannot be answered", status_503="Not ready"
        ),
    },
}
