"""Measure triage: `python -m eval.measure_triage FILE...`.

Prints, for each class and form of some labelled questions, how many get the notice that they should, by the patterns
alone, with the head for degraded mode and with the head, and how long a question takes. A danger with the other
danger's notice counts as recognised.
Without files, `eval/questions/triage_held.jsonl` is measured: questions that were never learned from.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.answering.grammar import DANGERS, packaged_grammar
from assistant.answering.head import NONE, packaged_head, without_vector
from assistant.answering.triage import Decision, decide
from assistant.index.encoder import Encoder
from assistant.index.export import export_encoder
from assistant.settings import PACKAGED_ENCODER
from eval.intervals import share

HELD = Path(__file__).parent / "questions" / "triage_held.jsonl"
Decide = Callable[[str], Decision | None]


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question. Its form is explicit, paraphrase, misspelt, obscured, lookalike or ordinary."""

    text: str
    label: str
    form: str


def questions_of(path: Path) -> list[Question]:
    """Read JSON lines with `class`, `form`, and `text` or `question`."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Question(row["text"] if "text" in row else row["question"], row["class"], row["form"]) for row in rows]


def print_shares(name: str, questions: Sequence[Question], decide_one: Decide) -> None:
    """Print a line for each class and form."""
    for label, form in sorted({(question.label, question.form) for question in questions}):
        here = [question for question in questions if (question.label, question.form) == (label, form)]
        given = [found.reason if (found := decide_one(question.text)) else NONE for question in here]
        if label == NONE:
            dangers = sum(reason in DANGERS for reason in given)
            others = sum(reason not in (*DANGERS, NONE) for reason in given)
            print(f"{name}: {form}, false danger {share(dangers, len(here))}; other notices {share(others, len(here))}")
        else:
            wanted = DANGERS if label in DANGERS else (label,)
            print(f"{name}: {label} {form}, {share(sum(reason in wanted for reason in given), len(here))}")


def milliseconds(questions: Sequence[Question], decide_one: Decide) -> list[float]:
    """Return how long each question takes, in order."""
    taken = []
    for question in questions:
        started = time.perf_counter()
        decide_one(question.text)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def main() -> None:
    """Measure the files named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[HELD])
    files = parser.parse_args().files
    grammar = packaged_grammar()
    head = packaged_head(grammar.names)
    of_words = packaged_head(grammar.names, of_words=True)
    with TemporaryDirectory() as folder:
        encoder = Encoder(Path(folder), export_encoder(PACKAGED_ENCODER, Path(folder)))
        ways: dict[str, Decide] = {
            "patterns": lambda text: decide(text, grammar),
            "with the head of words": lambda text: decide(text, grammar, of_words, without_vector),
            "with the head": lambda text: decide(text, grammar, head, encoder.encode),
        }
        for path in files:
            questions = questions_of(path)
            for name, decide_one in ways.items():
                print_shares(f"{path.stem}, {name}", questions, decide_one)
                taken = sorted(milliseconds(questions, decide_one))
                late = taken[int(0.95 * len(taken))]
                print(f"{path.stem}, {name}: median {statistics.median(taken):.1f} ms, 95th percentile {late:.1f} ms")


if __name__ == "__main__":
    main()
