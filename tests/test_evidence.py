"""Evidence: what rules a unit out, and numbers that agree with the file of their weights.

Nothing here asserts a probability: the weights are fitted, and change.
"""

import json
import math
from importlib import resources
from typing import get_args

import pytest

from assistant.answering import coefficients
from assistant.answering.coefficients import DENSE, FEATURES, TRUST, Mode, packaged_coefficients
from assistant.answering.evidence import Evidence, Weigher
from assistant.answering.question import Turn, read_question
from assistant.answering.reply import Desk
from assistant.answering.search import search_units

CAFFEINE = "Pregnancy: caffeine clearance slows"


def weigh(desk: Desk, question: str, *turns: Turn) -> dict[str, Evidence]:
    """Every unit a question finds, weighed, by its words as search reads them."""
    reading = read_question(question, turns, desk.vocabulary)
    vector = desk.snapshot.encoder.encode(reading.plain)
    found = search_units(desk.weigher.passages, reading, vector, limit=1000)
    weighed = desk.weigher.weigh(reading, found)
    return {desk.weigher.passages.words[each.candidate.row]: each for each in weighed}


def veto(weighed: dict[str, Evidence], words: str) -> str:
    """Why the one unit that opens with these words is ruled out; empty when it is not."""
    (found,) = [each.veto for unit, each in weighed.items() if unit.startswith(words)]
    return found


class TestVetoes:
    def test_a_unit_that_does_not_name_the_medicine_asked_about_is_no_answer(self, desk: Desk) -> None:
        weighed = weigh(desk, "Does magnesium interact with warfarin?")
        assert weighed
        assert {each.veto for each in weighed.values()} == {"does not name warfarin"}

    def test_a_unit_may_name_the_medicines_class_instead(self, desk: Desk) -> None:
        weighed = weigh(desk, "Does magnesium interact with omeprazole?")
        assert veto(weighed, "Concurrent acid-suppressing medications") == ""
        assert veto(weighed, "Corticosteroid therapy") == "does not name omeprazole"
        assert veto(weigh(desk, "magnesium and prednisolone"), "Corticosteroid therapy") == ""

    def test_a_unit_that_does_not_name_the_group_asked_about_is_no_answer(self, desk: Desk) -> None:
        weighed = weigh(desk, "Is magnesium safe in kidney disease?")
        assert veto(weighed, "Kidney disease (eGFR below 30)") == ""
        assert veto(weighed, "Wienecke and Nolden 2016 (PMID 27933574)") == "does not name kidney disease"
        assert veto(weighed, "Older adults:") == "does not name kidney disease"

    def test_a_sentence_about_caffeine_in_pregnancy_says_nothing_of_magnesium(self, desk: Desk) -> None:
        weighed = weigh(desk, "Is magnesium safe in pregnancy?")
        assert veto(weighed, CAFFEINE) == "speaks of another substance"
        assert all(each.veto for each in weighed.values())

    @pytest.mark.parametrize(
        "question", ["magnesium when pregnant", "how much magnesium in the third trimester", "magnesium, pregnancy?"]
    )
    def test_nor_however_it_is_asked(self, desk: Desk, question: str) -> None:
        assert veto(weigh(desk, question), CAFFEINE)

    def test_it_does_speak_of_caffeine(self, desk: Desk) -> None:
        assert veto(weigh(desk, "What does pregnancy do to caffeine clearance?"), CAFFEINE) == ""

    def test_a_group_named_in_an_earlier_turn_still_rules_out(self, desk: Desk) -> None:
        turn = Turn("Is velorin safe in kidney disease?", ("velorin",))
        weighed = weigh(desk, "And how much?", turn)
        assert veto(weighed, "Trials have used") == "does not name kidney disease"

    def test_a_unit_that_does_not_name_the_substance_asked_about_is_no_answer(self, desk: Desk) -> None:
        weighed = weigh(desk, "Is zinc good for stress?")
        assert {each.veto for each in weighed.values()} == {"does not name zinc"}
        weighed = weigh(desk, "Can magnesium be taken with ashwagandha?")
        assert veto(weighed, "Interaction: Magnesium and ashwagandha") == ""
        assert veto(weighed, "Interaction: Magnesium and phosphatidylserine") == "does not name ashwagandha"

    def test_what_it_costs_no_unit_says(self, desk: Desk) -> None:
        weighed = weigh(desk, "Which brand of magnesium is cheapest?")
        assert {each.veto for each in weighed.values()} == {"the library names no product, price or shop"}

    def test_what_is_ruled_out_has_no_probability_and_stands_last(self, desk: Desk) -> None:
        weighed = list(weigh(desk, "Is magnesium safe in kidney disease?").values())
        assert all((each.probability == 0) == bool(each.veto) for each in weighed)
        probabilities = [each.probability for each in weighed]
        assert probabilities == sorted(probabilities, reverse=True)


