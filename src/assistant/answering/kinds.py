"""Kinds of question, and what a unit must say to be an answer to each.

Scores cannot tell "What is the recommended intake in mg?" from a sentence that mentions recommended intakes; the rules
in `kinds.toml` can. They are written to be read and corrected by people who know the field.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from assistant.library.marks import DOSE
from assistant.library.model import SectionName

Patterns = tuple[re.Pattern[str], ...]
"""Each of which must be found."""


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """A kind of question."""

    name: str
    asks: Patterns
    answers: Patterns
    """What a unit's words must hold; empty when nothing can be told from single words."""
    unless: Patterns
    """Wordings that look like this kind and are not."""
    required: bool
    """Whether a unit that does not answer it is ruled out."""
    needs_subject: bool
    """Whether it cannot be answered without knowing which nutrient or supplement is meant."""
    sections: tuple[SectionName, ...]
    """Where answers usually stand."""

    def is_asked(self, question: str) -> bool:
        """Whether a question, in plain small letters, is of this kind."""
        return found(self.asks, question) and not (self.unless and found(self.unless, question))

    def is_answered(self, words: str) -> bool:
        """Whether a unit's words can answer it; True when that cannot be told."""
        return found(self.answers, words)


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds, the most particular first."""

    kinds: tuple[QuestionKind, ...]
    stated_absence: Patterns
    """How a library says that something is not known: an answer to any kind of question."""
    generic: frozenset[str]
    """Words that shape a question without saying what it is about."""

    def of(self, question: str) -> tuple[QuestionKind, ...]:
        """Return the kinds a question is of; none when its wording shows none."""
        return tuple(kind for kind in self.kinds if kind.is_asked(question))


def found(patterns: Patterns, text: str) -> bool:
    """Whether every pattern is found in a text."""
    return all(pattern.search(text) for pattern in patterns)


@cache
def packaged_kinds() -> Kinds:
    """Read the kinds that come with this package."""
    data = tomllib.loads(resources.files("assistant.answering").joinpath("kinds.toml").read_text("utf-8"))
    words: dict[str, str] = {"AMOUNT": DOSE.pattern}
    for name, parts in data["words"].items():
        words[name] = f"(?:{'|'.join(_filled(part, words) for part in parts)})"
    return Kinds(
        tuple(_kind(record, words) for record in data["kind"]),
        _patterns([data["stated_absence"]], words),
        frozenset(data["generic"].split()),
    )


def _kind(record: Mapping[str, Any], words: Mapping[str, str]) -> QuestionKind:
    return QuestionKind(
        name=record["name"],
        asks=_patterns([record.get("asks"), record.get("and_asks")], words),
        answers=_patterns([record.get("answers"), record.get("and_answers")], words),
        unless=_patterns([record.get("unless")], words),
        required=record.get("required", False),
        needs_subject=record.get("needs_subject", False),
        sections=tuple(record.get("sections", ())),
    )


def _patterns(lists: Sequence[Sequence[str] | None], words: Mapping[str, str]) -> Patterns:
    joined = ["|".join(f"(?:{_filled(part, words)})" for part in parts) for parts in lists if parts]
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in joined)


def _filled(part: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{([A-Z_]+)\}", lambda match: words[match.group(1)], part)
