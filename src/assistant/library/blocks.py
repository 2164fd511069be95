"""Blocks: the lines of a file grouped as a reader sees them: headings, paragraphs, tables, lists.

Both forms of an entry come through here: a flat export, where every line is a paragraph, and Markdown. Blocks cover
every character that is not white space, in order, and never overlap.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.library.model import Span

BlockKind = Literal["heading", "paragraph", "table", "item", "fragment"]

_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=++|-{2,}+)[ \t]*+$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*+\1){2,}+[ \t]*+$")
_ITEM = re.compile(r"([ \t]*+)(?:[-*+•]|(\d{1,3})[.)])[ \t]++\S")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_COMMENT = re.compile(r" {0,3}<!--")
SEPARATOR = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$")
"""The line under a table's head, `|---|---|`."""

_Line = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph, a table, a list item, or a fragment (a rule, a comment, a fence: never quoted)."""

    kind: BlockKind
    span: Span
    level: int = 0
    """Of a heading: 1 to 6. Of an item: its indentation in columns."""
    title: str = ""
    """Of a heading: its words without the marks around them."""


def split_blocks(text: str, start: int, *, markdown: bool) -> list[Block]:
    """Group the lines of a text from `start` on.

    Args:
        text: the whole stored text.
        start: where the body begins, past any front matter.
        markdown: False for a flat export, where a line is a paragraph unless it belongs to a table.
    """
    lines = list(_lines(text, start))
    return _markdown_blocks(text, lines) if markdown else _flat_blocks(text, lines)


def _lines(text: str, start: int) -> Iterator[_Line]:
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _trimmed(text: str, start: int, end: int) -> Span:
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _flat_blocks(text: str, lines: Sequence[_Line]) -> list[Block]:
    blocks: list[Block] = []
    table: _Line | None = None
    for number, (start, end) in enumerate(lines):
        if _is_table_line(text, lines, number, inside=table is not None):
            table = (table[0] if table else start, end)
            continue
        if table:
            blocks.append(Block("table", _trimmed(text, *table)))
            table = None
        if text[start:end].strip():
            blocks.append(Block("paragraph", _trimmed(text, start, end)))
    if table:
        blocks.append(Block("table", _trimmed(text, *table)))
    return blocks


def _markdown_blocks(text: str, lines: Sequence[_Line]) -> list[Block]:
    blocks: list[Block] = []
    run: list[_Line] = []
    kind: BlockKind = "paragraph"
    level = 0

    def close() -> None:
        nonlocal kind, level
        if run:
            blocks.append(Block(kind, _trimmed(text, run[0][0], run[-1][1]), level))
            run.clear()
        kind, level = "paragraph", 0

    number = 0
    while number < len(lines):
        start, end = lines[number]
        line = text[start:end]
        number += 1
        if not line.strip():
            # A blank line inside a list item, followed by an indented line, is still the item.
            following = text[slice(*lines[number])] if number < len(lines) else ""
            indented = len(following) - len(following.lstrip()) > level + 1
            if kind == "item" and indented and not _ITEM.match(following):
                continue
            close()
        elif (opening := _FENCE.match(line)) or (opening := _COMMENT.match(line)):
            close()
            number = _past_fragment(text, lines, number - 1, opening.group().strip())
            blocks.append(Block("fragment", _trimmed(text, start, lines[number - 1][1])))
        elif heading := _HEADING.match(line):
            close()
            title = _plain(_without_closing_marks(line[heading.end() :]))
            blocks.append(Block("heading", _trimmed(text, start, end), len(heading.group(1)), title))
        elif kind == "paragraph" and len(run) == 1 and (under := _UNDERLINE.match(line)):
            title = _plain(text[slice(*run[0])])
            blocks.append(Block("heading", _trimmed(text, run[0][0], end), 1 if under.group(1)[0] == "=" else 2, title))
            run.clear()
        elif _RULE.match(line):
            close()
            blocks.append(Block("fragment", _trimmed(text, start, end)))
        elif _is_table_line(text, lines, number - 1, inside=kind == "table"):
            if kind != "table":
                close()
            kind = "table"
            run.append((start, end))
        elif (item := _ITEM.match(line)) and not (run and kind == "paragraph" and int(item.group(2) or 1) != 1):
            # Within a paragraph only "1." opens a list: a wrapped line may well begin with another number.
            close()
            kind, level = "item", len(item.group(1).expandtabs(4))
            run.append((start, end))
        else:
            if kind == "table":
                close()
            run.append((start, end))
    close()
    return blocks


def _past_fragment(text: str, lines: Sequence[_Line], first: int, opening: str) -> int:
    """Return the number of the line after a fenced block or a comment; all the rest when it is not closed."""
    if opening == "<!--":
        closed = next((n for n in range(first, len(lines)) if "-->" in text[slice(*lines[n])]), len(lines) - 1)
    else:
        closed = next(
            (n for n in range(first + 1, len(lines)) if text[slice(*lines[n])].lstrip().startswith(opening)),
            len(lines) - 1,
        )
    return closed + 1


def _without_closing_marks(words: str) -> str:
    """Return a heading's words without a closing run of number signs."""
    words = words.strip()
    bare = words.rstrip("#")
    return bare if not bare or bare[-1].isspace() else words


def _plain(words: str) -> str:
    """Return a heading's words without marks of emphasis."""
    return words.replace("**", "").replace("__", "").strip(" \t*_")


def _is_table_line(text: str, lines: Sequence[_Line], number: int, *, inside: bool) -> bool:
    line = text[slice(*lines[number])]
    if "|" not in line:
        return False
    if inside or line.lstrip().startswith("|"):
        return True
    following = text[slice(*lines[number + 1])] if number + 1 < len(lines) else ""
    return "|" in following and SEPARATOR.match(following) is not None
