"""Abstention: whether the program knows what its library does not state, on questions in the form of SQuAD 2.

Run as `python -m eval.abstention FILE --json`. Rows have `id`, `title`, `context`, `question`, `answerable` and
`answers` with their `text`. Every paragraph is an entry of one library, and each question is asked over all of it by
the shipped silence decision. That an unanswerable question has no answer in another paragraph either is assumed.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.answering.coefficients import packaged_coefficients
from assistant.answering.evidence import Weigher
from assistant.answering.search import search_units
from assistant.answering.silence import decide_silence
from assistant.errors import AssistantError
from eval.beir import Document, collection_library
from eval.indexing import default_cache, open_index, say
from eval.measures import Measure, auroc_of, risk_coverage, share_of
from eval.records import DataError, read_records
from eval.searching import Searcher

COVERAGE = 0.8
"""The share of the answerable questions that are answered where false answers are counted."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what is known of it."""

    id: str
    text: str
    answerable: bool
    answers: tuple[str, ...]
    """Wordings that answer it, any one of them; empty when it is unanswerable."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question."""

    score: float
    """The likeliest unit's probability, from 0 to 1; 0 when nothing was found."""
    answered: bool
    """Whether the shipped decision would answer."""
    words: str
    """The likeliest unit's words; empty when nothing was found."""


def read_squad(path: Path) -> tuple[tuple[Document, ...], list[Question]]:
    """Read paragraphs, each once, and questions, in order.

    Raises:
        DataError: the file is missing or broken, has no question, or an answerable one has no answer.
    """
    paragraphs: dict[str, Document] = {}
    questions: list[Question] = []
    for record in read_records(path):
        context = record.text("context")
        paragraphs.setdefault(
            context, Document(f"p{len(paragraphs) + 1}", record.text("title").replace("_", " "), context)
        )
        answerable = record.flag("answerable")
        answers = tuple(item.text("text") for item in record.items("answers")) if answerable else ()
        if answerable and not answers:
            raise DataError(f"{record.place}: answerable, but without an answer; mend or remove it")
        questions.append(Question(record.text("id"), record.text("question"), answerable, answers))
    if not questions:
        raise DataError(f"{path}: no question in it; is it the right file?")
    return tuple(paragraphs.values()), questions


@dataclass(frozen=True, slots=True)
class Decider:
    """The shipped weighing and silence over one library."""

    searcher: Searcher
    weigher: Weigher

    @classmethod
    def of(cls, searcher: Searcher) -> "Decider":
        """Prepare a searched snapshot with the packaged coefficients."""
        return cls(searcher, Weigher(searcher.passages, packaged_coefficients()))

    def decide(self, question: str) -> Outcome:
        """Weigh what is found for a question, and decide whether to answer, as a reply does."""
        asked = self.searcher.ask(question)
        found = search_units(self.searcher.passages, asked.reading, asked.vector)
        weighed = self.weigher.weigh(asked.reading, found)
        silence = decide_silence(asked.reading, weighed, self.searcher.vocabulary, self.weigher)
        if not weighed:
            return Outcome(0.0, silence is None, "")
        words = self.searcher.passages.words[weighed[0].candidate.row]
        return Outcome(weighed[0].probability, silence is None, words)


def false_answers(name: str, answerable: Sequence[float], others: Sequence[float]) -> Measure:
    """Return the share of unanswerable questions answered where `COVERAGE` of the answerable ones are.

    Args:
        name: what it is called.
        answerable: the scores of the answerable questions; a question is answered from a threshold upwards.
        others: those of the unanswerable ones.
    """
    if not answerable:
        return share_of(name, [])
    ranked = sorted(answerable, reverse=True)
    threshold = ranked[math.ceil(len(ranked) * COVERAGE - 1e-9) - 1]
    return share_of(name, [score >= threshold for score in others])


def measure_silence(pairs: Sequence[tuple[bool, float, bool]]) -> list[Measure]:
    """Measure a silence decision.

    Args:
        pairs: of each question: whether it is answerable, its score from 0 to 1, and whether it was answered.
    """
    yes = [(score, answered) for answerable, score, answered in pairs if answerable]
    no = [(score, answered) for answerable, score, answered in pairs if not answerable]
    return [
        auroc_of("AUROC", [score for _, score, _ in pairs], [answerable for answerable, _, _ in pairs]),
        false_answers("false answers at 80 % coverage", [score for score, _ in yes], [score for score, _ in no]),
        share_of("answered, of the answerable", [answered for _, answered in yes]),
        share_of("answered, of the unanswerable", [answered for _, answered in no]),
    ]


def print_measures(title: str, measures: Sequence[Measure], extra: dict[str, object], *, as_json: bool) -> None:
    """Print figures on stdout: one JSON object, or a line each."""
    if as_json:
        figures = {m.name: {"value": m.value, "n": m.n, "interval": [m.low, m.high]} for m in measures}
        print(json.dumps({"title": title, **figures, **extra}))
        return
    print(title)
    for m in measures:
        known = m.value is not None and m.low is not None and m.high is not None
        print(f"  {m.name}: {f'{m.value:.3f} ({m.low:.3f}-{m.high:.3f})' if known else 'not known'}, n {m.n}")


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.abstention", description="Measure silence on SQuAD 2.")
    parser.add_argument("file", type=Path, help="JSON lines, plain or gzipped")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where indexes are kept")
    given = parser.parse_args(arguments)
    try:
        paragraphs, questions = read_squad(given.file)
        decider = Decider.of(Searcher.of(open_index(collection_library(paragraphs), given.cache)))
    except (DataError, AssistantError) as error:
        say(f"python -m eval.abstention: {error}")
        return 2
    outcomes = []
    for number, question in enumerate(questions, start=1):
        outcomes.append(decider.decide(question.text))
        if number % 500 == 0:
            say(f"{number} of {len(questions)} questions")
    measures = measure_silence(
        [
            (question.answerable, outcome.score, outcome.answered)
            for question, outcome in zip(questions, outcomes, strict=True)
        ]
    )
    right = [
        any(answer in outcome.words for answer in question.answers)
        for question, outcome in zip(questions, outcomes, strict=True)
    ]
    holds = [each for each, question in zip(right, questions, strict=True) if question.answerable]
    measures.append(share_of("likeliest unit holds the answer, of the answerable", holds))
    curve = risk_coverage([outcome.score for outcome in outcomes], [not each for each in right])
    print_measures(
        f"SQuAD 2 questions over {len(paragraphs)} paragraphs",
        measures,
        {"area under risk-coverage": curve.area, "entries": len(paragraphs)},
        as_json=given.json,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
