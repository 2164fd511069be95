"""Asides: the parts of a question, and the patterns of `essence.toml` that know one which asks the library nothing."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Use = Literal["asks", "tells", "idle", "dressing", "planted"]
"""What a part of a question is for.

asks: it names something of the library; tells: it says or asks something else that may matter; idle: it says nothing of
the library; dressing and planted: it speaks to the assistant, dressing only where it names no subject.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a question, and what it is for."""

    start: int
    end: int
    use: Use
    names_subject: bool
    names_none: bool
    """It names nothing that the library or the lexicon knows."""
    may_be_planted: bool
    """It names nothing for certain, and does not ask about another part."""
    asks: bool
    """It has the form of a question."""
    stands_alone: bool
    """It leans on no other part, and nobody is spoken of."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The patterns of `essence.toml`, compiled."""

    parts: Mapping[str, re.Pattern[str]]
    markup: re.Pattern[str]
    ends: re.Pattern[str]
    begins: re.Pattern[str]
    opening: re.Pattern[str]
    closing: re.Pattern[str]

    def fits(self, name: str, folded: str) -> bool:
        """Whether a part, folded, is of the named sort."""
        return self.parts[name].search(folded) is not None


@cache
def packaged_wording() -> Wording:
    """Read the patterns that come with this package."""
    text = resources.files("assistant.answering").joinpath("essence.toml").read_text("utf-8")
    data: Mapping[str, Any] = tomllib.loads(text)
    words: dict[str, str] = {}
    for name, each in data["words"].items():
        words[name] = f"(?:{'|'.join(each)})"

    def compiled(patterns: Iterable[str]) -> re.Pattern[str]:
        joined = "|".join(f"(?:{pattern})" for pattern in patterns)
        return re.compile(re.sub(r"\{([A-Z]+)\}", lambda match: words[match.group(1)], joined), re.IGNORECASE)

    return Wording(
        {name: compiled(patterns) for name, patterns in data["parts"].items()},
        compiled(data["cuts"]["markup"]),
        compiled(data["cuts"]["ends"]),
        compiled(data["cuts"]["begins"]),
        compiled(data["frames"]["opening"]),
        compiled(data["frames"]["closing"]),
    )


def kept_of(parts: Sequence[Part]) -> list[Part]:
    """Choose the parts to keep: what is planted goes where anything else is left, what is idle beside what asks."""
    left = [part for part in parts if part.use in ("asks", "tells")]
    if any(part.use == "asks" for part in left):
        return left
    if left:
        return [part for part in parts if part.use in ("tells", "idle")]
    return [part for part in parts if part.use == "idle"] or list(parts)
