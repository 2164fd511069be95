"""Turning away: whether a question without a subject's name goes on from the one before, or is about something else.

It shows by its form that it goes on, or by its words that another entry speaks of it. Must not know turns.
"""

import math
from collections.abc import Sequence

from assistant.answering.naming import telling
from assistant.answering.phrasing import Phrase, words_in
from assistant.answering.vocabulary import Vocabulary


def turns_away(plain: str, phrase: Phrase, subjects: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether a question without a subject's name is about another entry than what stands."""
    if shows_leaning(plain, phrase):
        return False
    here, elsewhere, words = _shares(plain, subjects, vocabulary)
    return elsewhere > here and words > 1


def shows_leaning(plain: str, phrase: Phrase) -> bool:
    """Whether a question shows by its form that it goes on from the one before."""
    shows = phrase.has_pronoun or phrase.is_fragment or phrase.is_personal or phrase.asks_evidence
    return shows or not telling(word.term for word in words_in(plain))


def _shares(plain: str, subjects: Sequence[str], vocabulary: Vocabulary) -> tuple[float, float, int]:
    """Return how much of a question some subjects' entries speak of, the most that any one does, and of how many words.

    The first two are sums of inverse document frequencies, in natural logarithms; compare them with each other only.
    """
    total = len(vocabulary.library.entries)
    own = frozenset[str]().union(*(vocabulary.entries_of[subject] for subject in subjects))
    here = 0.0
    shares: dict[str, tuple[float, int]] = {}
    for term in dict.fromkeys(telling(word.term for word in words_in(plain))):
        holding = vocabulary.entries_with.get(term, frozenset())
        weight = math.log((total + 1) / len(holding)) if holding else 0.0
        here += weight if holding & own else 0.0
        for entry_id in holding:
            share, words = shares.get(entry_id, (0.0, 0))
            shares[entry_id] = share + weight, words + 1
    return here, *max(shares.values(), default=(0.0, 0))
