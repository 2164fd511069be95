"""Verification: what became of a quotation that somebody kept, and documents that mean no good."""

import dataclasses
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.reply import Desk, reply_to
from assistant.answering.verify import MAX_QUOTES, quotes_in, verify_quote
from assistant.errors import QuestionError, QuoteError
from assistant.library.model import Entry, Library
from assistant.library.parse import Stated, parse_entry
from assistant.serving.wire import answer_json

Json = dict[str, Any]
FOODS = "Which foods are rich in magnesium?"


@pytest.fixture(scope="module")
def kept(desk: Desk) -> Json:
    """The first quotation of an answer, as somebody kept it."""
    quote: Json = answer_json(reply_to(FOODS, [], desk))["quotes"][0]
    assert quote["text"].startswith("Magnesium-rich foods")
    return quote


def outcome(quote: Mapping[str, Any], library: Library) -> str:
    """What became of it."""
    return verify_quote(quote, library).outcome


def edited(library: Library, old: str, new: str) -> Library:
    """The library after its given entry was edited and read anew."""
    entry = library.entry("magnesium-stress")
    assert old in entry.text
    stated = Stated(id=entry.id, file=entry.file, title=entry.title, subjects=entry.subjects)
    parsed = parse_entry(entry.text.replace(old, new).encode(), stated)
    return Library(tuple(parsed if each.id == entry.id else each for each in library.entries))


def test_every_quotation_of_an_answer_is_found_where_it_says(desk: Desk) -> None:
    library = desk.snapshot.library
    for question in (FOODS, "How much velorin was used?", "Can magnesium be taken with ashwagandha?", "velorin dose"):
        for quote in answer_json(reply_to(question, [], desk))["quotes"]:
            verdict = verify_quote(quote, library)
            assert verdict == verify_quote(json.loads(json.dumps(quote)), library)
            assert (verdict.id, verdict.outcome) == (quote["id"], "found")
            assert (verdict.entry_id, verdict.start, verdict.end) == (
                quote["entry"]["id"],
                quote["start"],
                quote["end"],
            )


@pytest.mark.parametrize("entry_id", ["magnesium-stress", "velorin", "thassic-oil", "quendrite"])
def test_all_that_can_be_quoted_is_found(library: Library, entry_id: str) -> None:
    entry = library.entry(entry_id)
    for number in range(len(entry.units)):
        place = quotable_range(entry, number)
        if place:
            quote = Quote(library, entry_id, *place, "answer")
            assert outcome({"text": quote.text}, library) == "found"
            assert outcome({"text": quote.text, "entry": entry_id, "start": quote.start}, library) == "found"


def test_words_that_stand_elsewhere_now_have_moved(library: Library, kept: Json) -> None:
    later = edited(library, "Stress and magnesium status interact", "It was reviewed. Stress and magnesium interact")
    verdict = verify_quote(kept, later)
    assert verdict.outcome == "moved"
    assert verdict.start == kept["start"] + len("It was reviewed. ") - len("status ")
    assert later.entry("magnesium-stress").text[verdict.start : verdict.end] == kept["text"]
    assert outcome({**kept, "start": 0, "end": len(kept["text"])}, library) == "moved"


def test_words_that_were_edited_have_changed(library: Library, kept: Json) -> None:
    assert outcome(kept, edited(library, "pumpkin seeds", "sesame seeds")) == "changed"
    assert outcome({**kept, "text": kept["text"].replace("pumpkin", "sesame")}, library) == "changed"


def test_a_digest_that_is_not_of_the_words_shows_that_they_were_altered(library: Library, kept: Json) -> None:
    assert outcome({**kept, "sha256": "0" * 64}, library) == "changed"
    altered = kept["text"].replace("pumpkin", "sesame")
    assert outcome({**kept, "text": altered}, edited(library, "pumpkin", "sesame")) == "changed"


