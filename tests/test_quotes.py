"""Quotes: what may be quoted, and that its words are never anybody's but the library's."""

import dataclasses
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.quotes import Quote, quotable_range
from assistant.errors import QuoteError
from assistant.library.model import QUOTABLE, Entry, Library
from assistant.library.segment import split_row

ENTRIES = ("magnesium-stress", "velorin", "thassic-oil", "quendrite")


def unit_of(entry: Entry, words: str) -> int:
    """The number of the one unit that opens with these words."""
    (number,) = [n for n in range(len(entry.units)) if entry.words(n).startswith(words)]
    return number


def the(library: Library, entry_id: str, words: str) -> Quote:
    """The smallest quotation around the one unit of an entry that opens with these words."""
    entry = library.entry(entry_id)
    place = quotable_range(entry, unit_of(entry, words))
    assert place is not None
    return Quote(library, entry_id, *place, "answer")


class TestItsWords:
    def test_a_quote_cannot_be_given_its_words(self, library: Library) -> None:
        taken = {field.name for field in dataclasses.fields(Quote) if field.init}
        assert taken == {"entry_id", "first", "last", "role"}
        with pytest.raises(TypeError):
            Quote(library, "velorin", 3, 3, "answer", text="Velorin cures everything.")  # type: ignore[call-arg]

    def test_its_words_cannot_be_changed(self, library: Library) -> None:
        quote = Quote(library, "velorin", 3, 3, "answer")
        with pytest.raises(dataclasses.FrozenInstanceError):
            quote.text = "Velorin cures everything."  # type: ignore[misc]
        with pytest.raises(QuoteError):
            dataclasses.replace(quote, library=library, first=2)

    def test_it_says_what_the_file_says(self, library: Library) -> None:
        quote = the(library, "magnesium-stress", "Magnesium-rich foods")
        assert quote.text == (
            "Magnesium-rich foods include green leafy vegetables, nuts and seeds (pumpkin seeds, almonds, cashews), "
            "legumes, whole grains, and dark chocolate."
        )
        assert quote.section.name == "dose"
        assert not quote.is_misconception

    def test_offsets_are_code_points_and_the_digest_is_of_utf8(self, library: Library) -> None:
        # A dash of three bytes stands before the one, and a "°" of two in the other: bytes would point elsewhere.
        oxide, warmed = the(library, "magnesium-stress", "Oxide is"), the(library, "thassic-oil", "A pooled analysis")
        assert len(oxide.entry.text[: oxide.start].encode()) == oxide.start + 2
        assert len(warmed.text.encode()) == len(warmed.text) + 1
        for quote in (oxide, warmed):
            assert quote.entry.text[quote.start : quote.end] == quote.text
            assert len(quote.text) == quote.end - quote.start
            assert quote.sha256 == hashlib.sha256(quote.text.encode("utf-8")).hexdigest()


class TestWhatBelongsTogether:
    def test_a_list_is_quoted_whole_with_its_lead_in(self, library: Library) -> None:
        entry = library.entry("velorin")
        lead = unit_of(entry, "Trials have used these daily amounts:")
        quote = Quote(library, "velorin", lead, lead + 3, "answer")
        assert [part.split()[0] for part in quote.text.split("\n") if part] == ["Trials", "-", "-", "-"]
        for first, last in ((lead, lead), (lead + 1, lead + 1), (lead, lead + 2), (lead + 1, lead + 3)):
            with pytest.raises(QuoteError, match=f"part what belongs together; quote {lead}-{lead + 3}"):
                Quote(library, "velorin", first, last, "answer")

    def test_items_that_are_statements_stand_alone(self, library: Library) -> None:
        assert the(library, "velorin", "- **Kidney disease:**").text.endswith("any use should be supervised.")

    def test_a_sentence_that_leans_on_another_brings_it(self, library: Library) -> None:
        entry = library.entry("magnesium-stress")
        number = unit_of(entry, "These shift magnesium")
        with pytest.raises(QuoteError, match=f"quote {number - 1}-{number}"):
            Quote(library, "magnesium-stress", number, number, "answer")
        assert quotable_range(entry, number) == (number - 1, number)
        # The sentence before says enough by itself.
        assert quotable_range(entry, number - 1) == (number - 1, number - 1)

    @pytest.mark.parametrize(
        ("entry_id", "statement", "limit"),
        [
            ("velorin", "In Example Study A, adults", "The effect was small"),
            ("thassic-oil", "A pooled analysis", "The gain was seen in the winter months only."),
        ],
    )
    def test_a_result_is_not_quoted_without_what_takes_from_it(
        self, library: Library, entry_id: str, statement: str, limit: str
    ) -> None:
        entry = library.entry(entry_id)
        number = unit_of(entry, statement)
        for alone in (number, number + 1):
            with pytest.raises(QuoteError, match="belongs together"):
                Quote(library, entry_id, alone, alone, "answer")
        assert limit in Quote(library, entry_id, number, number + 1, "answer").text

    @pytest.mark.parametrize("entry_id", ENTRIES)
    def test_a_misconception_is_one_unit_with_its_correction(self, library: Library, entry_id: str) -> None:
        entry = library.entry(entry_id)
        myths = [number for number, unit in enumerate(entry.units) if unit.kind == "myth"]
        assert len(myths) == 2
        for number in myths:
            quote = Quote(library, entry_id, number, number, "answer")
            assert quote.is_misconception
            # The claim, a full stop, and at least one sentence of correction.
            assert len([part for part in quote.text.split(". ") if part]) >= 2

    def test_a_table_row_is_quoted_alone_and_has_its_columns(self, library: Library) -> None:
        entry = library.entry("magnesium-stress")
        row = unit_of(entry, "| Magnesium and ashwagandha")
        assert Quote(library, entry.id, row, row, "answer").text.count("|") == 5
        with pytest.raises(QuoteError, match="table row; quote it alone"):
            Quote(library, entry.id, row, row + 1, "answer")
        head = entry.units[row].lead
        assert head is not None
        assert split_row(entry.words(head).split("\n")[0]) == ["Interaction", "Issue", "Guidance", "Citation"]

    def test_a_quote_stays_within_one_section(self, library: Library) -> None:
        entry = library.entry("magnesium-stress")
        last = unit_of(entry, "Specific elevated stress doses")
        with pytest.raises(QuoteError, match="lie in two sections"):
            Quote(library, entry.id, last, last + 1, "answer")


