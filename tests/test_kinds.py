"""Kinds of question: which wordings each catches, which it must not, and that no text makes a pattern slow."""

import re
import time
import tomllib
from importlib import resources
from typing import NamedTuple, get_args

import pytest

from assistant.answering.folding import fold
from assistant.index.kinds import found, packaged_kinds
from assistant.library.model import SectionName

KINDS = {kind.name: kind for kind in packaged_kinds().kinds}


class Case(NamedTuple):
    """Questions that are of a kind, and questions that only look like it."""

    asked: tuple[str, ...]
    not_asked: tuple[str, ...]


CASES = {
    "cost_brand": Case(
        ("Which brand of magnesium is best?", "Where can I buy velorin?", "How much does it cost?", "Is it cheap?"),
        ("What are the costs of deficiency?", "Is it worth taking?", "Which foods hold magnesium?"),
    ),
    "recommended_intake": Case(
        (
            "What is the RDA of magnesium?",
            "How much magnesium do adults need?",
            "What is the recommended daily intake?",
        ),
        ("How much magnesium was used in the trial?", "Which form is recommended?"),
    ),
    "upper_limit": Case(
        ("What is the upper limit for magnesium?", "How much is too much?", "What is the maximum dose?"),
        ("What happens above the upper limit?", "What are the side effects of too much?", "Is there an effect?"),
    ),
    "food_sources": Case(
        (
            "Which foods are rich in magnesium?",
            "What are dietary sources of quendrite?",
            "What should I eat to get more?",
        ),
        ("Should it be taken with food?", "What were the sources of funding?", "Is it safe?"),
    ),
    "time_of_day": Case(
        ("Is it better in the morning?", "Should it be taken at night?", "Take it on an empty stomach?"),
        ("Does it help morning sickness?", "Is evening primrose oil an oil?", "How long does it take?"),
    ),
    "time_to_effect": Case(
        ("How long before it works?", "How many weeks until I see a difference?", "When will I notice a change?"),
        ("When should I take it?", "Which foods hold it?"),
    ),
    "trial_size": Case(
        ("How many people were in the trial?", "What was the sample size?", "How big was the study?"),
        ("How many mg were used?", "What did the study find?"),
    ),
    "funding": Case(
        ("Who funded the study?", "Is there a conflict of interest?", "Who paid for it?"),
        ("Who took part in the study?", "What did the trial find?"),
    ),
    "deficiency_signs": Case(
        ("What are the signs of magnesium deficiency?", "How do I know if I am low?", "Symptoms of low iron?"),
        ("What causes deficiency?", "What are the symptoms of flu?"),
    ),
    "tests": Case(
        ("Is there a blood test?", "How is magnesium measured?", "How is it diagnosed?"),
        ("Does it affect blood pressure?", "How is magnesium absorbed?"),
    ),
    "storage": Case(
        ("What is the shelf life?", "Does it need the fridge?", "How should I store it?"),
        ("Is it found in stores of the body?", "Does it last?"),
    ),
    "suitability": Case(
        ("Is it halal?", "Does it contain gluten?", "Is it suitable for vegans?"),
        ("Do vegans lack iron?", "Is it safe?"),
    ),
    "symptoms": Case(
        ("What are the symptoms?", "Signs of vitamin D toxicity?", "What are the early signs of overdose?"),
        ("Is there a significant effect?", "Which foods hold it?"),
    ),
    "comparison": Case(
        ("Is citrate better than oxide?", "Citrate versus oxide", "What is the difference between D2 and D3?"),
        ("Is citrate well absorbed?", "Does it get better?"),
    ),
    "trial_participants": Case(
        ("Were they men or women?", "How old were the participants?", "What ages were studied?"),
        ("How many were studied?", "Does it help older adults?"),
    ),
    "figure": Case(
        ("How many points did it fall?", "What percentage got better?", "By how much did HRV rise?"),
        ("Does it rise?", "How does it work?"),
    ),
    "guideline_position": Case(
        ("What do guidelines say?", "Does NICE recommend it?", "What do experts recommend?"),
        ("Is it good?", "What did the trial find?"),
    ),
    "dose_studied": Case(
        ("How much magnesium was used?", "What dose was studied?", "How many mg?"),
        ("How much evidence is there?", "How much do we absorb?", "What about a missed dose?"),
    ),
    "side_effects": Case(
        ("What are the side effects?", "Is it harmful?", "Is it safe?"),
        ("Is it effective?", "Which foods hold it?"),
    ),
    "interaction": Case(
        ("Does it interact with warfarin?", "Can I take it with ashwagandha?", "Is it fine while on antibiotics?"),
        ("Should it be taken with food?", "What is it?"),
    ),
    "forms": Case(
        ("Which form is best absorbed?", "What types are there?", "Glycinate vs citrate"),
        ("Is it safe?", "Which foods hold it?"),
    ),
    "population_effect": Case(
        ("Who needs it most?", "Which groups are at risk?", "Is it for people with diabetes?"),
        ("Who wrote it?", "What is it?"),
    ),
    "evidence_strength": Case(
        ("Is there evidence for it?", "Does it really help?", "How strong is the research?"),
        ("Which foods hold it?", "What is it?"),
    ),
    "mechanism": Case(
        ("How does it act on sleep?", "Why does stress matter?", "What is the mechanism?"),
        ("Is it safe?", "Who funded it?"),
    ),
    "misconception": Case(
        ("Is it a myth?", "Is it true that it cures stress?", "I've heard it is a miracle"),
        ("Which foods hold it?", "Who funded it?"),
    ),
    "overview": Case(
        ("What is velorin?", "Tell me about thassic oil", "information about magnesium"),
        ("What is the upper level of velorin a day?", "Is velorin safe?"),
    ),
    "reference_range": Case(
        ("What should my level be?", "What is the normal range?", "What counts as low?"),
        ("Is it safe?", "What should I eat?"),
    ),
    "frequency": Case(
        ("How often is it taken?", "How many times a day?", "Every other day?"),
        ("How long does it take?", "How much is taken?"),
    ),
    "content": Case(
        (
            "How much magnesium is in a cup of spinach?",
            "How much salt does bread contain?",
            "How much is there in nuts?",
        ),
        ("How much magnesium was used?", "Is it in nuts?"),
    ),
    "source": Case(
        ("What is the PMID of the trial?", "Which journal was it published in?", "Which paper says so?"),
        ("Which foods are good sources of it?", "What did the study find?"),
    ),
    "interval": Case(
        ("How far apart should they be taken?", "What gap is there between the two?", "How long before surgery?"),
        ("How long does it take to work?", "Is it good apart from the taste?"),
    ),
    "trial_length": Case(
        (
            "How long did the trial go on for?",
            "How many weeks did the study last?",
            "What was the length of follow-up?",
        ),
        ("How long before it works?", "How old were the people in the trial?"),
    ),
    "measurement": Case(
        ("Can a single night mislead?", "Why do wearables vary?", "What distorts the score?"),
        ("Which foods hold it?", "Who funded it?"),
    ),
    "absorption": Case(
        ("How well is it absorbed?", "Does it reach the brain?", "What affects its bioavailability?"),
        ("Which foods hold it?", "Who funded it?"),
    ),
    "population_safety": Case(
        ("Is it safe in pregnancy?", "Who should avoid it?", "Can it harm a child?"),
        ("Which foods hold it?", "Who funded it?"),
    ),
    "status": Case(
        ("How common is low iron?", "Do vegans run low?", "What causes deficiency?"),
        ("Which brand is best?", "Who funded it?"),
    ),
    "study_result": Case(
        ("What did the trial find?", "Is it linked to anything?", "What was the result?"),
        ("Which foods hold it?", "Is it safe?"),
    ),
    "condition_effect": Case(
        ("Does it help with sleep?", "velorin for migraine", "Can it prevent colds?"),
        ("Which foods hold it?", "Who funded it?"),
    ),
    "definition": Case(
        ("What is velorin?", "What does UL stand for?", "What does elemental mean?"),
        ("Is it safe?", "Who funded it?"),
    ),
    "practical": Case(
        ("What can I do about it?", "Any tips?", "How should I start?"),
        ("Which foods hold it?", "Who funded it?"),
    ),
}


