"""Marks: what a unit's words call for, by rules that name no entry's own subject."""

from pathlib import Path

import pytest

from assistant.library import marks
from assistant.library.manifest import load_library
from assistant.library.marks import marks_of, packaged_rules, ratio_marks
from assistant.library.model import SectionName

ROOT = Path(__file__).parents[1]


def said(words: str, section: SectionName = "summary") -> set[str]:
    """The marks of a sentence."""
    return set(marks_of(words, section, labelled=False))


@pytest.mark.parametrize(
    "words",
    [
        "Trials gave 400 mg/day for 90 days.", "They took 1,000 and 2,000 mg beforehand.", "One gave 1.5-2 g daily.",
        "People drank four cups a day.", "They ate two or three weekly portions of it.", "Each extra cup was counted.",
        "It was 45 µg, 45 μg, 45 mcg or 45 ug.",
    ],
)  # fmt: skip
def test_an_amount_taken_is_a_dose(words: str) -> None:
    assert "dose" in said(words)


@pytest.mark.parametrize(
    "words",
    [
        "Serum levels were below 150 pmol/l.", "It holds 22 mg per g of protein.", "There were 14 trials in 2012.",
        "The level was 45 mg/dl.",
    ],
)  # fmt: skip
def test_what_a_food_holds_or_blood_carries_is_no_dose(words: str) -> None:
    assert "dose" not in said(words)


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("It can cause diarrhoea.", "safety"),
        ("The upper level is set at 90 units; too much causes goitre.", "safety"),
        ("Supplementation should be supervised.", "populations"),
        ("It has not been studied in pregnancy.", "populations"),
        ("The medicine can worsen a deficiency.", "interactions"),
        ("A question for the prescriber.", "interactions"),
        ("The capsules held mercury.", "safety"),
        ("Deaths were more frequent with it (HR 1.26, 95% CI 1.05-1.58).", "summary"),
    ],
)
def test_a_harm_or_who_must_be_careful_is_a_caution(words: str, section: SectionName) -> None:
    assert "caution" in said(words, section)


@pytest.mark.parametrize(
    "words",
    [
        "It went with a lower risk of colds.", "The relative risk was not given.", "There was no risk.",
        "It reduced the risk.", "The funding source should be weighed.",
    ],
)  # fmt: skip
def test_a_risk_that_falls_is_no_caution(words: str) -> None:
    assert "caution" not in said(words)


@pytest.mark.parametrize(
    "words",
    [
        "It made no significant difference.", "The trial was small and had no placebo group.", "It is unclear why.",
        "Such doses are not anchored to consensus guidelines.", "No guideline names an amount.",
        "The study was cross-sectional, so it cannot show cause.", "Its authors ask for larger trials.",
    ],
)  # fmt: skip
def test_what_keeps_a_finding_from_being_taken_at_face_value_is_a_limiter(words: str) -> None:
    assert "limiter" in said(words)


@pytest.mark.parametrize(
    "words",
    [
        "It improved sleep.",
        "It lowered blood pressure.",
        "It beat placebo.",
        "Fewer people fell ill: fewer infections.",
    ],
)
def test_a_favourable_effect_in_people_is_a_benefit(words: str) -> None:
    assert "benefit" in said(words)


@pytest.mark.parametrize(
    "words", ["It did not improve sleep.", "It brought no lower risk of death.", "In mice it lowered pain."]
)
def test_nothing_found_or_found_in_animals_is_no_benefit(words: str) -> None:
    assert "benefit" not in said(words)


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        ("The review was funded in part by its maker.", "conflict"),
        ("It was provided by the company whose name it bears.", "conflict"),
        ("In mice it did the same.", "animal"),
        ("In cultured liver cells it did so.", "animal"),
        ("Pregnant women were left out.", "population"),
    ],
)
def test_funding_animals_and_groups_are_marked(words: str, mark: str) -> None:
    assert mark in said(words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("RR 0.73, 95% CI 0.56-0.96", {"benefit"}),
        ("hazard ratio 1.26 (95% CI from 1.10 to 1.58)", {"caution"}),
        ("with an RR of 0.96 and a 95% CI from 0.91 to 1.02", {"limiter"}),
        ("RR of 1·057 (95 % CI 1·042, 1·073)", {"caution"}),
        ("the RR was not given", set()),
        ("3.9 nmol/l (95% CI 2.9-4.8)", set()),
    ],
)
def test_a_ratio_says_by_its_interval_which_way_it_points(words: str, expected: set[str]) -> None:
    assert ratio_marks(words) == expected


def test_the_rules_name_no_subject_of_any_entry() -> None:
    rules = Path(marks.__file__).with_suffix(".toml").read_text("utf-8").casefold()
    names = {
        name
        for entry in load_library(ROOT / "corpus").entries
        for name in (*entry.subjects, *entry.aliases)
        if len(name) > 4
    }
    allowed = {"stress"}  # a symptom as well as a subject
    assert {name for name in names if name in rules} <= allowed


def test_every_rule_gives_a_mark_and_compiles_once() -> None:
    assert packaged_rules() is packaged_rules()
    assert {rule.mark for rule in packaged_rules()} == {
        "dose", "benefit", "limiter", "caution", "population", "interaction", "conflict", "animal",
    }  # fmt: skip
