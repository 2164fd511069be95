"""The HTTP service: every door, everything that can be sent wrongly, and that no question is written anywhere.

Most of it in process; the rest against the real command on loopback, started once.
"""

import dataclasses
import http.client
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent_encoded

import pytest
from starlette.testclient import TestClient

from assistant.answering.reply import Desk, reply_to
from assistant.errors import RuleError
from assistant.index.build import build_snapshot
from assistant.library.model import Library
from assistant.serving import doors, service
from assistant.serving.app import create_app
from assistant.serving.wire import AnswerOut, AskIn, answer_json
from assistant.settings import PACKAGED_ENCODER, Settings

Json = dict[str, Any]
FOODS = "Which foods are rich in magnesium?"
CANARY = "zanzibarquince"
"""A word no library holds, to look for where no question may be."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@pytest.fixture(scope="module")
def client(index: Path) -> Iterator[TestClient]:
    """The service over the four entries, in process."""
    app = create_app(Settings(index=index))
    app.state.service.load()
    with TestClient(app) as client:
        yield client


@dataclasses.dataclass(frozen=True)
class Server:
    """The real command, serving."""

    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    """Holds its index, and what it wrote: `stdout` and `stderr`."""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, bytes]:  # noqa: ANN401
        """Send one request as it is, and return status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            chunked = not (body is None or isinstance(body, bytes))
            connection.request(method, path, body, headers, encode_chunked=chunked)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def ask(self, question: str) -> Json:
        """Ask, and return the answer."""
        body = json.dumps({"question": question}).encode()
        status, _, data = self.send("POST", "/v1/ask", body, **{"Content-Type": "application/json"})
        assert status == 200, data
        answer: Json = json.loads(data)
        return answer


@pytest.fixture(scope="module")
def server(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`assistant serve` on a free port of loopback, over a copy of the index."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(index, folder / "index")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-m", "assistant.cli", "serve", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANT_")}
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [*command, "--index", str(folder / "index")], stdout=out, stderr=err, env=environment, cwd=folder
        )
        made = Server(port, process, folder)
        try:
            wait_for(lambda: is_ready(made), 60)
            yield made
        finally:
            process.terminate()
            process.wait(20)


def is_ready(server: Server) -> bool:
    """Whether it answers yet."""
    try:
        return server.send("GET", "/readyz")[0] == 200
    except OSError:
        assert server.process.poll() is None, (server.folder / "stderr").read_text()
        return False


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def untimed(answer: Json) -> Json:
    """An answer but for its timings."""
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def ask(client: TestClient, question: str, **fields: object) -> Json:
    """The answer of the service."""
    response = client.post("/v1/ask", json={"question": question, **fields})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


