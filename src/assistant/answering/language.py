"""Language: whether a question is one, and whether it is English.

Decided by script and by the commonest small words alone, so "magnesium citrate", "Vitis vinifera" and other queries of
names only are never called foreign. Must not look at what the question is about.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.answering.folding import is_latin

_FEWEST_SMALL_WORDS = 2  # different ones: one alone may be part of a name ("uña de gato")
_SHORTEST_NOISE = 4  # in letters: any three may be an abbreviation


@dataclass(frozen=True, slots=True)
class SmallWords:
    """The words that give a language, or the lack of a question, away. All folded."""

    english: frozenset[str]
    others: Mapping[str, frozenset[str]]
    """For each other language, its small words that are not English ones too."""
    chatter: frozenset[str]
    key_rows: tuple[str, ...]
    """The letters of a keyboard's rows, each row in both directions."""


def asks_nothing(folded: str, small: SmallWords) -> bool:
    """Say whether a text is empty, has no letters, is a bare greeting, or is fingers on a keyboard."""
    if not any(character.isalpha() for character in folded):
        return True
    words = re.findall(r"[^\W_]+", folded.replace("'", ""))
    return all(word in small.chatter or word.isdigit() or _is_noise(word, small.key_rows) for word in words)


def is_foreign(folded: str, small: SmallWords) -> bool:
    """Say whether a text is not English.

    Returns:
        True where most letters are of another script, or where at least two different small words of one other language
        stand in it, and more than of English. A text without small words is taken for English.
    """
    letters = [c for c in folded if c.isalpha()]
    latin = sum(is_latin(c) for c in letters)
    if latin < len(letters) - latin:
        return True
    words = re.findall(r"[^\W\d_]+", folded)
    present = frozenset(words)
    here = max((len(present & theirs) for theirs in small.others.values()), default=0)
    return here >= _FEWEST_SMALL_WORDS and here > len(present & small.english)


def both_ways(rows: Sequence[str]) -> tuple[str, ...]:
    """Give rows of keys in both directions, for `SmallWords.key_rows`."""
    return (*rows, *(row[::-1] for row in rows))


def _is_noise(word: str, rows: Sequence[str]) -> bool:
    """Whether a word is one letter again and again, keys in a row, or too long to be without a vowel."""
    if len(word) < _SHORTEST_NOISE or not (word.isascii() and word.isalpha()):
        return False
    if len(set(word)) == 1 or (len(word) > _SHORTEST_NOISE and not set(word) & set("aeiouy")):
        return True
    for length in range(3, len(word) + 1):
        part = word[:length]
        if (part * len(word)).startswith(word) and any(part in row for row in rows) and len(word) >= min(2 * length, 4):
            return True
    return bool(re.search(r"[bcdfghjklmnpqrstvwxz]{7}", word))
