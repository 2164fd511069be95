"""Stretches: what some stretches of a library say, held against a question's terms all at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assistant.index.lexicon import Terms
from assistant.index.wording import Numbers, Wording

Said = npt.NDArray[np.float64]
"""One a stretch, from 0 to 1."""
_ROOT = 6
"""Letters by which two terms count as of one root, such as osteoporosis and osteoporotic."""


@dataclass(frozen=True)
class Stretches:
    """Some stretches of text, in order, by the numbers of their terms."""

    wording: Wording
    numbers: Numbers
    """The terms of all of them, one after the other."""
    lengths: Numbers
    """How many terms each has."""

    @classmethod
    def of(cls, wording: Wording, table: Numbers, starts: Numbers, ends: Numbers) -> "Stretches":
        """Take stretches out of a table of term numbers: each from its start to before its end."""
        lengths = ends - starts
        before = np.cumsum(lengths) - lengths
        return cls(wording, table[np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)], lengths)

    @cached_property
    def _owners(self) -> npt.NDArray[np.intp]:
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def hold(self, phrase: Terms) -> npt.NDArray[np.bool_]:
        """Return which of them hold a phrase, word for word; none holds the empty one."""
        terms = [self.wording.number(term) for term in phrase]
        if not terms or min(terms) < 0 or len(terms) > len(self.numbers):
            return np.zeros(len(self.lengths), dtype=np.bool_)
        starts = len(self.numbers) - len(terms) + 1
        here = np.logical_and.reduce([self.numbers[at : at + starts] == term for at, term in enumerate(terms)])
        here = np.concatenate([here, np.zeros(len(terms) - 1, dtype=np.bool_)])
        if len(terms) > 1:  # not across the end of one into the next
            here[:starts] &= self._owners[:starts] == self._owners[len(terms) - 1 :]
        return self._of(here)

    def say(self, term: str, other_names: Iterable[Terms]) -> Said:
        """Return how far each says a term: 1 the term or another name of it, 0.7 a word of the same root, else 0."""
        said = self._holding(term)
        for name in other_names:
            said = said | np.logical_and.reduce([self._holding(part) for part in name], axis=0)
        if len(term) < _ROOT:
            return said.astype(np.float64)
        first, end = self.wording.beginning(term[:_ROOT])
        alike = self._of((self.numbers >= first) & (self.numbers < end)) if first < end else said
        return np.where(said, 1.0, np.where(alike, 0.7, 0.0))

    def share(self, weights: Mapping[str, float], other_names: Mapping[str, tuple[Terms, ...]]) -> Said:
        """Return how much of some weighted terms each says; 1 when there are none."""
        total = sum(weights.values())
        if not total:
            return np.ones(len(self.lengths))
        said = np.zeros(len(self.lengths))
        for term, weight in weights.items():
            said += weight * self.say(term, other_names[term])
        return said / total

    def unsaid(self, terms: Collection[str], other_names: Mapping[str, tuple[Terms, ...]]) -> Said:
        """Return the share of some terms that each does not say; 0 of none."""
        missing = np.zeros(len(self.lengths))
        for term in terms:
            missing += 1 - self.say(term, other_names[term])
        return missing / len(terms) if terms else missing

    def _holding(self, term: str) -> npt.NDArray[np.bool_]:
        number = self.wording.number(term)
        return self._of(self.numbers == number) if number >= 0 else np.zeros(len(self.lengths), dtype=np.bool_)

    def _of(self, places: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which stretches hold one of the places."""
        found = np.zeros(len(self.lengths), dtype=np.bool_)
        found[self._owners[places]] = True
        return found
