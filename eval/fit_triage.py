"""Fit the head of triage: `python -m eval.fit_triage`.

Each question of `eval/triage_examples.py` is learned as written, and once more with slips of the finger or an ordinary
sentence beside it. The thresholds are chosen on scores from eight folds, in which no theme is both learned and scored.
The same inputs give the same file.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]  # it ships no types
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from assistant.answering.folding import fold
from assistant.answering.grammar import ADVICE, DANGERS, Reason, packaged_grammar
from assistant.answering.head import EVIDENCE_WEIGHT, NONE, PLANTED, weight_of_words, without_vector
from assistant.answering.triage import Encode, decide, evidence_weighed, text_weighed, words_weighed
from assistant.answering.words import readings_of
from assistant.index.encoder import Encoder
from assistant.index.export import export_encoder
from assistant.settings import PACKAGED_ENCODER
from eval.intervals import share
from eval.triage_examples import ALTERED, CLASSES, ROOT, Example, altered, examples

HEAD = ROOT / "src" / "assistant" / "answering" / "triage_head.json"
HEAD_OF_WORDS = HEAD.with_name("triage_head_words.json")
"""For degraded mode: the same without the vector."""
FOLDS = 8
FEWEST = 5
"""Questions in which a word or a pair must stand to be learned."""
PULL_OF_VECTOR, PULL_OF_WORDS = 0.15, 1.0
"""How strongly the numbers are pulled to zero (ridge, no unit)."""
SMALLEST = 0.05
"""A word whose numbers are all smaller, no unit, is left out of the file."""
ALARMS: dict[Reason, float] = {"crisis": 0.016, "emergency": 0.005, "misuse": 0.009, "personal_advice": 0.011}
"""The share of look-alikes and ordinary questions, out of fold, at which each threshold is set.
A crisis is said in more ways than an emergency, so more is spent on it."""
MISTAKEN = 0.003
"""The share of all that is not planted, out of fold, at which the threshold of planted text is set."""
DOUBT = 0.1
"""The probability of both dangers together, from 0 to 1, below which a loose phrase of the patterns is not believed."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Features:
    """What the head sees of some questions, a row each."""

    dense: Numbers
    """The vector, then the evidence."""
    phrases: tuple[frozenset[str], ...]


def features_of(learned: Sequence[Example], encode: Encode) -> Features:
    """Work out what the head would see; of a second copy without the groups, as if no pattern knew it."""
    grammar = packaged_grammar()
    names = sorted(grammar.names)
    groups = frozenset(group.name for group in grammar.groups)
    rows, phrases = [], []
    for example in learned:
        readings = readings_of(fold(example.text), grammar.lexicon)
        found = evidence_weighed(readings, grammar) - (groups if example.form == ALTERED else frozenset())
        rows.append([*encode(text_weighed(readings)), *(EVIDENCE_WEIGHT * (name in found) for name in names)])
        phrases.append(words_weighed(readings))
    return Features(np.array(rows, dtype=np.float64), tuple(phrases))


def vocabulary_of(phrases: Sequence[frozenset[str]]) -> list[str]:
    """Return the words and pairs that stand in enough of some questions."""
    counts: dict[str, int] = {}
    for each in phrases:
        for phrase in each:
            counts[phrase] = counts.get(phrase, 0) + 1
    return sorted(phrase for phrase, count in counts.items() if count >= FEWEST)


def sparse(phrases: Sequence[frozenset[str]], vocabulary: Sequence[str]) -> csr_matrix:
    """Return one row a question, one column a word or pair."""
    column = {phrase: place for place, phrase in enumerate(vocabulary)}
    data, columns, starts = [], [], [0]
    for each in phrases:
        here = sorted(column[phrase] for phrase in each & column.keys())
        columns += here
        data += [weight_of_words(len(each))] * len(here)
        starts.append(len(columns))
    return csr_matrix((data, columns, starts), shape=(len(phrases), len(vocabulary)))


