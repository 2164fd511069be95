"""Citing: which entries an answer's citations mean, and which of its sentences they are set on.

A citation is set on the words it states a range of, or on those before its mark as far back as the mark before, within
a passage; one that is set on nothing in particular stands for the whole answer.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit

from assistant.library.model import Entry, Library
from eval.foreign import Citation, ForeignAnswer
from eval.grounding.claims import Claim
from eval.grounding.layout import Layout
from eval.grounding.words import words_in

_PMID = re.compile(
    r"\bPMIDs?:?\s?(\d{4,8})\b|pubmed\.ncbi\.nlm\.nih\.gov/(\d{4,8})\b|ncbi\.nlm\.nih\.gov/pubmed/(\d{4,8})\b"
)
_READER = re.compile(r"/library/([^/?#]+)$")
"""The address of our own reader page."""


@dataclass(frozen=True, slots=True)
class Use:
    """One citation as an answer uses it."""

    citation: Citation
    shown: str
    """The citation as a person would name it."""
    entries: tuple[str, ...]
    """Ids of the entries it means; empty when it does not resolve."""
    claims: tuple[int, ...]
    """Numbers of the sentences it is set on."""


class Catalogue:
    """The names by which entries can be cited: id, title, address, or a PubMed number that the entry gives."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._urls: dict[str, str] = {_address(entry.url): entry.id for entry in library.entries if entry.url}
        self._titles = {_words(entry.title): entry.id for entry in library.entries if entry.title}
        self._studies: dict[str, list[str]] = {}
        for entry in library.entries:
            for number in dict.fromkeys(_pmids(entry.text)):
                self._studies.setdefault(number, []).append(entry.id)

    def entries(self, citation: Citation) -> tuple[str, ...]:
        """Return the ids of the entries a citation means, by its entry, else its address, else its title."""
        for name in (citation.entry, citation.url, citation.title):
            found = self._named(name.strip()) if name else ()
            if found:
                return found
        return ()

    def _named(self, name: str) -> tuple[str, ...]:
        if name in self.library.by_id:
            return (name,)
        reader = _READER.search(urlsplit(name).path) if "/" in name else None
        for found in (
            self._urls.get(_address(name)),
            unquote(reader[1]) if reader and unquote(reader[1]) in self.library.by_id else None,
            self._titles.get(_words(name)),
        ):
            if found:
                return (found,)
        return tuple(dict.fromkeys(entry for number in _pmids(name) for entry in self._studies.get(number, ())))

    def named_in(self, text: str) -> Entry | None:
        """Return the entry whose title a text holds, the longest title first."""
        words = f" {' '.join(_words(text))} "
        for title in sorted(self._titles, key=lambda title: (-len(title), title)):
            if f" {' '.join(title)} " in words:
                return self.library.by_id[self._titles[title]]
        return None


def uses_in(answer: ForeignAnswer, layout: Layout, claims: Sequence[Claim], catalogue: Catalogue) -> list[Use]:
    """Return the citations of an answer in order, each with its entries and the sentences it is set on.

    Args:
        answer: where it has no citations of its own, those written in its text are taken: links, and sources named
            under a quotation or listed at the end.
        layout: of its text.
        claims: its sentences.
        catalogue: of the library.
    """
    citations = list(answer.citations) or _written(layout, catalogue)
    said = [number for number, claim in enumerate(claims) if claim.standing != "aside"]
    used = sorted(layout.words[number].start for claim in claims for number in claim.numbers)
    marks = [
        mark
        for mark in layout.marks
        if bisect_left(used, mark.start) == bisect_left(used, mark.end)
        and (mark.bracketed or all(0 < n <= len(citations) for n in mark.numbers))
    ]
    spots = sorted({mark.start for mark in marks} | {c.start for c in citations if c.start is not None})
    reach = _Reach(layout, claims, said, spots)
    scopes: list[set[int]] = [set() for _ in citations]
    placed = [citation.start is not None for citation in citations]
    for scope, citation in zip(scopes, citations, strict=True):
        if citation.start is not None and citation.end is not None:
            over = {n for n in said if claims[n].start < citation.end and citation.start < claims[n].end}
            scope |= over or reach.back_from(citation.start)
    unknown: list[Use] = []
    for mark in marks:
        for number in mark.numbers:
            if not 0 < number <= len(citations):
                shown = f"the mark {layout.text[mark.start : mark.end]}"
                unknown.append(Use(Citation(), shown, (), tuple(sorted(reach.back_from(mark.start)))))
            elif citations[number - 1].start is None:
                placed[number - 1] = True
                scopes[number - 1] |= reach.back_from(mark.start)
    uses: list[Use] = []
    for citation, scope, fixed in zip(citations, scopes, placed, strict=True):
        found = scope if fixed else (_holding(citation, claims, said) or set(said))
        uses.append(Use(citation, shown_as(citation), catalogue.entries(citation), tuple(sorted(found))))
    return uses + unknown


