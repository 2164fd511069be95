"""Seeded faults: every one is made as it says, and every one is found under its name."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from eval.composing import compose_answers
from eval.faults import KINDS, FaultKind, Seeded, seed_faults
from eval.foreign import read_answer
from eval.grounding.case import FaultName
from eval.grounding.judging import Judge
from eval.grounding.words import words_in

from assistant.answering.notices import load_notices
from assistant.answering.reply import Desk, reply_to
from assistant.library.manifest import load_library
from assistant.library.model import Library
from assistant.serving.wire import answer_json

ROOT = Path(__file__).parents[1]
EXPECTED: dict[FaultKind, FaultName] = {
    "changed word": "changed word",
    "dropped not": "dropped negation",
    "changed number": "changed number",
    "swapped citation": "swapped citation",
    "missing disclaimer": "missing disclaimer",
    "bare myth": "bare myth",
    "wrong hash": "wrong hash",
    "made-up quote": "made-up sentence",
}
EACH = 25
"""Of each of eight kinds: 200."""


@pytest.fixture(scope="module")
def ours(desk: Desk) -> list[dict[str, Any]]:
    """Our own answers over the four entries."""
    lines = (ROOT / "eval/questions/fictional.jsonl").read_text("utf-8").splitlines()
    return [answer_json(reply_to(json.loads(line)["question"], [], desk)) for line in lines]


@pytest.fixture(scope="module")
def corpus_library() -> Library:
    """The library as it is served."""
    return load_library(ROOT / "corpus")


@pytest.fixture(scope="module")
def composed(corpus_library: Library) -> list[dict[str, Any]]:
    """Answers of all that the corpus holds."""
    return compose_answers(corpus_library, load_notices("GB"), 600, seed=31)


def missed(seeded: list[Seeded], judge: Judge) -> list[object]:
    """The faults that are not found under their names."""
    found: list[object] = []
    for each in seeded:
        faults = {fault.name for fault in judge.judge(read_answer(each.line, "a", "here")).faults}
        if EXPECTED[each.kind] not in faults:
            found.append((each, faults))
    return found


def test_all_200_faults_seeded_in_our_answers_over_the_four_entries_are_found(
    ours: list[dict[str, Any]], library: Library
) -> None:
    seeded = [each for kind in KINDS for each in seed_faults(ours, library, kind, EACH, seed=30)]
    assert len(seeded) == 200
    assert missed(seeded, Judge(library)) == []


def test_all_200_faults_seeded_over_the_corpus_are_found(
    composed: list[dict[str, Any]], corpus_library: Library
) -> None:
    seeded = [each for kind in KINDS for each in seed_faults(composed, corpus_library, kind, EACH, seed=32)]
    assert len(seeded) == 200
    assert missed(seeded, Judge(corpus_library)) == []


def test_the_same_seed_gives_the_same_faults_and_leaves_the_answers_alone(
    ours: list[dict[str, Any]], library: Library
) -> None:
    before = json.dumps(ours)
    for kind in KINDS:
        assert seed_faults(ours, library, kind, 5, seed=1) == seed_faults(ours, library, kind, 5, seed=1)
        assert seed_faults(ours, library, kind, 5, seed=1) != seed_faults(ours, library, kind, 5, seed=2)
    assert json.dumps(ours) == before


def test_any_word_may_be_changed_small_ones_too(composed: list[dict[str, Any]], corpus_library: Library) -> None:
    seeded = seed_faults(composed, corpus_library, "changed word", 400, seed=1)
    old = Counter(words_in(each.what.split("'")[1])[0].text for each in seeded if each.what.startswith("'"))
    assert {"the", "of", "and", "in"} <= set(old)
    assert len(old) > 150


def test_faults_are_made_in_our_form_and_in_others(composed: list[dict[str, Any]], corpus_library: Library) -> None:
    seeded = seed_faults(composed, corpus_library, "changed number", 100, seed=1)
    own = sum(isinstance(each.line["answer"], dict) for each in seeded)
    assert 15 < own < 60


def test_answers_without_a_place_for_a_fault_are_refused(library: Library, desk: Desk) -> None:
    silent = [answer_json(reply_to("What is the capital of France?", [], desk))]
    assert not silent[0]["quotes"]
    with pytest.raises(ValueError, match="no place for a 'changed word' in 0 answers"):
        seed_faults(silent, library, "changed word", 1, seed=1)
