"""Rationale features: what speaks for a sentence of a found abstract as the rationale of a claim, as numbers.

Abstracts come from the shipped search over the whole corpus. A sentence is looked at by itself, among its neighbours,
in its abstract, and beside the other abstracts found for the claim. Nothing here knows which sentences are right.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assistant.answering.search import query_terms
from assistant.index.embedded import as_embedded
from assistant.index.encoder import Vectors
from assistant.index.snapshot import Snapshot
from assistant.index.terms import terms_of
from eval.rationale_words import CUES, PARTS, Sentence, part_of, read_sentence
from eval.scifact import Place
from eval.searching import Asked, Searcher

Matrix = npt.NDArray[np.float64]

ABSTRACTS = 5
"""Looked at for a claim: one with evidence is among them for 0.95 of the claims that have any (n 505)."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A claim's candidate sentences, with the features of each."""

    places: tuple[Place, ...]
    """Grouped by abstract, the best first; within one in the text's order."""
    abstract: npt.NDArray[np.intp]
    """The place of each sentence's abstract in the search, from 0."""
    features: Matrix
    """Shape (sentences, features), columns as `FEATURES`."""

    def column(self, name: str) -> Matrix:
        """Return one feature of every sentence."""
        return self.features[:, FEATURES.index(name)]


_OF_ABSTRACT = (
    "rank", "behind_first", "ahead_of_next", "abstract_cosine", "abstract_bm25", "abstract_coverage",
    "abstract_rarest", "title_coverage", "best_cosine", "second_cosine", "best_bm25", "best_coverage",
    "best_cosine_behind",
)  # fmt: skip
_OF_SENTENCE = (
    "cosine", "window_cosine", "cosine_before", "cosine_behind", "cosine_behind_any", "cosine_rank",
    "cosine_spread", "bm25", "bm25_behind", "bm25_rank", "coverage", "coverage_behind", "coverage_with_title",
    "coverage_with_neighbours", "pairs", "rarest", "names", "numbers", "said_of_sentence", "place", "from_end",
    "is_first", "is_last", "words", "negation_differs", "up_differs", "down_differs", *(f"part_{name}" for name in
    PARTS), *(f"cue_{name}" for name in CUES),
)  # fmt: skip
_OF_CLAIM = ("claim_words", "claim_numbers", "claim_names", "claim_rarest")
FEATURES = (*_OF_SENTENCE, *_OF_ABSTRACT, *_OF_CLAIM)
"""The columns of a scene, in order; "behind" is a distance to the best, "rank" counts from 0."""