class TestDoors:
    def test_asking_gives_the_answer_of_the_reply(self, client: TestClient, desk: Desk) -> None:
        for question in (FOODS, "Is it safe?", "hello", "I want to kill myself", "Should I take velorin?"):
            answer = ask(client, question)
            AnswerOut.model_validate(answer)
            assert untimed(answer) == json.loads(json.dumps(untimed(answer_json(reply_to(question, [], desk)))))

    def test_turns_filters_and_limits_are_kept_to(self, client: TestClient) -> None:
        turns = [{"question": "velorin?", "subjects": ["velorin"]}]
        carried = ask(client, "Is it safe in kidney disease?", turns=turns)
        assert carried["question"]["carried_over"] == ["velorin"]
        only = ask(client, "Is it safe in kidney disease?", filters={"entries": ["quendrite"], "sections": []})
        assert {quote["entry"]["id"] for quote in only["quotes"]} <= {"quendrite"}
        one = ask(client, "Does velorin help attention?", max_quotes=1)
        assert [quote["role"] for quote in one["quotes"]].count("answer") == 1

    def test_searching_ranks_units_with_their_scores(self, client: TestClient) -> None:
        found = client.get("/v1/search", params={"q": "magneisum foods", "section": "dose", "limit": 2}).json()
        assert found["question"]["corrections"] == [["magneisum", "magnesium"]]
        assert [unit["section"] for unit in found["units"]] == ["dose", "dose"]
        first = found["units"][0]
        assert list(first) == ["entry", "title", "section", "unit", "text", "scores", "veto"]
        assert first["text"].startswith("Magnesium-rich foods")
        assert set(first["scores"]) == {
            *("fused", "unit_cosine", "chunk_cosine", "unit_bm25", "chunk_bm25", "probability")
        }
        assert found["chunks"][0]["entry"] == "magnesium-stress"
        vetoed = client.get("/v1/search", params={"q": "magnesium and warfarin"}).json()["units"]
        assert {unit["veto"] for unit in vetoed} == {"does not name warfarin"}

    def test_the_library_is_listed_and_each_entry_with_its_units(self, client: TestClient, library: Library) -> None:
        listed = client.get("/v1/entries").json()
        assert [entry["id"] for entry in listed["entries"]] == [entry.id for entry in library.entries]
        for entry in library.entries:
            full = client.get(f"/v1/entries/{entry.id}").json()
            assert full["snapshot"] == listed["snapshot"]
            for section in full["sections"]:
                for unit in section["units"]:
                    assert unit["text"] is None or entry.text[unit["start"] : unit["end"]] == unit["text"]

    def test_an_answer_verifies_and_an_altered_one_does_not(self, client: TestClient) -> None:
        answer = ask(client, FOODS)
        results = client.post("/v1/verify", json=answer).json()["results"]
        assert [(each["id"], each["outcome"]) for each in results] == [("q1", "found"), ("q2", "found")]
        answer["quotes"][0]["text"] = answer["quotes"][0]["text"].replace("pumpkin", "poppy")
        results = client.post("/v1/verify", json=answer["quotes"]).json()["results"]
        assert [each["outcome"] for each in results] == ["changed", "found"]

    def test_health(self, client: TestClient, desk: Desk) -> None:
        assert client.get("/livez").json() == {"status": "alive"}
        assert client.get("/readyz").json() == {"status": "ready", "snapshot": desk.snapshot.id, "entries": 4}

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/", "text/html"),
            ("/static/chat.js", "text/javascript"),
            ("/static/chat.css", "text/css"),
            ("/static/reader.css", "text/css"),
            ("/static/theme.css", "text/css"),
            ("/widget", "text/html"),
            ("/widget.js", "text/javascript"),
            ("/llms.txt", "text/plain"),
            ("/library/velorin.md", "text/markdown"),
            ("/library/velorin", "text/html"),
        ],
    )
    def test_pages_load_nothing_from_elsewhere(self, client: TestClient, path: str, kind: str) -> None:
        response = client.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(kind)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "://" not in policy

    def test_the_reader_page_of_a_citation_is_there(self, client: TestClient) -> None:
        for quote in ask(client, FOODS)["quotes"]:
            page, _, anchor = quote["url"].partition("#")
            html = client.get(page).text
            assert f'id="{anchor}"' in html
            assert "shop" not in html


class TestSecurityHeaders:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/"),
            ("GET", "/v1/entries"),
            ("GET", "/livez"),
            ("GET", "/nowhere"),
            ("GET", "/v1/ask"),
            ("POST", "/v1/ask"),
            ("GET", "/v1/search"),
            ("GET", "/library/zinc"),
            ("GET", "/openapi.json"),
        ],
    )
    def test_they_come_with_every_response(self, client: TestClient, method: str, path: str) -> None:
        response = client.request(method, path)
        assert HEADERS.items() <= dict(response.headers).items()
        assert "frame-ancestors 'self'" in response.headers["content-security-policy"]
        assert "server" not in response.headers


def raw(body: str | bytes, kind: str = "application/json") -> Json:
    """A body sent as it is."""
    return {"content": body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body, "kind": kind}


