"""One answer on trial: its sentences and citations laid side by side, as the finders of faults need them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from assistant.library.marks import DOSE
from assistant.library.model import Library
from eval.foreign import ForeignAnswer
from eval.grounding.citing import Use
from eval.grounding.claims import Claim
from eval.grounding.shelf import Sentence, Shelf

FaultName = Literal[
    "changed word",
    "changed number",
    "dropped negation",
    "added negation",
    "changed punctuation",
    "made-up sentence",
    "misleading part",
    "parted sentence",
    "bare myth",
    "dose without caution",
    "unknown citation",
    "swapped citation",
    "unsupporting citation",
    "missing citation",
    "wrong hash",
    "wrong offsets",
    "missing disclaimer",
]
SUPPORT = 0.9
"""Similarity, 0 to 1, from which on a cited entry supports a sentence that is not wholly its own."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an answer."""

    name: FaultName
    sentence: str
    """The words it is about, as they stand in the answer; "" when it is about the answer as a whole."""
    start: int | None
    """Their place in the answer's text, in code points; None when there is none."""
    end: int | None
    explanation: str


@dataclass(frozen=True)
class Case:
    """An answer with its sentences, its citations and what follows from both."""

    answer: ForeignAnswer
    claims: tuple[Claim, ...]
    uses: tuple[Use, ...]
    library: Library = field(repr=False)
    shelf: Shelf = field(repr=False)

    @cached_property
    def cited(self) -> tuple[frozenset[str], ...]:
        """The ids of the entries cited for each sentence."""
        return tuple(
            frozenset(entry for use in self.uses if number in use.claims for entry in use.entries)
            for number in range(len(self.claims))
        )

    @cached_property
    def chosen(self) -> tuple[Sentence | None, ...]:
        """Of the places each sentence may be, one of a cited entry, and rather no misconception; None for none."""
        return tuple(
            min(
                ((place.entry.id not in cited, place.is_misconception, place.row, place) for place in claim.places),
                key=lambda ranked: ranked[:3],
                default=(None,),
            )[-1]
            for claim, cited in zip(self.claims, self.cited, strict=True)
        )

    @cached_property
    def covered(self) -> frozenset[tuple[str, int, int]]:
        """Each (entry id, unit, sentence of it) that some sentence of the answer is, with changes or without."""
        return frozenset((place.entry.id, place.unit, place.number) for claim in self.claims for place in claim.places)

    @cached_property
    def units(self) -> frozenset[tuple[str, int]]:
        """Each (entry id, unit) of which some sentence is there."""
        return frozenset((entry, unit) for entry, unit, _ in self.covered)

    def supports(self, number: int, entries: Iterable[str]) -> bool:
        """Whether entries hold a sentence, or one so near that it counts as held."""
        return self.claims[number].similarity >= SUPPORT and self.stands_in(number, entries)

    def stands_in(self, number: int, entries: Iterable[str]) -> bool:
        """Whether a sentence is, with changes or without, one of these entries'."""
        ids = set(entries)
        return any(place.entry.id in ids for place in self.claims[number].places)

    @cached_property
    def supported(self) -> frozenset[int]:
        """Numbers of the sentences that their citations, together, support."""
        return frozenset(n for n in range(len(self.claims)) if self.supports(n, self.cited[n]))

    @cached_property
    def supporting(self) -> frozenset[int]:
        """Numbers of the citations that support a sentence they are set on."""
        return frozenset(
            n for n, use in enumerate(self.uses) if any(self.supports(claim, use.entries) for claim in use.claims)
        )

    @cached_property
    def doses(self) -> dict[str, tuple[int, bool]]:
        """By entry that has limits or cautions: the first sentence that quotes a dose, and whether one is there too."""
        found: dict[str, tuple[int, bool]] = {}
        for number, (claim, place) in enumerate(zip(self.claims, self.chosen, strict=True)):
            if place is None or not DOSE.search(claim.text) or "dose" not in place.of_unit.marks:
                continue
            entry = place.entry
            limits = {
                (entry.id, n)
                for n, unit in enumerate(entry.units)
                if unit.quotable and unit.marks & {"limiter", "caution"}
            }
            if limits:
                found.setdefault(entry.id, (number, bool(limits & self.units)))
        return found


def fault_of(name: FaultName, claim: Claim, explanation: str) -> Fault:
    """Return a fault of one sentence."""
    return Fault(name, claim.text, claim.start, claim.end, explanation)
