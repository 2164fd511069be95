"""Limits: which units of an entry say why a dose, a benefit or a study in it must not be taken at face value.

Worked out once, at build, from the marks, the studies that units name, the words they share and where they stand. A
link means that what is limited is not quoted without what limits it. Must not know of questions or answers.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from assistant.library.model import Entry, Unit
from assistant.library.sources import sources_of

_ROOT = 6
"""Letters by which two words count as of one root, such as absorb and absorption."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_OF_DOSES = re.compile(
    r"\bdos(?:e|es|age|ages)\b|\bamounts?\b|\bupper (?:level|limit)|\bUL\b|\bintakes?\b|\babove\b[^.;]{0,30}\d",
    re.IGNORECASE,
)
"""How a limit shows that it is one on amounts, whatever the study."""
_OF_EVERY_DOSE = re.compile(
    r"\bno (?:\w+ )?(?:amount|dose)|\bnot anchored\b|\bupper (?:level|limit|intake)|\bUL\b|"
    r"\b(?:maximum|safe) (?:safe )?(?:dos|amount)|\b(?:no|not an?) (?:intake )?(?:guide|target)\b|"
    r"\b(?:dos(?:e|es|age)|amounts?)\b[^.;]{0,40}\b(?:established|uncertain|unclear|unknown|not known)",
    re.IGNORECASE,
)
"""How it shows that no dose of its entry stands without it."""
_OF_BENEFITS = re.compile(
    r"\bbenefits?\b|\bclaims?\b|\bevidence\b|\beffects?\b|\befficacy\b|\btrials?\b|\brecord\b|\bguidelines?\b",
    re.IGNORECASE,
)
"""How it shows that it is one on what is promised."""
_SWEEPING = re.compile(
    r"\b(?:most|all|any|none) (?:of |the )|(?<!is )(?<!was )\bno (?:amount|dose|guideline|upper|consensus)|"
    r"\bin general\b|\boverall\b|\b(?:proposed|claimed|clinical|possible) (?:\w+ )?benefits?\b|"
    r"\bupper (?:level|limit)|\bmaximum\b|\boutside the\b|\brecord is\b|\bevidence base\b",
    re.IGNORECASE,
)
"""How it shows that it speaks of more than the one study it names."""
_SAME_STUDY, _LEANS, _NEXT, _NEXT_BUT_ONE = 0.8, 0.6, 0.4, 0.15
_GENERAL, _EVERY_DOSE = 0.5, 0.5
_CLAIMS_TOO, _OF_A_GROUP, _A_HARM = -0.3, -0.3, -0.2
_ENOUGH = 0.5
"""The weight from which a limit is linked: the same study is enough, and so is leaning on what is limited, or speaking
of doses or benefits in general. Chosen with the other weights on the dev half of the hand labels."""
_LIKELY = 0.35
"""The weight from which the likeliest limit is linked to a dose that would else have none: one that speaks of amounts
and of a study, or the next sentence."""
_MOST = 100
"""Limits that are weighed of one study, or of doses and benefits in general: an entry of the usual length has ten."""


def link_limits(entry: Entry) -> tuple[Unit, ...]:
    """Return an entry's units, each dose, benefit and study with the numbers of the units that limit it.

    The likeliest limit stands first; of equal ones the earlier in the entry. A limit is never linked to itself.
    """
    web = _Web(entry)
    return tuple(replace(unit, limited_by=web.limits_of(number)) for number, unit in enumerate(entry.units))


@dataclass(frozen=True, slots=True)
class _Limit:
    """A unit that limits others, and how."""

    number: int
    unit: Unit
    studies: frozenset[str]
    funds: bool
    """It says who paid, or who has an interest."""
    of_doses: float
    of_benefits: float
    """How far it limits every dose, and every benefit, by what it speaks of; no unit."""
    claims: bool
    """It promises something itself, or is a misconception: a poor limit."""


