"""LlamaIndex: a vector index over FAISS with its own splitting, or fused with its BM25 by reciprocal rank.

`num_queries=1`, as its documentation says, keeps a language model out of the fusion.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import faiss
from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.faiss import FaissVectorStore

from eval.peers.protocol import Text, serve

CHUNKS_A_DOCUMENT = 2
"""Chunks asked for a document wanted; few documents here have more."""
DIMENSIONS = 384


class LlamaIndex:
    """An index with its nodes, and a BM25 retriever, each saved by its own means."""

    def index(self, texts: Sequence[Text], encoder: Path, folder: Path) -> None:
        """Split, embed and save."""
        store = FaissVectorStore(faiss_index=faiss.IndexFlatL2(DIMENSIONS))
        index = VectorStoreIndex.from_documents(
            [Document(text=text.whole, id_=text.id) for text in texts],
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=HuggingFaceEmbedding(model_name=str(encoder)),
        )
        index.storage_context.persist(persist_dir=str(folder / "index"))
        BM25Retriever.from_defaults(docstore=index.docstore).persist(str(folder / "words"))

    def open(self, encoder: Path, folder: Path, *, hybrid: bool) -> None:
        """Load the index and, when hybrid, the words."""
        saved = str(folder / "index")
        store = FaissVectorStore.from_persist_dir(saved)
        context = StorageContext.from_defaults(vector_store=store, persist_dir=saved)
        self.embedding = HuggingFaceEmbedding(model_name=str(encoder))
        self.loaded = load_index_from_storage(context, embed_model=self.embedding)
        self.words = BM25Retriever.from_persist_dir(str(folder / "words")) if hybrid else None

    def search(self, question: str, limit: int) -> Iterable[str]:
        """Search nodes; give the document of each."""
        wanted = limit * CHUNKS_A_DOCUMENT
        vectors = self.loaded.as_retriever(similarity_top_k=wanted)
        if self.words is None:
            return [str(each.node.ref_doc_id) for each in vectors.retrieve(question)]
        self.words.similarity_top_k = min(wanted, len(self.words.corpus))  # it refuses more than it has
        fused = QueryFusionRetriever(
            [vectors, self.words],
            llm=MockLLM(),  # never asked: without one named, it looks for the default's key
            similarity_top_k=wanted,
            num_queries=1,
            mode=FUSION_MODES.RECIPROCAL_RANK,
            use_async=False,
        )
        return [str(each.node.ref_doc_id) for each in fused.retrieve(question)]

    def encode(self, question: str) -> object:
        """Encode by its own call."""
        return self.embedding.get_query_embedding(question)


if __name__ == "__main__":
    serve(LlamaIndex())
