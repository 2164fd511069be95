"""A retriever for LlamaIndex: each quotation a node, whole, with its citation and the disclaimer as metadata.

Install `assistant[llamaindex]`. A notice is a node too, with role `notice`: silence must be seen, and an emergency must
reach the reader.
"""

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.client import Client
from assistant.extras.documents import documents_of


class LibraryRetriever(BaseRetriever):
    """Asks the service at an address."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        """Name the service; `timeout` is in seconds, for each question."""
        super().__init__()
        self._client = Client(url, timeout)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(
                node=TextNode(text=text, metadata=metadata, id_=f"{metadata['snapshot'][:12]}/{metadata['id']}")
            )
            for text, metadata in documents_of(self._client.ask(query_bundle.query_str))
        ]
