"""Quantities: the sort of number a question asks for, and whether a unit holds one."""

import pytest

from assistant.answering.asked import sex_of
from assistant.answering.quantities import holds_quantity, quantities_asked
from assistant.answering.reply import Desk, reply_to


@pytest.mark.parametrize(
    ("question", "sorts"),
    [
        ("how many milligrams were given?", ["amount"]),
        ("what dose was used?", ["amount"]),
        ("how many iu a day are needed?", ["amount"]),
        ("how many more weeks until it shows?", ["days"]),
        ("how many hours apart?", ["hours"]),
        ("how many older women took part?", ["people"]),
        ("how many studies were pooled?", ["studies"]),
        ("what percentage of people run low?", ["share"]),
        ("what was the hazard ratio?", ["ratio"]),
        ("what was the average age of those tested?", ["age"]),
        ("by how much did it fall?", ["size"]),
        ("how many coffees a day are fine?", []),
        ("how much evidence is there?", []),
        ("which age group gains most?", []),
        ("is a high dose safe?", []),
        ("", []),
        ("how many " * 200, []),
    ],
)
def test_the_sort_of_number_asked_for(question: str, sorts: list[str]) -> None:
    assert [each.name for each in quantities_asked(question)] == sorts


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("how many milligrams?", "Trials used 300 mg a day.", "It was taken for 8 weeks."),
        ("how many weeks?", "Scores were taken at weeks 0, 2 and 4.", "Trials used 300 mg a day."),
        ("how many hours apart?", "Leave 4 hours between them.", "It was taken for 8 weeks."),
        ("how many people?", "A 64-walker randomised trial found less soreness.", "It took 6 weeks."),
        ("how many women?", "Among 18,888 Norwegian women it was rarer.", "It took 6 weeks."),
        ("how many trials?", "A pooled analysis of five small trials agreed.", "Few trials exist."),
        ("what percentage was absorbed?", "A fifth was taken up.", "Uptake was poor (PMID 12345678)."),
        ("what was the odds ratio?", "The odds ratio was 0.72.", "The odds were lower."),
        ("by how much did it rise?", "It doubled in a month.", "It rose (2016)."),
    ],
)
def test_a_unit_holds_it_or_does_not(question: str, holds: str, lacks: str) -> None:
    (quantity,) = quantities_asked(question)
    assert holds_quantity(holds, quantity)
    assert not holds_quantity(lacks, quantity)


@pytest.mark.parametrize(
    ("words", "sex"),
    [("Does it help men?", "men"), ("women and men", ""), ("a human manages", ""), ("after the menopause", "women"),
     ("postmenopausal women", "women"), ("My mum says it helps", "")],
)  # fmt: skip
def test_the_sex_spoken_of(words: str, sex: str) -> None:
    assert sex_of(words) == sex


def test_a_number_the_library_does_not_give_is_not_answered_by_a_sentence_without_it(desk: Desk) -> None:
    answer = reply_to("How many minutes longer did velorin keep attention steady?", [], desk)
    assert answer.status != "answered"
    assert any(each.veto.startswith("gives no number") for each in answer.weighed)
