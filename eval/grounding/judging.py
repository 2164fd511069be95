"""Judging: everything that is found in one answer, by the library's own words, marks and links between units.

There is no model, and nothing is judged that a person could not check with the entry in hand.
"""

from dataclasses import dataclass

from assistant.library.model import Library
from eval.foreign import ForeignAnswer
from eval.grounding.asides import asides_of
from eval.grounding.case import Case, Fault
from eval.grounding.citation_faults import citation_faults, disclaimer_faults, record_faults
from eval.grounding.citing import Catalogue, Use, uses_in
from eval.grounding.claims import Claim, claims_in
from eval.grounding.sentence_faults import sentence_faults
from eval.grounding.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer with everything that was found in it."""

    answer: ForeignAnswer
    claims: tuple[Claim, ...]
    """Its sentences in order, asides too."""
    uses: tuple[Use, ...]
    faults: tuple[Fault, ...]
    supported: frozenset[int]
    """Numbers of the sentences that their citations, together, support."""
    supporting: frozenset[int]
    """Numbers of the citations that support a sentence they are set on."""
    doses: tuple[tuple[str, bool], ...]
    """Each entry a dose is quoted from that has limits or cautions, and whether one of them is beside it."""

    @property
    def said(self) -> tuple[Claim, ...]:
        """The sentences that claim something."""
        return tuple(claim for claim in self.claims if claim.standing != "aside")


class Judge:
    """Holds answers against one library; made once, then asked as often as wanted."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._shelf = Shelf(library)
        self._asides = asides_of(library)
        self._catalogue = Catalogue(library)

    def judge(self, answer: ForeignAnswer) -> Judgement:
        """Find what is wrong with an answer: its sentences first, in order, then citations, record and disclaimer."""
        layout, claims = claims_in(answer.text, self._shelf, self._asides)
        uses = tuple(uses_in(answer, layout, claims, self._catalogue))
        case = Case(answer, claims, uses, self._library, self._shelf)
        faults = (
            *sentence_faults(case),
            *citation_faults(case),
            *record_faults(case),
            *disclaimer_faults(case, self._asides),
        )
        return Judgement(
            answer=answer,
            claims=claims,
            uses=uses,
            faults=tuple(dict.fromkeys(faults)),
            supported=case.supported,
            supporting=case.supporting,
            doses=tuple((entry, limited) for entry, (_, limited) in case.doses.items()),
        )
