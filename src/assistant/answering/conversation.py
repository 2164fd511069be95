"""Conversation: where the turns before a question have left it standing.

The turns come with the question, from the client, and nothing is remembered here. What they say counts for as little as
it can: their questions are read like any other, and of their subjects only those that the library has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.answering.followup import LONGEST, FullForm, Standing, in_full
from assistant.answering.naming import places_of_names, said_in, subjects_in
from assistant.answering.phrasing import phrase_of, with_names_replaced, with_pronoun_named
from assistant.answering.vocabulary import Vocabulary

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
    standing = Standing()
    for turn in turns:
        standing = _without(_after(turn, standing, vocabulary), turn.dropped)
    return standing


def _after(turn: Turn, standing: Standing, vocabulary: Vocabulary) -> Standing:
    plain, _ = vocabulary.repair(turn.question[:LONGEST])
    full = in_full(plain, standing, vocabulary)
    now = said_in(plain, vocabulary)
    said = (*(each for each in standing.said if each.item not in [new.item for new in now]), *now)
    names = dict.fromkeys(name.lower() for name in turn.subjects)
    confirmed = tuple(name for name in names if name in vocabulary.names_of)
    if confirmed:
        text = _about(full, standing, confirmed, vocabulary)
        latest = full.text if full.aside and not phrase_of(plain).asks_evidence else text
        return Standing(text, latest, confirmed, rooted=True, said=said)
    if full.leaves:
        text = standing.text if full.aside else full.text
        return Standing(text, text, (), rooted=standing.rooted, said=said)
    return replace(standing, said=said)


def _about(full: FullForm, standing: Standing, confirmed: Sequence[str], vocabulary: Vocabulary) -> str:
    """Return the question that stands now, with the subjects that its turn was answered about."""
    text = standing.text if full.aside and standing.text else full.text
    named = set(subjects_in(text, vocabulary))
    if named and named <= set(confirmed):
        return text
    name = " and ".join(confirmed)
    replaced = with_names_replaced(text, places_of_names(text, vocabulary), name)
    return replaced or with_pronoun_named(text, name) or f"{name}: {text}"


def _without(standing: Standing, dropped: Iterable[str]) -> Standing:
    names = frozenset(name.lower() for name in dropped)
    said = tuple(each for each in standing.said if each.name.lower() not in names)
    subjects = tuple(subject for subject in standing.subjects if subject not in names)
    if subjects == standing.subjects:
        return replace(standing, said=said)
    left = " and ".join(subjects)
    return Standing(left, left, subjects, rooted=standing.rooted, said=said)
