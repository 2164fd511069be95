"""Fit the coefficients that decide whether a unit answers a question: `python -m eval.fit_silence`.

Reads the development halves of the labelled questions only, asks each over its library, and fits a logistic regression
on (question, unit) pairs. The threshold is the lowest at which at most 18 % of the unanswerable development questions
are answered.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.answering.evidence import FEATURES, Coefficients, Evidence, Weigher, packaged_coefficients
from assistant.index.lexicon import packaged_lexicon
from assistant.answering.passages import Passages
from assistant.answering.question import Vocabulary, read_question
from assistant.answering.quotes import quotable_range
from assistant.answering.search import search_units
from assistant.index.build import build_snapshot
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.library.manifest import load_library
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER
from eval.labelled import Labelled, labelled_questions

ROOT = Path(__file__).parents[1]
COEFFICIENTS = ROOT / "src" / "assistant" / "answering" / "coefficients.json"
FALSE_ANSWERS = 0.18


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


def build_libraries(folder: Path) -> list[tuple[Snapshot, list[str]]]:
    """Index the three libraries the labelled questions are asked over, each with the names of its question sets.

    The given entry alone, the fictional entries, and the whole corpus: the fit must hold for one entry and for many.
    """
    whole = load_library(ROOT / "corpus")
    given = Library(tuple(entry for entry in whole.entries if entry.provenance == "publisher"))
    fictional = load_library(ROOT / "tests" / "data" / "entries")
    plan = (
        ("given", given, ["given"]),
        ("fictional", fictional, ["fictional"]),
        ("whole", whole, ["given", "sample_dev", "sample_test"]),
    )
    indexed = []
    for name, library, sets in plan:
        print(f"indexing {name}: {len(library.entries)} entries")
        build_snapshot(library, folder / name, PACKAGED_ENCODER)
        indexed.append((load_snapshot(folder / name, PACKAGED_ENCODER), sets))
    return indexed


def main() -> None:
    """Fit, write the coefficients, and print how both halves fare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="only report, with the coefficients as they are")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        snapshots = build_libraries(Path(folder))
        coefficients = packaged_coefficients() if options.report else fit_coefficients(snapshots)
        for half in ("dev", "test"):
            for snapshot, names in snapshots:
                for name in names:
                    if asked := ask_all(snapshot, [name], coefficients, half):
                        figures = ", ".join(
                            f"{key} {value:.3g}" for key, value in report(asked, coefficients.threshold).items()
                        )
                        print(f"{half} {name} over {len(snapshot.library.entries)} entries: {figures}")


def fit_coefficients(snapshots: list[tuple[Snapshot, list[str]]]) -> Coefficients:
    """Fit the weights and the threshold on the development halves, and write them where the program reads them."""
    start = Coefficients(0.0, tuple(0.0 for _ in FEATURES), 0.5)
    model = fit([one for snapshot, names in snapshots for one in ask_all(snapshot, names, start, "dev")])
    weights = tuple(round(float(weight), 4) for weight in model.coef_[0])
    fitted = Coefficients(round(float(model.intercept_[0]), 4), weights, 0.5)
    dev = [one for snapshot, names in snapshots for one in ask_all(snapshot, names, fitted, "dev")]
    others = [one for one in dev if not one.question.answerable]
    wrong = sorted((one.evidence[0].probability for one in others if one.evidence), reverse=True)
    threshold = round(wrong[int(FALSE_ANSWERS * len(others))] + 1e-4, 4)
    record = {
        "intercept": fitted.intercept,
        "threshold": threshold,
        "weights": dict(zip(FEATURES, weights, strict=True)),
    }
    COEFFICIENTS.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    return Coefficients(fitted.intercept, weights, threshold)


if __name__ == "__main__":
    main()
