"""Verification: is what was quoted still there, word for word?

Takes any answer or list of quotations, ours or a copy somebody kept, and says of each what became of it. Trusts nothing
it is given: words are compared with the library, hashes are worked out anew.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assistant.answering.quotes import Quote
from assistant.errors import QuestionError, QuoteError
from assistant.library.model import Entry, Library

Outcome = Literal["found", "moved", "changed", "withdrawn", "never there"]
MAX_QUOTES = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one quotation."""

    id: str
    outcome: Outcome
    entry_id: str | None
    start: int | None
    """Where the words stand now, in code points; None when they do not."""
    end: int | None


def quotes_in(document: object) -> list[Mapping[str, Any]]:
    """Return the quotations of an answer, of a list of them, or a single one.

    Raises:
        QuestionError: the document holds none, too many, or something that is not a quotation.
    """
    if isinstance(document, Mapping):
        document = document.get("quotes", [document] if "text" in document else None)
    if not isinstance(document, list) or not document:
        raise QuestionError("no quotations in it; send an answer, or a list of objects that have a text")
    if len(document) > MAX_QUOTES:
        raise QuestionError(f"{len(document)} quotations; send at most {MAX_QUOTES} at a time")
    for each in document:
        if not isinstance(each, Mapping) or not isinstance(each.get("text"), str) or not each["text"].strip():
            raise QuestionError("a quotation without a text; each needs at least one")
    return document


def verify_quote(quote: Mapping[str, Any], library: Library) -> Verdict:
    """Say what became of one quotation.

    Args:
        quote: `text`, and where known `entry` (an id or an object with one), `start`, `end`, `sha256`, `units`.
        library: the library as it is now.

    Returns:
        found: the words stand, as a quotation could hold them, at the place stated, or anywhere in the entry (or the
        library) when none was; moved: they stand elsewhere; changed: the entry is there without these words, or the
        stated hash is not theirs; withdrawn: the entry is no longer served; never there: no such entry, or no entry
        holds the words.
    """
    name = _name(quote.get("id"))
    text: str = quote["text"]
    stated = quote.get("entry", quote.get("entry_id"))
    entry_id = stated.get("id") if isinstance(stated, Mapping) else stated
    if not isinstance(entry_id, str):
        return _anywhere(name, text, library)
    if entry_id in library.withdrawn:
        return Verdict(name, "withdrawn", entry_id, None, None)
    entry = library.by_id.get(entry_id)
    if entry is None:
        return Verdict(name, "never there", None, None, None)
    hashed = quote.get("sha256")
    if isinstance(hashed, str) and hashed != hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest():
        return Verdict(name, "changed", entry_id, None, None)
    start = quote.get("start")
    if isinstance(start, int) and not isinstance(start, bool):
        end = quote.get("end", start + len(text))
        if start >= 0 and end == start + len(text) and _is_there(library, entry, start, text):
            return Verdict(name, "found", entry_id, start, start + len(text))
        at = _place(library, entry, text)
        return (
            Verdict(name, "changed", entry_id, None, None)
            if at is None
            else Verdict(name, "moved", entry_id, at, at + len(text))
        )
    at = _place(library, entry, text)
    return (
        Verdict(name, "changed", entry_id, None, None)
        if at is None
        else Verdict(name, "found", entry_id, at, at + len(text))
    )


def _anywhere(name: str, text: str, library: Library) -> Verdict:
    for entry in library.entries:
        at = _place(library, entry, text)
        if at is not None:
            return Verdict(name, "found", entry.id, at, at + len(text))
    return Verdict(name, "never there", None, None, None)


def _name(stated: object) -> str:
    """Return the name a quotation was sent under, short and fit to be written; "" when it has none that can be."""
    if not isinstance(stated, str | int):
        return ""
    return str(stated)[:64].encode("utf-8", "replace").decode()


def _place(library: Library, entry: Entry, text: str) -> int | None:
    """Return where in an entry a text stands as a quotation could: the first such place, or None."""
    if text not in entry.text:
        return None
    starts = (unit.span.start for unit in entry.units)
    return next((start for start in starts if _is_there(library, entry, start, text)), None)


def _is_there(library: Library, entry: Entry, start: int, text: str) -> bool:
    """Whether a text stands at a place and may be quoted: half a sentence is not what the library says."""
    if not entry.text.startswith(text, start):
        return False
    starts = {unit.span.start: number for number, unit in enumerate(entry.units)}
    ends = {unit.span.end: number for number, unit in enumerate(entry.units)}
    try:
        Quote(library, entry.id, starts.get(start, -1), ends.get(start + len(text), -1), "answer")
    except QuoteError:
        return False
    return True
