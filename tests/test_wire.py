"""The wire: the one JSON shape every channel sends, field by field, and what it never holds."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.answering.question import Turn
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.reply import Desk, reply_to
from assistant.library.model import Entry, Library
from assistant.library.parse import Stated, parse_entry
from assistant.serving.reader import reader_page
from assistant.serving.wire import (
    AnswerOut,
    AskIn,
    answer_json,
    entry_json,
    full_entry_json,
    page_url,
    quote_json,
    text_fragment,
)

Json = dict[str, Any]
SAMPLE = sorted((Path(__file__).parents[1] / "corpus" / "sample").glob("*.md"))
EVERY_STATUS = {
    "Which foods are rich in magnesium?": "answered",
    "What is velorin?": "answered",
    "Can magnesium be taken with ashwagandha?": "answered",
    "Does more velorin mean more focus?": "answered",
    "Is magnesium safe in pregnancy?": "nearest",
    "What about zinc?": "abstained",
    "hello": "abstained",
    "Was für Lebensmittel enthalten viel Magnesium und wie wirkt es?": "abstained",
    "I want to kill myself": "redirected",
    "I took 40 magnesium tablets and my chest hurts": "redirected",
    "Should I take velorin? I'm pregnant": "redirected",
    "Is it safe?": "clarify",
}


def ask(desk: Desk, question: str, *turns: Turn) -> Json:
    """The answer as it is sent and read again."""
    read: Json = json.loads(json.dumps(answer_json(reply_to(question, turns, desk)), ensure_ascii=False))
    return read


def quote_of(library: Library, entry_id: str, words: str) -> Quote:
    """The smallest quotation around the unit that opens with these words."""
    entry = library.entry(entry_id)
    (number,) = [n for n in range(len(entry.units)) if entry.words(n).startswith(words)]
    place = quotable_range(entry, number)
    assert place is not None
    return Quote(library, entry_id, *place, "answer")


class TestTheAnswer:
    @pytest.mark.parametrize(("question", "status"), EVERY_STATUS.items())
    def test_every_status_has_the_same_fields_and_types(self, desk: Desk, question: str, status: str) -> None:
        answer = ask(desk, question)
        assert answer["status"] == status
        assert list(answer) == [
            *("status", "reason", "question", "notice", "quotes", "nearest"),
            *("disclaimer", "snapshot", "degraded", "timings_ms"),
        ]
        assert AnswerOut.model_validate(answer, strict=False).model_dump(mode="json") == answer
        assert list(answer["question"]) == ["text", "read_as", "subjects", "carried_over", "corrections"]
        assert answer["question"]["text"] == question
        assert list(answer["disclaimer"]) == ["id", "version", "text", "sha256"]
        assert set(answer["timings_ms"]) == {"total", "encode", "search", "select"}
        assert all(value >= 0 for value in answer["timings_ms"].values())
        assert answer["degraded"] is False
        assert len(answer["snapshot"]) == 64
        if answer["notice"] is not None:
            assert [type(answer["notice"][name]) for name in ("id", "version", "text")] == [str, int, str]
        for pointer in answer["nearest"]:
            assert list(pointer) == ["entry", "section", "title"]

    @pytest.mark.parametrize("question", EVERY_STATUS)
    def test_the_disclaimer_is_there_exactly_once_with_its_digest(self, desk: Desk, question: str) -> None:
        answer = ask(desk, question)
        text = answer["disclaimer"]["text"]
        assert json.dumps(answer, ensure_ascii=False).count(text) == 1
        assert answer["disclaimer"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        assert answer["disclaimer"]["id"] == "not-personal-advice"

    def test_what_was_carried_over_and_corrected_is_sent(self, desk: Desk) -> None:
        answer = ask(desk, "is it safe in kidny disease?", Turn("velorin?", ("velorin",)))
        assert answer["question"]["carried_over"] == answer["question"]["subjects"] == ["velorin"]
        assert answer["question"]["corrections"] == [["kidny", "kidney"]]
        assert answer["question"]["read_as"] == "is velorin safe in kidney disease?"

    def test_no_answer_is_a_dataclass_in_disguise(self) -> None:
        for broken in ({}, {"status": "answered"}, {"status": "maybe"}):
            with pytest.raises(ValidationError):
                AnswerOut.model_validate(broken)


class TestAQuotation:
    def test_every_field_has_its_type_and_its_value(self, library: Library) -> None:
        quote = quote_of(library, "magnesium-stress", "Stress and magnesium status")
        made = quote_json("q1", quote, None)
        assert list(made) == [
            *("id", "role", "label", "text", "entry", "section", "units", "start", "end", "sha256"),
            *("table", "sources", "url", "fragment_url"),
        ]
        assert (made["id"], made["role"], made["label"], made["section"]) == ("q1", "answer", None, "summary")
        assert made["units"] == [1, 1]
        assert made["text"] == quote.entry.text[made["start"] : made["end"]]
        assert made["sha256"] == hashlib.sha256(made["text"].encode()).hexdigest()
        assert made["table"] is None
        assert made["sources"] == [
            {"label": "Pickering 2020", "pmid": "33260549", "url": "https://pubmed.ncbi.nlm.nih.gov/33260549/"}
        ]
        assert made["url"] == "/library/magnesium-stress#u1"
        assert made["entry"] == {
            "id": "magnesium-stress",
            "title": "How do stress and magnesium depletion reinforce each other?",
            "url": page_url(quote.entry),
            "last_reviewed": "2026-04-29",
            "confidence": "moderate",
            "subjects": ["magnesium", "stress"],
            "provenance": "publisher",
        }

    def test_a_misconception_stands_under_its_label(self, desk: Desk) -> None:
        first = ask(desk, "Does more velorin mean more focus?")["quotes"][0]
        assert first["text"].startswith("Myth: more velorin means more focus.")
        assert first["label"] == "A misconception the library corrects"

    def test_a_table_row_comes_with_its_columns(self, library: Library) -> None:
        made = quote_json("q1", quote_of(library, "magnesium-stress", "| Magnesium and ashwagandha"), None)
        assert made["table"] == {
            "columns": ["Interaction", "Issue", "Guidance", "Citation"],
            "cells": [
                "Magnesium and ashwagandha",
                "Both modulate cortisol patterns with moderate evidence",
                "Co-administration reasonable for stress and sleep; trial 8-12 weeks",
                "NIH ODS — Magnesium Fact Sheet for Health Professionals",
            ],
        }
        assert made["text"].startswith("| Magnesium and ashwagandha | Both modulate")

    def test_an_entry_of_which_nothing_is_known_says_so_by_empty_strings(self, library: Library) -> None:
        made = quote_json("q1", quote_of(library, "quendrite", "Foods rich in"), None)
        entry = made["entry"]
        assert (entry["url"], entry["last_reviewed"], entry["confidence"]) == ("", "", "")
        assert made["fragment_url"].startswith("/library/quendrite#:~:text=")


class TestTextFragments:
    """Source: https://wicg.github.io/scroll-to-text-fragment/."""

    @pytest.mark.parametrize(
        ("text", "fragment"),
        [
            ("No upper level has been set.", "No%20upper%20level%20has%20been%20set."),
            ("Well-spelt, or not & so on", "Well%2Dspelt%2C%20or%20not%20%26%20so%20on"),
            ("µg–mg, 50 % é", "%C2%B5g%E2%80%93mg%2C%2050%20%25%20%C3%A9"),
            ("Of 400 mg/day, 20:1 + more?", "Of%20400%20mg%2Fday%2C%2020%3A1%20%2B%20more%3F"),
            ("one two three four five six seven eight nine ten", None),
            ("one two three four five six seven eight nine ten eleven", "one%20two%20three%20four%20five,"
             "seven%20eight%20nine%20ten%20eleven"),
            ("Foods:\n\n- ember beans\n- **tarn** kelp", "Foods%3A,tarn%20kelp"),
            ("- **Kidney disease:** it can build up.", "Kidney%20disease%3A%20it%20can%20build%20up."),
            ("1. thass reed seed", "thass%20reed%20seed"),
            ("| A pair of things | It falls | X 2020 |", "A%20pair%20of%20things,X%202020"),
        ],
    )  # fmt: skip
    def test_the_first_and_last_words_percent_encoded(self, text: str, fragment: str | None) -> None:
        assert text_fragment(text) == (fragment or text.replace(" ", "%20"))

    def test_it_is_the_published_pages_address_with_a_directive(self, library: Library) -> None:
        made = quote_json("q1", quote_of(library, "magnesium-stress", "Allow 4-8 weeks"), None)
        page, _, fragment = made["fragment_url"].partition("#:~:text=")
        assert page == library.entry("magnesium-stress").url
        start, end = (unquote(part) for part in fragment.split(","))
        assert made["text"].startswith(start)
        assert made["text"].endswith(end)

    def test_an_address_with_an_anchor_keeps_it(self) -> None:
        stated = Stated(id="made", file="made.txt", url="https://example.org/page#part")
        made = parse_entry(b"It is a mineral (PMID 1).\nIt is lost in sweat.\n", stated)
        quote = Quote(Library((made,)), "made", 0, 0, "answer")
        assert quote_json("q1", quote, None)["fragment_url"].startswith("https://example.org/page#part:~:text=It")

    @given(st.text(min_size=1).filter(lambda text: bool(text.strip()) and text.isprintable()))
    def test_any_text_makes_a_fragment_of_plain_characters(self, text: str) -> None:
        made = text_fragment(text)
        assert made.isascii()
        assert "-" not in made
        assert made.count(",") <= 1


