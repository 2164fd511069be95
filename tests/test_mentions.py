"""Mentions: a medicine is spoken of by its own name, its class, or a member of the class that is asked about."""

import pytest

from assistant.answering.mentions import names_itself, names_kin, personal_items, speaks_of, speaks_of_class_only
from assistant.answering.question import read_question
from assistant.answering.reply import Desk, reply_to
from assistant.index.lexicon import Item, packaged_lexicon, phrase_terms


def item(name: str) -> Item:
    """The lexicon's item of this name."""
    (found,) = [each for each in packaged_lexicon().items if each.name == name and each.kind != "lay"]
    return found


@pytest.mark.parametrize(
    ("words", "name", "itself", "kin"),
    [
        ("with warfarin", "warfarin", True, False),
        ("with anticoagulants", "warfarin", False, True),
        ("with warfarin", "blood thinner", False, True),
        ("with lansoprazole", "omeprazole", False, False),
        ("with proton pump inhibitors", "omeprazole", False, True),
        ("Corticosteroid therapy", "prednisolone", False, True),
        ("two groups of people", "warfarin", False, False),
    ],
)
def test_a_class_is_kin_and_a_sibling_is_not(words: str, name: str, itself: bool, kin: bool) -> None:
    terms = phrase_terms(words)
    assert names_itself(terms, item(name)) is itself
    assert names_kin(terms, item(name)) is kin
    assert speaks_of(terms, item(name)) is (itself or kin)


def test_the_class_alone_is_told_from_the_medicine_itself() -> None:
    assert speaks_of_class_only(phrase_terms("with anticoagulants"), [item("warfarin")])
    assert not speaks_of_class_only(phrase_terms("warfarin and other anticoagulants"), [item("warfarin")])
    assert not speaks_of_class_only(phrase_terms("in pregnancy"), [item("pregnancy")])


def test_groups_that_a_person_may_be_one_of_count_with_populations(desk: Desk) -> None:
    reading = read_question("Is velorin safe for vegans in pregnancy on warfarin with a headache?", [], desk.vocabulary)
    assert {each.name for each in personal_items(reading)} == {"vegans", "pregnancy", "warfarin"}


def test_what_the_library_says_of_the_class_stands_under_a_fixed_label(desk: Desk) -> None:
    answer = reply_to("Does prednisolone affect magnesium loss?", [], desk)
    labels = {answer.label(quote) for quote in answer.quotes if "Corticosteroid" in quote.text}
    assert labels == {desk.notices.label("medicine_class")}
    answer = reply_to("Do corticosteroids affect magnesium loss?", [], desk)
    assert {answer.label(quote) for quote in answer.quotes if "Corticosteroid" in quote.text} == {None}
