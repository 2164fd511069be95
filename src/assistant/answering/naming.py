"""Naming: what a plain text names: subjects of the library, other substances, and what is said of the person asking.

Every answer is words of the text itself or a name of the library's. Must not know what a conversation is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.answering.names import names_a_child
from assistant.answering.phrasing import SMALL_TERMS, Word, first_joined, words_in
from assistant.answering.unlisted import only_unlisted
from assistant.answering.vocabulary import Vocabulary, topical
from assistant.index.lexicon import Item, ItemKind, Mention

KEPT: frozenset[ItemKind] = frozenset({"medicine", "population"})
"""What is said once of the person asked about, and holds for what is asked next."""
_GROUPS = frozenset({"vegans", "athletes", "smokers", "postmenopausal women", "diabetes"})
"""Conditions of the lexicon that name a group of people: they are kept however they are said."""
_NOT_NAMED = frozenset({"supplement"})
"""Items of kind substance that name none."""
_PERSONAL = re.compile(r"\b(?:i|ive|im|i've|i'm|we|weve|we've)\b")
_REACH = 5
"""Words from "I have" to the condition it speaks of."""
_AGE = re.compile(
    r"\b(?:i am|im|i'm|aged?|(?:s?he|my \w{1,20}|mum|mom|dad|mother|father|gran|nan|grandma|grandad|husband|wife)"
    r"(?: is|'s|s)|s?hes)(?: (?:only|now|nearly|about|over|already))?\s(?P<age>\d{1,3})\b"
    r"(?!\s?(?:weeks|months|days|mg|mcg|%|st|kg))"
)
_OLD, _GROWN = 65, 18
"""Years from which a person is of the older adults, and no more of the children."""


@dataclass(frozen=True, slots=True)
class Said:
    """A population, medicine or condition said of the person asking."""

    item: Item
    name: str
    """What a reader is shown: a population by its usual name, all else in the words it was said in."""


def said_in(plain: str, vocabulary: Vocabulary) -> tuple[Said, ...]:
    """Return the populations and medicines a text names, and the conditions it says a person has, each once."""
    words = _words_in(plain, vocabulary)
    personal = {match.start() for match in _PERSONAL.finditer(plain)}
    found: dict[Item, Said] = {}
    for mention in _mentions(words, vocabulary):
        item = mention.item
        mine = any(word.start in personal for word in words[max(0, mention.start - _REACH) : mention.start])
        if item.kind in KEPT or item.name in _GROUPS or (item.kind == "condition" and mine):
            said = _text_of(plain, words, mention)
            found.setdefault(item, Said(item, item.name if item.kind == "population" else said))
    groups = {_group_of(int(match["age"])) for match in _AGE.finditer(plain)}
    if names_a_child(plain):
        groups.add("children")
    if groups:
        for item in vocabulary.lexicon.items:
            if item.kind == "population" and item.name in groups:
                found.setdefault(item, Said(item, item.name))
    return tuple(found.values())


def with_age_named(plain: str, vocabulary: Vocabulary) -> str:
    """Return a text with an age that it gives of somebody replaced by the group of people that is of that age."""

    def named(match: re.Match[str]) -> str:
        group = _group_of(int(match["age"]))
        known = any(item.kind == "population" and item.name == group for item in vocabulary.lexicon.items)
        return group if known else match.group()

    return _AGE.sub(named, plain)


def subjects_in(plain: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the library's subjects that a text names, in the order of `Vocabulary.names_in`."""
    places = vocabulary.names_in([word.term for word in _words_in(plain, vocabulary)])
    return tuple(dict.fromkeys(place.subject for place in places))


def strangers_in(plain: str, vocabulary: Vocabulary) -> tuple[Item, ...]:
    """Return the substances that a text names and that are none of the subjects it names, listed or not."""
    own = frozenset().union(*(vocabulary.names_of[subject] for subject in subjects_in(plain, vocabulary)))
    items = items_in(plain, vocabulary)
    listed = tuple(item for item in items if _is_substance(item) and own.isdisjoint(item.names))
    # Beside a name of any other kind, as in "veggie kids", a strange word only describes that.
    return listed if items or own else only_unlisted(plain, vocabulary)


def items_in(plain: str, vocabulary: Vocabulary) -> tuple[Item, ...]:
    """Return all that a text names of the lexicon, in order."""
    return tuple(mention.item for mention in _mentions(_words_in(plain, vocabulary), vocabulary))


def called_in(plain: str, vocabulary: Vocabulary) -> list[str]:
    """Return the subjects that a text is about, as it calls them: the first it names, and those joined to it."""
    places = first_joined(plain, _subject_places(_words_in(plain, vocabulary), vocabulary))
    return list(dict.fromkeys(plain[start:end] for start, end in places))


def all_called_in(plain: str, vocabulary: Vocabulary) -> list[str]:
    """Return every subject that a text names, as it calls them, in order."""
    return list(dict.fromkeys(plain[a:b] for a, b in _subject_places(_words_in(plain, vocabulary), vocabulary)))


