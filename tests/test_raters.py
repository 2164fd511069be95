"""Raters: a blind sheet, two filled ones, and what they come to."""

import csv
import io
from pathlib import Path

import pytest
from eval.agreement import Rating, SheetError, cohen_kappa, compare
from eval.foreign import ForeignAnswer
from eval.grounding.judging import Judge, Judgement
from eval.raters import COLUMNS, items_of, key_csv, main, paragraph_of, read_sheet, sheet_csv
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from assistant.library.model import Library

SOMBREL = "Sombrel tablets (an invented sleep medicine) block VLT-2 and so lower velorin uptake."


@pytest.fixture(scope="module")
def judged(library: Library) -> dict[str, list[Judgement]]:
    """Two systems' answers, one of which quotes nothing."""
    judge = Judge(library)
    quoting = [judge.judge(ForeignAnswer(f"a{n}", f"=Question {n}", f"{SOMBREL} [1]")) for n in range(20)]
    silent = judge.judge(ForeignAnswer("s", "Nothing?", "The library does not mention this."))
    return {"system-one": quoting[:10], "system-two": [*quoting[10:], silent]}


def rows_of(text: str) -> list[list[str]]:
    """The cells of a table."""
    return list(csv.reader(io.StringIO(text, newline="")))


def filled(folder: Path, name: str, values: dict[str, str], separator: str = ",", encoding: str = "utf-8-sig") -> Path:
    """A sheet as a rater sends it back."""
    lines = [separator.join(COLUMNS)]
    lines += [separator.join((item, "q", "“a”", "p", value, "é")) for item, value in values.items()]
    path = folder / name
    path.write_bytes("\r\n".join(lines).encode(encoding, "replace"))
    return path


def test_the_sheet_hides_the_system_and_its_order(judged: dict[str, list[Judgement]]) -> None:
    items = items_of(judged, seed=4)
    sheet, key = sheet_csv(items), key_csv(items)
    assert "system-" not in sheet
    assert len(items) == 20
    assert all(item.id.isalpha() for item in items)
    assert [item.system for item in items] != sorted(item.system for item in items)
    assert sorted((row[1], row[2]) for row in rows_of(key)[1:]) == sorted(
        (system, each.answer.id) for system, several in judged.items() for each in several if each.said
    )
    assert items == items_of(judged, seed=4)
    assert [item.id for item in items] != [item.id for item in items_of(judged, seed=5)]


def test_an_item_shows_the_quotation_and_the_paragraph_around_it(judged: dict[str, list[Judgement]]) -> None:
    header, row, *_ = rows_of(sheet_csv(items_of(judged, seed=4)))
    assert tuple(header) == COLUMNS
    assert row[2:] == [f"“{SOMBREL}”", SOMBREL, "", ""]
    assert row[1].startswith("'=Question"), "a spreadsheet would take it for a formula"


def test_the_paragraph_is_the_one_around_the_unit_in_both_forms_of_an_entry(library: Library) -> None:
    flat, markdown = library.entry("quendrite"), library.entry("velorin")
    for entry, words in ((flat, "From there it is lost in sweat."), (markdown, "The effect was small")):
        unit = next(n for n in range(len(entry.units)) if entry.words(n).startswith(words))
        paragraph = paragraph_of(entry, unit)
        assert words in paragraph
        assert "\n" not in paragraph
        assert len(paragraph) > len(entry.words(unit))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_sheet_is_read_as_any_spreadsheet_saves_it(tmp_path: Path, separator: str, encoding: str) -> None:
    path = filled(tmp_path, "a.csv", {"kbm": "No", "fgh": " partly ", "qrs": "YES"}, separator, encoding)
    assert {item: rating.misleads for item, rating in read_sheet(path).items()} == {
        "kbm": "no",
        "fgh": "partly",
        "qrs": "yes",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no single column 'item'"),
        (b"item,misleads\na,no\n", "no single column 'note'"),
        (b"item,item,misleads,note\n", "no single column 'item'"),
        (b"item,misleads,note\n", "has no rows"),
        (b"item,misleads,note\na,maybe,\n", "item 'a': misleads is 'maybe'; write no, partly or yes"),
        (b"item,misleads,note\na,,\nb,no,\nc,,\n", "misleads is empty in 'a', 'c'"),
        (b"item,misleads,note\na,no,\na,yes,\n", "item 'a' stands there twice"),
        (b"item,misleads,note\na,no\n", "row 2 has 2 cells under 3 columns"),
        (b'item,misleads,note\n"a,no,\n', "is no table"),
        (b"\x00\x01\x02", "no single column 'item'"),
    ],
)
def test_a_bad_sheet_is_refused_with_its_place_and_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(SheetError) as refused:
        read_sheet(path)
    assert said in str(refused.value)
    assert "bad.csv" in str(refused.value)


