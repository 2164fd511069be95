"""Renderings: our own answers written the way other systems write, word for word the same.

Block quotes, bullets, citation marks of several kinds, straight and curly quotation marks, hard spaces, wrapped lines:
what a judge of anyone's answers must see through. Only for making such answers to test it with.
"""

import random
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
Citing = Literal["ranges", "brackets", "rounds", "raised", "whole", "lines", "links", "listed"]
Shape = Literal["paragraphs", "block quotes", "bullets", "quoted", "framed"]

_CITINGS: tuple[Citing, ...] = ("ranges", "brackets", "rounds", "raised", "whole", "lines", "links", "listed")
_SHAPES: tuple[Shape, ...] = ("paragraphs", "block quotes", "bullets", "quoted", "framed")
_FRAMES = ("According to the library:", "The library says:", "Here is what the library says:", "From the library:")
_DISCLAIMERS = (
    "Please consult a qualified healthcare professional before making any changes.",
    "This information is for general purposes and is not medical advice.",
    "Always talk to your doctor or pharmacist before taking supplements.",
)
_REFUSALS = (
    "I'm sorry, but I could not find an answer to this in the library.",
    "The library does not mention this.",
    "There is no information about this in the sources provided.",
)
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Style:
    """How one answer is written."""

    shape: Shape
    citing: Citing
    marks_inside: bool
    """Whether a citation mark stands before the last full stop."""
    hard_spaces: bool
    hard_hyphens: bool
    """U+2011 for every hyphen."""
    curly: bool
    """Curly quotation marks and apostrophes; straight ones otherwise."""
    width: int | None
    """Characters at which lines are wrapped; None for long lines."""
    named_rows: bool
    """Table rows as "Column: cell; Column: cell" rather than between pipes."""
    own_words: bool
    """The disclaimer and the notice as received, rather than in words of the system's own."""
    named_by: Literal["entry", "url", "title"]


def choose_style(chance: random.Random) -> Style:
    """Choose a style; the same chance gives the same one."""
    return Style(
        shape=chance.choice(_SHAPES),
        citing=chance.choice(_CITINGS),
        marks_inside=chance.random() < 0.5,
        hard_spaces=chance.random() < 0.3,
        hard_hyphens=chance.random() < 0.2,
        curly=chance.random() < 0.5,
        width=chance.choice((None, 60, 72, 80)),
        named_rows=chance.random() < 0.5,
        own_words=chance.random() < 0.6,
        named_by=chance.choice(("entry", "url", "title")),
    )


def render_answer(record: Mapping[str, Any], name: str, style: Style, chance: random.Random) -> Json:
    """Write one of our own answers as a line that another system could have written.

    Args:
        record: the answer as our JSON; a disclaimer that is missing or empty is left out.
        name: the line's id.
        style: how it is written.
        chance: picks among wordings.

    Returns:
        {"id", "question", "answer", "citations"}.
    """
    writer = _Writer(style, chance)
    if record.get("notice"):
        writer.paragraph(record["notice"]["text"] if style.own_words else chance.choice(_REFUSALS))
    for quote in record["quotes"]:
        writer.quote(quote)
    if record.get("disclaimer") and record["disclaimer"]["text"]:
        writer.paragraph(record["disclaimer"]["text"] if style.own_words else chance.choice(_DISCLAIMERS))
    return {
        "id": name,
        "question": record["question"]["text"],
        "answer": writer.text(),
        "citations": writer.citations if style.citing not in ("lines", "links", "listed") else [],
    }


