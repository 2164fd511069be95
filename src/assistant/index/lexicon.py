"""The lexicon: names that mean the same, and what kind of thing each is.

Read from `lexicon.csv`: substances, medicines with their broader class, populations, conditions, forms, official bodies
and lay words. It says how names relate, never what a substance does. A library's own subjects and aliases come on top.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Literal, get_args

from assistant.index.terms import term_of, words_of

ItemKind = Literal["substance", "medicine", "population", "condition", "form", "body", "lay"]
Terms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing with its names, each a sequence of terms."""

    kind: ItemKind
    name: str
    names: tuple[Terms, ...]
    """Every way it is called, its own name first."""
    broader: tuple[Terms, ...]
    """Of a medicine: its class, which the library may speak of instead."""
    classes: tuple[str, ...] = ()
    """The same as they are written."""
    spelt: tuple[str, ...] = ()
    """Its names as they are written."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An item named in a text, at terms `start` to `end`, exclusive."""

    item: Item
    start: int
    end: int


def phrase_terms(text: str) -> Terms:
    """Return all terms of a phrase, stop words included, so that phrases compare word for word."""
    return tuple(term_of(word) for word in words_of(text))


@dataclass(frozen=True)
class Lexicon:
    """All items, found by their first term."""

    items: tuple[Item, ...]

    @cached_property
    def _by_first(self) -> dict[str, list[tuple[Terms, Item]]]:
        table: dict[str, list[tuple[Terms, Item]]] = {}
        for item in self.items:
            for name in item.names:
                if name:
                    table.setdefault(name[0], []).append((name, item))
        for names in table.values():
            names.sort(key=lambda pair: -len(pair[0]))
        return table

    def mentions(self, terms: Sequence[str]) -> Iterator[Mention]:
        """Yield the items that a sequence of terms names, in order; of names that overlap, the longest."""
        position = 0
        while position < len(terms):
            taken = 0
            for name, item in self._by_first.get(terms[position], ()):
                if tuple(terms[position : position + len(name)]) == name and len(name) >= taken:
                    yield Mention(item, position, position + len(name))
                    taken = len(name)
            position += taken or 1

    @cached_property
    def _classes(self) -> dict[str, tuple[tuple[Terms, str], ...]]:
        """The classes of medicines by their first term, the longest first."""
        names = dict(pair for item in self.items for pair in zip(item.broader, item.classes, strict=True))
        table: dict[str, tuple[tuple[Terms, str], ...]] = {}
        for name in sorted(names, key=lambda each: (-len(each), each)):
            table[name[0]] = (*table.get(name[0], ()), (name, names[name]))
        return table

    def classes_in(self, terms: Sequence[str]) -> list[str]:
        """Return the classes of medicines that a sequence of terms names, each once, in order."""
        found: dict[str, None] = {}
        for start, term in enumerate(terms):
            for name, written in self._classes.get(term, ()):
                if tuple(terms[start : start + len(name)]) == name:
                    found.setdefault(written)
        return list(found)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every term in any name."""
        return frozenset(term for item in self.items for name in (*item.names, *item.broader) for term in name)


@cache
def packaged_lexicon() -> Lexicon:
    """Read the lexicon that comes with this package."""
    content = resources.files("assistant.index").joinpath("lexicon.csv").read_text("utf-8")
    return Lexicon(tuple(_items(csv.DictReader(content.splitlines()))))


def _items(rows: Iterable[dict[str, str]]) -> Iterator[Item]:
    for row in rows:
        kind = next(kind for kind in get_args(ItemKind) if kind == row["kind"])
        names = [row["name"], *row["variants"].split("|")]
        broader = [name for name in row["broader"].split("|") if name] if kind == "medicine" else []
        yield Item(
            kind,
            row["name"],
            tuple(dict.fromkeys(phrase_terms(name) for name in names if name)),
            tuple(phrase_terms(name) for name in broader),
            tuple(broader),
            tuple(name for name in names if name),
        )


def contains(terms: Sequence[str], phrase: Terms) -> bool:
    """Whether a sequence of terms holds a phrase, word for word."""
    size = len(phrase)
    if not size or phrase[0] not in terms:
        return False
    return size == 1 or any(tuple(terms[start : start + size]) == phrase for start in range(len(terms) - size + 1))
