"""The manifest: only what a person approved is served, and a fault in it is named with its line."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import LibraryError, ManifestError
from assistant.library.manifest import (
    COLUMNS,
    NAME,
    Row,
    load_entry,
    load_library,
    read_file,
    read_manifest,
    replace_file,
    split_list,
    write_manifest,
)
from assistant.library.model import CANONICAL
from assistant.library.parse import MAX_BYTES, Stated

TEXT = b"Velorin is a mineral (PMID 1).\n\nMost studies were small.\n"
SHA = hashlib.sha256(TEXT).hexdigest()
HEADER = ",".join(COLUMNS)
LINE = f"velorin,velorin.txt,{SHA},What is velorin?,,velorin,,2026-04-29,limited,the publisher,approved"
ROW = Row(Stated("velorin", "velorin.txt", "What is velorin?", subjects=("velorin",), provenance="made up"), SHA)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of one approved entry."""
    (tmp_path / "velorin.txt").write_bytes(TEXT)
    (tmp_path / NAME).write_text(f"{HEADER}\n{LINE}\n", encoding="utf-8")
    return tmp_path


def refusal(corpus: Path, content: str | bytes) -> str:
    """What is said of a manifest that is refused."""
    (corpus / NAME).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ManifestError) as caught:
        read_manifest(corpus)
    return str(caught.value)


def test_a_row_states_its_entry(corpus: Path) -> None:
    (row,) = read_manifest(corpus)
    assert row.sha256 == SHA
    assert row.stated == Stated(
        "velorin",
        "velorin.txt",
        "What is velorin?",
        subjects=("velorin",),
        last_reviewed="2026-04-29",
        confidence="limited",
        provenance="the publisher",
    )


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEADER}\n{LINE}\n",
        f"{HEADER}\r\n{LINE}\r\n",
        f"{HEADER}\n\n{LINE}\n , , , , , , , , , , \n",
        f"{HEADER}\n" + ",".join(f'" {cell} "' for cell in LINE.split(",")) + "\n",
        ",".join(reversed(COLUMNS)) + "\n" + ",".join(reversed(LINE.split(","))) + "\n",
    ],
    ids=["byte order mark", "Windows line ends", "blank rows", "spaces", "columns in another order"],
)
def test_what_a_spreadsheet_does_to_a_manifest_changes_nothing(corpus: Path, content: str) -> None:
    before = read_manifest(corpus)
    (corpus / NAME).write_bytes(content.encode())
    assert read_manifest(corpus) == before


def changed(column: str, value: str) -> str:
    """The manifest with one cell changed."""
    cells = dict(zip(COLUMNS, LINE.split(","), strict=True)) | {column: value}
    return f"{HEADER}\n{','.join(cells.values())}\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty; its first line must be id,file,"),
        ("\n", "no column 'id'"),
        (HEADER.replace("sha256,", "") + "\n", ":1: no column 'sha256'"),
        (f"{HEADER},price\n", ":1: column 'price' is unknown or doubled"),
        (f"{HEADER},id\n", ":1: column 'id' is unknown or doubled"),
        (f"{HEADER}\nvelorin,velorin.txt\n", ":2: 2 cells under 11 columns"),
        (f"{HEADER}\n{LINE},more\n", ":2: 12 cells under 11 columns"),
        (f"{HEADER}\n{LINE}\n{LINE.replace('velorin.txt', 'b.txt')}\n", "id 'velorin' stands in more than one row"),
        (f"{HEADER}\n{LINE}\nb{LINE}\n", "file 'velorin.txt' stands in more than one row"),
        (changed("title", '"What'), "not a comma-separated table"),
        (changed("title", '"What" is'), "not a comma-separated table"),
        (changed("status", "Approved"), ":2: status is 'Approved'; it must be approved or withdrawn"),
        (changed("status", ""), ":2: status is ''"),
        (changed("sha256", SHA[:-1]), ":2: sha256 is not 64 hex digits"),
        (changed("sha256", SHA.upper()), ":2: sha256 is not 64 hex digits"),
        (changed("id", "Velorin"), ":2: id is 'Velorin'"),
        (changed("id", "../velorin"), ":2: id is '../velorin'"),
        (changed("id", "v" * 65), ":2: id is 'vvvv"),
        (changed("file", ""), ":2: file is ''"),
        (changed("file", "/etc/passwd"), ":2: file is '/etc/passwd'; it must be a path inside the corpus folder"),
        (changed("file", "a/../../b.txt"), ":2: file is 'a/../../b.txt'"),
        (f"{HEADER},sections\n{LINE},4\n", ":2: sections holds '4'; write line=section"),
        (f"{HEADER},sections\n{LINE},4=doses\n", ":2: sections holds '4=doses'"),
        (f"{HEADER},sections\n{LINE},-4=dose\n", ":2: sections holds '-4=dose'"),
        (f"{HEADER},sections\n{LINE},{'9' * 5000}=dose\n", ":2: sections holds '9999"),
    ],
)
def test_a_malformed_manifest_is_refused_with_its_line(corpus: Path, content: str, said: str) -> None:
    assert said in refusal(corpus, content)


