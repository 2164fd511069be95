"""Endpoints: asking a live system, over the two dialects that most speak, and reading what it answers.

Only the question is sent, as a user's message. A key is never shown, in errors neither. What comes back is read as
strictly as a file is.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx

from eval.foreign import MAX_LINE, ForeignAnswer, ForeignError, read_answer

Json = Mapping[str, Any]
Dialect = Literal["openai", "anthropic"]
_BUSY = (429, 503, 529)
"""Statuses that ask for patience."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PATHS: dict[Dialect, str] = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A live system.

    Raises:
        ForeignError: the base is no http address, or would send the key in the open.
    """

    dialect: Dialect
    base: str
    """Its address up to the dialect's own path, such as https://api.example.org."""
    model: str
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.base)
        except (httpx.InvalidURL, ValueError):
            raise ForeignError(f"{self.base!r} is no address; give one such as https://api.example.org") from None
        if url.scheme not in ("http", "https") or not re.fullmatch(r"[\w.:-]+", url.host):
            raise ForeignError(f"{self.base!r} is no http address; give one such as https://api.example.org")
        if self.key and url.scheme == "http" and url.host not in _LOOPBACK:
            raise ForeignError(f"{self.base!r} would get the key unencrypted; use https, or send no key")

    @property
    def url(self) -> str:
        """Where questions are sent."""
        return self.base.rstrip("/").removesuffix("/v1") + _PATHS[self.dialect]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for an endpoint."""

    timeout: float = 120.0
    """Seconds for one request."""
    attempts: int = 5
    """Of one question."""
    first_wait: float = 1.0
    """Seconds before the second attempt when the endpoint names none; doubled for each one more."""
    longest_wait: float = 120.0
    """Seconds; an endpoint that asks for more is given up."""
    at_once: int = 4
    """Questions on their way at the same time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the id its answer gets."""

    id: str
    question: str


def ask_endpoint(
    endpoint: Endpoint,
    questions: Sequence[Asked],
    patience: Patience = Patience(),
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[ForeignAnswer]:
    """Yield the answers of a live system, in the order of the questions, each as soon as those before it are there.

    Raises:
        ForeignError: it cannot be reached, refuses, or answers what cannot be read; named with the question's id.
    """
    with (
        httpx.Client(timeout=patience.timeout, headers=_headers(endpoint)) as client,
        ThreadPoolExecutor(patience.at_once) as pool,
    ):
        tasks = [pool.submit(_ask, client, endpoint, each, patience, wait) for each in questions]
        try:
            for task in tasks:
                yield task.result()
        finally:
            for task in tasks:
                task.cancel()


def _headers(endpoint: Endpoint) -> dict[str, str]:
    if endpoint.dialect == "anthropic":
        return {"anthropic-version": "2023-06-01"} | ({"x-api-key": endpoint.key} if endpoint.key else {})
    return {"authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}


def _ask(
    client: httpx.Client, endpoint: Endpoint, asked: Asked, patience: Patience, wait: Callable[[float], None]
) -> ForeignAnswer:
    place = f"{endpoint.url}, question {asked.id!r}"
    body: dict[str, Any] = {"model": endpoint.model, "messages": [{"role": "user", "content": asked.question}]}
    if endpoint.dialect == "anthropic":
        body["max_tokens"] = 2048
    for attempt in range(1, patience.attempts + 1):
        try:
            with client.stream("POST", endpoint.url, json=body) as response:
                status, data = response.status_code, _body(response, place)
                kind, later = response.headers.get("content-type", ""), response.headers.get("retry-after", "")
        except httpx.TimeoutException:
            raise ForeignError(
                f"{place}: no answer within {patience.timeout:g} s; allow it more, or ask fewer at once"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ForeignError(
                f"{place}: cannot be reached ({error}); is it running, and is the address right?"
            ) from None
        if status not in _BUSY:
            break
        pause = _pause(later, patience.first_wait * 2 ** (attempt - 1))
        if attempt == patience.attempts or pause > patience.longest_wait:
            raise ForeignError(
                f"{place}: still busy ({status}) after {attempt} attempts, asks for {pause:g} s; try again later"
            )
        wait(pause)
    if status != 200:
        raise ForeignError(f"{place}: status {status}: {_excerpt(data)}; is the model, the key or the address wrong?")
    document = _document(data, kind, place)
    read = _read_messages if endpoint.dialect == "anthropic" else _read_chat
    return read(document, asked, place)


def _body(response: httpx.Response, place: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MAX_LINE:
            raise ForeignError(f"{place}: an answer of more than {MAX_LINE:,} bytes; is this the right address?")
        parts.append(part)
    return b"".join(parts)


def _pause(later: str, otherwise: float) -> float:
    """Return the seconds that a Retry-After asks for, a number of them or a date (RFC 9110, 10.2.3)."""
    if later.strip().isdecimal():
        return float(later)
    try:
        due = parsedate_to_datetime(later)
    except (ValueError, TypeError):
        return otherwise
    return max(0.0, (due.replace(tzinfo=due.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _document(data: bytes, kind: str, place: str) -> Json:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        sent = kind.split(";")[0] or "no content type"
        raise ForeignError(f"{place}: sent {sent}, not JSON: {_excerpt(data)}; is this the API's address?") from None
    if not isinstance(document, Mapping):
        raise ForeignError(f"{place}: sent {_excerpt(data)}; it must be an object")
    return document


def _read_chat(document: Json, asked: Asked, place: str) -> ForeignAnswer:
    """Read a chat completion: its text, or its refusal, and its url_citation annotations."""
    choices = document.get("choices")
    message = (
        choices[0].get("message") if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else None
    )
    if not isinstance(message, Mapping):
        raise ForeignError(f"{place}: no choices[0].message in it; is this an OpenAI-compatible endpoint?")
    text = message.get("content")
    if text is None:
        text = message.get("refusal")
    citations: list[Json] = []
    annotations = message.get("annotations")
    for note in annotations if isinstance(annotations, list) else []:
        if isinstance(note, Mapping) and note.get("type") == "url_citation":
            cited = note.get("url_citation", note)
            if not isinstance(cited, Mapping):
                raise ForeignError(f"{place}: a url_citation that is no object; it needs a url and its indices")
            citations.append(
                {
                    "url": cited.get("url"),
                    "title": cited.get("title"),
                    "start": cited.get("start_index"),
                    "end": cited.get("end_index"),
                }
            )
    return _answer(asked, text, citations, place)


def _read_messages(document: Json, asked: Asked, place: str) -> ForeignAnswer:
    """Read a message: its text blocks one after the other, each with its citations."""
    blocks = document.get("content")
    if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
        raise ForeignError(f"{place}: no list of content blocks in it; is this a messages endpoint?")
    text = ""
    citations: list[Json] = []
    for block in blocks:
        if block.get("type") != "text":
            continue
        words, cited = block.get("text"), block.get("citations") or []
        if not isinstance(words, str) or not isinstance(cited, list) or not all(isinstance(c, Mapping) for c in cited):
            raise ForeignError(f"{place}: a text block without a text, or with citations that are no list of objects")
        start, text = len(text), text + words
        for each in cited:
            source = each.get("source") or each.get("url")
            citations.append(
                {
                    "url": source,
                    "title": each.get("document_title") or each.get("title"),
                    "cited_text": each.get("cited_text"),
                    "start": start,
                    "end": len(text),
                }
            )
    return _answer(asked, text, citations, place)


def _answer(asked: Asked, text: object, citations: Sequence[Json], place: str) -> ForeignAnswer:
    record = {"id": asked.id, "question": asked.question, "answer": text, "citations": list(citations)}
    return read_answer(record, asked.id, place)


def _excerpt(data: bytes) -> str:
    text = " ".join(data[:400].decode("utf-8", "replace").split())
    return repr(text if len(text) <= 120 else f"{text[:117]}...") if text else "nothing"
