"""Files to entries: both forms a publisher sends, read as received.

The stored text is the file's own, in NFC with LF line ends, front matter included, so that an offset means the same in the
file and here. Nothing is rewritten, trimmed or repaired.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Literal
from urllib.parse import urlsplit

import yaml

from assistant.errors import LibraryError
from assistant.library.blocks import Block, split_blocks
from assistant.library.model import CANONICAL, Entry, Section, SectionName, Span, Unit
from assistant.library.sections import Name, Stretch, heading_names, name_sections
from assistant.library.segment import BOILERPLATE, segment_blocks

MAX_BYTES = 2_000_000
"""The largest file read as one entry: some three hundred times the given one."""
CONFIDENCES = ("strong", "moderate", "limited", "")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)(?:^|\n)---[ \t]*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a person has stated of an entry in the manifest; an empty value means "not known"."""

    id: str
    file: str
    title: str = ""
    url: str = ""
    subjects: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    last_reviewed: str = ""
    confidence: str = ""
    provenance: str = ""
    status: Literal["approved", "withdrawn"] = "approved"
    sections: tuple[tuple[int, SectionName], ...] = ()
    """Corrected section names, by the line of the file on which the section (or the flat paragraph) begins, from 1."""


def parse_entry(data: bytes, stated: Stated) -> Entry:
    """Read one entry.

    Args:
        data: the file's bytes.
        stated: the manifest's row; front matter fills what it leaves blank. The ending of `stated.file` tells the form.

    Raises:
        LibraryError: not UTF-8 text, empty, too large, of another form, or with broken front matter or metadata.
    """
    text = decode_text(data, stated.file)
    markdown = stated.file.lower().endswith(".md")
    if not markdown and not stated.file.lower().endswith(".txt"):
        raise LibraryError(f"{stated.file}: only .md and .txt entries can be read; export it in one of these forms")
    front, body = _front_matter(text, stated.file) if markdown else ({}, 0)
    blocks = split_blocks(text, body, markdown=markdown)
    if not any(block.kind != "heading" for block in blocks):
        raise LibraryError(f"{stated.file}: no text in it; an entry needs at least one paragraph")
    units, sections, title = _divide(text, body, blocks, dict(stated.sections), stated.file)
    confidence = (stated.confidence or _string(front, "confidence")).lower()
    if confidence not in CONFIDENCES:
        raise LibraryError(f"{stated.file}: confidence is {confidence!r}; it must be strong, moderate, limited or empty")
    reviewed = stated.last_reviewed or _string(front, "last_reviewed")
    if reviewed and not _is_date(reviewed):
        raise LibraryError(f"{stated.file}: last_reviewed is {reviewed!r}; it must be a date such as 2026-04-29")
    pillar = _string(front, "pillar").lower()
    url = stated.url or _string(front, "url")
    return Entry(
        id=stated.id,
        title=stated.title or _string(front, "title") or title,
        url=url if is_safe_url(url) else "",
        last_reviewed=reviewed,
        confidence=confidence,
        provenance=stated.provenance,
        subjects=stated.subjects or ((pillar,) if pillar else ()),
        aliases=stated.aliases,
        status=stated.status,
        file=stated.file,
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        units=tuple(units),
        sections=tuple(sections),
    )


