"""Fit the coefficients that decide whether a unit answers a question: `python -m eval.fit_silence`.

Reads the development halves of the labelled questions only, asks each over its library with the inventory as reviewed
and as inferred, and fits for each mode a logistic regression on (question, unit) pairs, and another that says how far
the likeliest unit can be trusted, on candidates weighed out of fold. The threshold of a mode is the lowest at which at
most `FALSE_ANSWERS` of the ordinary near misses are answered by models fitted without any question of the same entry.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from assistant.answering.coefficients import FEATURES, TRUST, Coefficients, Mode, packaged_coefficients
from assistant.answering.evidence import Evidence, Weigher, trust_features
from assistant.answering.passages import Passages
from assistant.answering.question import Vocabulary, read_question
from assistant.answering.quotes import quotable_range
from assistant.answering.search import search_units
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import Snapshot
from eval.intervals import share
from eval.labelled import Labelled, labelled_questions
from eval.libraries import ROOT, snapshots
from eval.pictures import curve

COEFFICIENTS = ROOT / "src" / "assistant" / "answering" / "coefficients.json"
CURVES = ROOT / "docs"
FALSE_ANSWERS = 0.1
"""The share of near misses, from 0 to 1, that may be answered: a stricter one costs more answers than it is worth."""
HARDEST = "_more"
"""Sets whose near misses were made as hard as could be: learned from, but they say nothing of ordinary questions."""
FOLDS = 6
_TAKEN = 25
"""Of a question's wrong units, as many as search found first are learned from: the others are never in question."""
_WRONG = 0.3
"""The weight of a wrong unit beside a right one."""
START = Coefficients(0.0, tuple(0.0 for _ in FEATURES), 0.0, tuple(float(name == "log_odds") for name in TRUST), 0.5)
"""Weighs nothing: every unit that is not vetoed has one half."""
_PULL = 0.01
"""How freely the numbers that tell trust may grow: they are learned from one unit a question."""
_TITLED = 0.9
"""With no weights yet every unit has one half: what is likelier was found by its entry's title."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its candidates."""

    set: str
    library: str
    question: Labelled
    evidence: tuple[Evidence, ...]

    @property
    def group(self) -> str:
        """What is left out together: questions about one entry, or of one family."""
        return self.question.about or self.question.id

    @property
    def titled(self) -> bool:
        """Whether it is an entry's title, which is decided before any weighing."""
        return any(each.probability > _TITLED for each in self.evidence)


def ask_all(
    name: str, snapshot: Snapshot, sets: Iterable[str], half: str, mode: Mode, coefficients: Coefficients
) -> list[Asked]:
    """Weigh the candidates of every question of one half of some sets."""
    lexicon = packaged_lexicon()
    vocabulary = Vocabulary(snapshot.library, lexicon, snapshot.encoder)
    weigher = Weigher(Passages(snapshot, lexicon), coefficients)
    asked = []
    for each in sets:
        for question in labelled_questions(each, snapshot.library):
            if question.half == half:
                reading = read_question(question.text, [], vocabulary)
                vector = snapshot.encoder.encode(reading.plain) if mode == "hybrid" else None
                found = search_units(weigher.passages, reading, vector)
                weighed = tuple(weigher.weigh(reading, found))
                asked.append(Asked(each, name, question, weighed))
    return asked


def covered(evidence: Evidence) -> set[tuple[str, int]]:
    """Return the places that quoting a unit quotes: a list comes whole."""
    first, last = quotable_range(evidence.entry, evidence.unit) or (evidence.unit, evidence.unit)
    return {(evidence.entry.id, number) for number in range(first, last + 1)}


def fit(asked: Iterable[Asked]) -> LogisticRegression:
    """Fit the weights on the pairs that no rule vetoes; candidates must be in the order that search found them."""
    rows, labels, weights = [], [], []
    for one in asked:
        for number, each in enumerate(one.evidence):
            places = covered(each)
            right = bool(places & one.question.best)
            if each.veto or (places & one.question.also and not right):
                continue
            if right or number < _TAKEN:
                rows.append(each.features)
                labels.append(right)
                weights.append(1.0 if right else _WRONG)
    model = LogisticRegression(C=1.0, max_iter=2000)
    model.fit(np.array(rows), np.array(labels), sample_weight=np.array(weights))
    return model


