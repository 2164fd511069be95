"""Telling phrases: the words of a statement that say which statement it is, for asking about it.

They are cut from the statement itself, so a question made with them has that statement as its answer. Must not know how
questions are read or answered.
"""

import re
from collections import Counter
from collections.abc import Mapping

from assistant.index.terms import STOP_WORDS, term_of, terms_of, words_of
from assistant.library.model import Library

AMOUNT = re.compile(
    r"(?<![\w.-])\d[\d.,]*(?:\s?(?:-|–|to)\s?\d[\d.,]*)?\s?"
    r"(?:mg|mcg|microg|µg|μg|g|IU|grams?|milligrams?|micrograms?)\b"
    r"(?!\s?/\s?(?:\d+\s?)?(?:d?l|mol|ml|g|kg)\b)(?! (?:of|per) (?:\w+ )?g\b)"
    r"(?! (?:d?l|ml|k?g)\s?\(?[-−–]1\b)"
    r"(?! (?:in|per) (?:an? )?(?:\d+ )?(?:oz|ounces?|d?l|ml|k?g)\b)",
    re.IGNORECASE,
)
"""An amount of a substance; what a food or a fluid holds by weight or volume is left out, for it is no dose."""
DURATION = re.compile(r"\b\d+(?:\s?(?:-|–|to)\s?\d+)?[ -](?:minutes?|hours?|days?|nights?|weeks?|months?|years?)\b")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[*_|#]+")
_CLAUSE = re.compile(r"[.,;:!?()“”\"—–]+(?:\s|$)|\s[-—–]\s")
_WORD = re.compile(r"[^\W_]+(?:[-'’/][^\W_]+)*")
_MEASURE = re.compile(r"\d|^(?:mg|mcg|microg|µg|μg|g|kg|iu|ml|dl|kcal)(?:/|$)")
_LONGEST = 3
"""Words of a phrase: what a person would type of it."""
_EMPTY = frozenset(
    ("pmid", "entry", "reference", "claim", "myth", "fact", "misconception", "example", "study", "studies", "trial",
     "trials", "review", "reviewed", "authors", "described", "reported", "named", "found", "showed", "given")
)  # fmt: skip
"""Words of any library entry that do not tell one statement from another."""


def unit_frequencies(library: Library) -> Mapping[str, int]:
    """Count in how many quotable units of a library each term stands."""
    return Counter(
        term
        for entry in library.entries
        for number, unit in enumerate(entry.units)
        if unit.quotable
        for term in set(terms_of(entry.words(number)))
    )


def telling_phrases(words: str, frequencies: Mapping[str, int], *, without: str = "", most: int = 3) -> list[str]:
    """Return the rarest phrases of a statement in the order they stand there.

    Args:
        words: the statement, as the library has it; what stands in brackets is left out.
        frequencies: in how many units each term stands; a term not in it counts as the rarest.
        without: names whose words are never part of a phrase.
        most: how many phrases at most.
    """
    barred = {term_of(word) for word in words_of(without)}
    found: list[tuple[float, int, str]] = []
    position = 0
    for clause in _CLAUSE.split(_ASIDE.sub(" ", words)):
        run: list[str] = []
        for word in [*_WORD.findall(clause), ""]:
            plain = word.lower()
            parts = words_of(plain)
            stops = not word or plain in STOP_WORDS or plain in _EMPTY or _MEASURE.search(plain) is not None
            if stops or any(term_of(part) in barred or part in STOP_WORDS for part in parts):
                if run:
                    best = max(
                        (run[at : at + _LONGEST] for at in range(max(1, len(run) - _LONGEST + 1))),
                        key=lambda part: _tells(part, frequencies),
                    )
                    found.append((_tells(best, frequencies), position, " ".join(best)))
                    position += 1
                run = []
            else:
                run.append(word if word.isupper() else plain)
    chosen = sorted(found, key=lambda each: (-each[0], each[1]))[:most]
    return list(dict.fromkeys(phrase for _, _, phrase in sorted(chosen, key=lambda each: each[1])))


def _tells(phrase: list[str], frequencies: Mapping[str, int]) -> float:
    """How much a phrase tells, without unit: the more, and the rarer its terms, the more."""
    return sum(1 / (1 + frequencies.get(term, 0)) for term in terms_of(" ".join(phrase)))
