"""Search: an order that repeats, and only units that may answer."""

import numpy as np
import pytest

from assistant.answering.passages import Passages
from assistant.answering.question import Turn, read_question
from assistant.answering.reply import Desk
from assistant.answering.search import Candidate, query_terms, search_units
from assistant.index.embedded import as_embedded
from assistant.index.lexicon import phrase_terms
from assistant.library.model import SectionName


def search(
    desk: Desk,
    question: str,
    *turns: Turn,
    sections: tuple[SectionName, ...] = (),
    entries: tuple[str, ...] = (),
    limit: int = 60,
) -> list[Candidate]:
    """What a question finds."""
    reading = read_question(question, turns, desk.vocabulary, entries=entries)
    vector = desk.snapshot.encoder.encode(reading.plain)
    return search_units(desk.weigher.passages, reading, vector, sections=sections, entries=entries, limit=limit)


def words(desk: Desk, candidate: Candidate) -> str:
    """The words of a found unit."""
    return desk.weigher.passages.words[candidate.row]


def entry_ids(desk: Desk, candidates: list[Candidate]) -> set[str]:
    """The entries they stand in."""
    return {desk.snapshot.units[candidate.row].entry_id for candidate in candidates}


class TestOrder:
    def test_the_unit_that_says_it_stands_first(self, desk: Desk) -> None:
        assert words(desk, search(desk, "Which foods are rich in magnesium?")[0]).startswith("Magnesium-rich foods")
        assert words(desk, search(desk, "Who sponsored the Pickering review?")[0]).startswith("Pickering 2020")

    def test_best_first_and_the_same_every_time(self, desk: Desk) -> None:
        found = search(desk, "magnesium and sleep")
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
        assert found == search(desk, "magnesium and sleep")

    def test_equal_scores_stand_by_row(self, desk: Desk) -> None:
        reading = read_question("?", [], desk.vocabulary)
        nothing = np.zeros(desk.snapshot.encoder.dimensions, dtype=np.float32)
        found = search_units(desk.weigher.passages, reading, nothing, limit=10)
        assert [(each.row, each.score) for each in found] == [(row, 0.0) for row in range(10)]

    def test_the_score_is_the_weighted_sum_of_z_scores_worked_anew(self, desk: Desk) -> None:
        snapshot = desk.snapshot
        reading = read_question("boiling ember beans", [], desk.vocabulary)
        vector = snapshot.encoder.encode(reading.plain)
        terms, of_chunk = query_terms(reading), list(snapshot.chunk_of_unit)
        scores = (
            (0.4, as_embedded(snapshot.engine).unit_dense.scores(vector)),
            (0.2, as_embedded(snapshot.engine).chunk_dense.scores(vector)[of_chunk]),
            (0.3, as_embedded(snapshot.engine).unit_terms.scores(terms)),
            (0.1, as_embedded(snapshot.engine).chunk_terms.scores(terms)[of_chunk]),
        )
        for each in search_units(desk.weigher.passages, reading, vector)[:5]:
            z = [weight * (s[each.row] - s.mean()) / s.std() for weight, s in scores]
            assert each.score == pytest.approx(float(sum(z)), abs=1e-5)
            found = (each.unit_cosine, each.chunk_cosine, each.unit_bm25, each.chunk_bm25)
            assert found == pytest.approx([float(s[each.row]) for _, s in scores])

    @pytest.mark.parametrize("limit", [0, 1, 7, 1000])
    def test_at_most_as_many_as_asked_for(self, desk: Desk, limit: int) -> None:
        found = search(desk, "soreness", limit=limit)
        assert len(found) == min(limit, len(desk.snapshot.units))
        assert found == search(desk, "soreness", limit=1000)[:limit]


class TestWhatMayBeFound:
    @pytest.mark.parametrize(
        "question", ["Is velorin safe?", "velorin with magnesium-like foods and almonds", "what was velorin's dose"]
    )
    def test_a_question_about_a_subject_finds_its_entry_and_units_that_name_it(self, desk: Desk, question: str) -> None:
        for each in search(desk, question, limit=1000):
            own = desk.snapshot.units[each.row].entry_id in read_question(question, [], desk.vocabulary).entries
            assert own or any(name in words(desk, each).lower() for name in ("velorin", "magnesium"))

    def test_units_of_other_entries_are_found_when_they_name_the_subject(self, desk: Desk) -> None:
        found = search(desk, "velorin", limit=1000)
        assert entry_ids(desk, found) == {"velorin", "quendrite", "thassic-oil"}
        others = [words(desk, each) for each in found if desk.snapshot.units[each.row].entry_id != "velorin"]
        assert len(others) == 2
        assert all("velorin" in each.lower() for each in others)

    def test_a_subject_carried_over_limits_it_likewise(self, desk: Desk) -> None:
        found = search(desk, "Is it safe?", Turn("foods?", ("quendrite",)), limit=1000)
        assert "magnesium-stress" not in entry_ids(desk, found)

    def test_a_question_without_a_subject_may_find_anything(self, desk: Desk) -> None:
        found = search(desk, "kidney disease", limit=1000)
        assert len(found) == len(desk.snapshot.units)

    def test_only_quotable_units_are_ever_found(self, desk: Desk) -> None:
        for each in search(desk, "personal health advice, professional", limit=1000):
            place = desk.snapshot.units[each.row]
            assert desk.snapshot.library.entry(place.entry_id).units[place.unit].quotable


class TestFilters:
    def test_sections_are_kept_to(self, desk: Desk) -> None:
        found = search(desk, "magnesium and stress", sections=("dose", "forms"), limit=1000)
        passages = desk.weigher.passages
        sections = [passages.entry(e.row).section_of[desk.snapshot.units[e.row].unit].name for e in found]
        assert set(sections) == {"dose", "forms"}
        assert len(found) == 6

    def test_entries_are_kept_to(self, desk: Desk) -> None:
        assert entry_ids(desk, search(desk, "kidney disease", entries=("velorin",), limit=1000)) == {"velorin"}

    def test_filters_only_ever_narrow(self, desk: Desk) -> None:
        assert entry_ids(desk, search(desk, "velorin", entries=("magnesium-stress",), limit=1000)) == set()
        both = search(desk, "velorin", entries=("velorin", "quendrite"), sections=("interactions",), limit=1000)
        assert len(both) == 4

    def test_an_unknown_entry_leaves_nothing(self, desk: Desk) -> None:
        assert search(desk, "magnesium", entries=("no-such-entry",)) == []


def test_abbreviations_and_other_names_are_searched_for_too(desk: Desk) -> None:
    terms = query_terms(read_question("egfr and nod off", [], desk.vocabulary))
    assert {"egfr", *phrase_terms("kidney disease sleep insomnia")} <= set(terms)
    assert len(terms) == len(set(terms))


def test_rarity_runs_from_every_unit_to_none(desk: Desk) -> None:
    passages: Passages = desk.weigher.passages
    assert passages.rarity("no-unit-has-this") == 1.0
    assert 0 < passages.rarity("magnesium") < passages.rarity("sanofi") < 1


def test_a_phrase_is_found_in_the_units_that_hold_it(desk: Desk) -> None:
    passages = desk.weigher.passages
    assert [passages.words[row][:7] for row in passages.naming(("loop", "diuret"))] == ["Concurr"]
    assert passages.naming(("diuret", "loop")) == []
    assert passages.naming(()) == []
