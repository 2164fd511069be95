"""Lexical search: BM25 over terms, by bm25s. The only module that imports it."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from assistant.errors import SnapshotError
from assistant.index.dense import Scores

_VOCABULARY = "vocab.index.json"


class LexicalIndex:
    """BM25 (Lucene's variant, k1 1.2, b 0.75) over documents given as terms; row i is the i-th document."""

    def __init__(self, index: bm25s.BM25, rows: int) -> None:
        self._index = index
        self.rows = rows

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> "LexicalIndex":
        """Make an index. Its vocabulary is in the alphabet's order, so that the same library gives the same bytes."""
        vocabulary = {
            term: number for number, term in enumerate(sorted({term for terms in documents for term in terms} | {""}))
        }
        index = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
        # bm25s divides by the mean length: documents without any term get the empty one, which no question can hold.
        filled = documents if any(documents) else [[""] for _ in documents]
        numbers = [[vocabulary[term] for term in terms] for terms in filled]
        index.index((numbers, vocabulary), create_empty_token=False, show_progress=False)
        return cls(index, len(documents))

    def save(self, folder: Path) -> None:
        """Write the index into a folder of its own, in bytes that do not depend on what else is installed."""
        self._index.save(str(folder), show_progress=False)
        # bm25s writes with orjson where it finds that, and then without blanks.
        (folder / _VOCABULARY).write_text(json.dumps(self._index.vocab_dict, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path, rows: int) -> "LexicalIndex":
        """Read an index back, its files already checked against their hashes.

        Raises:
            SnapshotError: it cannot be read.
        """
        try:
            return cls(bm25s.BM25.load(str(folder), load_corpus=False, show_progress=False), rows)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise SnapshotError(f"the lexical index cannot be read ({error}); run `assistant build` again") from None

    def scores(self, terms: Sequence[str]) -> Scores:
        """Return the BM25 score of every row: 0 where no term occurs, without upper bound or unit."""
        known = [term for term in terms if term and term in self._index.vocab_dict]
        if not known:
            return np.zeros(self.rows, dtype=np.float32)
        found: Scores = self._index.get_scores(known)
        return found[: self.rows]

    def has(self, term: str) -> bool:
        """Whether any document holds the term."""
        return bool(term) and term in self._index.vocab_dict

    def weighted_scores(self, weights: Mapping[str, float]) -> Scores:
        """Return the sum of every row's BM25 scores of some terms, each times its weight; no bound or unit."""
        found = np.zeros(self.rows, dtype=np.float32)
        for term, weight in weights.items():
            if self.has(term):
                held = self._held(term)
                found[self._index.scores["indices"][held]] += weight * self._index.scores["data"][held]  # a row once
        return found

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of a term, above 0; 0 when no document holds it."""
        if not self.has(term):
            return 0.0
        held = self._held(term)
        return rarity_of(held.stop - held.start, self.rows)

    def lists(self) -> Iterator[tuple[str, npt.NDArray[np.int32], Scores]]:
        """Yield every term with the rows that hold it, ascending, and its score in each."""
        for term in self._index.vocab_dict:
            held = self._held(term)
            if term and held.stop > held.start:
                rows = self._index.scores["indices"][held]
                yield term, rows.astype(np.int32), self._index.scores["data"][held].astype(np.float32)

    def _held(self, term: str) -> slice:
        """Return where the rows of a known term stand in the table of scores."""
        starts, number = self._index.scores["indptr"], self._index.vocab_dict[term]
        return slice(int(starts[number]), int(starts[number + 1]))


def rarity_of(holding: int, rows: int) -> float:
    """Return the inverse document frequency, above 0, of a term that so many of the rows hold."""
    return math.log(1 + (rows - holding + 0.5) / (holding + 0.5))
