"""Spoken of: which units speak of what has a name, by the inventory, held against many stretches at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assistant.index.inventory import Held
from assistant.index.lexicon import Item, ItemKind, Lexicon, Terms, phrase_terms

Rows = npt.NDArray[np.intp]
Shares = npt.NDArray[np.float64]
"""One a stretch, from 0 to 1."""
_KEPT = 4096
"""Combinations of names that are kept once read; many units speak of the same."""


class Names(NamedTuple):
    """The names of what a unit speaks of."""

    names: frozenset[Terms]
    conditions: frozenset[Terms]
    """Those that are conditions."""
    populated: bool
    """Whether a group of people is among them."""


@dataclass(frozen=True)
class Spoken:
    """What the units of a library speak of, by row."""

    inventory: Sequence[Held]
    lexicon: Lexicon

    def of(self, row: int) -> Names:
        """Return what one unit speaks of."""
        return self._read(self.inventory[row].about)

    def units_about(self, item: Item) -> Rows:
        """Return the rows of the units that speak of an item by any of its names, ascending."""
        rows = [self._rows[name] for name in item.names if name in self._rows]
        return rows[0] if len(rows) == 1 else np.unique(np.concatenate([*rows, np.empty(0, dtype=np.intp)]))

    def missing(
        self, items: Sequence[Item], starts: Rows, ends: Rows, names: Sequence[frozenset[Terms]] = ()
    ) -> Shares:
        """Return the share of some items that stretches do not speak of, from 0 to 1; 0 of none.

        Args:
            items: what may be spoken of.
            starts: the first row of each stretch.
            ends: the row after its last.
            names: of each stretch, what it speaks of beside the inventory; none when empty.
        """
        missing = np.zeros(len(starts))
        for item in items:
            rows = self.units_about(item)
            held = np.searchsorted(rows, starts) < np.searchsorted(rows, ends)
            if names:
                held |= [not each.isdisjoint(item.names) for each in names]
            missing += ~held
        return missing / max(1, len(items))

    @cached_property
    def _read(self) -> Callable[[tuple[str, ...]], Names]:
        conditions, groups = self._names_of_kind("condition"), self._names_of_kind("population")
        terms = self._terms

        @lru_cache(_KEPT)
        def read(about: tuple[str, ...]) -> Names:
            names = frozenset([terms[name] for name in about])
            return Names(names, names & conditions, not names.isdisjoint(groups))

        return read

    def _names_of_kind(self, kind: ItemKind) -> frozenset[Terms]:
        return frozenset(phrase_terms(item.name) for item in self.lexicon.items if item.kind == kind)

    @cached_property
    def _terms(self) -> dict[str, Terms]:
        """The terms of each name that the inventory has, as they stand in it."""
        return {name: phrase_terms(name) for name in set(chain.from_iterable(each.about for each in self.inventory))}

    @cached_property
    def _rows(self) -> dict[Terms, Rows]:
        """The rows of the units that speak of what has each name, ascending."""
        held = [each.about for each in self.inventory]
        numbers: dict[str, int] = {}
        named = np.fromiter((numbers.setdefault(name, len(numbers)) for name in chain.from_iterable(held)), np.intp)
        rows = np.repeat(np.arange(len(held), dtype=np.intp), [len(about) for about in held])
        order = np.argsort(named, kind="stable")
        parts = np.split(rows[order], np.cumsum(np.bincount(named, minlength=len(numbers))))[:-1]
        found: dict[Terms, Rows] = {}
        for text, part in zip(numbers, parts, strict=True):
            name = self._terms[text]
            found[name] = np.union1d(found[name], part) if name in found else part
        return found
