"""Selection: which whole units are quoted, answers first, then what must travel with them.

Near-duplicates are said once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.companions import Companions
from assistant.answering.disagreement import Disagreements
from assistant.answering.evidence import Evidence
from assistant.answering.passages import Passages
from assistant.answering.question import Reading
from assistant.answering.quotes import Quote, Role, quotable_range
from assistant.answering.sameness import Sameness
from assistant.index.encoder import Vectors
from assistant.library.model import Entry

MAX_ANSWERS = 3
_SECOND_SHARE = 0.7
"""A further answer must be at least this share as likely as the first."""


@dataclass(frozen=True)
class Selector:
    """Chooses quotes from weighed candidates, over one snapshot."""

    passages: Passages
    disagreements: Disagreements
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
