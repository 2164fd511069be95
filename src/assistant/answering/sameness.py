"""Sameness: whether something has been said already, and how near two passages are, by the vectors of their units."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from assistant.answering.quotes import Quote
from assistant.index.encoder import Vectors
from assistant.index.snapshot import Snapshot
from assistant.library.model import Entry

DUPLICATE_COSINE = 0.86
"""Two units of one entry nearer than this say the same. Of the given entry's four such pairs three lie above it; the
fourth is a sentence and a misconception that ends on it, which is quoted whole."""
SAME_COSINE = 0.95
"""Two units nearer than this say the same even where every word may matter."""


@dataclass(frozen=True, slots=True)
class Sameness:
    """Compares units of one snapshot."""

    snapshot: Snapshot

    def said(
        self, entry: Entry, place: tuple[int, int], quotes: Iterable[Quote], *, near: float = DUPLICATE_COSINE
    ) -> bool:
        """Whether quotes already hold a place, or say the same in the same entry: with a cosine of at least `near`."""
        ours = [self.vector(entry.id, number) for number in range(place[0], place[1] + 1)]
        for quote in quotes:
            if quote.entry_id != entry.id:
                continue
            if place[0] <= quote.last and quote.first <= place[1]:
                return True
            theirs = [self.vector(entry.id, number) for number in range(quote.first, quote.last + 1)]
            if all(any(float(one @ other) >= near for other in theirs) for one in ours):
                return True
        return False

    def nearness(self, entry: Entry, unit: int, quotes: Iterable[Quote], asked: float) -> float:
        """Return how near a unit is to quotes of its entry and, half as much, to the question: from about 0 to 1.5.

        `asked` is how near it is to the question alone, from about 0 to 1.
        """
        vector = self.vector(entry.id, unit)
        numbers = (number for quote in quotes for number in range(quote.first, quote.last + 1))
        near = max((float(vector @ self.vector(entry.id, number)) for number in numbers), default=0.0)
        return near + 0.5 * asked

    def vector(self, entry_id: str, unit: int) -> Vectors:
        """Return a unit's vector, of length 1; zeros when it may not be quoted."""
        row = self.snapshot.row_of.get((entry_id, unit))
        if row is None:
            return np.zeros(len(self.snapshot.likeness.metric), dtype=np.float32)
        found: Vectors = self.snapshot.engine.unit_vectors([row])[0]
        return found
