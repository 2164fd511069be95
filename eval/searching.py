"""Searching: the shipped search asked for documents, as retrieval data sets ask.

Nothing here scores: documents are ranked as the entries of a library are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.passages import Passages
from assistant.answering.question import Reading, Turn, Vocabulary, read_question
from assistant.answering.ranking import rank_entries
from assistant.index.encoder import Vectors
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import Snapshot


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
        """Rank documents by the shipped ranking of entries.

        Args:
            asked: the question.
            within: ids of the only documents to rank; all when empty.
            limit: how many documents at most.

        Returns:
            (document id, score), best first. The score has no unit: compare it within one search only.
        """
        ranked = rank_entries(self.snapshot, asked.reading, asked.vector, entries=within, limit=limit)
        return [(each.entry_id, each.score) for each in ranked]
