"""Unlisted names: words of a question that name something neither the library nor the lexicon has ever heard of.

There is no list of what may be asked about: zorvanite, or a plant that nobody entered, is known by what it is not. It
is no word of the library, of the lexicon or of everyday speech. Where a question names nothing that the library holds,
or sets such a word beside something that is held, an answer must speak of it. None can, so the library is silent. Must
not know how answers are found.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from assistant.answering.phrasing import SMALL_TERMS, words_in
from assistant.answering.vocabulary import Vocabulary, topical
from assistant.index.lexicon import Item
from assistant.index.terms import STOP_WORDS, term_of

_SHORTEST = 4
"""Letters of a name; three where it is written in capitals, as PQQ."""
_ROOT = 5
"""Letters that a word shares at least with one of the library's that it is a form of, as omnivorous is of omnivore."""
_SAME = 0.7
"""The share of its letters, from 0 to 1, that it has in common with that from the first on."""
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "est", "ly", "y", "ness", "ful", "less", "ish", "ier", "iest", "ies")
"""What is put to an everyday word to make another one."""
_NO_SUBSTANCE = re.compile(r"(?:ing|ed|ly|er|est|ness|ful|less|[^s]s)$")
"""Endings of everyday words that name no substance in the singular."""
_BEFORE = frozenset(
    "about of with does do can could will would is are has take taking takes use using".split()  # noqa: SIM905
)
"""Words that a substance follows without an article."""
_HAVING = frozenset(
    """help helps helped helping deal cope live living people women men adults children someone anyone those patients
    person diagnosed born""".split()  # noqa: SIM905 - reads as words
)
"""Words after which "with" is followed by what somebody has."""
_MODALS = frozenset("can could will would may might should must to did not".split())  # noqa: SIM905
_ARTICLES = frozenset("a an the my your his her our their this that these those".split())  # noqa: SIM905
_JOINS = frozenset("and with or vs versus than plus to from alongside interact interacts against".split())  # noqa: SIM905
"""Words between two things that are taken together or compared."""
_OF_ANYTHING = frozenset({"definition", "overview"})
"""Kinds of question that are asked of anything."""
_TITLES = frozenset("dr doctor mr mrs ms prof professor called named".split())  # noqa: SIM905
"""What a person's name follows."""


def unlisted_in(
    plain: str, typed: str, kinds: Collection[str], vocabulary: Vocabulary, *, names_held: bool
) -> tuple[Item, ...]:
    """Return what a question names that nobody listed, as substances that an answer must name, each once, in order.

    Args:
        plain: the question in full, in plain small letters, its misspellings repaired.
        typed: the question as it came, with its capitals.
        kinds: the names of the kinds of question it is of.
        vocabulary: the library's and the lexicon's words.
        names_held: whether it is about a subject of the library or names a substance of the lexicon. Then a strange
            word is a name only where a substance would stand, or one that is taken or compared with that.
    """
    words = _words_in(plain)
    unlisted = [at for at, word in enumerate(words) if is_unlisted(word, vocabulary) and not _is_no_noun(words, at)]
    if not names_held:
        found = {words[at] for at in unlisted} | set(_abbreviations(typed, vocabulary))
        # "What is the capital of Peru?" asks nothing that is asked of a substance.
        found = found or (set(_unheard(words, vocabulary)) if set(kinds) - _OF_ANYTHING else set())
    elif "interaction" in kinds:
        found = {words[at] for at in unlisted}
    else:
        beside = _JOINS if "comparison" in kinds else frozenset[str]()
        found = {
            words[at]
            for at in unlisted
            if not beside.isdisjoint(_beside(words, at)) or (_stands(words, at) and not _NO_SUBSTANCE.search(words[at]))
        }
    return tuple(_named(word) for word in dict.fromkeys(words) if word in found)


def only_unlisted(plain: str, vocabulary: Vocabulary) -> tuple[Item, ...]:
    """Return the names that a text is all about, when all it says beside small words is such names: and zorvanite?"""
    terms = [word for word in _words_in(plain) if term_of(word) not in SMALL_TERMS and topical([term_of(word)])]
    alike = all(is_unlisted(word, vocabulary) and not _NO_SUBSTANCE.search(word) for word in terms)
    return tuple(map(_named, dict.fromkeys(terms))) if alike else ()


def is_unlisted(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word, in small letters, may be a name: none of the library's, the lexicon's or everyday speech's."""
    return (
        len(word) >= _SHORTEST
        and word.isalpha()
        and _is_unsaid(word, vocabulary)
        and not _is_everyday(word, vocabulary)
    )


def _is_unsaid(word: str, vocabulary: Vocabulary) -> bool:
    """Whether neither the library nor the lexicon has a word, or another form of it."""
    if (
        word in STOP_WORDS
        or word in vocabulary.words
        or term_of(word) in vocabulary.terms
        or not topical([term_of(word)])
    ):
        return False
    least = max(_ROOT, _SAME * len(word))
    if any(_shared(word, other) >= least for other in vocabulary.words_by_root.get(word[:_ROOT], ())):
        return False
    stem = term_of(word)
    return not (len(stem) < _ROOT and any(root.startswith(stem) for root in vocabulary.words_by_root))


def _shared(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((number for number, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _is_everyday(word: str, vocabulary: Vocabulary) -> bool:
    knows = vocabulary.encoder.knows_word
    stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= 3]
    return knows(word) or any(
        knows(stem) or knows(f"{stem}e") or knows(f"{stem}y") or (stem[-1] == stem[-2] and knows(stem[:-1]))
        for stem in stems
    )


def _words_in(plain: str) -> list[str]:
    return [plain[word.start : word.end].replace("'", "") for word in words_in(plain)]


def _stands(words: Sequence[str], at: int) -> bool:
    """Whether a word stands where a substance would: at the beginning, or after a word such as about, of or taking."""
    if not at:
        return True
    return words[at - 1] in _BEFORE and not (words[at - 1] == "with" and words[max(0, at - 2)] in _HAVING)


def _is_no_noun(words: Sequence[str], at: int) -> bool:
    """Whether a word is somebody's name, or by what stands around it a verb: what can distort a reading?"""
    before, after = words[max(0, at - 1)], words[min(len(words) - 1, at + 1)]
    return at > 0 and (before in _TITLES or (before in _MODALS and after in _ARTICLES))


def _beside(words: Sequence[str], number: int) -> set[str]:
    return {*words[max(0, number - 1) : number], *words[number + 1 : number + 2]}


def _abbreviations(typed: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield, in small letters, what is written in capitals where not all is: PQQ."""
    if not typed.isupper():
        for match in re.finditer(r"\b[A-Z]{3,6}\b", typed):
            word = match.group().lower()
            if _is_unsaid(word, vocabulary) and not vocabulary.encoder.knows_word(word):
                yield word


def _unheard(words: Sequence[str], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield everyday words that the library never says, where a substance would stand: does honey help a cough?"""
    for at, word in enumerate(words):
        fits = (
            len(word) >= _SHORTEST and word.isalpha() and not _NO_SUBSTANCE.search(word) and not _is_no_noun(words, at)
        )
        if fits and (_stands(words, at) or words[at - 1] == "for") and _is_unsaid(word, vocabulary):
            yield word


def _named(word: str) -> Item:
    return Item("substance", word, ((term_of(word),),), (), (), (word,))
