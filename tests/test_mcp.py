"""The Model Context Protocol, through its own client: the same answers over HTTP and on standard input and output."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.types import CallToolResult, TextContent, TextResourceContents

from assistant.library.model import Library
from assistant.serving import asking
from assistant.serving.markdown import quotations_in

Json = dict[str, Any]
QUESTIONS = (
    "Which foods are rich in magnesium?",
    "Can magnesium be taken with ashwagandha?",
    "Does zinc cure cancer?",
    "I took 40 paracetamol",
    "Should I take velorin?",
)
CANARY = "zanzibarquince"
Script = Callable[[Client], Awaitable[None]]


def over_http(served: str, script: Script) -> None:
    """Run a script with a client of the service."""

    async def run() -> None:
        async with Client(f"{served}/mcp") as client:
            await script(client)

    asyncio.run(run())


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def asked(served: str, question: str) -> Json:
    answer: Json = httpx.post(f"{served}/v1/ask", json={"question": question}).json()
    return untimed(answer)


def untimed(answer: Json) -> Json:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


async def check_answers(client: Client, served: str) -> None:
    """The answers of `ask_library` are those of `POST /v1/ask`."""
    for question in QUESTIONS:
        answer, result = asked(served, question), await client.call_tool("ask_library", {"question": question})
        assert not result.is_error
        assert untimed(result.structured_content) == answer
        text = text_of(result)
        assert [words for *_, words in quotations_in(text)] == [quote["text"] for quote in answer["quotes"]]
        assert text.count(answer["disclaimer"]["text"]) == 1


def test_every_tool_gives_what_it_says_with_the_disclaimer_in_both(served: str, library: Library) -> None:
    async def script(client: Client) -> None:
        await check_answers(client, served)
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        calls: dict[str, Json] = {
            "ask_library": {"question": "Is it safe?", "turns": [{"question": "velorin?", "subjects": ["velorin"]}]},
            "search_library": {"query": "magnesium and sleep", "limit": 3},
            "read_entry": {"id": "velorin"},
            "verify_quote": {"text": "Velorin is a stone.", "entry": "velorin"},
        }
        assert tools.keys() == calls.keys()
        disclaimer = asked(served, "hello")["disclaimer"]
        for name, arguments in calls.items():
            jsonschema.validate(arguments, tools[name].input_schema)
            result = await client.call_tool(name, arguments)
            assert not result.is_error, text_of(result)
            jsonschema.validate(result.structured_content, tools[name].output_schema or {})
            assert text_of(result).count(disclaimer["text"]) == 1
            assert result.structured_content["disclaimer"] == disclaimer
            about = tools[name].annotations
            assert about is not None
            assert about.read_only_hint

    over_http(served, script)


def test_a_client_of_the_older_protocol_gets_the_same(served: str) -> None:
    async def run() -> None:
        async with Client(f"{served}/mcp", mode="legacy") as client:
            await check_answers(client, served)
            assert len((await client.list_tools()).tools) == 4
            assert client.instructions is not None
            assert "show the disclaimer" in client.instructions

    asyncio.run(run())


def test_searching_gives_places_and_never_words_and_knows_an_emergency(served: str) -> None:
    async def script(client: Client) -> None:
        found = await client.call_tool("search_library", {"query": "magnesium rich foods", "sections": ["dose"]})
        places = found.structured_content["places"]
        assert {place["section"] for place in places} == {"dose"}
        assert places[0]["url"] == f"{served}/library/magnesium-stress#u{places[0]['unit']}"
        assert set(places[0]) == {"entry", "title", "section", "unit", "url"}
        for query in ("I took 40 magnesium tablets", "I want to kill myself"):
            found = await client.call_tool("search_library", {"query": query})
            notice = asked(served, query)["notice"]
            assert (found.structured_content["places"], found.structured_content["notice"]) == ([], notice)
            assert text_of(found).startswith(notice["text"])

    over_http(served, script)


def test_an_entry_is_a_resource_and_all_it_quotes_verifies(served: str, library: Library) -> None:
    async def script(client: Client) -> None:
        listed = (await client.list_resources()).resources
        assert [str(each.uri) for each in listed] == [f"library://entry/{entry.id}" for entry in library.entries]
        disclaimer = asked(served, "hello")["disclaimer"]["text"]
        for each in listed:
            (content,) = (await client.read_resource(str(each.uri))).contents
            assert isinstance(content, TextResourceContents)
            assert content.text.count(disclaimer) == 1
            quoted = [{"text": words, "entry": each.name} for *_, words in quotations_in(content.text)]
            assert len(quoted) > 10
            result = await client.call_tool("verify_quote", {"document": quoted[:100]})
            assert {verdict["outcome"] for verdict in result.structured_content["results"]} == {"found"}
        for uri in ("library://entry/none", "library://entry/", "file:///etc/passwd"):
            with pytest.raises(MCPError, match="no such entry"):
                await client.read_resource(uri)

    over_http(served, script)


def test_what_cannot_be_read_is_an_error_that_repeats_nothing(served: str, caplog: pytest.LogCaptureFixture) -> None:
    wrong: tuple[tuple[str, Json], ...] = (
        ("ask_library", {}),
        ("ask_library", {"question": " "}),
        ("ask_library", {"question": CANARY * 100}),
        ("ask_library", {"question": f"{CANARY}\x00"}),
        ("ask_library", {"question": [CANARY]}),
        ("ask_library", {"question": CANARY, CANARY: 1}),
        ("ask_library", {"question": CANARY, "turns": [{"question": CANARY}] * 11}),
        ("ask_library", {"question": "velorin dose", "max_tokens": 1}),
        ("search_library", {"query": ""}),
        ("search_library", {"query": CANARY, "limit": 10**9}),
        ("search_library", {"query": CANARY, "sections": [CANARY]}),
        ("read_entry", {"id": CANARY}),
        ("read_entry", {"id": f"../{CANARY}"}),
        ("verify_quote", {}),
        ("verify_quote", {"text": ""}),
        ("verify_quote", {"document": {CANARY: CANARY}}),
        ("verify_quote", {"document": [{"text": CANARY}] * 101}),
    )

    async def script(client: Client) -> None:
        for name, arguments in wrong:
            result = await client.call_tool(name, arguments)
            assert result.is_error, (name, arguments)
            assert CANARY not in text_of(result)
        with pytest.raises(MCPError) as raised:
            await client.call_tool(CANARY, {})
        assert CANARY not in str(raised.value)

    with caplog.at_level(logging.DEBUG, "assistant"):
        over_http(served, script)
    assert CANARY not in "".join(line.getMessage() for line in caplog.records if line.name.startswith("assistant"))


def test_a_fault_is_told_without_the_question(
    served: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(question: str, *_: object) -> None:
        raise ZeroDivisionError(question)

    async def script(client: Client) -> None:
        result = await client.call_tool("ask_library", {"question": CANARY})
        assert (result.is_error, text_of(result)) == (True, "a fault in the service")

    monkeypatch.setattr(asking, "reply_to", crash)
    over_http(served, script)
    assert "a fault in the service: ZeroDivisionError at " in caplog.text
    assert CANARY not in "".join(line.getMessage() for line in caplog.records if line.name.startswith("assistant"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 60_000,
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7, "arguments": "x"}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "zanzibarquince"}',
        b'{"jsonrpc": "1.0", "id": {}, "method": []}',
        b'{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        json.dumps([{"jsonrpc": "2.0", "id": n, "method": "ping"} for n in range(100)]).encode(),
    ],
)
def test_nothing_that_is_sent_breaks_the_door(served: str, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    for version in ({}, {"MCP-Protocol-Version": "2025-06-18"}, {"MCP-Protocol-Version": "9999-01-01"}):
        response = httpx.post(f"{served}/mcp", content=body, headers=accept | version)
        assert response.status_code < 500
        assert response.headers["x-content-type-options"] == "nosniff"
        assert CANARY not in caplog.text
    assert httpx.get(f"{served}/livez").status_code == 200


def test_the_door_keeps_to_its_limits(served: str) -> None:
    assert httpx.post(f"{served}/mcp", content=b"x" * 65_537).status_code == 413
    assert httpx.get(f"{served}/mcp", headers={"Accept": "text/event-stream"}).status_code == 405
    assert httpx.delete(f"{served}/mcp").status_code == 405
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    assert (
        httpx.post(f"{served}/mcp", json=ping, headers=accept | {"Origin": "https://else.example"}).status_code == 403
    )
    assert httpx.post(f"{served}/mcp", json=ping, headers=accept | {"Origin": served}).status_code == 200


def test_the_command_offers_the_same_on_standard_input_and_output(served: str, index: Path, tmp_path: Path) -> None:
    command = ["-W", "ignore", "-m", "assistant.cli", "mcp", "--index", str(index)]
    started = StdioServerParameters(command=sys.executable, args=command, env=dict(os.environ), cwd=tmp_path)

    async def run() -> None:
        with (tmp_path / "said").open("w+") as said:
            async with Client(stdio_client(started, errlog=said)) as client:
                await check_answers(client, served)
                with pytest.raises(MCPError, match="no such tool"):
                    await client.call_tool(CANARY, {})
            assert (tmp_path / "said").read_text() == ""

    asyncio.run(run())


def test_without_an_index_the_command_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "assistant.cli", "mcp", "--index", str(tmp_path)]
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "read_entry", "arguments": {"id": "x"}},
    }
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        call,
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
        process.stdin.flush()
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        process.stdin.close()
    assert first["result"]["serverInfo"]["name"] == "assistant"
    assert second["result"]["isError"]
    assert "make one with `assistant build`" in second["result"]["content"][0]["text"]
