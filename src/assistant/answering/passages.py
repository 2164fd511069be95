"""Passages: the words of every quotable unit, as search and evidence read them: most of them when first asked for."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from assistant.answering.spoken import Shares, Spoken
from assistant.answering.stretches import Stretches
from assistant.index.chunks import unit_words
from assistant.index.lexicon import Item, Lexicon, Terms, phrase_terms
from assistant.index.snapshot import Snapshot
from assistant.library.model import Entry, SectionName

Rows = npt.NDArray[np.intp]
T = TypeVar("T")
_KEPT = 4096
"""Rows of a table that are kept once made; beyond that all are made again when they are read."""


class Table(dict[int, T], Generic[T]):
    """A value for each row, made when it is first read; what a large library was asked for last is kept."""

    def __init__(self, make: Callable[[int], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, row: int) -> T:
        """Make a row's value."""
        if len(self) >= _KEPT:
            self.clear()
        value = self[row] = self._make(row)
        return value


class Facts(NamedTuple):
    """What a unit is, whatever is asked."""

    entry: Entry
    number: int
    """Of the unit, in its entry."""
    section: SectionName
    kinds: frozenset[str]
    """The kinds of question it answers."""
    conditions: frozenset[Terms]
    """The names of the conditions it speaks of that are not its entry's own subjects."""
    populated: bool
    """Whether it speaks of a group of people."""
    absent: bool
    """Whether it says that something is not known."""
    manner: tuple[bool, bool, bool, bool, float]
    """Whether it is a misconception, of animals, a table row or refers elsewhere; its length, from 0 to 1."""


_LONG = 60
"""Terms from which a unit counts as long."""


