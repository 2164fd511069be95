"""Selection: the same is said once, and what must travel with an answer does."""

import dataclasses

import pytest

from assistant.answering.evidence import Evidence
from assistant.answering.question import read_question
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.reply import Desk
from assistant.answering.search import search_units
from assistant.answering.select import MAX_ANSWERS, Selector
from assistant.library.model import Entry

ENTRIES = ("magnesium-stress", "velorin", "thassic-oil", "quendrite")


def selector(desk: Desk, question: str) -> Selector:
    """The selector of a question."""
    reading = read_question(question, [], desk.vocabulary)
    vector = desk.snapshot.encoder.encode(reading.plain)
    return Selector(desk.weigher.passages, desk.disagreements, reading, vector)


def number(entry: Entry, words: str) -> int:
    """The one unit that opens with these words."""
    (found,) = [n for n in range(len(entry.units)) if entry.words(n).startswith(words)]
    return found


def quoted(desk: Desk, entry_id: str, words: str) -> Quote:
    """The answer that quotes the unit opening with these words."""
    entry = desk.snapshot.library.entry(entry_id)
    place = quotable_range(entry, number(entry, words))
    assert place is not None
    return Quote(desk.snapshot.library, entry_id, *place, "answer")


def likely(desk: Desk, entry_id: str, *openings: str, probability: float = 0.9) -> list[Evidence]:
    """Units of an entry as candidates that are all as likely, in this order."""
    entry = desk.snapshot.library.entry(entry_id)
    reading = read_question("magnesium", [], desk.vocabulary)
    found = search_units(desk.weigher.passages, reading, desk.snapshot.encoder.encode("magnesium"), limit=1)
    (pattern,) = desk.weigher.weigh(reading, found)
    return [
        dataclasses.replace(pattern, entry=entry, unit=number(entry, words), veto="", probability=probability)
        for words in openings
    ]


def openings(quotes: list[Quote]) -> list[str]:
    """The first three words of each."""
    return [" ".join(quote.text.split()[:3]) for quote in quotes]


def roles(quotes: list[Quote], role: str) -> list[Quote]:
    """Those in one role."""
    return [quote for quote in quotes if quote.role == role]


class TestTheSameIsSaidOnce:
    PAIRS = (
        ("Allow 4-8 weeks of consistent", "If wearable HRV is part"),  # 6.1 and 15.1
        ("Wienecke and Nolden 2016 (PMID", "Wienecke and Nolden 2016: 100-participant"),  # 2.4 and 14.2
        ("Pickering 2020 review is comprehensive", "Pickering 2020 funding source"),  # 7.2 and 14.3
    )

    @pytest.mark.parametrize(("one", "other"), PAIRS)
    def test_of_two_that_say_nearly_the_same_the_likelier_is_quoted(self, desk: Desk, one: str, other: str) -> None:
        chooser = selector(desk, "magnesium")
        for first, second in ((one, other), (other, one)):
            chosen = chooser.answers(likely(desk, "magnesium-stress", first, second), 0.5, MAX_ANSWERS)
            assert len(chosen) == 1
            assert chosen[0].text.startswith(first)

    def test_a_misconception_stays_whole_though_its_last_sentence_is_said_elsewhere(self, desk: Desk) -> None:
        # 6.3 and 16.3: the misconception says more, and cannot be cut.
        both = likely(desk, "magnesium-stress", "Multi-front intervention", "Claim: replenishing magnesium")
        assert len(selector(desk, "magnesium").answers(both, 0.5, MAX_ANSWERS)) == 2

    def test_the_same_unit_is_never_quoted_twice(self, desk: Desk) -> None:
        twice = likely(desk, "velorin", "- **45 mcg**", "- **90 mcg**", "Trials have used these")
        chosen = selector(desk, "velorin").answers(twice, 0.5, MAX_ANSWERS)
        assert openings(chosen) == ["Trials have used"]

    def test_what_travels_with_an_answer_does_not_repeat_it(self, desk: Desk) -> None:
        answer = quoted(desk, "magnesium-stress", "Wienecke and Nolden 2016 (PMID")
        quotes = selector(desk, "how much magnesium").complete([answer])
        assert openings(quotes).count("Wienecke and Nolden") == 1


