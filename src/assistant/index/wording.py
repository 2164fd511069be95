"""Wording: the terms of every unit and every entry as numbers, worked out when a library is built and kept with it.

What answers read of a library's words they read from here, a few rows at a time, so that a large library is ready as
soon as it is read. Terms are numbered in the alphabet's order: those that begin alike stand together.
"""

import io
import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt

from assistant.errors import SnapshotError
from assistant.index.chunks import Place, unit_words
from assistant.index.kinds import found, packaged_kinds
from assistant.index.lexicon import Terms, phrase_terms
from assistant.index.terms import term_of, words_of
from assistant.library.model import Entry, Library

Numbers = npt.NDArray[np.int32]
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_WITHIN = re.compile(r"[\w,)] [(\"']?\Z")
"""What stands before a word within a sentence: the three characters before it are enough to tell."""
_CROSS_REFERENCE = re.compile(r"\([0-9a-f]{8}\)")
"""How an entry refers to another one."""
_SHORTEST_NAME = 3
_LAST = chr(0x10FFFF)
"""Sorts behind every letter."""


@dataclass(frozen=True)
class Wording:
    """The words of a library; units by row, entries in the library's order. A table has the starts of its rows."""

    terms: tuple[str, ...]
    """Every term, in order; its place is its number."""
    unit_starts: Numbers
    unit_terms: Numbers
    """All terms of each unit, with the label it stands under, as they come."""
    entry_starts: Numbers
    entry_terms: Numbers
    """The terms of each entry, its title and names included, each once, ascending."""
    row_starts: Numbers
    rows: Numbers
    """The units that hold each term, by its number, ascending."""
    absent: npt.NDArray[np.bool_]
    """Whether each unit says that something is not known, not set or not studied."""
    refers: npt.NDArray[np.bool_]
    """Whether each unit refers to another entry: such a sentence leads away rather than answers."""
    proper_names: frozenset[str]
    """The terms that the library writes with a capital in mid-sentence, and never without: authors, places, trials. The
    names of its subjects are left out."""
    counts: dict[str, int]
    """Every word of the library in small letters, in the order of its first place, with how often it occurs."""

    @classmethod
    def of(cls, library: Library, places: Sequence[Place]) -> "Wording":
        """Work out the wording of a library whose quotable units stand at these places."""
        words = [unit_words(library.by_id[place.entry_id], place.unit) for place in places]
        labels = [library.by_id[place.entry_id].units[place.unit].label for place in places]
        units = [phrase_terms(f"{label} {each}") for label, each in zip(labels, words, strict=True)]
        spelt = [words_of(_text_of(entry)) for entry in library.entries]
        counts: dict[str, int] = {}
        for word in chain.from_iterable(spelt):
            counts[word] = counts.get(word, 0) + 1
        whole = [{term_of(word) for word in each} for each in map(set, spelt)]
        terms = tuple(sorted({*chain.from_iterable(units), *chain.from_iterable(whole)}))
        number = {term: at for at, term in enumerate(terms)}
        holding: list[list[int]] = [[] for _ in terms]
        for row, unit in enumerate(units):
            for term in dict.fromkeys(unit):
                holding[number[term]].append(row)
        return cls(
            terms,
            *_table([[number[term] for term in unit] for unit in units]),
            *_table([sorted(number[term] for term in each) for each in whole]),
            *_table(holding),
            np.array([found(packaged_kinds().stated_absence, each) for each in words], dtype=np.bool_),
            np.array([_CROSS_REFERENCE.search(each) is not None for each in words], dtype=np.bool_),
            _proper_names(words, library.entries),
            counts,
        )

    def number(self, term: str) -> int:
        """Return the number of a term; -1 of one that the library does not hold."""
        return self._numbers.get(term, -1)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self.terms)}

    def beginning(self, letters: str) -> tuple[int, int]:
        """Return the first number of the terms that begin with some letters, and that after the last."""
        return bisect_left(self.terms, letters), bisect_left(self.terms, letters + _LAST)

    def terms_of_unit(self, row: int) -> Terms:
        """Return the terms of a unit in order."""
        numbers = self.unit_terms[self.unit_starts[row] : self.unit_starts[row + 1]]
        return tuple([self.terms[number] for number in numbers.tolist()])

    def length(self, row: int) -> int:
        """Return how many terms a unit has."""
        return int(self.unit_starts[row + 1] - self.unit_starts[row])

    def rows_with(self, term: str) -> Numbers:
        """Return the rows of the units that hold a term, ascending."""
        number = self.number(term)
        return self.rows[self.row_starts[number] : self.row_starts[number + 1]] if number >= 0 else self.rows[:0]

    def to_bytes(self) -> bytes:
        """Return it as the bytes that `from_bytes` reads."""
        file = io.BytesIO()
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez(
            file,
            **arrays,
            terms=_packed(self.terms),
            proper_names=_packed(sorted(self.proper_names)),
            words=_packed(self.counts),
            counts=np.array(list(self.counts.values()), dtype=np.int32),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Wording":
        """Read it back. Check the hash first.

        Raises:
            SnapshotError: it cannot be read.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                return cls(
                    terms=tuple(_unpacked(file["terms"])),
                    proper_names=frozenset(_unpacked(file["proper_names"])),
                    counts=dict(zip(_unpacked(file["words"]), file["counts"].tolist(), strict=True)),
                    **{name: file[name] for name in _ARRAYS},
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise SnapshotError(f"the wording file cannot be read ({error}); run `assistant build` again") from None


_ARRAYS = ("unit_starts", "unit_terms", "entry_starts", "entry_terms", "row_starts", "rows", "absent", "refers")


def _text_of(entry: Entry) -> str:
    return " ".join([*entry.subjects, *entry.aliases, entry.title, entry.text])


def _table(rows: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
    starts = np.array([0, *accumulate(map(len, rows))], dtype=np.int32)
    return starts, np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(starts[-1]))


def _packed(words: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _unpacked(packed: npt.NDArray[np.uint8]) -> list[str]:
    text = packed.tobytes().decode()
    return text.split("\n") if text else []


def _proper_names(words: Iterable[str], entries: Iterable[Entry]) -> frozenset[str]:
    capital: set[str] = set()
    small: set[str] = set()
    for each in words:
        for match in _WORD.finditer(each):
            term = term_of(match.group().lower())
            if match.group()[0].islower():
                small.add(term)
            elif _WITHIN.search(each[max(0, match.start() - 3) : match.start()]):
                capital.add(term)
    own = {term for entry in entries for name in (*entry.subjects, *entry.aliases) for term in phrase_terms(name)}
    return frozenset(term for term in capital - small - own if len(term) >= _SHORTEST_NAME)