@dataclass(frozen=True)
class _Web:
    """One entry, as the links between its units are weighed."""

    entry: Entry

    @cached_property
    def studies(self) -> tuple[frozenset[str], ...]:
        """The studies each unit names by number, or by author and year."""
        return tuple(
            frozenset(
                source.pmid or source.label
                for source in sources_of(self.entry, number, number)
                if source.label[-1].isdigit()
            )
            if unit.quotable
            else frozenset()
            for number, unit in enumerate(self.entry.units)
        )

    @cached_property
    def roots(self) -> tuple[dict[str, float], ...]:
        """The roots of each unit's words with how much each tells within the entry, as vectors of length 1."""
        held = [
            {word[:_ROOT].lower() for word in _WORD.findall(f"{unit.label} {self.entry.words(number)}")}
            if unit.quotable
            else set()
            for number, unit in enumerate(self.entry.units)
        ]
        total = sum(bool(each) for each in held)
        count: dict[str, int] = {}
        for each in held:
            for root in each:
                count[root] = count.get(root, 0) + 1
        weights = {root: math.log((total + 1) / times) for root, times in count.items()}
        lengths = [math.sqrt(sum(weights[root] ** 2 for root in sorted(each))) or 1.0 for each in held]
        return tuple(
            {root: weights[root] / length for root in sorted(each)} for each, length in zip(held, lengths, strict=True)
        )

    @cached_property
    def limits(self) -> dict[int, _Limit]:
        """The units that limit something, by number."""
        return {
            number: self._limit(number, unit)
            for number, unit in enumerate(self.entry.units)
            if unit.quotable and unit.marks & {"limiter", "conflict"}
        }

    @cached_property
    def general(self) -> tuple[int, ...]:
        """The limits that touch more than one study."""
        return tuple(
            number
            for number, limit in self.limits.items()
            if limit.of_doses >= _GENERAL or limit.of_benefits >= _GENERAL or (limit.funds and not limit.studies)
        )[:_MOST]

    @cached_property
    def limits_with(self) -> dict[str, list[int]]:
        """The limits that name each study."""
        found: dict[str, list[int]] = {}
        for number, limit in self.limits.items():
            for study in limit.studies:
                if len(found.setdefault(study, [])) < _MOST:
                    found[study].append(number)
        return found

    def limits_of(self, number: int) -> tuple[int, ...]:
        """Return what limits one unit, the likeliest first; nothing when it states no dose, benefit or study."""
        unit = self.entry.units[number]
        if not unit.quotable or not (unit.marks & {"dose", "benefit"} or self.studies[number]):
            return ()
        near = (number + 1, number + 2)
        named = (limit for study in self.studies[number] for limit in self.limits_with.get(study, ()))
        weighed = self._weighed(number, {*near, *named, *self.general})
        if not weighed and unit.marks & {"dose"} and not unit.marks & {"limiter"}:
            likely = self._weighed(number, {*near, *islice(self.limits, _MOST)}, _LIKELY)
            weighed = sorted(likely, key=lambda pair: (-pair[0], pair[1]))[:1]
        return tuple(limit for weight, limit in sorted(weighed, key=lambda pair: (-pair[0], pair[1])))

    def _weighed(self, number: int, others: Iterable[int], least: float = _ENOUGH) -> list[tuple[float, int]]:
        found = ((self._weight(number, self.limits[other]), other) for other in others if other in self.limits)
        return [(weight, other) for weight, other in found if other != number and weight >= least]

    def _limit(self, number: int, unit: Unit) -> _Limit:
        words = self.entry.words(number)
        studies = self.studies[number]
        reach = _GENERAL if not studies or _SWEEPING.search(words) else _GENERAL / 4
        every = (_EVERY_DOSE if not studies else _EVERY_DOSE / 2) if _OF_EVERY_DOSE.search(words) else 0.0
        return _Limit(
            number,
            unit,
            studies,
            "conflict" in unit.marks,
            reach + every if _OF_DOSES.search(words) else every,
            reach if _OF_BENEFITS.search(words) else 0.0,
            "benefit" in unit.marks or unit.kind == "myth",
        )

    def _weight(self, number: int, limit: _Limit) -> float:
        """Weigh what speaks for a limit on one unit; no unit."""
        unit = self.entry.units[number]
        shared = bool(self.studies[number] & limit.studies)
        if limit.funds:
            # A funder touches the study it paid for; where none is named, all that the entry promises.
            return _SAME_STUDY if shared or (unit.marks & {"dose", "benefit"} and not limit.studies) else 0.0
        weight = sum(tells * self.roots[limit.number].get(root, 0.0) for root, tells in self.roots[number].items())
        weight += _SAME_STUDY if shared else 0.0
        if limit.unit.lead == number:
            weight += _LEANS
        elif self.entry.section_of[number] is self.entry.section_of[limit.number]:
            weight += {1: _NEXT, 2: _NEXT_BUT_ONE}.get(limit.number - number, 0.0)
        weight += max(
            limit.of_doses if "dose" in unit.marks else 0.0, limit.of_benefits if "benefit" in unit.marks else 0.0
        )
        if limit.claims and not (shared and limit.unit.kind != "myth"):
            weight += _CLAIMS_TOO
        if "population" in limit.unit.marks and "population" not in unit.marks:
            weight += _OF_A_GROUP
        # A harm comes along as a caution in any case; an upper level is a limit all the same.
        return weight + (_A_HARM if "caution" in limit.unit.marks and limit.of_doses < _GENERAL else 0.0)