def kinds_of(question: str) -> set[str]:
    """The names of a question's kinds, read as it is in a reply."""
    return {kind.name for kind in packaged_kinds().of(fold(question))}


class TestTheFile:
    def test_every_kind_has_its_cases_here(self) -> None:
        assert set(CASES) == set(KINDS)
        assert all(len(case.asked) >= 3 and len(case.not_asked) >= 2 for case in CASES.values())

    def test_kinds_have_names_of_their_own_and_known_sections(self) -> None:
        assert len(KINDS) == len(packaged_kinds().kinds)
        for kind in KINDS.values():
            assert kind.asks
            assert set(kind.sections) <= set(get_args(SectionName))
            assert kind.answers or not kind.required, f"{kind.name} rules out units by nothing"

    def test_no_field_is_misspelt(self) -> None:
        data = tomllib.loads(resources.files("assistant.index").joinpath("kinds.toml").read_text("utf-8"))
        known = {"name", "meaning", "asks", "and_asks", "answers", "and_answers", "absence", "unless", "required"}
        known |= {"sections", "whole_sections", "or", "over", "reads_citations", "needs_subject"}
        assert {field for record in data["kind"] for field in record} <= known

    def test_every_kind_says_what_it_means_and_names_only_kinds(self) -> None:
        for kind in KINDS.values():
            assert kind.meaning.endswith(".")
            assert kind.alternatives | kind.over <= set(KINDS)
            assert kind.name not in kind.alternatives | kind.over

    def test_every_name_in_braces_is_filled_in(self) -> None:
        for kind in KINDS.values():
            for pattern in (*kind.asks, *kind.answers, *kind.absence, *kind.unless):
                assert not re.search(r"\{[A-Z_]+\}", pattern.pattern)


