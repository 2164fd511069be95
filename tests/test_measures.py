"""The measures: against worked examples, and against scikit-learn where it has the same one."""

from random import Random

import numpy as np
import pytest
from eval.measures import (
    Bin,
    auroc,
    auroc_of,
    bootstrap,
    calibration_error,
    mean_of,
    paired_difference,
    reliability,
    risk_coverage,
    share_of,
)
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.95, 1.0])


@given(st.lists(st.tuples(SCORES, st.booleans()), min_size=2, max_size=60))
def test_auroc_is_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    scores, truth = [score for score, _ in pairs], [kind for _, kind in pairs]
    if all(truth) or not any(truth):
        assert auroc(scores, truth) is None
    else:
        assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_auroc_counts_pairs_and_half_of_the_ties() -> None:
    # Pairs of (positive, negative): 0.9>0.5, 0.9>0.2, 0.5=0.5, 0.5>0.2 make 3.5 of 4.
    assert auroc([0.9, 0.5, 0.5, 0.2], [True, True, False, False]) == 0.875


def test_an_auroc_stands_inside_its_interval_and_repeats() -> None:
    first = auroc_of("AUROC", [0.9, 0.8, 0.4, 0.6, 0.3, 0.1], [True, True, True, False, False, False])
    assert first == auroc_of("AUROC", [0.9, 0.8, 0.4, 0.6, 0.3, 0.1], [True, True, True, False, False, False])
    assert first.value is not None
    assert first.low is not None
    assert first.high is not None
    assert first.low <= first.value <= first.high
    assert auroc_of("AUROC", [0.5], [True]).value is None


def test_risk_at_each_coverage_is_the_share_wrong_so_far() -> None:
    curve = risk_coverage([0.9, 0.7, 0.5, 0.1], [False, True, False, True])
    assert curve.coverage == (0.25, 0.5, 0.75, 1.0)
    assert curve.risk == pytest.approx((0, 1 / 2, 1 / 3, 2 / 4))
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


@given(st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_curve_does_not_depend_on_the_order_of_the_questions(
    pairs: list[tuple[float, bool]],
    random: Random,
) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    before, after = (risk_coverage([s for s, _ in each], [w for _, w in each]) for each in (pairs, shuffled))
    assert before.risk == pytest.approx(after.risk)


def test_no_questions_have_no_curve() -> None:
    assert risk_coverage([], []).area == 0.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80))
def test_the_bars_of_the_reliability_diagram_are_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    # Scores on an edge of a bin belong above it here and below it there; keep away from the edges.
    scores = [min(0.999, max(0.001, score)) + 0.0003 for score, _ in pairs]
    scores = [score + 0.0007 if abs(score * 10 - round(score * 10)) < 1e-3 else score for score in scores]
    right = [hit for _, hit in pairs]
    observed, stated = calibration_curve(right, scores, n_bins=10)
    bars = reliability(scores, right)
    assert [bar.observed for bar in bars] == pytest.approx(observed.tolist())
    assert [bar.stated for bar in bars] == pytest.approx(stated.tolist())
    assert sum(bar.n for bar in bars) == len(pairs)


def test_the_calibration_error_is_the_weighted_distance_from_the_diagonal() -> None:
    # 3 of 4 questions lie 0.1 off, 1 lies 0.4 off: 0.75 * 0.1 + 0.25 * 0.4.
    assert calibration_error([Bin(0.8, 0.7, 3), Bin(0.1, 0.5, 1)]) == pytest.approx(0.175)
    assert calibration_error([]) is None


def test_a_share_says_how_many_it_rests_on() -> None:
    measure = share_of("share", [True, True, False, True])
    assert (measure.value, measure.n) == (0.75, 4)
    assert measure.low == pytest.approx(0.301, abs=0.001)
    assert share_of("share", []).value is None


def test_a_bootstrap_of_equal_values_has_no_width() -> None:
    assert bootstrap([0.5] * 10, [str(n) for n in range(10)]) == (0.5, 0.5)


def test_a_bootstrap_is_about_as_wide_as_the_normal_interval() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.1, 400).tolist()
    low, high = bootstrap(values, [str(number) for number in range(400)])
    assert high - low == pytest.approx(2 * 1.96 * 0.1 / 20, rel=0.15)


def test_questions_of_one_cluster_are_drawn_together() -> None:
    # 100 questions in two clusters carry hardly more than two independent ones.
    clustered = bootstrap([0.0] * 50 + [1.0] * 50, ["a"] * 50 + ["b"] * 50)
    assert clustered == (0.0, 1.0)


def test_every_value_needs_its_cluster() -> None:
    with pytest.raises(ValueError, match="2 values and 1 clusters"):
        mean_of("mean", [0.1, 0.2], ["a"])


def test_two_runs_are_compared_on_what_both_were_asked() -> None:
    before, after = {"a": 0.0, "b": 1.0, "gone": 0.0}, {"a": 1.0, "b": 1.0, "new": 0.0}
    difference, low, high, n = paired_difference(before, after, {})
    assert (difference, n) == (0.5, 2)
    assert 0.0 <= low <= difference <= high <= 1.0
    assert paired_difference({}, {"a": 1.0}, {}) == (0.0, 0.0, 0.0, 0)