def shown_as(citation: Citation) -> str:
    """Return a citation as a person would name it, at most 120 characters."""
    name = citation.entry or citation.title or citation.url or citation.cited_text or "a citation that names nothing"
    return name if len(name) <= 120 else f"{name[:117]}..."


@dataclass(frozen=True)
class _Reach:
    """How far back the marks of an answer reach."""

    layout: Layout
    claims: Sequence[Claim]
    said: Sequence[int]
    spots: Sequence[int]

    @cached_property
    def passages(self) -> dict[int, list[int]]:
        """The sentences of each passage, in order."""
        found: dict[int, list[int]] = {}
        for number in self.said:
            found.setdefault(self.claims[number].passage, []).append(number)
        return found

    def back_from(self, spot: int) -> set[int]:
        """Return the sentences a mark is set on: those of its passage since the mark before, else those after it."""
        inside = self.passages.get(self.layout.block_at(spot).passage, [])
        before = inside[: bisect_left(inside, spot, key=lambda n: self.claims[n].start)]
        if not before:
            return set(inside)
        # The mark before is the last one that stands before the last sentence: one beside this is set on the same.
        last = self.claims[before[-1]].start
        earlier = bisect_right(self.spots, last) - 1
        since = self.spots[earlier] if earlier >= 0 else -1
        return self._with_its_own({n for n in before if self.claims[n].start >= since} or {before[-1]})

    def _with_its_own(self, found: set[int]) -> set[int]:
        """Add the sentences just before that belong to the same unit over a blank line, a claim and its correction."""
        first = min(found)
        units = {(place.entry.id, place.unit) for place in self.claims[first].places}
        for number in reversed([n for n in self.said if n < first]):
            if not units & {(place.entry.id, place.unit) for place in self.claims[number].places}:
                break
            found.add(number)
        return found


def _written(layout: Layout, catalogue: Catalogue) -> list[Citation]:
    """Return the citations that stand in the text itself."""
    found: list[Citation] = []
    taken: list[tuple[int, int]] = []
    for block in layout.blocks:
        if block.kind not in ("source", "listed"):
            continue
        text = layout.text[block.start : block.end]
        link = next((each for each in layout.links if block.start <= each.start < block.end), None)
        entry = catalogue.named_in(text)
        studies = _pmids(text)
        if link is None and entry is None and not studies:
            continue
        taken.append((block.start, block.end))
        start, end = (block.start, block.start) if block.kind == "source" else (None, None)
        title = entry.title if entry else (f"PMID {studies[0]}" if studies else "")
        found.append(Citation(url=link.url if link else "", title=title, start=start, end=end))
    for link in layout.links:
        if not any(start <= link.start < end for start, end in taken):
            found.append(Citation(url=link.url, title=link.label, start=link.start, end=link.end))
    return found


def _holding(citation: Citation, claims: Sequence[Claim], said: Iterable[int]) -> set[int]:
    """Return the sentences that a citation's own cited words hold, or that hold them."""
    words = f" {' '.join(_words(citation.cited_text))} "
    if not words.strip():
        return set()
    found = set()
    for number in said:
        own = f" {' '.join(_words(claims[number].text))} "
        if own in words or words in own:
            found.add(number)
    return found


def _address(url: str) -> str:
    """Return an address as it is compared: without scheme, www, query, fragment and the last slash."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        return f"{(parts.netloc or '').lower().removeprefix('www.')}{unquote(parts.path).rstrip('/').lower()}"
    except ValueError:
        return url


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.text for word in words_in(text))


def _pmids(text: str) -> list[str]:
    return [next(group for group in match.groups() if group) for match in _PMID.finditer(text)]
