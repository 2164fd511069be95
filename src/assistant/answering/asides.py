"""Asides: the patterns of `essence.toml`, by which a part that asks the library nothing is recognised."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


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