def groups_in(plain: str, vocabulary: Vocabulary) -> list[str]:
    """Return the groups of people that a text names in the plural, in its words: vegans, pregnant women."""
    words = _words_in(plain, vocabulary)
    found = [
        _text_of(plain, words, each) for each in _mentions(words, vocabulary) if kind_of(each.item) == "population"
    ]
    return [each for each in found if each.endswith(("s", "people", "women", "men", "children"))]


def items_beside(plain: str, vocabulary: Vocabulary) -> tuple[Item, ...]:
    """Return the conditions, populations and medicines that a text names."""
    return tuple(item for item in items_in(plain, vocabulary) if item.kind in {*KEPT, "condition"})


def kind_of(item: Item) -> ItemKind:
    """Return the kind of an item: of a condition that names a group of people, population."""
    return "population" if item.name in _GROUPS else item.kind


def places_of_names(plain: str, vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Return where, in characters, a text names what it is about.

    That is the first substance or subject of the library that it names, and those joined to it.
    """
    words = _words_in(plain, vocabulary)
    own = _subject_places(words, vocabulary)
    strange = [
        (words[mention.start].start, words[mention.end - 1].end)
        for mention in _mentions(words, vocabulary)
        if _is_substance(mention.item)
    ]
    return first_joined(plain, strange if strange and (not own or strange[0][1] <= own[0][0]) else own)


def places_of_items(plain: str, kinds: Iterable[ItemKind], vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Return where, in characters, a text names items of some kinds, in order, none within another."""
    words, wanted = _words_in(plain, vocabulary), frozenset(kinds)
    places: list[tuple[int, int]] = []
    for mention in _mentions(words, vocabulary):
        start, end = words[mention.start].start, words[mention.end - 1].end
        if mention.item.kind in wanted and (not places or start >= places[-1][1]):
            places.append((start, end))
    return places


def first_subject_place(plain: str, vocabulary: Vocabulary) -> int | None:
    """Return where, in characters, a text first names a subject of the library; None when it names none."""
    places = _subject_places(_words_in(plain, vocabulary), vocabulary)
    return places[0][0] if places else None


def terms_beside_names(plain: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Return the terms of a text that are no part of a subject's name."""
    words = _words_in(plain, vocabulary)
    named = {term for place in vocabulary.names_in([word.term for word in words]) for term in place.name}
    return frozenset(word.term for word in words) - named


def topic_of(plain: str, vocabulary: Vocabulary) -> str:
    """Return the words of a text that say what it is about, without its subjects' names and small words."""
    words = _words_in(plain, vocabulary)
    places = vocabulary.names_in([word.term for word in words])
    named = {number for place in places for number in range(place.start, place.end)}
    return " ".join(
        plain[word.start : word.end]
        for number, word in enumerate(words)
        if number not in named and word.term not in SMALL_TERMS
    )


def who_in(plain: str, kinds: Iterable[ItemKind], vocabulary: Vocabulary) -> str:
    """Return the items of some kinds that a text names, in its words."""
    return " ".join(plain[start:end] for start, end in places_of_items(plain, kinds, vocabulary))


def only_says_who(plain: str, vocabulary: Vocabulary) -> bool:
    """Whether a text names a population or a medicine and is about nothing else: I'm on metformin."""
    terms = [word.term for word in _words_in(plain, vocabulary)]
    mentions = [mention for mention in vocabulary.lexicon.mentions(terms) if mention.item.kind in KEPT]
    left = set(terms).difference(*(terms[mention.start : mention.end] for mention in mentions))
    return bool(mentions) and not telling(left)


def telling(terms: Iterable[str]) -> list[str]:
    """Return the terms that say what a question is about: neither small words nor such as shape any question."""
    return [term for term in topical(terms) if term not in SMALL_TERMS]


def _words_in(plain: str, vocabulary: Vocabulary) -> list[Word]:
    words = words_in(plain)
    terms = vocabulary.terms_for([plain[word.start : word.end].replace("'", "") for word in words])
    return [replace(word, term=term) for word, term in zip(words, terms, strict=True)]


def _mentions(words: Sequence[Word], vocabulary: Vocabulary) -> list[Mention]:
    return list(vocabulary.lexicon.mentions([word.term for word in words]))


def _subject_places(words: Sequence[Word], vocabulary: Vocabulary) -> list[tuple[int, int]]:
    places = vocabulary.names_in([word.term for word in words])
    return sorted({(words[place.start].start, words[place.end - 1].end) for place in places})


def _is_substance(item: Item) -> bool:
    return item.kind == "substance" and item.name not in _NOT_NAMED


def _text_of(plain: str, words: Sequence[Word], mention: Mention) -> str:
    return plain[words[mention.start].start : words[mention.end - 1].end]


def _group_of(age: int) -> str:
    if age >= _OLD:
        return "older adults"
    return "children" if age < _GROWN else ""
