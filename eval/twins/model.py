"""The types of the twins: a question with the place that answers it, and what must never be parted in an answer.

A twin knows its right answer because it was made, not judged: its entry bears an invented name, so nothing it says is a
claim about anything real. Must not know how an answer is found.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from assistant.library.model import Library
from eval.labelled import Place

Kind = Literal["nutrient", "unit", "population", "negation", "myth", "row", "version", "removed"]
KINDS: tuple[Kind, ...] = get_args(Kind)

CheckName = Literal["whole_misconception", "negation_kept", "dose_has_limiter", "row_has_columns"]


@dataclass(frozen=True, slots=True)
class Check:
    """What an answer that quotes one stretch of words must hold beside it.

    whole_misconception: a quote with `part`, the claim, holds `needs`, its correction, and stands under a label.
    negation_kept: a quote with `part` holds `needs`, the words that negate it.
    dose_has_limiter: an answer that quotes a dose of the entry `entry_id` holds `needs`, the sentence that limits it.
    row_has_columns: a quote of the table row `part` names the columns of the head `needs`, cell by cell.
    """

    name: CheckName
    entry_id: str
    part: str
    needs: str


@dataclass(frozen=True, slots=True)
class Twin:
    """One question whose right answer is known."""

    id: str
    kind: Kind
    shape: str
    """How it was made and asked, for grouping failures."""
    source: str
    """The id of the entry it was made from."""
    subject: str
    """The name the question asks about."""
    question: str
    right: frozenset[Place]
    """The units any of which is right as the first quote; empty when silence is right."""
    wrong: frozenset[Place] = frozenset()
    """Units that must not be the first quote: the same statement in its twin."""
    checks: tuple[Check, ...] = ()
    control: bool = False
    """Asked only to compare with: the same question where its answer is in the library."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Twins of one kind over one library: the entries that were twinned, and their twins."""

    kind: Kind
    library: Library
    twins: tuple[Twin, ...]
    checks: tuple[Check, ...]
    """What holds for every answer that quotes these entries, whatever was asked."""
