"""Doors: the same questions through every door, and what each lost of the answer that `POST /v1/ask` gives.

    python -m eval.doors --questions 500

starts the service over the built index and asks with the real clients. Whether an answer is right is measured
elsewhere; here only that it is the same. Exit code 1 when any door differs.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from mcp import Client as McpClient
from mcp import StdioServerParameters, stdio_client
from openai import OpenAI

from assistant.client import Client
from assistant.serving.app import create_app
from assistant.serving.markdown import quotations_in
from assistant.settings import settings_from
from eval.loopback import listening

Json = dict[str, Any]
QUESTIONS = Path(__file__).parent / "questions"
_FILES = ("given.jsonl", "sample_dev.jsonl", "given_more.jsonl", "sample_more.jsonl", "triage_train.jsonl")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came through a door for one question."""

    whole: Json | None
    """The whole answer, where the door carries it."""
    quotes: tuple[str, ...]
    """The quoted words, as the door's own shape has them."""
    citations: tuple[str, ...]
    """The title of each quotation's entry."""
    disclaimers: int
    """How often the disclaimer stands in what is shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is reached."""

    url: str
    index: Path


Door = Callable[[Place, Sequence[str], str], list[Heard]]
"""Asks the questions in order; the last argument is the disclaimer to look for."""