def test_an_entry_that_is_withdrawn_is_said_to_be(library: Library, kept: Json) -> None:
    left = Library(library.entries[1:], frozenset({"magnesium-stress"}))
    verdict = verify_quote(kept, left)
    assert (verdict.outcome, verdict.start, verdict.end) == ("withdrawn", None, None)
    assert outcome({"text": kept["text"]}, left) == "never there"


def test_an_unknown_entry_or_invented_words_were_never_there(library: Library, kept: Json) -> None:
    verdict = verify_quote({**kept, "entry": {"id": "zinc"}}, library)
    assert (verdict.outcome, verdict.entry_id) == ("never there", None)
    assert outcome({"text": "Magnesium cures stress."}, library) == "never there"


def test_the_words_of_one_entry_under_the_name_of_another_are_not_found(library: Library, kept: Json) -> None:
    assert outcome({**kept, "entry": {"id": "velorin"}}, library) == "changed"
    assert outcome({"text": kept["text"], "entry_id": "velorin"}, library) == "changed"


class TestWhatIsNotWhole:
    @pytest.mark.parametrize(
        "text",
        [
            "Magnesium-rich foods include green leafy vegetables, nuts and seeds",
            "Doses above 45 mcg a day are not anchored to any",
            "velorin has not been studied",
            "Co-administration reasonable",  # one cell
            "Myth: more velorin means more focus.",  # a claim without its correction
            "Claim: HRV will dramatically transform with magnesium supplementation.",
            "- **45 mcg** for 12 weeks: a steadier evening attention score in 120 adults (Example Study A).",
            "The effect was small, and it did not appear in people whose velorin stores were already high.",
            "This entry is relevant for:",
            "This is a summary of published research, not personal health advice.",
            "## Summary",
            "https://shop.example.org/velorin-60-capsules?ref=entry-velorin",
            "e",
            "magnesium",
        ],
    )
    def test_part_of_what_belongs_together_is_not_found(self, library: Library, text: str) -> None:
        assert any(text in entry.text for entry in library.entries)
        assert outcome({"text": text}, library) == "never there"
        for entry in library.entries:
            assert outcome({"text": text, "entry": entry.id, "start": entry.text.find(text)}, library) == "changed"

    def test_two_rows_or_two_sections_together_are_not_found(self, library: Library) -> None:
        entry = library.entry("magnesium-stress")
        for first, last in ((32, 33), (5, 6)):
            assert outcome({"text": entry.words(first, last), "entry": entry.id}, library) == "changed"

    @pytest.mark.parametrize("change", [" {}", "{} ", "{}\n", "\n{}"])
    def test_white_space_about_it_is_not_of_the_words(self, library: Library, kept: Json, change: str) -> None:
        assert outcome({"text": change.format(kept["text"])}, library) == "never there"

    def test_the_first_of_two_places_is_given(self, library: Library) -> None:
        text = "It is so in all of the trials there were."
        made = parse_entry(f"# T\n\n## Summary\n\n{text} {text}\n".encode(), Stated(id="made", file="made.md"))
        verdict = verify_quote({"text": text}, Library((made,)))
        assert verdict.start == made.text.find(text)


