"""Measures: numbers over many answers, each with its 95 % interval.

Only arithmetic on outcomes; what is right or wrong is decided by `judge`. Every measure is defined for readers in
docs/metrics.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.intervals import wilson_interval

Floats = NDArray[np.float64]
RESAMPLES = 2000
"""Bootstrap samples: enough that a 95 % bound's own error is a tenth of the interval."""
BINS = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a report."""

    name: str
    value: float | None
    """None when there is nothing to measure."""
    n: int
    """How many questions, quotations or pairs it rests on."""
    low: float | None
    high: float | None
    """The 95 % interval."""


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What is wrong among what is answered, from the surest answer to all."""

    coverage: tuple[float, ...]
    """The share answered, from 0 to 1, rising."""
    risk: tuple[float, ...]
    """The share wrong among those, from 0 to 1."""

    @property
    def area(self) -> float:
        """AURC: the mean risk over all coverages, from 0 to 1; less is better."""
        return float(np.mean(self.risk)) if self.risk else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability diagram."""

    stated: float
    """The mean score in it, from 0 to 1."""
    observed: float
    """The share that was right, from 0 to 1."""
    n: int


def share_of(name: str, outcomes: Sequence[bool]) -> Measure:
    """Return a share with its Wilson interval."""
    if not outcomes:
        return Measure(name, None, 0, None, None)
    low, high = wilson_interval(sum(outcomes), len(outcomes))
    return Measure(name, sum(outcomes) / len(outcomes), len(outcomes), low, high)


def mean_of(name: str, values: Sequence[float], clusters: Sequence[str]) -> Measure:
    """Return a mean with its bootstrap interval, resampling whole clusters.

    Args:
        name: what it is called.
        values: one a question.
        clusters: the cluster of each: questions about one entry are not independent of each other.
    """
    if not values:
        return Measure(name, None, 0, None, None)
    low, high = bootstrap(values, clusters)
    return Measure(name, float(np.mean(values)), len(values), low, high)


def bootstrap(values: Sequence[float], clusters: Sequence[str]) -> tuple[float, float]:
    """Return the 95 % percentile interval of a mean. The same values give the same interval: the seed is fixed.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; resampling of clusters: Field and
        Welsh, Journal of the Royal Statistical Society B 69 (2007), 369-390.
    """
    sums, sizes = _by_cluster(values, clusters)
    drawn = np.random.default_rng(0).integers(0, len(sums), (RESAMPLES, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def paired_difference(
    before: Mapping[str, float], after: Mapping[str, float], clusters: Mapping[str, str]
) -> tuple[float, float, float, int]:
    """Compare two runs on the questions both were asked.

    Returns:
        The mean difference, after minus before; its 95 % interval by paired bootstrap over clusters; and how many
        questions it rests on. With none: zeros.

    Source:
        Smucker, Allan and Carterette, CIKM 2007, for pairing by question.
    """
    both = sorted(before.keys() & after.keys())
    if not both:
        return 0.0, 0.0, 0.0, 0
    differences = [after[each] - before[each] for each in both]
    low, high = bootstrap(differences, [clusters.get(each, each) for each in both])
    return float(np.mean(differences)), low, high, len(both)


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Return how often a positive scores above a negative, from 0 to 1, ties counting half; None without both kinds."""
    if all(positive) or not any(positive):
        return None
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2  # the mean rank of each distinct score, from 1
    ranks = middle[where]
    hits = int(truth.sum())
    return float((ranks[truth].sum() - hits * (hits + 1) / 2) / (hits * (len(truth) - hits)))


def auroc_of(name: str, scores: Sequence[float], positive: Sequence[bool]) -> Measure:
    """Return the AUROC with its interval, resampling positives and negatives apart."""
    value = auroc(scores, positive)
    if value is None:
        return Measure(name, None, len(scores), None, None)
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    above, below, random = values[truth], values[~truth], np.random.default_rng(0)
    drawn = [
        auroc(
            np.concatenate([random.choice(above, len(above)), random.choice(below, len(below))]).tolist(),
            [True] * len(above) + [False] * len(below),
        )
        or 0.0
        for _ in range(500)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Measure(name, value, len(values), float(low), float(high))


def risk_coverage(scores: Sequence[float], wrong: Sequence[bool]) -> RiskCoverage:
    """Return the risk at every coverage when the surest are answered first.

    Equal scores are answered together, so that the order of the questions cannot matter.

    Source:
        El-Yaniv and Wiener, Journal of Machine Learning Research 11 (2010), 1605-1641.
    """
    if not scores:
        return RiskCoverage((), ())
    order = np.argsort(-np.asarray(scores), kind="stable")
    ranked, faults = np.asarray(scores)[order], np.asarray(wrong, dtype=np.float64)[order]
    ends = np.append(np.nonzero(np.diff(ranked))[0], len(ranked) - 1)
    starts = np.concatenate(([0], ends[:-1] + 1))
    total = np.cumsum(faults)
    risk = np.empty(len(ranked))
    for start, end in zip(starts, ends, strict=True):
        risk[start : end + 1] = total[end] / (end + 1)
    count = np.arange(1, len(ranked) + 1)
    return RiskCoverage(tuple((count / len(ranked)).tolist()), tuple(risk.tolist()))


def reliability(scores: Sequence[float], right: Sequence[bool]) -> tuple[Bin, ...]:
    """Return the bars of a reliability diagram: ten equal widths from 0 to 1, empty ones left out."""
    stated, observed = np.asarray(scores, dtype=np.float64), np.asarray(right, dtype=np.float64)
    where = np.minimum((stated * BINS).astype(int), BINS - 1)
    bins = []
    for number in range(BINS):
        inside = np.nonzero(where == number)[0]
        if len(inside):
            bins.append(Bin(float(np.mean(stated[inside])), float(np.mean(observed[inside])), len(inside)))
    return tuple(bins)


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the expected calibration error, from 0 to 1: the mean distance of the bars from the diagonal, by size.

    Source:
        Naeini, Cooper and Hauskrecht, AAAI 2015.
    """
    total = sum(each.n for each in bins)
    return sum(each.n * abs(each.stated - each.observed) for each in bins) / total if total else None


def _by_cluster(values: Sequence[float], clusters: Sequence[str]) -> tuple[Floats, Floats]:
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values and {len(clusters)} clusters; each value needs its cluster")
    names = sorted(set(clusters))
    number = {name: at for at, name in enumerate(names)}
    which = [number[name] for name in clusters]
    sums = np.bincount(which, weights=np.asarray(values, dtype=np.float64), minlength=len(names))
    return sums.astype(np.float64), np.bincount(which, minlength=len(names)).astype(np.float64)
