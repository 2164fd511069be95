"""Wording: what is kept of a library's words is what reading them anew would give."""

from itertools import pairwise

import numpy as np
import pytest

from assistant.answering.passages import Passages
from assistant.answering.reply import Desk
from assistant.answering.stretches import Stretches
from assistant.errors import SnapshotError
from assistant.index.chunks import quotable_places, unit_words
from assistant.index.kinds import found, packaged_kinds
from assistant.index.lexicon import contains, packaged_lexicon, phrase_terms
from assistant.index.snapshot import Snapshot
from assistant.index.terms import words_of
from assistant.index.wording import Wording
from assistant.library.model import Library
from assistant.library.parse import Stated, parse_entry


@pytest.fixture(scope="module")
def wording(library: Library) -> Wording:
    """The wording of the four entries."""
    return Wording.of(library, list(quotable_places(library)))


def said(texts: list[str]) -> Stretches:
    """Stretches of the words of some one-line entries."""
    named = [(f"{text}.\n".encode(), Stated(id=text, file="x.md")) for text in texts]
    entries = tuple(parse_entry(data, stated) for data, stated in named)
    made = Wording.of(Library(entries), [])
    return Stretches.of(made, made.entry_terms, made.entry_starts[:-1], made.entry_starts[1:])


def test_each_unit_has_the_terms_of_its_label_and_its_words(library: Library, wording: Wording) -> None:
    for row, place in enumerate(quotable_places(library)):
        entry = library.by_id[place.entry_id]
        words = unit_words(entry, place.unit)
        assert wording.terms_of_unit(row) == phrase_terms(f"{entry.units[place.unit].label} {words}")
        assert wording.absent[row] == found(packaged_kinds().stated_absence, words)


def test_the_rows_with_a_term_are_those_whose_units_hold_it(library: Library, wording: Wording) -> None:
    units = [set(wording.terms_of_unit(row)) for row in range(len(wording.absent))]
    for term in wording.terms:
        assert wording.rows_with(term).tolist() == [row for row, unit in enumerate(units) if term in unit]
    assert wording.rows_with("zorvanit").tolist() == []


def test_stretches_hold_a_phrase_word_for_word_and_none_across_two(desk: Desk) -> None:
    passages = desk.weigher.passages
    rows = np.arange(len(passages.snapshot.units))
    texts = [passages.terms[row] for row in rows.tolist()]
    phrases = {text[start : start + size] for text in texts for size in (1, 2, 3) for start in range(0, len(text), 7)}
    across = {(*one[-1:], *other[:1]) for one, other in pairwise(texts)}
    stretches = passages.in_units(rows)
    for phrase in sorted(phrases | across | {(), ("zorvanit",), ("magnesium", "zorvanit")}):
        held = [contains(text, phrase) for text in texts]
        assert stretches.hold(phrase).tolist() == held, phrase
        assert passages.naming(phrase) == [row for row, here in enumerate(held) if here], phrase
    assert passages.in_units(rows[:0]).hold(("magnesium",)).tolist() == []


def test_every_word_of_the_library_is_counted(library: Library, wording: Wording) -> None:
    words = [
        word
        for entry in library.entries
        for word in words_of(" ".join([*entry.subjects, *entry.aliases, entry.title, entry.text]))
    ]
    assert wording.counts == {word: words.count(word) for word in words}


def test_bytes_read_back_are_the_same_wording(wording: Wording) -> None:
    again = Wording.from_bytes(wording.to_bytes())
    assert again.to_bytes() == wording.to_bytes()
    assert (again.terms, again.counts, again.proper_names) == (wording.terms, wording.counts, wording.proper_names)


def test_cut_bytes_are_refused(wording: Wording) -> None:
    with pytest.raises(SnapshotError, match="cannot be read"):
        Wording.from_bytes(wording.to_bytes()[:-100])


def test_terms_that_begin_alike_stand_together(wording: Wording) -> None:
    first, end = wording.beginning("mag")
    alike = [number for number, term in enumerate(wording.terms) if term.startswith("mag")]
    assert alike == list(range(first, end))


def test_a_term_counts_1_its_other_name_1_its_root_seven_tenths_and_else_0() -> None:
    stretches = said(["Osteoporotic bone", "Osteoporosis", "Ascorbic acid", "Something else"])
    (osteoporosis,) = phrase_terms("osteoporosis")
    assert stretches.say(osteoporosis, ()).tolist() == [0.7, 1.0, 0.0, 0.0]
    assert stretches.say("vitaminc", [phrase_terms("ascorbic acid")]).tolist() == [0.0, 0.0, 1.0, 0.0]
    assert stretches.say(phrase_terms("acid")[0], ()).tolist() == [0.0, 0.0, 1.0, 0.0]


def test_shares_match_the_sums_worked_by_hand() -> None:
    stretches = said(["alpha beta", "alpha", "gamma"])
    alpha, beta = phrase_terms("alpha beta")
    names: dict[str, tuple[tuple[str, ...], ...]] = {alpha: (), beta: ()}
    assert stretches.share({alpha: 0.6, beta: 0.2}, names).tolist() == pytest.approx([1.0, 0.75, 0.0])
    assert stretches.unsaid([alpha, beta], names).tolist() == [0.0, 0.5, 1.0]
    assert stretches.share({}, names).tolist() == [1.0, 1.0, 1.0]
    assert stretches.unsaid([], names).tolist() == [0.0, 0.0, 0.0]


def test_a_chunk_says_what_its_units_say(snapshot: Snapshot) -> None:
    passages = Passages(snapshot, packaged_lexicon())
    rows = np.arange(len(snapshot.units))
    chunks = passages.in_chunks(rows)
    for term in ("magnesium", "zinc", "studi"):
        holding = {snapshot.chunk_of_unit[row] for row in snapshot.wording.rows_with(term).tolist()}
        assert (chunks.say(term, ()) == 1.0).tolist() == [chunk in holding for chunk in snapshot.chunk_of_unit]