def decode_text(data: bytes, file: str) -> str:
    """Return a file's text in NFC with LF line ends.

    Raises:
        LibraryError: empty, larger than `MAX_BYTES`, not UTF-8, or with control characters, as in a binary file.
    """
    if len(data) > MAX_BYTES:
        raise LibraryError(f"{file}: {len(data):,} bytes; an entry may have {MAX_BYTES:,}, so split it or send the right file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LibraryError(f"{file}: not UTF-8 text (byte {error.start} is {data[error.start]:#04x}); save it as UTF-8") from None
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    for position, character in enumerate(text):
        if unicodedata.category(character) == "Cc" and character not in "\n\t":
            line = text.count("\n", 0, position) + 1
            raise LibraryError(f"{file}:{line}: control character U+{ord(character):04X}; is it a text file? Remove it")
    if not text.strip():
        raise LibraryError(f"{file}: empty; an entry needs at least one paragraph")
    return text


def is_safe_url(url: str) -> bool:
    """Whether a link may be shown: https, with a host, without a user name, spaces or control characters."""
    if not url.isascii() or any(character <= " " or character in "<>\"'\\^`{|}" for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and "." in (parts.hostname or "")
    except ValueError:
        return False


def front_matter(data: bytes, file: str) -> dict[str, str]:
    """Return the text fields of a Markdown entry's front matter; empty for a flat export.

    Raises:
        LibraryError: the file cannot be read, or its front matter is not YAML.
    """
    if not file.lower().endswith(".md"):
        return {}
    fields, _ = _front_matter(decode_text(data, file), file)
    return {str(key): _string(fields, str(key)) for key in fields}


def _front_matter(text: str, file: str) -> tuple[Mapping[str, object], int]:
    match = _FRONT_MATTER.match(text)
    if match is None:
        if text.startswith("---\n"):
            raise LibraryError(f"{file}:1: the front matter is not closed; end it with a line of three dashes")
        return {}, 0
    try:
        fields = yaml.safe_load(match.group(1)) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise LibraryError(f"{file}:{line}: the front matter is not YAML; quote values that hold a colon") from None
    if not isinstance(fields, dict):
        raise LibraryError(f"{file}:1: the front matter is not a list of `name: value` lines")
    return fields, match.end()


def _string(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _divide(
    text: str, body: int, blocks: Sequence[Block], corrected: dict[int, SectionName], file: str
) -> tuple[list[Unit], list[Section], str]:
    """Cut an entry into its sections and units; return them with the title that the text itself bears."""
    opening, groups = _group(text, blocks)
    stretches = [_stretch(text, group) for group in groups]
    starts = [text.count("\n", 0, group[0].span.start) + 1 for group in groups]
    if unknown := sorted(set(corrected) - set(starts)):
        raise LibraryError(f"{file}: the manifest corrects a section on line {unknown[0]}, but none begins there: {starts}")
    names = name_sections(stretches, {starts.index(line): name for line, name in corrected.items()})

    units: list[Unit] = []
    if body and text[:body].strip():
        units.append(Unit(Span(0, len(text[:body].rstrip())), "metadata"))
    title = ""
    for block in opening:
        if block.kind == "heading" and not title:
            title = block.title
            units.append(Unit(block.span, "title"))
        else:
            units += segment_blocks(text, [block], "preamble", len(units))
    sections: list[Section] = [Section("preamble", 0, len(units) - 1, "inferred", 1.0)] if units else []
    for name, run in _runs(names, groups):
        made = segment_blocks(text, run, name.name, len(units))
        sections.append(Section(name.name, len(units), len(units) + len(made) - 1, name.how, name.confidence))
        units += made
    return units, sections, title


def _group(text: str, blocks: Sequence[Block]) -> tuple[list[Block], list[list[Block]]]:
    """Part the opening (title, boilerplate) from the rest, and the rest into future sections."""
    first = 0
    if blocks[0].kind == "heading" and blocks[0].level == 1:
        first = 1
    rest = blocks[first:]
    levels = [block.level for block in rest if block.kind == "heading"]
    top = min(levels, default=0)
    while rest and rest[0].kind == "paragraph" and BOILERPLATE.match(rest[0].span.of(text)):
        first += 1
        rest = rest[1:]
    groups: list[list[Block]] = []
    for block in rest:
        opens = block.kind == "heading" and block.level == top
        if opens or not groups or (not levels and block.kind != "table"):
            groups.append([block])
        else:
            groups[-1].append(block)
    return list(blocks[:first]), groups


def _stretch(text: str, group: Sequence[Block]) -> Stretch:
    heading = group[0].title if group[0].kind == "heading" else ""
    body = [block for block in group if block.kind != "heading"]
    words = "\n".join(block.span.of(text) for block in body)
    return Stretch(words, heading, any(block.kind == "table" for block in body))


def _runs(names: Sequence[Name], groups: Sequence[list[Block]]) -> list[tuple[Name, list[Block]]]:
    """Join neighbouring paragraphs of a flat export that bear one inferred name; a stated section stays its own."""
    runs: list[tuple[Name, list[Block]]] = []
    for name, group in zip(names, groups, strict=True):
        headed = group[0].kind == "heading"
        if runs and not headed and runs[-1][0].name == name.name:
            earlier, blocks = runs[-1]
            how = "corrected" if "corrected" in (earlier.how, name.how) else earlier.how
            runs[-1] = (Name(name.name, how, min(earlier.confidence, name.confidence)), blocks + group)
        else:
            runs.append((name, list(group)))
    return runs


def check_tiling(entry: Entry) -> None:
    """Assert the promise of the model: units are in order, do not overlap, and hold all that is not white space.

    Raises:
        LibraryError: they do not; a fault in this package, found before anything is served.
    """
    for one, other in pairwise(entry.units):
        if one.span.end > other.span.start:
            raise LibraryError(f"{entry.file}: units at {one.span} and {other.span} overlap; please report this file")
    edges = [0, *(edge for unit in entry.units for edge in (unit.span.start, unit.span.end)), len(entry.text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if entry.text[start:end].strip():
            raise LibraryError(f"{entry.file}: no unit holds {entry.text[start:end].strip()[:40]!r}; please report this file")
    covered = [number for section in entry.sections for number in range(section.first, section.last + 1)]
    if covered != list(range(len(entry.units))):
        raise LibraryError(f"{entry.file}: its sections do not tile its units; please report this file")


def known_heading(heading: str) -> bool:
    """Whether a heading's wording names one of the sections."""
    return bool(heading_names(heading))


__all__ = ["CANONICAL", "CONFIDENCES", "MAX_BYTES", "Stated", "check_tiling", "decode_text", "front_matter", "is_safe_url", "known_heading", "parse_entry"]
