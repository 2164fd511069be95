"""Server-sent events: an answer in whole pieces, the disclaimer in the first.

`meta` comes first and holds what a reader must see whatever follows, then one `quote` an event, then `done`. Put
together they are the JSON answer, no more and no less. The answer was made and checked before its first event is
written, and the response states its length: a stream that was cut off is known by both, and holds no half quotation.

Source:
    Server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from starlette.responses import Response

from assistant.serving.described import ANSWER
from assistant.serving.wire import Json

EVENT_STREAM = "text/event-stream"
FIRST = ("disclaimer", "snapshot", "status", "reason", "notice", "question")
"""The fields of `meta`, in this order."""

EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `Accept: text/event-stream` in events: `meta`, a `quote` each, `done`",
        "content": {
            "application/json": {"example": ANSWER},
            EVENT_STREAM: {
                "schema": {"type": "string"},
                "example": 'event: meta\ndata: {"disclaimer": {…}, "snapshot": "…", "status": "answered", …}\n\n'
                'event: quote\ndata: {"id": "q1", "text": "…", …}\n\n'
                'event: done\ndata: {"nearest": [], "degraded": false, "timings_ms": {…}}\n\n',
            },
        },
    }
}
"""How the interface's description tells of it."""


def wants_events(accept: str) -> bool:
    """Whether an Accept header prefers events to JSON: it names them, and JSON not at all or as less welcome."""
    weights = {}
    for part in accept.lower().split(","):
        kind, *parameters = (each.strip() for each in part.split(";"))
        weights[kind] = max((_weight(each[2:]) for each in parameters if each.startswith("q=")), default=1.0)
    return weights.get(EVENT_STREAM, 0.0) > weights.get("application/json", 0.0)


def answer_events(answer: Json) -> Iterator[tuple[str, Json]]:
    """Split an answer's JSON into its events, by name, in the order they are sent."""
    yield "meta", {name: answer[name] for name in FIRST}
    for quote in answer["quotes"]:
        yield "quote", quote
    yield "done", {name: value for name, value in answer.items() if name not in (*FIRST, "quotes")}


def events_response(events: Iterable[tuple[str, Json]], last: str = "") -> Response:
    """Return events as a response.

    Args:
        events: name and data; an empty name is not stated.
        last: what the data of one more event at the end reads, as it is; none when empty.
    """
    lines = [
        (f"event: {name}\n" if name else "") + f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
        for name, data in events
    ]
    lines += [f"data: {last}\n\n"] if last else []
    return Response("".join(lines), media_type=EVENT_STREAM, headers={"Cache-Control": "no-store"})


def _weight(stated: str) -> float:
    try:
        return min(max(float(stated), 0.0), 1.0)
    except ValueError:
        return 0.0