class TestFeatures:
    def test_their_names_and_order_are_those_of_the_fitted_weights(self) -> None:
        data = json.loads(resources.files("assistant.answering").joinpath("coefficients.json").read_text("utf-8"))
        assert set(data) == set(get_args(Mode))
        for mode in get_args(Mode):
            fitted = packaged_coefficients(mode)
            assert tuple(data[mode]["weights"]) == FEATURES
            assert len(set(FEATURES)) == len(FEATURES) == len(fitted.weights)
            assert tuple(data[mode]["trust"]) == TRUST
            assert len(set(TRUST)) == len(TRUST) == len(fitted.trust)
            assert set(data[mode]) == {"intercept", "threshold", "trust", "trust_intercept", "weights"}
            assert 0 < fitted.threshold < 1
            assert all(map(math.isfinite, (fitted.intercept, *fitted.weights, fitted.trust_intercept, *fitted.trust)))

    def test_without_the_encoder_the_dense_numbers_are_nothing(self, desk: Desk) -> None:
        reading = read_question("Which foods are rich in magnesium?", [], desk.vocabulary)
        weigher = Weigher(desk.weigher.passages, packaged_coefficients("lexical"))
        weighed = weigher.weigh(reading, search_units(weigher.passages, reading, None))
        assert weighed[0].entry.words(weighed[0].unit).startswith("Magnesium-rich foods")
        assert weighed[0].probability >= weigher.coefficients.threshold
        for each in weighed:
            assert [each.features[FEATURES.index(name)] for name in DENSE] == [0.0] * len(DENSE)

    def test_the_inventory_says_whether_a_unit_answers_the_kind(self, desk: Desk) -> None:
        def number(question: str, words: str, feature: str) -> float:
            (each,) = [e for unit, e in weigh(desk, question).items() if unit.startswith(words)]
            return each.features[FEATURES.index(feature)]

        below = "Pickering 2020 highlights"
        assert number("What is the RDA of magnesium in mg?", below, "kind_failed") == 1.0
        assert number("Who funded the velorin study?", "Foods that contain velorin", "kind_none") == 1.0
        assert number("Which foods contain velorin?", "Foods that contain velorin", "kind_exact") == 1.0

    def test_a_condition_or_a_form_that_is_not_spoken_of_shows(self, desk: Desk) -> None:
        def number(question: str, words: str, feature: str) -> float:
            (each,) = [e for unit, e in weigh(desk, question).items() if unit.startswith(words)]
            return each.features[FEATURES.index(feature)]

        foods, forms = "Magnesium-rich foods", "For the stress context"
        assert number("Does magnesium help acne?", foods, "condition_missing") == 1.0
        assert number("Does magnesium help acne?", foods, "condition_missing_in_entry") == 1.0
        assert number("Does magnesium help sleep?", "Older adults", "condition_missing") == 0.0
        assert number("Is magnesium spray better than citrate?", forms, "detail_missing") == 0.5
        assert number("Is magnesium spray better than citrate?", forms, "compared_missing") == 1.0

    def test_weights_of_other_features_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(coefficients, "FEATURES", (*FEATURES[1:], FEATURES[0]))
        with pytest.raises(ValueError, match="of other features; fit it again"):
            packaged_coefficients.__wrapped__()

    @pytest.mark.parametrize(
        "question",
        ["Which foods are rich in magnesium?", "?", "the of and", "velorin " * 90, "Is zinc safe with warfarin, mice?"],
    )
    def test_every_number_is_finite_and_near_one_at_most(self, desk: Desk, question: str) -> None:
        for each in weigh(desk, question).values():
            assert len(each.features) == len(FEATURES)
            for name, value in zip(FEATURES, each.features, strict=True):
                assert -1.01 <= value <= 1.51, name
            assert 0 <= each.probability <= 1

    def test_what_a_unit_says_shows_in_its_numbers(self, desk: Desk) -> None:
        weighed = weigh(desk, "Which foods are rich in magnesium?")

        def number(words: str, feature: str) -> float:
            (each,) = [e for unit, e in weighed.items() if unit.startswith(words)]
            return each.features[FEATURES.index(feature)]

        assert number("Magnesium-rich foods", "unit_coverage") == 1.0
        assert number("Oxide is poorly", "unit_coverage") == 0.0
        assert number("Magnesium-rich foods", "subject_in_unit") == 1.0
        assert number("Oxide is poorly", "subject_in_unit") == 0.0
        assert number("Oxide is poorly", "subject_in_entry") == 1.0
        assert number("Claim: HRV", "misconception") == 1.0
        assert number("Interaction: Magnesium and ashwagandha", "row") == 1.0
        assert number("(3) Impaired HPA-axis", "animal") == 1.0
        assert number("Form selection follows", "cross_reference") == 1.0


def test_nothing_found_is_nothing_weighed(desk: Desk) -> None:
    assert desk.weigher.weigh(read_question("velorin", [], desk.vocabulary), []) == []


def test_equal_ones_keep_the_order_of_the_search(desk: Desk) -> None:
    reading = read_question("Which brand is cheapest?", [], desk.vocabulary)
    found = search_units(desk.weigher.passages, reading, desk.snapshot.encoder.encode(reading.plain))
    assert [each.candidate for each in desk.weigher.weigh(reading, found)] == found


def test_a_title_is_answered_by_the_summary_of_its_entry(desk: Desk) -> None:
    for entry in desk.snapshot.library.entries:
        first = next(iter(sorted(weigh(desk, entry.title).values(), key=lambda each: -each.probability)))
        assert (first.entry.id, entry.section_of[first.unit].name) == (entry.id, "summary")
        assert first.probability > desk.weigher.coefficients.threshold
