"""SciFact: scientific claims with the sentences that experts chose as their rationales, read and parted into halves.

Rows have `qid`, `claim`, `cited_doc_ids` and `evidence`, a list of `doc_id` and `spans` with `start` and `end` in code
points of that abstract; each item of `evidence` is one rationale, complete by itself. A claim without evidence has an
empty list. Figures come from the reporting half; the other is for fitting.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant.errors import LibraryError
from assistant.library.model import Entry, Span
from eval.records import DataError, Record, read_records

Half = Literal["fit", "report"]
Place = tuple[str, int]
"""A unit of a document: the document's id and the unit's number in it."""


@dataclass(frozen=True, slots=True)
class Rationale:
    """Sentences of one abstract that together support or refute a claim."""

    document: str
    spans: tuple[Span, ...]
    """Of each sentence, in the abstract's text as the data set gives it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim."""

    id: str
    text: str
    cited: tuple[str, ...]
    """The abstracts an expert looked at for it, whether or not they hold evidence."""
    rationales: tuple[Rationale, ...]
    """Empty when none of the cited abstracts decides it."""


def read_claims(path: Path) -> list[Claim]:
    """Read claims, in order.

    Raises:
        DataError: the file is missing or broken, holds no claim, or a claim stands twice.
    """
    claims: dict[str, Claim] = {}
    for record in read_records(path):
        claim = Claim(
            record.text("qid"),
            record.text("claim"),
            _texts(record, "cited_doc_ids"),
            tuple(_rationale(item) for item in record.items("evidence")),
        )
        if claim.id in claims:
            raise DataError(f"{record.place}: claim {claim.id!r} stands twice; remove one")
        claims[claim.id] = claim
    if not claims:
        raise DataError(f"{path}: no claim in it; is it the right file?")
    return list(claims.values())


def _rationale(item: Record) -> Rationale:
    spans = []
    for span in item.items("spans"):
        start, end = span.fields.get("start"), span.fields.get("end")
        if not isinstance(start, int) or not isinstance(end, int):
            raise DataError(f"{span.place}: start {start!r} and end {end!r} must be whole numbers")
        try:
            spans.append(Span(start, end))
        except LibraryError as error:
            raise DataError(f"{span.place}: {error}") from None
    if not spans:
        raise DataError(f"{item.place}: a rationale without sentences; remove it")
    return Rationale(item.text("doc_id"), tuple(spans))


def _texts(record: Record, name: str) -> tuple[str, ...]:
    value = record.fields.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(f"{record.place}: {name!r} is {value!r:.60}; it must be a list of texts")
    return tuple(value)


def group_claims(claims: Sequence[Claim]) -> Mapping[str, str]:
    """Group claims that share an abstract, cited or with evidence, directly or over other claims.

    Returns:
        The smallest claim id of its group for each claim, by id. It does not depend on the claims' order.
    """
    parent = {claim.id: claim.id for claim in claims}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first: dict[str, str] = {}
    for claim in claims:
        for document in (*claim.cited, *(rationale.document for rationale in claim.rationales)):
            one, other = sorted((root(first.setdefault(document, claim.id)), root(claim.id)))
            parent[other] = one
    return {claim.id: root(claim.id) for claim in claims}


def part_in_halves(claims: Sequence[Claim]) -> Mapping[str, Half]:
    """Part claims into a half for fitting and one for reporting, so that no abstract lies in both.

    Returns:
        The half of each claim, by id: that of its group, which goes by the sha256 of the group's smallest claim id.
    """
    return {
        name: "fit" if hashlib.sha256(group.encode()).digest()[0] % 2 == 0 else "report"
        for name, group in group_claims(claims).items()
    }


def units_of(entry: Entry, span: Span) -> frozenset[Place]:
    """Return the units of an abstract that a rationale sentence is: those that share half of the shorter one with it.

    Our splitter and the data set's cut sentences alike nearly always; where one joins what the other parts, all the
    parts count.
    """
    found = set()
    for number, unit in enumerate(entry.units):
        shared = min(span.end, unit.span.end) - max(span.start, unit.span.start)
        shorter = min(span.end - span.start, unit.span.end - unit.span.start)
        if shared * 2 >= shorter:
            found.add((entry.id, number))
    return frozenset(found)
