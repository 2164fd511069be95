"""Endpoints: a real server on loopback, in good faith and in bad."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from eval.endpoints import Asked, Dialect, Endpoint, Patience, ask_endpoint
from eval.foreign import MAX_LINE, ForeignAnswer, ForeignError, read_answers
from eval.grounding.__main__ import main

Reply = tuple[int, dict[str, str], bytes]
QUICK = Patience(timeout=5, attempts=3, first_wait=0.01, at_once=2)


@dataclass
class Heard:
    """What the server was sent."""

    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)


@contextmanager
def serving(reply: Callable[[Any, int], Reply]) -> Iterator[tuple[str, Heard]]:
    """A server that answers as a function of the request's body and how many came before it; its address."""
    heard = Heard()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                before = len(heard.bodies)
                heard.paths.append(self.path)
                heard.headers.append({name.lower(): value for name, value in self.headers.items()})
                heard.bodies.append(body)
            status, headers, data = reply(body, before)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            # The client may have read enough.
            with suppress(OSError):
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def as_json(document: object) -> Reply:
    """A document, sent as JSON."""
    return 200, {"content-type": "application/json"}, json.dumps(document).encode()


def chat(text: str | None, annotations: Sequence[object] = (), refusal: str | None = None) -> Reply:
    """A chat completion."""
    message = {"role": "assistant", "content": text, "annotations": list(annotations), "refusal": refusal}
    return as_json({"choices": [{"message": message}]})


def ask(base: str, *questions: str, dialect: Dialect = "openai", key: str = "") -> list[ForeignAnswer]:
    """The answers of a server."""
    asked = [Asked(f"q{number}", question) for number, question in enumerate(questions, start=1)]
    return list(ask_endpoint(Endpoint(dialect, base, "a-model", key), asked, QUICK))


def test_only_the_question_is_sent_and_answers_come_in_order() -> None:
    with serving(lambda body, before: chat(f"You asked: {body['messages'][0]['content']}")) as (base, heard):
        answers = ask(base, "one", "two", "three", "four", key="secret")
    assert [(each.id, each.text) for each in answers] == [
        (f"q{n}", f"You asked: {word}") for n, word in enumerate(("one", "two", "three", "four"), start=1)
    ]
    assert set(heard.paths) == {"/v1/chat/completions"}
    assert {"model": "a-model", "messages": [{"role": "user", "content": "one"}]} in heard.bodies
    assert all(headers["authorization"] == "Bearer secret" for headers in heard.headers)


def test_annotations_are_citations_and_a_refusal_is_the_text() -> None:
    note = {
        "type": "url_citation",
        "url_citation": {"url": "https://x.org/a", "title": "A", "start_index": 0, "end_index": 4},
    }
    with serving(lambda body, before: chat("Four words stand here.", annotations=[note, {"type": "file"}])) as (
        base,
        _,
    ):
        (answer,) = ask(base, "q")
    (citation,) = answer.citations
    assert (citation.url, citation.title, citation.start, citation.end) == ("https://x.org/a", "A", 0, 4)
    with serving(lambda body, before: chat(None, refusal="I cannot say.")) as (base, _):
        assert ask(base, "q")[0].text == "I cannot say."


def test_content_blocks_are_joined_and_each_citation_is_set_on_its_block() -> None:
    cited = {"type": "char_location", "cited_text": "Stress.", "document_title": "Doc", "start_char_index": 9}
    found = {"type": "search_result_location", "source": "https://x.org/b", "title": "B", "cited_text": "Sleep."}
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "First: "},
        {"type": "text", "text": "stress.", "citations": [cited, found]},
    ]
    with serving(lambda body, before: as_json({"content": blocks})) as (base, heard):
        (answer,) = ask(f"{base}/v1/", "q", dialect="anthropic", key="k")
    assert answer.text == "First: stress."
    assert [(c.title, c.url, c.cited_text, c.start, c.end) for c in answer.citations] == [
        ("Doc", "", "Stress.", 7, 14),
        ("B", "https://x.org/b", "Sleep.", 7, 14),
    ]
    assert heard.paths == ["/v1/messages"]
    assert heard.headers[0]["x-api-key"] == "k"
    assert heard.bodies[0]["messages"] == [{"role": "user", "content": "q"}]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_as_long_as_it_says(status: int) -> None:
    due = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    waits: list[float] = []

    def reply(body: object, before: int) -> Reply:
        return ((status, {"retry-after": "7"}, b""), (status, {"retry-after": due}, b""), chat("at last"))[before]

    with serving(reply) as (base, _):
        endpoint = Endpoint("openai", base, "m")
        (answer,) = ask_endpoint(endpoint, [Asked("q", "q")], QUICK, waits.append)
    assert answer.text == "at last"
    assert waits[0] == 7
    assert 20 < waits[1] <= 30


