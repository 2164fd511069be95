"""This program's search by the same protocol: the ranking of entries, as it is shipped."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.answering.question import Vocabulary, read_question
from assistant.answering.ranking import rank_entries
from assistant.index.build import build_snapshot
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import load_snapshot
from assistant.settings import PACKAGED_ENCODER
from eval.beir import Document, collection_library
from eval.peers.protocol import Text, serve


class Ours:
    """A snapshot, built and loaded as the program does; the encoder is the packaged one, exported when it is built."""

    def index(self, texts: Sequence[Text], encoder: Path, folder: Path) -> None:
        """Build the snapshot."""
        library = collection_library(Document(text.id, text.title, text.body) for text in texts)
        build_snapshot(library, folder, PACKAGED_ENCODER)

    def open(self, encoder: Path, folder: Path, *, hybrid: bool) -> None:
        """Load the snapshot, checked as ever; it has one way of searching."""
        self.snapshot = load_snapshot(folder, PACKAGED_ENCODER)
        counts = self.snapshot.wording.counts
        self.vocabulary = Vocabulary(self.snapshot.library, packaged_lexicon(), self.snapshot.encoder, counts)

    def search(self, question: str, limit: int) -> Iterable[str]:
        """Read the question and rank the entries."""
        reading = read_question(question, (), self.vocabulary)
        vector = self.snapshot.encoder.encode(reading.plain)
        return [each.entry_id for each in rank_entries(self.snapshot, reading, vector, limit=limit)]

    def encode(self, question: str) -> object:
        """Encode."""
        return self.snapshot.encoder.encode(question)


if __name__ == "__main__":
    serve(Ours())
