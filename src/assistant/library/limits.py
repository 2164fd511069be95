"""Limits: which units of an entry say why a dose, a benefit or a study in it must not be taken at face value.

Worked out once, at build, from the marks, the studies that units name, the words they share and where they stand; each
link has a reason that can be said in a sentence. A link means that what is limited is not quoted without what limits
it. Must not know of questions or answers.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.library.model import Entry, Unit
from assistant.library.sources import sources_of

_ROOT = 6
"""Letters by which two words count as of one root, such as absorb and absorption."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_OF_DOSES = re.compile(
    r"\bdos(?:e|es|age|ages)\b|\bamounts?\b|\bupper (?:level|limit)|\bUL\b|\bintakes?\b|\babove\b[^.;]{0,30}\d", re.IGNORECASE
)
"""How a limit shows that it is one on amounts, whatever the study."""
_OF_BENEFITS = re.compile(
    r"\bbenefits?\b|\bclaims?\b|\bevidence\b|\beffects?\b|\befficacy\b|\btrials?\b|\brecord\b|\bguidelines?\b", re.IGNORECASE
)
"""How it shows that it is one on what is promised."""
_SWEEPING = re.compile(
    r"\b(?:most|all|any|none) (?:of |the )|\bno (?:amount|dose|guideline|upper|consensus)|\bin general\b|\boverall\b|"
    r"\b(?:proposed|claimed|clinical|possible) (?:\w+ )?benefits?\b|\bupper (?:level|limit)|\bmaximum\b|\boutside the\b|"
    r"\brecord is\b|\bevidence base\b",
    re.IGNORECASE,
)
"""How it shows that it speaks of more than the one study it names."""
_SAME_STUDY, _LEANS, _NEXT, _NEXT_BUT_ONE, _GENERAL, _CLAIMS_TOO = 0.8, 0.6, 0.4, 0.15, 0.5, 0.3
_ENOUGH = 0.5
"""The weight from which a limit is linked: the same study is enough, and so is leaning on what is limited, or speaking
of doses or benefits in general. Chosen with the other weights on the dev half of the hand labels."""


def link_limits(entry: Entry) -> tuple[Unit, ...]:
    """Return an entry's units, each dose, benefit and study with the numbers of the units that limit it.

    The likeliest limit stands first; of equal ones the earlier in the entry. A limit is never linked to itself.
    """
    stance = _Stance(entry)
    return tuple(replace(unit, limited_by=stance.limits_of(number)) for number, unit in enumerate(entry.units))


@dataclass(frozen=True)
class _Stance:
    """What each unit of one entry says, as the links are weighed by it."""

    entry: Entry

    @cached_property
    def studies(self) -> tuple[frozenset[str], ...]:
        """The studies each unit names by number, or by author and year."""
        return tuple(
            frozenset(source.label for source in sources_of(self.entry, number, number) if _is_study(source.label))
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
        lengths = [math.sqrt(sum(weights[root] ** 2 for root in each)) or 1.0 for each in held]
        return tuple({root: weights[root] / length for root in each} for each, length in zip(held, lengths, strict=True))

    @cached_property
    def limits(self) -> tuple[int, ...]:
        """The units that limit something."""
        return tuple(
            number
            for number, unit in enumerate(self.entry.units)
            if unit.quotable and unit.marks & {"limiter", "conflict"}
        )

    def limits_of(self, number: int) -> tuple[int, ...]:
        """Return what limits one unit, the likeliest first; nothing when it states no dose, benefit or study."""
        unit = self.entry.units[number]
        if not unit.quotable or not (unit.marks & {"dose", "benefit"} or self.studies[number]):
            return ()
        weighed = [(self._weight(number, limit), limit) for limit in self.limits if limit != number]
        return tuple(limit for weight, limit in sorted(weighed, key=lambda pair: (-pair[0], pair[1])) if weight >= _ENOUGH)

    def _weight(self, number: int, limit: int) -> float:
        """Weigh what speaks for one unit limiting another; no unit."""
        unit, other = self.entry.units[number], self.entry.units[limit]
        words = self.entry.words(limit)
        shared = self.studies[number] & self.studies[limit]
        near = sum(weight * self.roots[limit].get(root, 0.0) for root, weight in self.roots[number].items())
        claims = bool(unit.marks & {"dose", "benefit"})
        if "conflict" in other.marks:
            # A funder touches the study it paid for; where none is named, all that the entry promises.
            return _SAME_STUDY if shared or (claims and not self.studies[limit]) else 0.0
        weight = near
        if shared:
            weight += _SAME_STUDY
        if other.lead == number:
            weight += _LEANS
        elif self.entry.section_of[number] is self.entry.section_of[limit]:
            weight += {1: _NEXT, 2: _NEXT_BUT_ONE}.get(limit - number, 0.0)
        of_doses = "dose" in unit.marks and _OF_DOSES.search(words)
        of_benefits = "benefit" in unit.marks and _OF_BENEFITS.search(words)
        if of_doses or of_benefits:
            weight += _GENERAL if not self.studies[limit] or _SWEEPING.search(words) else _GENERAL / 4
        if ("benefit" in other.marks and not shared) or other.kind == "myth":
            # What promises something itself, or is a misconception, is a poor limit.
            weight -= _CLAIMS_TOO
        return weight


def _is_study(label: str) -> bool:
    return label.startswith("PMID") or label[-5:-1].strip().isdigit() or label[-4:].isdigit()

