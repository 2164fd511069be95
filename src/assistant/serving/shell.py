"""The shell: the chat's page before anything is asked, whole without a request more, as a page or as a widget's frame.

The disclaimer stands in it from the first paint. Everything filled in is escaped.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from string import Template

from assistant.serving.words import data_block, page_words

_MARK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M5 23v-8q0-7 9-8v4q-4 1-4 4h4v8zm13 0v-8q0-7 9-8v4q-4 1-4 '
    '4h4v8z"/></svg>'
)
_ICON = (
    """<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"""
    "%3Crect width='32' height='32' rx='7' fill='%23175a52'/%3E"
    "%3Cpath d='M8 21v-6q0-5 6-6v3q-3 1-3 3h3v6zm10 0v-6q0-5 6-6v3q-3 1-3 3h3v6z' fill='%23fff'/%3E%3C/svg%3E\">"
)
_CLOSE = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 3l10 10M13 3L3 13"/></svg>'


def chat_page(disclaimer: str, questions: Sequence[str]) -> str:
    """Return the chat as a page of its own.

    Args:
        disclaimer: shown from the start.
        questions: what a reader may ask first; the list is left out when there are none.
    """
    return _filled(
        "page", "chat.js", disclaimer, questions, {"icon": _ICON, "launcher": "", "dialog": "", "closer": ""}
    )


def frame_page(disclaimer: str, questions: Sequence[str], sites: Sequence[str]) -> str:
    """Return the same chat with its launcher, for a frame on another page.

    Args:
        disclaimer: shown from the start.
        questions: what a reader may ask first.
        sites: the origins whose pages the frame listens to, besides its own.
    """
    words = page_words()
    parts = {
        "icon": "",
        "launcher": f'{data_block("sites", list(sites))}<main id="closed"><h1>'
        f'<button id="launcher" type="button" aria-expanded="false" aria-controls="chat">{_MARK}'
        f"<span>{escape(words['heading'])}</span></button></h1></main>\n",
        "dialog": ' role="dialog" aria-labelledby="heading" hidden',
        "closer": f'<button id="close" class="quiet" type="button" aria-label="{escape(words["close"])}">{_CLOSE}'
        "</button>",
    }
    return _filled("frame", "frame.js", disclaimer, questions, parts)


@cache
def _template() -> Template:
    return Template((resources.files(__package__) / "chat.html").read_text("utf-8"))


def _filled(kind: str, script: str, disclaimer: str, questions: Sequence[str], parts: Mapping[str, str]) -> str:
    words = page_words()
    said = {name: escape(text) for name, text in words.items() if isinstance(text, str)}
    items = "".join(f'<li><button class="choice" type="button">{escape(each)}</button></li>' for each in questions)
    said["suggestions"] = f'<h2>{said["suggestions"]}</h2><ul id="suggestions">{items}</ul>' if items else ""
    said |= {"kind": kind, "script": script, "disclaimer": escape(disclaimer)}
    block = data_block("words", {name: value for name, value in words.items() if name != "reader"})
    return _template().substitute({**said, **parts, "words": block})
