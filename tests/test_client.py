"""The client for Python, and the retrievers that are made of it, against the real service."""

from typing import Any

import httpx
import pytest
from langchain_core.documents import Document
from llama_index.core.schema import TextNode

from assistant.client import Answer, Client, ClientError
from assistant.extras.langchain import LibraryRetriever as LangChainRetriever
from assistant.extras.llamaindex import LibraryRetriever as LlamaIndexRetriever

Json = dict[str, Any]
FOODS = "Which foods are rich in magnesium?"


def test_an_answer_is_typed_and_whole_and_verifies(served: str) -> None:
    library = Client(served)
    answer = library.ask(FOODS)
    assert (answer.status, answer.reason, answer.notice, answer.subjects) == ("answered", None, None, ("magnesium",))
    assert [quote.role for quote in answer.quotes] == ["answer", "caution"]
    for quote, whole in zip(answer.quotes, answer.json["quotes"], strict=True):
        assert (quote.text, quote.title, quote.url) == (whole["text"], whole["entry"]["title"], whole["fragment_url"])
    assert answer.disclaimer == answer.json["disclaimer"]["text"]
    for kept in (answer, answer.json, answer.json["quotes"], f"> {answer.quotes[0].text}"):
        assert {verdict.outcome for verdict in library.verify(kept)} == {"found"}
    row = library.ask("Can magnesium be taken with ashwagandha?").quotes[0]
    assert row.columns[:2] == ("Interaction", "Issue")
    assert library.ask("What is known about quendrite?").quotes[0].url.startswith(f"{served}/library/quendrite#u")


def test_a_conversation_is_carried_by_the_caller(served: str) -> None:
    library = Client(f"{served}/")
    before: list[tuple[str, Answer]] = []
    for question in ("What is velorin?", "How much was used?", "Is it safe in kidney disease?"):
        before.append((question, library.ask(question, before)))
    assert before[-1][1].json["question"]["carried_over"] == ["velorin"]
    assert library.ask(FOODS, before * 9, filters={"sections": ["dose"]}, max_quotes=1).status == "answered"


def test_what_goes_wrong_is_told(served: str) -> None:
    with pytest.raises(ClientError, match="the question is empty") as refused:
        Client(served).ask(" ")
    assert refused.value.status == 422
    with pytest.raises(ClientError, match="no quotations in it"):
        Client(served).verify([])
    with pytest.raises(ClientError, match="Not Found") as missing:
        Client(f"{served}/elsewhere").ask(FOODS)
    assert missing.value.status == 404
    with pytest.raises(ClientError, match="no answer from http") as silent:
        Client("http://127.0.0.1:9").ask(FOODS)
    assert silent.value.status == 0
    with pytest.raises(ValueError, match="begins with http"):
        Client("file:///etc/passwd")


def check_documents(served: str, found: list[tuple[str, Json]], question: str) -> None:
    """What a retriever found is the answer: its notice, then every quotation, each with all that a citation shows."""
    answer = httpx.post(f"{served}/v1/ask", json={"question": question}).json()
    notice = [answer["notice"]["text"]] if answer["notice"] else []
    assert [text for text, _ in found] == notice + [quote["text"] for quote in answer["quotes"]]
    for _, metadata in found:
        assert metadata["disclaimer"] == answer["disclaimer"]["text"]
        assert metadata["snapshot"] == answer["snapshot"]
    for (_, metadata), quote in zip(found[len(notice) :], answer["quotes"], strict=True):
        assert {name: metadata[name] for name in quote if name != "text"} == {
            name: value for name, value in quote.items() if name != "text"
        }


QUESTIONS = (FOODS, "I took 40 paracetamol", "Does zinc cure cancer?", "Should I take velorin?")


def test_langchain_retrieves_whole_quotations(served: str) -> None:
    retriever = LangChainRetriever(url=served)
    for question in QUESTIONS:
        documents: list[Document] = retriever.invoke(question)
        check_documents(served, [(each.page_content, each.metadata) for each in documents], question)
    kept = [each.model_dump() for each in retriever.invoke(FOODS)]
    assert {verdict.outcome for verdict in Client(served).verify(kept)} == {"found"}


def test_llamaindex_retrieves_whole_quotations(served: str) -> None:
    retriever = LlamaIndexRetriever(served)
    for question in QUESTIONS:
        nodes = [each.node for each in retriever.retrieve(question)]
        assert all(isinstance(node, TextNode) for node in nodes)
        check_documents(served, [(node.get_content(), node.metadata) for node in nodes], question)
    kept = [each.model_dump(mode="json") for each in retriever.retrieve(FOODS)]
    assert {verdict.outcome for verdict in Client(served).verify(kept)} == {"found"}
