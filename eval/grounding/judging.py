"""Judging: the faults of one answer, each with its sentence, its place and why it is one.

Everything here follows from the library's own words, marks and links between units; there is no model, and nothing is
judged that a person could not check with the entry in hand.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.answering.notices import load_notices
from assistant.library.marks import DOSE, marks_of
from assistant.library.model import Entry, Library
from eval.foreign import Citation, ForeignAnswer
from eval.grounding.asides import Asides, asides_of
from eval.grounding.citing import Catalogue, Use, uses_in
from eval.grounding.claims import Claim, claims_in
from eval.grounding.shelf import Sentence, Shelf
from eval.grounding.words import is_negation, name_changes, words_in

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
_CONDITIONS = frozenset("if when only unless except until provided among alongside after before".split())  # noqa: SIM905 - reads as words
_REJECTIONS = frozenset("myth myths false misconception misconceptions untrue incorrect wrong unfounded".split())  # noqa: SIM905 - reads as words


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer with everything that was found in it."""

    answer: ForeignAnswer
    claims: tuple[Claim, ...]
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
    """Holds answers against one library; made once, then `judge` as often as wanted."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.shelf = Shelf(library)
        self.asides: Asides = asides_of(library)
        self.catalogue = Catalogue(library)
        self.myth_label = load_notices("GB").label("misconception")

    def judge(self, answer: ForeignAnswer) -> Judgement:
        """Find what is wrong with an answer; faults of sentences first, in their order, then of citations and the rest."""
        layout, claims = claims_in(answer.text, self.shelf, self.asides)
        uses = tuple(uses_in(answer, layout, claims, self.catalogue))
        case = _Case(self, answer, claims, uses)
        faults = (*case.of_sentences(), *case.of_citations(), *case.of_records(), *case.of_disclaimer())
        return Judgement(
            answer,
            claims,
            uses,
            tuple(dict.fromkeys(faults)),
            case.supported,
            case.supporting,
            tuple(case.doses.items()),
        )


class _Case:
    """One answer on trial."""

    def __init__(self, judge: Judge, answer: ForeignAnswer, claims: tuple[Claim, ...], uses: tuple[Use, ...]) -> None:
        self.judge, self.answer, self.claims, self.uses = judge, answer, claims, uses
        self.cited: dict[int, set[str]] = {
            number: {entry for use in uses if number in use.claims for entry in use.entries}
            for number in range(len(claims))
        }
        self.chosen = [self._choose(number) for number in range(len(claims))]
        self.covered = {
            (place.entry.id, place.unit, place.number)
            for claim in claims
            for place in (claim.places if claim.standing in ("exact", "part") else claim.places[:])
        }
        self.supported = frozenset(n for n in range(len(claims)) if self._supports(n, self.cited[n]))
        self.supporting = frozenset(
            n for n, use in enumerate(uses) if any(self._supports(claim, set(use.entries)) for claim in use.claims)
        )
        self.doses: dict[str, bool] = {}
        for number in range(len(claims)):
            self._note_dose(number)

    def _choose(self, number: int) -> Sentence | None:
        """Take, of the places a sentence may be, one of a cited entry and rather no misconception."""
        places = self.claims[number].places
        cited = self.cited[number]
        return min(places, key=lambda each: (each.entry.id not in cited, each.is_misconception, each.row), default=None)

    def _supports(self, number: int, entries: set[str]) -> bool:
        claim = self.claims[number]
        return claim.similarity >= SUPPORT and any(place.entry.id in entries for place in claim.places)

    def _note_dose(self, number: int) -> None:
        place, claim = self.chosen[number], self.claims[number]
        if place is None or not DOSE.search(claim.text) or "dose" not in place.of_unit.marks:
            return
        entry = place.entry
        limits = {n for n, unit in enumerate(entry.units) if unit.quotable and unit.marks & {"limiter", "caution"}}
        if limits:
            self.doses[entry.id] = any((entry.id, n) in {(e, u) for e, u, _ in self.covered} for n in limits)

    # Sentences

    def of_sentences(self) -> Iterator[Fault]:
        for number, claim in enumerate(self.claims):
            place = self.chosen[number]
            if claim.standing == "absent":
                yield _fault("made-up sentence", claim, "no sentence of the library is near it")
            if place is None:
                continue
            where = f"in {place.entry.id}: “{place.text}”"
            if claim.standing == "near":
                for name in name_changes(place.words[slice(*claim.stretch)], claim.changes):
                    yield _fault(name, claim, f"{_told(claim)}; {where}")
            if not claim.pointed:
                yield _fault("changed punctuation", claim, where)
            if claim.stretch != (0, len(place.words)):
                yield from self._of_part(claim, place, where)
            yield from self._of_misconception(claim, place)
            yield from self._of_whole(claim)
        yield from self._of_doses()

    def _of_part(self, claim: Claim, place: Sentence, where: str) -> Iterator[Fault]:
        first, end = claim.stretch
        left = (*place.words[:first], *place.words[end:])
        missed = sorted(self._marks_left(claim, place))
        missed += sorted({word for word in left if is_negation(word) or word in _CONDITIONS})
        if missed or place.kind == "row":
            what = ", ".join(missed) or "the rest of a table row"
            yield _fault("misleading part", claim, f"what it leaves out matters ({what}); {where}")
        elif self.answer.own:
            yield _fault("parted sentence", claim, f"our own answers quote whole units; {where}")

    def _marks_left(self, claim: Claim, place: Sentence) -> set[str]:
        """Return the marks of what a part leaves out that the part itself does not have; a label left out counts."""
        section = place.entry.section_of[place.unit].name
        whole = marks_of(place.text, section, labelled=False)
        kept = marks_of(claim.text, section, labelled=False)
        lost: set[str] = {mark for mark in whole - kept if mark != "dose"}
        if section == "populations" and ":" in " ".join(place.text.split()[: claim.stretch[0]]):
            lost.add("population")
        return lost

    def _of_misconception(self, claim: Claim, place: Sentence) -> Iterator[Fault]:
        if not place.is_misconception:
            return
        units = [(each.entry.id, each.unit) for each in claim.places]
        missing = [n for n in range(place.count) if (place.entry.id, place.unit, n) not in self.covered]
        opens = min(n for e, u, n in self.covered if (e, u) == (place.entry.id, place.unit)) == 0
        cut = place.count == 1 and (claim.stretch[1] - claim.stretch[0] < len(place.words) or place.kind == "fragment")
        rejects = any(w.text in _REJECTIONS for w in words_in(claim.text)) and not _REJECTIONS & set(place.words)
        if (missing or cut) and place.number == 0 and not rejects:
            yield _fault("bare myth", claim, f"the misconception of {place.entry.id} without its whole correction")
        elif missing and not opens and units:
            yield _fault("parted sentence", claim, f"the correction without the misconception, in {place.entry.id}")

    def _of_whole(self, claim: Claim) -> Iterator[Fault]:
        """Find what a sentence leans on and is not there, at any of the places it may be."""
        missing: list[tuple[Entry, int]] = []
        for place in claim.places:
            entry = place.entry
            first, last = entry.whole(place.unit, place.unit)
            here = {unit for entry_id, unit, _ in self.covered if entry_id == entry.id}
            lacking = [n for n in range(first, last + 1) if entry.units[n].quotable and n not in here]
            if not lacking:
                return
            missing.append((entry, lacking[0]))
        for entry, unit in missing[:1]:
            leans = " ".join(entry.words(unit).split())
            yield _fault("parted sentence", claim, f"it does not stand without “{leans}” of {entry.id}")

    def _of_doses(self) -> Iterator[Fault]:
        for entry_id, limited in self.doses.items():
            if not limited:
                claim = next(
                    self.claims[n]
                    for n, place in enumerate(self.chosen)
                    if place is not None and place.entry.id == entry_id and DOSE.search(self.claims[n].text)
                )
                yield _fault("dose without caution", claim, f"no limit or caution of {entry_id} is beside it")

    # Citations

    def of_citations(self) -> Iterator[Fault]:
        swapped: set[int] = set()
        for number, use in enumerate(self.uses):
            if not use.entries:
                gone = " (withdrawn)" if use.citation.entry in self.judge.library.withdrawn else ""
                yield self._of_use("unknown citation", use, f"{use.shown} is no entry of this library{gone}")
        for number, claim in enumerate(self.claims):
            place = self.chosen[number]
            covering = [n for n, use in enumerate(self.uses) if number in use.claims]
            if place is None or number in self.supported or claim.similarity < SUPPORT:
                continue
            if not covering:
                yield _fault(
                    "missing citation", claim, f"it is a sentence of {place.entry.id}, and nothing is cited for it"
                )
            elif self.cited[number]:
                swapped |= set(covering)
                named = ", ".join(sorted(self.cited[number]))
                yield _fault("swapped citation", claim, f"it stands in {place.entry.id}; cited is {named}")
        for number, use in enumerate(self.uses):
            if not use.entries or number in swapped:
                continue
            words = tuple(word.text for word in words_in(use.citation.cited_text))
            entries = [self.judge.library.by_id[entry] for entry in use.entries]
            if words and not any(self.judge.shelf.holds(entry, words) for entry in entries):
                yield self._of_use("unsupporting citation", use, f"{use.shown} does not hold the words cited from it")
            elif use.claims and number not in self.supporting:
                yield self._of_use(
                    "unsupporting citation", use, f"{use.shown} holds none of the sentences it is cited for"
                )

    def _of_use(self, name: FaultName, use: Use, explanation: str) -> Fault:
        if not use.claims:
            return Fault(name, "", None, None, explanation)
        return _fault(name, self.claims[use.claims[0]], explanation)

    # Our own JSON

    def of_records(self) -> Iterator[Fault]:
        for citation in self.answer.citations:
            if citation.stated is not None and citation.start is not None and citation.end is not None:
                yield from self._of_record(citation, self.answer.text[citation.start : citation.end])
        said = self.answer.disclaimer
        if said is not None and said.text and said.sha256.lower() != _digest(said.text):
            yield Fault("wrong hash", said.text, None, None, "the hash is not that of the disclaimer")

    def _of_record(self, citation: Citation, words: str) -> Iterator[Fault]:
        stated = citation.stated
        if stated is None:
            return

        def fault(name: FaultName, explanation: str) -> Fault:
            return Fault(name, " ".join(words.split()), citation.start, citation.end, explanation)

        if stated.sha256.lower() != _digest(words):
            yield fault("wrong hash", f"the hash {stated.sha256[:12] or 'that is missing'} is not that of these words")
        entry = self.judge.library.by_id.get(citation.entry)
        if entry is None:
            return
        there = None not in (stated.start, stated.end) and entry.text[stated.start : stated.end] == words
        if not there and self.judge.shelf.holds(entry, tuple(word.text for word in words_in(words))):
            yield fault("wrong offsets", f"{entry.id} does not have these words at {stated.start}-{stated.end}")
        over = [
            n
            for n, claim in enumerate(self.claims)
            if claim.start < (citation.end or 0) and (citation.start or 0) < claim.end
        ]
        places = [place for n in over if (place := self.chosen[n]) is not None]
        myth = any(p.kind == "myth" or p.entry.section_of[p.unit].name == "myths" for p in places)
        if myth and stated.label != self.judge.myth_label:
            yield fault("bare myth", f"the misconception of {entry.id} without its label “{self.judge.myth_label}”")

    # The whole answer

    def of_disclaimer(self) -> Iterator[Fault]:
        found = [claim for claim in self.claims if claim.aside == "disclaimer"]
        words = {tuple(word.text for word in words_in(claim.text)) for claim in found}
        if not found:
            yield Fault("missing disclaimer", "", None, None, "nothing says that this is not personal advice")
        elif self.answer.own and not self.judge.asides.disclaimers <= words:
            yield Fault(
                "missing disclaimer", found[0].text, found[0].start, found[0].end, "it is not the library's own, whole"
            )


def _fault(name: FaultName, claim: Claim, explanation: str) -> Fault:
    return Fault(name, claim.text, claim.start, claim.end, explanation)


def _told(claim: Claim) -> str:
    """Say how a sentence's words differ from the library's."""
    told = [
        f"{_quoted(change.library)} became {_quoted(change.answer)}"
        if change.library and change.answer
        else (f"{_quoted(change.library)} is left out" if change.library else f"{_quoted(change.answer)} is added")
        for change in claim.changes
    ]
    return ", ".join(told)


def _quoted(words: tuple[str, ...]) -> str:
    return f"“{' '.join(words)}”"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
