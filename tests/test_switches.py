"""Switches: invented substances and conversations about them, and what counts as found."""

import random
from collections.abc import Sequence

import pytest
from eval.ask import Reply
from eval.switches import Outcome, Step, ask_dialogue, invented_dialogues, invented_library, invented_names

from assistant.answering.question import Turn
from assistant.index.lexicon import packaged_lexicon, phrase_terms


def seeded(seed: int) -> random.Random:
    """Numbers that are the same every time."""
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def test_names_are_distinct_and_no_substance_s() -> None:
    names = invented_names(300, seeded(1))
    assert len(set(names)) == 300
    known = {name for item in packaged_lexicon().items for name in item.names}
    assert known.isdisjoint(phrase_terms(name) for name in names)
    with pytest.raises(ValueError, match="99999 names are wanted; 1728 can be made"):
        invented_names(99_999, seeded(1))


def test_entries_differ_in_their_names_and_figures_alone() -> None:
    library = invented_library(["belabrine", "coradite"], seeded(1))
    one, other = (entry.text.lower().replace(entry.id, "it") for entry in library.entries)
    letters = [" ".join(word for word in text.split() if word.isalpha() and len(word) > 1) for text in (one, other)]
    assert letters[0] == letters[1]


def test_a_conversation_turns_twice_and_names_each_time_what_it_turns_to() -> None:
    for steps in invented_dialogues(["belabrine", "coradite", "dalefane"], 20, seeded(2)):
        assert len(steps) == 6
        assert [step.switched for step in steps] == [False, False, True, True, True, True]
        for first, second in zip(steps[::2], steps[1::2], strict=True):
            assert first.name in first.question
            assert first.name == second.name
            assert second.name not in second.question


class Stub:
    """A system that reads every question as about one thing, and keeps the turns it was given."""

    def __init__(self) -> None:
        self.turns: list[tuple[Turn, ...]] = []

    def ask(self, question: str, turns: Sequence[Turn] = ()) -> Reply:
        """Answer from entry a."""
        self.turns.append(tuple(turns))
        return Reply({"question": {"subjects": ["a"]}}, 0.5, ((("a", 0), 0.5),), 0.0)

    def entries(self) -> frozenset[str]:
        """Only a."""
        return frozenset({"a"})


def test_a_turn_is_right_when_its_subject_and_its_entry_are() -> None:
    stub = Stub()
    steps = [Step("a?", "a", dependent=False, switched=False), Step("b?", "b", dependent=True, switched=True)]
    outcomes = list(ask_dialogue(steps, stub))
    assert [each.is_right for each in outcomes] == [True, False]
    assert stub.turns == [(), (Turn("a?", ("a",)),)]
    assert not Outcome(steps[0], ("a", "b"), "a").is_right
    assert not Outcome(steps[0], ("a",), None).is_right