class TestAsking:
    def test_only_the_question_is_needed(self) -> None:
        asked = AskIn.model_validate({"question": "Is it safe?"})
        assert (asked.turns, asked.filters.sections, asked.filters.entries) == ([], [], [])
        assert (asked.max_quotes, asked.max_tokens) == (3, None)

    @pytest.mark.parametrize(
        "fields",
        [
            {"answer": "x"},
            {"turns": [{"question": "x", "answer": "It is safe."}]},
            {"turns": [{"question": "x"}] * 11},
            {"turns": [{"question": "x" * 1001}]},
            {"turns": [{"question": "x", "subjects": ["x"] * 21}]},
            {"filters": {"sections": ["advertisements"]}},
            {"filters": {"pages": []}},
            {"max_quotes": 0},
            {"max_quotes": 11},
            {"max_tokens": 0},
            {"max_tokens": 100_001},
        ],
    )
    def test_what_does_not_belong_there_is_refused(self, fields: Json) -> None:
        with pytest.raises(ValidationError):
            AskIn.model_validate({"question": "Is it safe?", **fields})

    def test_the_example_is_a_request(self) -> None:
        (example,) = AskIn.model_json_schema()["examples"]
        assert AskIn.model_validate(example).question


class TestTheLibrary:
    @pytest.mark.parametrize("entry_id", ["magnesium-stress", "velorin", "thassic-oil", "quendrite"])
    def test_every_unit_is_listed_with_its_place(self, library: Library, entry_id: str) -> None:
        entry = library.entry(entry_id)
        made = full_entry_json(entry)
        units = [unit for section in made["sections"] for unit in section["units"]]
        assert [unit["unit"] for unit in units] == list(range(len(entry.units)))
        for unit in units:
            assert list(unit) == ["unit", "kind", "start", "end", "quotable", "marks", "text"]
            assert unit["text"] is None or unit["text"] == entry.text[unit["start"] : unit["end"]]
            assert (unit["text"] is None) == (unit["kind"] == "metadata")
        assert {**entry_json(entry)}.items() <= made.items()
        assert made["sha256"] == entry.sha256


