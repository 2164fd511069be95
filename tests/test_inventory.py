"""The inventory: what is inferred of a unit, that a reviewed row wins, and that the snapshot keeps it."""

from pathlib import Path

from assistant.index.build import build_snapshot
from assistant.index.chunks import quotable_places
from assistant.index.inventory import Held, infer_held, take_inventory
from assistant.index.kinds import packaged_kinds
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER


def held(library: Library, entry_id: str, words: str) -> Held:
    """What is inferred of the unit that opens with some words."""
    entry = library.by_id[entry_id]
    (number,) = [n for n, unit in enumerate(entry.units) if unit.span.of(entry.text).startswith(words)]
    return infer_held(entry, number, packaged_kinds(), packaged_lexicon())


class TestInferring:
    def test_a_unit_answers_the_kinds_that_its_words_tell(self, library: Library) -> None:
        foods = held(library, "magnesium-stress", "Magnesium-rich foods")
        assert "food_sources" in foods.kinds
        assert not {"dose_studied", "funding", "upper_limit"} & set(foods.kinds)
        assert "funding" in held(library, "magnesium-stress", "Pickering 2020 funding source").kinds

    def test_a_limit_that_is_only_named_is_no_recommended_intake(self, library: Library) -> None:
        assert "recommended_intake" not in held(library, "magnesium-stress", "Pickering 2020 highlights").kinds

    def test_a_stated_absence_is_an_answer(self, library: Library) -> None:
        assert "upper_limit" in held(library, "velorin", "No upper level has been set").kinds

    def test_it_names_groups_substances_medicines_classes_and_conditions(self, library: Library) -> None:
        assert held(library, "magnesium-stress", "Pregnancy:").about == ("pregnancy", "caffeine", "stress")
        assert "loop diuretic" in held(library, "magnesium-stress", "Concurrent acid").about
        assert {"kidney disease", "diarrhoea"} <= set(held(library, "magnesium-stress", "Above-UL").about)

    def test_a_unit_speaks_of_what_the_one_it_leans_on_speaks_of(self, library: Library) -> None:
        assert "corticosteroid" in held(library, "magnesium-stress", "These shift magnesium").about

    def test_kinds_stand_in_the_order_of_the_file_and_names_once(self, library: Library) -> None:
        order = packaged_kinds().names
        for each in take_inventory(library, {}):
            assert list(each.kinds) == sorted(set(each.kinds), key=order.index)
            assert len(set(each.about)) == len(each.about)
            assert each.reviewed == ""


def test_there_is_a_row_for_every_quotable_unit_and_a_reviewed_one_wins(library: Library) -> None:
    places = list(quotable_places(library))
    chosen = places[3]
    mine = Held(("figure",), ("zinc",), "2026-11-23 AB")
    rows = take_inventory(library, {(chosen.entry_id, chosen.unit): mine})
    assert len(rows) == len(places)
    assert rows[3] == mine
    assert all(not row.reviewed for n, row in enumerate(rows) if n != 3)


def test_the_snapshot_keeps_it_as_it_was_taken(snapshot: Snapshot, library: Library) -> None:
    assert list(snapshot.inventory) == take_inventory(library, {})


def test_a_review_makes_another_snapshot(library: Library, index: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    place = next(quotable_places(library))
    reviewed = {(place.entry_id, place.unit): Held(("overview",), (), "2026-11-23 AB")}
    small = Library(tuple(entry for entry in library.entries if entry.id == place.entry_id))
    plain = build_snapshot(small, tmp_path, PACKAGED_ENCODER)
    built = build_snapshot(small, tmp_path, PACKAGED_ENCODER, reviewed=reviewed)
    assert built.snapshot_id != plain.snapshot_id
    assert built.embedded == 0
    assert load_snapshot(tmp_path, PACKAGED_ENCODER).inventory[0].reviewed == "2026-11-23 AB"
