"""Markdown: exact words set as block quotations, and read back out of them.

What a Markdown reader shows in a block quotation is the text given, character for character, whatever marks it holds:
they are escaped, so nothing in an entry becomes a heading, a link, a picture or HTML. `quotations_in` is the way back.
"""

import re
from collections.abc import Iterator, Sequence

_INLINE = re.compile(
    r"""[\\`*]
    | (?<![^\W_])_ | _(?![^\W_])            # between letters it marks nothing
    | \](?=[(\[:])                          # what would make a link, a picture or a footnote
    | (?<=\S)~                              # only after something can it end what is struck out
    | <(?=[A-Za-z/!?])
    | &(?=\#?[A-Za-z0-9]{1,31};)""",
    re.VERBOSE,
)
_OPENING = re.compile(r">|#{1,6}(?:\s|$)|[-+](?:\s|$)|[-=:|+\s]+$|~~~")
"""What at the start of a line would open a quotation, a heading, a list, a rule or a table's second row."""
_NUMBER = re.compile(r"\d{1,9}[.)](?:\s|$)")
_SPACE = {" ": "&#32;", "\t": "&#9;", "\u00a0": "&#160;"}
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|&#(\d{1,3});")
_RULE = re.compile(r"\|(?: --- \|)+")


def escaped(text: str) -> str:
    """Return one line so that Markdown shows it as it is, wherever in a line it stands."""
    return re.sub(r"[\\`*_\[\]<>&~|#]", r"\\\g<0>", " ".join(text.split()))


def block_quotation(text: str, columns: Sequence[str] | None = None) -> str:
    """Return a text as a block quotation.

    Args:
        text: one or more lines.
        columns: when the text is a table's row, the names of its columns; they stand above it, outside what is quoted.
    """
    if columns:
        return "\n".join(f"> {line}" for line in (*table_head(columns).split("\n"), _row(text)))
    lines = text.split("\n")
    # Two spaces before a line's end are how Markdown is told to break it there.
    return "\n".join(
        f"> {_line(line)}{'  ' if line and number < len(lines) else ''}" if line else ">"
        for number, line in enumerate(lines, start=1)
    )


def table_head(columns: Sequence[str]) -> str:
    """Return the two lines that open a table with these columns."""
    return f"| {' | '.join(escaped(column) for column in columns)} |\n|{' --- |' * len(columns)}"


def is_table_head(text: str) -> bool:
    """Whether a text is what `table_head` returns."""
    lines = text.split("\n")
    return len(lines) == 2 and _RULE.fullmatch(lines[1]) is not None


def quotations_in(markdown: str) -> Iterator[tuple[int, int, str]]:
    """Find the block quotations of a text.

    Yields:
        Where each stands, in code points, end exclusive, and its words: of a table, its last row.
    """
    for found in re.finditer(r"(?:^ {0,3}>.*(?:\n|\Z))+", markdown, re.MULTILINE):
        lines = [re.sub(r"^ {0,3}> ?", "", line) for line in found.group().rstrip("\n").split("\n")]
        if len(lines) > 2 and _RULE.fullmatch(lines[1].strip()):
            yield found.start(), found.end(), _unescaped(lines[-1].strip(), row=True)
        else:
            broken = [line[:-2] if line.endswith("  ") else line for line in lines[:-1]]
            text = "\n".join(_unescaped(line) for line in [*broken, lines[-1].rstrip(" ")])
            if text.strip():
                yield found.start(), found.end(), text.strip("\n")


def _line(line: str) -> str:
    words = line.lstrip(" \t\u00a0")
    lead = "".join(_SPACE[character] for character in line[: len(line) - len(words)])
    shown = _INLINE.sub(r"\\\g<0>", words)
    if number := _NUMBER.match(shown):
        at = number.group().rstrip()
        shown = f"{at[:-1]}\\{shown[len(at) - 1 :]}"
    elif _OPENING.match(shown):
        shown = f"\\{shown}"
    tail = len(shown) - len(shown.rstrip(" \t"))
    return lead + shown[: len(shown) - tail] + "".join(_SPACE[character] for character in shown[len(shown) - tail :])


def _row(text: str) -> str:
    # A pipe that the row has escaped is escaped already.
    return "\\|".join(_INLINE.sub(r"\\\g<0>", part) for part in text.split("\\|"))


def _unescaped(text: str, *, row: bool = False) -> str:
    def plain(found: re.Match[str]) -> str:
        if found.group(2):
            return chr(int(found.group(2)))
        return found.group() if row and found.group(1) == "|" else found.group(1)

    return _ESCAPED.sub(plain, text)
