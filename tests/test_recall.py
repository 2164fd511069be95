"""Recall: the units of the question before, found again by their words, and what that makes likelier."""

from assistant.answering.question import Turn, read_question
from assistant.answering.recall import favour_recalled, favour_said, recalled_rows
from assistant.answering.reply import Desk
from assistant.answering.search import search_units

TURN = Turn("Which foods contain velorin?", ("velorin",))


def test_nothing_is_recalled_for_a_question_that_stands_alone(desk: Desk) -> None:
    passages = desk.weigher.passages
    for question in ("Which foods contain velorin?", "Is magnesium safe?"):
        reading = read_question(question, [TURN], desk.vocabulary)
        assert reading.recalls == ""
        assert recalled_rows(passages, reading) == ()


def test_the_unit_that_answered_is_found_again_by_its_words(desk: Desk) -> None:
    passages = desk.weigher.passages
    reading = read_question("who did the study", [TURN], desk.vocabulary)
    assert reading.recalls == "which foods contain velorin?"
    first = recalled_rows(passages, reading)[0]
    assert passages.words[first].startswith("Foods that contain velorin include ember beans")


def test_a_recalled_unit_becomes_likelier_and_none_less_likely(desk: Desk) -> None:
    passages = desk.weigher.passages
    reading = read_question("was that study in people", [TURN], desk.vocabulary)
    found = search_units(passages, reading, desk.snapshot.encoder.encode(reading.plain))
    before = desk.weigher.weigh(reading, found)
    after = favour_recalled(before, recalled_rows(passages, reading), passages)
    was = {each.candidate.row: each.probability for each in before}
    assert sorted(was) == sorted(each.candidate.row for each in after)
    assert all(each.probability >= was[each.candidate.row] for each in after)
    assert [each.probability for each in after] == sorted((each.probability for each in after), reverse=True)
    assert all(each.probability == 0 for each in after if each.veto)


def test_without_recalled_units_the_order_stays(desk: Desk) -> None:
    passages = desk.weigher.passages
    reading = read_question("Is velorin safe?", [], desk.vocabulary)
    found = search_units(passages, reading, desk.snapshot.encoder.encode(reading.plain))
    weighed = desk.weigher.weigh(reading, found)
    assert favour_recalled(weighed, (), passages) == weighed


def test_a_unit_that_speaks_of_who_was_said_is_likelier_for_what_leans_and_only_for_that(desk: Desk) -> None:
    turns = [Turn("Is velorin safe in pregnancy?", ("velorin",))]
    passages = desk.weigher.passages
    leaning = read_question("how much of it", turns, desk.vocabulary)
    weighed = desk.weigher.weigh(leaning, search_units(passages, leaning, None))
    before = {each.candidate.row: each.probability for each in weighed}
    names = {name for item in leaning.said for name in item.names}
    changed = {
        each.candidate.row
        for each in favour_said(weighed, leaning, passages)
        if each.probability > before[each.candidate.row]
    }
    assert changed
    assert all(not names.isdisjoint(passages.spoken.of(row).names) for row in changed)
    alone = read_question("Which foods are rich in quendrite?", turns, desk.vocabulary)
    others = desk.weigher.weigh(alone, search_units(passages, alone, None))
    assert favour_said(others, alone, passages) == others
