"""The wire: an answer as the one JSON shape that every channel sends, and what a request may hold.

Types here are for the outside only; nothing in `answering` knows them.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote as percent_encoded

from pydantic import BaseModel, ConfigDict, Field

from assistant.answering.answer import Answer
from assistant.answering.notices import Notice
from assistant.answering.question import MAX_CHARACTERS, MAX_TURNS
from assistant.answering.quotes import Quote
from assistant.answering.select import MAX_ANSWERS
from assistant.library.model import Entry, SectionName
from assistant.library.segment import split_row
from assistant.library.sources import sources_of

Json = dict[str, Any]
_MARKS = re.compile(r"^\s*(?:#{1,6}|[-*+•]|\d{1,3}[.)])\s+|\*\*|__")
"""A list's or a heading's mark, and those of bold print."""


class TurnIn(BaseModel):
    """An earlier question of the conversation, the subjects its answer named, and the names its reader removed."""

    model_config = ConfigDict(extra="forbid")
    question: str = Field(max_length=MAX_CHARACTERS)
    subjects: list[str] = Field(default=[], max_length=20)
    dropped: list[str] = Field(
        default=[], max_length=20, description="Names of carried_over that are not to be carried on from here."
    )


class FiltersIn(BaseModel):
    """Sections and entries to keep to; empty means all."""

    model_config = ConfigDict(extra="forbid")
    sections: list[SectionName] = Field(default=[], max_length=20)
    entries: list[str] = Field(default=[], max_length=100)


class AskIn(BaseModel):
    """A question, with the turns before it and what the answer should keep to."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "question": "Which foods are rich in magnesium?",
                    "turns": [],
                    "filters": {"sections": [], "entries": []},
                }
            ]
        },
    )
    # Its length is checked with its characters, by `checked_question`; here it is only stated.
    question: str = Field(json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS})
    turns: list[TurnIn] = Field(default=[], max_length=MAX_TURNS)
    filters: FiltersIn = FiltersIn()
    max_quotes: int = Field(
        default=MAX_ANSWERS, ge=1, le=10, description="Quotations of role answer; cautions and qualifiers come on top."
    )
    max_tokens: int | None = Field(
        default=None, ge=1, le=100_000, description="cl100k_base tokens of all quotations together."
    )


class EntryOut(BaseModel):
    """The entry a quotation comes from. An empty string means not known."""

    id: str
    title: str
    url: str
    last_reviewed: str
    confidence: str
    subjects: list[str]
    provenance: str


class SourceOut(BaseModel):
    """A study or document the passage names."""

    label: str
    pmid: str | None
    url: str | None


class TableOut(BaseModel):
    """A table row with its columns."""

    columns: list[str]
    cells: list[str]


class QuoteOut(BaseModel):
    """Exact words of the library, with where they stand."""

    id: str
    role: Literal["answer", "qualifier", "caution", "nearest"]
    label: str | None
    text: str
    entry: EntryOut
    section: SectionName
    units: list[int]
    start: int
    end: int
    sha256: str
    table: TableOut | None
    sources: list[SourceOut]
    url: str
    fragment_url: str


class NoticeOut(BaseModel):
    """Fixed words, from the one reviewed file."""

    id: str
    version: int
    text: str


class DisclaimerOut(NoticeOut):
    """The mandatory disclaimer."""

    sha256: str


class QuestionOut(BaseModel):
    """How the question was read."""

    text: str
    read_as: str
    subjects: list[str]
    carried_over: list[str]
    corrections: list[tuple[str, str]]


class PointerOut(BaseModel):
    """Where to look; never quoted."""

    entry: str
    section: SectionName
    title: str


class AnswerOut(BaseModel):
    """The answer, as every channel sends it."""

    status: Literal["answered", "nearest", "abstained", "redirected", "clarify"]
    reason: str | None
    question: QuestionOut
    notice: NoticeOut | None
    quotes: list[QuoteOut]
    nearest: list[PointerOut]
    disclaimer: DisclaimerOut
    snapshot: str
    degraded: bool
    timings_ms: dict[str, float]


