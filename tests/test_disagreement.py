"""Disagreement: entries that state otherwise are shown side by side, newest first, and nothing else is."""

import dataclasses
import hashlib

import pytest

from assistant.answering.answer import Answer
from assistant.answering.disagreement import Statement
from assistant.answering.reply import Desk, open_desk, reply_to
from assistant.answering.rules import check_answer
from assistant.errors import RuleError
from assistant.index.build import build_snapshot
from assistant.index.snapshot import load_snapshot
from assistant.library.manifest import Row, load_library, write_manifest
from assistant.library.parse import Stated
from assistant.settings import PACKAGED_ENCODER

OLD = """# Does sorrelium help the heart?

## Summary

In a trial of 300 men, sorrelium lowered death from any cause (PMID 11111111).

## Doses

The upper level of sorrelium for adults is 350 mg a day.

## Safety

Sorrelium can cause nausea.
"""
NEW = """# What do later trials of sorrelium show?

## Summary

Pooled trials of sorrelium found no lower risk of death from any cause (PMID 22222222).

## Doses

The upper level of sorrelium for adults is 250 mg a day.

## Safety

Sorrelium can cause headache.
"""
OTHER = OLD.replace("sorrelium", "tarragonine").replace("Sorrelium", "Tarragonine")


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two entries on one subject that differ, and one like the older of them on another."""
    folder = tmp_path_factory.mktemp("differing")
    rows = []
    for name, text, subject, date in (
        ("old", OLD, "sorrelium", "2024-01-01"),
        ("new", NEW, "sorrelium", "2026-01-01"),
        ("other", OTHER, "tarragonine", "2026-02-02"),
    ):
        (folder / f"{name}.md").write_text(text, "utf-8")
        stated = Stated(name, f"{name}.md", subjects=(subject,), last_reviewed=date)
        rows.append(Row(stated, hashlib.sha256(text.encode()).hexdigest()))
    write_manifest(folder, rows)
    build_snapshot(load_library(folder), folder / "index", PACKAGED_ENCODER)
    return open_desk(load_snapshot(folder / "index", PACKAGED_ENCODER), "GB")


def pairs(desk: Desk) -> set[tuple[str, str]]:
    """The opening words of each two statements that differ."""
    library = desk.snapshot.library

    def words(place: tuple[str, int]) -> str:
        return f"{place[0]}: {' '.join(library.entry(place[0]).words(place[1]).split()[:3])}"

    return {(words(one), words(other)) for one, others in desk.disagreements.by_place.items() for other in others}


def test_other_figures_of_one_kind_and_opposite_findings_on_one_outcome_differ(desks: Desk) -> None:
    expected = {
        ("old: In a trial", "new: Pooled trials of"),
        ("old: The upper level", "new: The upper level"),
    }
    assert pairs(desks) == expected | {(other, one) for one, other in expected}


@pytest.mark.parametrize(
    "question", ["What is the upper level of sorrelium?", "Does sorrelium lower death from any cause?"]
)
def test_they_are_shown_side_by_side_newest_first_under_their_label(desks: Desk, question: str) -> None:
    answer = reply_to(question, [], desks)
    shown = [quote for quote in answer.quotes if answer.label(quote) == desks.notices.label("disagreement")]
    assert [quote.entry_id for quote in shown] == ["new", "old"]
    assert [quote.role for quote in shown] == ["answer", "answer"]
    assert answer.quotes[: len(shown)] == tuple(shown)


def test_an_entry_that_nobody_contradicts_stands_alone(desks: Desk) -> None:
    answer = reply_to("What is the upper level of tarragonine?", [], desks)
    assert {quote.entry_id for quote in answer.quotes} == {"other"}
    assert answer.differing == frozenset()


@pytest.mark.parametrize("spoilt", ["order", "alone"])
def test_an_answer_that_shows_them_otherwise_is_not_sent(desks: Desk, spoilt: str) -> None:
    answer = reply_to("What is the upper level of sorrelium?", [], desks)
    two, rest = answer.quotes[:2], answer.quotes[2:]
    quotes = (two[1], two[0], *rest) if spoilt == "order" else (two[0], *rest)
    with pytest.raises(RuleError, match="entries that differ"):
        check_answer(_with(answer, quotes=quotes), desks.snapshot.library)


def _with(answer: Answer, quotes: tuple[object, ...]) -> Answer:
    return dataclasses.replace(answer, quotes=quotes)  # type: ignore[arg-type]


def statement(entry: str, kind: str, about: str, *figures: tuple[str, str], favourable: bool = False) -> Statement:
    """A statement made up to be compared."""
    return Statement((entry, 1), kind, frozenset({about}), frozenset(figures), favourable)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (("upper level", "", ("350", "mg")), ("upper level", "", ("250", "mg")), True),
        (("upper level", "", ("350", "mg")), ("upper level", "", ("350", "mg")), False),
        (("upper level", "", ("350", "mg")), ("upper level", "", ("250", "mcg")), False),
        (("upper level", "pregnancy", ("350", "mg")), ("upper level", "", ("250", "mg")), False),
        (("upper level", "", ("350", "mg")), ("recommended intake", "", ("250", "mg")), False),
        (("upper level", "", ("350", "mg"), ("1", "g")), ("upper level", "", ("250", "mg"), ("1", "g")), False),
    ],
)
def test_amounts_differ_only_in_one_unit_for_one_group(one: tuple, other: tuple, differ: bool) -> None:  # type: ignore[type-arg]
    assert statement("a", *one).differs_from(statement("b", *other)) is differ
    assert not statement("a", *one).differs_from(statement("a", *other))
