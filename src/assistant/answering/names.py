"""Names in a question: which of its words name a thing, and which only look as if they did.

Must not know the library: it is told which names there are.
"""

import re
from collections.abc import Collection, Sequence, Set

from rapidfuzz.distance import DamerauLevenshtein

from assistant.index.lexicon import Terms

_OPPOSITES = (("hyper", "hypo"), ("intra", "inter"), ("ante", "anti"), ("macro", "micro"))
"""Beginnings that are a slip apart and turn a word round."""
_HEARD = (("ph", "f"), ("ck", "k"), ("qu", "k"), ("th", "t"), ("rh", "r"), ("c", "k"), ("q", "k"), ("z", "s"))
"""Consonants that are written one for another, as they sound."""
_VERB_ENDINGS = ("ing", "ed")
_NO_UNIT = r"(?<!MANY )(?<!MUCH )(?<!\bIN )(?<!PER )"
"""What does not stand before the symbol where it is a name: "how many mg", "in mg"."""
_AGE = (
    r"(?:1?\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)"
)
_CHILD = re.compile(
    rf"\b{_AGE}[- ]?(?:(?:year|yr|month|week)s?[- ]olds?\b|y/?o\b)|"
    rf"\b(?:child|boy|girl|son|daughter|kid|grandson|granddaughter|niece|nephew) (?:of|who is|is|aged) {_AGE}\b"
)


def stands_for_itself(symbol: str, typed: str, *, alone: bool) -> bool:
    """Whether a symbol such as Mg stands in a question as a name and not as the unit of an amount.

    Args:
        symbol: its capital and its small letter.
        typed: the question folded with its capitals.
        alone: whether the question names no other subject; only then is a symbol all in capitals read as a name, in a
            question that has no small letter, and where no amount stands before it.
    """
    if re.search(rf"\b{symbol}\b", typed):
        return True
    return alone and typed.isupper() and re.search(rf"(?<!\d)(?<!\d ){_NO_UNIT}\b{symbol.upper()}\b", typed) is not None


def names_a_child(plain: str) -> bool:
    """Whether a question, in plain small letters, gives an age below twenty as somebody's."""
    return _CHILD.search(plain) is not None


def without_verbs(words: Sequence[str], terms: Terms, substances: Set[str], known: Collection[str]) -> Terms:
    """Return a question's terms with the verbs that a substance's name only begins, such as ironing, as they stand.

    Args:
        words: its words in order.
        terms: the term of each.
        substances: the single terms that substances are named by.
        known: words that the library itself uses: they are never such verbs.
    """
    return tuple(
        word if term in substances and word.endswith(_VERB_ENDINGS) and word not in known else term
        for term, word in zip(terms, words, strict=True)
    )


def is_opposite(word: str, candidate: str) -> bool:
    """Whether a candidate may mean the opposite of what was meant: hyper and hypo, intra and inter, a leading un."""
    for one, other in _OPPOSITES:
        for here, there in ((one, other), (other, one)):
            if candidate.startswith(here):
                twin = there + candidate.removeprefix(here)
                if word.startswith(there) or DamerauLevenshtein.distance(word, twin) <= DamerauLevenshtein.distance(
                    word, candidate
                ):
                    return True
    return any(word == prefix + candidate or candidate == prefix + word for prefix in ("un", "in", "a", "non"))


def sound_alike(word: str, name: str) -> bool:
    """Whether two words have the same consonants as they are heard, doubled ones once, in any order.

    Two slips of the pen keep them; luteolin and lutein, or carnosine and carnitine, are two things.
    """
    return _consonants(word) == _consonants(name)


def _consonants(word: str) -> list[str]:
    for written, heard in _HEARD:
        word = word.replace(written, heard)
    return sorted(re.sub(r"[aeiouyh]", "", re.sub(r"(.)\1+", r"\1", word)))
