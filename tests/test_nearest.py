"""Nearest: what stands under "The library does not state this": the subject's own, never a dose or a benefit."""

import pytest

from assistant.answering.evidence import Evidence
from assistant.answering.nearest import MAX_NEAREST, nearest_quotes
from assistant.answering.question import Reading, read_question
from assistant.answering.reply import Desk, Limits, reply_to
from assistant.answering.search import search_units

UNSTATED = (
    "How is velorin measured in the blood?",
    "How much velorin is in 100 g of tarn kelp?",
    "Can children take velorin?",
    "Is magnesium glycinate better than citrate for sleep?",
    "How many milligrams of magnesium are in a handful of pumpkin seeds?",
    "What is the RDA for magnesium in milligrams?",
    "Is thassic oil safe with kidney disease?",
)
"""Questions about the library's subjects that it does not answer."""


def weighed(desk: Desk, question: str) -> tuple[Reading, list[Evidence]]:
    """A question as read, with its candidates weighed."""
    reading = read_question(question, [], desk.vocabulary)
    found = search_units(desk.weigher.passages, reading, desk.snapshot.encoder.encode(reading.plain))
    return reading, desk.weigher.weigh(reading, found)


@pytest.mark.parametrize("question", UNSTATED)
def test_it_is_of_the_subjects_own_entries_and_gives_no_amount(question: str, desk: Desk) -> None:
    reading, candidates = weighed(desk, question)
    quotes = nearest_quotes(reading, candidates, desk.weigher, 9)
    assert len(quotes) <= MAX_NEAREST
    for quote in quotes:
        assert quote.role == "nearest"
        assert quote.entry_id in reading.entries
        units = quote.entry.units[quote.first : quote.last + 1]
        assert not any("dose" in unit.marks or unit.kind == "myth" for unit in units)


def test_something_near_is_shown_under_its_notice(desk: Desk) -> None:
    answer = reply_to("How is magnesium measured in the blood?", [], desk)
    assert (answer.status, answer.reason) == ("nearest", "nearest")
    assert answer.notice is not None
    assert answer.notice.text == "The library does not state this. The nearest it says:"
    assert 0 < len(answer.quotes) <= MAX_NEAREST
    assert {(quote.role, quote.entry_id) for quote in answer.quotes} == {("nearest", "magnesium-stress")}


def test_a_benefit_is_never_near(desk: Desk) -> None:
    benefits = {"condition_effect", "study_result"}
    rows = desk.snapshot.row_of
    for question in UNSTATED:
        for quote in nearest_quotes(*weighed(desk, question), desk.weigher, 2):
            for number in range(quote.first, quote.last + 1):
                unit, kinds = quote.entry.units[number], desk.weigher.passages.kinds[rows[quote.entry_id, number]]
                assert "caution" in unit.marks or not kinds & benefits


def test_nothing_is_near_a_price_or_an_unknown_subject(desk: Desk) -> None:
    for question in ("Where can I buy magnesium?", "What does selenium do?", "How tall is Ben Nevis?"):
        assert nearest_quotes(*weighed(desk, question), desk.weigher, 2) == []


def test_no_more_than_the_reader_asked_for(desk: Desk) -> None:
    for question in UNSTATED:
        assert len(nearest_quotes(*weighed(desk, question), desk.weigher, 1)) <= 1
    answer = reply_to("How is magnesium measured in the blood?", [], desk, Limits(max_tokens=1))
    assert (answer.status, answer.quotes) == ("abstained", ())


@pytest.mark.parametrize("group", ["breastfeeding", "liver disease", "epilepsy", "diabetes"])
@pytest.mark.parametrize("form", ["Is magnesium safe in {}?", "how much magnesium for {}"])
def test_a_group_that_is_not_spoken_of_meets_the_nearest_general_caution_and_never_a_dose(
    desk: Desk, group: str, form: str
) -> None:
    answer = reply_to(form.format(group), [], desk)
    assert (answer.status, answer.reason) == ("nearest", "nearest")
    for quote in answer.quotes:
        units = quote.entry.units[quote.first : quote.last + 1]
        assert quote.section.name == "safety"
        assert all("caution" in unit.marks and not unit.marks & {"dose", "benefit"} for unit in units)


def test_where_no_caution_is_said_of_everyone_nothing_is_near_a_group_that_is_not_spoken_of(desk: Desk) -> None:
    for group in ("breastfeeding", "epilepsy"):
        answer = reply_to(f"Is velorin safe in {group}?", [], desk)
        assert (answer.status, answer.quotes) == ("abstained", ())
