"""txtai: whole documents in one `Embeddings`, by vectors as its introduction shows, or with `hybrid=True`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from txtai import Embeddings

from eval.peers.protocol import Text, serve


class Txtai:
    """An index for each way, side by side: whether words are searched is settled when it is built.

    The one by vectors alone is the other one saved without its words, so that texts are encoded once.
    """

    def index(self, texts: Sequence[Text], encoder: Path, folder: Path) -> None:
        """Index and save both ways."""
        embeddings = Embeddings(path=str(encoder), hybrid=True)
        embeddings.index([(text.id, text.whole, None) for text in texts])
        embeddings.save(str(folder / _name(True)))
        embeddings.scoring = None
        for setting in ("hybrid", "scoring"):
            embeddings.config.pop(setting, None)
        embeddings.save(str(folder / _name(False)))

    def open(self, encoder: Path, folder: Path, *, hybrid: bool) -> None:
        """Load the index of one way."""
        self.embeddings = Embeddings()
        self.embeddings.load(str(folder / _name(hybrid)))

    def search(self, question: str, limit: int) -> Iterable[str]:
        """Search documents."""
        return [str(found) for found, _ in self.embeddings.search(question, limit)]

    def encode(self, question: str) -> object:
        """Encode by its own call."""
        return self.embeddings.transform(question)


def _name(hybrid: bool) -> str:
    return "hybrid" if hybrid else "vectors"


if __name__ == "__main__":
    serve(Txtai())
