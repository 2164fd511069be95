"""Rationales: which sentences of a whole corpus bear on a claim, chosen and measured on SciFact.

Run as `python -m eval.rationales FILE --json`; `--fit` fits the head again first. Abstracts come from the shipped
search over the whole corpus, sentences from a logistic head over readable features. It is fitted on one half of the
claims and measured on the other; no abstract lies in both. What is measured is defined in `measure_choices`.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.errors import AssistantError
from assistant.library.model import Library
from eval.abstention import print_measures
from eval.beir import collection_library, read_documents
from eval.indexing import default_cache, open_index, say
from eval.measures import RESAMPLES, Measure, auroc_of
from eval.rationale_features import Scene, Scenes
from eval.rationale_head import HEAD, Example, choose, fit_head, read_head, write_head
from eval.records import DataError
from eval.scifact import Claim, Half, Place, group_claims, part_in_halves, read_claims, units_of
from eval.searching import Searcher


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences chosen for a claim, against those that experts chose."""

    group: str
    """Claims of one group share abstracts, and are not independent of each other."""
    chosen: frozenset[Place]
    gold: tuple[frozenset[Place], ...]
    """Of each gold sentence, once: the units that it is."""
    rationales: tuple[frozenset[Place], ...]
    """Of each rationale: the units of all its sentences."""
    score: float
    """The best sentence's probability, from 0 to 1; 0 when there is none."""

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Chosen sentences that are gold, chosen, gold ones that were chosen, gold."""
        right = frozenset[Place]().union(*self.gold)
        found = sum(bool(each & self.chosen) for each in self.gold)
        return len(self.chosen & right), len(self.chosen), found, len(self.gold)

    @property
    def whole_counts(self) -> tuple[int, int, int, int]:
        """The same where a chosen sentence is right only if a rationale that it belongs to was chosen whole."""
        right = frozenset[Place]().union(*(each for each in self.rationales if each <= self.chosen))
        found = sum(bool(each & right) for each in self.gold)
        return len(self.chosen & right), len(self.chosen), found, len(self.gold)


def f1_of(counts: Iterable[Sequence[float]]) -> tuple[float, float, float]:
    """Return F1, precision and recall, from 0 to 1, of counts summed over claims (micro-averaged); 0 of nothing."""
    right, chosen, found, gold = np.sum([[0.0, 0.0, 0.0, 0.0], *counts], axis=0)
    precision, recall = (right / chosen if chosen else 0.0), (found / gold if gold else 0.0)
    both = precision + recall
    return (2 * precision * recall / both if both else 0.0), float(precision), float(recall)


def measure_f1(name: str, counts: Sequence[tuple[int, int, int, int]], groups: Sequence[str]) -> list[Measure]:
    """Return F1, precision and recall with their 95 % bootstrap intervals, resampling groups of claims whole."""
    summed: dict[str, list[int]] = {}
    for group, each in zip(groups, counts, strict=True):
        summed[group] = [a + b for a, b in zip(summed.get(group, [0, 0, 0, 0]), each, strict=True)]
    table, random = np.array(list(summed.values()), dtype=float).reshape(-1, 4), np.random.default_rng(0)
    drawn = np.array([f1_of([table[random.integers(0, len(table), len(table))].sum(axis=0)]) for _ in range(RESAMPLES)])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return [
        Measure(f"{name}: {part}", float(value), len(counts), float(low[at]), float(high[at]))
        for at, (part, value) in enumerate(zip(("F1", "precision", "recall"), f1_of(counts), strict=True))
    ]


def measure_choices(name: str, choices: Sequence[Choice]) -> list[Measure]:
    """Measure what was chosen for claims, those without evidence included.

    "sentences" is sentence selection: of the sentences chosen for all claims, the share that are gold rationale
    sentences of that claim, in the right abstract (precision); of the gold ones, the share chosen (recall). "whole
    rationales" is the stricter count of SciFact: a chosen sentence is right only if every sentence of one of its
    rationales was chosen.

    Source:
        Wadden et al., EMNLP 2020, section 5, "sentence-level, selection only", for the stricter count.
    """
    groups = [choice.group for choice in choices]
    return [
        *measure_f1(f"{name}, sentences", [choice.counts for choice in choices], groups),
        *measure_f1(f"{name}, whole rationales", [choice.whole_counts for choice in choices], groups),
    ]


def example_of(claim: Claim, group: str, scene: Scene, library: Library) -> Example:
    """Set a claim's scene beside what the experts chose."""
    gold: dict[tuple[str, int, int], frozenset[Place]] = {}
    rationales = []
    for rationale in claim.rationales:
        entry = library.entry(rationale.document)
        whole = {(entry.id, span.start, span.end): units_of(entry, span) for span in rationale.spans}
        gold |= whole
        rationales.append(frozenset[Place]().union(*whole.values()))
    return Example(group, scene, tuple(gold.values()), tuple(rationales))