@dataclass(frozen=True)
class Passages:
    """The quotable units of a snapshot by row, with their terms."""

    snapshot: Snapshot
    lexicon: Lexicon

    def entry(self, row: int) -> Entry:
        """Return the entry a unit stands in."""
        return self.snapshot.library.by_id[self.snapshot.units[row].entry_id]

    @cached_property
    def chunk_rows(self) -> Rows:
        """The row of the chunk that each unit lies in."""
        return self.snapshot.layout.chunk_of_unit

    @cached_property
    def words(self) -> Table[str]:
        """The words of each unit, a table row with its columns' names."""
        units = self.snapshot.units
        return Table(lambda row: unit_words(self.entry(row), units[row].unit))

    @cached_property
    def terms(self) -> Table[Terms]:
        """All terms of each unit, with the label it stands under."""
        return Table(self.snapshot.wording.terms_of_unit)

    def in_units(self, rows: Rows) -> Stretches:
        """Return what some units say."""
        wording = self.snapshot.wording
        return Stretches.of(wording, wording.unit_terms, wording.unit_starts[rows], wording.unit_starts[rows + 1])

    def in_chunks(self, rows: Rows) -> Stretches:
        """Return what the chunks say that some units lie in."""
        wording, (first, end) = self.snapshot.wording, self._units_of_chunks
        chunks = self.chunk_rows[rows]
        return Stretches.of(
            wording, wording.unit_terms, wording.unit_starts[first[chunks]], wording.unit_starts[end[chunks]]
        )

    def in_entries(self, rows: Rows) -> Stretches:
        """Return what the entries say that some units stand in, their titles and names included."""
        wording = self.snapshot.wording
        entries = np.array([self._entry_numbers[self.snapshot.units[row].entry_id] for row in rows.tolist()], np.intp)
        return Stretches.of(
            wording, wording.entry_terms, wording.entry_starts[entries], wording.entry_starts[entries + 1]
        )

    @cached_property
    def _units_of_chunks(self) -> tuple[Rows, Rows]:
        """The first unit row of each chunk, and that after its last: the units of a chunk stand together."""
        chunks = np.arange(len(self.snapshot.chunks))
        return np.searchsorted(self.chunk_rows, chunks), np.searchsorted(self.chunk_rows, chunks, side="right")

    @cached_property
    def _entry_numbers(self) -> dict[str, int]:
        return {entry.id: number for number, entry in enumerate(self.snapshot.library.entries)}

    @cached_property
    def own_names(self) -> dict[str, frozenset[Terms]]:
        """The names of each entry's main subject."""
        return {
            entry.id: frozenset(phrase_terms(name) for name in (*entry.subjects[:1], *entry.aliases))
            for entry in self.snapshot.library.entries
        }

    @cached_property
    def titles(self) -> dict[Terms, str]:
        """The entry of each title that is no other entry's."""
        found: dict[Terms, list[str]] = {}
        for entry in self.snapshot.library.entries:
            found.setdefault(phrase_terms(entry.title), []).append(entry.id)
        return {title: ids[0] for title, ids in found.items() if title and len(ids) == 1}

    @cached_property
    def rows_of(self) -> dict[str, list[int]]:
        """The units of each entry."""
        found: dict[str, list[int]] = {}
        for row, place in enumerate(self.snapshot.units):
            found.setdefault(place.entry_id, []).append(row)
        return found

    @cached_property
    def spoken(self) -> Spoken:
        """What the units speak of, by the inventory."""
        return Spoken(self.snapshot.inventory, self.lexicon)

    def missing(self, items: Sequence[Item], rows: Rows) -> Shares:
        """Return the share of some items that each of some units does not speak of; 0 of none."""
        return self.spoken.missing(items, rows, rows + 1)

    def missing_around(self, items: Sequence[Item], rows: Rows) -> Shares:
        """Return the share of some items that the chunk of each of some units does not speak of."""
        chunks, (first, end) = self.chunk_rows[rows], self._units_of_chunks
        return self.spoken.missing(items, first[chunks], end[chunks])

    def missing_whole(self, items: Sequence[Item], rows: Rows) -> Shares:
        """Return the share of some items that the entry of each of some units neither speaks of nor is named by."""
        starts = np.append(self.snapshot.layout.unit_starts, len(self.snapshot.units))
        entries = np.searchsorted(starts, rows, side="right") - 1
        names = [self.subject_names[self.snapshot.served[entry]] for entry in entries.tolist()]
        return self.spoken.missing(items, starts[entries], starts[entries + 1], names)

    @cached_property
    def subject_names(self) -> dict[str, frozenset[Terms]]:
        """The names of all subjects of each entry."""
        return {
            entry.id: frozenset(phrase_terms(name) for name in (*entry.subjects, *entry.aliases))
            for entry in self.snapshot.library.entries
        }

    @cached_property
    def kinds(self) -> Table[frozenset[str]]:
        """The kinds of question each unit answers, by the inventory."""
        inventory = self.snapshot.inventory
        return Table(lambda row: frozenset(inventory[row].kinds))

    @cached_property
    def facts(self) -> Table[Facts]:
        """What each unit is."""
        return Table(self._facts_of)

    def _facts_of(self, row: int) -> Facts:
        entry, number, wording = self.entry(row), self.snapshot.units[row].unit, self.snapshot.wording
        unit, spoken = entry.units[number], self.spoken.of(row)
        return Facts(
            entry=entry,
            number=number,
            section=entry.section_of[number].name,
            kinds=self.kinds[row],
            conditions=spoken.conditions - self.subject_names[entry.id],
            populated=spoken.populated,
            absent=bool(wording.absent[row]),
            manner=(
                unit.kind == "myth",
                "animal" in unit.marks,
                unit.kind == "row",
                bool(wording.refers[row]),
                min(1.0, wording.length(row) / _LONG),
            ),
        )

    @cached_property
    def substances(self) -> Table[tuple[Item, ...]]:
        """The substances each unit names."""
        known = {name: item for item in self.lexicon.items if item.kind == "substance" for name in item.names}
        return Table(lambda row: tuple(known[name] for name in sorted(self.spoken.of(row).names) if name in known))

    def naming(self, phrase: Terms) -> list[int]:
        """Return the units that hold a phrase, word for word."""
        if not phrase:
            return []
        rarest = min((self.snapshot.wording.rows_with(term) for term in phrase), key=len)
        found: list[int] = rarest[self.in_units(rarest.astype(np.intp)).hold(phrase)].tolist()
        return found

    def rarity(self, term: str) -> float:
        """Return how much a term tells, from 0 (in every unit) to 1 (in none)."""
        total = len(self.snapshot.units)
        holding = len(self.snapshot.wording.rows_with(term))
        return math.log((total + 1) / (holding + 0.5)) / math.log((total + 1) / 0.5)
