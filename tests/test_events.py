"""Server-sent events: the same answer in whole pieces, the disclaimer first."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.answering.reply import Desk
from assistant.serving.app import create_app
from assistant.serving.events import wants_events
from assistant.settings import Settings

Json = dict[str, Any]
QUESTIONS: dict[str, str | None] = {
    "Which foods are rich in magnesium?": "answered",
    "How much magnesium should a child take with warfarin?": None,
    "Is it safe?": None,
    "hello": None,
    "I want to kill myself": "redirected",
    "Should I take velorin?": None,
    "Welche Lebensmittel enthalten Magnesium?": "abstained",
    "What does velorin taste of?\u2028event: quote\ndata: {}\n\n": None,
}
"""A question of every kind, and the status that is sure."""


@pytest.fixture(scope="module")
def client(index: Path, desk: Desk) -> Iterator[TestClient]:
    """The service over the four entries, in process."""
    app = create_app(Settings(index=index))
    app.state.service.desk = desk
    with TestClient(app) as client:
        yield client


def events_of(body: str) -> list[tuple[str, Json]]:
    """The events of a stream, read as the standard says: a blank line ends one."""
    assert body.endswith("\n\n")
    events = []
    for block in body[:-2].split("\n\n"):
        name, data = block.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def untimed(answer: Json) -> Json:
    """An answer but for its timings, which must be there."""
    assert set(answer["timings_ms"]) == {"total", "encode", "search", "select"}
    return {name: value for name, value in answer.items() if name != "timings_ms"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_events_put_together_are_the_answer(client: TestClient, question: str) -> None:
    asked = {"question": question, "turns": [{"question": "What is velorin?", "subjects": ["velorin"]}]}
    answer = client.post("/v1/ask", json=asked).json()
    assert QUESTIONS[question] in (None, answer["status"])
    response = client.post("/v1/ask", json=asked, headers={"Accept": "text/event-stream"})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert int(response.headers["content-length"]) == len(response.content)
    (first, meta), *quotes, (last, done) = events_of(response.text)
    assert (first, {name for name, _ in quotes}, last) == ("meta", {"quote"} if answer["quotes"] else set(), "done")
    assert list(meta)[:2] == ["disclaimer", "snapshot"]
    assert not meta.keys() & done.keys()
    assert untimed({**meta, "quotes": [quote for _, quote in quotes], **done}) == untimed(answer)


def test_a_question_that_cannot_be_answered_is_a_problem_and_not_a_stream(client: TestClient) -> None:
    bodies: list[Json] = [
        {"question": " "},
        {"question": "x" * 1001},
        {"turns": []},
        {"question": "velorin?", "max_tokens": 1},
    ]
    for body in bodies:
        response = client.post("/v1/ask", json=body, headers={"Accept": "text/event-stream"})
        assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    ("accept", "events"),
    [
        ("text/event-stream", True),
        ("TEXT/EVENT-STREAM;q=0.5", True),
        ("text/event-stream, application/json;q=0.9", True),
        ("application/json;q=0.1, text/event-stream;charset=utf-8;q=0.2", True),
        ("application/json, text/event-stream", False),
        ("text/event-stream;q=0", False),
        ("text/event-stream;q=x", False),
        ("text/event-stream;q=nan", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
        (";;,=,q=", False),
    ],
)
def test_events_are_sent_to_who_asks_for_them_and_json_to_all_others(accept: str, events: bool) -> None:
    assert wants_events(accept) is events
