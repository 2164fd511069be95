"""The types of a stress set: a plain question, and the ways it was altered without a change of what it asks."""

from dataclasses import dataclass
from typing import Literal, get_args

StressKind = Literal["misspelt", "paraphrase", "lookalike", "injected", "typing", "abbreviation"]
STRESS_KINDS: tuple[StressKind, ...] = get_args(StressKind)


@dataclass(frozen=True, slots=True)
class Altered:
    """A question as altered in one way."""

    way: str
    """How, for grouping failures."""
    text: str


@dataclass(frozen=True, slots=True)
class Variant:
    """An altered question beside the plain one it was made from."""

    id: str
    kind: StressKind
    way: str
    plain: str
    text: str