class TestDocuments:
    def test_an_answer_a_list_and_a_single_quotation_are_read(self, desk: Desk, kept: Json) -> None:
        answer = answer_json(reply_to(FOODS, [], desk))
        assert quotes_in(answer) == answer["quotes"]
        assert quotes_in([kept]) == quotes_in(kept) == [kept]

    @pytest.mark.parametrize(
        "document",
        [
            None,
            1,
            "text",
            True,
            [],
            {},
            {"quotes": None},
            {"quotes": []},
            {"quotes": {"text": "x"}},
            {"quotes": [{}]},
            [None],
            ["text"],
            [[{"text": "x"}]],
            [{"text": None}],
            [{"text": 5}],
            [{"text": ["x"]}],
            [{"text": " \n"}],
            [{"text": "fine"}, {"text": ""}],
        ],
    )
    def test_what_holds_no_quotation_is_refused(self, document: object) -> None:
        with pytest.raises(QuestionError, match=r"no quotations in it|a quotation without a text"):
            quotes_in(document)

    def test_a_hundred_are_read_and_a_hundred_and_one_refused(self) -> None:
        assert MAX_QUOTES == 100
        assert len(quotes_in([{"text": "x"}] * 100)) == 100
        with pytest.raises(QuestionError, match="101 quotations; send at most 100"):
            quotes_in([{"text": "x"}] * 101)

    @pytest.mark.parametrize(
        "fields",
        [
            {"id": ["x"] * 9, "entry": 5},
            {"id": None, "entry": None, "entry_id": []},
            {"id": "x" * 10_000, "entry": {"id": {"id": "velorin"}}},
            {"id": "\ud800", "entry": "\udfff"},
            {"entry": "velorin", "start": "5120"},
            {"entry": "velorin", "start": -1},
            {"entry": "velorin", "start": 10**30, "end": -(10**30)},
            {"entry": "velorin", "start": True},
            {"entry": "velorin", "start": 1.5, "end": float("nan")},
            {"entry": "velorin", "start": 0, "end": [0]},
            {"entry": "velorin", "sha256": 5, "units": "all"},
            {"entry": "velorin", "sha256": "\ud800"},
        ],
    )
    def test_fields_of_the_wrong_type_are_neither_trusted_nor_fatal(self, library: Library, fields: Json) -> None:
        for text in ("No upper level has been set.", "\ud800 is no letter", "x" * 60_000):
            verdict = verify_quote({"text": text, **fields}, library)
            assert verdict.outcome in ("found", "moved", "changed", "never there")
            assert len(verdict.id) <= 64
            json.dumps(dataclasses.asdict(verdict), ensure_ascii=False).encode("utf-8")

    def test_a_place_too_deep_to_be_one_is_none(self, library: Library) -> None:
        deep: Any = "velorin"
        for _ in range(100_000):
            deep = [deep]
        assert outcome({"text": "No upper level has been set.", "entry": deep, "id": deep}, library) == "found"
        while isinstance(deep, list):  # taken apart by hand: freeing it in one go would go as deep
            deep = deep.pop()

    def test_a_hundred_that_stand_nowhere_take_no_time(self, library: Library) -> None:
        """A letter stands in thousands of places; only the beginnings of units are looked at."""
        many: list[Entry] = [
            dataclasses.replace(entry, id=f"{entry.id}-{copy}") for copy in range(25) for entry in library.entries
        ]
        large = Library(tuple(many))
        start = time.thread_time()
        for text in (" ", "e", "a", "in", "the ") * 20:
            assert outcome({"text": f"{text}", "id": "q"}, large) == "never there"
        assert time.thread_time() - start < 3.0


@pytest.fixture(scope="module")
def quotable(library: Library) -> dict[str, set[str]]:
    """By entry, the words of every range of its units that can be quoted."""
    found: dict[str, set[str]] = {}
    for entry in library.entries:
        numbers = range(len(entry.units))
        for first, last in ((first, last) for first in numbers for last in numbers):
            with suppress(QuoteError):
                found.setdefault(entry.id, set()).add(Quote(library, entry.id, first, last, "answer").text)
    return found


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_any_stretch_of_the_library_is_found_only_when_it_could_be_quoted(
    library: Library, quotable: dict[str, set[str]], data: st.DataObject
) -> None:
    entry = data.draw(st.sampled_from(library.entries))
    edges = sorted({edge for unit in entry.units for edge in (unit.span.start, unit.span.end)})
    start, end = sorted(data.draw(st.tuples(st.sampled_from(edges), st.sampled_from(edges))))
    if start < end:
        text = entry.text[start:end]
        found = outcome({"text": text, "entry": entry.id, "start": start}, library) == "found"
        assert found == (text in quotable[entry.id])