BAD_ASKS = {
    "no body": raw(""),
    "no JSON": raw(f"{{{CANARY}"),
    "cut off": raw(f'{{"question": "{CANARY}'),
    "no object": raw("[]"),
    "null": raw("null"),
    "a string": raw(f'"{CANARY}"'),
    "no question": raw("{}"),
    "no UTF-8": raw(b'{"question": "\xff\xfe"}'),
    "too deep": raw("[" * 8_000),
    "a number too long": raw("1" * 8_000),
    "a field too many": raw(f'{{"question": "Is it safe?", "{CANARY}": 1}}'),
    "a field too many that is no text": raw('{"question": "Is it safe?", "\\ud800": 1}'),
    "a field too many in a turn": raw(f'{{"question": "x", "turns": [{{"question": "x", "{CANARY}": "{CANARY}"}}]}}'),
    "an answer in a turn": raw(f'{{"question": "x", "turns": [{{"question": "x", "answer": "{CANARY}"}}]}}'),
    "a question of null": raw('{"question": null}'),
    "a question of a number": raw('{"question": 5}'),
    "a question of a list": raw(f'{{"question": ["{CANARY}"]}}'),
    "a question of an object": raw(f'{{"question": {{"text": "{CANARY}"}}}}'),
    "a question of NaN": raw('{"question": NaN}'),
    "no words": raw('{"question": ""}'),
    "white space": raw('{"question": " \\n\\t "}'),
    "1,001 characters": raw(json.dumps({"question": (CANARY * 100)[:1001]})),
    "a control character": raw(f'{{"question": "{CANARY}\\u0000"}}'),
    "an escape": raw(f'{{"question": "{CANARY}\\u001b[2J"}}'),
    "a lone surrogate": raw(f'{{"question": "{CANARY}\\ud800"}}'),
    "a raw control character": raw(f'{{"question": "{CANARY}\x00"}}'),
    "turns of a text": raw(f'{{"question": "x", "turns": "{CANARY}"}}'),
    "eleven turns": raw(json.dumps({"question": "x", "turns": [{"question": "x"}] * 11})),
    "a turn too long": raw(json.dumps({"question": "x", "turns": [{"question": CANARY * 100}]})),
    "a turn that is no text": raw('{"question": "x", "turns": [{"question": "\\udfff"}]}'),
    "an unknown section": raw(f'{{"question": "x", "filters": {{"sections": ["{CANARY}"]}}}}'),
    "filters of a list": raw('{"question": "x", "filters": []}'),
    "no quotes wanted": raw('{"question": "x", "max_quotes": 0}'),
    "too many quotes wanted": raw('{"question": "x", "max_quotes": 11}'),
    "half a quote wanted": raw('{"question": "x", "max_quotes": 1.5}'),
    "NaN quotes wanted": raw('{"question": "x", "max_quotes": NaN}'),
    "endless tokens": raw('{"question": "x", "max_tokens": Infinity}'),
    "tokens of a word": raw(f'{{"question": "x", "max_tokens": "{CANARY}"}}'),
    "too few tokens": raw(json.dumps({"question": FOODS, "max_tokens": 1})),
    "a form": raw(f"question={CANARY}", "application/x-www-form-urlencoded"),
    "plain text": raw(f'{{"question": "{CANARY}"}}', "text/plain"),
    "no type": raw(f'{{"question": "{CANARY}"}}', ""),
}
BAD_PATHS = (
    ("GET", f"/{CANARY}", 404),
    ("GET", f"/v1/{CANARY}", 404),
    ("GET", "/v1/ask", 405),
    ("PUT", "/v1/ask", 405),
    ("DELETE", "/v1/entries/velorin", 405),
    ("POST", "/v1/entries", 405),
    ("GET", "/v1/verify", 405),
    ("GET", f"/v1/entries/{CANARY}", 404),
    ("GET", "/v1/entries/%ED%A0%80", 404),
    ("GET", f"/library/{CANARY}", 404),
    ("GET", f"/library/{CANARY}.md", 404),
    ("GET", "/library/.md", 404),
    ("GET", "/library/velorin.md.md", 404),
    ("POST", "/widget", 405),
    ("GET", "/library/..%2f..%2fetc%2fpasswd", 404),
    ("GET", "/docs", 404),
    ("GET", "/redoc", 404),
    ("GET", f"/static/{CANARY}", 404),
    ("GET", "/static/", 404),
    ("GET", "/static/../app.py", 404),
    ("GET", "/static/..%2fapp.py", 404),
    ("GET", "/static/%2e%2e/app.py", 404),
    ("GET", "/static/..%5capp.py", 404),
    ("GET", "/static/%2fetc%2fpasswd", 404),
    ("GET", "/static/chat.js%00.html", 404),
    ("GET", "/v1/search", 422),
    ("GET", "/v1/search?q=", 422),
    ("GET", "/v1/search?q=%20%20", 422),
    ("GET", f"/v1/search?q={CANARY}%00", 422),
    ("GET", f"/v1/search?q={CANARY * 80}", 422),
    ("GET", f"/v1/search?q={CANARY}&limit=0", 422),
    ("GET", f"/v1/search?q={CANARY}&limit=101", 422),
    ("GET", f"/v1/search?q={CANARY}&limit={CANARY}", 422),
    ("GET", f"/v1/search?q=x&section={CANARY}", 422),
    ("GET", "/v1/search?q=x" + "&entry=x" * 101, 422),
)
BAD_DOCUMENTS = {
    "no body": b"",
    "no JSON": CANARY.encode(),
    "no UTF-8": b'{"quotes": "\xff"}',
    "null": b"null",
    "NaN": b"NaN",
    "a number": b"5",
    "an empty list": b"[]",
    "an empty object": b"{}",
    "no text": b'[{"entry": "velorin"}]',
    "a text of a number": b'[{"text": 5}]',
    "101 quotations": json.dumps([{"text": CANARY}] * 101).encode(),
    "too deep": b"[" * 60_000,
    "an object too deep": b'{"quotes":' * 6_000 + b"1" + b"}" * 100,
}


