"""Dialects: every shape of an answer leads back to the same units, and what is copied out of any of them verifies."""

import json
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assistant.answering.answer import Answer
from assistant.answering.notices import load_notices
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.reply import Desk, reply_to
from assistant.errors import QuestionError
from assistant.library.model import Entry, Library
from assistant.library.parse import Stated, parse_entry
from assistant.serving.app import create_app
from assistant.serving.completions import completion, completion_chunks
from assistant.serving.copies import copies_in, entry_at, snapshot_named_in
from assistant.serving.dialects import annotations, documents, search_results
from assistant.serving.receipts import verdicts_of
from assistant.serving.wire import answer_json
from assistant.serving.written import write_answer
from assistant.settings import Settings

Json = dict[str, Any]
BASE = "https://health.example"
ODD = """---
slug: odd-one
---

# Is 𝔬𝔡𝔡 🧂 salt *odd*?

## Summary

𝔖alt 🧂 is <b>odd</b> & [plain](https://elsewhere.example/) (p < 0.05). It was 5\\*3 mg_per_day, ~30 % of `it`.

## Interactions

| Interaction | Guidance |
| --- | --- |
| Salt 🧂 \\| <i>zinc</i> | 8-12 weeks |

## Practical

Take with:

- *water*
- # not a heading
"""


@pytest.fixture(scope="module")
def wider(library: Library) -> Library:
    """The four entries and one that is full of marks and of characters outside the basic plane."""
    odd = parse_entry(ODD.encode(), Stated(id="odd-one", file="odd.md", subjects=("odd salt",)))
    return Library((*library.entries, odd), library.withdrawn)


def places_in(library: Library) -> list[tuple[str, int, int]]:
    """Every smallest range that may be quoted."""
    found = {
        (entry.id, *place)
        for entry in library.entries
        for number in range(len(entry.units))
        if (place := quotable_range(entry, number))
    }
    return sorted(found)


def answer_of(library: Library, places: list[tuple[str, int, int]]) -> Answer:
    """An answer that quotes these places."""
    quotes = tuple(Quote(library, entry, first, last, "answer") for entry, first, last in places)
    return Answer("q", "answered", None, None, None, quotes, (), load_notices("GB"), "a" * 64)


def bare(rendered: Json) -> Json:
    """A rendering without the answer that it holds whole, so that it is itself read."""
    return {name: value for name, value in rendered.items() if name != "assistant_answer"}


DIALECTS: dict[str, Callable[[Answer], object]] = {
    "the answer": answer_json,
    "its quotations": lambda answer: answer_json(answer)["quotes"],
    "markdown": lambda answer: write_answer(answer, BASE).text,
    "chat completion": lambda answer: bare(completion(write_answer(answer, BASE), ["q"])),
    "chat message": lambda answer: completion(write_answer(answer, BASE), ["q"])["choices"][0]["message"],
    "last chunk": lambda answer: [*completion_chunks(write_answer(answer, BASE), None)][-1],
    "tool result": lambda answer: {"content": [], "structuredContent": answer_json(answer), "isError": False},
    "tool result's text": lambda answer: {"content": [{"type": "text", "text": write_answer(answer).text}]},
    "annotations": lambda answer: bare(annotations(answer, BASE)),
    "one annotation each": lambda answer: annotations(answer, BASE)["items"],
    "targets": lambda answer: [item["target"] for item in annotations(answer)["items"]],
    "search results": lambda answer: search_results(answer, BASE)["search_results"],
    "cited blocks": lambda answer: {"content": search_results(answer, BASE)["content"]},
    "documents": lambda answer: bare(documents(answer, BASE)),
    "nodes": lambda answer: [
        {"node": {"text": each["page_content"], "metadata": each["metadata"]}, "score": None}
        for each in documents(answer, BASE)["documents"]
    ],
}
PLACELESS = ("markdown", "tool result's text")
"""These say only the words, which may stand in several places; the others say the entry too."""


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_dialect_leads_back_to_the_same_units(wider: Library, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.sampled_from(places_in(wider)), min_size=1, max_size=4, unique=True))
    answer = answer_of(wider, places)
    for name, render in DIALECTS.items():
        kept = json.loads(json.dumps(render(answer)))
        copies = copies_in(kept, wider)
        assert [copy["text"] for copy in copies] == [quote.text for quote in answer.quotes], name
        verdicts = verdicts_of(copies, wider)
        assert [verdict["outcome"] for verdict in verdicts] == ["found"] * len(places), name
        for verdict, (entry_id, first, last) in zip(verdicts, places, strict=True):
            entry = wider.entry(verdict["entry"])
            assert entry.words(*verdict["units"]) == wider.entry(entry_id).words(first, last)
            assert name in PLACELESS or verdict["entry"] == entry_id, name