class TestAnswers:
    def test_at_most_as_many_as_asked_for(self, desk: Desk) -> None:
        many = likely(desk, "magnesium-stress", "Magnesium-rich foods", "Oxide is", "Stress mobilises", "Low magnesium")
        for most in (1, 2, 3):
            assert len(selector(desk, "magnesium").answers(many, 0.5, most)) == most

    def test_nothing_below_the_threshold_and_nothing_far_behind_the_first(self, desk: Desk) -> None:
        chooser = selector(desk, "magnesium")
        first = likely(desk, "magnesium-stress", "Magnesium-rich foods")
        second = likely(desk, "magnesium-stress", "Oxide is", probability=0.62)
        assert chooser.answers(second, 0.63, 3) == []
        assert len(chooser.answers([*first, *second], 0.5, 3)) == 1
        assert (
            len(chooser.answers([*likely(desk, "magnesium-stress", "Low magn", probability=0.8), *second], 0.5, 3)) == 2
        )

    def test_what_cannot_be_quoted_is_passed_over(self, desk: Desk) -> None:
        stem = likely(desk, "magnesium-stress", "This entry is relevant for", "Oxide is")
        assert openings(selector(desk, "magnesium").answers(stem, 0.5, 3)) == ["Oxide is poorly"]


class TestWhatTravels:
    @pytest.mark.parametrize(
        ("entry_id", "dose", "limit"),
        [
            ("magnesium-stress", "Wienecke and Nolden 2016 (PMID", "Specific elevated stress"),
            ("velorin", "Trials have used these", "Doses above 45"),
            ("velorin", "In Example Study A, adults", "No upper level"),
            ("quendrite", "In Example Study K, hill", "The upper level"),
        ],
    )
    def test_a_dose_brings_what_limits_it(self, desk: Desk, entry_id: str, dose: str, limit: str) -> None:
        quotes = selector(desk, "how much was used").complete([quoted(desk, entry_id, dose)])
        assert limit in openings(roles(quotes, "qualifier"))

    @pytest.mark.parametrize(
        ("entry_id", "study", "funding"),
        [
            ("magnesium-stress", "Pickering 2020 highlights", "Sanofi (declared conflict of interest)"),
            ("magnesium-stress", "Stress and magnesium status", "Sanofi (declared conflict of interest)"),
            ("thassic-oil", "A pooled analysis", "Reed Growers' Board (declared conflict of interest)"),
            ("quendrite", "In Example Study K, hill", "Ridgeway Minerals"),
        ],
    )
    def test_a_study_brings_who_paid_for_it(self, desk: Desk, entry_id: str, study: str, funding: str) -> None:
        quotes = selector(desk, "what did the study find").complete([quoted(desk, entry_id, study)])
        assert any(funding in quote.text for quote in roles(quotes, "qualifier"))

    def test_another_studys_funding_does_not_come_along(self, desk: Desk) -> None:
        answer = quoted(desk, "magnesium-stress", "Wienecke and Nolden 2016 (PMID")
        quotes = selector(desk, "how much magnesium was used").complete([answer])
        assert not any("Sanofi" in quote.text for quote in quotes)

    @pytest.mark.parametrize("entry_id", ENTRIES)
    def test_every_answer_but_a_mechanism_comes_with_a_caution_of_its_entry(self, desk: Desk, entry_id: str) -> None:
        entry = desk.snapshot.library.entry(entry_id)
        chooser = selector(desk, f"what about {entry.subjects[0]}")
        for unit in range(len(entry.units)):
            place = quotable_range(entry, unit)
            if place is None:
                continue
            answer = Quote(desk.snapshot.library, entry_id, *place, "answer")
            together = chooser.complete([answer])
            marks = {mark for q in together for n in range(q.first, q.last + 1) for mark in entry.units[n].marks}
            assert "caution" in marks or answer.section.name == "mechanism", answer.text
            assert {quote.entry_id for quote in together} == {entry_id}

    def test_every_caution_that_names_the_group_asked_about_comes_along(self, desk: Desk) -> None:
        answer = quoted(desk, "magnesium-stress", "Magnesium-rich foods")
        plain = selector(desk, "which foods are rich in magnesium").complete([answer])
        assert len(roles(plain, "caution")) == 1
        kidneys = selector(desk, "which foods are rich in magnesium with kidney disease").complete([answer])
        assert openings(roles(kidneys, "caution")) == ["Above-UL magnesium supplementation", "Kidney disease (eGFR"]

    def test_every_caution_that_names_the_medicine_asked_about_comes_along(self, desk: Desk) -> None:
        answer = quoted(desk, "magnesium-stress", "Magnesium-rich foods")
        quotes = selector(desk, "magnesium foods on omeprazole").complete([answer])
        assert openings(roles(quotes, "caution")) == ["Concurrent acid-suppressing medications,"]

    def test_an_answer_that_is_a_caution_needs_no_other(self, desk: Desk) -> None:
        answer = quoted(desk, "velorin", "- **Kidney disease:**")
        assert selector(desk, "velorin and kidney disease").complete([answer]) == [answer]

    def test_answers_of_two_entries_each_bring_their_own(self, desk: Desk) -> None:
        answers = [quoted(desk, "velorin", "Trials have used"), quoted(desk, "quendrite", "Foods rich in")]
        quotes = selector(desk, "velorin and quendrite").complete(answers)
        assert {quote.entry_id for quote in roles(quotes, "caution")} == {"velorin", "quendrite"}
        places = [(quote.entry_id, quote.first) for quote in quotes]
        assert len(places) == len(set(places))

    def test_qualifiers_come_before_cautions(self, desk: Desk) -> None:
        answers = [quoted(desk, "velorin", "Trials have used"), quoted(desk, "quendrite", "In Example Study K, hill")]
        found = [quote.role for quote in selector(desk, "velorin or quendrite").complete(answers)]
        assert found == sorted(found, key=("answer", "qualifier", "caution").index)
        assert set(found) == {"answer", "qualifier", "caution"}


