"""Disguises: words with their letters spaced out, run together, or written as digits and signs.

Reads them back by the words that are known, in time that grows with the length only. Must not know which words a gate
waits for.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)

_AS_LETTERS = str.maketrans("01345789@$!|+", "oieastbgasilt")
_DISGUISES = frozenset("01345789@$!|+")
_LIKELIEST = frozenset(("all", "it", "is", "to", "so", "at", "too"))  # of the words that share their digits
_TELLING = 2  # disguised words: one alone may be a code
_BARE = str.maketrans("oil!|ea@s$t+bg", "01111344557789")
"""Letters, and the signs that stand for them in a disguise, as the digit that they share."""
_MORE_THAN_A_CODE = 3  # in characters: shorter mixtures of letters and digits are vitamins, amounts or abbreviations
_MAY_LEAVE = 0.3  # the share of spaced-out letters that may be in no known word
_LEFT_OVER = 3  # a letter that is in no word costs as much as three words
_ONE_WORD = 1 << 20  # the cost of a word, far above what its length takes off
_SCRAPS = 3  # words of one or two letters that any stretch may be cut into beside as many longer ones
_NEVER = 1 << 60  # a cost no text reaches
_SENTENCE_MARKS = frozenset(".!?;,:()")
_REPEATED = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Known:
    """The words that a disguise may stand for. Make one with `known_words`."""

    words: frozenset[str]
    short: frozenset[str]
    """The only ones of one or two letters."""
    lengths: Mapping[str, tuple[int, ...]]
    """The first three letters of words → how long such words are."""
    bare: Mapping[str, str]
    """A word with its letters as the digits they may be disguised as → the word ("k111")."""


def known_words(*, grave: Iterable[str], plain: Iterable[str], common: Iterable[str], short: Iterable[str]) -> Known:
    """Gather the words that a disguise may stand for.

    Args:
        grave: what stands first where several words look alike.
        plain: what stands second.
        common: what stands last.
        short: words of one or two letters, between `plain` and `grave`.
    """
    words = frozenset((*grave, *plain, *common))
    few = frozenset(short)
    ranked = (frozenset(common) - frozenset(plain), frozenset(plain) - frozenset(grave), few, frozenset(grave))
    return Known(
        words=words,
        short=few,
        lengths={head: tuple(sorted(set(map(len, each)))) for head, each in grouped(words, lambda w: w[:3]).items()},
        bare={
            word.translate(_BARE): word
            for some in ranked
            for word in sorted(some, key=lambda each: (each in _LIKELIEST, each))
        },
    )


def in_plain_letters(folded: str, known: Known) -> str:
    """Read a text with letters for the digits and signs in it, where at least two words of it are known so."""
    tokens = folded.split(" ")
    plain = [_token_in_letters(token, known) for token in tokens]
    told = {token for token, each in zip(tokens, plain, strict=True) if each and not token.isdecimal()}
    return " ".join(each or token for token, each in zip(tokens, plain, strict=True)) if len(told) >= _TELLING else ""


def _token_in_letters(token: str, known: Known) -> str:
    core = token.rstrip(".,?;:") or token
    if core.isalpha() or not any(c in _DISGUISES for c in core):
        return ""
    for word in (core, core.rstrip("!")):
        bare = word.replace("'", "").translate(_BARE)
        if meant := known.bare.get(bare, ""):
            if "'" in word:
                meant = word.translate(_AS_LETTERS)
            return meant + token[len(word) :]
    return ""


def undisguised(word: str, known: Known) -> list[str]:
    """Read digits and signs as the letters they look like: as a known word, or as the likeliest letters."""
    if word.isalpha() or not any(c.isalpha() for c in word):
        return []
    bare = word.translate(_BARE)
    if len(word) < _MORE_THAN_A_CODE:
        return [each for each in known.short if each.translate(_BARE) == bare]
    whole = known.bare.get(bare) or known.bare.get(_REPEATED.sub(r"\1", bare))
    return [whole or word.translate(_AS_LETTERS)]


def letters_joined(run: str, known: Known) -> str:
    """Read spaced-out letters: what mostly stands between them only spaces them, any other mark ends a word."""
    between = Counter(re.findall(r"[\W_]+", run))
    spacer = max(between, key=lambda each: (between[each], each))
    words = [""]
    for piece in re.findall(r"[^\W_]|[\W_]+", run):
        if piece.isalnum():
            words[-1] += piece
        elif piece != spacer and "'" not in piece:
            words += ["".join(mark for mark in piece if mark in _SENTENCE_MARKS and mark not in spacer), ""]
    return f" {' '.join(part for word in words if word for part in in_words(word, known))} "


def in_words(letters: str, known: Known) -> list[str]:
    """Cut a stretch of letters and digits into known words; what is in none stands as it is."""
    if letters in known.words or letters in known.short or not letters.isalnum():
        return [letters]
    parts = re.findall(r"\d+|\D+", letters)
    return [
        word
        for part in parts
        for word in ((not part.isdecimal() and parted(part, known, may_leave=_MAY_LEAVE)) or [part])
    ]


def parted(letters: str, known: Known, *, may_leave: float) -> list[str]:
    """Cut a stretch of letters into known words with as few letters left over as can be.

    Args:
        letters: without spaces.
        known: the words to cut it into.
        may_leave: the share of the letters, from 0 to 1, that may be in no known word.

    Returns:
        The words in order, letters left over standing together; empty where more would be left over, or where most of
        the words would be scraps of one or two letters.
    """
    costs = [0] + [_NEVER] * len(letters)  # for each place, the least cost of what is before it
    starts = [0] * (len(letters) + 1)  # and where its last piece starts
    for start in range(len(letters)):
        for length in (0, 1, 2, *known.lengths.get(letters[start : start + 3], ())):
            word = letters[start : start + (length or 1)]
            if length and word not in (known.words if length > 2 else known.short):
                continue
            # Of as many words, the more uneven: "taken an", not "take nan".
            cost = costs[start] + ((_ONE_WORD - length * length) if length else _LEFT_OVER * _ONE_WORD)
            if cost <= costs[start + len(word)]:
                costs[start + len(word)] = cost
                starts[start + len(word)] = start if length else -start - 1
    pieces: list[str] = []
    left_over, short, words, end = 0, 0, 0, len(letters)
    while end:
        until = end
        while end and starts[end] < 0:
            end = -starts[end] - 1
        if end < until:
            left_over += until - end
        else:
            end = starts[end]
            words += 1
            short += until - end < 3
        pieces.append(letters[end:until])
    return pieces[::-1] if left_over <= may_leave * len(letters) and short * 2 <= words + _SCRAPS else []


def grouped(words: Iterable[str], key: Callable[[str], _Key]) -> dict[_Key, tuple[str, ...]]:
    """Group words by a key, each once, in order."""
    groups: dict[_Key, list[str]] = {}
    for word in dict.fromkeys(words):
        groups.setdefault(key(word), []).append(word)
    return {name: tuple(each) for name, each in groups.items()}
