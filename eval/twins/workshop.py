"""The workshop: what every maker of twins shares, and how a source's first and further twins begin.

A maker edits drafts, reads them as entries and asks about what it edited. A twin whose right words cannot be found as a
quotable unit is not made, so that what is asked is always there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.index.lexicon import Lexicon
from assistant.library.model import Entry
from eval.labelled import Place
from eval.twins.drafts import Draft, units_holding
from eval.twins.model import Check, Kind, Twin
from eval.twins.names import Namer, Renaming, own_names
from eval.twins.questions import Asked
from eval.twins.telling import AMOUNT

LIMITS = (
    "Amounts of {subject} beyond these are not anchored to consensus guidelines.",
    "An upper level for {subject} has not been established.",
    "How much {subject} is enough is not known, and these amounts are those of trials.",
    "The doses of {subject} above are limited to what was studied.",
    "Doses of {subject} varied across trials and should be weighed with care.",
)
"""Sentences that limit a dose; one is put after the first dose of every twin, so that a dose never lacks a limit."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all makers of one kind share."""

    kind: Kind
    lexicon: Lexicon
    frequencies: Mapping[str, int]
    numbers: np.random.Generator
    plain: Namer
    """Names the first twin of each source, the same for every kind."""
    other: Namer
    """Names what this kind alone adds."""


@dataclass(frozen=True, slots=True)
class Made:
    """The twins of one source, with the entries they need beside it."""

    entries: tuple[Entry, ...]
    twins: tuple[Twin, ...]
    checks: tuple[Check, ...] = ()


Maker = Callable[[Workshop, Draft, int], Made]
"""From a source's first draft, and the number of the round, to twins."""


def first_draft(shop: Workshop, source: Entry) -> Draft:
    """Return the draft of a source's first twin: every name replaced, and every dose given a limit."""
    return _limited(Draft.of(source, _renaming(shop.plain, source, shop.lexicon)), shop.lexicon)


def second_draft(shop: Workshop, source: Entry) -> Draft:
    """Return the draft of another twin of the source, under other names."""
    return _limited(Draft.of(source, _renaming(shop.other, source, shop.lexicon)), shop.lexicon)


def _renaming(namer: Namer, source: Entry, lexicon: Lexicon) -> Renaming:
    return Renaming({name: namer.fresh() for name in own_names(source, lexicon)})


def _limited(draft: Draft, lexicon: Lexicon) -> Draft:
    source = draft.source
    for number, unit in enumerate(source.units):
        words = draft.words(number)
        if unit.kind == "sentence" and unit.last is None and AMOUNT.search(words) and draft.has_once(words):
            return draft.edited(words, f"{words} {limit_of(draft)}")
    return draft


def limit_of(draft: Draft) -> str:
    """Return the sentence that limits the doses of a draft: one of five, by its subject's name."""
    return LIMITS[sum(map(ord, draft.subject)) % len(LIMITS)].format(subject=draft.subject)


def dose_checks(draft: Draft, entry: Entry) -> tuple[Check, ...]:
    """Return what holds whenever a dose of an entry is quoted."""
    limit = limit_of(draft)
    return (Check("dose_has_limiter", entry.id, "", limit),) if units_holding(entry, limit) else ()


def twins_of(
    shop: Workshop, draft: Draft, asked: Sequence[Asked], right: frozenset[Place], wrong: frozenset[Place], made: str,
    checks: tuple[Check, ...] = (), *, control: bool = False,
) -> list[Twin]:  # fmt: skip
    """Return a twin for each question; ids are given when they are chosen."""
    return [
        Twin(
            "",
            shop.kind,
            f"{made}/{each.shape}",
            draft.source.id,
            draft.subject,
            each.text,
            right,
            wrong,
            checks,
            control,
        )
        for each in asked
    ]
