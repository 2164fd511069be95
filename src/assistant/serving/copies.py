"""Copies: quotations as somebody kept them, in any dialect that this service speaks, read back.

Takes an answer of ours, a chat completion, a tool's result, Web Annotations, blocks of search results, documents of
retrieval libraries, or a text with block quotations. Believes none of it: it only says which words to look for, and
where.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from assistant.answering.verify import quotes_in
from assistant.errors import QuestionError
from assistant.library.model import Library
from assistant.serving.markdown import is_table_head, quotations_in

Copy = Mapping[str, Any]
_DEEPEST = 12
_OURS = re.compile(r"/library/([^/#?]+)")
_OPENS, _CLOSES = re.compile(r"^[ \t]*“", re.MULTILINE), re.compile(r"”[ \t]*$", re.MULTILINE)
_NONE = "no quotations in it; send an answer in any of the dialects, a list of quotations, or a text that quotes"


def copies_in(document: object, library: Library) -> list[Copy]:
    """Return the quotations of a document, each as `verify_quote` takes it.

    Raises:
        QuestionError: it holds none, too many, or one without words.
    """
    try:
        found = list(_copies(document, library, 0))
    except RecursionError:
        found = []
    if not found:
        raise QuestionError(_NONE)
    return quotes_in(found)


def snapshot_named_in(document: object) -> str | None:
    """Return the snapshot that a copied answer says it was made from, wherever in it that stands; None without one."""
    stack: list[tuple[object, int]] = [(document, 0)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, Mapping):
            stated = value.get("snapshot")
            if isinstance(stated, str) and re.fullmatch("[0-9a-f]{64}", stated):
                return stated
        inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        if depth < _DEEPEST:
            stack += [(each, depth + 1) for each in inside if isinstance(each, Mapping | list)]
    return None


def entry_at(url: object, library: Library) -> str | None:
    """Return the id of the entry that an address leads to, as far as it can be told."""
    if not isinstance(url, str):
        return None
    page = url.split(":~:")[0].removesuffix("#")
    for entry in library.entries:
        if entry.url and entry.url == page:
            return entry.id
    try:
        ours = _OURS.fullmatch(urlsplit(page).path)
    except ValueError:
        return None
    return unquote(ours.group(1)) if ours else None


def _copies(value: object, library: Library, depth: int) -> Iterator[Copy]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _written(value)
    elif isinstance(value, list):
        for each in value:
            yield from _copies(each, library, depth + 1)
    elif isinstance(value, Mapping):
        yield from _of_object(value, library, depth)
    elif depth:
        yield {}


def _of_object(value: Copy, library: Library, depth: int) -> Iterator[Copy]:
    """Read one object by the first sign of a dialect it bears; those that hold a whole answer come first."""
    for name in ("assistant_answer", "structuredContent", "structured_content"):
        if isinstance(value.get(name), Mapping):
            yield from _copies(value[name], library, depth + 1)
            return
    if isinstance(value.get("quotes"), list):
        yield from (each if isinstance(each, Mapping) else {} for each in value["quotes"])
        return
    for name in ("items", "search_results", "choices", "documents", "nodes", "node", "kwargs"):
        if isinstance(value.get(name), Mapping | list):
            inside = value[name]
            yield from _copies(inside if isinstance(inside, list) else [inside], library, depth + 1)
            return
    message = value.get("message", value.get("delta"))
    if isinstance(message, Mapping):
        yield from _copies(message, library, depth + 1)
    elif isinstance(value.get("selector", value.get("target")), Mapping | list):
        yield from _annotated(value, library)
    elif "page_content" in value or ("metadata" in value and "text" in value):
        yield from _document(value)
    elif value.get("type") == "search_result":
        yield from _blocks(value, library)
    elif value.get("type") == "text" and "text" in value and "entry" not in value:
        yield from _text_block(value, library)
    elif isinstance(value.get("content"), list):
        yield from _copies(value["content"], library, depth + 1)
    elif isinstance(value.get("content"), str):
        yield from _message(value, library)
    elif "text" in value or not value.keys() & {"type", "role", "status", "choices", "results"}:
        yield value


def _written(text: str) -> Iterator[Copy]:
    """Read a text: its block quotations, else what is set off in quotation marks, else all of it as one quotation."""
    quoted = [words for _, _, words in quotations_in(text)]
    for words in quoted or list(_set_off(text)) or [text.strip()]:
        if words:
            yield {"text": words}


def _set_off(text: str) -> Iterator[str]:
    """Find what stands in quotation marks that open and close a line."""
    at = 0
    while (opens := _OPENS.search(text, at)) and (closes := _CLOSES.search(text, opens.end())):
        yield text[opens.end() : closes.start()]
        at = closes.end()


def _message(message: Copy, library: Library) -> Iterator[Copy]:
    """Read a chat message: block quotations, each of the entry that the citation over it leads to."""
    notes = message.get("annotations")
    cited = [each.get("url_citation") for each in notes if isinstance(each, Mapping)] if isinstance(notes, list) else []
    for start, end, words in quotations_in(message["content"]):
        urls = [
            each.get("url")
            for each in cited
            if isinstance(each, Mapping) and isinstance(at := each.get("start_index"), int) and start <= at < end
        ]
        yield _copy(words, entry_at(urls[0], library) if urls else None)


def _annotated(note: Copy, library: Library) -> Iterator[Copy]:
    """Read a Web Annotation, or the target of one."""
    target = note.get("target", note)
    if not isinstance(target, Mapping):
        yield from _annotated({"target": target[0]}, library) if isinstance(target, list) and target else ()
        return
    selectors = target.get("selector")
    known = [each for each in (selectors if isinstance(selectors, list) else [selectors]) if isinstance(each, Mapping)]
    exact = next((each.get("exact") for each in known if each.get("type") == "TextQuoteSelector"), None)
    if isinstance(exact, str):
        place = next((each for each in known if each.get("type") == "TextPositionSelector"), {})
        made = _copy(exact, entry_at(target.get("source"), library), note.get("id"))
        yield made | {name: place[name] for name in ("start", "end") if name in place}


def _document(document: Copy) -> Iterator[Copy]:
    """Read a document of a retrieval library: its metadata is the quotation but for its words."""
    metadata = document.get("metadata")
    known = metadata if isinstance(metadata, Mapping) else {}
    if known.get("role") != "notice":
        yield {**known, "text": document.get("page_content", document.get("text"))}


def _blocks(result: Copy, library: Library) -> Iterator[Copy]:
    """Read a search result of Anthropic's: each of its blocks is a quotation."""
    content = result.get("content")
    for block in content if isinstance(content, list) else []:
        if isinstance(block, Mapping) and isinstance(block.get("text"), str) and not is_table_head(block["text"]):
            yield _copy(block["text"], entry_at(result.get("source"), library))


def _text_block(block: Copy, library: Library) -> Iterator[Copy]:
    """Read a text block: what it cites, else the quotations in it."""
    citations = block.get("citations")
    cited = [each for each in citations if isinstance(each, Mapping)] if isinstance(citations, list) else []
    for each in cited:
        yield _copy(each.get("cited_text"), entry_at(each.get("source"), library))
    if not cited and isinstance(block["text"], str):
        yield from ({"text": words} for _, _, words in quotations_in(block["text"]))


def _copy(text: object, entry: str | None, name: object = None) -> dict[str, Any]:
    return {"text": text} | ({"entry": entry} if entry else {}) | ({"id": name} if name is not None else {})
