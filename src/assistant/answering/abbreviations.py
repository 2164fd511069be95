"""Abbreviations: a question that says HRV means what one that says heart rate variability means.

Which name is short for which is read from the lexicon: a short name of an item whose letters stand in order in a long
one, with the same beginning. Search and meaning then see the long name; what a reader is shown stays as it was asked.
"""

import re
from functools import cache

from assistant.index.lexicon import Terms, contains, packaged_lexicon
from assistant.index.terms import terms_of, words_of

_LONGEST = 5
"""Letters of an abbreviation at most."""
_SHORTER = 3
"""How many times the letters of an abbreviation its long name has at least."""


def expand(question: str) -> str:
    """Return a question, in plain small letters, with the abbreviations of the lexicon written out."""
    known = long_names()
    return re.sub(r"[a-z0-9]+", lambda match: known.get(match.group(), match.group()), question)


def written_both_ways(question: str) -> list[str]:
    """Return the terms of every abbreviation that a question holds, short or written out, in both forms, in order."""
    terms = terms_of(question)
    found: dict[str, None] = {}
    for both in _in_terms():
        if any(contains(terms, form) for form in both):
            found |= dict.fromkeys(term for form in both for term in form)
    return list(found)


@cache
def _in_terms() -> tuple[tuple[Terms, Terms], ...]:
    return tuple((tuple(terms_of(short)), tuple(terms_of(long))) for short, long in long_names().items())


@cache
def long_names() -> dict[str, str]:
    """Return the long name of each abbreviation: the one most of whose words begin with its letters, then the first."""
    found: dict[str, str] = {}
    for item in packaged_lexicon().items:
        for short in (name.lower() for name in item.spelt):
            if short.isascii() and short.isalnum() and 2 <= len(short) <= _LONGEST:
                longs = [name.lower() for name in item.spelt if _is_short_for(short, name.lower())]
                if longs:
                    found.setdefault(short, max(longs, key=lambda name: _initials_in(short, name)))
    return found


def _is_short_for(short: str, name: str) -> bool:
    """Whether the letters of a short name stand in a long one in order, beginning alike, and are far fewer.

    A word cut short, or in another form, is none: supp for supplementation, urine for urinary excretion.
    """
    words = words_of(name)
    letters = "".join(words)
    if letters[0] != short[0] or len(letters) < _SHORTER * len(short):
        return False
    if any(word.startswith(short[:3]) for word in words):
        return False
    rest = iter(letters)
    return all(letter in rest for letter in short)


def _initials_in(short: str, name: str) -> int:
    return sum(word[0] in short for word in words_of(name))
