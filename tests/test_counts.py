"""Counts: groups of ten or more, names and no words, kept through a restart."""

import json
import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from assistant.answering.question import Turn
from assistant.answering.reply import Desk, reply_to
from assistant.errors import SettingsError
from assistant.serving.counts import LEAST, OTHER, Counts
from assistant.serving.gaps import count_gap

NAMES = frozenset({"magnesium", "zinc", "iron"})
SINCE = date(2026, 11, 1)


def counted(file: Path | None = None) -> Counts:
    """Counts begun on a day."""
    return Counts(file, SINCE)


def test_nine_are_not_shown_and_ten_are() -> None:
    counts = counted()
    for number in range(1, 31):
        counts.add_gap(["zinc"], "dose")
        shown = counts.gaps(NAMES)
        expected = [{"subject": "zinc", "section": "dose", "at_least": number - number % LEAST}] if number >= 10 else []
        assert shown["groups"] == expected
        assert [row["at_least"] for row in shown["subjects"]] == [row["at_least"] for row in expected]
    assert shown["since"] == "2026-11-01"


def test_small_groups_add_up_to_one_that_is_shown() -> None:
    counts = counted()
    for section in ("dose", "safety", "timing"):
        for _ in range(4):
            counts.add_gap(["zinc"], section)
    shown = counts.gaps(NAMES)
    assert (shown["groups"], shown["sections"]) == ([], [])
    assert shown["subjects"] == [{"subject": "zinc", "at_least": 10}]


def test_what_the_library_no_longer_holds_counts_as_other() -> None:
    counts = counted()
    for name in ("withdrawn one", "withdrawn two"):
        for _ in range(6):
            counts.add_gap([name], "dose")
            counts.add_verdict("wrong", [(name, "dose")])
    assert counts.gaps(NAMES)["groups"] == [{"subject": OTHER, "section": "dose", "at_least": 10}]
    shown = counts.feedback({"e1"})
    assert shown["groups"] == [{"entry": OTHER, "section": "dose", "verdict": "wrong", "at_least": 10}]
    assert shown["verdicts"] == [{"verdict": "wrong", "at_least": 10}]


def test_groups_do_not_pile_up() -> None:
    counts = counted()
    for number in range(5_020):
        counts.add_gap([f"name {number}"], "dose")
    counts.add_gap(["x" * 201], "dose")
    assert counts.gaps({OTHER})["groups"] == [
        {"subject": OTHER, "section": "dose", "at_least": 5_000},
        {"subject": OTHER, "section": OTHER, "at_least": 20},
    ]


def test_a_restart_forgets_nothing_where_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    counts = counted(file)
    for _ in range(12):
        counts.add_gap(["zinc", "iron"], "dose")
        counts.add_verdict("helpful", [("e1", "dose"), ("e1", "dose"), ("e2", "safety")])
    counts.save()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600  # its small numbers are for its owner alone
    assert [path.name for path in tmp_path.iterdir()] == ["counts.json"]
    again = Counts(file, date(2027, 1, 1))
    assert again.gaps(NAMES) == counts.gaps(NAMES)
    assert again.feedback({"e1", "e2"}) == counts.feedback({"e1", "e2"})
    assert again.since == "2026-11-01"
    before = file.stat().st_mtime_ns
    again.save()
    assert file.stat().st_mtime_ns == before  # nothing new, nothing written