class TestFew:
    @pytest.mark.parametrize("entry_id", ENTRIES)
    def test_the_answer_stands_first_and_few_quotations_follow(self, desk: Desk, entry_id: str) -> None:
        entry = desk.snapshot.library.entry(entry_id)
        chooser = selector(desk, f"what about {entry.subjects[0]}")
        for unit in range(len(entry.units)):
            place = quotable_range(entry, unit)
            if place is not None:
                quotes = chooser.complete([Quote(desk.snapshot.library, entry_id, *place, "answer")])
                assert quotes[0].first <= unit <= quotes[0].last
                assert len(roles(quotes, "qualifier")) <= 3
                assert len(roles(quotes, "caution")) <= 2

    @pytest.mark.parametrize("entry_id", ENTRIES)
    def test_no_dose_that_something_limits_is_quoted_without_a_limit(self, desk: Desk, entry_id: str) -> None:
        entry = desk.snapshot.library.entry(entry_id)
        chooser = selector(desk, f"how much {entry.subjects[0]}")
        for number, unit in enumerate(entry.units):
            place = quotable_range(entry, number)
            if place is None or "dose" not in unit.marks or not unit.limited_by:
                continue
            quotes = chooser.complete([Quote(desk.snapshot.library, entry_id, *place, "answer")])
            quoted = {each for quote in quotes for each in range(quote.first, quote.last + 1)}
            assert quoted & set(unit.limited_by), entry.words(number)


