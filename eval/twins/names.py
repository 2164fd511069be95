"""Invented names, and an entry's own names replaced by them throughout.

A name is made from syllables and is near no word of the lexicon or the library, so that a twin speaks of nothing real
and no repair of spelling takes one name for another.
"""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.index.lexicon import Lexicon, phrase_terms
from assistant.index.terms import STOP_WORDS, words_of
from assistant.library.model import Entry, Library

_ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "qu",
    "r",
    "s",
    "t",
    "tr",
    "v",
    "z",
)
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "", "l", "m", "n", "r")
_ENDINGS = ("ane", "ene", "ide", "ine", "ol", "ium", "ate", "yne", "ose", "il")
_APART = 3
"""Slips between a name and any known word: the reading of a question repairs at most two."""
_SYMBOL = re.compile(r"[^\W\d]{1,2}")
"""An alias such as Mg or Zn, which is also a unit or a common word and is left as it stands."""


def random_numbers(seed: int, *about: str) -> np.random.Generator:
    """Return random numbers that are the same for the same seed and purpose."""
    return np.random.default_rng([seed, *(zlib.crc32(each.encode()) for each in about)])


def known_words(library: Library, lexicon: Lexicon) -> frozenset[str]:
    """Return the words no name may be near: the library's, the lexicon's and those of any sentence."""
    words = {word for entry in library.entries for word in words_of(f"{entry.title} {entry.text}")}
    words |= {
        word for entry in library.entries for name in (*entry.subjects, *entry.aliases) for word in words_of(name)
    }
    return frozenset(words) | lexicon.words | STOP_WORDS


class Namer:
    """Makes names, each unlike every known word and every name it made before."""

    def __init__(self, numbers: np.random.Generator, known: Iterable[str]) -> None:
        """Start from the words that a name may not be near."""
        self._numbers = numbers
        self._known = sorted(known)
        self.made: list[str] = []

    def fresh(self) -> str:
        """Return the next name, in small letters."""
        while True:
            name = "".join(
                str(self._numbers.choice(part))
                for part in (_ONSETS, _VOWELS, _CODAS, _ONSETS, _VOWELS, _CODAS, ("v", "l", "n", "r", "t"), _ENDINGS)
            )
            # The letters that open it are distinctive enough for no other to share them, whatever a stemmer takes off.
            if all(name[:4] != other[:4] for other in self.made) and not near(name, [*self._known, *self.made]):
                self.made.append(name)
                return name


def near(name: str, words: Iterable[str]) -> bool:
    """Whether a name is within two slips of one of these words."""
    return process.extractOne(name, list(words), scorer=OSA.distance, score_cutoff=_APART - 1) is not None


@dataclass(frozen=True, slots=True)
class Renaming:
    """Old names and the new ones that take their places."""

    names: Mapping[str, str]

    def of(self, text: str) -> str:
        """Return a text with every old name replaced, in any case and with any plural; a capital stays a capital."""
        if not self.names:
            return text
        new = {plain_name(old): name for old, name in self.names.items()}
        new |= {f"{old[:-1]}ies": f"{name}s" for old, name in new.items() if old.endswith("y")}
        longest_first = sorted(new, key=lambda name: (-len(name), name))
        spelt = "|".join(r"[\s-]+".join(map(re.escape, name.split())) for name in longest_first)

        def renamed(match: re.Match[str]) -> str:
            name = new[plain_name(match.group())]
            return name.capitalize() if match.group()[0].isupper() else name

        return re.sub(rf"(?<!\w)(?:{spelt})(?=s?(?!\w))", renamed, text, flags=re.IGNORECASE)


def own_names(entry: Entry, lexicon: Lexicon) -> list[str]:
    """Return the names of what an entry is about that its twin must not bear, in a fixed order.

    Of a name within a longer one only the shorter is given: renaming "iron" renames "haem iron" too. A subject that is
    a condition, such as stress, is no nutrient's name and stays.
    """
    others = {name for item in lexicon.items if item.kind != "substance" for name in item.names}
    names = [name for name in (*entry.subjects, *entry.aliases) if not _SYMBOL.fullmatch(name)]
    names = [plain_name(name) for name in names if phrase_terms(name) not in others]
    text = plain_name(f"{entry.title} {entry.text}")
    present = [name for name in dict.fromkeys(names) if name in text]
    return [name for name in present if not any(_within(other, name) for other in present if other != name)]


def plain_name(name: str) -> str:
    """Return a name in small letters, its words parted by single spaces, as it is compared."""
    return re.sub(r"[\s-]+", " ", name.lower())


def _within(short: str, long: str) -> bool:
    return f" {short} " in f" {long} "