def make_choice(example: Example, probabilities: Sequence[float], threshold: float) -> Choice:
    """Choose sentences by their probabilities."""
    places = choose(example.scene, probabilities, threshold)
    return Choice(
        example.group,
        places,
        example.gold,
        example.rationales,
        max((float(each) for each in probabilities), default=0.0),
    )


def measure_half(examples: Sequence[Example], head_file: Path) -> list[Measure]:
    """Measure the head, the cosine alone, and the silence that the head's best score would give."""
    head = read_head(head_file)
    ours = [make_choice(each, head.probabilities(each.scene).tolist(), head.threshold) for each in examples]
    plain = [make_choice(each, each.scene.column("cosine").tolist(), head.cosine_threshold) for each in examples]
    has_evidence = [bool(each.gold) for each in examples]
    return [
        *measure_choices("head", ours),
        *measure_choices("cosine alone", plain),
        auroc_of("silence AUROC, head", [choice.score for choice in ours], has_evidence),
        auroc_of("silence AUROC, cosine alone", [choice.score for choice in plain], has_evidence),
    ]


def make_examples(claims: Sequence[Claim], groups: Mapping[str, str], scenes: Scenes) -> list[Example]:
    """Find the candidate sentences of every claim."""
    found = []
    for number, claim in enumerate(claims, start=1):
        found.append(example_of(claim, groups[claim.id], scenes.of(claim.text), scenes.snapshot.library))
        if number % 100 == 0:
            say(f"{number} of {len(claims)} claims")
    return found


def main(arguments: Sequence[str]) -> int:
    """Fit if asked to, measure, print, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.rationales", description="Measure which sentences are chosen."
    )
    parser.add_argument("file", type=Path, help="claims with their rationales, JSON lines, plain or gzipped")
    parser.add_argument("--corpus", type=Path, help="the abstracts in BEIR form; ../beir/scifact beside FILE's folder")
    parser.add_argument("--head", type=Path, default=HEAD, help="the fitted numbers")
    parser.add_argument("--fit", action="store_true", help="fit on the fitting half first, and write the numbers")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where indexes are kept")
    given = parser.parse_args(arguments)
    try:
        claims = read_claims(given.file)
        corpus = given.corpus or given.file.parents[1] / "beir" / "scifact"
        scenes = Scenes(Searcher.of(open_index(collection_library(read_documents(corpus)), given.cache)))
        groups, halves = group_claims(claims), part_in_halves(claims)

        def half(name: Half) -> list[Example]:
            return make_examples([claim for claim in claims if halves[claim.id] == name], groups, scenes)

        if given.fit:
            head, folds = fit_head(half("fit"))
            write_head(head, given.head)
            say(f"fitted on {halves_count(halves, 'fit')} claims; F1 over folds {folds:.3f}")
        examples = half("report")
        measures = measure_half(examples, given.head)
    except (DataError, AssistantError) as error:
        say(f"python -m eval.rationales: {error}")
        return 2
    sentences, with_evidence = sum(len(each.gold) for each in examples), sum(bool(each.gold) for each in examples)
    print_measures(
        f"SciFact rationales, reporting half: {len(examples)} claims, {with_evidence} with evidence",
        measures,
        {"claims": len(examples), "with evidence": with_evidence, "gold sentences": sentences},
        as_json=given.json,
    )
    return 0


def halves_count(halves: Mapping[str, Half], name: Half) -> int:
    """Return how many claims lie in a half."""
    return sum(half == name for half in halves.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