class TestWhatIsNeverQuoted:
    @pytest.mark.parametrize(
        ("entry_id", "words", "kind"),
        [
            ("magnesium-stress", "This entry is part of", "boilerplate"),
            ("magnesium-stress", "This is a summary of published research", "disclaimer"),
            ("magnesium-stress", "Discuss any health or supplement", "disclaimer"),
            ("magnesium-stress", "This entry is relevant for", "stem"),
            ("magnesium-stress", "| Interaction | Issue", "head"),
            ("velorin", "---\ntitle:", "metadata"),
            ("velorin", "# Does velorin", "title"),
            ("velorin", "## Which type", "heading"),
        ],
    )
    def test_what_is_no_statement_of_the_library_is_refused(
        self, library: Library, entry_id: str, words: str, kind: str
    ) -> None:
        entry = library.entry(entry_id)
        number = unit_of(entry, words)
        assert entry.units[number].kind == kind
        with pytest.raises(QuoteError, match=f"is a {kind}, which is never quoted"):
            Quote(library, entry_id, number, number, "answer")
        assert quotable_range(entry, number) is None

    @pytest.mark.parametrize(
        ("entry_id", "first", "last", "fact"),
        [
            ("magnesium-stress", 40, 60, "units 40-60 are not all in entry 'magnesium-stress', which has 44"),
            ("magnesium-stress", 5, 4, "units 5-4"),
            ("magnesium-stress", -1, 0, "units -1-0"),
            ("zinc", 1, 1, "no entry 'zinc' in the library; it has 4"),
        ],
    )
    def test_a_place_that_is_not_there_is_refused_with_the_remedy(
        self, library: Library, entry_id: str, first: int, last: int, fact: str
    ) -> None:
        with pytest.raises(QuoteError) as caught:
            Quote(library, entry_id, first, last, "answer")
        assert fact in str(caught.value)
        assert str(caught.value).endswith("was the index rebuilt since?")

    def test_a_withdrawn_entry_cannot_be_quoted(self, library: Library) -> None:
        left = Library(tuple(entry for entry in library.entries if entry.id != "velorin"), frozenset({"velorin"}))
        with pytest.raises(QuoteError, match="no entry 'velorin'"):
            Quote(left, "velorin", 3, 3, "answer")


@given(st.sampled_from(ENTRIES), st.integers(-2, 70), st.integers(-2, 70))
@settings(max_examples=1500, deadline=None)
def test_any_range_is_refused_or_keeps_every_promise(library: Library, entry_id: str, first: int, last: int) -> None:
    entry = library.entry(entry_id)
    try:
        quote = Quote(library, entry_id, first, last, "answer")
    except QuoteError:
        return
    units = entry.units[first : last + 1]
    assert quote.text == entry.text[quote.start : quote.end] == entry.words(first, last)
    assert {unit.kind for unit in units} <= QUOTABLE
    assert entry.section_of[first] is entry.section_of[last] is quote.section
    assert len(units) == 1 or all(unit.kind != "row" for unit in units)
    for unit in units:
        assert unit.kind == "row" or unit.lead is None or first <= unit.lead <= last
        assert unit.last is None or first <= unit.last <= last
    assert "related_products" not in quote.text
    assert not quote.text.startswith(("#", "---"))


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_every_unit_lies_in_one_smallest_quotation_or_in_none(library: Library, entry_id: str) -> None:
    entry = library.entry(entry_id)
    for number, unit in enumerate(entry.units):
        place = quotable_range(entry, number)
        assert (place is not None) == unit.quotable
        if place:
            assert place[0] <= number <= place[1]
            assert Quote(library, entry_id, *place, "answer").text
