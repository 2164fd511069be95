"""Faults of citations, of what our own JSON states beside its words, and of the disclaimer."""

import hashlib
from collections.abc import Iterator

from assistant.answering.notices import load_notices
from eval.foreign import Citation
from eval.grounding.asides import Asides
from eval.grounding.case import SUPPORT, Case, Fault, FaultName, fault_of
from eval.grounding.citing import Use
from eval.grounding.words import words_in


def citation_faults(case: Case) -> Iterator[Fault]:
    """Yield citations that do not resolve, do not support what they are set on, or are missing."""
    for use in case.uses:
        if not use.entries:
            gone = " (it is withdrawn)" if use.citation.entry in case.library.withdrawn else ""
            yield _of_use(case, "unknown citation", use, f"{use.shown} is no entry of this library{gone}")
    swapped: set[int] = set()
    for number, claim in enumerate(case.claims):
        place = case.chosen[number]
        if place is None or number in case.supported or claim.similarity < SUPPORT:
            continue
        covering = [n for n, use in enumerate(case.uses) if number in use.claims]
        if not covering:
            yield fault_of(
                "missing citation", claim, f"it is a sentence of {place.entry.id}, and nothing is cited for it"
            )
        elif case.cited[number]:
            swapped |= set(covering)
            named = ", ".join(sorted(case.cited[number]))
            yield fault_of("swapped citation", claim, f"it stands in {place.entry.id}; cited is {named}")
    for number, use in enumerate(case.uses):
        if not use.entries or number in swapped:
            continue
        words = tuple(word.text for word in words_in(use.citation.cited_text))
        if words and not any(case.shelf.holds(case.library.by_id[entry], words) for entry in use.entries):
            yield _of_use(case, "unsupporting citation", use, f"{use.shown} does not hold the words cited from it")
        elif use.claims and not any(case.stands_in(claim, use.entries) for claim in use.claims):
            yield _of_use(case, "unsupporting citation", use, f"{use.shown} holds none of what it is cited for")


def record_faults(case: Case) -> Iterator[Fault]:
    """Yield what our own JSON states wrongly: hashes, offsets, a misconception's label."""
    for citation in case.answer.citations:
        if citation.stated is not None and citation.start is not None and citation.end is not None:
            yield from _of_record(case, citation, citation.start, citation.end)
    said = case.answer.disclaimer
    if said is not None and said.text and said.sha256.lower() != _digest(said.text):
        yield Fault("wrong hash", said.text, None, None, "the hash is not that of the disclaimer")


def disclaimer_faults(case: Case, asides: Asides) -> Iterator[Fault]:
    """Yield a missing disclaimer. Any that can be recognised will do, in our own JSON only the library's own, whole."""
    found = [claim for claim in case.claims if claim.aside == "disclaimer"]
    words = {tuple(word.text for word in words_in(claim.text)) for claim in found}
    if not found:
        yield Fault("missing disclaimer", "", None, None, "nothing says that this is not personal advice")
    elif case.answer.own and not asides.disclaimers <= words:
        yield fault_of("missing disclaimer", found[0], "it is not the library's own, whole")


def _of_record(case: Case, citation: Citation, start: int, end: int) -> Iterator[Fault]:
    stated, text = citation.stated, case.answer.text[start:end]
    if stated is None:
        return
    shown = " ".join(text.split())
    if stated.sha256.lower() != _digest(text):
        named = f"{stated.sha256[:12]}…" if stated.sha256 else "none"
        yield Fault("wrong hash", shown, start, end, f"the hash stated ({named}) is not that of these words")
    entry = case.library.by_id.get(citation.entry)
    if entry is None:
        return
    there = None not in (stated.start, stated.end) and entry.text[stated.start : stated.end] == text
    if not there and case.shelf.holds(entry, tuple(word.text for word in words_in(text))):
        yield Fault(
            "wrong offsets", shown, start, end, f"{entry.id} has not these words at {stated.start}-{stated.end}"
        )
    inside = [n for n, claim in enumerate(case.claims) if claim.start < end and start < claim.end]
    places = [place for n in inside if (place := case.chosen[n]) is not None]
    myth = any(p.kind == "myth" or p.entry.section_of[p.unit].name == "myths" for p in places)
    label = load_notices("GB").label("misconception")
    if myth and stated.label != label:
        yield Fault("bare myth", shown, start, end, f"the misconception of {entry.id} without its label “{label}”")


def _of_use(case: Case, name: FaultName, use: Use, explanation: str) -> Fault:
    if not use.claims:
        return Fault(name, "", None, None, explanation)
    return fault_of(name, case.claims[use.claims[0]], explanation)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
