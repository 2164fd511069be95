"""Disagreement: statements of two entries on one subject that cannot both be the whole story.

A mechanical rule, and a cautious one: two entries with one main subject, a statement of one kind in each, and either
amounts in one unit that share no figure, for the same group of people, or a favourable finding against a null or a
harmful one on the same outcome; or two versions of one statement with other figures. They are shown together, newest
first, under a fixed label; neither is judged. Must not know of questions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assistant.answering.passages import Passages
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.sameness import Sameness
from assistant.answering.versions import Versions
from assistant.index.lexicon import Lexicon
from assistant.index.snapshot import Snapshot
from assistant.library.marks import ratio_marks
from assistant.library.model import Entry, SectionName

Place = tuple[str, int]
Kind = Literal["upper level", "recommended intake", "effect"]
_NEAR = 0.5
"""Two findings nearer than this, as a cosine, are on the same thing."""
_UPPER = re.compile(r"\bupper (?:intake )?(?:level|limit)|\btolerable (?:upper )?\w+|\bUL\b", re.IGNORECASE)
_RECOMMENDED = re.compile(
    r"\brecommend(?:s|ed|ation)\b|\breference (?:nutrient )?intake\b|\bRDA\b|\bRNI\b|\bdaily (?:requirement|value)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\d,.])[,.]*+(\d[\d,.]*+)\s?(mg|mcg|µg|μg|microg|ug|g|iu)\b(?!\s?/\s?d?l)", re.IGNORECASE)
_NOTHING_FOUND = re.compile(
    r"\bno (?:\w+ ){0,3}(?:lower|difference|effect|benefit|improvement|change|reduction|association|link)\b|"
    r"\b(?:did|was|were|does|do|has|have|is|are) not (?:\w+ ){0,2}"
    r"(?:reduc|lower|improv|chang|differ|significan|associat)\w*|"
    r"\bnon-?significant\b|\bwithout (?:a )?(?:significant )?(?:effect|benefit|difference)\b",
    re.IGNORECASE,
)
_MICROGRAMS = frozenset({"mcg", "µg", "μg", "microg", "ug"})
_NOT_STATED: frozenset[SectionName] = frozenset({"mechanism", "myths", "interactions", "references", "relevance"})
"""Sections that state no finding of their own about what the entry is on."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one unit states that another entry might state otherwise."""

    place: Place
    kind: Kind
    about: frozenset[str]
    """Of an effect the outcomes, of an amount the groups of people; by their names in the lexicon."""
    figures: frozenset[tuple[str, str]]
    """(number, unit) as written, thousands' commas left out: never converted, only told apart."""
    favourable: bool
    """Of an effect: a benefit was found; otherwise none was, or harm."""

    def differs_from(self, other: "Statement") -> bool:
        """Whether the two cannot both be the whole story."""
        if self.kind != other.kind or self.place[0] == other.place[0]:
            return False
        if self.kind == "effect":
            return self.favourable != other.favourable and bool(self.about & other.about)
        units = {unit for _, unit in self.figures} & {unit for _, unit in other.figures}
        ours, theirs = ({one for one in each.figures if one[1] in units} for each in (self, other))
        return self.about == other.about and bool(units) and not ours & theirs