def everything_about(library: Library, entry: Entry) -> str:
    """All that is ever sent of an entry: its JSON, its page, and every quotation."""
    parts = [json.dumps(full_entry_json(entry), ensure_ascii=False), reader_page(entry, "Disclaimer.")]
    for number in range(len(entry.units)):
        if place := quotable_range(entry, number):
            quote = Quote(library, entry.id, *place, "answer")
            parts.append(json.dumps(quote_json("q1", quote, None), ensure_ascii=False))
    return "\n".join(parts)


class TestNothingIsSold:
    def test_no_product_link_of_the_front_matter_is_ever_sent(self, library: Library) -> None:
        linked = [entry for entry in library.entries if "shop.example.org" in entry.text]
        assert {entry.id for entry in linked} == {"velorin", "thassic-oil"}
        for entry in library.entries:
            sent = everything_about(library, entry)
            assert "shop" not in sent.lower()
            assert "related_products" not in sent
            assert "?ref=" not in sent

    @pytest.mark.parametrize("path", SAMPLE, ids=lambda path: str(path.stem))
    def test_nor_of_a_sample_entry(self, path: Path) -> None:
        entry = parse_entry(path.read_bytes(), Stated(id=path.stem, file=path.name))
        sent = everything_about(Library((entry,)), entry)
        assert "related_products" not in sent
        assert "?ref=" not in sent
        assert "shop." not in sent.lower()

    @pytest.mark.parametrize("question", [*EVERY_STATUS, "shop", "where is the velorin shop link", "related_products"])
    def test_no_answer_holds_one(self, desk: Desk, question: str) -> None:
        answer = ask(desk, question)
        assert "shop" not in json.dumps({name: value for name, value in answer.items() if name != "question"}).lower()
