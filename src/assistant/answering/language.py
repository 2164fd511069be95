"""Language: whether a question is one, and whether it is English.

Decided by script and by the commonest small words alone, so "magnesium citrate", "Vitis vinifera" and other queries of
names only are never called foreign. Must not look at what the question is about.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.answering.folding import is_latin

_FEWEST_SMALL_WORDS = 2  # different ones: one alone may be part of a name ("uña de gato")
_MANY_LETTERS = 6  # that stand alone: "A B C D E" may still be vitamins
_REPEATED = re.compile(r"(.)\1+")
_RARE_PAIRS = 2  # in one word: an abbreviation or a name may hold one
_SHORTEST_NOISE = 4  # in letters: any three may be an abbreviation


@dataclass(frozen=True, slots=True)
class SmallWords:
    """The words that give a language, or the lack of a question, away. All folded."""

    english: frozenset[str]
    others: Mapping[str, frozenset[str]]
    """For each other language, its small words that are not English ones too."""
    telling: Mapping[str, frozenset[str]]
    """For each other language, the words that alone give it away."""
    chatter: frozenset[str]
    """Words of greetings and thanks, their repeated letters single."""
    courtesies: tuple[str, ...]
    """Phrases of greetings and thanks, a space around each, the longest first; their other words may be of anything."""
    key_rows: tuple[str, ...]
    """The letters of a keyboard's rows, each row in both directions."""
    rare_pairs: frozenset[str]
    """Two letters that hardly any word holds side by side."""


def asks_nothing(folded: str, small: SmallWords) -> bool:
    """Say whether a text is empty, has no letters, is a bare greeting, is fingers on a keyboard, or is only letters.

    Letters spaced out, in which triage has read no danger, may still hide anything: they are not searched for.
    """
    if not any(character.isalpha() for character in folded):
        return True
    words = re.findall(r"[^\W_]+", folded.replace("'", ""))
    if len(words) >= _MANY_LETTERS and all(len(word) == 1 for word in words):
        return True
    left = f" {' '.join(words)} "
    for phrase in small.courtesies:
        left = left.replace(phrase, " ")
    return all(said_once(word) in small.chatter or word.isdigit() or _is_noise(word, small) for word in left.split())


def said_once(word: str) -> str:
    """Return a word with its repeated letters single: "hiii" is "hi". For `SmallWords.chatter`."""
    return _REPEATED.sub(r"\1", word)


def is_foreign(folded: str, small: SmallWords) -> bool:
    """Say whether a text is not English.

    Returns:
        True where most letters are of another script; where at least two different words that give one other language
        away stand in it, and more than small words of English; or where one telling word stands among others and no
        small word of English. A text without any of them is taken for English.
    """
    letters = [c for c in folded if c.isalpha()]
    latin = sum(is_latin(c) for c in letters)
    if latin < len(letters) - latin:
        return True
    words = re.findall(r"[^\W\d_]+", folded)
    present = frozenset(words)
    english = len(present & small.english)
    for name in small.others.keys() | small.telling.keys():
        telling = present & small.telling.get(name, frozenset())
        here = len(telling | (present & small.others.get(name, frozenset())))
        if here > english and (here >= _FEWEST_SMALL_WORDS or (telling and len(present) > 1)):
            return True
    return False


def both_ways(rows: Sequence[str]) -> tuple[str, ...]:
    """Give rows of keys in both directions, for `SmallWords.key_rows`."""
    return (*rows, *(row[::-1] for row in rows))


def _is_noise(word: str, small: SmallWords) -> bool:
    """Whether a word is one letter again and again, keys in a row, without a vowel though long, or unpronounceable."""
    if len(word) < _SHORTEST_NOISE or not (word.isascii() and word.isalpha()):
        return False
    if len(set(word)) == 1 or (len(word) > _SHORTEST_NOISE and not set(word) & set("aeiouy")):
        return True
    if sum(word[at : at + 2] in small.rare_pairs for at in range(len(word) - 1)) >= _RARE_PAIRS:
        return True
    for length in range(3, len(word) + 1):
        part = word[:length]
        if (
            (part * len(word)).startswith(word)
            and any(part in row for row in small.key_rows)
            and len(word) >= min(2 * length, 4)
        ):
            return True
    return bool(re.search(r"[bcdfghjklmnpqrstvwxz]{7}", word))
