"""MedQuAD: health entries in sections by kind of question, read as entries of a library.

Rows have `_id`, `source`, `title`, `synonyms` and `sections` with `qtype`, `question` and `text`. An entry's title is
its subject, as a library's own subjects are.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import LibraryError
from assistant.library.model import Entry, SectionName
from assistant.library.parse import Stated, parse_entry
from eval.records import DataError, Record, read_records

SECTION_NAMES: Mapping[str, SectionName] = {
    "information": "summary",
    "causes": "mechanism",
    "genetic changes": "mechanism",
    "inheritance": "mechanism",
    "susceptibility": "populations",
    "prevention": "practical",
}
"""The publisher's section that a kind of question comes nearest; every other kind is "other"."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: what it answers, and its text."""

    kind: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the data set."""

    id: str
    origin: str
    """Who published it."""
    title: str
    synonyms: tuple[str, ...]
    sections: tuple[Section, ...]


def read_sources(path: Path) -> Iterator[Source]:
    """Yield the entries that have at least one section with words, in order.

    Raises:
        DataError: the file is missing or broken.
    """
    for record in read_records(path):
        sections = tuple(section for item in record.items("sections") if (section := _section(item)).text)
        synonyms = record.fields.get("synonyms") or []
        if not isinstance(synonyms, list) or not all(isinstance(name, str) for name in synonyms):
            raise DataError(f"{record.place}: 'synonyms' is {synonyms!r:.60}; it must be a list of texts")
        if sections:
            yield Source(record.text("_id"), record.text("source"), record.text("title"), tuple(synonyms), sections)


def _section(item: Record) -> Section:
    text = "".join(character if character.isprintable() else " " for character in item.text("text"))
    return Section(item.text("qtype"), item.text("question"), " ".join(text.split()))


def source_entry(source: Source, without: Collection[int] = ()) -> Entry:
    """Read a MedQuAD entry as an entry of a library, each section one line of a flat export, its name stated.

    Args:
        source: the entry.
        without: numbers of sections to leave out, from 0; at least one must be left.

    Raises:
        DataError: nothing is left, or it cannot be read as an entry.
    """
    kept = [section for number, section in enumerate(source.sections) if number not in without]
    if not kept:
        raise DataError(f"entry {source.id!r} has {len(source.sections)} sections and none would be left")
    stated = Stated(
        id=source.id,
        file=f"{source.id}.txt",
        title=source.title,
        subjects=(source.title.lower(),),
        aliases=tuple(dict.fromkeys(name.lower() for name in source.synonyms if name.strip())),
        sections=tuple((line, SECTION_NAMES.get(section.kind, "other")) for line, section in enumerate(kept, start=1)),
    )
    try:
        return parse_entry("\n".join(section.text for section in kept).encode("utf-8", "replace"), stated)
    except LibraryError as error:
        raise DataError(f"entry {source.id!r} cannot be read as an entry ({error})") from None