def test_a_server_that_stays_busy_or_asks_for_too_long_is_given_up() -> None:
    for headers, said in (({}, "still busy"), ({"retry-after": "999999"}, "asks for 999999 s")):
        with (
            serving(lambda body, before, sent=headers: (429, sent, b"")) as (base, heard),  # type: ignore[misc]
            pytest.raises(ForeignError, match=said),
        ):
            ask(base, "q")
        assert len(heard.bodies) == (1 if headers else 3)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((200, {"content-type": "text/html"}, b"<html><h1>Welcome</h1>"), "sent text/html, not JSON: '<html>"),
        ((200, {}, b"{broken"), "not JSON"),
        ((200, {}, b""), "nothing"),
        ((200, {}, b"[" * 100_000), "not JSON"),
        ((200, {}, b"[1]"), "it must be an object"),
        ((200, {}, b"x" * (MAX_LINE + 1)), "bytes"),
        ((200, {}, b"\xff\xfe\x00"), "not JSON"),
        ((401, {}, b'{"error": "no key"}'), "status 401"),
        ((302, {"location": "https://elsewhere.example.org"}, b""), "status 302"),
        (as_json({"choices": []}), "no choices"),
        (as_json({"choices": "x"}), "no choices"),
        (as_json({"choices": [{"message": 5}]}), "no choices"),
        (chat(None), "answer is None"),
        (as_json({"choices": [{"message": {"content": ["part"]}}]}), "answer is ['part']"),
        (chat("a", annotations=[{"type": "url_citation", "url_citation": 5}]), "no object"),
        (
            chat("a", annotations=[{"type": "url_citation", "url_citation": {"start_index": 5, "end_index": 9}}]),
            "no place",
        ),
    ],
)
def test_what_is_no_chat_completion_is_refused_with_the_question_it_answers(reply: Reply, said: str) -> None:
    with serving(lambda body, before: reply) as (base, _), pytest.raises(ForeignError) as refused:
        ask(base, "q", key="secret")
    assert said in str(refused.value)
    assert "'q1'" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"content": "x"},
        {"content": [5]},
        {"content": [{"type": "text"}]},
        {"content": [{"type": "text", "text": "a", "citations": "b"}]},
    ],
)
def test_what_is_no_message_is_refused(document: object) -> None:
    with serving(lambda body, before: as_json(document)) as (base, _), pytest.raises(ForeignError):
        ask(base, "q", dialect="anthropic")


def test_a_server_that_is_not_there_or_is_too_slow_is_named() -> None:
    with pytest.raises(ForeignError, match="cannot be reached"):
        ask("http://127.0.0.1:9", "q")
    gate = threading.Event()

    def reply(body: object, before: int) -> Reply:
        gate.wait(5)
        return chat("late")

    with serving(reply) as (base, _):
        with pytest.raises(ForeignError, match=r"no answer within 0\.2 s"):
            list(ask_endpoint(Endpoint("openai", base, "m"), [Asked("q", "q")], Patience(timeout=0.2)))
        gate.set()


@pytest.mark.parametrize("base", ["", "ftp://x.org", "x.org", "http://", "http://[", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(ForeignError, match="address"):
        Endpoint("openai", base, "m")


def test_a_key_is_never_sent_or_shown_in_the_open() -> None:
    with pytest.raises(ForeignError, match="unencrypted"):
        Endpoint("openai", "http://api.example.org", "m", "secret")
    assert "secret" not in repr(Endpoint("openai", "https://api.example.org", "m", "secret"))


def test_the_command_asks_a_live_system_and_keeps_its_answers(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, kept = tmp_path / "questions.jsonl", tmp_path / "kept.jsonl"
    questions.write_text('{"id": "a", "question": "What?"}\n{"id": "b", "question": "Why?"}\n', "utf-8")
    monkeypatch.setenv("A_KEY", "secret")
    note = {"type": "url_citation", "url_citation": {"url": "https://x.org/library/quendrite"}}
    words = "Blood markers of muscle damage did not change.\n\nThis is not medical advice."
    with serving(lambda body, before: chat(words, annotations=[note])) as (base, heard):
        call = ["--corpus", str(corpus), "--openai", base, "--model", "m", "--key-variable", "A_KEY"]
        assert main([*call, "--questions", str(questions), "--save", str(kept)]) == 0
    assert heard.headers[0]["authorization"] == "Bearer secret"
    assert "secret" not in kept.read_text("utf-8") + capsys.readouterr().out
    assert [(each.id, each.text) for each in read_answers(kept)] == [("a", words), ("b", words)]
    assert main([str(kept), "--corpus", str(corpus)]) == 0