@pytest.mark.parametrize(("name", "question"), [(name, q) for name, case in CASES.items() for q in case.asked])
def test_a_kind_is_recognised(name: str, question: str) -> None:
    assert name in kinds_of(question)


@pytest.mark.parametrize(("name", "question"), [(name, q) for name, case in CASES.items() for q in case.not_asked])
def test_a_kind_is_not_seen_where_it_is_not(name: str, question: str) -> None:
    assert name not in kinds_of(question)


@pytest.mark.parametrize(
    ("name", "answers", "does_not"),
    [
        ("recommended_intake", "The RDA is 300 mg a day.", "Intake falls below the RDA."),
        ("upper_limit", "The upper level is 120 mg a day.", "Above-UL supplementation can cause diarrhoea."),
        ("food_sources", "Nuts and seeds hold it.", "Oxide is poorly absorbed."),
        ("time_to_effect", "Allow 4-8 weeks of use.", "It takes patience."),
        ("trial_size", "It was a 100-participant RCT.", "It was a small trial."),
        ("funding", "It was funded in part by Sanofi.", "It was done in part in Paris."),
        ("dose_studied", "They took 400 mg/day.", "They took magnesium each morning."),
        ("figure", "It rose by 5 %.", "It rose."),
    ],
)
def test_an_answer_to_a_kind_holds_what_is_asked_for(name: str, answers: str, does_not: str) -> None:
    assert KINDS[name].required
    assert KINDS[name].is_answered_by(answered_by(answers))
    assert not KINDS[name].is_answered_by(answered_by(does_not))


def answered_by(words: str) -> tuple[str, ...]:
    """The kinds that words answer, in a section that says nothing of itself."""
    return packaged_kinds().answered_by(words, "other")


def test_no_unit_answers_what_a_thing_costs() -> None:
    assert "cost_brand" not in answered_by("It costs £5 in any shop, of the best brand.")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("No upper level has been set.", "upper_limit"),
        ("Trial doses have not been established.", "dose_studied"),
        ("No guideline has taken a position.", "guideline_position"),
        ("The two forms have not been compared.", "comparison"),
    ],
)
def test_a_stated_absence_answers_the_kind_that_it_is_of(words: str, kind: str) -> None:
    assert found(packaged_kinds().stated_absence, words)
    assert kind in answered_by(words)
    assert "storage" not in answered_by(words)


def test_the_numbers_of_citations_years_and_points_are_no_figures() -> None:
    assert "figure" not in answered_by(
        "(1) Pickering 2020 covered both (PMID 33260549); see the forms entry (3ca17b72)."
    )
    assert "source" in answered_by("(1) Pickering 2020 covered both (PMID 33260549).")
    assert "figure" in answered_by("It rose by 12 in the trial (PMID 33260549).")


def test_a_section_speaks_for_its_units() -> None:
    assert "mechanism" in packaged_kinds().answered_by("It is stored in the spleen.", "mechanism")
    assert "mechanism" not in packaged_kinds().answered_by("It is stored in the spleen.", "dose")


def test_a_particular_kind_stands_in_place_of_a_looser_one() -> None:
    assert {"recommended_intake"} == kinds_of("How many mg of iron do women need a day?") & {
        "recommended_intake",
        "dose_studied",
        "figure",
    }


def test_generic_words_are_no_names_of_nutrients() -> None:
    assert not packaged_kinds().generic & {"magnesium", "iron", "zinc", "pregnancy", "warfarin", "sleep", "stress"}


FILLS = ("how much ", "what is the most ", "1,1", "1", "10 to 20 ", "a-b-c ", "low signs ", "1 mg ", "normal ", "a")
"""What a pattern could be made to try again and again: openings without an end, numbers, one long word."""
PATTERNS = [
    pytest.param(
        pattern,
        id=f"{kind.name}-{field}-{number}",
    )
    for kind in KINDS.values()
    for field in ("asks", "answers", "unless")
    for number, pattern in enumerate(getattr(kind, field))
] + [pytest.param(pattern, id="stated_absence") for pattern in packaged_kinds().stated_absence]


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """The least of two runs, in seconds of this thread's own work."""
    taken = []
    for _ in range(2):
        start = time.thread_time()
        pattern.search(text)
        taken.append(time.thread_time() - start)
    return min(taken)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_time_of_a_pattern_grows_with_the_text_and_no_faster(pattern: re.Pattern[str]) -> None:
    for fill in FILLS:
        small, large = ("what is " + fill * (size // len(fill)) for size in (12_500, 100_000))
        first = seconds(pattern, small)
        assert first < 0.3, f"{fill!r}: {first:.2f} s for 12.5 kB"
        # Eight times the text: eight times the time, sixty-four if every start went on to the end.
        assert seconds(pattern, large) <= 20 * first + 0.02, repr(fill)


@pytest.mark.parametrize("fill", FILLS)
def test_the_longest_question_is_sorted_into_kinds_at_once(fill: str) -> None:
    question = "what is " + fill * (992 // len(fill))
    start = time.thread_time()
    packaged_kinds().of(question)
    assert time.thread_time() - start < 0.1