class TestCautionsOnly:
    def test_only_cautions_and_never_a_dose(self, desk: Desk) -> None:
        for entry_id in ENTRIES:
            entry = desk.snapshot.library.entry(entry_id)
            everything = [
                dataclasses.replace(each, unit=unit)
                for each in likely(desk, entry_id, entry.words(0)[:30])
                for unit in range(len(entry.units))
            ]
            chosen = selector(desk, entry.subjects[0]).cautions_only(everything, 0.5, 100)
            assert chosen
            for quote in chosen:
                units = entry.units[quote.first : quote.last + 1]
                assert quote.role == "caution"
                assert all(unit.marks & {"caution", "interaction"} for unit in units)
                assert not any(unit.marks & {"dose", "benefit"} for unit in units)
                assert " mg" not in quote.text

    def test_at_most_as_many_as_asked_for_and_likely_enough(self, desk: Desk) -> None:
        two = likely(desk, "magnesium-stress", "Above-UL magnesium", "Kidney disease")
        chooser = selector(desk, "magnesium")
        assert len(chooser.cautions_only(two, 0.5, 3)) == 2
        assert len(chooser.cautions_only(two, 0.5, 1)) == 1
        assert chooser.cautions_only(two, 0.95, 3) == []


def test_compared_subjects_have_a_card_each_and_one_subject_alone_keeps_only_the_likeliest(desk: Desk) -> None:
    first = likely(desk, "velorin", "Foods that contain velorin", "Boiling ember beans", probability=0.95)
    second = likely(desk, "magnesium-stress", "Magnesium-rich foods", probability=0.6)

    def cards(question: str, threshold: float) -> list[str]:
        chosen = selector(desk, question).answers([*first, *second], threshold, MAX_ANSWERS)
        return [quote.entry_id for quote in chosen]

    both = "Which foods contain velorin and which contain magnesium?"
    assert cards(both, 0.5)[:2] == ["velorin", "magnesium-stress"]
    assert set(cards(both, 0.7)) == set(cards("Which foods contain velorin?", 0.5)) == {"velorin"}


def test_compared_subjects_that_only_a_third_entry_speaks_of_are_answered_from_it(desk: Desk) -> None:
    weighed = likely(desk, "magnesium-stress", "Magnesium-rich foods")
    chosen = selector(desk, "Is velorin or quendrite better?")
    assert [quote.entry_id for quote in chosen.answers(weighed, 0.5, 1)] == ["magnesium-stress"]
    assert chosen.answers([], 0.5, 1) == []


def test_of_a_tables_rows_the_one_whose_first_cell_names_what_is_asked_stands_first(desk: Desk) -> None:
    rows = likely(desk, "thassic-oil", "| Thassic oil and pelvarin", "| Thassic oil and velorin", probability=0.9)
    other, named = dataclasses.replace(rows[0], probability=0.95), rows[1]
    first, *_ = selector(desk, "Does thassic oil interact with velorin?").answers([other, named], 0.5, MAX_ANSWERS)
    assert first.cells[0] == "Thassic oil and velorin"
    first, *_ = selector(desk, "Does thassic oil interact with pelvarin?").answers([named, other], 0.5, MAX_ANSWERS)
    assert first.cells[0] == "Thassic oil and pelvarin"


def test_a_row_that_may_not_be_the_answer_does_not_become_it_by_its_first_cell(desk: Desk) -> None:
    rows = likely(desk, "thassic-oil", "| Thassic oil and pelvarin", "| Thassic oil and velorin", probability=0.9)
    ruled_out = dataclasses.replace(rows[1], probability=0.0, veto="does not name warfarin")
    first, *_ = selector(desk, "Does thassic oil interact with velorin?").answers([rows[0], ruled_out], 0.5, 3)
    assert first.cells[0] == "Thassic oil and pelvarin"
