"""Unlisted names: what nobody entered is known for a name where one stands, and never taken for one elsewhere."""

import pytest

from assistant.answering.question import Turn, read_question
from assistant.answering.reply import Desk, reply_to
from assistant.answering.unlisted import is_unlisted
from assistant.index.lexicon import packaged_lexicon

INVENTED = ("zorvanite", "trelbumine", "quosparil")
REAL = ("feverfew", "goldenseal", "butterbur", "astaxanthin", "guarana")
ASKED = (
    "What does the library say about {} and evening attention?",
    "{} evening attention adults",
    "Is {} safe in kidney disease?",
    "Tell me about {}, ember beans and tarn kelp",
    "how much {} per day",
    "Which foods are rich in {}?",
    "Can {} and warfarin be combined?",
    "what was found on heart rate variability for {}",
)


def names_asked(question: str, desk: Desk, *turns: Turn) -> list[str]:
    """The names in a question that nobody listed."""
    listed = {item.name for item in packaged_lexicon().items}
    return [item.name for item in read_question(question, turns, desk.vocabulary).arguments if item.name not in listed]


@pytest.mark.parametrize("wording", ASKED)
@pytest.mark.parametrize("name", [*INVENTED, *REAL])
def test_a_question_about_what_nobody_listed_meets_silence_whatever_its_wording(
    desk: Desk, name: str, wording: str
) -> None:
    answer = reply_to(wording.format(name), [], desk)
    # A question about a blood thinner may be taken for one's own case: that notice quotes nothing here either.
    assert answer.reason in ("subject_not_in_library", "personal_advice")
    assert answer.reason == "subject_not_in_library" or "warfarin" in wording
    assert (answer.quotes, answer.nearest) == ((), ())


@pytest.mark.parametrize("wording", ASKED)
def test_the_same_questions_about_what_is_held_name_nothing_unlisted(desk: Desk, wording: str) -> None:
    assert names_asked(wording.format("velorin"), desk) == []


@pytest.mark.parametrize("name", ["rosemary", "honey", "sesame"])
@pytest.mark.parametrize(
    "wording", ["Does {} help you sleep?", "Is {} safe in kidney disease?", "how much of {} a day"]
)
def test_an_everyday_word_where_a_substance_stands_is_a_name_when_the_library_never_says_it(
    desk: Desk, name: str, wording: str
) -> None:
    assert names_asked(wording.format(name), desk) == [name]


@pytest.mark.parametrize(
    "question",
    [
        "Does magnesium interact with {}?",
        "Can you take {} together with velorin?",
        "magnesium or {}, which is better?",
        "Is velorin better than {}?",
    ],
)
def test_what_is_taken_or_compared_with_a_subject_must_be_named_by_the_answer(desk: Desk, question: str) -> None:
    assert names_asked(question.format("zorvanite"), desk) == ["zorvanite"]
    answer = reply_to(question.format("zorvanite"), [], desk)
    assert (answer.status, answer.reason) == ("abstained", "subject_not_in_library")


def test_where_it_was_looked_for_are_the_entries_of_the_other_subject_alone(desk: Desk) -> None:
    answer = reply_to("Does magnesium interact with zorvanite?", [], desk)
    assert {pointer.entry_id for pointer in answer.nearest} == {"magnesium-stress"}


@pytest.mark.parametrize(
    "question",
    [
        "Does magnesium help with foggy thinking?",
        "What can distort a single night's reading?",
        "Does the shortfall in magnesium get worse under stress?",
        "What harm can magnesium do if someone's kidneys aren't clearing it?",
        "Dr Smithsonian says velorin works, is that so?",
        "do most people get enuf magnesium",
        "Which magnesium is gentler on the stomach?",
        "magnesium and jitteriness",
    ],
)
def test_other_strange_words_beside_a_subject_are_no_names(desk: Desk, question: str) -> None:
    assert names_asked(question, desk) == []


def test_a_follow_up_about_it_alone_leaves_the_subject_that_stood(desk: Desk) -> None:
    reading = read_question("what about zorvanite?", [Turn("Is velorin safe?", ("velorin",))], desk.vocabulary)
    assert (reading.subjects, reading.carried_over) == ((), ())
    assert [item.name for item in reading.arguments] == ["zorvanite"]


@pytest.mark.parametrize("word", ["zorvanite", "feverfew", "goldenseal"])
def test_no_word_of_the_library_the_lexicon_or_everyday_speech_is_unlisted(desk: Desk, word: str) -> None:
    assert is_unlisted(word, desk.vocabulary)
    for known in ("magnesium", "ashwagandha", "velorin", "teaching", "someones", "foggy", "and", "ze"):
        assert not is_unlisted(known, desk.vocabulary)