def weighed_by(model: LogisticRegression, one: Asked) -> list[Evidence]:
    """Return a question's candidates with the probabilities of a model, the likeliest first."""
    if not one.evidence:
        return []
    sums = model.predict_proba(np.array([each.features for each in one.evidence]))[:, 1]
    # A title is decided before any weighing: it keeps the probability it came with.
    own = [
        each.probability if each.probability > _TITLED else 0.0 if each.veto else float(probability)
        for each, probability in zip(one.evidence, sums, strict=True)
    ]
    again = [replace(each, probability=probability) for each, probability in zip(one.evidence, own, strict=True)]
    return sorted(again, key=lambda each: -each.probability)


def folds_of(asked: Sequence[Asked]) -> list[int]:
    """Return the fold of each question; those of one group are in one."""
    groups = sorted({one.group for one in asked})
    random.Random(7).shuffle(groups)  # noqa: S311  a repeatable choice, not a secret
    folds = {group: number % FOLDS for number, group in enumerate(groups)}
    return [folds[one.group] for one in asked]


def out_of_fold(asked: Sequence[Asked]) -> list[list[Evidence]]:
    """Return each question's candidates, weighed by a model that was fitted without the questions of its fold."""
    folds = folds_of(asked)
    found: list[list[Evidence]] = [[] for _ in asked]
    for fold in range(FOLDS):
        model = fit(one for one, here in zip(asked, folds, strict=True) if here != fold)
        for number, here in enumerate(folds):
            if here == fold:
                found[number] = weighed_by(model, asked[number])
    return found


def is_right(one: Asked, first: Evidence) -> bool:
    """Whether a unit is right as the first quote of a question, or right elsewhere in its answer."""
    return bool(covered(first) & (one.question.best | one.question.also))


def fit_trust(asked: Sequence[Asked], weighed: Sequence[Sequence[Evidence]]) -> Pipeline:
    """Fit how far the likeliest unit can be trusted, on candidates weighed out of fold."""
    rows, labels = [], []
    for one, candidates in zip(asked, weighed, strict=True):
        if candidates and candidates[0].probability > 0 and not one.titled:
            rows.append(trust_features(candidates))
            labels.append(is_right(one, candidates[0]))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=_PULL, max_iter=2000))
    pipeline.fit(np.array(rows), np.array(labels))
    return pipeline


def trusted_by(model: Pipeline, one: Asked, candidates: Sequence[Evidence]) -> float:
    """Return the probability that a question's likeliest unit answers it, from 0 to 1."""
    if not candidates or candidates[0].probability == 0 or one.titled:
        return candidates[0].probability if candidates else 0.0
    return float(model.predict_proba(np.array([trust_features(candidates)]))[0, 1])


def cross_validated(asked: Sequence[Asked]) -> list[float]:
    """Return how likely each question's likeliest unit is, by models fitted without the questions of its fold.

    Both models are: the one that weighs units, and the one that says how far to trust the likeliest.
    """
    folds = folds_of(asked)
    found = [0.0] * len(asked)
    for fold in range(FOLDS):
        learned = [one for one, here in zip(asked, folds, strict=True) if here != fold]
        trust = fit_trust(learned, out_of_fold(learned))
        model = fit(learned)
        for number, here in enumerate(folds):
            if here == fold:
                found[number] = trusted_by(trust, asked[number], weighed_by(model, asked[number]))
    return found


def threshold_for(asked: Sequence[Asked], likely: Sequence[float]) -> float:
    """Return the lowest threshold at which at most `FALSE_ANSWERS` of the ordinary near misses are answered."""
    near = sorted(
        (
            probability
            for one, probability in zip(asked, likely, strict=True)
            if one.question.near_miss and not one.question.answerable and not one.set.endswith(HARDEST)
        ),
        reverse=True,
    )
    return round(near[int(FALSE_ANSWERS * len(near))] + 1e-4, 4)


def fit_mode(folder: Path, mode: Mode) -> Coefficients:
    """Fit the weights and the threshold of a mode on the development halves."""
    asked = [
        one
        for reviewed in (True, False)
        for plan, snapshot in snapshots(folder / f"reviewed-{reviewed}", reviewed=reviewed)
        # The given entry's questions are asked over it alone: over the whole corpus they would count twice.
        for one in ask_all(
            plan.name,
            snapshot,
            [name for name in plan.sets if (plan.name, name) != ("whole", "given")],
            "dev",
            mode,
            START,
        )
    ]
    threshold = threshold_for(asked, cross_validated(asked))
    model = fit(asked)
    weights: npt.NDArray[np.float64] = model.coef_[0]
    trust = fit_trust(asked, out_of_fold(asked))
    scaler, told = trust.steps[0][1], trust.steps[1][1]
    slopes: npt.NDArray[np.float64] = told.coef_[0] / scaler.scale_
    return Coefficients(
        round(float(model.intercept_[0]), 4),
        tuple(round(float(weight), 4) for weight in weights),
        round(float(told.intercept_[0] - slopes @ scaler.mean_), 4),
        tuple(round(float(slope), 4) for slope in slopes),
        threshold,
    )


