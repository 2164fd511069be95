"""Companions: what must travel with the quotes that answer, so that they mislead nobody.

What limits a dose, a benefit or a study follows as qualifiers, from the links made at build; then one caution of the
same entry, and every caution that names a medicine or a group the question names. As few as that allows, and nothing
twice: the answer stands first and is not buried. Must not choose answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.answering.mentions import personal_items, speaks_of
from assistant.answering.passages import Passages
from assistant.answering.question import Reading, topical
from assistant.answering.quotes import Quote, Role, quotable_range
from assistant.answering.sameness import DUPLICATE_COSINE, SAME_COSINE, Sameness
from assistant.index.encoder import Vectors
from assistant.library.model import Entry, Mark, SectionName, Unit

MOST_QUALIFIERS = 2
"""Of one entry, unless each of three doses needs its own: more would bury the answer."""
_CAUTIONARY: frozenset[SectionName] = frozenset({"safety", "populations", "interactions"})
"""Where a caution stands that holds whatever is asked."""
_MOST_OF_CONDITIONS = 1
"""Cautions that name a condition asked about, of one entry."""
_OF_EVERYONE = 0.2
"""How much nearer, as cosines, a caution counts that is said of everyone and not of one group or medicine."""
_PLAIN = 0.15
"""Likewise one that says what may go wrong and not also how little is known."""


@dataclass(frozen=True)
class Companions:
    """Chooses what travels with the answers to one question."""

    passages: Passages
    reading: Reading
    vector: Vectors | None
    """Of the question; None when only words are known."""

    @property
    def sameness(self) -> Sameness:
        """What has been said."""
        return Sameness(self.passages.snapshot)

    def widened(self, answers: Sequence[Quote]) -> list[Quote]:
        """Return the answers, each with the sentence after it that limits it and cannot stand without it.

        "The authors call the result unexplained" leans on the result: the two are one quotation.
        """
        wide: list[Quote] = []
        for answer in answers:
            place = answer.first, answer.last
            for number in _linked(answer):
                within = quotable_range(answer.entry, number)
                if within and within[0] <= place[1] < within[1] and place[0] <= within[1]:
                    together = quotable_range(answer.entry, min(place[0], within[0]), within[1])
                    place = together if together and not _overlaps(answer, together, [*answers, *wide]) else place
                    break
            wide.append(answer if place == (answer.first, answer.last) else self._quote(answer.entry, place, "answer"))
        return wide

    def of(self, answers: Sequence[Quote]) -> list[Quote]:
        """Return what must travel with the answers: qualifiers first, then cautions, entry by entry."""
        chosen: list[Quote] = []
        owners = dict.fromkeys(quote.entry_id for quote in answers)
        for choose in (self._qualifiers, self._cautions):
            for entry in owners:
                own = [quote for quote in answers if quote.entry_id == entry]
                chosen += choose(own[0].entry, own, [*answers, *chosen])
        return chosen

    def _qualifiers(self, entry: Entry, own: Sequence[Quote], said: Sequence[Quote]) -> list[Quote]:
        """Return what limits an entry's quotes, the first limit of each first, and then a conflict of interest."""
        chosen: list[Quote] = []

        def add(answer: Quote, *, conflict: bool) -> None:
            for number in _linked(answer):
                place = quotable_range(entry, number)
                if place is None or conflict != ("conflict" in entry.units[number].marks):
                    continue
                if not self.sameness.said(entry, place, [*said, *chosen]):
                    chosen.append(self._quote(entry, place, "qualifier"))
                    return

        for turn in range(MOST_QUALIFIERS):
            for answer in own:
                # Each dose has a limit of its own; for the rest a few are enough.
                if turn < _most_wanted(answer) and (len(chosen) < MOST_QUALIFIERS or (not turn and _is_dose(answer))):
                    add(answer, conflict=False)
        limits = len(chosen)
        for answer in own:
            if len(chosen) == limits:
                add(answer, conflict=True)
        return chosen

    def _cautions(self, entry: Entry, own: Sequence[Quote], said: Sequence[Quote]) -> list[Quote]:
        """Return every caution that names whom or what the question names, and else one, unless the answer is one."""
        personal, topical = self._named(entry)
        chosen: list[Quote] = []
        for number in sorted({*personal, *topical}):
            # A row that says of a medicine what a sentence says of it also says whom to ask: both are quoted.
            self._add(entry, number, [*said, *chosen], chosen, near=SAME_COSINE)
        enough = personal or any(_is_caution(quote) for quote in own) or all(_is_mechanism(quote) for quote in own)
        for number in () if enough else self._nearest(entry, own):
            if self._add(entry, number, [*said, *chosen], chosen, near=DUPLICATE_COSINE):
                break
        return chosen

    def _add(self, entry: Entry, number: int, said: Sequence[Quote], chosen: list[Quote], *, near: float) -> bool:
        """Quote a caution unless it has been said, and say whether it was quoted."""
        place = quotable_range(entry, number)
        if place is None or self.sameness.said(entry, place, said, near=near):
            return False
        chosen.append(self._quote(entry, place, "caution"))
        return True

    def _named(self, entry: Entry) -> tuple[list[int], list[int]]:
        """Return the cautions that name a medicine or a group the question names, and a few on its conditions.

        A condition may be what is asked about and not who asks: of those that name one, the nearest.
        """
        personal = personal_items(self.reading)
        conditions = [item for item in self.reading.synonyms if item.kind == "condition" and item not in personal]
        found: list[int] = []
        others: list[tuple[float, int]] = []
        for number, unit in _cautions_of(entry) if personal or conditions else ():
            terms = self.passages.terms[self.passages.snapshot.row_of[entry.id, number]]
            if any(speaks_of(terms, item) for item in personal):
                found.append(number)
            elif unit.marks & {"population", "interaction"} and any(speaks_of(terms, item) for item in conditions):
                others.append((-self.sameness.nearness(entry, number, (), self._asked(entry, number)), number))
        return found, [number for _, number in sorted(others)[:_MOST_OF_CONDITIONS]]

    def _nearest(self, entry: Entry, own: Sequence[Quote]) -> list[int]:
        """Return the cautions of an entry's sections on harm, the nearest to the quotes and the question first."""
        ranked: list[tuple[float, int]] = []
        for number, unit in _cautions_of(entry):
            section = entry.section_of[number].name
            if section in _CAUTIONARY:
                ahead = (_OF_EVERYONE if section == "safety" else 0.0) + (0.0 if "limiter" in unit.marks else _PLAIN)
                near = self.sameness.nearness(entry, number, own, self._asked(entry, number))
                ranked.append((near + ahead, number))
        return [number for _, number in sorted(ranked, key=lambda pair: (-pair[0], pair[1]))]

    def _asked(self, entry: Entry, number: int) -> float:
        """Return how near a unit is to the question, from about 0 to 1.

        By the cosine; without the question's vector by the share of its terms that the unit says, each by its rarity.
        """
        if self.vector is not None:
            return float(self.sameness.vector(entry.id, number) @ self.vector)
        terms = set(topical(self.reading.terms))
        said = terms.intersection(self.passages.terms[self.passages.snapshot.row_of[entry.id, number]])
        whole = sum(map(self.passages.rarity, sorted(terms)))
        return sum(map(self.passages.rarity, sorted(said))) / whole if whole else 0.0

    def _quote(self, entry: Entry, place: tuple[int, int], role: Role) -> Quote:
        return Quote(self.passages.snapshot.library, entry.id, *place, role)


