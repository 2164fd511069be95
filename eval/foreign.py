"""Foreign answers: what any system said, ours or another's, as one frozen type.

Read from JSON lines here and from live endpoints in `endpoints`; both end in a `ForeignAnswer`. Nothing is repaired on
the way in: a record that cannot be read is an error with its place. Must not know the library.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_LINE = 4_000_000
"""Bytes of one line."""
MAX_TEXT = 30_000
"""Code points of one answer."""
MAX_CITATIONS = 200
"""Of one answer."""

Json = Mapping[str, Any]


class ForeignError(Exception):
    """A foreign answer that cannot be read; it names the place, the fact and the remedy."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What an answer states of a quotation beside its words."""

    start: int | None
    """First code point in the entry's stored text; None when it states none."""
    end: int | None
    sha256: str
    """Of the words' UTF-8 bytes, "" when it states none."""
    label: str
    """The fixed label the quotation stands under, "" for none."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer says that something stands. Empty strings mean that it does not say."""

    entry: str = ""
    url: str = ""
    title: str = ""
    cited_text: str = ""
    start: int | None = None
    """First code point of the answer's text that the citation is set on; None when it is set on none in particular."""
    end: int | None = None
    stated: Stated | None = None
    """Of a quotation in our own JSON; None in any other answer."""


@dataclass(frozen=True, slots=True)
class Disclaimer:
    """The disclaimer of an answer that has a place of its own for it."""

    text: str
    sha256: str
    """"" when it states none."""


@dataclass(frozen=True, slots=True)
class ForeignAnswer:
    """One answer of one system."""

    id: str
    question: str
    text: str
    """All that a reader sees of it, Markdown and all."""
    citations: tuple[Citation, ...] = ()
    disclaimer: Disclaimer | None = None
    own: bool = False
    """Whether it came as a record of our own answer, whose hashes and offsets can be checked."""


def read_answers(path: Path) -> Iterator[ForeignAnswer]:
    """Yield the answers of a file of JSON lines, in order.

    Each line is {"id", "question", "answer", "citations"} with the answer a text, or our own answer, bare or as the
    value of "answer". A line that is only white space is passed over; a missing id is the line's number.

    Raises:
        ForeignError: the file cannot be read, holds no answer or an id twice, or a line is not one of the two.
    """
    seen: set[str] = set()
    for number, record in read_records(path):
        place = f"{path}:{number}"
        answer = read_answer(record, str(number), place)
        if answer.id in seen:
            raise ForeignError(f"{place}: id {answer.id!r} stands there twice; give each answer its own")
        seen.add(answer.id)
        yield answer
    if not seen:
        raise ForeignError(f"{path} holds no answers; write one JSON object a line")


