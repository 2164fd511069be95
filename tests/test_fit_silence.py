"""The fit of the silence decision: thresholds and figures worked by hand, and nothing learned from the other half."""

from dataclasses import replace

import pytest
from eval.fit_silence import (
    COVERAGE,
    START,
    Asked,
    ask_all,
    cross_validated,
    draw_curve,
    fit,
    fit_trust,
    is_right,
    out_of_fold,
    report,
    threshold_for,
    trusted_by,
    weighed_by,
)

from assistant.index.snapshot import Snapshot


@pytest.fixture(scope="module")
def asked(snapshot: Snapshot) -> list[Asked]:
    """The development questions about the invented entries, weighed by nothing yet."""
    return ask_all("small", snapshot, ["fictional"], "dev", "hybrid", START)


def test_only_the_half_asked_for_is_read(asked: list[Asked]) -> None:
    assert len(asked) == 50
    assert {one.question.half for one in asked} == {"dev"}


def test_the_threshold_answers_as_many_as_it_must_and_no_lower_one_is_taken(asked: list[Asked]) -> None:
    known = [one for one in asked if one.question.answerable]
    likely = [number / 100 for number in range(len(known))]
    threshold = threshold_for(known, likely)
    assert sum(each >= threshold for each in likely) >= COVERAGE * len(known)
    assert sum(each >= threshold + 0.01 for each in likely) < COVERAGE * len(known)


def test_each_question_is_judged_by_models_that_have_not_seen_its_group(asked: list[Asked]) -> None:
    # Of three entries only, a fold would hold too few.
    asked = [replace(one, question=replace(one.question, about=one.question.id)) for one in asked]
    held_out = cross_validated(asked)
    model, trust = fit(asked), fit_trust(asked, out_of_fold(asked))
    everything = [trusted_by(trust, one, weighed_by(model, one)) for one in asked]
    assert len(held_out) == len(asked)
    assert held_out != everything
    assert all(0 <= probability <= 1 for probability in held_out)


def test_a_fitted_model_finds_more_right_units_than_search_alone(asked: list[Asked]) -> None:
    known = [one for one in asked if one.question.answerable and one.evidence]
    model = fit(asked)
    by_search = sum(is_right(one, max(one.evidence, key=lambda each: each.candidate.score)) for one in known)
    assert sum(is_right(one, weighed_by(model, one)[0]) for one in known) > by_search


def test_the_report_counts_what_stands_above_the_threshold(asked: list[Asked]) -> None:
    one = next(each for each in asked if each.question.answerable and each.evidence)
    sure = replace(one, evidence=(replace(one.evidence[0], probability=0.9),))
    assert any(line.startswith("answered 1 of 1") for line in report([sure], 0.8))
    assert any(line.startswith("answered 0 of 1") for line in report([sure], 0.95))


def test_the_curve_is_a_picture(asked: list[Asked]) -> None:
    assert draw_curve(asked, "a title").startswith("<svg")