def check_problem(status: int, kind: str, body: str, expected: int | None = None) -> None:
    """Assert that a response is a problem of the client's that says nothing of what was sent."""
    assert 400 <= status < 500
    assert expected is None or status == expected
    assert kind == "application/problem+json"
    document = json.loads(body)
    assert document["status"] == status
    assert document["type"] == "about:blank"
    assert document["title"]
    assert set(document) <= {"type", "title", "status", "detail"}
    assert CANARY not in body
    assert "Traceback" not in body


class TestBadRequests:
    @pytest.mark.parametrize("name", BAD_ASKS)
    def test_a_question_that_cannot_be_read_is_refused_and_not_repeated(self, client: TestClient, name: str) -> None:
        sent = BAD_ASKS[name]
        headers = {"Content-Type": sent["kind"]} if sent["kind"] else {}
        response = client.post("/v1/ask", content=sent["content"], headers=headers)
        check_problem(response.status_code, response.headers["content-type"], response.text)

    @pytest.mark.parametrize(("method", "path", "status"), BAD_PATHS)
    def test_a_path_or_a_method_that_is_none(self, client: TestClient, method: str, path: str, status: int) -> None:
        response = client.request(method, path)
        check_problem(response.status_code, response.headers["content-type"], response.text, status)
        if status == 405:
            assert response.headers["allow"]

    @pytest.mark.parametrize("name", BAD_DOCUMENTS)
    def test_a_document_without_quotations(self, client: TestClient, name: str) -> None:
        response = client.post("/v1/verify", content=BAD_DOCUMENTS[name])
        check_problem(response.status_code, response.headers["content-type"], response.text, 422)

    @pytest.mark.parametrize(
        "quotation",
        [
            '{"text": "\\ud800", "id": "\\ud800", "entry": "\\ud800", "sha256": "\\ud800"}',
            '{"text": "x", "start": NaN, "end": Infinity, "entry": "velorin"}',
            '{"text": "x", "start": ' + "9" * 4_000 + ', "entry": "velorin"}',
            '{"text": "x", "id": ' + "[" * 400 + "]" * 400 + "}",
            '{"text": "x", "entry": ' + '{"id":' * 400 + "1" + "}" * 400 + "}",
            json.dumps({"text": "é" * 20_000, "entry": {"id": "velorin"}}, ensure_ascii=False),
        ],
    )
    def test_a_quotation_of_odd_parts_is_only_not_found(self, client: TestClient, quotation: str) -> None:
        response = client.post("/v1/verify", content=f"[{quotation}]".encode())
        assert response.status_code == 200
        (result,) = response.json()["results"]
        assert result["outcome"] in ("changed", "never there")

    def test_the_limits_of_a_body(self, client: TestClient) -> None:
        for path, limit in (("/v1/ask", 8_192), ("/v1/verify", 65_536), ("/nowhere", 8_192)):
            response = client.post(path, content=b" " * (limit + 1))
            check_problem(response.status_code, response.headers["content-type"], response.text, 413)
            assert f"{limit:,} bytes" in response.text
            assert client.post(path, content=b" " * limit).status_code in (404, 422)

    def test_100_000_characters_are_refused_before_they_are_read(self, client: TestClient) -> None:
        response = client.post("/v1/ask", json={"question": CANARY * 7_143})
        check_problem(response.status_code, response.headers["content-type"], response.text, 413)

    def test_what_is_odd_and_yet_a_question_is_answered(self, client: TestClient) -> None:
        for question in ("\ufffe?", "\U0010ffff magnesium", "‮muisengam‬", "x" * 1000, "𝓶𝓪𝓰𝓷𝓮𝓼𝓲𝓾𝓶?", "\u200b"):
            AnswerOut.model_validate(ask(client, question))
        AnswerOut.model_validate(ask(client, "Is it safe?", turns=[{"question": "\x00", "subjects": ["\x00"]}]))
        AnswerOut.model_validate(ask(client, "Is it safe?", filters={"entries": ["..", "\u0000"]}))


