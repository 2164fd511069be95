"""Flatten a Markdown entry into the export that a publisher sends: title, headings, front matter and lists are lost.

Run as `python -m eval.flatten FILE… --out FOLDER`. The Markdown names its sections and the flat text does not, so the
pair measures how well sections are inferred. A paragraph becomes a line; a table stays line by line; a list goes, so
that its stem dangles, and with a sub-heading goes the claim that it made.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.library.blocks import split_blocks
from assistant.library.metadata import read_fields
from assistant.library.parse import decode_text


def flatten(data: bytes, file: str) -> str:
    """Return the flat export of a Markdown entry: one paragraph a line, tables line by line.

    Raises:
        LibraryError: the file cannot be read as text, or its front matter is broken.
    """
    text = decode_text(data, file)
    _, body = read_fields(text, file)
    lines: list[str] = []
    for block in split_blocks(text, body, markdown=True):
        words = block.span.of(text)
        if block.kind == "table":
            lines += [line.strip() for line in words.split("\n")]
        elif block.kind == "paragraph":
            lines.append(re.sub(r"\*\*|__", "", " ".join(words.split())))
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the flat export of each file, under its name with the ending .txt; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.flatten", description="Flatten Markdown entries.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a Markdown entry")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="where the .txt files go")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    for file in given.files:
        (given.out / f"{file.stem}.txt").write_text(flatten(file.read_bytes(), file.name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