def events(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    """Ask for server-sent events."""
    heard = []
    with httpx.Client(base_url=place.url, timeout=60) as client:
        for question in questions:
            accept = {"Accept": "text/event-stream"}
            body = client.post("/v1/ask", json={"question": question}, headers=accept).text
            whole: Json = {"quotes": []}
            for block in body.removesuffix("\n\n").split("\n\n"):
                name, data = (line.split(": ", 1)[1] for line in block.split("\n"))
                if name == "quote":
                    whole["quotes"].append(json.loads(data))
                else:
                    whole |= json.loads(data)
            heard.append(_of_whole(whole, body.count(json.dumps(disclaimer, ensure_ascii=False))))
    return heard


def chat(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    """Ask with OpenAI's client."""
    heard = []
    with OpenAI(base_url=f"{place.url}/v1", api_key="none", max_retries=0) as client:
        for question in questions:
            reply = client.chat.completions.create(model="library", messages=[{"role": "user", "content": question}])
            message, whole = reply.choices[0].message, (reply.model_extra or {})["assistant_answer"]
            text, titles = message.content or "", tuple(each.url_citation.title for each in message.annotations or [])
            heard.append(Heard(whole, _quoted(text), titles, text.count(disclaimer)))
    return heard


def chat_streamed(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    """Ask with OpenAI's client, in a stream."""
    heard = []
    with OpenAI(base_url=f"{place.url}/v1", api_key="none", max_retries=0) as client:
        for question in questions:
            text, whole, cited = "", None, []
            stream = client.chat.completions.create(
                model="library", messages=[{"role": "user", "content": question}], stream=True
            )
            for chunk in stream:
                whole = (chunk.model_extra or {}).get("assistant_answer", whole)
                for choice in chunk.choices:
                    text += choice.delta.content or ""
                    cited += (choice.delta.model_extra or {}).get("annotations", [])
            titles = tuple(note["url_citation"]["title"] for note in cited)
            heard.append(Heard(whole, _quoted(text), titles, text.count(disclaimer)))
    return heard


def mcp_http(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    """Ask over MCP's streamable HTTP."""
    return asyncio.run(_through(McpClient(f"{place.url}/mcp"), questions, disclaimer))


def mcp_stdio(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    """Ask over MCP on standard input and output."""
    command = ["-W", "ignore", "-m", "assistant.cli", "mcp", "--index", str(place.index)]
    started = StdioServerParameters(command=sys.executable, args=command, env=dict(os.environ))
    return asyncio.run(_through(McpClient(stdio_client(started)), questions, disclaimer))


async def _through(client: McpClient, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    heard = []
    async with client:
        for question in questions:
            result = await client.call_tool("ask_library", {"question": question})
            text = "".join(getattr(block, "text", "") for block in result.content)
            whole: Json = result.structured_content
            titles = tuple(quote["entry"]["title"] or quote["entry"]["id"] for quote in whole["quotes"])
            heard.append(Heard(whole, _quoted(text), titles, text.count(disclaimer)))
    return heard


def markdown(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    """Ask for Markdown; it carries no whole answer."""
    heard = []
    with httpx.Client(base_url=place.url, timeout=60) as client:
        for question in questions:
            text = client.post("/v1/ask/markdown", json={"question": question}).text
            results = []
            if quotes := _quoted(text):
                kind = {"Content-Type": "text/markdown"}
                results = client.post("/v1/verify", content=text.encode(), headers=kind).json()["results"]
            titles = tuple(each["entry"] or "" for each in results)
            heard.append(Heard(None, quotes, titles, text.count(disclaimer)))
    return heard


def _dialect(name: str, read: Callable[[Json], tuple[list[str], list[str]]]) -> Door:
    def ask(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
        heard = []
        with httpx.Client(base_url=place.url, timeout=60) as client:
            for question in questions:
                made = client.post(f"/v1/ask/{name}", json={"question": question}).json()
                quotes, titles = read(made)
                shown = made["assistant_answer"]["disclaimer"]["text"] == disclaimer
                heard.append(Heard(made["assistant_answer"], tuple(quotes), tuple(titles), int(shown)))
        return heard

    return ask


def _annotations(made: Json) -> tuple[list[str], list[str]]:
    quotes = [item["target"]["selector"][0]["exact"] for item in made["items"]]
    return quotes, [quote["entry"]["title"] or quote["entry"]["id"] for quote in made["assistant_answer"]["quotes"]]


def _results(made: Json) -> tuple[list[str], list[str]]:
    cited = [block["citations"][0] for block in made["content"] if "citations" in block]
    return [each["cited_text"] for each in cited], [each["title"] for each in cited]


def _documents(made: Json) -> tuple[list[str], list[str]]:
    documents = [each for each in made["documents"] if each["metadata"]["role"] != "notice"]
    entries = [each["metadata"]["entry"] for each in documents]
    return [each["page_content"] for each in documents], [each["title"] or each["id"] for each in entries]


def python_client(place: Place, questions: Sequence[str], disclaimer: str) -> list[Heard]:
    """Ask with our client for Python."""
    library, heard = Client(place.url), []
    for question in questions:
        answer = library.ask(question)
        quotes = tuple(quote.text for quote in answer.quotes)
        titles = tuple(quote.title or quote.entry_id for quote in answer.quotes)
        heard.append(Heard(answer.json, quotes, titles, int(answer.disclaimer == disclaimer)))
    return heard


DOORS: dict[str, Door] = {
    "server-sent events": events,
    "chat completions": chat,
    "chat completions, streamed": chat_streamed,
    "MCP over HTTP": mcp_http,
    "MCP on stdio": mcp_stdio,
    "markdown": markdown,
    "annotations": _dialect("annotations", _annotations),
    "search results": _dialect("search-results", _results),
    "documents": _dialect("documents", _documents),
    "client for Python": python_client,
}


def differences(place: Place, questions: Sequence[str], doors: Sequence[str] = tuple(DOORS)) -> dict[str, list[int]]:
    """Ask every question through every door.

    Returns:
        By door, the numbers of the questions for which it gave something other than `POST /v1/ask`: another answer,
        other quotations or citations, or the disclaimer not once.
    """
    with httpx.Client(base_url=place.url, timeout=60) as client:
        answers: list[Json] = [client.post("/v1/ask", json={"question": each}).json() for each in questions]
    disclaimer = answers[0]["disclaimer"]["text"]
    return {
        name: [
            number
            for number, (heard, answer) in enumerate(
                zip(DOORS[name](place, questions, disclaimer), answers, strict=True)
            )
            if not _same(heard, answer, name)
        ]
        for name in doors
    }


def sampled_questions(wanted: int) -> list[str]:
    """Return so many labelled questions, spread evenly over the development halves and the triage examples."""
    asked: list[str] = []
    for name in _FILES:
        for line in (QUESTIONS / name).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record.get("half", "dev") == "dev":
                asked.append(record.get("question") or record["text"])
    return list(dict.fromkeys(asked[at * len(asked) // wanted] for at in range(min(wanted, len(asked)))))


def _same(heard: Heard, answer: Json, door: str) -> bool:
    by_id = door == "markdown"  # what it says is verified, and that names the entry by its id
    titles = tuple(q["entry"]["id"] if by_id else q["entry"]["title"] or q["entry"]["id"] for q in answer["quotes"])
    return (
        (heard.whole is None or _untimed(heard.whole) == _untimed(answer))
        and heard.quotes == tuple(quote["text"] for quote in answer["quotes"])
        and heard.citations == titles
        and heard.disclaimers == 1
    )


def _quoted(markdown: str) -> tuple[str, ...]:
    return tuple(words for *_, words in quotations_in(markdown))


def _untimed(answer: Json) -> Json:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def _of_whole(whole: Json, disclaimers: int) -> Heard:
    quotes = tuple(quote["text"] for quote in whole["quotes"])
    return Heard(whole, quotes, tuple(q["entry"]["title"] or q["entry"]["id"] for q in whole["quotes"]), disclaimers)


@contextmanager
def serving(index: Path) -> Iterator[Place]:
    """Serve an index on a free port of loopback."""
    app = create_app(settings_from({"ASSISTANT_INDEX": str(index)}))
    app.state.service.load()
    with listening(app) as address:
        yield Place(address.rstrip("/"), index)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the doors and print the number of differences."""
    parser = argparse.ArgumentParser(prog="python -m eval.doors", description=__doc__)
    parser.add_argument("--questions", type=int, default=500, metavar="N", help="how many to ask (default: 500)")
    parser.add_argument("--index", type=Path, default=settings_from().index, metavar="DIR", help="the built index")
    options = parser.parse_args(arguments)
    questions = sampled_questions(options.questions)
    with serving(options.index.resolve()) as place:
        found = differences(place, questions)
    for name, numbers in found.items():
        print(f"{name}: {len(numbers)} of {len(questions)} differ")
        for number in numbers[:5]:
            print(f"    {questions[number]}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