def read_records(path: Path) -> Iterator[tuple[int, Json]]:
    """Yield each JSON object of a file of JSON lines with the number of its line.

    Raises:
        ForeignError: the file cannot be read, or a line is no JSON object.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                place = f"{path}:{number}"
                if len(line) > MAX_LINE:
                    raise ForeignError(f"{place}: a line of more than {MAX_LINE:,} bytes; write one answer a line")
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    yield number, _object(line, place)
    except OSError as error:
        raise ForeignError(f"{path} cannot be read ({error.strerror}); name a file of JSON lines") from None


def read_answer(record: Json, fallback_id: str, place: str) -> ForeignAnswer:
    """Read one answer from its record.

    Args:
        record: as `read_answers` describes it.
        fallback_id: the answer's id when the record has none.
        place: where the record stands, for the error.

    Raises:
        ForeignError: the record is not an answer.
    """
    name = record.get("id", fallback_id)
    if not isinstance(name, str | int) or isinstance(name, bool) or not str(name).strip():
        raise ForeignError(f"{place}: id is {_shown(name)}; it must be a text or a whole number")
    body = record.get("answer")
    if isinstance(body, Mapping):
        return _own_answer(body, str(name), place)
    if "quotes" in record:
        return _own_answer(record, str(name), place)
    question = record.get("question", "")
    if not isinstance(question, str) or not isinstance(body, str):
        what = "question" if not isinstance(question, str) else "answer"
        raise ForeignError(f"{place}: {what} is {_shown(record.get(what))}; it must be a text")
    citations = _list(record.get("citations"), "citations", place)
    return ForeignAnswer(
        str(name),
        _sound(question, "question", place),
        _sound(body, "answer", place),
        tuple(_citation(each, len(body), f"{place}: citation {n}") for n, each in enumerate(citations, start=1)),
    )


def _own_answer(record: Json, name: str, place: str) -> ForeignAnswer:
    """Read a record of our own answer; its text is what a reader sees: notice, labels, quotations, disclaimer."""
    asked = record.get("question")
    question = _text(
        asked if isinstance(asked, Mapping) else record, "text" if isinstance(asked, Mapping) else "question", place
    )
    parts: list[str] = []
    citations: list[Citation] = []
    notice = record.get("notice")
    if isinstance(notice, Mapping):
        parts.append(_text(notice, "text", f"{place}: notice"))
    for number, quote in enumerate(_list(record.get("quotes"), "quotes", place), start=1):
        where = f"{place}: quote {number}"
        entry = quote.get("entry")
        if not isinstance(entry, Mapping):
            raise ForeignError(f"{where}: entry is {_shown(entry)}; it must be an object with an id")
        words, label = _text(quote, "text", where), _text(quote, "label", where)
        parts += [label] if label else []
        start = sum(len(part) + 2 for part in parts)
        parts.append(words)
        stated = Stated(
            _offset(quote, "start", where), _offset(quote, "end", where), _text(quote, "sha256", where), label
        )
        citations.append(
            Citation(
                entry=_text(entry, "id", where),
                url=_text(entry, "url", where),
                title=_text(entry, "title", where),
                start=start,
                end=start + len(words),
                stated=stated,
            )
        )
    disclaimer = record.get("disclaimer")
    said: Disclaimer | None = None
    if isinstance(disclaimer, Mapping):
        where = f"{place}: disclaimer"
        said = Disclaimer(_text(disclaimer, "text", where), _text(disclaimer, "sha256", where))
        parts += [said.text] if said.text else []
    text = _sound("\n\n".join(parts), "answer", place)
    return ForeignAnswer(name, question, text, tuple(citations), said, own=True)


def _citation(record: Json, length: int, place: str) -> Citation:
    entry = record.get("entry")
    if isinstance(entry, Mapping):
        record = {**entry, **record, "entry": entry.get("id")}
    start, end = _offset(record, "start", place), _offset(record, "end", place)
    if (start is None) != (end is None) or (start is not None and end is not None and not start <= end <= length):
        raise ForeignError(
            f"{place}: start {start} and end {end} are no place in an answer of {length} characters; "
            "give both, counted in code points from 0, or neither"
        )
    return Citation(
        entry=_text(record, "entry", place),
        url=_text(record, "url", place),
        title=_text(record, "title", place),
        cited_text=_text(record, "cited_text", place) or _text(record, "text", place),
        start=start,
        end=end,
    )


def _object(line: bytes, place: str) -> Json:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        fact = "is nested too deeply" if isinstance(error, RecursionError) else f"is not JSON ({error})"
        raise ForeignError(f"{place} {fact}; write one JSON object a line, in UTF-8") from None
    if not isinstance(record, Mapping):
        raise ForeignError(f"{place} is {_shown(record)}; write one JSON object a line")
    return record


def _list(value: object, name: str, place: str) -> list[Json]:
    """Return a list of objects; none is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise ForeignError(f"{place}: {name} is {_shown(value)}; it must be a list of objects")
    if len(value) > MAX_CITATIONS:
        raise ForeignError(f"{place}: {len(value)} {name}; send at most {MAX_CITATIONS}")
    return value


def _text(record: Json, name: str, place: str) -> str:
    """Return a field that is a text; a missing one and null are ""."""
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ForeignError(f"{place}: {name} is {_shown(value)}; it must be a text")
    return _sound(value, name, place)


def _offset(record: Json, name: str, place: str) -> int | None:
    value = record.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise ForeignError(f"{place}: {name} is {_shown(value)}; it must be a whole number from 0, or null")
    return value


def _sound(text: str, name: str, place: str) -> str:
    if len(text) > MAX_TEXT:
        raise ForeignError(f"{place}: {name} has {len(text):,} characters; at most {MAX_TEXT:,} are judged")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ForeignError(f"{place}: {name} holds half a character (a lone surrogate); write whole ones, in UTF-8")
    return text


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
