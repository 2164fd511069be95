"""Quantities: which sort of number a question asks for, and whether a unit holds one.

"How many minutes faster?" is not answered by a sentence that has no minutes in it, however near it is in meaning. Only
what a number counts is looked at, never its value. Must not decide anything: the evidence weighs it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.index.kinds import bare_words

_NUMBER = (
    # Of one in digits the last is enough: nothing here asks where a number begins.
    r"(?:\d|[½¼¾⅓⅔]|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|million)"
)
_SIZE = r"(?:half|third|quarter|fifth|tenth|doubl\w+|tripl\w+|twice|thrice|halv\w+|once)"
_QUALIFIERS = (
    r"(?:(?:was|is|were|are|did|does|the|an?|exact|average|mean|median|daily|usual|typical|total|safe|max\w*|upper|highest|"
    r"lowest|minimum|recommended|right|best|normal|overall|adjusted|pooled) )*"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One sort of number."""

    name: str
    asked: re.Pattern[str]
    """How a question in plain small letters asks for it."""
    given: re.Pattern[str]
    """What a unit that holds such a number says."""


def _counted(nouns: str) -> str:
    """Return the pattern of a question after a number of some nouns, which one other word may come before."""
    return rf"\bhow many (?:more |fewer |extra |of the )?(?:[\w'-]+ )?(?:{nouns})\b"


def _quantity(name: str, asked: str, given: str) -> Quantity:
    return Quantity(name, re.compile(asked), re.compile(given, re.IGNORECASE))


_PEOPLE = (
    "people|participants?|patients?|adults?|women|men|subjects|volunteers?|children|kids|infants|babies|students?|"
    "persons?|cases|girls|boys|smokers|athletes|mothers|folk|runners|walkers|workers|nurses|vegans|vegetarians|omnivores"
)
_SOME_WORDS = r"(?:[\w'-]{1,40}+ ){0,4}"


def _in_a_line(words: str, words_after: str) -> str:
    """Return the pattern of some words before a digit in one line, or of others after one."""
    return rf"(?m:^)(?:(?:(?!{words}).)*+{words}.*\d|[^\d\n]*+\d.*{words_after})"


_QUANTITIES = (
    _quantity(
        "amount",
        _counted(r"mgs?|milligrams?|grams?|g|mcg|micrograms?|ug|µg|ius?|mls?|millilit\w+|calories|kcal")
        + rf"|\b(?:what|which) {_QUALIFIERS}(?:dose|dosage)\b|\bhow (?:big|high|large|strong) a dose\b",
        rf"{_NUMBER} ?-?(?:m?g|mcg|[µμu]g|IU|(?:micro|milli|kilo)?grams?|kg|m?l|kcal|calories|units|cups?|n?mol\w*|"
        r"tablespoons?|teaspoons?|capsules?|tablets?|drops|servings?)(?![a-z])",
    ),
    _quantity(
        "hours",
        _counted(r"secs?|seconds?|mins?|minutes?|hours?|hrs?"),
        rf"{_NUMBER}[ -]?(?:s|secs?|seconds?|min|mins|minutes?|h|hours?|hrs?)\b|\bovernight\b",
    ),
    _quantity(
        "days",
        _counted(r"days?|nights?|weeks?|wks?|months?|years?|yrs?"),
        rf"{_NUMBER}[ -]?(?:d|days?|nights?|weeks?|wks?|months?|y|yrs?|years?)\b|"
        r"\b(?:weeks?|days?|months?|years?) \d|\bovernight\b|\ba (?:week|month|year)\b",
    ),
    _quantity(
        "people",
        _counted(_PEOPLE),
        rf"{_NUMBER}[ -]++{_SOME_WORDS}(?:{_PEOPLE}|individuals|males|females|controls|began|healthy)\b|"
        r"\bn ?= ?\d|\d-(?:participant|person|patient|\w+ (?:randomi[sz]ed|trial|study))|\bnone\b|\d ?%",
    ),
    _quantity(
        "studies",
        _counted(r"studies|trials|papers|reviews|cohorts?|rcts?|experiments"),
        rf"{_NUMBER}[ -]++{_SOME_WORDS}"
        r"(?:stud(?:y|ies)|trials?|papers|reviews?|cohorts?|RCTs?|reports?|analyses)\b",
    ),
    _quantity(
        "share",
        r"\b(?:what|which|how (?:big|large|high)) an? (?:percent\w*|share|proportion|fraction)\b|"
        rf"\b(?:what|which) {_QUALIFIERS}(?:percent\w*|share|proportion|fraction|%)|\bwhat %|"
        r"\bhow many per ?cent|^ ?% of|\bper ?centage of\b",
        rf"\d ?%|\bper ?cent|\b{_SIZE}\b|\bone in\b|\d (?:of|out of) (?:the )?\d|-?fold\b|\btimes\b|\ball\b|\bnone\b",
    ),
    _quantity(
        "ratio",
        rf"\b(?:what|which|exact) {_QUALIFIERS}(?:(?:odds|hazard|risk|rate) ratio|relative risk|odds|hr|rr)\b",
        _in_a_line(r"\b(?:odds|ratio|risks?|RR|OR|HR)\b", r"\b(?:odds|ratio|risk)"),
    ),
    _quantity(
        "age",
        rf"\b(?:what|which) {_QUALIFIERS}age\b(?! group)|\bhow old (?:was|were|are)\b",
        _in_a_line(r"\b(?:age[ds]?|older|over|young\w*)\b", r"(?:\bage[ds]?\b|years old|year-old)"),
    ),
    _quantity(
        "size",
        r"\bby how (?:much|many)\b|^(?:and |so |but )?how much (?:more|less|higher|lower|faster|better|did|"
        r"does|do|was|is|of|in)\b|"
        r"\bhow many (?:points|degrees|units|times|beats)\b",
        rf"\b{_NUMBER}\b|\d|\b{_SIZE}\b|-?fold\b",
    ),
)


@lru_cache(maxsize=64)
def quantities_asked(question: str) -> tuple[Quantity, ...]:
    """Return the sorts of number that a question in plain small letters asks for."""
    return tuple(each for each in _QUANTITIES if each.asked.search(question))


def holds_quantity(words: str, quantity: Quantity) -> bool:
    """Whether a unit's words, citations, years and the numbers of points left out, hold a number of a sort."""
    return quantity.given.search(bare_words(words)) is not None
