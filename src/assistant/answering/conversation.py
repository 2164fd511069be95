"""Conversation: where the turns before a question have left it standing.

The turns come with the question, from the client, and nothing is remembered here. What they say counts for as little as
it can: their questions are read like any other, and of their subjects only those that the library has.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from assistant.answering.followup import in_full, stands_alone
from assistant.answering.naming import Said, places_of_items, places_of_names, said_in, subjects_in
from assistant.answering.phrasing import phrase_of, says_nothing_more, with_names_replaced
from assistant.answering.pointing import with_pronoun_named
from assistant.answering.standing import LONGEST, FullForm, Standing
from assistant.answering.vocabulary import Vocabulary
from assistant.index.lexicon import Item

MAX_TURNS = 10


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the same conversation, as the client sends it. It holds no answer text."""

    question: str
    subjects: tuple[str, ...] = ()
    """The library's subjects its answer named. One that is left out is not carried on from this turn."""
    dropped: tuple[str, ...] = ()
    """Names that the reader removed after it: not carried on until they are said again."""


def standing_after(turns: Sequence[Turn], vocabulary: Vocabulary) -> Standing:
    """Work out where a conversation stands.

    Args:
        turns: oldest first; of each question the first `LONGEST` characters are read.
        vocabulary: the library's names; a turn's subject that is not one of them is ignored.
    """
    plains = [vocabulary.repair(turn.question[:LONGEST])[0] for turn in turns]
    confirmed = [_confirmed(turn, vocabulary) for turn in turns]
    # What came before a question that stands alone cannot change how it is read.
    alone = (at for at in reversed(range(len(turns))) if confirmed[at] and stands_alone(plains[at], vocabulary))
    first = next(alone, 0)
    standing = Standing(rooted=any(confirmed[:first]))
    said: dict[Item, Said] = {}
    for at, turn in enumerate(turns):
        if at >= first:
            standing = replace(standing, said=tuple(said.values()))
            standing = _after(plains[at], confirmed[at], standing, vocabulary)
        for each in said_in(plains[at], vocabulary):
            said.pop(each.item, None)
            said[each.item] = each
        if turn.dropped:
            names = frozenset(name.lower() for name in turn.dropped)
            said = {item: each for item, each in said.items() if each.name.lower() not in names}
            standing = _without(standing, names)
    return replace(standing, said=tuple(said.values()))


def only_names(question: str, vocabulary: Vocabulary) -> bool:
    """Whether a question says nothing but a name the library or the lexicon has: ok and zinc? i'm on warfarin."""
    plain, _ = vocabulary.repair(question[:LONGEST])
    named = places_of_items(plain, ("medicine", "population"), vocabulary)
    return says_nothing_more(plain, [*named, *places_of_names(plain, vocabulary)])


def _confirmed(turn: Turn, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the subjects of a turn that the library has."""
    names = dict.fromkeys(name.lower() for name in turn.subjects)
    return tuple(name for name in names if name in vocabulary.names_of)


def _after(plain: str, confirmed: Sequence[str], standing: Standing, vocabulary: Vocabulary) -> Standing:
    full = in_full(plain, standing, vocabulary)
    if confirmed:
        text = _about(full, standing, confirmed, vocabulary)
        latest = full.text if full.aside and not phrase_of(plain).asks_evidence else text
        return Standing(text, latest, tuple(confirmed), rooted=True)
    if full.leaves:
        text = standing.text if full.aside else full.text
        return Standing(text, text, (), rooted=standing.rooted)
    return standing


def _about(full: FullForm, standing: Standing, confirmed: Sequence[str], vocabulary: Vocabulary) -> str:
    """Return the question that stands now, with the subjects that its turn was answered about."""
    text = standing.text if full.aside and standing.text else full.text
    named = set(subjects_in(text, vocabulary))
    if named and named <= set(confirmed):
        return text
    name = " and ".join(confirmed)
    replaced = with_names_replaced(text, places_of_names(text, vocabulary), name)
    return replaced or with_pronoun_named(text, name) or f"{name}: {text}"


def _without(standing: Standing, names: Set[str]) -> Standing:
    subjects = tuple(subject for subject in standing.subjects if subject not in names)
    if subjects == standing.subjects:
        return standing
    left = " and ".join(subjects)
    return Standing(left, left, subjects, rooted=standing.rooted)