def write_coefficients(fitted: dict[Mode, Coefficients]) -> None:
    """Write the coefficients where the program reads them."""
    record = {
        mode: {
            "intercept": one.intercept,
            "threshold": one.threshold,
            "weights": dict(zip(FEATURES, one.weights, strict=True)),
            "trust_intercept": one.trust_intercept,
            "trust": dict(zip(TRUST, one.trust, strict=True)),
        }
        for mode, one in fitted.items()
    }
    COEFFICIENTS.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def report(asked: Sequence[Asked], threshold: float) -> list[str]:
    """Say how first quotes and silence fare at a threshold, each share with its count and interval."""
    known = [one for one in asked if one.question.answerable]
    near = [one for one in asked if not one.question.answerable and one.question.near_miss]
    off = [one for one in asked if not one.question.answerable and not one.question.near_miss]

    def says(one: Asked) -> bool:
        return bool(one.evidence) and one.evidence[0].probability >= threshold

    def right(one: Asked) -> bool:
        return bool(one.evidence) and bool(covered(one.evidence[0]) & (one.question.best | one.question.also))

    def line(name: str, those: Sequence[Asked], test: Callable[[Asked], bool]) -> str:
        return f"{name} {share(sum(map(test, those)), len(those))}"

    return [
        line("first quote right, if always answered", known, right),
        line("answered", known, says),
        line("right, of those answered", [one for one in known if says(one)], right),
        line("false answers, near misses", near, says),
        line("false answers, others", off, says),
    ]


def draw_curve(asked: Sequence[Asked], title: str) -> str:
    """Draw the share of near misses answered against the share of answerable questions answered, as SVG."""
    known = sorted((_score(one) for one in asked if one.question.answerable), reverse=True)
    near = [_score(one) for one in asked if not one.question.answerable and one.question.near_miss]
    points = [
        (number / len(known), sum(score >= bar for score in near) / len(near))
        for number, bar in enumerate(known, start=1)
    ]
    return curve(points, title=title, x="answerable questions answered", y="near misses answered")


def _score(one: Asked) -> float:
    return one.evidence[0].probability if one.evidence else 0.0


def main() -> None:
    """Fit, write the coefficients, and print how both halves fare; draw the curves of the reporting half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="only report, with the coefficients as they are")
    parser.add_argument("--dev", action="store_true", help="leave the reporting half alone")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        if not options.report:
            write_coefficients({mode: fit_mode(folder, mode) for mode in get_args(Mode)})
            packaged_coefficients.cache_clear()
        for half in ("dev",) if options.dev else ("dev", "test"):
            for mode in get_args(Mode):
                for reviewed in (True, False):
                    print_reports(folder, half, mode, reviewed=reviewed)


def print_reports(folder: Path, half: str, mode: Mode, *, reviewed: bool) -> None:
    """Print how one half fares in one mode, set by set; of the reporting half, draw the curve of all sets together."""
    coefficients = packaged_coefficients(mode)
    kind = "reviewed" if reviewed else "inferred"
    everything: list[Asked] = []
    for plan, snapshot in snapshots(folder / f"reviewed-{reviewed}", reviewed=reviewed):
        for name in plan.sets:
            if asked := ask_all(plan.name, snapshot, [name], half, mode, coefficients):
                print(f"{half}, {mode}, inventory {kind}: {name} over {len(snapshot.library.entries)} entries")
                print("".join(f"  {line}\n" for line in report(asked, coefficients.threshold)), end="", flush=True)
                everything += asked if (plan.name, name) != ("whole", "given") else []
    print(f"{half}, {mode}, inventory {kind}: all")
    print("".join(f"  {line}\n" for line in report(everything, coefficients.threshold)), end="", flush=True)
    if half == "test":
        title = f"False answers against coverage: {mode}, inventory {kind}, n {len(everything)}"
        (CURVES / f"coverage-{mode}-{kind}.svg").write_text(draw_curve(everything, title) + "\n", "utf-8")


if __name__ == "__main__":
    main()
