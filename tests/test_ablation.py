"""The ablation table: every way of ranking over a real little collection, and a table in its place on the page."""

import json
from pathlib import Path

import pytest
from eval.ablation import END, START, WAYS, Column, main, table_of
from eval.marked import put_between
from eval.records import DataError


def test_the_table_goes_between_its_marks_and_nowhere_else() -> None:
    page = f"before\n{START}\nold\n{END}\nafter\n"
    made = put_between(page, "new", START, END)
    assert made == f"before\n{START}\n\nnew\n\n{END}\nafter\n"
    assert put_between(made, "new", START, END) == made


@pytest.mark.parametrize("page", ["", START, END, f"{END}\n{START}"])
def test_a_page_without_both_marks_is_refused(page: str) -> None:
    with pytest.raises(DataError, match="put them where the tables belong"):
        put_between(page, "new", START, END)


def test_a_row_is_a_mean_with_its_difference_to_the_shipped_one() -> None:
    values = {way: [0.5, 1.0] for way in WAYS} | {"BM25 alone": [0.25, 0.75]}
    lines = table_of([Column("set", ("q1", "q2"), values)]).splitlines()
    assert lines[0] == "| nDCG@10 | set, n 2 | against shipped |"
    assert next(line for line in lines if "BM25 alone" in line).split("|")[2:4] == [
        " 0.500 (0.250 to 0.750) ",
        " -0.250 (-0.250 to -0.250) ",
    ]
    assert next(line for line in lines if line.startswith("| shipped")).endswith("|  |")


def test_every_way_ranks_a_real_collection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    texts = {"zinc": "Zinc is found in meat.", "iron": "Iron is found in beans.", "oil": "Fish oil is a fat."}
    lines = [json.dumps({"_id": name, "title": "", "text": text}) for name, text in texts.items()]
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "zinc in meat"}) + "\n")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\tzinc\t1\n")
    page = tmp_path / "page.md"
    page.write_text(f"{START}\n{END}\n")
    assert main([f"{folder}:dev", "--cache", str(tmp_path / "cache"), "--write", str(page)]) == 0
    table = capsys.readouterr().out.strip()
    assert table in page.read_text()
    assert all(f"| {way} | 1.000" in table for way in WAYS)
    assert main([f"{folder}:test", "--cache", str(tmp_path / "cache")]) == 2
    assert "has no split 'test'" in capsys.readouterr().err
