"""Fit the coefficients that decide whether a unit answers a question: `python -m eval.fit_silence`.

Reads the development halves of the labelled questions only, asks each over its library, and fits a logistic regression on
(question, unit) pairs. The threshold is the lowest at which at most one unanswerable development question in five is answered.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.answering.evidence import FEATURES, Coefficients, Evidence, Weigher
from assistant.answering.lexicon import packaged_lexicon
from assistant.answering.passages import Passages
from assistant.answering.question import Vocabulary, read_question
from assistant.answering.quotes import quotable_range
from assistant.answering.search import search_units
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.settings import PACKAGED_ENCODER
from eval.labelled import Labelled, labelled_questions

COEFFICIENTS = Path(__file__).parents[1] / "src" / "assistant" / "answering" / "coefficients.json"
FALSE_ANSWERS = 1 / 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its candidates."""

    question: Labelled
    evidence: list[Evidence]


def ask_all(snapshot: Snapshot, names: list[str], coefficients: Coefficients, half: str) -> list[Asked]:
    """Weigh the candidates of every question of one half of some sets."""
    lexicon = packaged_lexicon()
    vocabulary = Vocabulary(snapshot.library, lexicon, snapshot.encoder)
    weigher = Weigher(Passages(snapshot, lexicon), coefficients)
    asked = []
    for name in names:
        for question in labelled_questions(name, snapshot.library):
            if question.half == half:
                reading = read_question(question.text, [], vocabulary)
                candidates = search_units(weigher.passages, reading, snapshot.encoder.encode(reading.plain))
                asked.append(Asked(question, weigher.weigh(reading, candidates)))
    return asked


def fit(asked: list[Asked]) -> LogisticRegression:
    """Fit the weights on the pairs that no rule vetoes."""
    rows, labels, weights = [], [], []
    for one in asked:
        pairs = [each for each in one.evidence if not each.veto]
        for each in pairs:
            places = covered(each)
            if places & one.question.also and not places & one.question.best:
                continue
            rows.append(each.features)
            labels.append(bool(places & one.question.best))
            # A wrong unit that stands first does the harm: weigh wrong ones by how near the top they stand.
            weights.append(1.0 if labels[-1] else 0.3)
    model = LogisticRegression(C=1.0, max_iter=2000)
    model.fit(np.array(rows), np.array(labels), sample_weight=np.array(weights))
    return model


def covered(evidence: Evidence) -> set[tuple[str, int]]:
    """Return the places that quoting a unit quotes: a list comes whole."""
    first, last = quotable_range(evidence.entry, evidence.unit) or (evidence.unit, evidence.unit)
    return {(evidence.entry.id, number) for number in range(first, last + 1)}


def report(asked: list[Asked], threshold: float) -> dict[str, float]:
    """Measure first quotes and silence at a threshold."""
    answerable = [one for one in asked if one.question.answerable]
    others = [one for one in asked if not one.question.answerable]
    top = {one.question.id: one.evidence[0] if one.evidence else None for one in asked}

    def says(one: Asked) -> bool:
        first = top[one.question.id]
        return first is not None and first.probability >= threshold

    def right(one: Asked) -> bool:
        first = top[one.question.id]
        return first is not None and bool(covered(first) & (one.question.best | one.question.also))

    near = [one for one in others if one.question.near_miss]
    far = [one for one in others if not one.question.near_miss]
    return {
        "answerable": len(answerable),
        "first right if always answered": sum(map(right, answerable)) / len(answerable),
        "answered": sum(map(says, answerable)) / len(answerable),
        "answered and right": sum(says(one) and right(one) for one in answerable) / len(answerable),
        "near misses": len(near),
        "near misses silent": 1 - sum(map(says, near)) / max(1, len(near)),
        "others": len(far),
        "others silent": 1 - sum(map(says, far)) / max(1, len(far)),
    }


def main() -> None:
    """Fit, write the coefficients, and print how both halves fare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "indexes", nargs="+", metavar="INDEX=SET,SET", help="an index folder and the question sets asked over it"
    )
    parser.add_argument("--dry", action="store_true", help="only report, with the coefficients as they are")
    options = parser.parse_args()
    pairs = [(Path(folder), names.split(",")) for folder, _, names in (each.partition("=") for each in options.indexes)]
    start = Coefficients(0.0, tuple(0.0 for _ in FEATURES), 0.5)
    if options.dry:
        data = json.loads(COEFFICIENTS.read_text())
        start = Coefficients(data["intercept"], tuple(data["weights"].values()), data["threshold"])
    snapshots = [(load_snapshot(folder, PACKAGED_ENCODER), names) for folder, names in pairs]
    if not options.dry:
        dev = [one for snapshot, names in snapshots for one in ask_all(snapshot, names, start, "dev")]
        model = fit(dev)
        start = Coefficients(float(model.intercept_[0]), tuple(round(float(w), 4) for w in model.coef_[0]), 0.5)
        dev = [one for snapshot, names in snapshots for one in ask_all(snapshot, names, start, "dev")]
        wrong = sorted(
            (one.evidence[0].probability for one in dev if not one.question.answerable and one.evidence), reverse=True
        )
        unanswerable = sum(not one.question.answerable for one in dev)
        threshold = round(wrong[int(FALSE_ANSWERS * unanswerable)] + 1e-4, 4)
        start = Coefficients(start.intercept, start.weights, threshold)
        weights = dict(zip(FEATURES, start.weights, strict=True))
        COEFFICIENTS.write_text(
            json.dumps({"intercept": round(start.intercept, 4), "threshold": threshold, "weights": weights}, indent=2)
            + "\n"
        )
    for half in ("dev", "test"):
        for snapshot, names in snapshots:
            for name in names:
                asked = ask_all(snapshot, [name], start, half)
                if asked:
                    figures = ", ".join(f"{key} {value:.3g}" for key, value in report(asked, start.threshold).items())
                    print(f"{half} {name} over {len(snapshot.library.entries)} entries: {figures}")


if __name__ == "__main__":
    main()