def test_every_unit_of_every_entry_comes_back_from_every_dialect(wider: Library) -> None:
    places = places_in(wider)
    for start in range(0, len(places), 50):
        answer = answer_of(wider, places[start : start + 50])
        for name, render in DIALECTS.items():
            verdicts = verdicts_of(copies_in(render(answer), wider), wider)
            assert [verdict["outcome"] for verdict in verdicts] == ["found"] * len(answer.quotes), name


def test_selectors_say_the_words_and_the_place_in_both_counts(wider: Library) -> None:
    answer = answer_of(wider, [place for place in places_in(wider) if place[0] == "odd-one"])
    text = wider.entry("odd-one").text
    units = text.encode("utf-16-le")
    for quote, item in zip(answer.quotes, annotations(answer, BASE)["items"], strict=True):
        words, place = item["target"]["selector"]
        assert item["target"]["source"] == f"{BASE}/library/odd-one"
        assert words["prefix"] + words["exact"] + words["suffix"] in text
        assert "slug" not in words["prefix"]
        assert text[place["start"] : place["end"]] == words["exact"] == quote.text
        assert units[2 * place["utf16_start"] : 2 * place["utf16_end"]].decode("utf-16-le") == quote.text
    assert any(
        place["utf16_start"] > place["start"]
        for place in [item["target"]["selector"][1] for item in annotations(answer)["items"]]
    )


def test_a_search_result_is_cited_by_the_block_that_holds_the_words(wider: Library) -> None:
    answer = answer_of(wider, places_in(wider)[::7])
    made = search_results(answer, BASE)
    cited = [block["citations"][0] for block in made["content"] if "citations" in block]
    assert len(cited) == len(answer.quotes)
    for quote, citation in zip(answer.quotes, cited, strict=True):
        result = made["search_results"][citation["search_result_index"]]
        blocks = result["content"][citation["start_block_index"] : citation["end_block_index"]]
        assert "".join(block["text"] for block in blocks) == citation["cited_text"] == quote.text
        assert (citation["source"], citation["title"]) == (result["source"], result["title"])
    assert made["content"][-1] == {"type": "text", "text": answer.disclaimer.text}


@pytest.mark.parametrize("question", ["Which foods are rich in magnesium?", "I took 40 paracetamol", "Is zinc blue?"])
@pytest.mark.parametrize("render", [annotations, search_results, documents])
def test_no_dialect_loses_the_notice_or_the_disclaimer(
    desk: Desk, question: str, render: Callable[[Answer], Json]
) -> None:
    answer = reply_to(question, [], desk)
    made = render(answer)
    assert made["assistant_answer"] == answer_json(answer)
    if render is documents:
        for each in made["documents"]:
            assert each["metadata"]["disclaimer"] == answer.disclaimer.text
        assert answer.notice is None or made["documents"][0]["page_content"] == answer.notice.text


