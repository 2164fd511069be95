"""Kinds: what a question may ask and a unit may answer, and how each is recognised by its wording.

Scores cannot tell "What is the recommended intake in mg?" from a sentence that mentions recommended intakes; the rules
in `kinds.toml` can. They are written to be read and corrected by people who know the field.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from assistant.library.marks import DOSE
from assistant.library.model import SectionName

Patterns = tuple[re.Pattern[str], ...]
"""Each of which must be found."""
_CITATION = re.compile(
    r"PMIDs?:? ?\d+|\((?:[^()]{2,60} for [^()]{2,40}, )[^()]{4,}\)|\([0-9a-f]{8}\)|\(\d{1,2}\)(?= )|"
    r"\b(?:18|19|20)\d\d\b(?! ?(?:m?g|mcg|iu)\b)",
    re.IGNORECASE,
)
"""What names a source, another entry, a year or a point of a list: numbers that say nothing of the subject."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question, and of what a unit answers."""

    name: str
    meaning: str
    """When a unit is of this kind, in words for a reviewer."""
    asks: Patterns
    answers: Patterns
    """What a unit's words must hold; empty when nothing can be told from single words."""
    absence: Patterns
    """What the words of a unit that states an absence must hold for it to be an absence of this kind."""
    unless: Patterns
    """Wordings that look like this kind and are not."""
    reads_citations: bool
    """Whether citations, years and the numbers of points are among the words it is answered by."""
    required: bool
    """Whether a unit that is not of this kind is ruled out."""
    needs_subject: bool
    """Whether it cannot be answered without knowing which nutrient or supplement is meant."""
    sections: tuple[SectionName, ...]
    """Where answers usually stand."""
    whole_sections: tuple[SectionName, ...]
    """Sections all of whose units are of this kind."""
    alternatives: frozenset[str]
    """Other kinds whose units answer it as well."""
    over: frozenset[str]
    """Looser kinds that it stands in place of when a question is of both."""

    def is_asked(self, question: str) -> bool:
        """Whether a question, in plain small letters, is of this kind."""
        return found(self.asks, question) and not (self.unless and found(self.unless, question))

    def is_answered_by(self, kinds: Collection[str]) -> bool:
        """Whether a unit of these kinds answers it."""
        return self.name in kinds or not self.alternatives.isdisjoint(kinds)


@dataclass(frozen=True)
class Kinds:
    """All kinds, the most particular first."""

    kinds: tuple[Kind, ...]
    stated_absence: Patterns
    """How a library says that something is not known."""
    generic: frozenset[str]
    """Words that shape a question without saying what it is about."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all kinds, in their order."""
        return tuple(kind.name for kind in self.kinds)

    def of(self, question: str) -> tuple[Kind, ...]:
        """Return the kinds a question is of, without those that a more particular one stands in place of."""
        asked = [kind for kind in self.kinds if kind.is_asked(question)]
        replaced: set[str] = set()
        for kind in asked:
            if kind.name not in replaced:
                replaced |= kind.over
        return tuple(kind for kind in asked if kind.name not in replaced)

    def answered_by(self, words: str, section: SectionName) -> tuple[str, ...]:
        """Return the names of the kinds that a unit answers, in order, as far as its words and its section can tell."""
        bare = bare_words(words)
        absent = found(self.stated_absence, bare)
        return tuple(
            kind.name
            for kind in self.kinds
            if section in kind.whole_sections
            or (kind.answers and found(kind.answers, words if kind.reads_citations else bare))
            or (absent and kind.absence and found(kind.absence, bare))
        )


def bare_words(words: str) -> str:
    """Return a unit's words without citations, years and the numbers of points."""
    return _CITATION.sub(" ", words)


def found(patterns: Patterns, text: str) -> bool:
    """Whether every pattern is found in a text."""
    return all(pattern.search(text) for pattern in patterns)


@cache
def packaged_kinds() -> Kinds:
    """Read the kinds that come with this package."""
    data = tomllib.loads(resources.files("assistant.index").joinpath("kinds.toml").read_text("utf-8"))
    words: dict[str, str] = {"AMOUNT": DOSE.pattern}
    for name, parts in data["words"].items():
        words[name] = f"(?:{'|'.join(_filled(part, words) for part in parts)})"
    return Kinds(
        tuple(_kind(record, words) for record in data["kind"]),
        _patterns([data["stated_absence"]], words),
        frozenset(data["generic"].split()),
    )


def _kind(record: Mapping[str, Any], words: Mapping[str, str]) -> Kind:
    return Kind(
        name=record["name"],
        meaning=record["meaning"],
        asks=_patterns([record.get("asks"), record.get("and_asks")], words),
        answers=_patterns([record.get("answers"), record.get("and_answers")], words),
        absence=_patterns([record.get("absence")], words),
        unless=_patterns([record.get("unless")], words),
        reads_citations=record.get("reads_citations", False),
        required=record.get("required", False),
        needs_subject=record.get("needs_subject", False),
        sections=tuple(record.get("sections", ())),
        whole_sections=tuple(record.get("whole_sections", ())),
        alternatives=frozenset(record.get("or", ())),
        over=frozenset(record.get("over", ())),
    )


def _patterns(lists: Sequence[Sequence[str] | None], words: Mapping[str, str]) -> Patterns:
    joined = ["|".join(f"(?:{_filled(part, words)})" for part in parts) for parts in lists if parts]
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in joined)


def _filled(part: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{([A-Z_]+)\}", lambda match: words[match.group(1)], part)
