"""Marks: what a unit says that something else must travel with, by rules a person can read and correct.

The rules stand in `marks.toml`, apart from one of arithmetic: a risk or hazard ratio with its interval says for itself
whether there were more cases, fewer, or no difference that chance does not explain. A mark is a reason for care, never
a reason to quote. Must not know of any one entry: a unit that the rules get wrong is corrected in the manifest.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, get_args

from assistant.library.model import Mark, SectionName

DOSE = re.compile(
    r"\d[\d.,·]{0,15}+(?:\s?(?:-|–|to|or|and)\s?\d[\d.,·]{0,15}+)?+\s?(?=[a-zµμ])"
    r"(?:(?:thousand|million|billion|trillion)\s)?"
    r"(?:mg|mcg|microg|µg|μg|ug|g|grams?|milligrams?|micrograms?|iu|ml|cfu|kcal|drops?|capsules?|tablets?)\b(?!/d?l\b)",
    re.IGNORECASE,
)
"""A number with a unit of amount; not a concentration."""
_RATIO = re.compile(
    r"\b(?:RRs?|HRs?|ORs?|(?:relative risk|(?:risk|rate|hazard|odds) ratio)s?)\b[^.;:()\d]{0,60}?[(,]?\s?"
    r"(?P<value>\d+[.·]\d+)[^;()]{0,6}?[\s(,;\[]{0,3}(?:95\s?% )?(?:CI|confidence interval)?s?[\s:,]{0,2}(?:from )?"
    r"(?P<low>\d+[.·]\d+)(?:\s?[-–—]\s?|\sto\s|,\s?)(?P<high>\d+[.·]\d+)",
    re.IGNORECASE,
)
"""A ratio of risks with its interval: "RR 0.73, 95% CI 0.56-0.96", "hazard ratio 1.26 (95% CI from 1.00 to 1.58)"."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of `marks.toml`."""

    mark: Mark
    says: re.Pattern[str]
    unless: re.Pattern[str] | None
    """Wordings taken out before looking: they hold a phrase of the rule and do not mean it."""
    sections: frozenset[SectionName]
    """Where it holds; empty for everywhere."""

    def gives(self, words: str, section: SectionName) -> bool:
        """Whether it gives its mark to a unit with these words in this section."""
        if self.sections and section not in self.sections:
            return False
        return self.says.search(self.unless.sub(" ", words) if self.unless else words) is not None


def marks_of(words: str, section: SectionName, *, labelled: bool) -> frozenset[Mark]:
    """Say what a unit's words call for.

    Args:
        words: the unit's exact text.
        section: where it stands: populations and interactions mark all their units.
        labelled: whether it stands under a population's label.
    """
    plain = " ".join(words.split())
    marks: set[Mark] = {rule.mark for rule in packaged_rules() if rule.gives(plain, section)}
    marks |= ratio_marks(plain)
    if "animal" in marks:
        # What is seen in animals or cells is no effect in people.
        marks.discard("benefit")
    if section == "populations" or labelled:
        marks.add("population")
    if section == "interactions":
        marks.add("interaction")
    return frozenset(marks)


def ratio_marks(words: str) -> set[Mark]:
    """Say what the ratios of risks in a unit's words mean by their intervals.

    An interval wholly below 1 is a benefit, one wholly above it a caution, one that holds 1 a limit. It cannot know
    that more of something is welcome, such as recoveries: then the caution is one too many, which hurts nobody.
    """
    marks: set[Mark] = set()
    for match in _RATIO.finditer(words):
        low, high = (float(match[name].replace("·", ".")) for name in ("low", "high"))
        marks.add("benefit" if high < 1 else "caution" if low > 1 else "limiter")
    return marks


@cache
def packaged_rules() -> tuple[Rule, ...]:
    """Read the rules that come with this package."""
    data = tomllib.loads(resources.files("assistant.library").joinpath("marks.toml").read_text("utf-8"))
    words: dict[str, str] = {"AMOUNT": DOSE.pattern}
    for name, parts in data["words"].items():
        words[name] = f"(?:{'|'.join(_filled(part, words) for part in parts)})"
    return tuple(_rule(record, words) for record in data["rule"])


def _rule(record: Mapping[str, Any], words: Mapping[str, str]) -> Rule:
    mark = next(mark for mark in get_args(Mark) if mark == record["mark"])
    unless = record.get("unless")
    return Rule(
        mark,
        _pattern(record["says"], words),
        _pattern(unless, words) if unless else None,
        frozenset(record.get("sections", ())),
    )


def _pattern(parts: Sequence[str], words: Mapping[str, str]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{_filled(part, words)})" for part in parts)
    # What opens at a word's edge opens with the word: at its other edge, of hundreds of phrases none need be tried.
    at_words = all(part.startswith(r"\b") for part in parts)
    return re.compile(rf"(?=\w)(?:{joined})" if at_words else joined, re.IGNORECASE)


def _filled(part: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{([A-Z]+)\}", lambda match: words[match.group(1)], part)
