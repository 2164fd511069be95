"""Metadata: the YAML front matter of a Markdown entry, read as fields; it is never indexed, quoted or shown whole."""

import re
from collections.abc import Mapping

import yaml

from assistant.errors import LibraryError

MAX_FRONT_MATTER = 20_000
"""In characters; the samples' have some four hundred."""
_OPENS = re.compile(r"\s*---[ \t]*\n")
_CLOSES = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_NULLS = ("~", "null", "Null", "NULL")


def read_fields(text: str, file: str) -> tuple[Mapping[str, object], int]:
    """Return the front matter's fields, and where the body begins: 0 without front matter.

    Raises:
        LibraryError: it is not closed, too long, or not YAML lines of `name: value`.
    """
    opening = _OPENS.match(text)
    if opening is None:
        return {}, 0
    closing = _CLOSES.search(text, opening.end())
    if closing is None:
        raise LibraryError(f"{file}:1: the front matter is not closed; end it with a line of three dashes")
    if closing.start() - opening.end() > MAX_FRONT_MATTER:
        raise LibraryError(
            f"{file}:1: front matter of more than {MAX_FRONT_MATTER:,} characters; keep a line for each field"
        )
    try:
        # Text, lists and maps only: no dates, numbers, merged or made objects, so that nothing grows or is rewritten.
        fields = yaml.load(text[opening.end() : closing.start()], Loader=yaml.BaseLoader)  # noqa: S506 - makes text alone
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = text.count("\n", 0, opening.end()) + 1 + (mark.line if mark else 0)
        raise LibraryError(f"{file}:{line}: the front matter is not YAML; quote values that hold a colon") from None
    if fields is not None and not isinstance(fields, dict):
        raise LibraryError(f"{file}:1: the front matter is not a list of `name: value` lines")
    return fields or {}, closing.end()


def text_of(fields: Mapping[str, object], name: str) -> str:
    """Return a field's words on one line; empty when it is missing, null, a list or a map."""
    value = fields.get(name)
    return " ".join(value.split()) if isinstance(value, str) and value not in _NULLS else ""
