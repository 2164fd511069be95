"""Corrections: what a person states wins, is kept, and is never passed over."""

import csv
import hashlib
from pathlib import Path

import pytest

from assistant.errors import LibraryError, ManifestError
from assistant.library.approve import Stating, approve_files
from assistant.library.check import check_corpus
from assistant.library.corrections import MarkCorrection, read_marks, read_sections
from assistant.library.manifest import Row, load_library, read_manifest, write_manifest
from assistant.library.parse import Stated, parse_entry

TEXT = "# Title\n\n## Summary\n\nIt is blue. It tastes of salt.\n\n## Safety\n\nIt can cause nausea.\n"
"""Line 5 holds two units, line 9 one."""


def corpus_with(folder: Path, marks: str) -> Path:
    """A corpus of one entry whose row corrects these marks."""
    (folder / "a.md").write_text(TEXT, "utf-8")
    stated = Stated("a", "a.md", subjects=("salt",), marks=read_marks(marks, "manifest.csv:2"))
    write_manifest(folder, [Row(stated, hashlib.sha256(TEXT.encode()).hexdigest())])
    return folder


def test_a_correction_gives_and_takes_marks() -> None:
    stated = Stated("a", "a.md", marks=read_marks("5.2:+limiter +dose|9:-caution", "here"))
    entry = parse_entry(TEXT.encode(), stated)
    marks = {entry.words(n): unit.marks for n, unit in enumerate(entry.units) if unit.quotable}
    assert {"limiter", "dose"} <= marks["It tastes of salt."]
    assert not {"limiter", "dose"} & marks["It is blue."]
    assert "caution" not in marks["It can cause nausea."]


def test_a_corrected_mark_is_linked_as_any_other() -> None:
    text = TEXT.replace(
        "It is blue. It tastes of salt.", "It fed two. The amount is one that was never settled by anyone."
    )
    for cell, expected in (("", 0), ("5.1:+dose|5.2:+limiter", 1)):
        entry = parse_entry(text.encode(), Stated("a", "a.md", marks=read_marks(cell, "here")))
        (unit,) = [unit for n, unit in enumerate(entry.units) if entry.words(n) == "It fed two."]
        assert len(unit.limited_by) == expected


@pytest.mark.parametrize("place", ["5.3", "6", "3", "7", "999999"])
def test_a_correction_that_fits_nothing_is_refused_with_its_place(place: str) -> None:
    stated = Stated("a", "a.md", marks=read_marks(f"{place}:+dose", "here"))
    with pytest.raises(LibraryError, match=rf"unit {place if '.' in place else place + '.1'}, but those"):
        parse_entry(TEXT.encode(), stated)


@pytest.mark.parametrize(
    "cell",
    [
        "5:dose",
        "5",
        ":+dose",
        "5.1:+colour",
        "5.1:",
        "-1:+dose",
        "5.1:+dose -dose",
        "5.1:+dose|5.1:+caution",
        "||",
        "5.1:+",
    ],
)
def test_a_cell_that_is_no_correction_is_refused(cell: str) -> None:
    with pytest.raises(ManifestError, match=r"manifest\.csv:2: marks"):
        read_marks(cell, "manifest.csv:2")


def test_a_section_is_corrected_by_its_line() -> None:
    assert read_sections("4=dose|14=guidelines", "here") == ((4, "dose"), (14, "guidelines"))
    with pytest.raises(ManifestError, match="line=section"):
        read_sections("4=colour", "here")


def test_corrections_are_written_and_read_back_the_same(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path, "9:-caution|5.2:+limiter +dose")
    (row,) = read_manifest(corpus)
    assert row.stated.marks == (
        MarkCorrection(5, 2, frozenset({"limiter", "dose"}), frozenset()),
        MarkCorrection(9, 1, frozenset(), frozenset({"caution"})),
    )
    write_manifest(corpus, [row])
    assert read_manifest(corpus) == [row]
    header = next(csv.reader((corpus / "manifest.csv").read_text("utf-8").splitlines()))
    assert "marks" in header
    assert "sections" not in header


def test_approving_a_file_anew_keeps_its_corrections(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path, "5.2:+limiter")
    before = read_manifest(corpus)[0].stated.marks
    approve_files(corpus, [corpus / "a.md"], Stating(title="Salt"))
    assert read_manifest(corpus)[0].stated.marks == before


def test_a_changed_text_that_a_correction_no_longer_fits_is_not_approved(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path, "5.2:+limiter")
    (corpus / "a.md").write_text(TEXT.replace(" It tastes of salt.", ""), "utf-8")
    with pytest.raises(LibraryError, match=r"corrects the marks of unit 5\.2"):
        approve_files(corpus, [corpus / "a.md"], Stating())


def test_check_tells_of_a_correction_that_fits_nothing_or_changes_nothing(tmp_path: Path) -> None:
    idle = check_corpus(corpus_with(tmp_path, "9:+caution"))
    assert [(one.code, one.line, one.level) for one in idle if one.code == "idle-correction"] == [
        ("idle-correction", 9, "warning")
    ]
    lost = check_corpus(corpus_with(tmp_path, "8:+caution"))
    assert any(one.level == "error" and "corrects the marks of unit 8.1" in one.message for one in lost)


def test_the_library_is_served_with_its_corrections(tmp_path: Path) -> None:
    entry = load_library(corpus_with(tmp_path, "5.1:+caution")).entry("a")
    assert ["caution" in unit.marks for unit in entry.units if unit.quotable] == [True, False, True]
