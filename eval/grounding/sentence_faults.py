"""Faults of sentences: other words, invented ones, parts that mislead, and what was parted from what it leans on."""

from collections.abc import Iterator

from assistant.library.marks import marks_of
from assistant.library.model import Entry
from eval.grounding.case import Case, Fault, fault_of
from eval.grounding.claims import Claim
from eval.grounding.shelf import Sentence
from eval.grounding.words import is_negation, name_changes

_CONDITIONS = frozenset(("if", "when", "only", "unless", "except", "until", "provided", "among", "alongside"))
"""Words whose loss widens a statement."""
_REJECTIONS = frozenset(
    ("myth", "myths", "false", "misconception", "misconceptions", "untrue", "incorrect", "wrong", "unfounded")
)
"""Words by which an answer itself says that a misconception is one."""


def sentence_faults(case: Case) -> Iterator[Fault]:
    """Yield what is wrong with each sentence, in order, then doses that stand without a caution."""
    for number, claim in enumerate(case.claims):
        place = case.chosen[number]
        if claim.standing == "absent":
            yield fault_of("made-up sentence", claim, "no sentence of the library is near it")
        if place is None:
            continue
        where = f"in {place.entry.id}: “{place.text}”"
        if claim.standing == "near":
            for name in name_changes(place.words[slice(*claim.stretch)], claim.changes):
                yield fault_of(name, claim, f"{told(claim)}; {where}")
        if not claim.pointed:
            yield fault_of("changed punctuation", claim, where)
        if claim.stretch != (0, len(place.words)):
            yield from _of_part(case, claim, place, where)
        if place.is_misconception:
            yield from _of_misconception(case, number, place)
        yield from _of_whole(case, claim)
    for entry_id, (number, limited) in case.doses.items():
        if not limited:
            yield fault_of(
                "dose without caution", case.claims[number], f"no limit or caution of {entry_id} is beside it"
            )


def told(claim: Claim) -> str:
    """Say how a sentence's words differ from the library's."""
    return ", ".join(
        f"{_quoted(change.library)} became {_quoted(change.answer)}"
        if change.library and change.answer
        else (f"{_quoted(change.library)} is left out" if change.library else f"{_quoted(change.answer)} is added")
        for change in claim.changes
    )


def _of_part(case: Case, claim: Claim, place: Sentence, where: str) -> Iterator[Fault]:
    """Find what a part leaves out that matters; what another part of the same sentence holds is not left out."""
    pieces = [each for each, chosen in zip(case.claims, case.chosen, strict=True) if chosen is place]
    held = {n for each in pieces for n in range(*each.stretch)}
    left = [word for n, word in enumerate(place.words) if n not in held]
    section = place.entry.section_of[place.unit].name
    whole = marks_of(place.text, section, labelled=False) - {"dose"}
    missed: set[str] = set(whole - marks_of(" ".join(each.text for each in pieces), section, labelled=False))
    if section == "populations" and ":" in " ".join(place.text.split()[: min(held)]):
        missed.add("population")
    missed |= {word for word in left if is_negation(word) or word in _CONDITIONS}
    if missed or (left and place.kind == "row"):
        what = ", ".join(sorted(missed)) or "the rest of a table row"
        yield fault_of("misleading part", claim, f"what it leaves out matters ({what}); {where}")
    elif case.answer.own and left:
        yield fault_of("parted sentence", claim, f"our own answers quote whole units; {where}")


def _of_misconception(case: Case, number: int, place: Sentence) -> Iterator[Fault]:
    claim = case.claims[number]
    if place.number:
        if (place.entry.id, place.unit, 0) not in case.covered:
            yield fault_of("parted sentence", claim, f"a correction without its misconception, in {place.entry.id}")
        return
    missing = set(range(1, place.count)) - _following(case, number, place)
    cut = place.count == 1 and (claim.stretch[1] - claim.stretch[0] < len(place.words) or place.kind == "fragment")
    rejects = any(word in _REJECTIONS for change in claim.changes for word in change.answer)
    if (missing or cut) and not rejects:
        yield fault_of("bare myth", claim, f"the misconception of {place.entry.id} without its whole correction")


def _following(case: Case, number: int, place: Sentence) -> set[int]:
    """Return which sentences of a misconception follow its first one at once."""
    found: set[int] = set()
    for claim in case.claims[number + 1 :]:
        same = {each.number for each in claim.places if (each.entry.id, each.unit) == (place.entry.id, place.unit)}
        if claim.standing != "aside" and (not same or 0 in same):
            break
        found |= same
    return found


def _of_whole(case: Case, claim: Claim) -> Iterator[Fault]:
    """Find what a sentence leans on and is not there, at any of the places it may be."""
    missing: list[tuple[Entry, int]] = []
    for place in claim.places:
        entry = place.entry
        first, last = entry.whole(place.unit, place.unit)
        units = [n for n in range(first, last + 1) if entry.units[n].quotable]
        lacking = [n for n in units if (entry.id, n) not in case.units]
        if not lacking:
            return
        missing.append((entry, lacking[0]))
    for entry, unit in missing[:1]:
        leans = " ".join(entry.words(unit).split())
        yield fault_of("parted sentence", claim, f"it does not stand without “{leans}” of {entry.id}")


def _quoted(words: tuple[str, ...]) -> str:
    return f"“{' '.join(words)}”"