class _Writer:
    def __init__(self, style: Style, chance: random.Random) -> None:
        self.style = style
        self.chance = chance
        self.parts: list[str] = []
        self.citations: list[Json] = []

    def text(self) -> str:
        if self.style.citing == "listed" and self.citations:
            lines = [f"{n}. {_named(each)}" for n, each in enumerate(self.citations, start=1)]
            return "\n\n".join([*self.parts, "\n".join(["Sources:", *lines])])
        return "\n\n".join(self.parts)

    def paragraph(self, text: str) -> None:
        self.parts.append(self._wrapped([text], "", ""))

    def quote(self, quote: Mapping[str, Any]) -> None:
        style = self.style
        number = self._cite(quote["entry"])
        lines = self._lines(quote)
        single = len(lines) == 1 and not lines[0].startswith("|")
        if single and style.shape == "framed":
            self.parts.append(self.chance.choice(_FRAMES))
        if single and style.shape in ("quoted", "framed"):
            lines = [f"“{lines[0]}”" if style.curly else f'"{lines[0]}"']
        lines[-1] = self._marked(lines[-1], number, quote["entry"])
        first = later = ""
        if style.shape == "block quotes":
            first = later = "> "
        elif style.shape == "bullets" and single:
            first, later = "- ", "  "
        body = self._wrapped(lines, first, later)
        if style.citing == "lines":
            attribution = f"— {_named(self.citations[number - 1])} · {quote['section']}"
            body += f"\n{first if first == '> ' else ''}{attribution}"
        if style.citing == "ranges":
            start = sum(len(part) + 2 for part in self.parts)
            self.citations[-1] |= {"start": start, "end": start + len(body)}
        self.parts.append(body)

    def _cite(self, entry: Mapping[str, Any]) -> int:
        """Add a citation of an entry, or find the one there is; return its number, from 1."""
        url = entry["url"] or f"https://library.example.org/library/{entry['id']}"
        known = {"entry": entry["id"], "url": url, "title": entry["title"] or entry["id"]}
        by = "url" if self.style.citing == "links" else self.style.named_by
        by = "title" if self.style.citing in ("lines", "listed") and by == "entry" else by
        cited: Json = {by: known[by]}
        if self.style.citing != "ranges" and cited in self.citations:
            return self.citations.index(cited) + 1
        self.citations.append(cited)
        return len(self.citations)

    def _lines(self, quote: Mapping[str, Any]) -> list[str]:
        table, style = quote.get("table"), self.style
        text: str = quote["text"]
        if table and style.named_rows:
            cells = text.strip().strip("|").split("|")
            text = "; ".join(f"{column}: {cell.strip()}" for column, cell in zip(table["columns"], cells, strict=False))
        text = text.replace("'", "’") if style.curly else text.replace("’", "'").replace("“", '"').replace("”", '"')
        if style.hard_spaces:
            text = re.sub(r"(?<=\d) (?=[a-zµμ%])", "\N{NO-BREAK SPACE}", text)
        if style.hard_hyphens and not table:
            text = re.sub(r"(?<=\w)-(?=\w)", "\N{NON-BREAKING HYPHEN}", text)
        return text.split("\n")

    def _marked(self, line: str, number: int, entry: Mapping[str, Any]) -> str:
        marks = {"brackets": f"[{number}]", "listed": f"[{number}]", "rounds": f"({number})"}
        mark = marks.get(self.style.citing, "")
        if self.style.citing == "raised":
            return f"{line}{str(number).translate(_RAISED)}"
        if self.style.citing == "links":
            mark = f"[{entry['title'] or entry['id']}]({self.citations[number - 1]['url']})"
        if not mark:
            return line
        stop = re.search(r"\.[\"”]?$", line)
        if stop and self.style.marks_inside and self.style.citing != "links":
            return f"{line[: stop.start()]} {mark}{stop[0]}"
        return f"{line} {mark}"

    def _wrapped(self, lines: Sequence[str], first: str, later: str) -> str:
        if self.style.width is None:
            return "\n".join(f"{first if n == 0 else later}{line}" for n, line in enumerate(lines))
        written: list[str] = []
        for number, line in enumerate(lines):
            if line.startswith(("|", "#")) or not line.strip():
                written.append(f"{later if number else first}{line}")
                continue
            marker = re.match(r"\s*(?:[-*+]|\d+\.)\s+", line)
            begins = later if number else first
            hangs = later + " " * len(marker[0]) if marker else later
            written += textwrap.wrap(
                line,
                self.style.width,
                initial_indent=begins,
                subsequent_indent=hangs,
                break_long_words=False,
                break_on_hyphens=False,
            )
        return "\n".join(written)


def _named(citation: Mapping[str, Any]) -> str:
    return str(citation.get("title") or citation.get("url") or citation.get("entry"))
