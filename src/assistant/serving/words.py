"""Words: all that the pages say which is ours, read from `words.toml`, so that a translation is one file.

Must not hold a notice, a label or the disclaimer, which a clinician reviews elsewhere.
"""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

Words = Mapping[str, Any]
"""Texts by name; tables of texts, and pairs of a title and a sentence."""


@cache
def page_words() -> Words:
    """Return the words of the pages; not to be changed."""
    return tomllib.loads((resources.files(__package__) / "words.toml").read_text("utf-8"))


def data_block(name: str, data: object) -> str:
    """Return values as a block of data inside a page: never executed, and no text in it can end it.

    Args:
        name: the element's id.
        data: whatever JSON can hold.
    """
    return f'<script type="application/json" id="{name}">{script_safe(data)}</script>'


def script_safe(data: object) -> str:
    """Return values as JSON that may stand inside a script element: no markup can be read in it."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written