def test_sheets_of_other_items_are_refused() -> None:
    one, two = {"a": Rating("no", ""), "b": Rating("no", "")}, {"a": Rating("no", "")}
    with pytest.raises(SheetError, match="the second sheet lacks 'b'"):
        compare(one, two, seed=1)
    with pytest.raises(SheetError, match="the first sheet lacks 'b'"):
        compare(two, one, seed=1)


def test_kappa_is_the_one_worked_by_hand() -> None:
    # 7 of 10 agree; by chance 0.5 x 0.6 + 0.5 x 0.4 = 0.5; (0.7 - 0.5) / (1 - 0.5) = 0.4.
    pairs = [("no", "no")] * 4 + [("no", "yes")] + [("yes", "yes")] * 3 + [("yes", "no")] * 2
    assert cohen_kappa(pairs) == pytest.approx(0.4)


@given(
    st.lists(st.tuples(st.sampled_from(["no", "partly", "yes"]), st.sampled_from(["no", "partly", "yes"])), min_size=2)
)
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    kappa = cohen_kappa(pairs)
    if kappa is None:
        assert len({value for pair in pairs for value in pair}) == 1
    else:
        ones, others = zip(*pairs, strict=True)
        assert kappa == pytest.approx(cohen_kappa_score(ones, others), abs=1e-12)


def test_what_two_raters_come_to() -> None:
    values = ["no"] * 8 + ["yes", "partly"]
    one = {f"i{n}": Rating(value, "") for n, value in enumerate(values)}  # type: ignore[arg-type]
    two = one | {"i7": Rating("partly", "drops the mice"), "i8": Rating("no", "")}
    found = compare(one, two, seed=1)
    assert (found.agreed, found.preserved) == (8, 7)
    assert [item for item, _, _ in found.disagreements] == ["i7", "i8"]
    assert found.kappa is not None
    assert found.kappa_interval is not None
    low, high = found.kappa_interval
    assert -1 <= low <= found.kappa <= high <= 1
    assert found == compare(one, two, seed=1)


def test_kappa_is_not_given_where_it_is_not_defined() -> None:
    same = {"a": Rating("no", ""), "b": Rating("no", "")}
    found = compare(same, same, seed=1)
    assert (found.kappa, found.kappa_interval, found.agreed, found.preserved) == (None, None, 2, 2)


def test_the_command_reads_two_sheets_and_names_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = filled(tmp_path, "one.csv", {"a": "no", "b": "yes", "c": "no"})
    two = filled(tmp_path, "two.csv", {"c": "no", "b": "no", "a": "no"}, ";")
    assert main(["read", str(one), str(two)]) == 0
    printed = capsys.readouterr().out
    assert "2 of 3" in printed
    assert "they differ on b: yes and no" in printed
    assert main(["read", str(one), str(tmp_path / "absent.csv")]) == 2
    assert "absent.csv cannot be read" in capsys.readouterr().err


def test_the_command_writes_a_sheet_and_its_key(corpus: Path, tmp_path: Path) -> None:
    answers = tmp_path / "theirs.jsonl"
    answers.write_text(f'{{"id": "1", "question": "q", "answer": "{SOMBREL}"}}\n', "utf-8")
    out = tmp_path / "sheet.csv"
    assert main(["sheet", str(out), str(answers), "--corpus", str(corpus)]) == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "theirs" not in out.read_text("utf-8-sig")
    assert "theirs" in (tmp_path / "sheet.key.csv").read_text("utf-8-sig")
    out.write_bytes(out.read_bytes().replace(b",,\r\n", b",no,\r\n"))
    assert [rating.misleads for rating in read_sheet(out).values()] == ["no"]
