"""The fit of the silence decision: thresholds and figures worked by hand, and nothing learned from the other half."""

from dataclasses import replace

import pytest
from eval.fit_silence import (
    FALSE_ANSWERS,
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


def test_the_threshold_lets_through_no_more_near_misses_than_it_may(asked: list[Asked]) -> None:
    near = [one for one in asked if not one.question.answerable and one.question.near_miss]
    likely = [number / 100 for number in range(len(near))]
    threshold = threshold_for(near, likely)
    assert sum(each >= threshold for each in likely) <= FALSE_ANSWERS * len(near)
    assert sum(each >= threshold - 0.02 for each in likely) > FALSE_ANSWERS * len(near)


def test_the_hardest_near_misses_do_not_move_the_threshold(asked: list[Asked]) -> None:
    near = [one for one in asked if not one.question.answerable and one.question.near_miss]
    hard = [replace(one, set="fictional_more") for one in near]
    likely = [number / 100 for number in range(len(near))]
    assert threshold_for([*near, *hard], [*likely, *(0.99 for _ in hard)]) == threshold_for(near, likely)


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