@dataclass(frozen=True)
class Disagreements:
    """The statements of a snapshot's entries that share their main subject with another entry."""

    passages: Passages

    @property
    def snapshot(self) -> Snapshot:
        """What they stand in."""
        return self.passages.snapshot

    @cached_property
    def versions(self) -> Versions:
        """The versions of one statement among them."""
        return Versions(self.snapshot)

    @cached_property
    def by_place(self) -> dict[Place, tuple[Place, ...]]:
        """For each unit that some other entry's unit differs from, those units."""
        groups: dict[str, list[Entry]] = {}
        for entry in self.snapshot.library.entries:
            if entry.subjects:
                groups.setdefault(entry.subjects[0], []).append(entry)
        found: dict[Place, list[Place]] = {}
        for entries in groups.values():
            stated = [each for entry in entries for each in self._statements(entry)] if len(entries) > 1 else []
            buckets: dict[tuple[Kind, str], list[Statement]] = {}
            for each in stated:
                for name in each.about or {""}:
                    buckets.setdefault((each.kind, name), []).append(each)
            for bucket in buckets.values():
                for one in bucket:
                    found.setdefault(one.place, []).extend(
                        other.place for other in bucket if one.differs_from(other) and self._near(one, other)
                    )
        for pair in self.versions.pairs:
            if pair.differ:
                found.setdefault(pair.newer, []).append(pair.older)
                found.setdefault(pair.older, []).append(pair.newer)
        return {place: tuple(dict.fromkeys(others)) for place, others in found.items() if others}

    def completed(self, answers: Sequence[Quote]) -> list[Quote]:
        """Return answers with what another entry states otherwise than the first of them.

        Those that differ stand side by side, newest first. The group stands where its first member stood;
        entries with no review date come last in it.
        """
        quotes = list(answers)
        if answers and not self.among(answers) and (counterpart := self._counterpart(answers[0])) is not None:
            quotes.insert(1, counterpart)
        differing = self.among(quotes)
        group = [quote for quote in quotes if (quote.entry_id, quote.first) in differing]
        ordered = iter(sorted(group, key=lambda quote: quote.entry.last_reviewed, reverse=True))
        rest = [quote for quote in quotes if quote not in group]
        at = quotes.index(group[0]) if group else 0
        return [*rest[:at], *ordered, *rest[at:]]

    def among(self, quotes: Sequence[Quote]) -> frozenset[Place]:
        """Return the places, entry and first unit, of the quotations that differ from another among them.

        Only of the first subject on which some differ: one label must not join two disagreements.
        """
        answers = [quote for quote in quotes if quote.role == "answer"]
        differing = [
            one
            for one in answers
            if any(self._differ(one, other) for other in answers if other.entry_id != one.entry_id)
        ]
        subject = differing[0].entry.subjects[0] if differing else ""
        return frozenset((one.entry_id, one.first) for one in differing if one.entry.subjects[0] == subject)

    def _differ(self, one: Quote, other: Quote) -> bool:
        theirs = {(other.entry_id, number) for number in range(other.first, other.last + 1)}
        return any(
            theirs.intersection(self.by_place.get((one.entry_id, number), ()))
            for number in range(one.first, one.last + 1)
        )

    def _counterpart(self, answer: Quote) -> Quote | None:
        """Return the nearest statement of another entry that differs from an answer."""
        sameness = Sameness(self.snapshot)
        found: list[tuple[float, Place]] = []
        for number in range(answer.first, answer.last + 1):
            for place in self.by_place.get((answer.entry_id, number), ()):
                near = float(sameness.vector(answer.entry_id, number) @ sameness.vector(*place))
                found.append((-near, place))
        for _, (entry_id, number) in sorted(found):
            if (whole := quotable_range(self.snapshot.library.by_id[entry_id], number)) is not None:
                return Quote(self.snapshot.library, entry_id, *whole, "answer")
        return None

    def _near(self, one: Statement, other: Statement) -> bool:
        if one.kind != "effect":
            return True
        sameness = Sameness(self.snapshot)
        return float(sameness.vector(*one.place) @ sameness.vector(*other.place)) >= _NEAR

    def _statements(self, entry: Entry) -> list[Statement]:
        found: list[Statement] = []
        for number, unit in enumerate(entry.units):
            if not unit.quotable or entry.section_of[number].name in _NOT_STATED or "animal" in unit.marks:
                continue
            place = entry.id, number
            words = entry.words(number)
            named = _names(self.passages, place)
            kind: Kind | None = "upper level" if _UPPER.search(words) else None
            kind = kind or ("recommended intake" if _RECOMMENDED.search(words) else None)
            if kind is not None and (figures := _figures(words)):
                found.append(Statement(place, kind, named["population"], figures, favourable=False))
            good, nothing = "benefit" in unit.marks, _found_nothing(words)
            if named["condition"] and good != nothing:
                found.append(Statement(place, "effect", named["condition"], frozenset(), favourable=good))
        return found


def _names(passages: Passages, place: Place) -> dict[str, frozenset[str]]:
    lexicon: Lexicon = passages.lexicon
    items = [mention.item for mention in lexicon.mentions(passages.terms[passages.snapshot.row_of[place]])]
    return {kind: frozenset(item.name for item in items if item.kind == kind) for kind in ("population", "condition")}


def _figures(words: str) -> frozenset[tuple[str, str]]:
    pairs = ((match[1].replace(",", "").rstrip("."), match[2].lower()) for match in _FIGURE.finditer(words))
    return frozenset((number, "mcg" if unit in _MICROGRAMS else unit) for number, unit in pairs)


def _found_nothing(words: str) -> bool:
    """Whether a finding is null or harmful by its own words or its interval."""
    return _NOTHING_FOUND.search(words) is not None or bool(ratio_marks(words) & {"limiter", "caution"})
