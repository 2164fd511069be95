"""What units speak of: held against stretches all at once, it comes out as read one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.spoken import Spoken
from assistant.index.inventory import Held
from assistant.index.lexicon import Item, packaged_lexicon

_KINDS = ("condition", "population", "medicine")
_ITEMS = [item for kind in _KINDS for item in [each for each in packaged_lexicon().items if each.kind == kind][:4]]
_NAMES = st.lists(st.sampled_from([item.name for item in _ITEMS]), max_size=3, unique=True).map(tuple)
_INVENTORIES = st.lists(_NAMES.map(lambda about: Held((), about)), min_size=1, max_size=20)


def _spoken(inventory: list[Held]) -> Spoken:
    return Spoken(tuple(inventory), packaged_lexicon())


@given(_INVENTORIES, st.lists(st.sampled_from(_ITEMS), max_size=3, unique=True), st.data())
def test_what_stretches_do_not_speak_of_is_what_no_unit_of_theirs_does(
    inventory: list[Held], items: list[Item], data: st.DataObject
) -> None:
    """Any stretch, and any names that it has beside the inventory."""
    spoken, rows = _spoken(inventory), len(inventory)
    start = data.draw(st.integers(0, rows - 1))
    end = data.draw(st.integers(start, rows))
    own = frozenset(item.names[0] for item in data.draw(st.lists(st.sampled_from(_ITEMS), max_size=2)))
    names = own.union(*(spoken.of(row).names for row in range(start, end)))
    expected = sum(names.isdisjoint(item.names) for item in items) / len(items) if items else 0.0
    found = spoken.missing(items, np.array([start]), np.array([end]), [own])
    assert found.tolist() == [expected]


@given(_INVENTORIES)
def test_every_unit_about_an_item_is_found_by_it(inventory: list[Held]) -> None:
    """And no other."""
    spoken = _spoken(inventory)
    for item in _ITEMS:
        naming = [row for row in range(len(inventory)) if not spoken.of(row).names.isdisjoint(item.names)]
        assert spoken.units_about(item).tolist() == naming


def test_conditions_and_groups_are_told_from_other_names() -> None:
    """By the kind that the lexicon gives each."""
    condition, group = (next(item for item in _ITEMS if item.kind == kind) for kind in ("condition", "population"))
    both = _spoken([Held((), (condition.name, group.name)), Held((), ())])
    names = both.of(0)
    assert len(names.names) == 2
    assert names.conditions <= frozenset(condition.names)
    assert names.conditions
    assert names.populated
    assert both.of(1) == (frozenset(), frozenset(), False)
