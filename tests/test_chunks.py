"""Chunks: sections cut at the edges of units, within what the encoder takes in."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.chunks import Chunk, chunk_text, cut_chunks, quotable_places, unit_text, unit_words
from assistant.index.encoder import Encoder
from assistant.index.snapshot import Snapshot
from assistant.library.model import Entry, Library
from assistant.library.parse import Stated, parse_entry


@pytest.fixture(scope="module")
def encoder(snapshot: Snapshot) -> Encoder:
    """The packaged encoder."""
    return snapshot.encoder


def entry_of(text: str) -> Entry:
    """One entry about zinc."""
    return parse_entry(text.encode(), Stated(id="entry", file="entry.md", title="Zinc", subjects=("zinc", "sleep")))


def check_chunks(entry: Entry, count: Callable[[str], int], limit: int) -> None:
    """Assert what is promised of the chunks of any entry."""
    chunks = cut_chunks(entry, count, limit)
    for section in entry.sections:
        numbers = [n for c in chunks for n in range(c.first, c.last + 1) if entry.section_of[n] is section]
        left_out = set(range(section.first, section.last + 1)) - set(numbers)
        assert numbers == sorted(set(numbers))
        assert not any(entry.units[number].quotable for number in left_out)
    for chunk in chunks:
        quotable = [n for n in range(chunk.first, chunk.last + 1) if entry.units[n].quotable]
        assert {entry.section_of[number].name for number in range(chunk.first, chunk.last + 1)} == {chunk.section}
        assert quotable
        assert count(chunk_text(entry, chunk)) <= limit or len(quotable) == 1
    if limit > 10_000:
        spoken = [s for s in entry.sections if any(u.quotable for u in entry.units[s.first : s.last + 1])]
        assert [(chunk.first, chunk.last) for chunk in chunks] == [(s.first, s.last) for s in spoken]


@pytest.mark.parametrize("limit", [24, 64, 128, 256, 100_000])
def test_chunks_tile_the_sections_within_the_encoders_limit(library: Library, encoder: Encoder, limit: int) -> None:
    for entry in library.entries:
        check_chunks(entry, encoder.count_pieces, limit)


words = st.lists(
    st.sampled_from(["zinc", "iron", "sleep", "dose", "12", "mg", "children", "avoid", "it"]), min_size=1, max_size=30
)
sentences = st.lists(words.map(lambda chosen: " ".join(chosen).capitalize() + "."), min_size=1, max_size=6)
paragraphs = sentences.map(" ".join)
tables = st.lists(st.tuples(words, words), min_size=1, max_size=4).map(
    lambda rows: "| A | B |\n|---|---|\n" + "\n".join(f"| {' '.join(a)} | {' '.join(b)} |" for a, b in rows)
)
lists = sentences.map(lambda items: "These are listed:\n\n" + "\n".join(f"- {item}" for item in items))
headings = st.sampled_from(["## Summary", "## How it works", "## Safety", "## Interactions", "## Something else"])
documents = st.lists(st.one_of(paragraphs, tables, lists, headings), min_size=1, max_size=12).map("\n\n".join)


@given(documents, st.integers(1, 120))
def test_chunks_of_any_entry_tile_its_sections_within_any_limit(text: str, limit: int) -> None:
    check_chunks(entry_of(f"{text}\n\nZinc is a metal."), lambda words: len(words.split()), limit)


def test_a_unit_longer_than_the_limit_is_a_chunk_of_its_own() -> None:
    entry = entry_of("## Summary\n\nShort one. " + "Zinc " * 50 + "ends. Short two. Short three.")
    chunks = cut_chunks(entry, lambda words: len(words.split()), 20)
    found = [[unit_words(entry, n)[:9] for n in range(c.first, c.last + 1)] for c in chunks]
    assert found == [["## Summar", "Short one"], ["Zinc Zinc"], ["Short two", "Short thr"]]


def test_a_chunk_is_embedded_with_its_subjects_title_and_section(library: Library, encoder: Encoder) -> None:
    entry = library.entry("velorin")
    chunk = next(c for c in cut_chunks(entry, encoder.count_pieces, 256) if c.section == "mechanism")
    assert chunk_text(entry, chunk).startswith(
        "velorin. Does velorin support steadier evening focus?. how it works\nVelorin is taken up in the small bowel"
    )


def test_what_may_not_be_quoted_is_not_embedded(library: Library, encoder: Encoder) -> None:
    for entry in library.entries:
        whole = " ".join(chunk_text(entry, chunk) for chunk in cut_chunks(entry, encoder.count_pieces, 256))
        assert "not personal health advice" not in whole
        assert "shop.example.org" not in whole


def test_a_table_row_is_embedded_with_its_columns_names(library: Library) -> None:
    entry = library.entry("quendrite")
    row = next(number for number, unit in enumerate(entry.units) if unit.kind == "row")
    assert unit_words(entry, row) == (
        "Pair: Quendrite and gastral; Problem: Less quendrite is absorbed; "
        "Handling: Ask the prescriber before adding a supplement; Source: Example Study M"
    )


def test_a_unit_is_embedded_with_its_main_subject_and_without_markdown(library: Library) -> None:
    entry = library.entry("velorin")
    item = next(number for number in range(len(entry.units)) if "**20 mcg**" in entry.words(number))
    words = "20 mcg for 8 weeks: no difference from the dummy capsule (Example Study B)."
    assert unit_text(entry, item).startswith("velorin: ")
    assert unit_text(entry, item).endswith(words)


def test_every_quotable_unit_has_one_place_and_lies_in_one_chunk(snapshot: Snapshot) -> None:
    places = list(quotable_places(snapshot.library))
    assert tuple(places) == snapshot.units
    assert len(set(places)) == len(places)
    assert len(places) == sum(unit.quotable for entry in snapshot.library.entries for unit in entry.units)
    for place, row in zip(places, snapshot.chunk_of_unit, strict=True):
        chunk: Chunk = snapshot.chunks[row]
        assert (chunk.entry_id, chunk.first <= place.unit <= chunk.last) == (place.entry_id, True)
