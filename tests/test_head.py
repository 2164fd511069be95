"""The head only adds to what the patterns decide, by sums worked by hand, and refuses a file that does not fit."""

import json
import math
from typing import Any

import numpy as np
import pytest

from assistant.answering.grammar import packaged_grammar
from assistant.answering.head import (
    NONE,
    PLANTED,
    Head,
    HeadError,
    Vector,
    packaged_head,
    read_head,
    weight_of_words,
    words_and_pairs,
)
from assistant.answering.question import Turn
from assistant.answering.reply import Desk, reply_to
from assistant.answering.triage import Triage, decide, open_triage
from assistant.settings import PACKAGED_ENCODER

CLASSES = [NONE, "crisis", "emergency", "misuse", "personal_advice"]
OBLIQUE = "my goodbyes are done"  # no pattern knows it


def file_of_head(**changed: Any) -> bytes:  # noqa: ANN401  whatever JSON holds
    """Return the file of a head of two numbers a vector: the first speaks for a crisis, the second for misuse."""
    data: dict[str, Any] = {
        "format": 2,
        "encoder": "tiny",
        "dimensions": 2,
        "classes": CLASSES,
        "thresholds": {"crisis": 0.5, "emergency": 0.5, "misuse": 0.5, "personal_advice": 0.5},
        "doubt": 0.1,
        "intercept": [0, 0, 0, 0, 0],
        "vector": [[0, 2, 0, 0, 0], [0, 0, 0, 2, 0]],
        "evidence": {"now": [0, 0, 4, 0, 0]},
        "words": {"goodbyes": [0, 1, 0, 0, 0], "my goodbyes": [0, 1, 0, 0, 0]},
    }
    return json.dumps(data | changed).encode()


def head_of(**changed: Any) -> Head:  # noqa: ANN401
    return read_head(file_of_head(**changed), packaged_grammar().names)


def vector(*numbers: float) -> Vector:
    return np.array(numbers, dtype=np.float32)


def always(*numbers: float) -> Any:  # noqa: ANN401
    """Return an encoder of one vector that notes what it was given."""
    given: list[str] = []

    def encode(text: str) -> Vector:
        given.append(text)
        return vector(*numbers)

    encode.given = given  # type: ignore[attr-defined]
    return encode


# --- The sum.


def test_the_probabilities_are_the_sums_worked_by_hand() -> None:
    likely = head_of().probabilities(vector(1, 0), {"now", "past"}, words_and_pairs([["my", "goodbyes", "."]]))
    # Crisis: 2 of the vector, 1 + 1 of the words. Emergency: half of 4, for the evidence. The other three: 0.
    total = math.exp(4) + math.exp(2) + 3
    assert likely["crisis"] == pytest.approx(math.exp(4) / total)
    assert likely["emergency"] == pytest.approx(math.exp(2) / total)
    assert sum(likely.values()) == pytest.approx(1)


def test_words_stand_alone_and_in_pairs_and_numbers_are_one_sign() -> None:
    found = words_and_pairs([["took", "40", "."]])
    assert found == {"took", "#", ".", "^ took", "took #", "# ."}


def test_a_text_of_many_words_counts_each_for_less() -> None:
    assert weight_of_words(0) == weight_of_words(12) == 1
    assert weight_of_words(48) == 0.5


# --- What does not fit is refused.


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b"{}", "cannot be read"),
        (b"\xff\x00", "cannot be read"),
        (file_of_head(format=1), "of format 1, not 2"),
        (file_of_head(dimensions=384), "says 384 numbers a vector"),
        (file_of_head(vector=[[0, 2], [0, 0]]), "holds"),
        (file_of_head(vector=[[0, 2, 0, 0, 0], [0]]), "cannot be read"),
        (file_of_head(vector="many"), "cannot be read"),
        (file_of_head(intercept=[0, 0]), "a row of another length"),
        (file_of_head(words={"die": [1]}), "a row of another length"),
        (file_of_head(evidence={"moon": [0, 0, 0, 0, 0]}), r"patterns named \['moon'\]"),
        (file_of_head(intercept=[0, 0, 0, 0, float("nan")]), "not finite"),
        (file_of_head(thresholds={"crisis": 0.5}), "has thresholds for"),
        (file_of_head(classes=CLASSES[::-1]), "has thresholds for"),
    ],
)
def test_a_file_of_other_sizes_or_features_is_refused_with_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(HeadError, match=message):
        read_head(content, packaged_grammar().names)


def test_a_vector_of_another_encoder_is_refused_by_its_size() -> None:
    with pytest.raises(HeadError, match=r"vectors of 2 numbers and was given one of shape \(3,\)"):
        head_of().probabilities(vector(1, 0, 0), set(), frozenset())


def test_the_packaged_head_fits_the_packaged_encoder_and_patterns() -> None:
    head = packaged_head(packaged_grammar().names)
    assert (head.encoder, head.of_vector.shape, list(head.classes)) == (PACKAGED_ENCODER, (384, 6), [*CLASSES, PLANTED])
    assert all(0 < threshold < 1 for threshold in head.thresholds.values())
    assert open_triage(PACKAGED_ENCODER).head is not None


