"""Searching: the shipped search asked for documents, as retrieval data sets ask.

Nothing here scores: a document stands where its best unit stands in the search that answers questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.passages import Passages
from assistant.answering.question import Reading, Turn, Vocabulary, read_question
from assistant.answering.search import Candidate, search_units
from assistant.index.encoder import Vectors
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import Snapshot

_FIRST_LOOK = 1000
"""Units looked at before it is known how many documents they lie in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the program reads it, with the vector it searches by."""

    reading: Reading
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Searcher:
    """A snapshot ready to be searched."""

    snapshot: Snapshot
    passages: Passages
    vocabulary: Vocabulary

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Searcher":
        """Prepare a snapshot with the packaged lexicon."""
        lexicon = packaged_lexicon()
        return cls(snapshot, Passages(snapshot, lexicon), Vocabulary(snapshot.library, lexicon, snapshot.encoder))

    def ask(self, question: str, turns: Sequence[Turn] = ()) -> Asked:
        """Read a question in its conversation and embed it, as a reply does."""
        reading = read_question(question, turns, self.vocabulary)
        return Asked(reading, self.snapshot.encoder.encode(reading.plain))

    def documents(self, asked: Asked, *, within: Sequence[str] = (), limit: int = 100) -> list[tuple[str, float]]:
        """Rank documents by their best unit in the shipped search.

        Args:
            asked: the question.
            within: ids of the only documents to rank; all when empty.
            limit: how many documents at most.

        Returns:
            (document id, score), best first, equal ones in the search's own order. The score has no unit: compare it
            within one search only.
        """
        looked = _FIRST_LOOK
        while True:
            units = search_units(self.passages, asked.reading, asked.vector, entries=within, limit=looked)
            best = self._best_of_each(units)
            if len(best) >= limit or len(units) < looked:
                return list(best.items())[:limit]
            looked *= 4

    def _best_of_each(self, units: Sequence[Candidate]) -> dict[str, float]:
        best: dict[str, float] = {}
        for unit in units:
            best.setdefault(self.snapshot.units[unit.row].entry_id, unit.score)
        return best