@dataclass(frozen=True)
class Scenes:
    """Makes scenes over one corpus, with what is worked out of it once."""

    searcher: Searcher

    @cached_property
    def rows_of(self) -> dict[str, npt.NDArray[np.intp]]:
        """The rows of each abstract's sentences, in order."""
        return {entry: np.asarray(rows, dtype=np.intp) for entry, rows in self.searcher.passages.rows_of.items()}

    @cached_property
    def vectors(self) -> Vectors:
        """The vector of every sentence."""
        return as_embedded(self.snapshot.engine).unit_dense.vectors()

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence, read."""
        passages = self.searcher.passages
        return tuple(read_sentence(passages.words[row]) for row in range(len(passages.snapshot.units)))

    @cached_property
    def rarities(self) -> dict[str, float]:
        """How much each term tells: the logarithm of one over its share of the abstracts."""
        held: Counter[str] = Counter()
        for entry, rows in self.rows_of.items():
            held.update(self.titles[entry].union(*(self.sentences[row].terms for row in rows)))
        total = len(self.rows_of)
        return {term: math.log(1 + (total - count + 0.5) / (count + 0.5)) for term, count in held.items()}

    @cached_property
    def titles(self) -> dict[str, frozenset[str]]:
        """The terms of each abstract's title."""
        return {entry.id: frozenset(terms_of(entry.title)) for entry in self.snapshot.library.entries}

    @property
    def snapshot(self) -> Snapshot:
        """The corpus, indexed."""
        return self.searcher.snapshot

    def rarity(self, term: str) -> float:
        """Return how much a term tells; one that no abstract holds tells the most."""
        return self.rarities.get(term, math.log(1 + 2 * len(self.rows_of)))

    def of(self, claim: str) -> Scene:
        """Find the candidate sentences of a claim, with their features."""
        asked = self.searcher.ask(claim)
        found = self.searcher.documents(asked, limit=ABSTRACTS + 1)
        view = _View.of(self, claim, asked)
        places: list[Place] = []
        abstract: list[int] = []
        blocks: list[Matrix] = []
        best_cosine = max((float(view.cosine[self.rows_of[entry]].max()) for entry, _ in found), default=0.0)
        for number, (entry, _) in enumerate(found[:ABSTRACTS]):
            rows = self.rows_of[entry]
            scores = [score for _, score in found]
            block = np.hstack(
                [
                    view.of_sentences(entry, rows, best_cosine),
                    np.tile(view.of_abstract(entry, rows, scores, number, best_cosine), (len(rows), 1)),
                    np.tile(view.of_claim(), (len(rows), 1)),
                ]
            )
            places += [(entry, self.snapshot.units[row].unit) for row in rows]
            abstract += [number] * len(rows)
            blocks.append(block)
        features = np.vstack(blocks) if blocks else np.empty((0, len(FEATURES)))
        return Scene(tuple(places), np.asarray(abstract, dtype=np.intp), features)