def test_an_encoder_it_was_not_fitted_on_leaves_the_patterns_alone() -> None:
    assert open_triage("some-other-encoder").head is None
    assert open_triage(None).reason_for("I want to die", always(1, 0)) == "crisis"
    assert open_triage(None).reason_for(OBLIQUE, always(1, 0)) is None


# --- It adds, and takes away only what loose phrases gave.


def test_the_head_finds_what_no_pattern_says() -> None:
    grammar = packaged_grammar()
    assert decide(OBLIQUE, grammar) is None
    found = decide(OBLIQUE, grammar, head_of(), always(1, 0))
    assert found is not None
    assert (found.reason, found.group) == ("crisis", "head")


def test_the_head_never_takes_a_danger_back_and_is_not_even_asked() -> None:
    encode = always(0, 0)
    certain = head_of(intercept=[50, 0, 0, 0, 0])
    for text in ("I took 50 iron tablets", "I want to kill myself", "hello", "¿Qué alimentos contienen magnesio?"):
        assert decide(text, packaged_grammar(), certain, encode) == decide(text, packaged_grammar())
    assert encode.given == []


LOOSE = "one more question, then I am done"  # only a loose phrase knows it


def test_a_loose_phrase_counts_unless_the_head_finds_danger_out_of_the_question() -> None:
    grammar = packaged_grammar()
    alone = decide(LOOSE, grammar) or pytest.fail("no decision")
    assert (alone.reason, alone.group) == ("crisis", "lethal_method_loose")
    unsure, certain = head_of(), head_of(intercept=[50, 0, 0, 0, 0])
    assert decide(LOOSE, grammar, unsure, always(0, 0)) == alone
    assert decide(LOOSE, grammar, certain, None) == alone
    encode = always(0, 0)
    assert decide(LOOSE, grammar, certain, encode) is None
    assert len(encode.given) == 1
    assert decide(f"{LOOSE}. I want to die", grammar, certain, always(0, 0)) == decide("I want to die", grammar)


def test_a_danger_by_the_head_comes_before_a_caution_by_the_patterns() -> None:
    text = "Should I stop my warfarin?"
    assert (decide(text, packaged_grammar()) or pytest.fail("no decision")).reason == "personal_advice"
    found = decide(text, packaged_grammar(), head_of(), always(3, 0))
    assert found is not None
    assert found.reason == "crisis"


def test_two_dangers_that_share_the_probability_are_still_a_danger() -> None:
    torn = head_of(intercept=[0.4, 0.1, 0.2, -9, -9])  # each of the three about a third
    found = decide("velvet and rain", packaged_grammar(), torn, always(0, 0))
    assert found is not None
    assert found.reason == "emergency"


def test_a_long_question_is_encoded_in_its_opening_and_its_end() -> None:
    encode = always(0, 0)
    decide("a word " * 10_000 + "the end", packaged_grammar(), head_of(), encode)
    assert [len(text) for text in encode.given] == [401]
    assert encode.given[0].endswith("the end")


def test_a_decision_is_remembered_without_the_words() -> None:
    encode = always(1, 0)
    triage = Triage(packaged_grammar(), head_of())
    assert triage.reason_for(f"{OBLIQUE}, canary 7391", encode) == "crisis"
    assert triage.reason_for(f"{OBLIQUE}, canary 7391", encode) == "crisis"
    assert len(encode.given) == 1
    assert all(isinstance(key, bytes) and len(key) == 64 for key in triage._remembered)
    assert "canary" not in f"{triage!r}{triage._remembered!r}"


def test_what_was_decided_without_an_encoder_is_decided_again_with_one() -> None:
    triage = Triage(packaged_grammar(), head_of())
    assert triage.reason_for(OBLIQUE, None) is None
    assert triage.reason_for(OBLIQUE, always(1, 0)) == "crisis"
    assert triage.reason_for(OBLIQUE, None) is None


# --- In an answer, with the real encoder.


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("our son has a purple rash and wants the curtains shut", "emergency"),
        ("I've been putting tablets aside for months", "crisis"),
        ("every meal ends with me in the bathroom", "crisis"),
    ],
)
def test_a_danger_in_other_words_gets_its_notice_alone(desk: Desk, question: str, reason: str) -> None:
    assert decide(question, desk.triage.grammar) is None, "a pattern knows it by now: choose another"
    answer = reply_to(question, [], desk)
    assert (answer.status, answer.reason, answer.quotes) == ("redirected", reason, ())


def test_after_a_crisis_in_other_words_no_dose_or_harm_is_quoted(desk: Desk) -> None:
    question = "Which dose of magnesium was studied?"
    before = reply_to(question, [], desk)
    after = reply_to(question, [Turn("every meal ends with me in the bathroom")], desk)
    entries = desk.snapshot.library.by_id
    marks = {
        mark
        for quote in after.quotes
        for unit in entries[quote.entry_id].units[quote.first : quote.last + 1]
        for mark in unit.marks
    }
    assert before.quotes
    assert not marks & {"dose", "caution"}
