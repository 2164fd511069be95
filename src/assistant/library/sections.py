"""Sections: which of the publisher's sections a stretch of an entry is, from its heading, its words and the order.

A Markdown heading states it. A flat export has lost its headings, so the name is inferred: the publisher's order is a
chain that mostly moves forward one step, each stretch of text speaks for some names by its words, and the
forward-backward algorithm gives the most likely names together (Rabiner, Proceedings of the IEEE 77, 1989), with the
share of belief in each.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from assistant.library.cues import CUES, HEADINGS
from assistant.library.misconceptions import CLAIM
from assistant.library.model import CANONICAL, SectionName
from assistant.library.segment import DISCLAIMER


@dataclass(frozen=True, slots=True)
class Stretch:
    """The text of one future section, or of one paragraph of a flat export."""

    words: str
    heading: str = ""
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A section's name and how it came by it; `confidence` is from 0 to 1."""

    name: SectionName
    how: Literal["stated", "inferred", "corrected"]
    confidence: float


_CUE_PATTERNS = {
    name: tuple((re.compile(pattern, re.MULTILINE), weight) for pattern, weight in cues) for name, cues in CUES.items()
}
_HEADING_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in HEADINGS)
_FIXED_HEADINGS = ("summary", "how it works")
"""The two headings whose wording the publisher never varies."""
_CERTAIN, _NAMED, _NAMED_SECOND = 50.0, 30.0, 25.0
"""Log weights of a heading: beyond doubt; its likeliest name; its others. The order weighs up to some ten."""
_READ = 20_000
"""Characters of a stretch that are searched for cues: some twenty times the longest section seen."""


def heading_names(heading: str) -> list[SectionName]:
    """Return the sections a heading's wording speaks for, the likeliest first; none when its wording is not known."""
    return [name for name, pattern in _HEADING_PATTERNS if pattern.search(heading)]


def name_sections(stretches: Sequence[Stretch], corrections: dict[int, SectionName] | None = None) -> list[Name]:
    """Name each stretch of an entry, in order.

    Args:
        stretches: the stretches, without title and boilerplate.
        corrections: names that a person has stated, by stretch number from 0.

    Returns:
        One name a stretch: the most believed given all the others. It is stated when a heading speaks for it, which
        outweighs the order; a heading that could mean two sections is settled by its words and where it stands.
    """
    if not stretches:
        return []
    fixed: dict[int, SectionName] = dict(corrections or {})
    for number, stretch in enumerate(stretches):
        if number not in fixed and "references" in heading_names(stretch.heading)[:1]:
            fixed[number] = "references"
    emissions = [_emission(stretch, fixed.get(number)) for number, stretch in enumerate(stretches)]
    belief = _forward_backward(emissions, [bool(stretch.heading) for stretch in stretches])
    named: list[Name] = []
    for number, (stretch, shares) in enumerate(zip(stretches, belief, strict=True)):
        best = max(range(len(CANONICAL)), key=shares.__getitem__)
        if number in fixed:
            named.append(Name(fixed[number], "corrected" if number in (corrections or {}) else "stated", 1.0))
        elif CANONICAL[best] in heading_names(stretch.heading):
            named.append(Name(CANONICAL[best], "stated", 1.0))
        else:
            named.append(Name(CANONICAL[best], "inferred", round(shares[best], 4)))
    return named


def _emission(stretch: Stretch, fixed: SectionName | None) -> list[float]:
    """Return how strongly the words, and a heading over them, speak for each canonical section, as log weights."""
    if fixed is not None:
        return [_CERTAIN * (name == fixed) if fixed in CANONICAL else 0.0 for name in CANONICAL]
    words = stretch.words[:_READ]
    weights: dict[SectionName, float] = {
        name: sum(weight for pattern, weight in _CUE_PATTERNS[name] for _ in islice(pattern.finditer(words), 3))
        for name in CANONICAL
    }
    if stretch.is_table:
        weights["interactions"] += 4.0
    if DISCLAIMER.search(stretch.words):
        weights["practical"] += 8.0
    if CLAIM.match(words):
        weights["myths"] += 8.0
    if stretch.words.rstrip().endswith(":"):
        weights["relevance"] += 2.0
    # Long paragraphs hold more cues of every kind: the root of the length keeps one from shouting the order down.
    scale = 1.0 / math.sqrt(max(1.0, len(words.split()) / 60))
    emission = {name: weight * scale for name, weight in weights.items()}
    for place, name in enumerate(heading_names(stretch.heading)):
        if name in emission:
            # Missing a heading of misconceptions would part them from their corrections: it is never outweighed.
            certain = place == 0 and (name == "myths" or stretch.heading.lower() in _FIXED_HEADINGS)
            emission[name] += _CERTAIN if certain else _NAMED if place == 0 else _NAMED_SECOND
    return [emission[name] for name in CANONICAL]


def _transition(here: int, there: int, *, headed: bool) -> float:
    """Return the log weight of a step in the publisher's order; a new heading seldom stays in the same section."""
    step = there - here
    if step == 0:
        repeats = {"myths": 0.6, "populations": 0.3, "interactions": 0.4, "mechanism": 0.3}
        return math.log(0.01 if headed else repeats.get(CANONICAL[here], 0.15))
    if step > 0:
        return math.log(0.6) + min(step - 1, 5) * math.log(0.25)
    return math.log(0.004)


def _forward_backward(emissions: list[list[float]], headed: list[bool]) -> list[list[float]]:
    """Return each stretch's share of belief in each canonical section, given all stretches and their order."""
    states = range(len(CANONICAL))
    steps = {kind: [[_transition(s, t, headed=kind) for t in states] for s in states] for kind in (False, True)}
    forward = [[emissions[0][s] + (0.0 if s == 0 else math.log(0.1) - min(s, 6)) for s in states]]
    for emission, heads in zip(emissions[1:], headed[1:], strict=True):
        before, step = forward[-1], steps[heads]
        forward.append([emission[t] + _log_sum([before[s] + step[s][t] for s in states]) for t in states])
    backward = [[0.0 for _ in states]]
    for emission, heads in zip(reversed(emissions[1:]), reversed(headed[1:]), strict=True):
        ahead, step = backward[-1], steps[heads]
        backward.append([_log_sum([step[s][t] + emission[t] + ahead[t] for t in states]) for s in states])
    shares: list[list[float]] = []
    for one, other in zip(forward, reversed(backward), strict=True):
        joint = [a + b for a, b in zip(one, other, strict=True)]
        total = _log_sum(joint)
        shares.append([math.exp(value - total) for value in joint])
    return shares


def _log_sum(values: list[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))
