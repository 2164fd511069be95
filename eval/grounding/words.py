"""Words: what two texts are compared by, and how they differ.

Case, accents, typographic forms (quotation marks, dashes, spaces, invisible characters) and Markdown do not tell two
words apart. Every letter, digit and sign that a reader would read as another word, number or sign does.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import Levenshtein

Difference = Literal["dropped negation", "added negation", "changed number", "changed word"]

_WORD = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[-%<>=≤≥≠≈±+~/&°×$£€→↑↓]"
)
_POINTS = re.compile(r"[,;:()?!]")
_DASHES = "‐‑‒–—―−﹣－"
_APOSTROPHES = "’‘ʼ′＇"
_NEGATIONS = frozenset(
    "not no never none neither nor without cannot nothing nobody nowhere non hardly scarcely".split()  # noqa: SIM905 - reads as words
)
_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis")
_NUMBER_WORDS = frozenset(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half third
    quarter fifth tenth once twice double triple first second
    """.split()  # noqa: SIM905 - reads as words
)
_UNITS = frozenset(
    """
    mg mcg μg ug g kg ng pg gram grams milligram milligrams microgram micrograms iu ml l dl cfu kcal kj cal calories
    mmol μmol nmol pmol micromol mm cm hg bpm ms hz percent % ° c day days daily week weeks weekly month months year
    years hour hours minute minutes min h s second seconds capsule capsules tablet tablets drop drops cup cups
    """.split()  # noqa: SIM905 - reads as words
)
_SIGNS = frozenset("%<>=≤≥≠≈±+~/-°×$£€→↑↓")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or sign of a text as it is compared, with its place in the text, in code points."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Change:
    """One stretch in which an answer's words are not the library's."""

    library: tuple[str, ...]
    """Empty where the answer adds words."""
    answer: tuple[str, ...]
    """Empty where it leaves words out."""
    at: int
    """Number of the first of them among the library's words."""


def words_in(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Return the words of a stretch of a text, in order."""
    end = len(text) if end is None else end
    pieces = [(piece, position) for position in range(start, end) for piece in _folded(text[position])]
    folded = "".join(piece for piece, _ in pieces)
    return [
        Word(
            _number(match[0]) if match[0][0].isdigit() else match[0],
            pieces[match.start()][1],
            pieces[match.end() - 1][1] + 1,
        )
        for match in _WORD.finditer(folded)
    ]


def points_in(text: str) -> str:
    """Return the punctuation of a stretch between two words, as it is compared: full stops and dashes left out."""
    return "".join(_POINTS.findall("".join("".join(_folded(character)) for character in text)))


def is_negation(word: str) -> bool:
    """Whether a compared word denies something."""
    return word in _NEGATIONS or word.endswith("n't")


def is_number(word: str) -> bool:
    """Whether a compared word is a number, in digits or letters."""
    return word[0].isdigit() or word in _NUMBER_WORDS


def is_unit(word: str) -> bool:
    """Whether a compared word can be the unit of a number, or a sign that belongs to one."""
    return word in _UNITS or word in _SIGNS


def similarity(library: Sequence[str], answer: Sequence[str]) -> float:
    """Return how alike two runs of words are, from 0 to 1: the share of all words that stand in both, in order."""
    total = len(library) + len(answer)
    if not total:
        return 1.0
    apart = Levenshtein.distance(library, answer, weights=(1, 1, 2))
    return 1.0 - apart / total


def changes(library: Sequence[str], answer: Sequence[str]) -> tuple[Change, ...]:
    """Return the stretches in which an answer's words are not the library's, in order."""
    return tuple(
        Change(
            tuple(library[step.src_start : step.src_end]),
            tuple(answer[step.dest_start : step.dest_end]),
            step.src_start,
        )
        for step in Levenshtein.opcodes(library, answer)
        if step.tag != "equal"
    )


def name_changes(library: Sequence[str], found: Sequence[Change]) -> tuple[Difference, ...]:
    """Name what a set of changes does, each name once.

    A negation counts as dropped or added when there are fewer or more of them than before; a pair such as unclear and
    clear counts too. A unit or a sign counts as a number's only beside one.
    """
    names: list[Difference] = []
    lost = [word for change in found for word in change.library]
    added = [word for change in found for word in change.answer]
    denied = sum(map(is_negation, added)) - sum(map(is_negation, lost))
    for change in found:
        for before, after in zip(change.library, change.answer, strict=False):
            denied += _is_denial(after, before) - _is_denial(before, after)
    if denied:
        names.append("added negation" if denied > 0 else "dropped negation")
    for change in found:
        names += _kinds(library, change, denied=bool(denied))
    return tuple(dict.fromkeys(names))


def _kinds(library: Sequence[str], change: Change, *, denied: bool) -> Iterator[Difference]:
    """Yield what one change touches beside negations."""
    around = (*library[max(0, change.at - 2) : change.at], *library[change.at + len(change.library) :][:2])
    counted = any(map(is_number, (*around, *change.library, *change.answer)))
    touched = (*change.library, *change.answer)
    left = False
    for word in touched:
        if is_number(word) or (counted and is_unit(word)):
            yield "changed number"
        elif not is_negation(word):
            left = True
    # "does not" for "did": what is left of a change that only turns a negation is no change of its own.
    turned = denied and any(map(is_negation, touched))
    if (left and not turned and not (denied and _is_pair(change))) or (not denied and any(map(is_negation, touched))):
        yield "changed word"


def _is_pair(change: Change) -> bool:
    pairs = list(zip(change.library, change.answer, strict=False))
    return len(pairs) == 1 and any(_is_denial(one, other) for one, other in (pairs[0], pairs[0][::-1]))


def _is_denial(word: str, of: str) -> bool:
    return len(of) > 3 and any(word == prefix + of for prefix in _PREFIXES)


def _number(text: str) -> str:
    return text.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text) else text


@lru_cache(maxsize=4096)
def _folded(character: str) -> tuple[str, ...]:
    """Return what one character becomes, code point by code point; nothing for an invisible one."""
    if character in _DASHES:
        return ("-",)
    if character in _APOSTROPHES:
        return ("'",)
    if character == "·":
        return (".",)
    if unicodedata.category(character) in ("Cf", "Mn"):
        return ()
    apart = unicodedata.normalize("NFKD", character)
    if unicodedata.decomposition(character).startswith("<super>"):
        # A raised number is never one with the number before it: 10⁹ is not 109, nor pNN50¹ pNN501.
        return ("^", *apart)
    if apart[0].isalpha():
        apart = "".join(each for each in apart if not unicodedata.combining(each))
    elif any(map(unicodedata.combining, apart)):
        apart = character
    return tuple(apart.casefold().replace("⁄", "/").replace("µ", "μ"))