@dataclass(frozen=True, slots=True)
class _View:
    """One claim seen against the whole corpus."""

    scenes: Scenes
    claim: Sentence
    vector: Vectors
    weights: dict[str, float]
    """The claim's terms with what each tells."""
    cosine: npt.NDArray[np.float32]
    bm25: npt.NDArray[np.float32]
    chunk_cosine: npt.NDArray[np.float32]
    chunk_bm25: npt.NDArray[np.float32]
    chunk_of: npt.NDArray[np.intp]
    ceiling: float
    """About the highest BM25 score the claim's terms can reach."""

    @classmethod
    def of(cls, scenes: Scenes, claim: str, asked: Asked) -> "_View":
        snapshot, read = scenes.snapshot, read_sentence(claim)
        weights = {term: scenes.rarity(term) for term in read.terms}
        terms = query_terms(asked.reading)
        return cls(
            scenes,
            read,
            asked.vector,
            weights,
            as_embedded(snapshot.engine).unit_dense.scores(asked.vector),
            as_embedded(snapshot.engine).unit_terms.scores(terms),
            as_embedded(snapshot.engine).chunk_dense.scores(asked.vector),
            as_embedded(snapshot.engine).chunk_terms.scores(terms),
            np.asarray(snapshot.chunk_of_unit, dtype=np.intp),
            sum(weights.values()) + 1.0,
        )

    def share(self, terms: frozenset[str]) -> float:
        """Return how much of what the claim's terms tell a set of terms says, from 0 to 1."""
        total = sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in terms) / total if total else 0.0

    def rarest(self, terms: frozenset[str]) -> float:
        """Return whether the claim's most telling term is said, 1 or 0."""
        return float(max(self.weights, key=self.weights.__getitem__) in terms) if self.weights else 0.0

    def of_sentences(self, entry: str, rows: npt.NDArray[np.intp], best_cosine: float) -> Matrix:
        """Return the features of an abstract's sentences, shape (sentences, _OF_SENTENCE)."""
        scenes, count = self.scenes, len(rows)
        title = scenes.titles[entry]
        read = [scenes.sentences[row] for row in rows]
        sets = [frozenset(each.terms) for each in read]
        cosine = self.cosine[rows].astype(float)
        bm25 = self.bm25[rows].astype(float) / self.ceiling
        covered = np.array([self.share(each) for each in sets])
        order_cosine, order_bm25 = _ranks(cosine), _ranks(bm25)
        spread = (cosine - cosine.mean()) / (cosine.std() + 1e-6)
        padded = np.vstack([np.zeros_like(self.vector), scenes.vectors[rows], np.zeros_like(self.vector)])
        windows = padded[:-2] + padded[1:-1] + padded[2:]
        windowed = windows @ self.vector / np.linalg.norm(windows, axis=1)
        part, made = 0, []
        parts = []
        for row in rows:
            part = part_of(scenes.searcher.passages.words[row]) or part
            parts.append(part)
        for at, each in enumerate(read):
            around = sets[at].union(*(sets[other] for other in (at - 1, at + 1) if 0 <= other < count))
            said = sum(self.weights.get(term, 0.0) for term in sets[at])
            whole = sum(scenes.rarity(term) for term in sets[at])
            made.append(
                (
                    cosine[at],
                    float(windowed[at]),
                    cosine[at - 1] if at else 0.0,
                    cosine.max() - cosine[at],
                    best_cosine - cosine[at],
                    order_cosine[at],
                    spread[at],
                    bm25[at],
                    bm25.max() - bm25[at],
                    order_bm25[at],
                    covered[at],
                    covered.max() - covered[at],
                    self.share(sets[at] | title),
                    self.share(around),
                    len(self.claim.pairs & each.pairs) / max(1, len(self.claim.pairs)),
                    self.rarest(sets[at]),
                    len(self.claim.names & each.names) / max(1, len(self.claim.names)),
                    len(self.claim.numbers & each.numbers) / max(1, len(self.claim.numbers)),
                    said / whole if whole else 0.0,
                    at / max(1, count - 1),
                    min(6, count - 1 - at),
                    float(at == 0),
                    float(at == count - 1),
                    math.log(1 + len(each.terms)),
                    *(abs(self.claim.cues[cue] - each.cues[cue]) for cue in (6, 7, 8)),
                    *(float(parts[at] == number) for number in range(1, len(PARTS) + 1)),
                    *each.cues,
                )
            )
        return np.array(made, dtype=float)

    def of_abstract(
        self, entry: str, rows: npt.NDArray[np.intp], scores: Sequence[float], number: int, best_cosine: float
    ) -> Matrix:
        """Return the features of an abstract, shape (_OF_ABSTRACT,)."""
        scenes = self.scenes
        title = scenes.titles[entry]
        terms = title.union(*(scenes.sentences[row].terms for row in rows))
        cosines = np.sort(self.cosine[rows].astype(float))[::-1]
        chunks = np.unique(self.chunk_of[rows])
        after = scores[number + 1] if number + 1 < len(scores) else scores[number]
        return np.array(
            [
                number,
                scores[0] - scores[number],
                scores[number] - after,
                float(self.chunk_cosine[chunks].max()),
                float(self.chunk_bm25[chunks].max()) / self.ceiling,
                self.share(terms),
                self.rarest(terms),
                self.share(title),
                cosines[0],
                cosines[1] if len(cosines) > 1 else cosines[0],
                float(self.bm25[rows].max()) / self.ceiling,
                max(self.share(frozenset(scenes.sentences[row].terms)) for row in rows),
                best_cosine - cosines[0],
            ]
        )

    def of_claim(self) -> Matrix:
        """Return the features of the claim itself, shape (_OF_CLAIM,)."""
        return np.array(
            [
                math.log(1 + len(self.claim.terms)),
                float(bool(self.claim.numbers)),
                float(bool(self.claim.names)),
                max(self.weights.values(), default=0.0),
            ]
        )


def _ranks(values: Matrix) -> npt.NDArray[np.intp]:
    """Return each value's place among all, from 0 for the highest; equal ones in order."""
    ranks = np.empty(len(values), dtype=np.intp)
    ranks[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return ranks
