"""Haystack: its hybrid retrieval tutorial without the reranker, or only the half of it that searches by vectors.

As there, words are split by 512 with 32 of overlap; rankings are joined by reciprocal rank.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from eval.peers.protocol import Text, serve

CHUNKS_A_DOCUMENT = 2
"""Chunks asked for a document wanted; few documents here have more."""


class Haystack:
    """A document store in memory, saved as JSON, and a pipeline over it."""

    def index(self, texts: Sequence[Text], encoder: Path, folder: Path) -> None:
        """Split, embed, write and save."""
        store = InMemoryDocumentStore()
        pipeline = Pipeline()
        pipeline.add_component("splitter", DocumentSplitter(split_by="word", split_length=512, split_overlap=32))
        pipeline.add_component("embedder", SentenceTransformersDocumentEmbedder(model=str(encoder)))
        pipeline.add_component("writer", DocumentWriter(store))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        documents = [Document(content=text.whole, meta={"document": text.id}) for text in texts]
        pipeline.run({"splitter": {"documents": documents}})
        store.save_to_disk(str(folder / "store.json"))

    def open(self, encoder: Path, folder: Path, *, hybrid: bool) -> None:
        """Load the store and connect the pipeline."""
        store = InMemoryDocumentStore.load_from_disk(str(folder / "store.json"))
        self.hybrid = hybrid
        self.embedder = SentenceTransformersTextEmbedder(model=str(encoder), progress_bar=False)
        self.pipeline = Pipeline()
        self.pipeline.add_component("embedder", self.embedder)
        self.pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store))
        self.pipeline.connect("embedder.embedding", "vectors.query_embedding")
        if hybrid:
            self.pipeline.add_component("words", InMemoryBM25Retriever(store))
            self.pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
            self.pipeline.connect("words", "joiner")
            self.pipeline.connect("vectors", "joiner")

    def search(self, question: str, limit: int) -> Iterable[str]:
        """Search chunks; give the document of each."""
        wanted = limit * CHUNKS_A_DOCUMENT
        asked = {"embedder": {"text": question}, "vectors": {"top_k": wanted}}
        if self.hybrid:
            asked["words"] = {"query": question, "top_k": wanted}
        found = self.pipeline.run(asked)["joiner" if self.hybrid else "vectors"]["documents"]
        return [str(each.meta["document"]) for each in found]

    def encode(self, question: str) -> object:
        """Encode by its own component."""
        return self.embedder.run(text=question)


if __name__ == "__main__":
    serve(Haystack())
