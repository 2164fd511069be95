"""A client for programs in Python: ask, and check later what was answered. Needs the standard library only.

    library = Client("http://127.0.0.1:8000")
    answer = library.ask("Which foods are rich in magnesium?")
    for quote in answer.quotes: print(quote.text, quote.title, quote.url)
    print(answer.disclaimer)

What is not a field here stands in `Answer.json`, which is what to keep, and what `verify` takes.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

Json = dict[str, Any]
_MOST = 16 * 1024 * 1024  # bytes of a reply; the longest answers have some 50,000


class ClientError(Exception):
    """The service refused, or could not be reached; `status` is its HTTP status, 0 when there was no reply."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of the library, never to be shortened or changed, with what a citation shows."""

    text: str
    role: str
    """answer, qualifier, caution or nearest."""
    label: str | None
    """A fixed label to show above it."""
    columns: tuple[str, ...]
    """The names of a table row's columns, to be shown with it; else empty."""
    entry_id: str
    title: str
    section: str
    last_reviewed: str
    confidence: str
    url: str
    """Where it can be read; whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. The disclaimer is to be shown with whatever else is."""

    status: str
    """answered, nearest, abstained, redirected or clarify."""
    reason: str | None
    notice: str | None
    """Fixed words to show before any quotation."""
    quotes: tuple[Quote, ...]
    disclaimer: str
    subjects: tuple[str, ...]
    json: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a quotation: found, moved, changed, withdrawn or never there."""

    id: str
    outcome: str
    then: str | None
    """The same of the snapshot that the answer names, when that is an older one and still held."""


class Client:
    """A service at an address. It keeps nothing: what came before goes along with each question."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        """Name the service.

        Args:
            url: where it is, http or https.
            timeout: in seconds, for each request.
        """
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is not the address of a service; it begins with http:// or https://")
        self._base = url.rstrip("/") + "/"
        self._timeout = timeout

    def ask(self, question: str, before: Sequence[tuple[str, Answer]] = (), **request: object) -> Answer:
        """Ask a question.

        Args:
            question: at most 1,000 characters.
            before: the questions before it with their answers, oldest first; the last ten are sent.
            request: what else `POST /v1/ask` takes: `filters`, `max_quotes`, `max_tokens`.

        Raises:
            ClientError: it was refused, or there was no answer.
        """
        turns = [{"question": asked, "subjects": list(answer.subjects)} for asked, answer in before[-10:]]
        return self._read(self._post("v1/ask", {"question": question, "turns": turns, **request}))

    def verify(self, kept: object) -> list[Verdict]:
        """Say what became of the quotations of a kept answer: an `Answer`, its `json`, or a copy in any dialect.

        Raises:
            ClientError: there is no quotation in it, or no answer came.
        """
        receipt = self._post("v1/verify", kept.json if isinstance(kept, Answer) else kept)
        return [Verdict(each["id"], each["outcome"], each["then"]) for each in receipt["results"]]

    def _post(self, path: str, document: object) -> Json:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            urljoin(self._base, path),
            json.dumps(document).encode(),
            {"Content-Type": "application/json", "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as reply:  # noqa: S310
                read: Json = json.loads(reply.read(_MOST))
                return read
        except urllib.error.HTTPError as error:
            raise ClientError(error.code, _problem(error.read(_MOST)) or f"the service answered {error.code}") from None
        except (OSError, ValueError) as error:
            raise ClientError(0, f"no answer from {self._base} ({type(error).__name__}); is it the service?") from None

    def _read(self, answer: Json) -> Answer:
        notice = answer["notice"]
        return Answer(
            answer["status"],
            answer["reason"],
            notice["text"] if notice else None,
            tuple(self._quote(quote) for quote in answer["quotes"]),
            answer["disclaimer"]["text"],
            tuple(answer["question"]["subjects"]),
            answer,
        )

    def _quote(self, quote: Json) -> Quote:
        entry = quote["entry"]
        return Quote(
            text=quote["text"],
            role=quote["role"],
            label=quote["label"],
            columns=tuple(quote["table"]["columns"]) if quote["table"] else (),
            entry_id=entry["id"],
            title=entry["title"],
            section=quote["section"],
            last_reviewed=entry["last_reviewed"],
            confidence=entry["confidence"],
            url=quote["fragment_url"] if entry["url"] else urljoin(self._base, quote["url"].lstrip("/")),
        )


def _problem(body: bytes) -> str:
    try:
        problem = json.loads(body)
        return str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, AttributeError):
        return ""