def test_each_dialect_has_a_door(index: Any, desk: Desk) -> None:  # noqa: ANN401
    app = create_app(Settings(index=index))
    app.state.service.desk = desk
    client = TestClient(app)
    for question in ("Which foods are rich in magnesium?", "Is zinc blue?"):
        answer = client.post("/v1/ask", json={"question": question}).json()
        for dialect in ("markdown", "annotations", "search-results", "documents"):
            response = client.post(f"/v1/ask/{dialect}", json={"question": question})
            assert response.status_code == 200
            assert unicodedata.normalize("NFC", answer["disclaimer"]["text"]) in response.text
            if answer["quotes"]:
                kept = response.text if dialect == "markdown" else response.json()
                as_text = {"content": kept, "headers": {"Content-Type": "text/markdown"}}
                sent: Json = as_text if dialect == "markdown" else {"json": kept}
                results = client.post("/v1/verify", **sent).json()["results"]
                assert [each["outcome"] for each in results] == ["found"] * len(answer["quotes"])
    assert client.post("/v1/ask/rhyme", json={"question": "a"}).status_code == 422
    assert client.post("/v1/ask/markdown", json={"question": ""}).status_code == 422
    assert client.post("/v1/ask/markdown", content=b"{").status_code == 422


def test_an_address_leads_to_its_entry(library: Library) -> None:
    given, *_ = library.entries
    for url in (given.url, f"{given.url}#:~:text=a", f"{BASE}/library/{given.id}", f"/library/{given.id}#u3"):
        assert entry_at(url, library) == given.id
    odd: tuple[object, ...] = ("", "https://[", "https://elsewhere.example/", None, 7, f"/library/{given.id}/x")
    for address in odd:
        assert entry_at(address, library) is None


@pytest.mark.parametrize(
    "document",
    [
        None, 7, "", " ", [], {}, {"type": "Annotation"}, {"choices": []}, {"choices": 7}, {"content": ""},
        {"items": [7]}, {"choices": [{"message": {"content": "Nothing quoted.", "annotations": "x"}}]},
        {"target": {"selector": [{"type": "TextQuoteSelector", "exact": 7}]}}, {"target": []}, {"selector": 7},
        {"page_content": 7}, {"page_content": "x", "metadata": {"role": "notice"}}, {"type": "search_result"},
        {"type": "text", "text": 7}, {"content": [{"type": "image"}]}, {"quotes": 7}, {"quotes": [7]}, [[[[]]]], [None],
        {"content": [{"type": "text", "text": "x", "citations": [{"cited_text": None}]}]}, {"assistant_answer": {}},
    ],
    ids=str,
)  # fmt: skip
def test_a_document_without_quotations_is_refused(library: Library, document: object) -> None:
    with pytest.raises(QuestionError, match="quotation"):
        copies_in(document, library)


NAMES = [
    *("quotes", "items", "choices", "message", "content", "type", "text", "target", "selector", "exact", "annotations"),
    *("url_citation", "start_index", "citations", "cited_text", "source", "page_content", "metadata", "node"),
    *("structuredContent", "assistant_answer"),
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(document=ANYTHING)
def test_no_document_breaks_the_reading(library: Library, document: object) -> None:
    snapshot_named_in(document)
    try:
        copies = copies_in(document, library)
    except QuestionError:
        return
    assert verdicts_of(copies, library)


def test_quotation_marks_set_a_quotation_off_where_there_are_no_block_quotations(library: Library) -> None:
    entry: Entry = library.entry("velorin")
    words = entry.words(*next(place for n in range(len(entry.units)) if (place := quotable_range(entry, n))))
    copied = f"“{words}”\nA title — section: dose.\nhttps://library.example\n\nThis is a summary."
    assert [copy["text"] for copy in copies_in(copied, library)] == [words]
    assert [copy["text"] for copy in copies_in(f" {words}\n", library)] == [words]


@pytest.mark.parametrize("mark", ["“\n", "> \n>", "> | --- |\n", "\\", "&#32", "“”", "[](", "> “a\n", "-", "~ ", "<a"])
def test_no_text_takes_long_to_read(library: Library, mark: str) -> None:
    started = time.perf_counter()
    with suppress(QuestionError):
        copies_in(mark * (65_536 // len(mark.encode())), library)
    assert time.perf_counter() - started < 2  # seconds, on a busy machine; some milliseconds on an idle one
