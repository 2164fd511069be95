"""Agreement: what two raters' values of the same items come to.

Knows nothing of sheets or answers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Misleads = Literal["no", "partly", "yes"]
VALUES: tuple[Misleads, ...] = get_args(Misleads)
_RESAMPLES = 2_000
_MOST_NAMED = 5


class SheetError(Exception):
    """A filled sheet that cannot be read; it names the place, the fact and the remedy."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater said of one item."""

    misleads: Misleads
    note: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two raters' sheets come to."""

    items: tuple[str, ...]
    agreed: int
    kappa: float | None
    """Cohen's kappa, from -1 to 1; None where both gave every item one and the same value: it is not defined there."""
    kappa_interval: tuple[float, float] | None
    """95 %, bootstrapped over items; resamples in which kappa is not defined are left out."""
    preserved: int
    """Items of which both said that they do not mislead."""
    disagreements: tuple[tuple[str, Rating, Rating], ...]


def compare(first: Mapping[str, Rating], second: Mapping[str, Rating], seed: int) -> Agreement:
    """Say how far two raters agree, and how many items both found to keep their context.

    Args:
        first: one rater's sheet, by item; its order is the report's.
        second: the other's, of the same items.
        seed: of the bootstrap.

    Raises:
        SheetError: the sheets are not of the same items.
    """
    for one, other, which in ((first, second, "second"), (second, first, "first")):
        if missing := [item for item in one if item not in other]:
            raise SheetError(f"the {which} sheet lacks {named(missing)}; both must hold the same items")
    pairs = [(rating.misleads, second[item].misleads) for item, rating in first.items()]
    return Agreement(
        items=tuple(first),
        agreed=sum(one == other for one, other in pairs),
        kappa=cohen_kappa(pairs),
        kappa_interval=_kappa_interval(pairs, seed),
        preserved=sum(pair == ("no", "no") for pair in pairs),
        disagreements=tuple(
            (item, rating, second[item]) for item, rating in first.items() if rating.misleads != second[item].misleads
        ),
    )


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of two raters' values, unweighted, from -1 to 1; None where chance alone agrees on all.

    Source:
        Cohen, Educational and Psychological Measurement 20 (1960), 37-46.
    """
    if not pairs:
        return None
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    count = len(pairs)
    by_chance = sum(ones[value] * others[value] for value in ones)
    agreed = sum(one == other for one, other in pairs)
    return None if by_chance == count**2 else (agreed * count - by_chance) / (count**2 - by_chance)


def _kappa_interval(pairs: Sequence[tuple[str, str]], seed: int) -> tuple[float, float] | None:
    chance = np.random.default_rng(seed)
    drawn = chance.integers(max(1, len(pairs)), size=(_RESAMPLES, len(pairs)))
    found = [kappa for row in drawn if (kappa := cohen_kappa([pairs[int(n)] for n in row])) is not None]
    if not found:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def named(items: Sequence[str]) -> str:
    """Return the first few of some items, and how many more there are."""
    more = f" and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else ""
    return f"{', '.join(repr(item) for item in items[:_MOST_NAMED])}{more}"
