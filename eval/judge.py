"""Judging: one reply against its labels. Mechanical; no model has an opinion here.

An answer's quotations are judged by where they stand in the library, so the judge must be given the library that the
labels were looked up in.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.answering.notices import load_notices
from assistant.library.model import Library
from eval.ask import Json, Reply
from eval.labelled import Labelled, Place

ANSWERED = "answered"
"""The one status that counts as an answer: `nearest` is silence."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One question with what came of it."""

    suite: str
    question: Labelled
    reply: Reply
    answered: bool
    right_first: bool
    """The first quotation holds a right unit; False when silent."""
    right_entry: bool
    """The first quotation is from an entry that holds a right unit; False when silent."""
    right_section: bool | None
    """The first quotation stands in a section that holds a right unit; None when silent or not answerable."""
    need_met: bool
    """Some quotation of the answer holds one of the units that are right as the first."""
    recall: float
    """The share, from 0 to 1, of all its gold units that the answer quotes."""
    precise: tuple[bool, ...]
    """Of each quotation of role answer: whether it holds a gold unit."""
    soundness: "Soundness"

    @property
    def score(self) -> float:
        """The system's own score, from 0 to 1; whether it answered, when it gives none."""
        return float(self.answered) if self.reply.score is None else self.reply.score


@dataclass(frozen=True, slots=True)
class Soundness:
    """What must be true of every answer, whatever was asked."""

    verbatim: tuple[bool, ...]
    """Of each quotation: its text is the library's at its place, and its hash is the text's."""
    whole: tuple[bool, ...]
    """Of each: it is whole units, with all they cannot be parted from."""
    resolves: tuple[bool, ...]
    """Of each: its entry and section are in the library, with the title and review date the library states."""
    disclaimed: bool
    """The disclaimer is there, in its exact words."""
    silent_when_it_must: bool
    """No quotation in an emergency or a crisis, and none of role answer but in an answer or beside advice."""


def judge(suite: str, question: Labelled, reply: Reply, library: Library) -> Judged:
    """Judge one reply."""
    record = reply.record
    answered = record["status"] == ANSWERED
    quotes = [quote for quote in record["quotes"] if quote["role"] == "answer"] if answered else []
    places = [frozenset(places_of(quote)) for quote in quotes]
    gold = question.best | question.also
    quoted = frozenset[Place]().union(*(frozenset(places_of(quote)) for quote in record["quotes"])) if answered else ()
    first = places[0] if places else frozenset[Place]()
    sections = {(entry, library.by_id[entry].section_of[unit].name) for entry, unit in question.best}
    said = {(quotes[0]["entry"]["id"], quotes[0]["section"])} if quotes else set()
    return Judged(
        suite,
        question,
        reply,
        answered,
        bool(first & gold),
        bool({entry for entry, _ in first} & {entry for entry, _ in gold}),
        bool(said & sections) if quotes and question.answerable else None,
        bool(question.best.intersection(quoted)),
        len(gold.intersection(quoted)) / len(gold) if gold else 0.0,
        tuple(bool(place & gold) for place in places),
        soundness(record, library),
    )


def places_of(quote: Json) -> Iterator[Place]:
    """Yield each unit that a quotation's record names."""
    first, last = quote["units"]
    for unit in range(first, last + 1):
        yield quote["entry"]["id"], unit


def soundness(record: Json, library: Library) -> Soundness:
    """Check what must hold of every answer against the library itself, trusting nothing the record says."""
    quotes = record["quotes"]
    disclaimer = record.get("disclaimer") or {}
    notice = record["status"] == "redirected" and record["reason"] in ("emergency", "crisis")
    speaks = any(quote["role"] == "answer" for quote in quotes)
    return Soundness(
        tuple(_verbatim(quote, library) for quote in quotes),
        tuple(_whole(quote, library) for quote in quotes),
        tuple(_resolves(quote, library) for quote in quotes),
        _sha256(disclaimer.get("text", "")) == disclaimer.get("sha256")
        and disclaimer.get("text") == load_notices("GB").disclaimer.text,
        not (notice and quotes) and not (speaks and record["status"] in ("abstained", "clarify", "nearest")),
    )


def _verbatim(quote: Json, library: Library) -> bool:
    entry = library.by_id.get(quote["entry"]["id"])
    text = quote["text"]
    return entry is not None and entry.text[quote["start"] : quote["end"]] == text and _sha256(text) == quote["sha256"]


def _whole(quote: Json, library: Library) -> bool:
    entry = library.by_id.get(quote["entry"]["id"])
    first, last = quote["units"]
    if entry is None or not 0 <= first <= last < len(entry.units):
        return False
    span = entry.units[first].span.start, entry.units[last].span.end
    return span == (quote["start"], quote["end"]) and entry.whole(first, last) == (first, last)


def _resolves(quote: Json, library: Library) -> bool:
    cited = quote["entry"]
    entry = library.by_id.get(cited["id"])
    first, last = quote["units"]
    if entry is None or not 0 <= first <= last < len(entry.units):
        return False
    sections = {entry.section_of[unit].name for unit in range(first, last + 1)}
    stated = (entry.title, entry.last_reviewed, entry.url)
    return (cited["title"], cited["last_reviewed"], cited["url"]) == stated and quote["section"] in sections


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
