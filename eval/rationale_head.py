"""The rationale head: a logistic model of which sentence bears on a claim, its fitting, its file and its choice.

The file holds a mean, a scale and a weight for each feature by name, so that a person can read what speaks for a
sentence; a file of other features is refused.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from eval.rationale_features import FEATURES, Matrix, Scene
from eval.records import DataError
from eval.scifact import Place

HEAD = Path(__file__).parent / "rationale_head.json"
"""The fitted numbers; `python -m eval.rationales FILE --fit` makes them."""
MOST = 3
"""Sentences chosen from one abstract, as SciFact's own scoring allows (Wadden et al., EMNLP 2020)."""
_STRENGTH = 0.01
"""The inverse of the regularisation, no unit; the best of 0.003, 0.01 and 0.03 over the folds of the fitting half."""
_FOLDS, _REPEATS = 5, 5
"""Of the cross-validation; repeated, because the best threshold of one dealing of folds is much its chance."""
_THRESHOLDS = np.round(np.arange(0.05, 0.9, 0.01), 2)


@dataclass(frozen=True, slots=True)
class Example:
    """A claim's candidate sentences beside what the experts chose."""

    group: str
    scene: Scene
    gold: tuple[frozenset[Place], ...]
    """Of each gold sentence, once: the units that it is. Empty for a claim without evidence."""
    rationales: tuple[frozenset[Place], ...]
    """Of each rationale: the units of all its sentences."""

    @property
    def labels(self) -> npt.NDArray[np.bool_]:
        """Whether each candidate is gold."""
        right = frozenset[Place]().union(*self.gold)
        return np.array([place in right for place in self.scene.places], dtype=bool)


@dataclass(frozen=True, slots=True)
class Head:
    """A fitted head."""

    intercept: float
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    """One a feature, as `FEATURES`; a weight is of the feature less its mean, over its scale."""
    threshold: float
    """The probability, from 0 to 1, from which a sentence is chosen."""
    cosine_threshold: float
    """The cosine, from -1 to 1, from which a sentence is chosen by it alone: the baseline."""

    def probabilities(self, scene: Scene) -> Matrix:
        """Return the probability, from 0 to 1, that each candidate bears on the claim."""
        scaled = (scene.features - np.array(self.means)) / np.array(self.scales)
        total = np.clip(self.intercept + scaled @ np.array(self.weights), -30, 30)
        found: Matrix = 1 / (1 + np.exp(-total))
        return found


def choose(scene: Scene, scores: Sequence[float], threshold: float) -> frozenset[Place]:
    """Choose the sentences that score at least the threshold, at most `MOST` of an abstract, the best first.

    Args:
        scene: the candidates.
        scores: one a candidate; equal ones are taken in the scene's order.
        threshold: from where a sentence is chosen.
    """
    chosen: list[int] = []
    taken: dict[int, int] = {}
    for at in sorted(range(len(scores)), key=lambda each: -scores[each]):
        abstract = int(scene.abstract[at])
        if scores[at] >= threshold and taken.get(abstract, 0) < MOST:
            taken[abstract] = taken.get(abstract, 0) + 1
            chosen.append(at)
    return frozenset(scene.places[at] for at in chosen)


def fit_head(examples: Sequence[Example]) -> tuple[Head, float]:
    """Fit a head: the weights on all examples, the thresholds by cross-validation over groups of claims.

    Returns:
        The head, and its F1 over the folds at that threshold: a little too high, for the threshold was chosen by it.

    Raises:
        DataError: there are too few examples to fit on.
    """
    groups = sorted({example.group for example in examples})
    if len(groups) < _FOLDS or not any(example.labels.any() for example in examples):
        raise DataError(f"{len(groups)} groups of claims; a head needs {_FOLDS} and a rationale that was found")
    outside: list[Sequence[float]] = []
    for repeat in range(_REPEATS):
        outside += _scores_outside(examples, groups, repeat)
    best = _best_threshold([*examples] * _REPEATS, outside)
    cosine = _best_threshold(examples, [example.scene.column("cosine").tolist() for example in examples])
    whole = _fit_weights(examples)
    return Head(whole.intercept, whole.means, whole.scales, whole.weights, best[1], cosine[1]), best[0]