def test_a_manifest_that_is_no_text_or_no_file_is_refused(corpus: Path) -> None:
    assert "is not UTF-8 text" in refusal(corpus, HEADER.encode("utf-16"))
    assert "is not UTF-8 text" in refusal(corpus, changed("title", "caf\u00e9").encode("latin-1"))
    (corpus / NAME).unlink()
    with pytest.raises(ManifestError, match=r"no manifest\.csv in .*assistant add FILE"):
        read_manifest(corpus)
    (corpus / NAME).mkdir()
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(corpus)
    with pytest.raises(ManifestError, match="no corpus folder"):
        read_manifest(corpus / "none")


def test_corrected_sections_are_read(corpus: Path) -> None:
    (corpus / NAME).write_text(f"{HEADER},sections\n{LINE},1=dose| 3 = safety\n", encoding="utf-8")
    assert read_manifest(corpus)[0].stated.sections == ((1, "dose"), (3, "safety"))
    (entry,) = load_library(corpus).entries
    assert [(section.name, section.how) for section in entry.sections] == [
        ("dose", "corrected"),
        ("safety", "corrected"),
    ]


@pytest.mark.parametrize(
    ("cell", "values"), [("", ()), ("A|b | c  d|a", ("a", "b", "c d")), ("||", ()), ("Omega-3", ("omega-3",))]
)
def test_a_list_in_a_cell_is_small_letters_without_doubles(cell: str, values: tuple[str, ...]) -> None:
    assert split_list(cell) == values


# Loading


def test_the_library_holds_what_is_approved_and_knows_what_is_withdrawn(corpus: Path) -> None:
    gone = LINE.replace("velorin,velorin.txt", "old,old.txt").replace("approved", "withdrawn")
    (corpus / NAME).write_text(f"{HEADER}\n{LINE}\n{gone}\n", encoding="utf-8")
    library = load_library(corpus)
    assert [entry.id for entry in library.entries] == ["velorin"]
    assert library.withdrawn == {"old"}
    assert library.entry("velorin").sha256 == SHA
    with pytest.raises(LibraryError, match="no entry 'old' in the library; it has 1, the first are: velorin"):
        library.entry("old")


def test_a_file_beside_the_manifest_is_not_served(corpus: Path) -> None:
    (corpus / "planted.txt").write_bytes(b"Velorin cures all.\n")
    assert [entry.id for entry in load_library(corpus).entries] == ["velorin"]


@pytest.mark.parametrize("data", [TEXT + b" ", TEXT.replace(b"small", b"large"), b"", TEXT.replace(b"\n", b"\r\n")])
def test_a_file_that_is_not_as_approved_is_refused(corpus: Path, data: bytes) -> None:
    (corpus / "velorin.txt").write_bytes(data)
    with pytest.raises(
        ManifestError, match=r"velorin\.txt is not the file that was approved .* restore it, or approve"
    ):
        load_library(corpus)


def test_a_library_without_an_approved_entry_is_refused(corpus: Path) -> None:
    (corpus / NAME).write_text(changed("status", "withdrawn"), encoding="utf-8")
    with pytest.raises(ManifestError, match="approves no entry"):
        load_library(corpus)


@pytest.mark.parametrize(
    ("column", "value"), [("last_reviewed", "29/04/2026"), ("last_reviewed", "2026-02-30"), ("confidence", "high")]
)
def test_a_bad_date_or_confidence_is_refused_when_its_entry_is_read(corpus: Path, column: str, value: str) -> None:
    (corpus / NAME).write_text(changed(column, value), encoding="utf-8")
    with pytest.raises(LibraryError, match=rf"velorin\.txt: {column} is '{value}'"):
        load_library(corpus)


