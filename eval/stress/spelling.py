"""Misspellings: one or two slips in a question's content words, as fingers make them.

A slip never makes another word that is known, so that what was meant stays plain. Must not know which slips are mended.
"""

import re
from collections.abc import Set

import numpy as np

from assistant.index.terms import STOP_WORDS
from eval.stress.model import Altered

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: (row[max(0, at - 1) : at] + row[at + 1 : at + 2]) for row in _ROWS for at, letter in enumerate(row)
}
_WORD = re.compile(r"[A-Za-z]{5,}")
"""A shorter word with a slip is often another word."""
_TRIES = 20
WAYS = ("keyboard", "transposed", "doubled", "dropped")


def misspell(question: str, numbers: np.random.Generator, known: Set[str]) -> Altered | None:
    """Return a question with one slip, or two in two words, or None when no word of it can bear one.

    Args:
        question: as asked.
        numbers: what is left to chance.
        known: words in small letters that a slip must not make.
    """
    words = [match for match in _WORD.finditer(question) if match.group().lower() not in STOP_WORDS]
    if not words:
        return None
    way = str(numbers.choice(WAYS))
    slips = min(len(words), int(numbers.integers(1, 3)))
    text, made = question, 0
    for at in sorted((int(n) for n in numbers.permutation(len(words))[:slips]), reverse=True):
        match = words[at]
        slipped = _slipped(match.group(), way, numbers, known)
        if slipped is not None:
            text, made = text[: match.start()] + slipped + text[match.end() :], made + 1
    return Altered(f"{way} {made}", text) if made else None


def _slipped(word: str, way: str, numbers: np.random.Generator, known: Set[str]) -> str | None:
    for _ in range(_TRIES):
        # People seldom miss a word's first letter.
        at = int(numbers.integers(1, len(word) - 1))
        letter = word[at].lower()
        slipped = {
            "keyboard": word[:at] + str(numbers.choice(list(_NEIGHBOURS[letter]))) + word[at + 1 :],
            "transposed": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            "doubled": word[:at] + word[at] + word[at:],
            "dropped": word[:at] + word[at + 1 :],
        }[way]
        if slipped.lower() != word.lower() and slipped.lower() not in known:
            return slipped
    return None
