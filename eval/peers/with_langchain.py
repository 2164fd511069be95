"""LangChain: its semantic search tutorial with FAISS, or that and BM25 in an `EnsembleRetriever` with equal weights.

As there, text is split by 1,000 characters with 200 of overlap. Nothing of it saves BM25, so it is built when opened.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from eval.peers.protocol import Text, serve

CHUNKS_A_DOCUMENT = 4
"""Chunks asked for a document wanted; few documents here have more."""


class LangChain:
    """A FAISS store saved by its own means, and the words of what it holds."""

    def index(self, texts: Sequence[Text], encoder: Path, folder: Path) -> None:
        """Split, embed and save."""
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        documents = [Document(page_content=text.whole, metadata={"document": text.id}) for text in texts]
        store = FAISS.from_documents(
            splitter.split_documents(documents), HuggingFaceEmbeddings(model_name=str(encoder))
        )
        store.save_local(str(folder))

    def open(self, encoder: Path, folder: Path, *, hybrid: bool) -> None:
        """Load the store and, when hybrid, read its chunks into BM25."""
        self.embedding = HuggingFaceEmbeddings(model_name=str(encoder))
        # Its documents are kept as a pickle; this one was written by `index`.
        self.store = FAISS.load_local(str(folder), self.embedding, allow_dangerous_deserialization=True)
        chunks = [self.store.docstore.search(each) for each in self.store.index_to_docstore_id.values()]
        self.words = BM25Retriever.from_documents(chunks) if hybrid else None

    def search(self, question: str, limit: int) -> Iterable[str]:
        """Search chunks; give the document of each."""
        wanted = limit * CHUNKS_A_DOCUMENT
        if self.words is None:
            return _documents(self.store.similarity_search(question, k=wanted))
        self.words.k = wanted
        vectors = self.store.as_retriever(search_kwargs={"k": wanted})
        return _documents(EnsembleRetriever(retrievers=[self.words, vectors], weights=[0.5, 0.5]).invoke(question))

    def encode(self, question: str) -> object:
        """Encode by its own call."""
        return self.embedding.embed_query(question)


def _documents(chunks: Iterable[Document]) -> list[str]:
    return [str(each.metadata["document"]) for each in chunks]


if __name__ == "__main__":
    serve(LangChain())