class TestWithoutAnIndex:
    def test_it_lives_and_says_that_it_is_not_ready(self, tmp_path: Path) -> None:
        with TestClient(create_app(Settings(index=tmp_path / "none"))) as client:
            assert client.get("/livez").status_code == 200
            assert client.get("/").status_code == 200
            for method, path in (
                ("GET", "/readyz"),
                ("GET", "/v1/entries"),
                ("GET", "/v1/search?q=x"),
                ("GET", "/library/velorin"),
                ("POST", "/v1/verify"),
            ):
                response = client.request(method, path)
                assert response.status_code == 503
                assert response.headers["content-type"] == "application/problem+json"
                assert response.headers["retry-after"] == "5"
            assert client.post("/v1/ask", json={"question": FOODS}).status_code == 503

    def test_an_index_built_meanwhile_is_picked_up(
        self, tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_RELOAD_EVERY", 0.05)
        with TestClient(create_app(Settings(index=tmp_path / "index"))) as client:
            assert client.get("/readyz").status_code == 503
            shutil.copytree(index, tmp_path / "index")
            wait_for(lambda: client.get("/readyz").status_code == 200, 20)
            assert ask(client, FOODS)["status"] == "answered"


class TestReplacingTheSnapshot:
    @pytest.fixture
    def own(self, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TestClient, Path]]:
        """A service over an index of its own that looks for a new one often."""
        monkeypatch.setattr(service, "_RELOAD_EVERY", 0.05)
        shutil.copytree(index, tmp_path / "index")
        app = create_app(Settings(index=tmp_path / "index"))
        app.state.service.load()
        with TestClient(app) as client:
            yield client, tmp_path / "index"

    def test_a_withdrawn_entry_is_gone_everywhere(self, own: tuple[TestClient, Path], library: Library) -> None:
        client, folder = own
        kept = ask(client, "Which foods contain velorin?")
        before = client.get("/readyz").json()["snapshot"]
        assert {quote["entry"]["id"] for quote in kept["quotes"]} == {"velorin"}
        left = tuple(entry for entry in library.entries if entry.id != "velorin")
        build_snapshot(Library(left, frozenset({"velorin"})), folder, PACKAGED_ENCODER)
        wait_for(lambda: client.get("/readyz").json()["snapshot"] != before, 20)
        turns = [{"question": "velorin?", "subjects": ["velorin"]}]
        for again in (ask(client, "Which foods contain velorin?"), ask(client, "Which foods contain it?", turns=turns)):
            assert "velorin" not in {quote["entry"]["id"] for quote in again["quotes"]}
            assert "ember beans" not in json.dumps(again)
            assert again["snapshot"] != before
        found = client.get("/v1/search", params={"q": "ember beans"}).json()
        assert "velorin" not in {unit["entry"] for unit in found["units"]}
        assert client.get("/v1/entries/velorin").status_code == 404
        assert client.get("/library/velorin").status_code == 404
        assert "velorin" not in [entry["id"] for entry in client.get("/v1/entries").json()["entries"]]
        results = client.post("/v1/verify", json=kept).json()["results"]
        assert {each["outcome"] for each in results} == {"withdrawn"}

    def test_who_asks_meanwhile_is_answered_from_one_snapshot_or_the_other(
        self, own: tuple[TestClient, Path], library: Library
    ) -> None:
        client, folder = own
        before = client.get("/readyz").json()["snapshot"]
        answers: list[Json] = []
        with ThreadPoolExecutor(1) as pool:
            built = pool.submit(build_snapshot, Library(library.entries[:2]), folder, PACKAGED_ENCODER)
            while not answers or answers[-1]["snapshot"] == before:
                answers.append(ask(client, FOODS))
                assert len(answers) < 5_000
        assert {answer["snapshot"] for answer in answers} == {before, built.result().snapshot_id}
        assert {answer["quotes"][0]["text"][:20] for answer in answers} == {"Magnesium-rich foods"}

    def test_a_damaged_index_is_not_taken_and_the_one_before_goes_on(
        self, own: tuple[TestClient, Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        client, folder = own
        before = client.get("/readyz").json()["snapshot"]
        (folder / "CURRENT").write_text("0" * 64)
        with caplog.at_level(logging.ERROR, "assistant"):
            wait_for(lambda: bool(caplog.records), 20)
            time.sleep(0.3)
        assert [record.name for record in caplog.records] == ["assistant"]  # said once, not every time it looks
        assert client.get("/readyz").json()["snapshot"] == before
        assert ask(client, FOODS)["status"] == "answered"


class TestFaults:
    def test_a_fault_is_a_problem_without_a_trace_and_its_log_without_the_question(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def crash(question: str, *rest: object) -> None:
            raise ZeroDivisionError(f"cannot answer {question!r}")

        monkeypatch.setattr(doors, "reply_to", crash)
        response = client.post("/v1/ask", json={"question": f"Is {CANARY} safe?"})
        assert response.status_code == 500
        assert response.json() == {"type": "about:blank", "title": "A fault in the service", "status": 500}
        assert HEADERS.items() <= dict(response.headers).items()
        assert CANARY not in caplog.text
        assert "ZeroDivisionError" in caplog.text
        assert "test_app.py" in caplog.text  # where it happened

    def test_an_answer_that_breaks_a_rule_is_not_sent(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(*_: object) -> None:
            raise RuleError("rule 1, verbatim: velorin 5-7")

        monkeypatch.setattr(doors, "reply_to", broken)
        response = client.post("/v1/ask", json={"question": f"Is {CANARY} safe?"})
        assert response.status_code == 500
        assert response.json()["title"] == "The answer broke a rule and was not sent"
        assert "rule 1, verbatim: velorin 5-7" in caplog.text
        assert CANARY not in caplog.text + response.text


class TestTheRealServer:
    def test_it_answers_as_the_reply_does(self, server: Server, desk: Desk) -> None:
        expected = json.loads(json.dumps(untimed(answer_json(reply_to(FOODS, [], desk)))))
        assert untimed(server.ask(FOODS)) == expected
        for path in (
            "/",
            "/livez",
            "/readyz",
            "/v1/entries",
            "/v1/entries/velorin",
            "/library/velorin",
            "/openapi.json",
        ):
            status, headers, _ = server.send("GET", path)
            assert status == 200
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in headers
        body = json.dumps(expected).encode()
        assert b'"found"' in server.send("POST", "/v1/verify", body)[2]

    def test_200_at_once_are_all_answered_rightly(self, server: Server, desk: Desk) -> None:
        questions = (
            FOODS,
            "Which foods contain velorin?",
            "Is velorin safe in kidney disease?",
            "Is it safe?",
            "I want to kill myself",
            "how much magneisum was used",
            "Does thassic oil interact with pelvarin?",
            "What about zinc?",
        )
        expected = {q: json.loads(json.dumps(untimed(answer_json(reply_to(q, [], desk))))) for q in questions}
        asked = [questions[number % len(questions)] for number in range(200)]
        with ThreadPoolExecutor(200) as pool:
            answers = list(pool.map(server.ask, asked))
        for question, answer in zip(asked, answers, strict=True):
            assert untimed(answer) == expected[question]

    @pytest.mark.parametrize("name", ["no JSON", "a lone surrogate", "a field too many that is no text", "too deep"])
    def test_bad_questions_are_problems_here_too(self, server: Server, name: str) -> None:
        status, headers, body = server.send(
            "POST", "/v1/ask", BAD_ASKS[name]["content"], **{"Content-Type": "application/json"}
        )
        check_problem(status, headers["Content-Type"], body.decode())

    @pytest.mark.parametrize(
        "path",
        ["/static/../app.py", "/static/../../cli.py", "/static//etc/passwd", "/../../etc/passwd", "//etc/passwd"],
    )
    def test_a_path_as_it_stands_leads_nowhere_else(self, server: Server, path: str) -> None:
        status, headers, body = server.send("GET", path)
        check_problem(status, headers["Content-Type"], body.decode(), 404)

    def test_a_body_without_a_stated_length_is_cut_off_at_the_limit(self, server: Server) -> None:
        def endless() -> Iterator[bytes]:
            yield b'{"question": "'
            for _ in range(20):
                yield b"x" * 1_000

        status, headers, body = server.send("POST", "/v1/ask", endless(), **{"Content-Type": "application/json"})
        check_problem(status, headers["Content-Type"], body.decode(), 413)
        small = iter([b'{"question":', b' "Which foods are', b' rich in magnesium?"}'])
        status, _, body = server.send("POST", "/v1/ask", small, **{"Content-Type": "application/json"})
        assert status == 200
        assert json.loads(body)["status"] == "answered"

    def test_what_is_no_request_at_all_does_not_stop_it(self, server: Server) -> None:
        for garbage in (
            f"{CANARY} please\r\n\r\n".encode(),
            b"\x16\x03\x01\x02\x00\x01",
            b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(garbage)
                assert b" 500 " not in connection.recv(1000)
        assert server.send("GET", "/livez")[0] == 200

    def test_a_client_that_goes_away_does_not_stop_it(self, server: Server) -> None:
        for part in (
            b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{",
            b"GET /v1/entries HTTP/1.1\r\n",
        ):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(part)
        assert server.ask(FOODS)["status"] == "answered"

    def test_no_question_is_written_anywhere(self, server: Server) -> None:
        """100 questions, each with a word of its own: answered, silent, refused, in an address, in a broken request."""
        kind = {"Content-Type": "application/json"}
        canaries = [f"{CANARY}{number:03d}" for number in range(100)]
        statuses = set()
        for number, canary in enumerate(canaries):
            address = percent_encoded(f"magnesium {canary}")
            sent: tuple[str, str, bytes | None] = (
                ("POST", "/v1/ask", json.dumps({"question": f"{FOODS} {canary}"}).encode()),
                ("POST", "/v1/ask", json.dumps({"question": f"I want to kill myself {canary}"}).encode()),
                ("POST", "/v1/ask", json.dumps({"question": f"Is {canary} safe?"}).encode()),
                ("POST", "/v1/ask", json.dumps({"question": canary, canary: canary}).encode()),
                ("POST", "/v1/ask", f'{{"question": "{canary}\\ud800"}}'.encode()),
                ("POST", "/v1/ask", canary.encode() * 1_000),
                ("GET", f"/v1/search?q={address}", None),
                ("GET", f"/v1/search?q={address}&limit={canary}", None),
                ("POST", "/v1/verify", json.dumps([{"text": canary, "id": canary}]).encode()),
                ("GET", f"/v1/entries/{canary}?{canary}", None),
            )[number % 10]
            statuses.add(server.send(*sent, **kind)[0])
        assert statuses == {200, 404, 413, 422}
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(f"{CANARY}\r\n\r\n".encode())
            connection.recv(1000)
        written = [path for path in server.folder.rglob("*") if path.is_file()]
        assert {"stdout", "stderr", "CURRENT"} <= {path.name for path in written}
        assert [path.name for path in written if CANARY.encode() in path.read_bytes()] == []
        assert server.process.poll() is None


def test_no_question_is_logged_at_any_level(
    client: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "assistant")
    for number in range(100):
        word = f"{CANARY}{number:03d}"
        ask(client, f"{FOODS} {word}", turns=[{"question": word, "subjects": [word]}])
        client.get("/v1/search", params={"q": word})
        client.post("/v1/ask", json={"question": "\x00" + word})
        client.post("/v1/ask", json={"question": word, word: word})
    # The test's own client logs the addresses it calls; the service is not to.
    served = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not any(CANARY in record.getMessage() + str(record.exc_info or "") for record in served)
    assert CANARY not in "".join(capfd.readouterr())


@pytest.fixture(scope="module")
def document(client: TestClient) -> Json:
    """The OpenAPI document."""
    read: Json = client.get("/openapi.json").json()
    return read


class TestTheDescription:
    """What `/openapi.json` says, so that other programs can be written from it."""

    def test_it_is_openapi_with_every_door(self, document: Json) -> None:
        assert document["openapi"].startswith("3.1")
        assert set(document["info"]) >= {"title", "version", "description"}
        assert {(path, method) for path, each in document["paths"].items() for method in each} == {
            ("/v1/ask", "post"),
            ("/v1/search", "get"),
            ("/v1/entries", "get"),
            ("/v1/entries/{entry_id}", "get"),
            ("/v1/verify", "post"),
            ("/v1/feedback", "post"),
            ("/v1/ask/{dialect}", "post"),
            ("/v1/chat/completions", "post"),
            ("/v1/models", "get"),
            ("/livez", "get"),
            ("/readyz", "get"),
        }

    def test_every_operation_says_what_it_is_and_what_it_returns(self, document: Json) -> None:
        operations = [each for path in document["paths"].values() for each in path.values()]
        assert len({each["operationId"] for each in operations}) == len(operations)
        for each in operations:
            assert each["summary"]
            assert each["description"]
            assert (each["responses"].get("200") or each["responses"]["204"])["description"]
            for status, response in each["responses"].items():
                if status >= "400" and "application/problem+json" in response.get("content", {}):
                    assert response["content"]["application/problem+json"]["example"]["status"] == int(status)

    def test_every_reference_leads_somewhere_and_nothing_is_left_over(self, document: Json) -> None:
        text = json.dumps(document)
        names = set(document["components"]["schemas"])
        used = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
        assert used <= names
        assert names - used <= {"HTTPValidationError", "ValidationError"}

    def test_its_examples_are_requests_that_are_answered(self, document: Json, client: TestClient) -> None:
        (example,) = document["components"]["schemas"]["AskIn"]["examples"]
        assert AskIn.model_validate(example)
        assert client.post("/v1/ask", json=example).json()["status"] == "answered"
        (parameter,) = [p for p in document["paths"]["/v1/search"]["get"]["parameters"] if p["name"] == "q"]
        for question in parameter["schema"]["examples"]:
            assert client.get("/v1/search", params={"q": question}).json()["units"]
        body = document["paths"]["/v1/verify"]["post"]["requestBody"]["content"]["application/json"]["example"]
        assert client.post("/v1/verify", json=body).status_code == 200

    def test_its_answer_has_the_fields_that_are_sent(self, document: Json, client: TestClient) -> None:
        schemas = document["components"]["schemas"]
        answer = ask(client, FOODS)
        assert list(schemas["AnswerOut"]["properties"]) == list(answer)
        assert list(schemas["QuoteOut"]["properties"]) == list(answer["quotes"][0])
        assert schemas["AskIn"]["properties"]["question"]["maxLength"] == 1000
