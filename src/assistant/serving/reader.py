"""The reader page: an entry as a plain page, so that a citation has somewhere to lead. Everything is escaped."""

from html import escape

from assistant.library.model import Entry, Unit
from assistant.library.segment import split_row

_SECTIONS = {
    "summary": "Summary",
    "mechanism": "How it works",
    "dose": "Amounts and sources",
    "forms": "Forms",
    "timing": "Timing",
    "safety": "Safety and evidence",
    "populations": "Populations",
    "interactions": "Interactions",
    "guidelines": "Guidelines",
    "practical": "In practice",
    "myths": "Misconceptions",
    "relevance": "Who it is relevant for",
    "references": "References",
}
"""Our labels for sections; not the library's words."""


def reader_page(entry: Entry, disclaimer: str) -> str:
    """Return the page of one entry: sections with anchors (`#dose`, the first of a name), units with anchors (`#u12`).

    Args:
        entry: the entry; its front matter, and the links in it, are not shown.
        disclaimer: the mandatory disclaimer, shown above the text.
    """
    title = escape(entry.title or entry.id)
    facts = [
        f"Last reviewed {entry.last_reviewed}" if entry.last_reviewed else "Review date not known",
        f"confidence {entry.confidence}" if entry.confidence else "confidence not stated",
    ]
    if entry.provenance == "sample":
        facts.append("sample entry, not by the publisher")
    parts = [
        f"<h1>{title}</h1>",
        f"<p class=facts>{escape(' · '.join(facts))}</p>",
        f'<p class=disclaimer role="note">{escape(disclaimer)}</p>',
    ]
    named: set[str] = set()
    for section in entry.sections:
        if section.name in _SECTIONS:
            anchor = "" if section.name in named else f' id="{section.name}"'
            parts.append(f"<h2{anchor}>{_SECTIONS[section.name]}</h2>")
            named.add(section.name)
        parts += _units(entry, section.first, section.last)
    body = "\n".join(parts)
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><link rel="stylesheet" href="/static/reader.css"></head><body><main>\n{body}\n'
        '<p><a href="/">Ask the library</a></p></main></body></html>'
    )


def _units(entry: Entry, first: int, last: int) -> list[str]:
    parts: list[str] = []
    sentences: list[str] = []

    def close() -> None:
        if sentences:
            parts.append(f"<p>{' '.join(sentences)}</p>")
            sentences.clear()

    end = None
    for number in range(first, last + 1):
        unit = entry.units[number]
        if unit.kind in ("metadata", "title"):
            continue
        text = escape(entry.words(number))
        if unit.kind in ("row", "head"):
            close()
            parts.append(_row(entry, unit, number))
        elif unit.kind in ("item", "myth", "heading", "boilerplate", "fragment"):
            close()
            parts.append(f'<p id="u{number}" class="{unit.kind}">{text}</p>')
        else:
            if end is not None and "\n\n" in entry.text[end : unit.span.start]:
                close()
            sentences.append(f'<span id="u{number}">{text}</span>')
        end = unit.span.end
    close()
    return parts


def _row(entry: Entry, unit: Unit, number: int) -> str:
    if unit.kind == "head":
        return ""
    columns = split_row(entry.words(unit.lead).split("\n")[0]) if unit.lead is not None else []
    pairs = zip(columns, split_row(entry.words(number)), strict=False)
    cells = "".join(f"<dt>{escape(column)}</dt><dd>{escape(cell)}</dd>" for column, cell in pairs)
    return f'<dl id="u{number}">{cells}</dl>'
