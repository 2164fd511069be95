"""Silence: why there is no answer, decided in one place."""

import dataclasses

import pytest

from assistant.answering.evidence import Evidence, Weigher
from assistant.answering.passages import Passages
from assistant.answering.question import Reading, Turn, Vocabulary, read_question
from assistant.answering.reply import Desk
from assistant.answering.search import search_units
from assistant.answering.silence import Silence, decide_silence
from assistant.library.model import Library

MISSING = Silence("abstained", "subject_not_in_library")
NOT_STATED = Silence("abstained", "not_in_library")
WHICH = Silence("clarify", "ambiguous_subject")


def read(desk: Desk, question: str, *turns: Turn) -> Reading:
    """A question as it is read."""
    return read_question(question, turns, desk.vocabulary)


def weighed(desk: Desk, reading: Reading, probability: float) -> list[Evidence]:
    """What a question finds, all as likely as is said."""
    found = search_units(desk.weigher.passages, reading, desk.snapshot.encoder.encode(reading.plain))
    return [dataclasses.replace(each, probability=probability) for each in desk.weigher.weigh(reading, found)]


def decide(desk: Desk, question: str, *turns: Turn, probability: float = 0.0) -> Silence | None:
    """The decision when the likeliest unit is as likely as is said."""
    reading = read(desk, question, *turns)
    return decide_silence(reading, weighed(desk, reading, probability), desk.vocabulary, desk.weigher)


def test_the_likeliest_unit_decides_against_one_threshold(desk: Desk) -> None:
    threshold = desk.weigher.coefficients.threshold
    question = "Which foods are rich in magnesium?"
    assert decide(desk, question, probability=threshold) is None
    assert decide(desk, question, probability=1.0) is None
    assert decide(desk, question, probability=threshold - 1e-9) == NOT_STATED
    assert decide(desk, question, probability=0.0) == NOT_STATED


def test_nothing_found_is_silence(desk: Desk) -> None:
    reading = read(desk, "Which foods are rich in magnesium?")
    assert decide_silence(reading, [], desk.vocabulary, desk.weigher) == NOT_STATED


@pytest.mark.parametrize(
    "question", ["Is zinc good for skin?", "What about selenium?", "turmeric or zinc", "does magnesium beat boron"]
)
def test_a_substance_that_no_entry_names_is_said_to_be_missing(desk: Desk, question: str) -> None:
    assert decide(desk, question) == MISSING


@pytest.mark.parametrize("question", ["Does ashwagandha cure colds?", "What did Caesar eat?", "magnesium on Mars"])
def test_what_the_library_names_or_nobody_can_place_is_only_not_stated(desk: Desk, question: str) -> None:
    assert decide(desk, question) == NOT_STATED


@pytest.mark.parametrize("question", ["Is it safe?", "How much should one take?", "What are the side effects?"])
def test_a_question_without_its_subject_is_asked_back(desk: Desk, question: str) -> None:
    assert decide(desk, question) == WHICH


def test_a_subject_carried_over_answers_that(desk: Desk) -> None:
    assert decide(desk, "Is it safe?", Turn("foods?", ("velorin",)), probability=1.0) is None


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_of_two_subjects_carried_over_either_may_be_meant(desk: Desk, probability: float) -> None:
    turn = Turn("velorin or quendrite?", ("velorin", "quendrite"))
    assert decide(desk, "Is it safe?", turn, probability=probability) == WHICH


def test_two_subjects_of_one_entry_are_no_two_things_to_choose_from(desk: Desk) -> None:
    turn = Turn("Does stress use up magnesium?", ("magnesium", "stress"))
    assert decide(desk, "Is it safe?", turn, probability=1.0) is None


def test_two_subjects_in_the_question_itself_are_meant_both(desk: Desk) -> None:
    assert decide(desk, "Are velorin and quendrite safe?", probability=1.0) is None


def test_a_library_with_one_subject_leaves_nothing_to_ask(desk: Desk) -> None:
    velorin = desk.snapshot.library.entry("velorin")
    library = Library((velorin,))
    snapshot = dataclasses.replace(desk.snapshot, library=library)
    vocabulary = Vocabulary(library, desk.vocabulary.lexicon, desk.vocabulary.encoder)
    weigher = Weigher(Passages(snapshot, desk.vocabulary.lexicon), desk.weigher.coefficients)
    reading = read_question("Is it safe?", [], vocabulary)
    assert decide_silence(reading, [], vocabulary, weigher) != WHICH
