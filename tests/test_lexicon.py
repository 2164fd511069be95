"""The lexicon: rows that are well formed, names that mean one thing, mentions longest first."""

import csv
from importlib import resources
from typing import get_args

import pytest

from assistant.answering.question import STRICT
from assistant.index.lexicon import (
    Item,
    ItemKind,
    Lexicon,
    contains,
    packaged_lexicon,
    phrase_terms,
)

ROWS = list(csv.DictReader(resources.files("assistant.index").joinpath("lexicon.csv").read_text("utf-8").splitlines()))


def named(text: str) -> list[str]:
    """The names of the items that a text mentions, in order."""
    return [mention.item.name for mention in packaged_lexicon().mentions(phrase_terms(text))]


class TestTheFile:
    def test_every_row_has_four_cells_and_a_known_kind(self) -> None:
        assert len(ROWS) > 300
        for row in ROWS:
            assert list(row) == ["kind", "name", "variants", "broader"], row
            assert row["kind"] in get_args(ItemKind), row
            assert None not in row.values(), row

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
    def test_every_name_is_bare_and_holds_a_word(self, row: dict[str, str]) -> None:
        for cell in (row["name"], row["variants"], row["broader"]):
            for name in cell.split("|") if cell else []:
                assert name == " ".join(name.split())
                assert phrase_terms(name), f"{row['name']}: {name!r} holds no word"

    def test_no_item_is_listed_twice(self) -> None:
        names = [(row["kind"], row["name"].lower()) for row in ROWS]
        assert sorted(set(names)) == sorted(names)

    def test_no_name_stands_for_two_things_an_answer_must_name(self) -> None:
        owner: dict[tuple[str, ...], str] = {}
        for item in packaged_lexicon().items:
            if item.kind in STRICT:
                for name in item.names:
                    assert owner.setdefault(name, item.name) == item.name, name

    def test_every_medicine_but_few_has_a_class_the_library_may_speak_of(self) -> None:
        medicines = [item for item in packaged_lexicon().items if item.kind == "medicine"]
        assert sum(bool(item.broader) for item in medicines) >= 0.9 * len(medicines)
        assert all(not item.broader for item in packaged_lexicon().items if item.kind != "medicine")


class TestMentions:
    def test_of_names_that_overlap_the_longest_counts(self) -> None:
        assert named("is vitamin d3 better than vitamin d") == ["vitamin D3", "vitamin D"]
        assert named("kidney stones") == ["kidney stones"]
        assert named("bad kidneys") == ["kidney disease"]
        assert named("green tea and black tea") == ["green tea", "black tea"]

    def test_mentions_come_in_order_with_their_places(self) -> None:
        terms = phrase_terms("Can pregnant women on warfarin take fish oil?")
        found = [(m.item.name, m.start, m.end) for m in packaged_lexicon().mentions(terms)]
        assert found == [("pregnancy", 1, 2), ("warfarin", 4, 5), ("omega-3", 6, 8)]

    def test_a_name_of_two_items_mentions_both(self) -> None:
        # A lay word may also be a group: eGFR is a test, and by it the library names kidney disease.
        assert sorted(named("eGFR below 30")) == ["estimated glomerular filtration rate", "kidney disease"]

    def test_the_order_of_the_rows_does_not_matter(self) -> None:
        items = packaged_lexicon().items
        terms = phrase_terms("vitamin b12 and vitamin b6 with omeprazole for older people with high blood pressure")
        forward = {(m.item.name, m.start) for m in Lexicon(items).mentions(terms)}
        assert forward == {(m.item.name, m.start) for m in Lexicon(items[::-1]).mentions(terms)}

    def test_a_word_that_only_begins_like_a_name_is_none(self) -> None:
        assert named("zincography on a childlike, calciumless day") == []

    @pytest.mark.parametrize(
        ("text", "item"),
        [
            ("blood thinners", "blood thinner"),
            ("St John’s wort", "St John's wort"),
            ("HAEM IRON", "iron"),
            ("hemochromatosis", "haemochromatosis"),
            ("mums-to-be", "pregnancy"),
            ("5-HTP", "5-HTP"),
            ("co-enzyme q10? no, CoQ10", "coenzyme Q10"),
        ],
    )
    def test_spelling_case_and_punctuation_do_not_hide_a_name(self, text: str, item: str) -> None:
        assert item in named(text)


def test_a_phrase_is_found_word_for_word_or_not_at_all() -> None:
    terms = phrase_terms("loop diuretics and alcohol")
    assert contains(terms, phrase_terms("loop diuretic"))
    assert not contains(terms, phrase_terms("diuretics loop"))
    assert not contains(terms, phrase_terms("loop and alcohol"))
    assert not contains(terms, ())
    assert not contains((), phrase_terms("loop"))


def test_a_lexicon_of_nothing_mentions_nothing() -> None:
    assert list(Lexicon(()).mentions(phrase_terms("magnesium"))) == []
    one = Item("substance", "zinc", (phrase_terms("zinc"),), ())
    assert [m.item for m in Lexicon((one,)).mentions(phrase_terms("zinc, zinc"))] == [one, one]
