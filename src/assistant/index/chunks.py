"""Chunks: sections cut to what the encoder can take in, at the edges of units.

A chunk is embedded with its subject, title and section as context; the stored text is untouched. Chunks of a section
tile its units, so a row of the index always leads back to whole units.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.index.terms import terms_of
from assistant.library.model import Entry, Library, SectionName
from assistant.library.segment import split_row

_SECTION_WORDS: dict[SectionName, str] = {
    "mechanism": "how it works",
    "dose": "amounts studied, intake and food sources",
    "forms": "forms and absorption",
    "timing": "timing and how long before judging",
    "safety": "safety and strength of the evidence",
    "populations": "who should take care",
    "interactions": "interactions with medicines and supplements",
    "guidelines": "guidelines",
    "practical": "in practice",
    "myths": "misconceptions",
}
"""The words that stand for a section's name in what is embedded; never shown."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Units `first` to `last` of one section of one entry, inclusive; holds at least one quotable unit."""

    entry_id: str
    section: SectionName
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """One quotable unit of one entry."""

    entry_id: str
    unit: int


def cut_chunks(entry: Entry, count: Callable[[str], int], limit: int) -> list[Chunk]:
    """Cut the sections of an entry into chunks.

    Args:
        entry: the entry.
        count: word pieces of a text by the encoder's own tokenizer.
        limit: the encoder's limit in word pieces. A single unit beyond it is a chunk of its own.
    """
    chunks: list[Chunk] = []
    for section in entry.sections:
        first = section.first
        for number in range(section.first, section.last + 1):
            grown = Chunk(entry.id, section.name, first, number)
            if number > first and count(chunk_text(entry, grown)) > limit:
                chunks.append(Chunk(entry.id, section.name, first, number - 1))
                first = number
        chunks.append(Chunk(entry.id, section.name, first, section.last))
    return [chunk for chunk in chunks if any(unit.quotable for unit in entry.units[chunk.first : chunk.last + 1])]


def chunk_text(entry: Entry, chunk: Chunk) -> str:
    """Return what is embedded for a chunk: its context, then the words of its quotable units."""
    context = [", ".join(entry.subjects[:3]), entry.title, _SECTION_WORDS.get(chunk.section, "")]
    words = [unit_words(entry, number) for number in range(chunk.first, chunk.last + 1) if entry.units[number].quotable]
    return ". ".join(part for part in context if part) + "\n" + " ".join(words)


def unit_text(entry: Entry, number: int) -> str:
    """Return what is embedded for a unit: its main subject and the label it stands under, then its words."""
    unit = entry.units[number]
    label = unit.label if unit.label and not entry.words(number).startswith(unit.label) else ""
    return ": ".join(
        part
        for part in (entry.subjects[0] if entry.subjects else entry.title, label, unit_words(entry, number))
        if part
    )


def unit_words(entry: Entry, number: int) -> str:
    """Return a unit's words as search reads them: a table row with its columns' names, Markdown marks left out."""
    unit = entry.units[number]
    if unit.kind == "row" and unit.lead is not None:
        columns = split_row(entry.words(unit.lead).split("\n")[0])
        cells = split_row(entry.words(number))
        return "; ".join(f"{column}: {cell}" for column, cell in zip(columns, cells, strict=False) if cell)
    return " ".join(entry.words(number).replace("**", "").replace("|", " ").split())


def entry_terms(entry: Entry) -> list[str]:
    """Return the terms of a whole entry, its names and what may not be quoted included, in order."""
    return terms_of(" ".join([entry.title, *entry.subjects, *entry.aliases, entry.text]))


def quotable_places(library: Library) -> Iterator[Place]:
    """Yield every quotable unit of a library, entry by entry, in order."""
    for entry in library.entries:
        for number, unit in enumerate(entry.units):
            if unit.quotable:
                yield Place(entry.id, number)
