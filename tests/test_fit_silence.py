"""The fit of the silence decision: thresholds and figures worked by hand, and nothing learned from the other half."""

from dataclasses import replace

import pytest
from eval.fit_silence import (
    FALSE_ANSWERS,
    Asked,
    ask_all,
    cross_validated,
    draw_curve,
    fit,
    report,
    threshold_for,
    tops,
)

from assistant.answering.evidence import FEATURES, Coefficients
from assistant.index.snapshot import Snapshot

START = Coefficients(0.0, tuple(0.0 for _ in FEATURES), 0.5)


@pytest.fixture(scope="module")
def asked(snapshot: Snapshot) -> list[Asked]:
    """The development questions about the invented entries, weighed by nothing yet."""
    return ask_all("small", snapshot, ["fictional"], "dev", "hybrid", START)


def test_only_the_half_asked_for_is_read(asked: list[Asked]) -> None:
    assert len(asked) == 50
    assert {one.question.half for one in asked} == {"dev"}


def test_the_threshold_lets_through_no_more_near_misses_than_it_may(asked: list[Asked]) -> None:
    near = [one for one in asked if not one.question.answerable and one.question.near_miss]
    top = [(number / 100, None) for number in range(len(near))]
    threshold = threshold_for(near, top)
    assert sum(probability >= threshold for probability, _ in top) <= FALSE_ANSWERS * len(near)


def test_each_question_is_judged_by_a_model_that_has_not_seen_its_group(asked: list[Asked]) -> None:
    held_out = cross_validated(asked)
    everything = tops(asked, fit(asked))
    assert len(held_out) == len(asked)
    assert [one[0] for one in held_out] != [one[0] for one in everything]
    assert all(0 <= probability <= 1 for probability, _ in held_out)


def test_a_fitted_model_finds_more_right_units_than_search_alone(asked: list[Asked]) -> None:
    known = [one for one in asked if one.question.answerable]
    model = fit(asked)

    def right(places: list[tuple[str, int] | None]) -> int:
        return sum(place in one.question.best for one, place in zip(known, places, strict=True))

    first = [(one.evidence[0].entry.id, one.evidence[0].unit) if one.evidence else None for one in known]
    best = [(each.entry.id, each.unit) if each else None for _, each in tops(known, model)]
    assert right(best) > right(first)


def test_the_report_counts_what_stands_above_the_threshold(asked: list[Asked]) -> None:
    one = next(each for each in asked if each.question.answerable and each.evidence)
    sure = replace(one, evidence=(replace(one.evidence[0], probability=0.9),))
    assert any(line.startswith("answered 1 of 1") for line in report([sure], 0.8))
    assert any(line.startswith("answered 0 of 1") for line in report([sure], 0.95))


def test_the_curve_is_a_picture(asked: list[Asked]) -> None:
    assert draw_curve(asked, "a title").startswith("<svg")
