"""Sources: the studies a passage names, with the PubMed number the entry itself gives for them.

A bare "Wienecke 2016" is linked to the number that stands beside the same name and year elsewhere in the entry, outside
the quotation marks. A number that the entry does not give is never supplied.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.library.model import Entry
from assistant.library.segment import split_row

_NAME = r"[A-Z][\w'’-]{1,40}(?:(?:,| and| &| et al\.?,?)(?: [A-Z][\w'’-]{1,40})?){0,6}"
_PMID = re.compile(r"PMIDs?:?\s?(\d{4,8}(?!\d)(?:(?:,|;| and| &)\s?(?!(?:19|20)\d\d\b)\d{4,8}(?!\d))*)")
_STUDY = re.compile(rf"(?<![\w'’-])({_NAME}),? \(?((?:19|20)\d\d[a-z]?)\b")
_BETWEEN = re.compile(
    r"\)?[,:]?(?:\s[A-Z][^\s()]*(?:\s(?:of|and|the|in|for|on|&|[A-Z0-9(][^\s]*)){0,8})?[,;]?\s?[(\[]?\s?"
)
"""What may stand between a study and its own number: brackets and the name of a journal."""
_NO_SURNAMES = frozenset(
    """
    In Since By From Until Till Before After During Between Around Circa About Of On At To For The This That These
    Those Another Its Their Our Early Late Mid Year Years Spring Summer Autumn Winter January February March April May
    June July August September October November December However Later Earlier Moreover Then Thus Also Still Yet But
    And Recently Similarly Finally Conversely
    """.split()  # noqa: SIM905 - reads as words
)


@dataclass(frozen=True, slots=True)
class Source:
    """A study or document named in a passage. `pmid` and `url` are None when the entry does not give the number."""

    label: str
    pmid: str | None
    url: str | None


def pubmed_url(pmid: str) -> str:
    """Return the address of a PubMed record."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"


def numbers_by_study(text: str) -> dict[tuple[str, str], str]:
    """Map (first surname, year) to the PubMed number that directly follows it somewhere in a text.

    A name and year that two different numbers follow is left out: which one is meant cannot be known.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for match in _PMID.finditer(text):
        before = list(_STUDY.finditer(text, max(0, match.start() - 160), match.start()))
        if before and _BETWEEN.fullmatch(text, before[-1].end(), match.start()):
            key = (_surname(before[-1].group(1)), before[-1].group(2))
            found.setdefault(key, set()).update(re.findall(r"\d+", match.group(1)))
    return {key: numbers.pop() for key, numbers in found.items() if key[0] and len(numbers) == 1}


_numbers_in = lru_cache(maxsize=256)(numbers_by_study)
"""The same, worked out once an entry: every question asks for the sources of many of its units."""


def sources_of(entry: Entry, first: int, last: int) -> list[Source]:
    """List the sources named in units `first` to `last`, in order, each once."""
    known = _numbers_in(entry.text)
    words = entry.words(first, last)
    found: dict[str, Source] = {}
    used: set[str] = set()
    for match in _STUDY.finditer(words):
        surname, year = _surname(match.group(1)), match.group(2)
        if not surname:
            continue
        pmid = known.get((surname, year))
        label = f"{surname} {year}"
        found.setdefault(label, Source(label, pmid, pubmed_url(pmid) if pmid else None))
        used |= {pmid} if pmid else set()
    for match in _PMID.finditer(words):
        for pmid in re.findall(r"\d+", match.group(1)):
            if pmid not in used:
                used.add(pmid)
                found.setdefault(f"PMID {pmid}", Source(f"PMID {pmid}", pmid, pubmed_url(pmid)))
    for number in range(first, last + 1):
        unit = entry.units[number]
        if unit.kind == "row" and unit.lead is not None:
            columns = [cell.lower() for cell in split_row(entry.words(unit.lead).split("\n")[0])]
            cells = split_row(entry.words(number))
            for column, cell in zip(columns, cells, strict=False):
                named = _PMID.search(cell) or _STUDY.search(cell)
                if column.rstrip("s") in ("citation", "source", "reference") and cell and not named:
                    found.setdefault(cell, Source(cell, None, None))
    return list(found.values())


def _surname(name: str) -> str:
    """Return the first surname of "Mah, Pitre and Jones", "Mah et al.", or "Later, Mah"; "" where there is none."""
    authors = [part.strip(" ,.") for part in re.split(r", | and | & | et al", name)]
    if not re.search(r" and | & | et al", name):
        authors = authors[-1:]
    return next((author for author in authors if author and author not in _NO_SURNAMES), "")
