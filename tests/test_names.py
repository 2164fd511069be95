"""Names in a question: ages of children, verbs that begin with a substance, opposites."""

import pytest

from assistant.answering.names import is_opposite, names_a_child, sound_alike, without_verbs
from assistant.answering.question import read_question
from assistant.answering.reply import Desk


@pytest.mark.parametrize(
    "question",
    ["a dose for a six-year-old", "my 9 year old", "an 18 month old", "a child of ten", "my son is 4", "a 5yo"],
)
def test_an_age_below_twenty_is_a_childs(question: str) -> None:
    assert names_a_child(question)


@pytest.mark.parametrize(
    "question",
    ["a 65-year-old", "for 8 weeks", "a trial of ten people", "a 12-year study", "at the age of 40", "a 90 year old"],
)
def test_other_numbers_and_ages_are_not(question: str) -> None:
    assert not names_a_child(question)


def test_a_question_with_a_childs_age_asks_about_children(desk: Desk) -> None:
    reading = read_question("What dose of velorin suits a child of eight?", [], desk.vocabulary)
    assert [item.name for item in reading.arguments] == ["children"]


def test_a_verb_that_begins_with_a_substance_keeps_its_ending() -> None:
    words, terms = ["is", "ironing", "iron", "salted"], ("is", "iron", "iron", "salt")
    assert without_verbs(words, terms, {"iron"}, set()) == ("is", "ironing", "iron", "salt")
    assert without_verbs(words, terms, {"iron"}, {"ironing"}) == terms


def test_ironing_is_no_question_about_iron(desk: Desk) -> None:
    assert read_question("How do I do the ironing?", [], desk.vocabulary).arguments == ()
    assert [item.name for item in read_question("How is iron measured?", [], desk.vocabulary).arguments] == ["iron"]


def test_stressed_still_asks_about_stress(desk: Desk) -> None:
    assert "stress" in read_question("Why am I low when stressed?", [], desk.vocabulary).subjects


@pytest.mark.parametrize(
    ("word", "candidate", "opposite"),
    [("hypertensoin", "hypotension", True), ("unsafe", "safe", True), ("magneisum", "magnesium", False)],
)
def test_a_slip_never_turns_a_word_round(word: str, candidate: str, opposite: bool) -> None:
    assert is_opposite(word, candidate) is opposite


@pytest.mark.parametrize(
    ("word", "name", "alike"),
    [
        ("vitiman", "vitamin", True),
        ("gluccosamin", "glucosamine", True),
        ("triptofan", "tryptophan", True),
        ("luteolin", "lutein", False),
        ("carnosine", "carnitine", False),
        ("threonine", "theanine", False),
        ("creatinine", "creatine", False),
    ],
)
def test_two_slips_keep_the_consonants_of_a_name(word: str, name: str, alike: bool) -> None:
    assert sound_alike(word, name) is alike


@pytest.mark.parametrize("word", ["luteolin", "carnosine", "threonine", "creatinine", "tyramine"])
def test_a_name_is_not_taken_for_another_that_is_two_letters_apart(desk: Desk, word: str) -> None:
    assert desk.vocabulary.correct(word) is None


@pytest.mark.parametrize(("word", "name"), [("magneesiem", "magnesium"), ("gluccosamin", "glucosamine")])
def test_a_name_with_two_slips_that_sounds_the_same_is_still_repaired(desk: Desk, word: str, name: str) -> None:
    assert desk.vocabulary.correct(word) == name
