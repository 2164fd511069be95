"""The reader page: an entry as a plain page, so that a citation has somewhere to lead. Everything is escaped.

Every unit has an anchor (`#u12`), every section too (`#dose`, the first of a name). Without scripts a unit's anchor
works; `reader.js` marks a range of them (`#u31-32`).
"""

import re
from html import escape

from assistant.library.model import Entry
from assistant.library.segment import split_row
from assistant.serving.describing import citation_of, facts_of, linked_data, section_title, title_of
from assistant.serving.words import page_words, script_safe

_UNHEADED = ("preamble", "other")
_ITEM = re.compile(r"(?:[-*+•]|\d{1,3}[.)])\s")


def reader_page(entry: Entry, disclaimer: str) -> str:
    """Return the page of one entry.

    Args:
        entry: the entry; its front matter, and the links in it, are not shown.
        disclaimer: the mandatory disclaimer, shown above the text.
    """
    words = page_words()
    said = words["reader"]
    title = escape(title_of(entry))
    text, named = _Text(entry), dict[str, str]()
    for section in entry.sections:
        if section.name not in _UNHEADED:
            anchor = "" if section.name in named else f' id="{section.name}"'
            named.setdefault(section.name, section_title(section.name))
            text.add(f"<h2{anchor}>{escape(section_title(section.name))}</h2>")
        for number in range(section.first, section.last + 1):
            text.add_unit(number)
    links = "".join(f'<li><a href="#{name}">{escape(label)}</a></li>' for name, label in named.items())
    contents = f'<nav aria-label="{escape(said["contents"])}"><ul>{links}</ul></nav>' if links else ""
    published = (
        f'<a href="{escape(entry.url)}" rel="noopener noreferrer">{escape(said["published"])}</a>'
        if entry.url.startswith("https://")
        else ""
    )
    plain = f'<a href="/library/{escape(entry.id)}.md">{escape(said["plain"])}</a>'
    # A block of data, not a script: browsers never run it, and the policy lets it stand.
    described = f'<script type="application/ld+json">{script_safe(linked_data(entry, disclaimer))}</script>'
    return (
        f'<!doctype html><html lang="{escape(words["language"])}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{title}</title>"
        '<link rel="stylesheet" href="/static/theme.css"><link rel="stylesheet" href="/static/reader.css">'
        f'<link rel="alternate" type="text/markdown" href="/library/{escape(entry.id)}.md">{described}'
        '<script type="module" src="/static/reader.js"></script></head><body>'
        f'<a class="skip" href="#text">{escape(said["skip"])}</a>'
        f'<header><p><a href="/">{escape(said["ask"])}</a></p></header><main>\n<h1>{title}</h1>\n'
        f'<p class="facts">{escape(" · ".join(facts_of(entry)))}</p>\n'
        f'<p class="disclaimer" role="note">{escape(disclaimer)}</p>\n{contents}\n'
        f'<article id="text">\n{text.html()}\n</article>\n'
        f'<section class="cite" aria-labelledby="cite"><h2 id="cite">{escape(said["cite"])}</h2>'
        f'<p id="citation">{escape(citation_of(entry))}</p><button id="copy" class="quiet" type="button" hidden '
        f'data-copied="{escape(words["copied"])}" data-not-copied="{escape(words["not_copied"])}">'
        f'{escape(words["copy"])}</button><p id="status" role="status"></p><p class="elsewhere">{published} {plain}</p>'
        "</section>\n</main></body></html>"
    )


class _Text:
    """The text of an entry, unit by unit: sentences run on in paragraphs, rows in tables."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._parts: list[str] = []
        self._sentences: list[str] = []
        self._rows: list[str] = []
        self._columns: list[str] = []
        self._end = 0

    def add(self, html: str) -> None:
        """Add an element of its own."""
        self._close()
        self._parts.append(html)

    def add_unit(self, number: int) -> None:
        """Add the next unit; front matter, title and a table's head are shown elsewhere."""
        unit, text = self._entry.units[number], escape(self._entry.words(number))
        if unit.kind in ("metadata", "title"):
            return
        if unit.kind == "head":
            self._close()
            self._columns = split_row(self._entry.words(number).split("\n")[0])
        elif unit.kind == "row":
            self._close_paragraph()
            self._rows.append(self._row(number))
        elif unit.kind in ("item", "myth", "heading", "boilerplate", "fragment") or _ITEM.match(text.lstrip()):
            self.add(f'<p id="u{number}" class="{"item" if unit.kind == "stem" else unit.kind}">{text}</p>')
        else:
            self._close_table()
            if "\n\n" in self._entry.text[self._end : unit.span.start]:
                self._close()
            self._sentences.append(f'<span id="u{number}">{text}</span>')
        self._end = unit.span.end

    def html(self) -> str:
        """Return all that was added."""
        self._close()
        return "\n".join(self._parts)

    def _row(self, number: int) -> str:
        cells = split_row(self._entry.words(number))
        named = [*self._columns, *[""] * len(cells)]
        # On a small screen a cell stands under its column's name, which it carries for that.
        inside = "".join(
            f'<td data-column="{escape(column)}">{escape(cell)}</td>'
            for column, cell in zip(named, cells, strict=False)
        )
        return f'<tr id="u{number}">{inside}</tr>'

    def _close(self) -> None:
        self._close_paragraph()
        self._close_table()

    def _close_paragraph(self) -> None:
        if self._sentences:
            self._parts.append(f"<p>{' '.join(self._sentences)}</p>")
            self._sentences.clear()

    def _close_table(self) -> None:
        if self._rows:
            heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in self._columns)
            self._parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(self._rows)}</tbody></table>")
            self._rows.clear()
