"""The inventory: for each quotable unit, which kinds of question it answers and what it speaks of.

A reference library is finite and edited, so this can be written down before anyone asks. Here it is inferred by rules;
what a person has reviewed (see `review`) wins over it. Must not know any question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.index.chunks import quotable_places, unit_words
from assistant.index.kinds import Kinds, packaged_kinds
from assistant.index.lexicon import Lexicon, packaged_lexicon, phrase_terms
from assistant.library.model import Entry, Library

_MOST_LEADS = 4
"""Units one leans on, each on the one before, that are followed back."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one unit holds: the inventory's row of it."""

    kinds: tuple[str, ...]
    """The kinds of question it answers, by name, in the order of `kinds.toml`."""
    about: tuple[str, ...]
    """What it speaks of by name: substances, medicines and their classes, groups, conditions, forms, bodies."""
    reviewed: str = ""
    """Who has reviewed it and when; empty when it is inferred."""


def take_inventory(library: Library, reviewed: Mapping[tuple[str, int], Held]) -> list[Held]:
    """Return what each quotable unit holds, in the order of `quotable_places`.

    Args:
        library: the entries.
        reviewed: what a person has reviewed, by entry id and unit number; it wins over what is inferred.
    """
    kinds, lexicon = packaged_kinds(), packaged_lexicon()
    held: list[Held] = []
    for place in quotable_places(library):
        key = (place.entry_id, place.unit)
        held.append(reviewed.get(key) or infer_held(library.by_id[place.entry_id], place.unit, kinds, lexicon))
    return held


def infer_held(entry: Entry, number: int, kinds: Kinds, lexicon: Lexicon) -> Held:
    """Infer what a unit holds from its words, the label it stands under, its section, and the units it leans on.

    The same unit always gives the same result, in a stable order.
    """
    words = _words_of(entry, number)
    section = entry.section_of[number].name
    leads: list[str] = []
    at = entry.units[number].lead
    while at is not None and len(leads) < _MOST_LEADS and entry.units[at].kind != "head":
        leads.append(_words_of(entry, at))
        at = entry.units[at].lead
    return Held(kinds.answered_by(words, section), _named([*reversed(leads), words], lexicon))


def _words_of(entry: Entry, number: int) -> str:
    words = unit_words(entry, number)
    label = entry.units[number].label
    return words if not label or words.startswith(label) else f"{label}: {words}"


def _named(texts: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for text in texts:
        terms = phrase_terms(text)
        names |= {mention.item.name: None for mention in lexicon.mentions(terms) if mention.item.kind != "lay"}
        names |= dict.fromkeys(lexicon.classes_in(terms))
    return tuple(names)
