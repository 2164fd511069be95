"""Abbreviations: what is asked short is found as what is asked long."""

import pytest

from assistant.answering.abbreviations import expand, long_names, written_both_ways
from assistant.answering.question import read_question
from assistant.answering.reply import Desk
from assistant.answering.search import search_units

FORMS = ("What does the library say about {}?", "{} and supplements", "Why does {} matter?")


def first_unit(desk: Desk, question: str) -> int:
    """The row of the unit found first."""
    reading = read_question(question, [], desk.vocabulary)
    return search_units(desk.weigher.passages, reading, desk.snapshot.encoder.encode(expand(reading.plain)))[0].row


def test_both_ways_find_the_same_first_unit_for_98_of_100_pairs(desk: Desk) -> None:
    pairs = [(form.format(short.upper()), form.format(long)) for short, long in long_names().items() for form in FORMS]
    same = sum(first_unit(desk, short) == first_unit(desk, long) for short, long in pairs)
    assert len(pairs) > 120
    assert same >= 0.98 * len(pairs)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("ul", "upper level"), ("egfr", "estimated glomerular filtration rate"), ("hrv", "heart rate variability"),
        ("rda", "recommended dietary allowance"), ("ppi", "proton pump inhibitor"), ("pms", "premenstrual syndrome"),
    ],
)  # fmt: skip
def test_known_ones_are_read_from_the_lexicon(short: str, long: str) -> None:
    assert long_names()[short] == long
    assert expand(f"what about {short}?") == f"what about {long}?"
    assert set() < set(written_both_ways(short)) <= set(written_both_ways(long))


@pytest.mark.parametrize("word", ["supp", "urine", "bone", "ear", "hypo", "teen", "flax"])
def test_a_word_cut_short_or_another_form_is_no_abbreviation(word: str) -> None:
    assert word not in long_names()
    assert expand(word) == word


@pytest.mark.parametrize("text", ["", "?", "ulcer", "haul", "i'm", "ünïcode ul" * 0, "\U0001f600"])
def test_other_words_are_left_as_they_are(text: str) -> None:
    assert expand(text) == text


def test_what_the_reader_is_shown_is_not_expanded(desk: Desk) -> None:
    assert read_question("What is the UL?", [], desk.vocabulary).read_as == "What is the UL?"
