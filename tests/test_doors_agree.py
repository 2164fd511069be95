"""The doors agree: a question gets the same quotations, citations and disclaimer through each of them.

A few dozen are asked here, five hundred by `python -m eval.doors`.
"""

from pathlib import Path

from eval.doors import DOORS, Place, differences, sampled_questions

QUESTIONS = [
    *sampled_questions(16),
    "How much velorin was used?",
    "Can magnesium be taken with ashwagandha?",
    "What is known about quendrite?",
    "velorin or thassic oil?",
    "I took 40 magnesium tablets",
    "I want to kill myself",
    "Should I stop my warfarin for velorin?",
    "hello",
    "Welche Lebensmittel enthalten Magnesium?",
    "Is it safe?",
    "Does magnesium cure baldness?",
    "<img src=x onerror=alert(1)> magnesium?\n\n> quoted\u2028",
]


def test_every_door_gives_what_asking_gives(served: str, index: Path) -> None:
    assert differences(Place(served, index), QUESTIONS) == {door: [] for door in DOORS}