def _scores_outside(examples: Sequence[Example], groups: Sequence[str], seed: int) -> list[Sequence[float]]:
    """Score each example's sentences by a head fitted without its fold; groups are dealt to folds by the seed."""
    order = np.random.default_rng(seed).permutation(len(groups))
    fold_of = {group: int(place) % _FOLDS for group, place in zip(groups, order, strict=True)}
    scores: list[Sequence[float]] = [[] for _ in examples]
    for fold in range(_FOLDS):
        head = _fit_weights([example for example in examples if fold_of[example.group] != fold])
        for number, example in enumerate(examples):
            if fold_of[example.group] == fold:
                scores[number] = head.probabilities(example.scene).tolist()
    return scores


def _fit_weights(examples: Sequence[Example]) -> Head:
    rows = np.vstack([example.scene.features for example in examples])
    labels = np.concatenate([example.labels for example in examples])
    means = rows.mean(axis=0)
    scales = rows.std(axis=0)
    # A feature that never varies says nothing: its scale must not divide by nought.
    scales[scales < 1e-6] = 1.0
    model = LogisticRegression(C=_STRENGTH, max_iter=2000).fit((rows - means) / scales, labels)
    numbers = [tuple(round(float(each), 6) for each in values) for values in (means, scales, model.coef_[0])]
    return Head(round(float(model.intercept_[0]), 6), numbers[0], numbers[1], numbers[2], 0.5, 0.5)


def _best_threshold(examples: Sequence[Example], scores: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return the best F1 of sentences, and the threshold that gives it."""
    right = [frozenset[Place]().union(*example.gold) for example in examples]
    gold = sum(len(example.gold) for example in examples)
    found: list[tuple[float, float]] = []
    for threshold in _THRESHOLDS:
        chosen = [choose(one.scene, score, threshold) for one, score in zip(examples, scores, strict=True)]
        hits = sum(len(one & other) for one, other in zip(chosen, right, strict=True))
        covered = sum(bool(each & one) for one, example in zip(chosen, examples, strict=True) for each in example.gold)
        precision, recall = hits / max(1, sum(map(len, chosen))), covered / max(1, gold)
        found.append((2 * precision * recall / max(1e-9, precision + recall), float(threshold)))
    return max(found, key=lambda each: (each[0], -each[1]))


def write_head(head: Head, path: Path) -> None:
    """Write a head as JSON, one feature a line."""
    features = {
        name: {"mean": mean, "scale": scale, "weight": weight}
        for name, mean, scale, weight in zip(FEATURES, head.means, head.scales, head.weights, strict=True)
    }
    record = {
        "intercept": head.intercept,
        "threshold": head.threshold,
        "cosine_threshold": head.cosine_threshold,
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in record.items()]
    rows = [f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in features.items()]
    text = "{\n" + ",\n".join(lines) + ',\n  "features": {\n' + ",\n".join(rows) + "\n  }\n}\n"
    path.write_text(text, encoding="utf-8")


def read_head(path: Path) -> Head:
    """Read a head.

    Raises:
        DataError: there is none, it is broken, or it is of other features than these.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        features = record["features"]
        if tuple(features) != FEATURES:
            raise DataError(f"{path} is of other features; fit it again with `python -m eval.rationales FILE --fit`")
        columns = [tuple(float(each[key]) for each in features.values()) for key in ("mean", "scale", "weight")]
        thresholds = (float(record["threshold"]), float(record["cosine_threshold"]))
        return Head(float(record["intercept"]), columns[0], columns[1], columns[2], *thresholds)
    except FileNotFoundError:
        raise DataError(f"no head in {path}; fit one with `python -m eval.rationales FILE --fit`") from None
    except DataError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is not a fitted head ({error!r:.60}); fit it again with `--fit`") from None
