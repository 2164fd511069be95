"""Citing: a quotation with its citation, ready to paste: plain text, Markdown, HTML, BibTeX and RIS.

What must travel with a quotation goes with it, the disclaimer too. Whatever an entry holds is data: it cannot end a
field, begin a record, open a tag or become a mark. Only https addresses are written as links.
"""

import re
from collections.abc import Callable, Sequence
from html import escape

from assistant.answering.notices import Notices
from assistant.answering.quotes import Quote
from assistant.serving.wire import Json, quote_json

FORMATS = ("text", "markdown", "html", "bibtex", "ris")
_HEADINGS = {"qualifier": "What limits this", "caution": "Caution", "nearest": "The nearest the library says"}
_TEX = {
    "\\": r"\textbackslash{}",
    # Not \{ and \}: BibTeX counts those as braces too, so that one alone would end the field.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "$&%#_"},
}
_MARKS = re.compile(r"[\\`*_\[\]<>#|~&!$]")
_OPENER = re.compile(r"^(\d{0,9})([-+=.)])")
"""What makes a line of Markdown a list or a rule."""


def citations(
    quotes: Sequence[Quote],
    label_of: Callable[[Quote], str | None],
    notices: Notices,
    base: str,
    notice: str = "",
) -> dict[str, str]:
    """Write quotations in every format, by its name; of nothing, nothing.

    Args:
        quotes: what is cited first, then what must travel with it, in order. BibTeX and RIS are records of the first.
        label_of: gives the fixed label that a quotation stands under.
        notices: hold the disclaimer.
        base: the address of this service, for entries that are published nowhere else; without a slash at its end.
        notice: fixed words that come before the quotations.
    """
    if not quotes:
        return {}
    pieces = [_piece(each, label_of(each), base) for each in quotes]
    disclaimer = notices.disclaimer.text
    return {
        "text": _as_text(pieces, notice, disclaimer),
        "markdown": _as_markdown(pieces, notice, disclaimer),
        "html": _as_html(pieces, notice, disclaimer),
        "bibtex": _as_bibtex(quotes[0], pieces, disclaimer),
        "ris": _as_ris(pieces, disclaimer),
    }


def own_label(quote: Quote, notices: Notices) -> str | None:
    """Return the fixed label that a quotation stands under whatever was asked: a misconception is never without it."""
    return notices.label("misconception") if quote.is_misconception else None


def _piece(quote: Quote, label: str | None, base: str) -> Json:
    """Return what is cited of one quotation."""
    entry = quote.entry
    data = quote_json("q", quote, label)
    published = entry.url.startswith("https://")
    facts = [
        f"section: {quote.section.name}",
        f"last reviewed {entry.last_reviewed}" if entry.last_reviewed else "review date not known",
        f"confidence: {entry.confidence}" if entry.confidence else "confidence not stated",
    ]
    facts += ["sample entry, not by the publisher"] if entry.provenance == "sample" else []
    return {
        "heading": ". ".join(filter(None, (_HEADINGS.get(quote.role), label))),
        "text": quote.text,
        "columns": list(quote.columns or ()),
        "cells": list(quote.cells),
        "title": _one_line(entry.title) or entry.id,
        "facts": _one_line(", ".join(facts)),
        "reviewed": entry.last_reviewed,
        "sources": [
            _one_line(f"{each['label']} (PMID {each['pmid']})" if each["pmid"] else each["label"])
            for each in data["sources"]
        ],
        "url": data["fragment_url"] if published else f"{base}{data['url']}",
    }


def _as_text(pieces: Sequence[Json], notice: str, disclaimer: str) -> str:
    parts = [notice] if notice else []
    for piece in pieces:
        lines = [piece["heading"], " | ".join(map(_one_line, piece["columns"])), f"“{piece['text']}”"]
        lines += [f"— {piece['title']} ({piece['facts']})", piece["url"]]
        parts.append("\n".join(line for line in lines if line))
    return "\n\n".join([*parts, disclaimer])


def _as_markdown(pieces: Sequence[Json], notice: str, disclaimer: str) -> str:
    parts = [_plain_markdown(notice)] if notice else []
    for piece in pieces:
        quoted = [" | ".join(map(_one_line, piece["columns"]))] if piece["columns"] else []
        quoted += piece["text"].splitlines()
        lines = "\\\n".join(f"> {_plain_markdown(line)}" for line in quoted)
        heading = f"**{_plain_markdown(piece['heading'])}**\n\n" if piece["heading"] else ""
        address = re.sub(r"[<>\s]", "", piece["url"])
        source = f"— [{_plain_markdown(piece['title'])}](<{address}>) ({_plain_markdown(piece['facts'])})"
        parts.append(f"{heading}{lines}\n\n{source}")
    return "\n\n".join([*parts, f"*{_plain_markdown(disclaimer)}*"])


def _as_html(pieces: Sequence[Json], notice: str, disclaimer: str) -> str:
    parts = [f"<p>{escape(notice)}</p>"] if notice else []
    for piece in pieces:
        address = escape(piece["url"])
        if piece["heading"]:
            parts.append(f"<p><strong>{escape(piece['heading'])}</strong></p>")
        words = "<br>".join(escape(line) for line in piece["text"].splitlines())
        if piece["columns"] and len(piece["columns"]) == len(piece["cells"]):
            pairs = zip(piece["columns"], piece["cells"], strict=True)
            rows = "".join(f'<tr><th scope="row">{escape(one)}</th><td>{escape(two)}</td></tr>' for one, two in pairs)
            words = f"<table><tbody>{rows}</tbody></table>"
        block = words if words.startswith("<table>") else f"<p>{words}</p>"
        parts.append(f'<blockquote cite="{address}">{block}</blockquote>')
        parts.append(f'<p>— <a href="{address}">{escape(piece["title"])}</a> ({escape(piece["facts"])})</p>')
    return "\n".join([*parts, f"<p><em>{escape(disclaimer)}</em></p>"])


def _as_bibtex(quote: Quote, pieces: Sequence[Json], disclaimer: str) -> str:
    first = pieces[0]
    key = re.sub(r"[^A-Za-z0-9-]+", "-", quote.entry_id).strip("-") or "entry"
    fields = {
        "title": "{" + _tex(first["title"]) + "}",
        "howpublished": r"\url{" + re.sub(r"[{}\\\s]", "", first["url"]) + "}",
        "year": first["reviewed"][:4],
        "abstract": _tex(_one_line(_said(pieces))),
        "note": _tex(_one_line(f"{first['facts']}. {disclaimer}")),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key}-u{quote.first},\n" + ",\n".join(lines) + "\n}\n"


def _as_ris(pieces: Sequence[Json], disclaimer: str) -> str:
    first = pieces[0]
    date = first["reviewed"].replace("-", "/")
    fields = [
        ("TY", "ELEC"),
        ("TI", first["title"]),
        ("DA", f"{date}/" if date else ""),
        ("PY", date[:4]),
        ("AB", _one_line(_said(pieces))),
        *(("N1", each) for each in first["sources"]),
        ("N1", _one_line(f"{first['facts']}. {disclaimer}")),
        ("UR", "".join(first["url"].split())),
    ]
    # The standard's lines end in CR LF.
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value) + "ER  - \r\n"


def _said(pieces: Sequence[Json]) -> str:
    return " ".join(f"{piece['heading']}{': ' if piece['heading'] else ''}“{piece['text']}”" for piece in pieces)


def _one_line(text: str) -> str:
    """Return a text on one line, without the characters that cannot be seen."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def _plain_markdown(line: str) -> str:
    """Return one line that Markdown shows as it is."""
    return _OPENER.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", line.strip()))
