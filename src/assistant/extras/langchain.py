"""A retriever for LangChain: each quotation a document, whole, with its citation and the disclaimer as metadata.

Install `assistant[langchain]`. A notice is a document too, with role `notice`: silence must be seen, and an emergency
must reach the reader.
"""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from assistant.client import Client
from assistant.extras.documents import documents_of


class LibraryRetriever(BaseRetriever):
    """Asks the service at an address.

    Args:
        url: where it is.
        timeout: in seconds, for each question.
    """

    url: str
    timeout: float = 30.0

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        answer = Client(self.url, self.timeout).ask(query)
        return [_document(text, metadata) for text, metadata in documents_of(answer)]


def _document(text: str, metadata: dict[str, Any]) -> Document:
    return Document(page_content=text, metadata=metadata, id=f"{metadata['snapshot'][:12]}/{metadata['id']}")
