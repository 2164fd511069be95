"""Disguises: a question that looks the same, or nearly, written in other characters."""

import re
from collections.abc import Mapping

import numpy as np

from eval.stress.model import Altered

_CYRILLIC = dict(zip("aceopxyisj", "асеорхуіѕј", strict=True)) | dict(zip("ABCEHKMOPTX", "АВСЕНКМОРТХ", strict=True))
_GREEK = dict(zip("oviut", "ονιυτ", strict=True)) | dict(zip("ABEZHIKMNOPTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", strict=True))
_ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")
_SOFT_HYPHEN = "\u00ad"
_MARKS = ("\u0301", "\u0308", "\u0323", "\u0336", "\u0332")
_OVERRIDES = (("\u202d", "\u202c"), ("\u2066", "\u2069"), ("\u200e", ""))
_MATHEMATICAL = (0x1D400, 0x1D41A)
"""Bold A and bold a."""
_SPACES = ("\u00a0", "\u2009", "\u3000", "\u202f")


def disguise(question: str, numbers: np.random.Generator) -> list[Altered]:
    """Return a question in ten disguises, only those that differ from it.

    Args:
        question: as asked.
        numbers: choose which letters are altered.
    """
    opening, closing = _OVERRIDES[int(numbers.integers(len(_OVERRIDES)))]
    made = [
        Altered("cyrillic", _replaced(question, _CYRILLIC, numbers)),
        Altered("greek", _replaced(question, _GREEK, numbers)),
        Altered("full_width", "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in question)),
        Altered("mathematical", _mathematical(question)),
        Altered("zero_width", _between_letters(question, _ZERO_WIDTH, numbers)),
        Altered("soft_hyphen", _between_letters(question, (_SOFT_HYPHEN,), numbers)),
        Altered("combining", _between_letters(question, _MARKS, numbers)),
        Altered("override", f"{opening}{question}{closing}"),
        Altered("odd_spaces", question.replace(" ", str(numbers.choice(_SPACES)))),
        Altered("curly_quotes", question.replace("'", "’").replace('"', "”")),
    ]
    return [each for each in made if each.text != question]


def _replaced(question: str, alike: Mapping[str, str], numbers: np.random.Generator) -> str:
    """Replace about half of the letters that have a look-alike, at least one, and never all of a word."""
    places = [match.start() for match in re.finditer(r"\w", question) if question[match.start()] in alike]
    if not places:
        return question
    chosen = {places[int(n)] for n in numbers.permutation(len(places))[: max(1, len(places) // 2)]}
    return "".join(alike[c] if at in chosen else c for at, c in enumerate(question))


def _between_letters(question: str, characters: tuple[str, ...], numbers: np.random.Generator) -> str:
    places = [match.end() for match in re.finditer(r"[^\W\d_](?=[^\W\d_])", question)]
    chosen = {places[int(n)] for n in numbers.permutation(len(places))[: max(1, len(places) // 3)]} if places else set()
    return "".join((str(numbers.choice(characters)) if at in chosen else "") + c for at, c in enumerate(question))


def _mathematical(question: str) -> str:
    capital, small = _MATHEMATICAL
    return "".join(
        chr(capital + ord(c) - 65) if "A" <= c <= "Z" else chr(small + ord(c) - 97) if "a" <= c <= "z" else c
        for c in question
    )
