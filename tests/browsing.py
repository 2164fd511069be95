"""What the tests of the pages share: the real service with some answers canned, and answers to can."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.loopback import listening
from playwright.sync_api import Frame, Page, expect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answering.reply import Desk
from assistant.serving.app import create_app
from assistant.settings import Settings

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
DISCLAIMER = (
    "This is a summary of published research, not personal health advice. Discuss any health or supplement decisions "
    "with a qualified healthcare professional, particularly during ongoing care, pregnancy, or with chronic conditions."
)
Json = dict[str, Any]
Reply = tuple[int, Json | Sequence[bytes]]
"""An HTTP status and a body, or the pieces of a stream."""


@dataclass(slots=True)
class Site:
    """The service: real but for the answers that a test cans, by question."""

    url: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[Json] = field(default_factory=list)
    feedback: list[Json] = field(default_factory=list)
    feedback_status: int | None = None
    """What feedback is answered with; the service itself answers when None."""
    gate: threading.Event = field(default_factory=threading.Event)
    """Until it is set, a stream waits after its first two pieces."""

    def reset(self) -> None:
        """Forget what a test has canned and what was asked."""
        self.replies.clear()
        self.asked.clear()
        self.feedback.clear()
        self.feedback_status = None
        self.gate.clear()


class Canned:
    """The service behind canned answers."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in ("/v1/ask", "/v1/feedback") or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message.get("body", b"")
        reply = self._reply(scope["path"], json.loads(body))
        if reply is None:

            async def again() -> Message:
                return {"type": "http.request", "body": body}

            await self.app(scope, again, send)
        else:
            await self._send(*reply, send)

    def _reply(self, path: str, sent: Json) -> Reply | None:
        if path == "/v1/feedback":
            self.site.feedback.append(sent)
            return None if self.site.feedback_status is None else (self.site.feedback_status, {})
        self.site.asked.append(sent)
        return self.site.replies.get(sent["question"])

    async def _send(self, status: int, body: Json | Sequence[bytes], send: Send) -> None:
        kind = "application/json" if status == 200 else "application/problem+json"
        pieces = [json.dumps(body).encode()] if isinstance(body, dict) else list(body)
        kind = kind if isinstance(body, dict) else "text/event-stream"
        headers = [(b"content-type", kind.encode()), *([(b"retry-after", b"7")] if status == 429 else [])]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for number, piece in enumerate(pieces):
            if number == 2 and len(pieces) > 2:
                await asyncio.to_thread(self.site.gate.wait, 20)
            await send({"type": "http.response.body", "body": piece if status != 204 else b"", "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def serving(index: Path, desk: Desk, sites: tuple[str, ...] = ()) -> Iterator[Site]:
    """Serve an index on loopback, and let these sites in."""
    site = Site()
    app = create_app(Settings(index=index, sites=sites))
    app.state.service.desk = desk
    with listening(Canned(app, site)) as address:
        site.url = address
        yield site
        site.gate.set()


def watched(page: Page) -> list[str]:
    """A list that fills with what goes wrong in a page: errors of its scripts, and whatever its policy stops."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Security Policy" in line.text else None)
    return faults


def quote(text: str, *, entry: Json | None = None, **changes: object) -> Json:
    """A quotation as the service sends it."""
    about: Json = {"id": "e1", "title": "How do stress and magnesium interact?", "url": "https://library.example/s"}
    about |= {"last_reviewed": "2026-04-29", "confidence": "moderate", "subjects": ["magnesium"], **(entry or {})}
    made: Json = {"id": "q1", "role": "answer", "label": None, "text": text, "entry": about, "section": "dose"}
    made |= {"units": [0, 0], "start": 0, "end": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return made | {"table": None, "sources": [], "url": about["url"], "fragment_url": None} | changes


def answer(*quotes: Json, question: Json | None = None, **changes: object) -> tuple[int, Json]:
    """An answer as the service sends it, whole."""
    read: Json = {"text": "q", "read_as": "q", "subjects": ["magnesium"], "carried_over": [], "corrections": []}
    made: Json = {"status": "answered", "reason": None, "question": read | (question or {}), "notice": None}
    made |= {"quotes": list(quotes), "nearest": [], "disclaimer": {"id": "d", "version": 1, "text": DISCLAIMER}}
    return 200, made | {"snapshot": "s", "degraded": False, "timings_ms": {"total": 1.0}} | changes


def streamed(reply: tuple[int, Json]) -> tuple[int, list[bytes]]:
    """The same answer as the events of a stream, a piece each."""
    status, whole = reply
    rest = {name: value for name, value in whole.items() if name != "quotes"}
    events = [("meta", rest), *(("quote", each) for each in whole["quotes"]), ("done", rest)]
    return status, [f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in events]


def notice(text: str, status: str, reason: str) -> Json:
    """What an answer with a notice has in its place."""
    return {"status": status, "reason": reason, "notice": {"id": "n", "version": 1, "text": text}}


def ask(page: Page | Frame, site: Site, reply: Reply | None, question: str = "How much magnesium?") -> None:
    """Ask as a reader does, and wait until the reply stands; the service itself replies when none is given."""
    if reply is not None:
        site.replies[question] = reply
    before = page.locator("article").count()
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("article")).to_have_count(before + 1)
    expect(page.locator("[aria-busy]")).to_have_count(0)


def violations(page: Page | Frame) -> list[str]:
    """What axe-core finds wrong with a page as it stands, by rule and element; its rules of best practice included."""
    from axe_playwright_python import base

    page.evaluate(Path(base.__file__).with_name("axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {iframes: false})")
    assert len(found["passes"]) > 10
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
