"""Sample: the sample library and the texts it was written from, read for comparing: sentences, and what each cites.

A source has one id wherever it is named: a PubMed number, or a book and its chapter. Must not judge what it reads; that
is for `check_sources`.
"""

import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.library.model import Entry
from assistant.library.parse import Stated, parse_entry
from assistant.library.sentences import sentence_spans

SAMPLE = Path(__file__).parents[1] / "corpus" / "sample"
BOOKS = ("Nutrition for Nurses", "Pharmacology for Nurses", "Population Health for Nurses")


@dataclass(frozen=True, slots=True)
class Citation:
    """A group of citations in one place, by source id: a PubMed number, or a book and its chapter."""

    start: int
    end: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or a table row of an entry, with what it cites."""

    file: str
    line: int
    words: str
    is_row: bool
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of `sources.csv`."""

    kind: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What may be cited, by source id, and every text whose wording must not be copied."""

    by_source: Mapping[str, str]
    titles: Mapping[str, str]
    all: Sequence[str]


def read_listed(sample: Path) -> dict[str, Listed]:
    """Return the rows of `sources.csv` by source id, in their order; of a doubled id the last."""
    with (sample / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["source_id"]: Listed(row["kind"], row["title"], row["url"]) for row in csv.DictReader(file)}


def read_entries(sample: Path) -> list[Entry]:
    """Return the sample's entries by file name."""
    files = sorted(sample.glob("*.md"))
    return [parse_entry(file.read_bytes(), Stated(id=file.stem[:60], file=file.name)) for file in files]


def read_texts(data: Path) -> Texts:
    """Read the abstracts and the textbooks.

    Raises:
        FileNotFoundError: one of the two collections is not under `data`.
    """
    texts: dict[str, str] = {}
    titles: dict[str, str] = {}
    everything: list[str] = []
    chapters: dict[str, list[str]] = defaultdict(list)
    for record in _records(data / "beir" / "nfcorpus" / "corpus.jsonl.gz"):
        everything.append(f"{record['title']} {record['text']}")
        if number := re.search(r"(?:pubmed(?:/|\?term=)|/pmid/)(\d{4,8})(?!\d)", record["metadata"]["url"]):
            texts[number[1]] = everything[-1]
            titles[number[1]] = record["title"]
    for record in _records(data / "library" / "openstax_nursing_sections.jsonl.gz"):
        everything.append(record["text"])
        source = f"{record['book']}, {record['title']}"
        chapters[source].append(record["text"])
        titles[source] = record["title"]
    return Texts(texts | {source: " ".join(parts) for source, parts in chapters.items()}, titles, everything)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def sentences_of(entry: Entry, listed: Iterable[str]) -> list[Sentence]:
    """Return an entry's sentences and table rows; `listed` are the source ids by which a chapter's end is known."""
    chapters = sorted((source for source in listed if source.startswith(BOOKS)), key=len, reverse=True)
    cited = re.compile("|".join([r"PMID (\d+)", *map(re.escape, chapters)]))
    found: list[Sentence] = []
    for unit in entry.units:
        if unit.kind in ("metadata", "title", "heading", "head", "boilerplate"):
            continue
        spans = [unit.span] if unit.kind == "row" else sentence_spans(entry.text, unit.span.start, unit.span.end)
        for span in spans:
            words = span.of(entry.text)
            line = entry.text.count("\n", 0, span.start) + 1
            citations = tuple(_groups(words, cited.finditer(words)))
            found.append(Sentence(entry.file, line, words, unit.kind == "row", citations))
    return found


def _groups(words: str, matches: Iterable[re.Match[str]]) -> Iterator[Citation]:
    """Join citations that only brackets and semicolons part."""
    group: Citation | None = None
    for match in matches:
        source = match[1] or match[0]
        if group and not re.search(r"\w", words[group.end : match.start()]):
            group = Citation(group.start, match.end(), (*group.sources, source))
            continue
        if group:
            yield group
        group = Citation(match.start(), match.end(), (source,))
    if group:
        yield group
