"""The library's types: a place, a unit, a section, an entry.

A `Unit` is the smallest thing that may be quoted. Every character of an entry that is not white space lies in exactly
one unit, quotable or not, so nothing is lost and nothing is said twice. Offsets are code points into the entry's stored
text.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from assistant.errors import LibraryError

SectionName = Literal[
    "preamble",
    "summary",
    "mechanism",
    "dose",
    "forms",
    "timing",
    "safety",
    "populations",
    "interactions",
    "guidelines",
    "practical",
    "myths",
    "relevance",
    "references",
    "other",
]
CANONICAL: tuple[SectionName, ...] = get_args(SectionName)[1:13]
"""The publisher's sections in the publisher's order."""

Kind = Literal[
    "sentence",
    "row",
    "myth",
    "item",
    "lead",
    "metadata",
    "title",
    "heading",
    "boilerplate",
    "disclaimer",
    "stem",
    "head",
    "fragment",
    "reference",
]
QUOTABLE: frozenset[Kind] = frozenset({"sentence", "row", "myth", "item", "lead"})
"""The kinds that may be quoted; a `lead` only together with the list it opens."""

Mark = Literal["dose", "benefit", "limiter", "caution", "population", "interaction", "conflict", "animal"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text: `text[start:end]`, in code points, half-open, never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise LibraryError(f"Span({self.start}, {self.end}) is not a place; it needs 0 <= start < end")

    def of(self, text: str) -> str:
        """Return the words of `text` at this place."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing that may be quoted, or a stretch that may not be."""

    span: Span
    kind: Kind
    lead: int | None = None
    """The unit this one cannot be understood without: a list's lead-in, a table's head, a label, the sentence that
    "This" leans on; None when it stands alone."""
    last: int | None = None
    """The last unit of what must be quoted whole: a list, or a statement with the "However" after it; None when it ends
    here."""
    marks: frozenset[Mark] = frozenset()
    label: str = ""
    """The sub-heading or the population label the unit stands under, for search; never shown as a quotation."""
    limited_by: tuple[int, ...] = ()
    """The units of its entry that say why it must not be taken at face value, the likeliest first."""

    @property
    def quotable(self) -> bool:
        """Whether this unit may be part of a quotation."""
        return self.kind in QUOTABLE


@dataclass(frozen=True, slots=True)
class Section:
    """A run of units under one of our section names. The name is our label and never part of a quotation."""

    name: SectionName
    first: int
    last: int
    """First and last unit, inclusive."""
    how: Literal["stated", "inferred", "corrected"]
    """A heading states it, the order and the words let us infer it, or a person has corrected it in the manifest."""
    confidence: float
    """From 0 to 1: the share of the belief that this name has among all; 1 when stated or corrected."""


@dataclass(frozen=True)
class Entry:
    """One entry of the library: its text exactly as stored, cut into sections and units, with its metadata.

    Empty strings and tuples mean "not known".
    """

    id: str
    title: str
    url: str
    last_reviewed: str
    confidence: str
    provenance: str
    subjects: tuple[str, ...]
    aliases: tuple[str, ...]
    status: Literal["approved", "withdrawn"]
    file: str
    sha256: str
    text: str
    units: tuple[Unit, ...]
    sections: tuple[Section, ...]

    def words(self, first: int, last: int | None = None) -> str:
        """Return the exact text from the start of unit `first` to the end of unit `last` (itself when None)."""
        return self.text[self.units[first].span.start : self.units[first if last is None else last].span.end]

    @cached_property
    def section_of(self) -> tuple[Section, ...]:
        """The section of each unit, by unit number."""
        return tuple(section for section in self.sections for _ in range(section.first, section.last + 1))

    def whole(self, first: int, last: int) -> tuple[int, int]:
        """Widen a range of units to the smallest that may be quoted.

        A list comes whole, with its lead-in; a sentence that opens on "This" brings the one it leans on, and a
        statement its "However".

        Raises:
            LibraryError: the range is not in this entry.
        """
        if not 0 <= first <= last < len(self.units):
            raise LibraryError(f"units {first}-{last} are not all in entry {self.id!r}, which has {len(self.units)}")
        while True:
            inside = [unit for unit in self.units[first : last + 1] if unit.kind in ("item", "lead", "sentence")]
            lower = min([first, *(unit.lead for unit in inside if unit.lead is not None)])
            upper = max([last, *(unit.last for unit in inside if unit.last is not None)])
            if (lower, upper) == (first, last):
                return first, last
            first, last = lower, upper


@dataclass(frozen=True)
class Library:
    """All entries that are served, and the ids of those withdrawn."""

    entries: tuple[Entry, ...]
    withdrawn: frozenset[str] = frozenset()

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """Entries by their id."""
        return {entry.id: entry for entry in self.entries}

    def entry(self, entry_id: str) -> Entry:
        """Return the entry with this id.

        Raises:
            LibraryError: no served entry has it.
        """
        found = self.by_id.get(entry_id)
        if found is None:
            known = ", ".join(sorted(self.by_id)[:5]) or "none"
            raise LibraryError(
                f"no entry {entry_id!r} in the library; it has {len(self.entries)}, the first are: {known}"
            )
        return found
