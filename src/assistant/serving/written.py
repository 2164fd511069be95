"""An answer in Markdown, for whoever shows text: block quotations, numbered citations, and the disclaimer.

Its words are the library's, the reviewed notices' and labels, and citation metadata. It comes in blocks that are never
parted: a quotation with what it stands under and its citation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote as percent_encoded

from assistant.answering.answer import Answer
from assistant.answering.quotes import Quote
from assistant.library.sources import sources_of
from assistant.serving.markdown import block_quotation, escaped
from assistant.serving.wire import Json, answer_json

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Citation:
    """Which stretch of a written answer is a quotation, and where it leads."""

    start: int
    """Where its words begin, in code points of the text."""
    end: int
    """Past its last."""
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Written:
    """An answer in Markdown, with its JSON."""

    blocks: tuple[str, ...]
    """Joined they are the text; each but the first opens with the blank line before it."""
    citations: tuple[Citation, ...]
    """One a quotation, in order."""
    answer: Json

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.blocks)


def write_answer(answer: Answer, base: str = "") -> Written:
    """Write an answer in Markdown.

    Args:
        answer: any; its disclaimer comes last, once.
        base: where this service is reached, such as "https://library.example", to make its own pages' links whole;
            empty when not known, and then only a publisher's page is linked.
    """
    wire = answer_json(answer)
    notices = answer.notices
    degraded = [notices.for_reason("degraded")] if answer.degraded else []
    blocks = [each.text for each in (*degraded, answer.notice) if each is not None]
    if answer.reading is not None and answer.reading.carried_over:
        blocks.insert(0, f"Answering about: {', '.join(map(escaped, answer.reading.carried_over))}")
    citations = []
    at = sum(len(block) + len(_BETWEEN) for block in blocks)
    for number, (quote, shown) in enumerate(zip(answer.quotes, wire["quotes"], strict=True), start=1):
        heading = answer.label(quote) or (None if quote.role == "answer" else notices.label(quote.role))
        above = f"**{escaped(heading)}**{_BETWEEN}" if heading else ""
        quotation = block_quotation(quote.text, quote.columns)
        words = (quotation.rindex("\n> ") + 1 if quote.columns else 0) + len("> ")
        start, end = at + len(above) + words, at + len(above) + len(quotation)
        citations.append(Citation(start, end, quote.entry.title or quote.entry.id, link_of(shown, base)))
        blocks.append(above + quotation + _BETWEEN + _citation(number, quote, shown, base))
        at += len(blocks[-1]) + len(_BETWEEN)
    if answer.nearest:
        places = (f"- {escaped(each.title or each.entry_id)} · {each.section}" for each in answer.nearest)
        blocks.append(_BETWEEN.join(("Where to look:", "\n".join(places))))
    blocks.append(answer.disclaimer.text)
    return Written(tuple(_spaced(blocks)), tuple(citations), wire)


def link_of(quote: Json, base: str) -> str:
    """Return where a quotation can be read: the publisher's page, else this service's own, else "" without a base."""
    if quote["entry"]["url"]:
        return str(quote["fragment_url"])
    return f"{base}{quote['url']}" if base else ""


def _spaced(blocks: list[str]) -> Iterator[str]:
    yield blocks[0]
    yield from (_BETWEEN + block for block in blocks[1:])


def _citation(number: int, quote: Quote, shown: Json, base: str) -> str:
    entry = quote.entry
    facts = [
        _link(entry.title or entry.id, link_of(shown, base)),
        quote.section.name,
        f"reviewed {entry.last_reviewed}" if entry.last_reviewed else "review date not known",
        f"confidence {entry.confidence}" if entry.confidence else "confidence not stated",
        *(["sample entry, not by the publisher"] if entry.provenance == "sample" else []),
        *(_link(source.label, source.url or "") for source in sources_of(entry, quote.first, quote.last)),
    ]
    return f"[{number}] {' · '.join(facts)}"


def _link(label: str, url: str) -> str:
    whole = percent_encoded(url, safe=":/?#@!$&'*+,;=%~-._")
    return f"[{escaped(label)}]({whole})" if url else escaped(label)