def test_a_missing_file_a_folder_and_a_link_out_are_refused(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = corpus / "velorin.txt"
    file.unlink()
    with pytest.raises(ManifestError, match="no file"):
        load_library(corpus)
    outside = tmp_path_factory.mktemp("outside") / "velorin.txt"
    outside.write_bytes(TEXT)
    file.symlink_to(outside)
    with pytest.raises(ManifestError, match="leads out of"):
        load_library(corpus)
    file.unlink()
    file.symlink_to(file)
    with pytest.raises(ManifestError, match="no file"):
        load_library(corpus)
    file.unlink()
    file.mkdir()
    with pytest.raises(ManifestError, match="no file"):
        load_library(corpus)


def test_a_folder_that_is_a_link_out_is_refused(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "velorin.txt").write_bytes(TEXT)
    (corpus / "sub").symlink_to(outside)
    row = replace(ROW, stated=replace(ROW.stated, file="sub/velorin.txt"))
    with pytest.raises(ManifestError, match="leads out of"):
        load_entry(corpus, row)


def test_a_link_within_the_corpus_is_followed(corpus: Path) -> None:
    (corpus / "link.txt").symlink_to(corpus / "velorin.txt")
    assert read_file(corpus / "link.txt", within=corpus) == TEXT


def test_a_file_too_large_for_an_entry_is_not_read(corpus: Path) -> None:
    with (corpus / "velorin.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(LibraryError, match="2,000,001 bytes; an entry may have 2,000,000"):
        load_library(corpus)


def test_thousands_of_rows_are_read_in_time(corpus: Path) -> None:
    rows = [replace(ROW, stated=replace(ROW.stated, id=f"e{n}", file=f"e{n}.txt")) for n in range(5_000)]
    write_manifest(corpus, rows)
    assert read_manifest(corpus) == rows


# Writing

TITLES = st.text(max_size=30).map(lambda words: " ".join(words.split()))
LISTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="|"), max_size=8), max_size=3
).map(lambda values: split_list("|".join(values)))
STATED = st.builds(
    Stated,
    id=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True),
    file=st.from_regex(r"[a-z0-9 ,\"é]{1,8}(/[a-z0-9]{1,8})?\.(md|txt)", fullmatch=True).filter(
        lambda name: name == name.strip()
    ),
    title=TITLES,
    url=TITLES,
    subjects=LISTS,
    aliases=LISTS,
    last_reviewed=st.sampled_from(["", "2026-04-29"]),
    confidence=st.sampled_from(["", "limited"]),
    provenance=TITLES,
    status=st.sampled_from(["approved", "withdrawn"]),
    sections=st.lists(st.tuples(st.integers(1, 999), st.sampled_from(CANONICAL)), max_size=3).map(tuple),
)
ROWS = st.lists(
    st.builds(Row, STATED, st.binary(min_size=32, max_size=32).map(bytes.hex)),
    max_size=5,
    unique_by=(lambda row: row.stated.id, lambda row: row.stated.file),
)


@given(ROWS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_again(tmp_path: Path, rows: list[Row]) -> None:
    write_manifest(tmp_path, rows)
    assert read_manifest(tmp_path) == rows


@given(st.sampled_from(["title", "url", "provenance", "id", "file", "last_reviewed"]), st.text(max_size=20))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_would_not_be_read_again_is_not_written(tmp_path: Path, field: str, value: str) -> None:
    write_manifest(tmp_path, [ROW])
    rows = [Row(replace(ROW.stated, **{field: value}), SHA)]  # type: ignore[arg-type]
    try:
        write_manifest(tmp_path, rows)
    except ManifestError:
        rows = [ROW]
    assert read_manifest(tmp_path) == rows


def test_letters_that_are_no_unicode_are_not_written(corpus: Path) -> None:
    before = (corpus / NAME).read_bytes()
    with pytest.raises(ManifestError, match="which is no letter"):
        write_manifest(corpus, [replace(ROW, stated=replace(ROW.stated, title="a\udcff"))])
    assert (corpus / NAME).read_bytes() == before


@pytest.mark.parametrize(("first", "second"), [("id", "velorin"), ("file", "velorin.txt")])
def test_a_doubled_row_is_not_written(corpus: Path, first: str, second: str) -> None:
    before = (corpus / NAME).read_bytes()
    other = replace(ROW.stated, id="other", file="other.txt")
    with pytest.raises(ManifestError, match=f"{first} '{second}' stands in more than one row"):
        write_manifest(corpus, [ROW, Row(replace(other, **{first: second}), SHA)])  # type: ignore[arg-type]
    assert (corpus / NAME).read_bytes() == before


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_crash_while_writing_leaves_the_old_manifest(
    corpus: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (corpus / NAME).read_bytes()

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fails)
        with pytest.raises(OSError, match="No space left"):
            write_manifest(corpus, [ROW, Row(replace(ROW.stated, id="b", file="b.txt"), SHA)])
    assert (corpus / NAME).read_bytes() == before
    assert sorted(path.name for path in corpus.iterdir()) == [NAME, "velorin.txt"]
    assert [entry.id for entry in load_library(corpus).entries] == ["velorin"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "CURRENT"
    for data in (b"one", b"a longer two", b""):
        replace_file(path, data)
        assert path.read_bytes() == data
    assert [each.name for each in tmp_path.iterdir()] == ["CURRENT"]


def test_every_section_may_be_named_in_a_correction(corpus: Path) -> None:
    named = replace(ROW, stated=replace(ROW.stated, sections=tuple((n + 1, name) for n, name in enumerate(CANONICAL))))
    write_manifest(corpus, [named])
    assert read_manifest(corpus) == [named]
