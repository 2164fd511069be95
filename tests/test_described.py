"""The description of the interface: its examples are what the doors take and give."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.answering.reply import Desk
from assistant.serving.app import create_app
from assistant.serving.described import ANSWER, RECEIPT
from assistant.serving.receipts import ReceiptOut
from assistant.serving.wire import AnswerOut
from assistant.settings import Settings

Json = dict[str, Any]


@pytest.fixture(scope="module")
def client(index: Path, desk: Desk) -> Iterator[TestClient]:
    """The service over the four entries, in process."""
    app = create_app(Settings(index=index))
    app.state.service.desk = desk
    with TestClient(app) as client:
        yield client


def test_the_examples_of_answers_are_of_their_shape() -> None:
    assert AnswerOut.model_validate(ANSWER, extra="forbid").model_dump(mode="json") == ANSWER
    assert ReceiptOut.model_validate(RECEIPT, extra="forbid").model_dump(mode="json") == RECEIPT


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/{dialect}", "/v1/chat/completions", "/v1/verify"])
def test_a_door_that_is_asked_something_shows_what_it_gives(client: TestClient, path: str) -> None:
    responses: Json = client.get("/openapi.json").json()["paths"][path]["post"]["responses"]
    assert all("example" in shown for status in ("200", "422") for shown in responses[status]["content"].values())


def test_every_example_of_a_request_is_answered(client: TestClient) -> None:
    document: Json = client.get("/openapi.json").json()
    for path in ("/v1/chat/completions", "/v1/verify"):
        for kind, shown in document["paths"][path]["post"]["requestBody"]["content"].items():
            sent: Json = (
                {"json": shown["example"]} if kind == "application/json" else {"content": shown["example"].encode()}
            )
            response = client.post(path, headers={"Content-Type": kind}, **sent)
            assert response.status_code == 200, (path, kind, response.text)