def _linked(answer: Quote) -> list[int]:
    """Return what limits an answer, the first limit of each of its units before the second."""
    lists = [answer.entry.units[number].limited_by for number in range(answer.first, answer.last + 1)]
    most = max(map(len, lists), default=0)
    return list(dict.fromkeys(each[place] for place in range(most) for each in lists if place < len(each)))


def _most_wanted(answer: Quote) -> int:
    """Return how many limits an answer brings: two with a dose or a benefit, one with a benefit that limits itself.

    A harm or a limit needs none, and any other finding one.
    """
    marks = marks_of_quotes([answer])
    if marks & {"dose", "benefit"}:
        return 1 if "limiter" in marks and "dose" not in marks else MOST_QUALIFIERS
    return 0 if marks & {"caution", "limiter"} else 1


def _is_dose(answer: Quote) -> bool:
    return "dose" in marks_of_quotes([answer])


def _overlaps(answer: Quote, place: tuple[int, int], others: Iterable[Quote]) -> bool:
    return any(
        each is not answer and each.entry_id == answer.entry_id and place[0] <= each.last and each.first <= place[1]
        for each in others
    )


def _cautions_of(entry: Entry) -> Iterator[tuple[int, Unit]]:
    return ((number, unit) for number, unit in enumerate(entry.units) if unit.quotable and "caution" in unit.marks)


def _is_caution(quote: Quote) -> bool:
    marks = marks_of_quotes([quote])
    return "caution" in marks and not marks & {"dose", "benefit"}


def _is_mechanism(quote: Quote) -> bool:
    marks = marks_of_quotes([quote])
    return quote.section.name == "mechanism" and not marks & {"dose", "benefit", "population"}


def marks_of_quotes(quotes: Iterable[Quote]) -> set[Mark]:
    """Return every mark of the units in some quotes."""
    return {
        mark
        for quote in quotes
        for number in range(quote.first, quote.last + 1)
        for mark in quote.entry.units[number].marks
    }
