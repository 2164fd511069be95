"""Selection: which whole units are quoted, answers first, then what must travel with them.

Near-duplicates are said once.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.answering.companions import Companions
from assistant.answering.disagreement import Disagreements
from assistant.answering.evidence import Evidence
from assistant.answering.passages import Passages
from assistant.answering.question import Reading
from assistant.answering.quotes import Quote, Role, quotable_range
from assistant.answering.sameness import Sameness
from assistant.index.encoder import Vectors
from assistant.index.lexicon import phrase_terms
from assistant.index.terms import terms_of
from assistant.library.model import Entry
from assistant.library.segment import split_row

MAX_ANSWERS = 3
_SECOND_SHARE = 0.7
"""A further answer must be at least this share as likely as the first."""


@dataclass(frozen=True)
class Selector:
    """Chooses quotes from weighed candidates, over one snapshot."""

    passages: Passages
    disagreements: Disagreements
    reading: Reading
    vector: Vectors | None

    def answers(self, weighed: Sequence[Evidence], threshold: float, most: int) -> list[Quote]:
        """Choose the answer's own quotes: the likeliest unit, then others nearly as likely that say something else.

        Of subjects that are compared, each has its likeliest unit before any has a second.

        Args:
            weighed: candidates, the likeliest first.
            threshold: probability below which nothing is quoted.
            most: how many quotes at most.
        """
        chosen: list[Quote] = []
        bar = threshold
        weighed = self._rows_by_first_cell(weighed)
        firsts = self._first_of_each([each for each in weighed if each.probability >= threshold])
        if not firsts:
            return []
        others = [each for each in weighed if not any(each is first for first in firsts)]
        for number, each in enumerate([*firsts, *others], start=1):
            if each.probability < bar or len(chosen) == most:
                break
            if number >= len(firsts):
                bar = max(threshold, _SECOND_SHARE * firsts[0].probability)
            place = quotable_range(each.entry, each.unit)
            if place is None:
                continue
            # What a later review states in the same words stands for what an earlier one did.
            quote = self.disagreements.versions.brought_up_to_date(self._quote(each.entry, place, "answer"))
            if not self._said(quote.entry, (quote.first, quote.last), chosen):
                chosen.append(quote)
        return chosen

    def _rows_by_first_cell(self, weighed: Sequence[Evidence]) -> list[Evidence]:
        """Return the candidates with the possible rows of each table in the order of what their first cells name.

        A row is about what its first cell names, whatever its other cells mention. The places that a table's rows take
        among the candidates, and how likely these are, stay.
        """
        found = list(weighed)
        tables: dict[tuple[str, int], list[int]] = {}
        for at, each in enumerate(found):
            unit = each.entry.units[each.unit]
            if unit.kind == "row" and unit.lead is not None and each.probability > 0:
                tables.setdefault((each.entry.id, unit.lead), []).append(at)
        for places in tables.values():
            ranked = sorted((found[at] for at in places), key=lambda each: -self._named_first(each))
            likely = [found[at].probability for at in places]
            for at, each, probability in zip(places, ranked, likely, strict=True):
                found[at] = replace(each, probability=probability)
        return found

    def _named_first(self, each: Evidence) -> float:
        """Return how much of a row's first cell, its subject's names apart, the question names, from 0 to 1."""
        own = {term for name in self.passages.own_names[each.entry.id] for term in name}
        cell = set(terms_of(split_row(each.entry.words(each.unit))[0])) - own
        items = (*self.reading.arguments, *self.reading.synonyms)
        names = [name for item in items for name in item.names] + [phrase_terms(each) for each in self.reading.subjects]
        asked = {*self.reading.terms, *(term for name in names for term in name)}
        return len(cell & asked) / len(cell) if cell else 0.0

    @cached_property
    def _compared(self) -> tuple[Set[str], ...]:
        """The entries of each subject that is compared with another; all entries at once when none is."""
        library = self.passages.snapshot.library
        entries = [
            frozenset(entry.id for entry in library.entries if subject in entry.subjects)
            for subject in self.reading.subjects
        ]
        alone = [ids.difference(*(other for other in entries if other is not ids)) for ids in entries]
        apart = tuple(ids for ids in alone if ids)
        return apart if len(apart) > 1 and len(apart) == len(entries) else (library.by_id.keys(),)

    def _first_of_each(self, weighed: Sequence[Evidence]) -> list[Evidence]:
        """Return the likeliest unit that can be quoted of each compared subject, the likeliest of all first."""
        can = [each for each in weighed if quotable_range(each.entry, each.unit) is not None]
        firsts = [next((each for each in can if each.entry.id in ids), None) for ids in self._compared]
        # What is compared may be spoken of by an entry on something else only.
        return sorted((each for each in firsts if each), key=lambda each: -each.probability) or can[:1]

    def complete(self, answers: Sequence[Quote]) -> list[Quote]:
        """Return answers with all that must travel with them: the answers first, then qualifiers, then cautions.

        Among the answers are then statements of other entries that differ from the first.
        """
        companions = Companions(self.passages, self.reading, self.vector)
        whole = self.disagreements.completed(companions.widened(answers))
        return [*whole, *companions.of(whole)]

    def cautions_only(self, weighed: Sequence[Evidence], threshold: float, most: int) -> list[Quote]:
        """Choose cautions for a question that gets no answer: never a dose, nor anything that speaks in favour."""
        chosen: list[Quote] = []
        for each in weighed:
            if each.probability < threshold or len(chosen) == most:
                break
            place = quotable_range(each.entry, each.unit)
            if place is None or self._said(each.entry, place, chosen):
                continue
            inside = [each.entry.units[number] for number in range(place[0], place[1] + 1)]
            if all(unit.marks & {"caution", "interaction"} for unit in inside) and not any(
                unit.marks & {"dose", "benefit"} for unit in inside
            ):
                chosen.append(self._quote(each.entry, place, "caution"))
        return chosen

    def _quote(self, entry: Entry, place: tuple[int, int], role: Role) -> Quote:
        return Quote(self.passages.snapshot.library, entry.id, *place, role)

    def _said(self, entry: Entry, place: tuple[int, int], quotes: Sequence[Quote]) -> bool:
        return Sameness(self.passages.snapshot).said(entry, place, quotes)
