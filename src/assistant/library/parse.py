"""Files to entries: both forms a publisher sends, read as received.

The stored text is the file's own, in NFC with LF line ends, front matter included, so that an offset means the same in
the file and here. Nothing is rewritten, trimmed or repaired.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate, pairwise
from typing import Literal
from urllib.parse import urlsplit

from assistant.errors import LibraryError
from assistant.library.blocks import Block, split_blocks
from assistant.library.corrections import MarkCorrection, correct_marks
from assistant.library.limits import link_limits
from assistant.library.metadata import read_fields, text_of
from assistant.library.misconceptions import corrects
from assistant.library.model import Entry, Section, SectionName, Span, Unit
from assistant.library.sections import Name, Stretch, name_sections
from assistant.library.segment import BOILERPLATE, segment_blocks

MAX_BYTES = 2_000_000
"""The largest file read as one entry: some three hundred times the given one."""
MAX_STRETCHES = 2_000
"""The most sections, or paragraphs of a flat export, in one entry: more than a hundred times the given one's."""
CONFIDENCES = ("strong", "moderate", "limited", "")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


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
    marks: tuple[MarkCorrection, ...] = ()


def parse_entry(data: bytes, stated: Stated) -> Entry:
    """Read one entry.

    Args:
        data: the file's bytes.
        stated: the manifest's row; front matter fills what it leaves blank. The ending of `stated.file` tells the form.

    Raises:
        LibraryError: not UTF-8 text, empty, too large, of another form, with broken front matter or metadata, or a
            correction fits nothing in it.
    """
    text = decode_text(data, stated.file)
    markdown = stated.file.lower().endswith(".md")
    if not markdown and not stated.file.lower().endswith(".txt"):
        raise LibraryError(f"{stated.file}: only .md and .txt entries can be read; export it in one of these forms")
    front, body = read_fields(text, stated.file)
    if body and not markdown:
        raise LibraryError(f"{stated.file}:1: a flat export has no front matter; name the file .md")
    blocks = split_blocks(text, body, markdown=markdown)
    if not any(block.kind in ("paragraph", "item", "table") for block in blocks):
        raise LibraryError(f"{stated.file}: no text in it; an entry needs at least one paragraph")
    units, sections, title = _divide(text, body, blocks, dict(stated.sections), stated.file)
    confidence = (stated.confidence or text_of(front, "confidence")).lower()
    if confidence not in CONFIDENCES:
        raise LibraryError(
            f"{stated.file}: confidence is {confidence!r}; it must be strong, moderate, limited or empty"
        )
    reviewed = stated.last_reviewed or text_of(front, "last_reviewed")
    if reviewed and not _is_date(reviewed):
        raise LibraryError(f"{stated.file}: last_reviewed is {reviewed!r}; it must be a date such as 2026-04-29")
    pillar = text_of(front, "pillar").lower()
    url = stated.url or text_of(front, "url")
    entry = Entry(
        id=stated.id,
        title=stated.title or text_of(front, "title") or title,
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
        units=correct_marks(units, text, stated.marks, stated.file),
        sections=tuple(sections),
    )
    return replace(entry, units=link_limits(entry))


def decode_text(data: bytes, file: str) -> str:
    """Return a file's text in NFC with LF line ends.

    Raises:
        LibraryError: empty, larger than `MAX_BYTES`, not UTF-8, or with control characters, as in a binary file.
    """
    if len(data) > MAX_BYTES:
        raise LibraryError(
            f"{file}: {len(data):,} bytes; an entry may have {MAX_BYTES:,}, so split it or send the right file"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LibraryError(
            f"{file}: not UTF-8 text (byte {error.start} is {data[error.start]:#04x}); save it as UTF-8"
        ) from None
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise LibraryError(
            f"{file}:{line}: control character U+{ord(control.group()):04X}; is it a text file? Remove it"
        )
    if not text.strip():
        raise LibraryError(f"{file}: empty; an entry needs at least one paragraph")
    return text


def is_safe_url(url: str) -> bool:
    """Whether a link may be shown: https, with a host, without a user name, spaces or control characters."""
    if not url.isascii() or any(character <= " " or character in "<>\"'\\^`{|}" for character in url):
        return False
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and "." in (parts.hostname or "")
        )
    except ValueError:
        return False


def front_matter(data: bytes, file: str) -> dict[str, str]:
    """Return the text fields of a Markdown entry's front matter; empty for a flat export.

    Raises:
        LibraryError: the file cannot be read, or its front matter is not YAML.
    """
    if not file.lower().endswith(".md"):
        return {}
    fields, _ = read_fields(decode_text(data, file), file)
    return {str(key): text_of(fields, str(key)) for key in fields}


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
    if len(groups) > MAX_STRETCHES:
        raise LibraryError(
            f"{file}: {len(groups):,} sections or paragraphs; an entry may have {MAX_STRETCHES:,}, so split it"
        )
    stretches = [_stretch(text, group) for group in groups]
    starts = _lines_of(text, [group[0].span.start for group in groups])
    if unknown := sorted(set(corrected) - set(starts)):
        raise LibraryError(
            f"{file}: the manifest corrects a section on line {unknown[0]}, but they begin on {starts[:9]}; mend it"
        )
    names = name_sections(stretches, {starts.index(line): name for line, name in corrected.items()})

    units: list[Unit] = []
    if body and text[:body].strip():
        units.append(Unit(Span(text.index("---"), len(text[:body].rstrip())), "metadata"))
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
    levels = [block.level for block in blocks[first:] if block.kind == "heading"]
    # A lone "# Note" after the title must not make one section of all the others.
    lone = {1} if levels.count(1) == 1 else set()
    top = min((level for level in levels if level not in lone), default=1 if lone else 0)
    while first < len(blocks) and blocks[first].kind == "paragraph" and BOILERPLATE.match(blocks[first].span.of(text)):
        first += 1
    groups: list[list[Block]] = []
    for block in blocks[first:]:
        headed = block.kind == "heading" and block.level <= top
        if not groups or headed or (not levels and _opens_group(text, groups[-1], block)):
            groups.append([block])
        else:
            groups[-1].append(block)
    return list(blocks[:first]), groups


def _opens_group(text: str, group: Sequence[Block], block: Block) -> bool:
    """Whether a block without headings about it is named by itself: a paragraph, but not the correction of a claim."""
    return block.kind == "paragraph" and not corrects(text, group[-1], block)


def _lines_of(text: str, starts: Sequence[int]) -> list[int]:
    """Return the line, from 1, of each of these rising offsets."""
    return [1 + count for count in accumulate(text.count("\n", a, b) for a, b in pairwise([0, *starts]))]


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
            raise LibraryError(
                f"{entry.file}: no unit holds {entry.text[start:end].strip()[:40]!r}; please report this file"
            )
    covered = [number for section in entry.sections for number in range(section.first, section.last + 1)]
    if covered != list(range(len(entry.units))):
        raise LibraryError(f"{entry.file}: its sections do not tile its units; please report this file")
