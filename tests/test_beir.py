"""BEIR folders: read whole or refused with the line at fault, and their documents read as entries."""

import gzip
import json
from pathlib import Path

import pytest
from eval.beir import Document, collection_library, document_entry, read_collection, read_documents, read_qrels
from eval.records import MAX_LINE, DataError, read_records

CORPUS = (
    {"_id": "d1", "title": "Thassic oil and sleep", "text": "Thassic oil was studied in mice. Sleep did not change."},
    {"_id": "d2", "title": "", "text": "Velorin is absorbed with food."},
    {"_id": "d3", "title": "Only a title", "text": " "},
)
QUERIES = (
    {"_id": "q1", "text": "thassic oil sleep"},
    {"_id": "q2", "text": "velorin food"},
    {"_id": "q3", "text": "x"},
)
HEADER = "query-id\tcorpus-id\tscore\n"


def write_folder(folder: Path, *, gzipped: bool = False) -> Path:
    """Write a collection of three documents, of whose three queries the split "dev" judges two."""
    for name, rows in (("corpus", CORPUS), ("queries", QUERIES)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        if gzipped:
            (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels").mkdir()
    (folder / "qrels" / "dev.tsv").write_text(HEADER + "q2\td2\t1\nq1\td1\t2\nq1\td3\t0\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("gzipped", [False, True])
def test_a_folder_is_read_plain_or_gzipped_with_only_the_judged_queries(tmp_path: Path, gzipped: bool) -> None:
    collection = read_collection(write_folder(tmp_path, gzipped=gzipped), "dev")
    assert [document.id for document in collection.documents] == ["d1", "d2", "d3"]
    assert dict(collection.queries) == {"q2": "velorin food", "q1": "thassic oil sleep"}
    assert collection.qrels == {"q2": {"d2": 1}, "q1": {"d1": 2, "d3": 0}}


def test_a_document_without_text_has_its_title_for_it(tmp_path: Path) -> None:
    assert read_documents(write_folder(tmp_path))[2] == Document("d3", "Only a title", "Only a title")


def test_a_missing_split_names_the_splits_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no split 'test'; it has: dev$"):
        read_collection(write_folder(tmp_path), "test")
    with pytest.raises(DataError, match=r"it has: none$"):
        read_qrels(tmp_path / "nowhere", "test")


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("corpus.jsonl", '{"_id": "d4"', r"corpus\.jsonl:4: not JSON"),
        ("corpus.jsonl", "[1]", r"corpus\.jsonl:4: a JSON list, not an object"),
        ("corpus.jsonl", '{"_id": 4, "text": "x"}', r"corpus\.jsonl:4: '_id' is 4; it must be text"),
        ("corpus.jsonl", '{"_id": "d4"}', r"corpus\.jsonl:4: 'text' is None; it must be text"),
        ("corpus.jsonl", '{"_id": "d4", "text": "  "}', r"corpus\.jsonl:4: document 'd4' has no words"),
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}', r"corpus\.jsonl:4: document 'd1' stands twice"),
        ("corpus.jsonl", "[" * 100_000, r"corpus\.jsonl:4: not JSON"),
        ("queries.jsonl", '{"_id": "q1", "text": "x"}', r"queries\.jsonl:4: query 'q1' stands twice"),
        ("queries.jsonl", '{"_id": "q4", "text": ""}', r"queries\.jsonl:4: query 'q4' has no words"),
        ("qrels/dev.tsv", "q1 d1 1", r"dev\.tsv:5: 'q1 d1 1'; it must be a query, a document and a whole number"),
        ("qrels/dev.tsv", "q1\td2\t-1", r"dev\.tsv:5: .*whole number"),
        ("qrels/dev.tsv", "q1\td2\t²", r"dev\.tsv:5: .*whole number"),
        ("qrels/dev.tsv", "q1\td1\t1", r"dev\.tsv:5: query 'q1' judges document 'd1' twice"),
        ("qrels/dev.tsv", "q9\td1\t1", r"judges query 'q9', which queries\.jsonl does not hold"),
        ("qrels/dev.tsv", "q1\td9\t1", r"judges 'd9', which corpus\.jsonl does not hold"),
    ],
)
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, file: str, line: str, fault: str) -> None:
    path = write_folder(tmp_path) / file
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=fault):
        read_collection(tmp_path, "dev")


def test_a_table_without_its_header_is_refused(tmp_path: Path) -> None:
    (write_folder(tmp_path) / "qrels" / "dev.tsv").write_text("q1\td1\t1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"dev\.tsv:1: .*first line must be query-id, corpus-id, score"):
        read_collection(tmp_path, "dev")


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.jsonl", b"\xff\xfe", "not UTF-8 text"),
        ("a.jsonl.gz", b"not gzip", "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 9000, mtime=0)[:40], "cannot be read"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, data: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=rf"a\.jsonl.*{fault}"):
        list(read_records(tmp_path / name))


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b" " * (MAX_LINE + 2)))
    with pytest.raises(DataError, match=r"a\.jsonl\.gz:1: longer than 20,000,000 characters"):
        list(read_records(tmp_path / "a.jsonl.gz"))


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    (write_folder(tmp_path) / "corpus.jsonl").write_text("\n \n", encoding="utf-8")
    with pytest.raises(DataError, match="its corpus has no document"):
        read_documents(tmp_path)


def test_a_document_becomes_an_entry_whose_sentences_can_be_quoted() -> None:
    entry = document_entry(
        Document("d1", " Thassic  oil\nand sleep ", "It was\tstudied in 4 mice.\nSleep did not change.")
    )
    assert entry.title == "Thassic oil and sleep"
    assert [entry.words(number) for number in range(len(entry.units))] == [
        "It was studied in 4 mice.",
        "Sleep did not change.",
    ]
    assert all(unit.quotable for unit in entry.units)
    assert [section.name for section in entry.sections] == ["summary"]


def test_offsets_into_a_document_are_offsets_into_its_entry() -> None:
    text = "First\x00 of\u200b two.\u2028 Second,\r\n on two lines. "
    entry = document_entry(Document("d", "t", text))
    assert len(entry.text) == len(text)
    assert entry.words(1) == "Second,   on two lines."
    assert text[entry.units[1].span.start :].startswith("Second")


def test_a_document_that_is_no_entry_is_named() -> None:
    with pytest.raises(DataError, match=r"document 'd9' cannot be read as an entry"):
        collection_library([Document("d9", "t", "x" * 3_000_000)])


def test_the_public_collections_are_read_whole(shared_data: Path) -> None:
    collection = read_collection(shared_data / "beir" / "scifact", "train")
    assert (len(collection.documents), len(collection.queries)) == (5183, 809)
    assert sum(map(len, collection.qrels.values())) == 919
