"""The reviewed inventory: written, read back, lapsed with the words, and whatever is odd in it reported."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import write_corpus

from assistant.cli import main
from assistant.errors import LibraryError
from assistant.index.inventory import Held
from assistant.index.review import (
    COLUMNS,
    NAME,
    Row,
    check_rows,
    digest_of,
    inventory_rows,
    read_rows,
    reviewed_units,
    write_rows,
)
from assistant.library.model import Library

HEAD = ",".join(COLUMNS)


def written(folder: Path, *lines: str) -> Path:
    """A folder with an inventory of these lines."""
    (folder / NAME).write_text("\n".join((HEAD, *lines)) + "\n", "utf-8")
    return folder


def one_reviewed(library: Library, number: int = 0) -> list[Row]:
    """The inventory with one row reviewed."""
    rows = inventory_rows(library)
    rows[number] = replace(rows[number], held=Held(("figure",), ("zinc",), "2026-11-23 AB"))
    return rows


class TestReadingAndWriting:
    def test_what_is_written_reads_back(self, library: Library, tmp_path: Path) -> None:
        rows = one_reviewed(library)
        write_rows(tmp_path, rows)
        assert [replace(row, line=0) for row in read_rows(tmp_path)] == [
            replace(row, words=" ".join(row.words.split())) for row in rows
        ]

    def test_a_corpus_without_one_has_no_rows(self, tmp_path: Path) -> None:
        assert read_rows(tmp_path) == []

    def test_a_reviewed_row_is_kept_when_it_is_written_again(self, library: Library) -> None:
        rows = inventory_rows(library, one_reviewed(library))
        assert rows[0].held == Held(("figure",), ("zinc",), "2026-11-23 AB")
        assert not any(row.held.reviewed for row in rows[1:])

    def test_a_lapsed_review_is_kept_at_the_end_for_its_editor(self, library: Library) -> None:
        lapsed = replace(one_reviewed(library)[0], digest="0" * 12)
        rows = inventory_rows(library, [lapsed])
        assert (rows[-1].digest, rows[-1].unit) == ("0" * 12, "-")
        assert len(rows) == len(inventory_rows(library)) + 1

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            (b"", "the first line must be entry,section"),
            (b"entry,unit\n", "the first line must be entry,section"),
            (b"\xff\xfe", "is not UTF-8 text"),
            (f"{HEAD}\na,b,c\n".encode(), ":2: 3 cells under 8 columns"),
            (f"{HEAD}\n,s,1,{'a' * 12},,,,w\n".encode(), ":2: a row needs an entry and a digest"),
            (f"{HEAD}\ne,s,1,zzz,,,,w\n".encode(), ":2: a row needs an entry and a digest"),
            (f'{HEAD}\n"open\n'.encode(), "is not a comma-separated table"),
            (f"{HEAD}\n{'x' * 200_000}\n".encode(), "is not a comma-separated table"),
        ],
    )
    def test_a_broken_file_is_an_error_that_says_where(self, content: bytes, fault: str, tmp_path: Path) -> None:
        (tmp_path / NAME).write_bytes(content)
        with pytest.raises(LibraryError) as error:
            read_rows(tmp_path)
        assert fault in str(error.value)


class TestWhatCounts:
    def test_only_rows_that_say_who_reviewed_them(self, library: Library) -> None:
        units = reviewed_units(library, one_reviewed(library))
        assert list(units.values()) == [Held(("figure",), ("zinc",), "2026-11-23 AB")]

    def test_a_row_lapses_when_the_words_change(self, library: Library) -> None:
        rows = [replace(one_reviewed(library)[0], digest=digest_of("other words"))]
        assert reviewed_units(library, rows) == {}

    def test_an_unknown_kind_is_refused(self, library: Library) -> None:
        rows = [replace(one_reviewed(library)[0], held=Held(("nonsense",), (), "AB"))]
        with pytest.raises(LibraryError, match="no kind 'nonsense'"):
            reviewed_units(library, rows)


class TestChecking:
    def test_units_nobody_has_reviewed_are_warned_of(self, library: Library) -> None:
        rows = one_reviewed(library)
        findings = check_rows(library, rows)
        assert {finding.level for finding in findings} == {"warning"}
        assert len(findings) == len(rows) - 1

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"digest": "0" * 12}, "lapsed"),
            ({"entry": "gone"}, "lapsed"),
            ({"held": Held(("nonsense",), (), "AB")}, "unknown-kind"),
        ],
    )
    def test_what_is_wrong_is_an_error(self, change: dict[str, object], code: str, library: Library) -> None:
        row = replace(one_reviewed(library)[0], **change)  # type: ignore[arg-type]
        assert [each.code for each in check_rows(library, [row]) if each.level == "error"] == [code]

    def test_two_rows_that_differ_about_the_same_words_are_an_error(self, library: Library) -> None:
        first = one_reviewed(library)[0]
        second = replace(first, line=9, held=Held(("tests",), (), "CD"))
        assert "doubled" in [each.code for each in check_rows(library, [first, second])]

    def test_a_unit_without_a_row_is_told_of(self, library: Library) -> None:
        assert {each.code for each in check_rows(library, [])} == {"no-row"}


class TestTheCommand:
    def test_it_writes_checks_and_builds_with_what_was_reviewed(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        corpus = write_corpus(tmp_path / "corpus")
        assert main(["inventory", "--write", "--corpus", str(corpus)]) == 0
        with (corpus / NAME).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["entry"] for row in rows} == {"magnesium-stress", "velorin", "thassic-oil", "quendrite"}
        assert main(["inventory", "--check", "--corpus", str(corpus)]) == 0
        assert f"0 errors, {len(rows)} units not reviewed" in capsys.readouterr().out

        written(corpus, f"velorin,dose,1,{'0' * 12},figure,,AB,words")
        assert main(["inventory", "--check", "--corpus", str(corpus)]) == 1
        assert "its words have changed" in capsys.readouterr().out

    def test_it_shows_one_entry_and_lists_the_kinds(self, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["inventory", "--entry", "velorin", "--corpus", str(corpus)]) == 0
        shown = capsys.readouterr().out
        assert "velorin" in shown
        assert "quendrite 1 " not in shown
        assert main(["inventory", "--kinds", "--corpus", str(corpus)]) == 0
        assert "upper_limit: Gives the value" in capsys.readouterr().out

    def test_an_entry_that_is_not_there_is_said_so(self, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["inventory", "--entry", "nothing", "--corpus", str(corpus)]) == 2
        assert "no entry 'nothing'" in capsys.readouterr().err
