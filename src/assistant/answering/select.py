"""Selection: which whole units are quoted, and what must travel with them.

The answer stands first. What limits it follows as qualifiers, then one caution of the same entry, and every caution
that names a group or medicine the question names. Near-duplicates are said once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answering.evidence import Evidence
from assistant.answering.question import Reading
from assistant.answering.quotes import Quote, Role, quotable_range
from assistant.index.chunks import unit_words
from assistant.index.encoder import Vectors
from assistant.index.lexicon import contains, phrase_terms
from assistant.index.snapshot import Snapshot
from assistant.library.model import Entry, Mark
from assistant.library.sources import sources_of

MAX_ANSWERS = 3
_DUPLICATE_COSINE = 0.86
"""Two units of one entry nearer than this say the same. Of the given entry's four such pairs three lie above it; the
fourth is a sentence and a misconception that ends on it, which is quoted whole."""
_SECOND_SHARE = 0.7
"""A further answer must be at least this share as likely as the first."""
_MAX_LIMITS = 2
"""Of one entry: more would bury the answer."""
_DOSE_LIMITS = (
    "dose", "doses", "amount", "amounts", "intake", "intakes", "upper", "UL", "limit", "above", "mg", "mcg",
    "established", "anchored", "supplementation",
)  # fmt: skip
"""Words by which a limiting sentence shows that it limits doses."""


@dataclass(frozen=True)
class Selector:
    """Chooses quotes from weighed candidates, over one snapshot."""

    snapshot: Snapshot
    reading: Reading
    vector: Vectors

    def answers(self, weighed: Sequence[Evidence], threshold: float, most: int) -> list[Quote]:
        """Choose the answer's own quotes: the likeliest unit, then others nearly as likely that say something else.

        Args:
            weighed: candidates, the likeliest first.
            threshold: probability below which nothing is quoted.
            most: how many quotes at most.
        """
        chosen: list[Quote] = []
        bar = threshold
        for each in weighed:
            if each.probability < bar or len(chosen) == most:
                break
            place = quotable_range(each.entry, each.unit)
            if place is None or self._said(each.entry, place, chosen):
                continue
            chosen.append(self._quote(each.entry, place, "answer"))
            if len(chosen) == 1:
                bar = max(threshold, _SECOND_SHARE * each.probability)
        return chosen

    def companions(self, answers: Sequence[Quote]) -> list[Quote]:
        """Choose what must travel with the answers: qualifiers first, then cautions, entry by entry."""
        chosen: list[Quote] = []
        for entry in dict.fromkeys(quote.entry_id for quote in answers):
            own = [quote for quote in answers if quote.entry_id == entry]
            chosen += self._qualifiers(own[0].entry, own, [*answers, *chosen])
        for entry in dict.fromkeys(quote.entry_id for quote in answers):
            own = [quote for quote in answers if quote.entry_id == entry]
            chosen += self._cautions(own[0].entry, own, [*answers, *chosen])
        return chosen

    def cautions_only(self, weighed: Sequence[Evidence], threshold: float, most: int) -> list[Quote]:
        """Choose cautions and interactions for a question that gets no answer: never a dose."""
        chosen: list[Quote] = []
        for each in weighed:
            if each.probability < threshold or len(chosen) == most:
                break
            place = quotable_range(each.entry, each.unit)
            if place is None or self._said(each.entry, place, chosen):
                continue
            inside = [each.entry.units[number] for number in range(place[0], place[1] + 1)]
            if all(unit.marks & {"caution", "interaction", "population"} for unit in inside) and not any(
                "dose" in unit.marks for unit in inside
            ):
                chosen.append(self._quote(each.entry, place, "caution"))
        return chosen

    def _quote(self, entry: Entry, place: tuple[int, int], role: Role) -> Quote:
        return Quote(self.snapshot.library, entry.id, *place, role)

    def _qualifiers(self, entry: Entry, own: Sequence[Quote], said: Sequence[Quote]) -> list[Quote]:
        """Return what limits a dose or a study among an entry's quotes, the nearest to it first, and who paid for it.

        A conflict of interest that names no study by its year or number touches every dose of its entry.
        """
        marks = _marks(own)
        studies = {source.label for quote in own for source in sources_of(entry, quote.first, quote.last)}
        wanted: list[tuple[float, int]] = []
        for number, unit in enumerate(entry.units):
            if not unit.quotable or not unit.marks & {"limiter", "conflict"}:
                continue
            named = {source.label for source in sources_of(entry, number, number)}
            about_study = bool(studies & named) or ("conflict" in unit.marks and "dose" in marks and not named)
            words = unit_words(entry, number).split()
            about_dose = (
                "dose" in marks
                and "limiter" in unit.marks
                and any(word.strip(".,;:()") in _DOSE_LIMITS for word in words)
            )
            if about_dose or (about_study and ("dose" in marks or "conflict" in unit.marks)):
                wanted.append((self._nearness(entry, number, own), number))
        chosen: list[Quote] = []
        left = {"limit": _MAX_LIMITS, "conflict": 1}
        for _, number in sorted(wanted, key=lambda pair: (-pair[0], pair[1])):
            place = quotable_range(entry, number)
            what = "conflict" if "conflict" in entry.units[number].marks else "limit"
            if place and left[what] and not self._said(entry, place, [*said, *chosen]):
                chosen.append(self._quote(entry, place, "qualifier"))
                left[what] -= 1
        return chosen

    def _cautions(self, entry: Entry, own: Sequence[Quote], said: Sequence[Quote]) -> list[Quote]:
        """Return every caution that names what the question names, or else one, unless the answer is one itself."""
        named: list[int] = []
        other: list[tuple[float, int]] = []
        for number, unit in enumerate(entry.units):
            if not unit.quotable or "caution" not in unit.marks:
                continue
            words = phrase_terms(f"{unit.label} {unit_words(entry, number)}")
            asked = [item for item in self.reading.arguments if item.kind in ("population", "medicine")]
            if any(contains(words, name) for item in asked for name in (*item.names, *item.broader)):
                named.append(number)
            elif entry.section_of[number].name in ("safety", "populations", "interactions"):
                other.append((self._nearness(entry, number, own), number))
        numbers = named
        if not named and not ("caution" in _marks(own) or all(quote.section.name == "mechanism" for quote in own)):
            numbers = [number for _, number in sorted(other, key=lambda pair: (-pair[0], pair[1]))]
        chosen: list[Quote] = []
        for number in numbers:
            place = quotable_range(entry, number)
            if place and not self._said(entry, place, [*said, *chosen]):
                chosen.append(self._quote(entry, place, "caution"))
                if not named:
                    break
        return chosen

    def _nearness(self, entry: Entry, unit: int, quotes: Iterable[Quote]) -> float:
        vector = self._vector(entry.id, unit)
        near = max(
            (
                float(vector @ self._vector(entry.id, number))
                for quote in quotes
                for number in range(quote.first, quote.last + 1)
            ),
            default=0.0,
        )
        return near + 0.5 * float(vector @ self.vector)

    def _said(self, entry: Entry, place: tuple[int, int], quotes: Iterable[Quote]) -> bool:
        """Whether quotes already hold a place, or say nearly the same in the same entry."""
        for quote in quotes:
            if quote.entry_id != entry.id:
                continue
            if place[0] <= quote.last and quote.first <= place[1]:
                return True
            ours = [self._vector(entry.id, number) for number in range(place[0], place[1] + 1)]
            theirs = [self._vector(entry.id, number) for number in range(quote.first, quote.last + 1)]
            if all(any(float(one @ other) >= _DUPLICATE_COSINE for other in theirs) for one in ours):
                return True
        return False

    def _vector(self, entry_id: str, unit: int) -> Vectors:
        row = self.snapshot.row_of.get((entry_id, unit))
        if row is None:
            return np.zeros(self.snapshot.unit_vectors.dimensions, dtype=np.float32)
        return self.snapshot.unit_vectors.vector(row)


def _marks(quotes: Iterable[Quote]) -> set[Mark]:
    return {
        mark
        for quote in quotes
        for number in range(quote.first, quote.last + 1)
        for mark in quote.entry.units[number].marks
    }
