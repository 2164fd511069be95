"""The guard: rates, refusals, metrics and logs, in process; connections against a real server on loopback."""

import asyncio
import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from eval.reliability._running import Clients, Reply, asking, posting
from eval.reliability.overload import send_once
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from assistant.answering.reply import Desk, reply_to
from assistant.serving import doors
from assistant.serving.app import create_app
from assistant.serving.connections import PatientProtocol
from assistant.serving.logs import JsonLines
from assistant.serving.metrics import Metrics
from assistant.serving.service import Service
from assistant.settings import Settings

FOODS = "Which foods are rich in magnesium?"
CANARY = "zanzibarquince"
SECURITY = ("content-security-policy", "x-content-type-options", "referrer-policy")


def loaded(settings: Settings, desk: Desk) -> FastAPI:
    """An app that answers from a desk."""
    app = create_app(settings)
    app.state.service.desk = desk
    return app


@pytest.fixture(scope="module")
def app(index: Path, desk: Desk) -> FastAPI:
    """The service over the four entries."""
    return loaded(Settings(index=index), desk)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of it."""
    with TestClient(app) as client:
        yield client


def samples(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every figure at /metrics, by its name and labels."""
    text = client.get("/metrics").text
    families = list(text_string_to_metric_families(text))
    return {(each.name, tuple(sorted(each.labels.items()))): each.value for one in families for each in one.samples}


