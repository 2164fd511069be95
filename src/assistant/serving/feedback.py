"""Feedback: was an answer helpful? Counted by entry, section and verdict; the question is not taken."""

import asyncio
from typing import Literal

from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.library.model import Library
from assistant.serving.counts import OTHER, Verdict
from assistant.serving.service import Service

Status = Literal["answered", "nearest", "abstained", "redirected", "clarify"]
Reason = Literal[
    "not_in_library",
    "subject_not_in_library",
    "nearest",
    "not_a_question",
    "language",
    "emergency",
    "crisis",
    "personal_advice",
    "misuse",
    "ambiguous_subject",
]
_STRICT = ConfigDict(extra="forbid", strict=True)
_UNREADABLE = {
    "description": "The request cannot be read",
    "content": {
        "application/problem+json": {
            "example": {"type": "about:blank", "title": "The request cannot be read", "status": 422}
        }
    },
}
_FAR = 10**9  # code points, past the end of any entry


class PlaceIn(BaseModel):
    """Where a quotation of the answer stands, in code points of its entry's text, end exclusive."""

    model_config = _STRICT
    entry: str = Field(min_length=1, max_length=200)
    start: int = Field(ge=0, le=_FAR)
    end: int = Field(ge=1, le=_FAR)


class FeedbackIn(BaseModel):
    """A verdict on one answer. There is no field for words of anybody's."""

    model_config = _STRICT
    verdict: Verdict
    snapshot: str = Field(pattern=r"^[0-9a-f]{64}$")
    status: Status
    reason: Reason | None = None
    quotes: list[PlaceIn] = Field(default=[], max_length=50)


def add_feedback(app: FastAPI, service: Service) -> None:
    """Add the door that takes feedback to an app."""

    @app.post(
        "/v1/feedback",
        status_code=204,
        summary="Say whether an answer helped",
        tags=["answers"],
        responses={204: {"description": "Counted"}, 422: _UNREADABLE},
    )
    async def feedback(given: FeedbackIn) -> Response:
        """Count a verdict. It is kept by entry, section and verdict alone, and shown in groups of ten or more."""
        desk = service.ready()
        # Places of another snapshot may mean other words by now.
        is_current = given.snapshot == desk.snapshot.id
        places = _places(given, desk.snapshot.library) if is_current else []
        await asyncio.to_thread(service.counts.add_verdict, given.verdict, places or [(OTHER, given.status)])
        return Response(status_code=204)


def _places(given: FeedbackIn, library: Library) -> list[tuple[str, str]]:
    """Return the entry and section of each place that is one of the library's."""
    found: list[tuple[str, str]] = []
    for place in given.quotes:
        entry = library.by_id.get(place.entry)
        if entry is None or not place.start < place.end <= len(entry.text):
            continue
        inside = (
            n for n, unit in enumerate(entry.units) if unit.span.start < place.end and place.start < unit.span.end
        )
        number = next(inside, None)
        if number is not None:
            found.append((entry.id, entry.section_of[number].name))
    return found
