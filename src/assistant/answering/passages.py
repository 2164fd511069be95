"""Passages: the words of every quotable unit, worked out once for a snapshot, as search and evidence read them."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assistant.index.chunks import unit_words
from assistant.index.kinds import found, packaged_kinds
from assistant.index.lexicon import Item, Lexicon, Terms, contains, phrase_terms
from assistant.index.snapshot import Snapshot
from assistant.index.terms import term_of
from assistant.library.model import Entry

Rows = npt.NDArray[np.intp]


_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_WITHIN = re.compile(r"[\w,)] [(\"']?\Z")
"""What stands before a word within a sentence: the three characters before it are enough to tell."""
_SHORTEST_NAME = 3
_ROOT = 6
"""Letters by which two terms count as of one root, such as absorb and absorption."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a stretch of text says: its terms, and the roots of the longer ones."""

    terms: frozenset[str]
    roots: frozenset[str]

    @classmethod
    def of(cls, terms: Iterable[str]) -> "Stretch":
        """Make a stretch of terms."""
        held = frozenset(terms)
        return cls(held, frozenset(term[:_ROOT] for term in held if len(term) >= _ROOT))

    def says(self, term: str, other_names: Iterable[Terms]) -> float:
        """Return how far it says a term: 1 the term or another name of it, 0.7 a word of the same root, else 0."""
        if term in self.terms or any(self.terms.issuperset(name) for name in other_names):
            return 1.0
        return 0.7 if len(term) >= _ROOT and term[:_ROOT] in self.roots else 0.0


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
        return np.asarray(self.snapshot.chunk_of_unit, dtype=np.intp)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of each unit, a table row with its columns' names."""
        return tuple(unit_words(self.entry(row), place.unit) for row, place in enumerate(self.snapshot.units))

    @cached_property
    def terms(self) -> tuple[Terms, ...]:
        """All terms of each unit, with the label it stands under."""
        units = self.snapshot.units
        return tuple(
            phrase_terms(f"{self.entry(row).units[units[row].unit].label} {words}")
            for row, words in enumerate(self.words)
        )

    @cached_property
    def rows_with(self) -> dict[str, list[int]]:
        """The units that hold each term."""
        found: dict[str, list[int]] = {}
        for row, terms in enumerate(self.terms):
            for term in dict.fromkeys(terms):
                found.setdefault(term, []).append(row)
        return found

    @cached_property
    def units(self) -> tuple["Stretch", ...]:
        """What each unit says."""
        return tuple(Stretch.of(terms) for terms in self.terms)

    @cached_property
    def chunks(self) -> tuple["Stretch", ...]:
        """What each chunk says, by chunk row."""
        found: list[set[str]] = [set() for _ in self.snapshot.chunks]
        for row, chunk in enumerate(self.snapshot.chunk_of_unit):
            found[chunk].update(self.terms[row])
        return tuple(Stretch.of(terms) for terms in found)

    @cached_property
    def entries(self) -> dict[str, "Stretch"]:
        """What each entry says, its title and names included."""
        return {
            entry.id: Stretch.of(phrase_terms(" ".join([entry.title, *entry.subjects, *entry.aliases, entry.text])))
            for entry in self.snapshot.library.entries
        }

    @cached_property
    def own_names(self) -> dict[str, frozenset[Terms]]:
        """The names of each entry's main subject."""
        return {
            entry.id: frozenset(phrase_terms(name) for name in (*entry.subjects[:1], *entry.aliases))
            for entry in self.snapshot.library.entries
        }

    @cached_property
    def proper_names(self) -> frozenset[str]:
        """The terms that the library writes with a capital in mid-sentence, and never without: authors, places, trials.

        The names of its subjects are left out.
        """
        capital: set[str] = set()
        small: set[str] = set()
        for words in self.words:
            for match in _WORD.finditer(words):
                term = term_of(match.group().lower())
                if match.group()[0].islower():
                    small.add(term)
                elif _WITHIN.search(words[max(0, match.start() - 3) : match.start()]):
                    capital.add(term)
        own = {term for names in self.subject_names.values() for name in names for term in name}
        return frozenset(term for term in capital - small - own if len(term) >= _SHORTEST_NAME)

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
    def about(self) -> tuple[frozenset[Terms], ...]:
        """The names of what each unit speaks of, by the inventory."""
        return tuple(frozenset(phrase_terms(name) for name in held.about) for held in self.snapshot.inventory)

    @cached_property
    def chunk_about(self) -> tuple[frozenset[Terms], ...]:
        """The names of what each chunk speaks of, by chunk row."""
        found: list[set[Terms]] = [set() for _ in self.snapshot.chunks]
        for row, chunk in enumerate(self.snapshot.chunk_of_unit):
            found[chunk] |= self.about[row]
        return tuple(frozenset(names) for names in found)

    @cached_property
    def entry_about(self) -> dict[str, frozenset[Terms]]:
        """The names of what each entry speaks of, its own included."""
        return {
            entry_id: names.union(*(self.about[row] for row in self.rows_of.get(entry_id, ())))
            for entry_id, names in self.subject_names.items()
        }

    @cached_property
    def subject_names(self) -> dict[str, frozenset[Terms]]:
        """The names of all subjects of each entry."""
        return {
            entry.id: frozenset(phrase_terms(name) for name in (*entry.subjects, *entry.aliases))
            for entry in self.snapshot.library.entries
        }

    @cached_property
    def condition_names(self) -> frozenset[Terms]:
        """The names that conditions have in the inventory."""
        return frozenset(phrase_terms(item.name) for item in self.lexicon.items if item.kind == "condition")

    @cached_property
    def population_names(self) -> frozenset[Terms]:
        """The names that groups of people have in the inventory."""
        return frozenset(phrase_terms(item.name) for item in self.lexicon.items if item.kind == "population")

    @cached_property
    def states_absence(self) -> tuple[bool, ...]:
        """Whether each unit says that something is not known, not set or not studied."""
        return tuple(found(packaged_kinds().stated_absence, words) for words in self.words)

    @cached_property
    def kinds(self) -> tuple[frozenset[str], ...]:
        """The kinds of question each unit answers, by the inventory."""
        return tuple(frozenset(held.kinds) for held in self.snapshot.inventory)

    @cached_property
    def substances(self) -> tuple[tuple[Item, ...], ...]:
        """The substances each unit names."""
        known = {name: item for item in self.lexicon.items if item.kind == "substance" for name in item.names}
        return tuple(tuple(known[name] for name in sorted(names) if name in known) for names in self.about)

    def naming(self, phrase: Terms) -> list[int]:
        """Return the units that hold a phrase, word for word."""
        if not phrase:
            return []
        rarest = min(phrase, key=lambda term: len(self.rows_with.get(term, ())))
        return [row for row in self.rows_with.get(rarest, ()) if contains(self.terms[row], phrase)]

    def rarity(self, term: str) -> float:
        """Return how much a term tells, from 0 (in every unit) to 1 (in none)."""
        total = len(self.terms)
        return math.log((total + 1) / (len(self.rows_with.get(term, ())) + 0.5)) / math.log((total + 1) / 0.5)
