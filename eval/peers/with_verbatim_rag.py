"""KRLabs verbatim-rag: its index over Milvus Lite by vectors, which is its search without a model to download.

Its own hybrid search needs a SPLADE model, its answers a language model or a ModernBERT; none comes as a package.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from verbatim_rag import VerbatimIndex
from verbatim_rag.embedding_providers import SentenceTransformersProvider
from verbatim_rag.schema import DocumentSchema
from verbatim_rag.vector_stores import LocalMilvusStore

from eval.peers.protocol import Text, serve


class VerbatimRag:
    """One file of Milvus Lite. Text without headings is one chunk a document."""

    def index(self, texts: Sequence[Text], encoder: Path, folder: Path) -> None:
        """Embed and store."""
        self._open(encoder, folder)
        self.opened.add_documents_bulk(
            DocumentSchema(id=text.id, source=text.id, title=text.title, content=text.body) for text in texts
        )

    def open(self, encoder: Path, folder: Path, *, hybrid: bool) -> None:
        """Open the file.

        Raises:
            ValueError: hybrid, which it is not without another model.
        """
        if hybrid:
            raise ValueError("its hybrid search needs a SPLADE model")
        self._open(encoder, folder)

    def _open(self, encoder: Path, folder: Path) -> None:
        self.provider = SentenceTransformersProvider(model_name=str(encoder), device="cpu")
        store = LocalMilvusStore(db_path=str(folder / "index.db"), enable_dense=True, enable_sparse=False)
        self.opened = VerbatimIndex(vector_store=store, dense_provider=self.provider)

    def search(self, question: str, limit: int) -> Iterable[str]:
        """Search chunks; give the document of each: its source, as the local store does not give back its id."""
        return [str(each.metadata["source"]) for each in self.opened.query(question, k=limit)]

    def encode(self, question: str) -> object:
        """Encode by its own call."""
        return self.provider.embed_text(question)


if __name__ == "__main__":
    serve(VerbatimRag())
