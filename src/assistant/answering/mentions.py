"""Mentions: whether a passage speaks of a medicine or a group that a question names, by its own name or by its class.

A library speaks of classes and a reader of tablets: what is said of anticoagulants holds for warfarin, and a reader who
asks about blood thinners is shown what is said of warfarin. Then a fixed label says so.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from assistant.answering.question import Reading
from assistant.index.lexicon import Item, ItemKind, Terms, contains, packaged_lexicon

_PERSONAL: frozenset[ItemKind] = frozenset({"medicine", "population"})
_GROUPS = frozenset(
    {
        "athletes", "diabetes", "epilepsy", "gallstones", "heart failure", "kidney stones", "postmenopausal women",
        "smokers", "surgery", "vegans",
    }
)  # fmt: skip
"""Conditions of the lexicon that a person who asks has or is, rather than hopes to mend: groups like a population."""


def personal_items(reading: Reading) -> tuple[Item, ...]:
    """Return the medicines and the groups of people that a question names, or that were named before it."""
    named = [item for item in reading.arguments if item.kind in _PERSONAL]
    groups = [item for item in reading.synonyms if item.kind == "condition" and item.name in _GROUPS]
    said = [item for item in reading.said if item.kind in _PERSONAL or item.name in _GROUPS]
    return tuple(dict.fromkeys((*named, *groups, *said)))


def names_itself(terms: Sequence[str], item: Item) -> bool:
    """Whether a passage, as terms, calls an item by a name of its own."""
    return any(contains(terms, name) for name in item.names)


def names_kin(terms: Sequence[str], item: Item) -> bool:
    """Whether a passage names the class of a medicine, or medicines of the class that is asked about."""
    return any(contains(terms, name) for name in (*item.broader, *_members(item)))


def speaks_of(terms: Sequence[str], item: Item) -> bool:
    """Whether a passage speaks of an item: by its own name, its class, or a member of it."""
    return names_itself(terms, item) or names_kin(terms, item)


def speaks_of_class_only(terms: Sequence[str], items: Iterable[Item]) -> bool:
    """Whether a passage names the class of a medicine asked about, and none of the medicines themselves."""
    medicines = [item for item in items if item.kind == "medicine"]
    if any(names_itself(terms, item) for item in medicines):
        return False
    return any(names_kin(terms, item) for item in medicines)


@cache
def _members(item: Item) -> tuple[Terms, ...]:
    """Return the names of the medicines whose class an item is."""
    if item.kind != "medicine":
        return ()
    own = set(item.names)
    return tuple(
        name
        for other in packaged_lexicon().items
        if other.kind == "medicine" and other.name != item.name and own.intersection(other.broader)
        for name in other.names
    )