class TestRates:
    def test_what_is_left_comes_with_every_response(self, client: TestClient) -> None:
        for method, path in (("GET", "/"), ("POST", "/v1/ask"), ("GET", "/nowhere"), ("GET", "/livez"), ("PUT", "/")):
            headers = client.request(method, path).headers
            assert headers["ratelimit-policy"] == '"default";q=6000;w=60'
            assert headers["ratelimit"].startswith('"default";r=')

    def test_who_asks_too_often_is_told_when_to_come_back(self, index: Path, desk: Desk) -> None:
        with TestClient(loaded(Settings(index=index, rate="3/minute"), desk)) as client:
            responses = [client.post("/v1/ask", json={"question": FOODS}) for _ in range(5)]
            assert [each.status_code for each in responses] == [200, 200, 200, 429, 429]
            refused = responses[-1]
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["status"] == 429
            assert 1 <= int(refused.headers["retry-after"]) <= 120
            assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
            assert all(name in refused.headers for name in SECURITY)

    def test_a_proxy_is_not_believed_unless_it_is_named(self, index: Path, desk: Desk) -> None:
        with TestClient(loaded(Settings(index=index, rate="1/minute"), desk)) as client:
            told = [client.get("/livez", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(2)]
            assert told == [200, 429]


class TestMetrics:
    def test_answers_are_counted_by_status_and_reason_and_timed_by_stage(self, client: TestClient) -> None:
        before = samples(client)
        for question in (FOODS, "I want to kill myself", "hello", FOODS):
            client.post("/v1/ask", json={"question": question})
        after = samples(client)

        def risen(name: str, **labels: str) -> float:
            key = (name, tuple(sorted(labels.items())))
            return after[key] - before.get(key, 0)

        assert risen("assistant_answers_total", status="answered", reason="") == 2
        assert risen("assistant_answers_total", status="redirected", reason="crisis") == 1
        assert risen("assistant_requests_total", route="/v1/ask", method="POST", status="200") == 4
        assert [risen("assistant_stage_seconds_count", stage=stage) for stage in ("total", "encode", "search")] == [
            4
        ] * 3
        assert risen("assistant_request_seconds_count", route="/v1/ask") == 4

    def test_the_state_of_the_line_and_of_what_serves_is_there(self, client: TestClient, desk: Desk) -> None:
        told = samples(client)
        assert told["assistant_entries", ()] == 4
        assert told["assistant_ready", ()] == 1
        assert told["assistant_snapshot_info", (("snapshot", desk.snapshot.id),)] == 1
        assert 0 <= told["assistant_snapshot_age_seconds", ()] < 3_600
        assert told["assistant_waiting", ()] == told["assistant_working", ()] == 0
        assert {labels for name, labels in told if name == "assistant_refused_total"} == {
            (("reason", reason),) for reason in ("full", "late", "gone")
        }

    def test_without_an_index_they_say_so(self, tmp_path: Path) -> None:
        told = samples(TestClient(create_app(Settings(index=tmp_path))))
        assert told["assistant_ready", ()] == 0

    def test_no_path_question_or_method_of_the_clients_becomes_a_label(self, client: TestClient) -> None:
        client.get(f"/{CANARY}")
        client.get(f"/v1/entries/{CANARY}")
        client.get("/v1/search", params={"q": CANARY})
        client.request(CANARY.upper(), "/v1/ask")
        client.post("/v1/ask", json={"question": f"Is {CANARY} safe?"})
        text = client.get("/metrics").text
        assert CANARY not in text.lower()
        assert 'route="/v1/entries/{entry_id}"' in text
        assert 'method="other"' in text

    def test_counting_takes_less_than_a_fifth_of_a_millisecond(self, desk: Desk) -> None:
        metrics = Metrics(Service(Settings()))
        answer = reply_to(FOODS, [], desk)
        taken = []
        for _ in range(300):
            started = time.perf_counter()
            metrics.note_answer(answer)
            metrics.note_request("/v1/ask", "POST", 200, 0.01)
            taken.append(time.perf_counter() - started)
        assert sorted(taken)[150] < 0.0002


class TestLogs:
    def formatted(
        self, name: str, message: str, *arguments: object, error: BaseException | None = None
    ) -> dict[str, Any]:
        """A record as it is written."""
        info = (type(error), error, error.__traceback__) if error else None
        record = logging.LogRecord(name, logging.ERROR, "x.py", 1, message, arguments, info)
        line = JsonLines().format(record)
        assert "\n" not in line
        read: dict[str, Any] = json.loads(line)
        return read

    def test_our_lines_are_json_with_what_happened(self) -> None:
        line = self.formatted("assistant", "a fault in the service: %s", "ZeroDivisionError")
        assert (line["level"], line["logger"], line["message"]) == (
            *("error", "assistant"),
            "a fault in the service: ZeroDivisionError",
        )
        assert line["time"].endswith("Z")

    def test_of_others_only_the_pattern_is_kept(self) -> None:
        assert CANARY not in json.dumps(self.formatted("uvicorn.error", "cannot read %s", CANARY))
        task = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{CANARY}')>"
        assert self.formatted("asyncio", task)["message"] == "Task exception was never retrieved"

    def test_of_an_error_only_the_type_and_the_place_are_kept(self) -> None:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            line = self.formatted("uvicorn.error", "Exception in ASGI application\n", error=error)
        assert line["error"] == "ValueError"
        assert line["places"][-1].startswith("test_guard.py:")
        assert CANARY not in json.dumps(line)

    def test_a_request_is_logged_by_its_route(self, client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "assistant")
        client.get(f"/v1/entries/{CANARY}")
        (record,) = [each for each in caplog.records if each.name == "assistant.requests"]
        line = json.loads(JsonLines().format(record))
        assert (line["route"], line["method"], line["status"]) == ("/v1/entries/{entry_id}", "GET", 404)
        assert CANARY not in json.dumps(line)


class Impatient(PatientProtocol):
    """The protocol, with little patience."""

    read_within = 0.3
    most_connections = 40


@pytest.fixture(scope="module")
def port(app: FastAPI) -> Iterator[int]:
    """A real server on a free port of loopback, in a thread."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # so that who comes before the server is up waits
        config = uvicorn.Config(app, http=Impatient, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(20)


def told(connection: socket.socket) -> bytes:
    """All that a connection says until it is closed."""
    connection.settimeout(10)
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def at_once(port: int, requests: list[bytes]) -> list[Reply]:
    """Send requests at once, each over a connection of its own."""

    async def send() -> list[Reply]:
        return list(await asyncio.gather(*(send_once(port, request) for request in requests)))

    return asyncio.run(send())


class TestConnections:
    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"P",
            b"POST /v1/ask HTTP/1.1\r\nHost: x\r\n",
            b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
        ],
        ids=["nothing", "a byte", "half a head", "half a body"],
    )
    def test_who_sends_slowly_is_closed(self, port: int, sent: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            started = time.monotonic()
            connection.sendall(sent)
            told(connection)
            assert 0.2 < time.monotonic() - started < 5

    def test_who_sends_a_byte_at_a_time_is_closed_too(self, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            started = time.monotonic()
            with contextlib.suppress(OSError):
                for byte in asking(FOODS):
                    connection.sendall(bytes([byte]))
                    time.sleep(0.05)
            assert time.monotonic() - started < 5

    def test_who_is_answered_may_ask_again_on_the_same_connection(self, port: int) -> None:
        async def ask() -> list[int]:
            clients, statuses = Clients(port), []
            for _ in range(3):
                statuses.append((await clients.send(asking(FOODS))).status)
                await asyncio.sleep(0.4)
            await clients.close()
            return statuses

        assert asyncio.run(ask()) == [200, 200, 200]

    @pytest.mark.parametrize("garbage", [b"junk\r\n\r\n", b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n"])
    def test_what_is_no_http_is_a_problem_with_the_security_headers(self, port: int, garbage: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(garbage)
            answer = told(connection)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400")
        assert json.loads(body)["status"] == 400
        assert all(f"\r\n{name}:".encode() in head.lower() for name in SECURITY)

    def test_too_many_connections_are_closed_and_told_so(self, port: int) -> None:
        with contextlib.ExitStack() as stack:
            for _ in range(40):
                stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            with socket.create_connection(("127.0.0.1", port)) as connection:
                assert b"Retry-After" in told(connection)

    def test_whoever_goes_away_frees_the_place(
        self, port: int, app: FastAPI, monkeypatch: pytest.MonkeyPatch, desk: Desk
    ) -> None:
        line, held, begun = app.state.service.line, threading.Event(), []

        def slow(question: str, *_: object) -> object:
            begun.append(question)
            held.wait(10)
            return reply_to(FOODS, [], desk)

        monkeypatch.setattr(doors, "reply_to", slow)
        with ThreadPoolExecutor(line.workers) as pool:
            first = [pool.submit(at_once, port, [asking(f"first {n}")]) for n in range(line.workers)]
            while len(begun) < line.workers:
                time.sleep(0.01)
            for number in range(10):
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(asking(f"gone {number}"))
                    while not line.waiting:
                        time.sleep(0.005)
                while line.waiting:
                    time.sleep(0.005)
            held.set()
            assert [each.result()[0].status for each in first] == [200] * line.workers
        assert all(question.startswith("first") for question in begun)

    def test_what_overflows_is_refused_quickly_in_form_and_the_rest_is_answered(
        self, port: int, app: FastAPI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line = app.state.service.line
        monkeypatch.setattr(line, "most_waiting", 4)
        replies = at_once(port, [asking(FOODS)] * 30) + at_once(port, [asking(FOODS)] * 30)
        assert {reply.status for reply in replies} == {200, 503}
        for reply in replies:
            if reply.status == 503:
                assert reply.header("content-type") == "application/problem+json"
                assert int(reply.header("retry-after")) >= 1
                assert all(reply.header(name) for name in SECURITY)
                assert json.loads(reply.body)["title"] == "Busy"
        # Refused before it is read, and on a connection that is kept; what else is asked is served.
        assert line.overflown
        monkeypatch.setattr(line, "coming", 10**6)

        async def ask_on_one_connection() -> list[int]:
            clients = Clients(port)
            requests = (asking(FOODS), asking(FOODS), posting("/v1/verify", b"[]"), asking(FOODS))
            statuses = [(await clients.send(request)).status for request in requests]
            await clients.close()
            return statuses

        assert asyncio.run(ask_on_one_connection()) == [503, 503, 422, 503]
