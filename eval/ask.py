"""Asking: one question to one system, in process or over HTTP, as one kind of reply."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from assistant.answering.question import Turn
from assistant.answering.reply import Desk, reply_to
from assistant.serving.wire import answer_json
from eval.labelled import Place

Json = dict[str, Any]
RANKED = 20
"""How many places of a ranking are kept: as deep as the deepest measure looks."""


class AskError(Exception):
    """A system that is to be measured does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system said to one question."""

    record: Json
    """The answer's record, without its timings."""
    score: float | None
    """That its likeliest unit answers the question, from 0 to 1; None when the system does not say."""
    ranking: tuple[tuple[Place, float], ...]
    """The units it found with their scores, best first; empty when the system does not say."""
    milliseconds: float
    """From the question to the whole answer."""


class System(Protocol):
    """Something that can be asked."""

    def ask(self, question: str, turns: Sequence[Turn] = ()) -> Reply:
        """Ask it one question, after some turns."""
        ...

    def entries(self) -> frozenset[str]:
        """The ids of the entries it answers from."""
        ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """Our own answers, asked in this process."""

    desk: Desk

    def ask(self, question: str, turns: Sequence[Turn] = ()) -> Reply:
        """Ask one question."""
        started = time.perf_counter()
        answer = reply_to(question, turns, self.desk)
        record = answer_json(answer)
        took = (time.perf_counter() - started) * 1000
        del record["timings_ms"]
        # A question that is redirected is one the library must not answer: no score is surer, no ranking is asked for.
        weighed = () if answer.status == "redirected" else answer.weighed[:RANKED]
        found = tuple(((each.entry.id, each.unit), each.probability) for each in weighed)
        return Reply(record, found[0][1] if found else 0.0, found, took)

    def entries(self) -> frozenset[str]:
        """The ids of the entries that are served."""
        return frozenset(self.desk.snapshot.library.by_id)


@dataclass(frozen=True, slots=True)
class OverHttp:
    """Any endpoint that speaks the same contract."""

    client: httpx.Client
    """With its base address."""

    def ask(self, question: str, turns: Sequence[Turn] = ()) -> Reply:
        """Ask one question, and where it stands in the search.

        Raises:
            AskError: the endpoint is not there, or does not answer in the contract's form.
        """
        body = {
            "question": question,
            "turns": [{"question": turn.question, "subjects": list(turn.subjects)} for turn in turns],
        }
        started = time.perf_counter()
        record = self._json("POST", "/v1/ask", json=body)
        took = (time.perf_counter() - started) * 1000
        if not isinstance(record.get("quotes"), list) or not isinstance(record.get("status"), str):
            raise AskError(f"{self.client.base_url} answered /v1/ask without status and quotes; is it this service?")
        record.pop("timings_ms", None)
        if record["status"] == "redirected":
            return Reply(record, 0.0, (), took)
        ranking: tuple[tuple[Place, float], ...] = ()
        if not turns:
            units = self._json("GET", "/v1/search", params={"q": question, "limit": 100}).get("units", [])
            found = [((each["entry"], each["unit"]), float(each["scores"]["probability"])) for each in units]
            ranking = tuple(sorted(found, key=lambda each: -each[1])[:RANKED])
        return Reply(record, ranking[0][1] if ranking else None, ranking, took)

    def entries(self) -> frozenset[str]:
        """The ids of the entries that are served."""
        return frozenset(each["id"] for each in self._json("GET", "/v1/entries")["entries"])

    def _json(self, method: str, path: str, **parts: Any) -> Json:  # noqa: ANN401 - passed on to the client unread
        try:
            reply = self.client.request(method, path, **parts)
            reply.raise_for_status()
            document = reply.json()
        except (httpx.HTTPError, ValueError) as error:
            raise AskError(f"{self.client.base_url} does not answer {method} {path}: {error}") from None
        if not isinstance(document, dict):
            raise AskError(f"{self.client.base_url} answers {method} {path} with something other than an object")
        return document
