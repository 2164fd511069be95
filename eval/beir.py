"""BEIR: a retrieval data set in the BEIR layout, and its documents as entries of a library.

A folder holds `corpus.jsonl`, `queries.jsonl` (each plain or gzipped) and `qrels/SPLIT.tsv`. A document is read as the
flat export of an entry is, so that the shipped index and search run over it unchanged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import LibraryError
from assistant.library.model import Entry, Library
from assistant.library.parse import Stated, parse_entry
from eval.records import DataError, plain_or_gzipped, read_lines, read_records

Qrels = Mapping[str, Mapping[str, int]]
"""The judged documents of each query with their grade: 0 not relevant, above 0 relevant, the higher the more."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a collection. The title may be empty, the text not."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection with the queries and judgments of one split."""

    documents: tuple[Document, ...]
    queries: Mapping[str, str]
    """The text of each query of the split that has a judgment, by id, in the judgments' order."""
    qrels: Qrels


def read_documents(folder: Path) -> tuple[Document, ...]:
    """Read the documents of a BEIR folder, in order; one without text has its title for it.

    Raises:
        DataError: the file is missing or broken, an id stands twice, or a document has no words at all.
    """
    found: dict[str, Document] = {}
    for record in read_records(plain_or_gzipped(folder, "corpus.jsonl")):
        name, title, text = record.text("_id"), record.text("title", ""), record.text("text")
        if name in found:
            raise DataError(f"{record.place}: document {name!r} stands twice; remove one")
        if not (title.strip() or text.strip()):
            raise DataError(f"{record.place}: document {name!r} has no words; remove it")
        found[name] = Document(name, title, text if text.strip() else title)
    if not found:
        raise DataError(f"{folder}: its corpus has no document; is it the right folder?")
    return tuple(found.values())


def read_queries(folder: Path) -> dict[str, str]:
    """Read the queries of a BEIR folder by id, in order.

    Raises:
        DataError: the file is missing or broken, an id stands twice, or a query has no words.
    """
    found: dict[str, str] = {}
    for record in read_records(plain_or_gzipped(folder, "queries.jsonl")):
        name, text = record.text("_id"), record.text("text")
        if name in found:
            raise DataError(f"{record.place}: query {name!r} stands twice; remove one")
        if not text.strip():
            raise DataError(f"{record.place}: query {name!r} has no words; remove it")
        found[name] = text
    return found


def read_qrels(folder: Path, split: str) -> dict[str, dict[str, int]]:
    """Read the judgments of one split.

    Raises:
        DataError: there is no such split, its first line is not the header, a line has not a query, a document and a
            whole number from 0 in three columns, or it judges a pair twice.
    """
    splits = sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))
    if split not in splits:
        known = ", ".join(splits) or "none"
        raise DataError(f"{folder / 'qrels'} has no split {split!r}; it has: {known}")
    found: dict[str, dict[str, int]] = {}
    lines = read_lines(folder / "qrels" / f"{split}.tsv")
    place, header = next(lines, (f"{folder / 'qrels' / split}.tsv:1", ""))
    if header.split("\t") != ["query-id", "corpus-id", "score"]:
        raise DataError(f"{place}: {header!r:.60}; the first line must be query-id, corpus-id, score, parted by tabs")
    for place, line in lines:
        cells = line.split("\t")
        if len(cells) != 3 or not (cells[2].isascii() and cells[2].isdecimal() and len(cells[2]) <= 6):
            raise DataError(f"{place}: {line!r:.80}; it must be a query, a document and a whole number, parted by tabs")
        if cells[1] in found.setdefault(cells[0], {}):
            raise DataError(f"{place}: query {cells[0]!r} judges document {cells[1]!r} twice; remove one")
        found[cells[0]][cells[1]] = int(cells[2])
    return found


def read_collection(folder: Path, split: str) -> Collection:
    """Read a BEIR folder with the judgments of one split.

    Raises:
        DataError: as `read_documents`, `read_queries` and `read_qrels`; or a judgment names a query or document that
            is not there.
    """
    qrels = read_qrels(folder, split)
    documents, queries = read_documents(folder), read_queries(folder)
    known = {document.id for document in documents}
    for query, judged in qrels.items():
        if query not in queries:
            raise DataError(f"{folder}: split {split!r} judges query {query!r}, which queries.jsonl does not hold")
        if strangers := sorted(judged.keys() - known):
            raise DataError(f"{folder}: split {split!r} judges {strangers[0]!r}, which corpus.jsonl does not hold")
    return Collection(documents, {query: queries[query] for query in qrels}, qrels)


def document_entry(document: Document) -> Entry:
    """Read a document as an entry of a library: its title, and its text as the sentences of a summary.

    White space and control characters become spaces one for one, so that an offset into a document's text is one into
    the entry's, but where the text is not in NFC.

    Raises:
        DataError: the text cannot be read as an entry.
    """
    text = "".join(character if character.isprintable() else " " for character in document.text)
    # The section is stated: an abstract has none of the publisher's, and an inferred one would put words into it.
    stated = Stated(
        id=document.id, file=f"{document.id}.txt", title=" ".join(document.title.split()), sections=((1, "summary"),)
    )
    try:
        return parse_entry(text.encode("utf-8", "replace"), stated)
    except LibraryError as error:
        raise DataError(f"document {document.id!r} cannot be read as an entry ({error})") from None


def collection_library(documents: Iterable[Document]) -> Library:
    """Make a library of documents, one entry each, in order.

    Raises:
        DataError: a document cannot be read as an entry.
    """
    return Library(tuple(document_entry(document) for document in documents))