def test_processes_that_share_a_file_add_up_and_see_one_another(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    customers, others, staff = counted(file), counted(file), counted(file)
    for counts, times in ((customers, 6), (others, 5)):
        for _ in range(times):
            counts.add_gap(["zinc"], "dose")
    assert staff.gaps(NAMES)["groups"] == []
    with ThreadPoolExecutor() as pool:
        list(pool.map(Counts.save, [customers, others] * 5))
    assert staff.gaps(NAMES)["groups"] == [{"subject": "zinc", "section": "dose", "at_least": 10}]
    assert json.loads(file.read_text())["gaps"] == [["zinc", "dose", 11]]
    file.unlink()  # somebody begins again
    assert staff.gaps(NAMES)["groups"] == []


BROKEN = {
    "empty": "",
    "half": '{"format": 1, "since": "2026-11-01", "gaps": [["zi',
    "format": '{"format": 2, "since": "2026-11-01", "gaps": [], "feedback": []}',
    "list": "[]",
    "nested": "[" * 100_000,
    "number": '{"format": 1, "since": "2026-11-01", "gaps": [["zinc", "dose", -1]], "feedback": []}',
    "true": '{"format": 1, "since": "2026-11-01", "gaps": [["zinc", "dose", true]], "feedback": []}',
    "long": '{"format": 1, "since": "2026-11-01", "gaps": [["' + "x" * 300 + '", "dose", 1]], "feedback": []}',
    "short": '{"format": 1, "since": "2026-11-01", "gaps": [["zinc", 1]], "feedback": []}',
    "day": '{"format": 1, "since": "soon", "gaps": [], "feedback": []}',
    "huge": " " * 4_000_001,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=list(BROKEN))
def test_a_broken_file_is_put_aside_and_counting_begins_again(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "counts.json"
    file.write_text(content)
    counts = counted(file)
    assert counts.gaps(NAMES)["groups"] == []
    assert (tmp_path / "counts.json.broken").read_text() == content
    assert f"they are kept as {file}.broken, and counting begins again" in caplog.text
    counts.add_gap(["zinc"], "dose")
    counts.save()
    assert json.loads(file.read_text())["gaps"] == [["zinc", "dose", 1]]


def test_a_place_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"the folder of the counts .* is not there"):
        Counts(tmp_path / "missing" / "counts.json")
    with pytest.raises(SettingsError, match="cannot be read"):
        Counts(tmp_path)


def test_a_full_disk_is_logged_once_and_counting_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "counts.json"
    counts = counted(file)
    (tmp_path / "counts.json.new").mkdir()  # as good as a disk that takes nothing
    for _ in range(3):
        counts.add_gap(["zinc"], "dose")
        counts.save()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    (tmp_path / "counts.json.new").rmdir()
    counts.save()
    assert json.loads(file.read_text())["gaps"] == [["zinc", "dose", 3]]


GAPS = [
    ("How much magnesium do goats need per hectare?", {"magnesium"}),
    ("What is the recommended dose of zinc?", {"zinc"}),
    ("Does zanzibarquince cure hiccups?", {OTHER}),
    ("Is Zanzibarquince extract safe with magnesium?", {"magnesium", OTHER}),
]


@pytest.mark.parametrize(("question", "names"), GAPS)
def test_a_gap_is_counted_under_names_that_are_held_and_never_under_words_of_the_question(
    desk: Desk, tmp_path: Path, question: str, names: set[str]
) -> None:
    counts = counted(tmp_path / "counts.json")
    answer = reply_to(question, [], desk)
    assert answer.status in ("abstained", "nearest")
    count_gap(counts, answer, desk)
    counts.save()
    kept = json.loads((tmp_path / "counts.json").read_text())
    assert {row[0] for row in kept["gaps"]} <= names
    assert {row[0] for row in kept["gaps"]} <= desk.vocabulary.listed | {OTHER}
    assert "quince" not in json.dumps(kept)


@pytest.mark.parametrize(
    "question",
    [
        "Which foods are rich in magnesium?",
        "hello",
        "I want to kill myself",
        "Should I take velorin?",
        "¿Qué es el magnesio?",
    ],
)
def test_what_is_answered_and_what_is_no_question_is_no_gap(desk: Desk, question: str, tmp_path: Path) -> None:
    counts = counted(tmp_path / "counts.json")
    count_gap(counts, reply_to(question, [], desk), desk)
    count_gap(counts, reply_to("Is it safe?", [Turn("velorin and magnesium?", ("velorin", "magnesium"))], desk), desk)
    counts.save()
    assert not (tmp_path / "counts.json").exists()