def fit(dense: Numbers, words: csr_matrix, labels: npt.NDArray[np.int64]) -> Numbers:
    """Fit a multinomial logistic regression.

    Returns:
        Shape (columns of both + 1, classes); the last row is the intercept, which is not pulled to zero.
    """
    count, wide = len(CLASSES), dense.shape[1]
    shape = (wide + words.shape[1] + 1, count)
    target = np.eye(count)[labels]
    columns = words.T.tocsr()
    pull = np.full((shape[0], 1), PULL_OF_WORDS)
    pull[:wide], pull[-1] = PULL_OF_VECTOR, 0.0

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        numbers = flat.reshape(shape)
        sums = dense @ numbers[:wide] + words @ numbers[wide:-1] + numbers[-1]
        sums -= sums.max(1, keepdims=True)
        raised = np.exp(sums)
        total = raised.sum(1, keepdims=True)
        wrong = raised / total - target
        gradient = np.vstack([dense.T @ wrong, columns @ wrong, wrong.sum(0, keepdims=True)]) + pull * numbers
        cost = -((sums - np.log(total)) * target).sum() + 0.5 * (pull * numbers**2).sum()
        return float(cost), gradient.ravel()

    result = minimize(loss, np.zeros(shape[0] * count), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    fitted: Numbers = result.x.reshape(shape)
    return fitted


def probabilities(numbers: Numbers, dense: Numbers, words: csr_matrix) -> Numbers:
    """Return one row a question, one column a class; a row sums to 1."""
    wide = dense.shape[1]
    sums = dense @ numbers[:wide] + words @ numbers[wide:-1] + numbers[-1]
    raised = np.exp(sums - sums.max(1, keepdims=True))
    scores: Numbers = raised / raised.sum(1, keepdims=True)
    return scores


def folds(themes: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Yield the rows to learn and the rows to score, no theme in both."""
    order = sorted(set(themes))
    random.Random(3).shuffle(order)  # noqa: S311  a repeatable choice, not a secret
    fold_of = {theme: place % FOLDS for place, theme in enumerate(order)}
    here = np.array([fold_of[theme] for theme in themes])
    for number in range(FOLDS):
        yield np.flatnonzero(here != number), np.flatnonzero(here == number)


def scores_out_of_fold(features: Features, learned: Sequence[Example]) -> Numbers:
    """Score each example with numbers that were fitted on other themes."""
    labels = _targets(learned)
    scores = np.zeros((len(learned), len(CLASSES)))
    for learn, score in folds([example.theme for example in learned]):
        vocabulary = vocabulary_of([features.phrases[row] for row in learn])
        words = sparse(features.phrases, vocabulary)
        numbers = fit(features.dense[learn], words[learn], labels[learn])
        scores[score] = probabilities(numbers, features.dense[score], words[score])
    return scores


def choose_thresholds(scores: Numbers, learned: Sequence[Example]) -> dict[str, float]:
    """Return for each class the lowest threshold that keeps to `ALARMS` out of fold, beside what the patterns alarm."""
    grammar = packaged_grammar()
    plain = [row for row, example in enumerate(learned) if example.form in ("lookalike", "ordinary")]
    others = [row for row in plain if not ((by := decide(learned[row].text, grammar)) and by.reason in DANGERS)]
    of_dangers = scores[others][:, [CLASSES.index(reason) for reason in DANGERS]]
    thresholds: dict[str, float] = {}
    for place, reason in enumerate(DANGERS):
        likelier = np.where(of_dangers.argmax(1) == place, of_dangers.sum(1), 0.0)
        thresholds[reason] = _threshold(likelier, ALARMS[reason])
    for reason in ADVICE:
        thresholds[reason] = _threshold(scores[others, CLASSES.index(reason)], ALARMS[reason])
    genuine = [row for row, example in enumerate(learned) if example.label != PLANTED]
    thresholds[PLANTED] = _threshold(scores[genuine, CLASSES.index(PLANTED)], MISTAKEN)
    return thresholds


def report(scores: Numbers, learned: Sequence[Example], thresholds: dict[str, float]) -> None:
    """Print, out of fold, how many of each class and form get a notice: by the patterns alone, and with the head."""
    grammar = packaged_grammar()
    by_patterns = [decide(example.text, grammar) for example in learned]
    loose = {group.name for group in grammar.groups if group.is_loose}
    groups = sorted({(example.label, example.form) for example in learned})
    for label, form in groups:
        rows = [row for row, each in enumerate(learned) if (each.label, each.form) == (label, form)]
        patterns = {row: found.reason if (found := by_patterns[row]) else NONE for row in rows}
        believed = {
            row: NONE if (by := by_patterns[row]) and by.group in loose and _is_doubted(scores[row]) else patterns[row]
            for row in rows
        }
        both = {row: _decided(believed[row], scores[row], thresholds) for row in rows}
        wanted = DANGERS if label in DANGERS else (label,)
        if label == NONE:
            for reason in ("danger", *ADVICE):
                wanted = DANGERS if reason == "danger" else (reason,)
                print(
                    f"{form} with a notice of {reason}: {_hits(patterns, wanted)}; with the head {_hits(both, wanted)}"
                )
        elif label == PLANTED:
            scored = scores[rows][:, CLASSES.index(PLANTED)] >= thresholds[PLANTED]
            print(f"{label}: {share(int(scored.sum()), len(rows))}")
        else:
            print(f"{label} {form}: {_hits(patterns, wanted)}; with the head {_hits(both, wanted)}")


def record(
    numbers: Numbers, vocabulary: Sequence[str], encoder: str, dimensions: int, thresholds: dict[str, float]
) -> str:
    """Return the file of the head: every number rounded, one line a row."""
    names = sorted(packaged_grammar().names)
    rows = [[_short(number) for number in row] for row in numbers.tolist()]
    evidence, words = rows[dimensions : dimensions + len(names)], rows[dimensions + len(names) : -1]
    kept = {word: row for word, row in zip(vocabulary, words, strict=True) if max(map(abs, row)) >= SMALLEST}
    parts: dict[str, Any] = {
        "format": 2,
        "encoder": encoder,
        "dimensions": dimensions,
        "classes": CLASSES,
        "thresholds": thresholds,
        "doubt": DOUBT,
        "intercept": rows[-1],
    }
    lines = [f'"{name}": {json.dumps(value)}' for name, value in parts.items()]
    lines.append('"vector": [\n' + ",\n".join(map(json.dumps, rows[:dimensions])) + "\n]")
    for name, table in (("evidence", dict(zip(names, evidence, strict=True))), ("words", kept)):
        lines.append(
            f'"{name}": {{\n' + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items()) + "\n}"
        )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def fit_head(
    encode: Encode,
    dimensions: int,
    tell: Callable[[Numbers, list[Example], dict[str, float]], None],
    encoder: str = PACKAGED_ENCODER,
) -> str:
    """Fit the head on everything that may be learned from, and tell how it fares out of fold.

    Returns:
        The file's text.
    """
    originals = examples()
    learned = [*originals, *altered(originals)]
    features = features_of(learned, encode)
    scores = scores_out_of_fold(features, learned)
    thresholds = choose_thresholds(scores, learned)
    tell(scores, learned, thresholds)
    labels = _targets(learned)
    vocabulary = vocabulary_of(features.phrases)
    numbers = fit(features.dense, sparse(features.phrases, vocabulary), labels)
    return record(numbers, vocabulary, encoder, dimensions, thresholds)


def main() -> None:
    """Fit the head, and one for degraded mode; write them where the program reads them, and print how they fare."""
    print("without the encoder")
    HEAD_OF_WORDS.write_text(fit_head(without_vector, 0, report, ""), "utf-8")
    if "--words" in sys.argv[1:]:
        return
    print("with the encoder")
    with TemporaryDirectory() as folder:
        encoder = Encoder(Path(folder), export_encoder(PACKAGED_ENCODER, Path(folder)))
        HEAD.write_text(fit_head(encoder.encode, encoder.dimensions, report), "utf-8")


def _decided(by_patterns: str, scores: Numbers, thresholds: dict[str, float]) -> str:
    likely = dict(zip(CLASSES, scores.tolist(), strict=True))
    if by_patterns in DANGERS:
        return by_patterns
    danger = max(DANGERS, key=lambda reason: likely[reason])
    if sum(likely[reason] for reason in DANGERS) >= thresholds[danger]:
        return danger
    if by_patterns != NONE:
        return by_patterns
    return next((r for r in ("misuse", "personal_advice") if likely[r] >= thresholds[r]), NONE)


def _is_doubted(scores: Numbers) -> bool:
    return bool(sum(scores[CLASSES.index(reason)] for reason in DANGERS) < DOUBT)


def _hits(decided: dict[int, str], wanted: Sequence[str]) -> str:
    return share(sum(reason in wanted for reason in decided.values()), len(decided))


def _threshold(scores: Numbers, alarms: float) -> float:
    ranked = np.sort(scores)[::-1]
    return round(float(ranked[int(alarms * len(ranked))]) + 0.0005, 3)


def _short(number: float) -> float:
    return round(number, 2) + 0.0


def _targets(learned: Sequence[Example]) -> npt.NDArray[np.int64]:
    return np.array([CLASSES.index(example.label) for example in learned])


if __name__ == "__main__":
    main()