def answer_json(answer: Answer) -> Json:
    """Return an answer in the shape every channel sends."""
    reading = answer.reading
    return {
        "status": answer.status,
        "reason": answer.reason,
        "question": {
            "text": answer.question,
            "read_as": reading.read_as if reading else answer.question,
            "subjects": list(answer.subjects),
            "carried_over": list(reading.carried_over) if reading else [],
            "corrections": [list(pair) for pair in reading.corrections] if reading else [],
        },
        "notice": {"id": answer.notice.id, "version": answer.notice.version, "text": answer.notice.text}
        if answer.notice
        else None,
        "quotes": [
            quote_json(f"q{number}", quote, answer.label(quote)) for number, quote in enumerate(answer.quotes, start=1)
        ],
        "nearest": [{"entry": each.entry_id, "section": each.section, "title": each.title} for each in answer.nearest],
        "disclaimer": disclaimer_json(answer.disclaimer),
        "snapshot": answer.snapshot_id,
        "degraded": answer.degraded,
        "timings_ms": {
            name: round(getattr(answer.timings, name), 3) for name in ("total", "encode", "search", "select")
        },
    }


def disclaimer_json(disclaimer: Notice) -> Json:
    """Return the mandatory disclaimer."""
    return {
        "id": disclaimer.id,
        "version": disclaimer.version,
        "text": disclaimer.text,
        "sha256": hashlib.sha256(disclaimer.text.encode()).hexdigest(),
    }


def quote_json(name: str, quote: Quote, label: str | None) -> Json:
    """Return one quotation, under a name that is its own within the answer."""
    entry = quote.entry
    page = page_url(entry)
    return {
        "id": name,
        "role": quote.role,
        "label": label,
        "text": quote.text,
        "entry": entry_json(entry),
        "section": quote.section.name,
        "units": [quote.first, quote.last],
        "start": quote.start,
        "end": quote.end,
        "sha256": quote.sha256,
        "table": {"columns": list(quote.columns), "cells": list(quote.cells)} if quote.columns else None,
        "sources": [
            {"label": each.label, "pmid": each.pmid, "url": each.url}
            for each in sources_of(entry, quote.first, quote.last)
        ],
        "url": f"/library/{entry.id}#u{quote.first}",
        "fragment_url": f"{page}{':~:' if '#' in page else '#:~:'}text={text_fragment(quote.text)}",
    }


def entry_json(entry: Entry) -> Json:
    """Return what a citation shows of an entry."""
    return {
        "id": entry.id,
        "title": entry.title,
        "url": entry.url,
        "last_reviewed": entry.last_reviewed,
        "confidence": entry.confidence,
        "subjects": list(entry.subjects),
        "provenance": entry.provenance,
    }


def page_url(entry: Entry) -> str:
    """Return the entry's published page, or our own reader page when it has none."""
    return entry.url or f"/library/{entry.id}"


def text_fragment(text: str) -> str:
    """Return the text directive that makes a browser find a passage: its first and last words, percent-encoded.

    Marks of Markdown and of tables are left out, because a page does not show them.

    Source:
        URL Fragment Text Directives, https://wicg.github.io/scroll-to-text-fragment/
    """

    def encoded(words: Sequence[str]) -> str:
        return percent_encoded(" ".join(words), safe="").replace("-", "%2D")

    blocks = split_row(text) if text.startswith("|") else text.split("\n")
    words = [_MARKS.sub("", block).split() for block in blocks]
    words = [block for block in words if block] or [text.split()]
    if len(words) == 1 and len(words[0]) <= 10:
        return encoded(words[0])
    return f"{encoded(words[0][:5])},{encoded(words[-1][-5:])}"


def full_entry_json(entry: Entry) -> Json:
    """Return an entry with its sections and units and their offsets; front matter is not shown, and never its links."""
    return {
        **entry_json(entry),
        "aliases": list(entry.aliases),
        "sha256": entry.sha256,
        "sections": [
            {
                "name": section.name,
                "how": section.how,
                "confidence": section.confidence,
                "units": [_unit_json(entry, number) for number in range(section.first, section.last + 1)],
            }
            for section in entry.sections
        ],
    }


def _unit_json(entry: Entry, number: int) -> Json:
    unit = entry.units[number]
    return {
        "unit": number,
        "kind": unit.kind,
        "start": unit.span.start,
        "end": unit.span.end,
        "quotable": unit.quotable,
        "marks": sorted(unit.marks),
        "text": None if unit.kind == "metadata" else entry.words(number),
    }
