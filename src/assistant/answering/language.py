"""Language: whether a question is one, and whether it is English.

Decided by script and by the commonest small words alone, so "magnesium citrate", "Vitis vinifera" and other queries of names
only are never called foreign. Must not look at what the question is about.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.answering.fold import is_latin

_FEWEST_SMALL_WORDS = 2  # different ones: one alone may be part of a name ("uña de gato")
_SHORTEST_WALK = 4  # in letters, along one row of keys


@dataclass(frozen=True, slots=True)
class SmallWords:
    """The words that give a language, or the lack of a question, away. All folded."""

    english: frozenset[str]
    others: Mapping[str, frozenset[str]]
    """For each other language, its small words that are not English ones too."""
    chatter: frozenset[str]
    key_pairs: frozenset[str]
    """Two letters side by side on a keyboard, in either order, or the same letter twice."""


def asks_nothing(folded: str, small: SmallWords) -> bool:
    """Whether a text is empty, has no letters, is a bare greeting, or is fingers on a keyboard."""
    words = re.findall(r"[^\W_]+", folded.replace("'", ""))
    if not any(word[0].isalpha() or not word.isdigit() for word in words):
        return True
    return all(word in small.chatter or word.isdigit() or _is_noise(word, small.key_pairs) for word in words)


def is_foreign(folded: str, small: SmallWords) -> bool:
    """Whether a text is not English.

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


def key_pairs(rows: Sequence[str]) -> frozenset[str]:
    """Name every two letters that lie side by side in a row of keys, in either order, and every letter twice."""
    pairs = {a + b for row in rows for a, b in zip(row, row[1:], strict=False)}
    return frozenset(pairs | {pair[::-1] for pair in pairs} | {c + c for row in rows for c in row})


def _is_noise(word: str, pairs: frozenset[str]) -> bool:
    if not word.isascii() or not word.isalpha():
        return False
    if len(word) >= _SHORTEST_WALK and len(set(word)) == 1:
        return True
    if len(word) > _SHORTEST_WALK and not set(word) & set("aeiouy"):
        return True
    if len(word) > _SHORTEST_WALK and _all_beside(word, pairs):
        return True
    for length in (3, 4):
        part = word[:length]
        if len(word) >= 2 * length and word == (part * len(word))[: len(word)] and _all_beside(part, pairs):
            return True
    return bool(re.search(r"[bcdfghjklmnpqrstvwxz]{7}", word))


def _all_beside(word: str, pairs: frozenset[str]) -> bool:
    return all(a + b in pairs for a, b in zip(word, word[1:], strict=False))
