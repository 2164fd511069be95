"""The tools that programs are given: ask, search, read and verify, each with its words in Markdown and in JSON.

Every result holds the disclaimer, once in each of the two. Knows nothing of the protocol that carries them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.answering.question import MAX_CHARACTERS
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.reply import Desk, reply_to
from assistant.library.model import Entry, Library, SectionName
from assistant.serving.asking import answer_to
from assistant.serving.copies import copies_in
from assistant.serving.markdown import block_quotation, escaped
from assistant.serving.receipts import VerdictOut, verdicts_of
from assistant.serving.searching import search_library as ranked
from assistant.serving.wire import (
    AnswerOut,
    AskIn,
    DisclaimerOut,
    Json,
    NoticeOut,
    answer_json,
    disclaimer_json,
    full_entry_json,
)
from assistant.serving.written import write_answer

_ALONE = ("emergency", "crisis")
"""The reasons for which a notice stands alone."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gives."""

    text: str
    """In Markdown, the disclaimer in it."""
    structured: Json
    """As the tool's `gives` describes it."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, as it is told of and as it runs."""

    name: str
    title: str
    about: str
    takes: type[BaseModel]
    gives: type[BaseModel]
    run: Callable[[Desk, Any, str], Result]
    """With the desk, what `takes` has read, and where this service is reached or "" ."""


class SearchIn(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")
    query: str = Field(json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS})
    sections: list[SectionName] = Field(default=[], max_length=20)
    limit: int = Field(default=5, ge=1, le=20)


class PlaceOut(BaseModel):
    """Where to look: a unit of an entry. Its words are had by asking or by reading the entry."""

    entry: str
    title: str
    section: SectionName
    unit: int
    url: str


class SearchOut(BaseModel):
    """Places, the likeliest first; none beside an emergency's notice."""

    snapshot: str
    notice: NoticeOut | None
    places: list[PlaceOut]
    disclaimer: DisclaimerOut


class ReadIn(BaseModel):
    """Which entry to read."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(max_length=200)


class EntryOut(BaseModel):
    """An entry with its sections and units, as `GET /v1/entries/{id}` gives it, and the disclaimer."""

    model_config = ConfigDict(extra="allow")
    snapshot: str
    id: str
    title: str
    sections: list[dict[str, Any]]
    disclaimer: DisclaimerOut


class VerifyIn(BaseModel):
    """What to verify: a text, or an answer in any dialect."""

    model_config = ConfigDict(extra="forbid")
    text: str | None = Field(default=None, description="A quotation, or Markdown with block quotations in it.")
    entry: str | None = Field(default=None, max_length=200, description="The id of the entry `text` is said to be of.")
    document: dict[str, Any] | list[Any] | None = Field(default=None, description="An answer, or a list of quotations.")


class VerifyOut(BaseModel):
    """What became of each quotation."""

    snapshot: str
    results: list[VerdictOut]
    disclaimer: DisclaimerOut


def ask_library(desk: Desk, given: AskIn, base: str) -> Result:
    """Answer a question."""
    written = write_answer(answer_to(given, desk), base)
    return Result(written.text, written.answer)


def search_library(desk: Desk, given: SearchIn, base: str) -> Result:
    """Rank places. Somebody in danger is recognised here too, before anything is searched."""
    answer = reply_to(given.query, [], desk)
    wire = answer_json(answer)
    redirected = answer.status == "redirected"
    units = []
    if answer.reason not in _ALONE:
        units = ranked(desk, given.query, tuple(given.sections), (), given.limit)["units"]
    places = [
        {name: unit[name] for name in ("entry", "title", "section", "unit")}
        | {"url": f"{base}/library/{unit['entry']}#u{unit['unit']}"}
        for unit in units
    ]
    lines = [
        f"- {escaped(p['title'] or p['entry'])} · {p['section']} · `{p['entry']}`, unit {p['unit']}" for p in places
    ]
    blocks = [*([answer.notice.text] if redirected and answer.notice else []), *(["\n".join(lines)] if lines else [])]
    return Result(
        "\n\n".join([*blocks, answer.disclaimer.text]),
        {
            "snapshot": desk.snapshot.id,
            "notice": wire["notice"] if redirected else None,
            "places": places,
            "disclaimer": wire["disclaimer"],
        },
    )


def read_entry(desk: Desk, given: ReadIn, base: str) -> Result:
    """Give a whole entry, each of its smallest quotations by itself.

    Raises:
        LibraryError: there is none of this id.
    """
    entry = desk.snapshot.library.entry(given.id)
    return Result(
        _entry_text(entry, desk.snapshot.library, desk.notices.disclaimer.text),
        {
            "snapshot": desk.snapshot.id,
            **full_entry_json(entry),
            "disclaimer": disclaimer_json(desk.notices.disclaimer),
        },
    )


def verify_quote(desk: Desk, given: VerifyIn, base: str) -> Result:
    """Say what became of quotations.

    Raises:
        QuestionError: there are none in what was given.
    """
    document: object = given.document
    if given.text is not None:
        document = {"text": given.text, "entry": given.entry} if given.entry else given.text
    results = verdicts_of(copies_in(document, desk.snapshot.library), desk.snapshot.library)
    lines = (
        f"{number}. {escaped(each['id'])}{': ' if each['id'] else ''}{each['outcome']}"
        + (f", `{each['entry']}`" if each["entry"] else "")
        for number, each in enumerate(results, start=1)
    )
    return Result(
        "\n\n".join(["\n".join(lines), desk.notices.disclaimer.text]),
        {"snapshot": desk.snapshot.id, "results": results, "disclaimer": disclaimer_json(desk.notices.disclaimer)},
    )


def _entry_text(entry: Entry, library: Library, disclaimer: str) -> str:
    """Return an entry in Markdown, the disclaimer first: sections under our labels, quotations each by itself."""
    facts = [
        f"reviewed {entry.last_reviewed}" if entry.last_reviewed else "review date not known",
        f"confidence {entry.confidence}" if entry.confidence else "confidence not stated",
        *(["sample entry, not by the publisher"] if entry.provenance == "sample" else []),
    ]
    blocks = [f"# {escaped(entry.title or entry.id)}", " · ".join(facts), disclaimer]
    for section in entry.sections:
        heading, number = f"## {section.name}", section.first
        while number <= section.last:
            place = quotable_range(entry, number) if entry.units[number].quotable else None
            if place is not None:
                blocks += [heading] if heading else []
                heading = ""
                blocks.append(block_quotation(entry.words(*place), Quote(library, entry.id, *place, "answer").columns))
            number = place[1] + 1 if place else number + 1
    return "\n\n".join(blocks)


TOOLS = (
    Tool(
        "ask_library",
        "Ask the library",
        "Answer a question about nutrients and supplements with exact quotations from a reviewed library, their "
        "citations, what limits them, and a disclaimer; or say that the library does not state it. Pass the questions "
        "before it as turns. Show quotations whole and unchanged.",
        AskIn,
        AnswerOut,
        ask_library,
    ),
    Tool(
        "search_library",
        "Search the library",
        "Find where in the library something is spoken of. Gives places, not words: read the entry, or ask.",
        SearchIn,
        SearchOut,
        search_library,
    ),
    Tool(
        "read_entry",
        "Read an entry",
        "Give one entry of the library whole, by its id, with its sections, cautions and limits.",
        ReadIn,
        EntryOut,
        read_entry,
    ),
    Tool(
        "verify_quote",
        "Verify a quotation",
        "Say whether quotations stand in the library word for word: found, moved, changed, withdrawn or never there.",
        VerifyIn,
        VerifyOut,
        verify_quote,
    ),
)
