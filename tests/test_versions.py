"""Versions: of one statement in two entries on one subject the later reviewed is quoted first, whatever is asked."""

import hashlib
from pathlib import Path

import pytest

from assistant.answering.quotes import Quote
from assistant.answering.reply import Desk, open_desk, reply_to
from assistant.index.build import build_snapshot
from assistant.index.snapshot import load_snapshot
from assistant.library.manifest import Row, load_library, write_manifest
from assistant.library.parse import Stated
from assistant.settings import PACKAGED_ENCODER

LATER = """# Does sorrelium help sleep?

## Summary

In a trial of 30 women, sorrelium for 12 weeks shortened the time to fall asleep by 9 minutes (PMID 11111111).

In a trial of 44 men, sorrelium for 12 weeks did not change how often they woke (PMID 22222222).

## Forms

Sorrelium is sold as a powder and as a tincture.

## Safety

Sorrelium can cause nausea.
"""
EARLIER = (
    LATER.replace("by 9 minutes", "by 19 minutes")
    .replace("did not change", "did change")
    .replace("Sorrelium can cause nausea", "Sorrelium can cause headache and dizziness after a meal")
)
ANOTHER = LATER.replace("11111111", "33333333").replace("22222222", "44444444").replace("12 weeks", "20 weeks")


def desk_of(where: Path, *entries: tuple[str, str, str, str]) -> Desk:
    """A desk over entries, each its id, text, subject and date of review."""
    rows = []
    for name, text, subject, date in entries:
        (where / f"{name}.md").write_text(text, "utf-8")
        stated = Stated(name, f"{name}.md", subjects=(subject,), last_reviewed=date)
        rows.append(Row(stated, hashlib.sha256(text.encode()).hexdigest()))
    write_manifest(where, rows)
    build_snapshot(load_library(where), where / "index", PACKAGED_ENCODER)
    return open_desk(load_snapshot(where / "index", PACKAGED_ENCODER), "GB")


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The same entry as it is and as it was."""
    return desk_of(
        tmp_path_factory.mktemp("versions"),
        ("was", EARLIER, "sorrelium", "2019-03-01"),
        ("is", LATER, "sorrelium", "2026-05-01"),
    )


def pairs(desk: Desk) -> set[tuple[str, str, bool]]:
    """The entries of each two versions whose words name a study, and whether they differ."""
    library = desk.snapshot.library
    return {
        (pair.newer[0], pair.older[0], pair.differ)
        for pair in desk.disagreements.versions.pairs
        if "PMID" in library.entry(pair.newer[0]).words(pair.newer[1])
    }


def test_other_figures_and_a_dropped_not_differ(desks: Desk) -> None:
    assert pairs(desks) == {("is", "was", True)}


def test_the_same_words_on_other_studies_are_no_versions(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = desk_of(
        tmp_path_factory.mktemp("studies"),
        ("one", ANOTHER, "sorrelium", "2020-01-01"),
        ("two", LATER, "sorrelium", "2026-05-01"),
    )
    assert pairs(desk) == set()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("By how many minutes did sorrelium shorten the time to fall asleep?", "by 9 minutes"),
        ("sorrelium men waking at night trial of 44", "did not change"),
    ],
)
def test_what_was_reviewed_later_stands_first_beside_what_it_differs_from(
    desks: Desk, question: str, words: str
) -> None:
    answer = reply_to(question, [], desks)
    first, second = answer.quotes[:2]
    assert (first.entry_id, second.entry_id) == ("is", "was")
    assert words in first.text
    assert words not in second.text
    assert answer.label(first) == answer.label(second) == desks.notices.label("disagreement")


def test_what_two_entries_state_alike_is_quoted_once_from_the_later(desks: Desk) -> None:
    answer = reply_to("Which forms is sorrelium sold in?", [], desks)
    assert [quote.entry_id for quote in answer.quotes if "tincture" in quote.text] == ["is"]
    assert answer.differing == frozenset()


def test_what_only_the_earlier_states_is_still_quoted_from_it(desks: Desk) -> None:
    versions, library = desks.disagreements.versions, desks.snapshot.library
    numbers = range(len(library.entry("was").units))
    number = next(n for n in numbers if "headache" in library.entry("was").words(n))
    quote = Quote(library, "was", number, number, "answer")
    assert versions.brought_up_to_date(quote) is quote


def test_entries_of_one_date_have_no_newer_version(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = desk_of(
        tmp_path_factory.mktemp("undated"), ("one", EARLIER, "sorrelium", ""), ("two", LATER, "sorrelium", "")
    )
    assert desk.disagreements.versions.pairs
    assert desk.disagreements.versions.newest == {}
