"""Conversation: a question that leans on the ones before it, written out in full.

What is written out are the person's own words and the library's own names, never anything else, and all of it is
shown. A question that stands alone is left as it is; without a subject of the library in the turns before, so is every
question. Nothing is remembered here: the turns come with the question.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.answering.lexicon import Item, ItemKind, phrase_terms
from assistant.answering.phrasing import (
    about_place,
    Phrase,
    Word,
    actor_place,
    first_joined,
    is_only_a_name,
    phrase_of,
    with_names_replaced,
    with_pronoun_named,
    words_in,
)
from assistant.answering.vocabulary import Vocabulary, topical
from assistant.index.terms import STOP_WORDS

MAX_TURNS = 10
_MOST_READ = 1000
"""Characters of an earlier question that are read: as many as a question may have."""
_KEPT: frozenset[ItemKind] = frozenset({"medicine", "population"})
"""What is said once of the person asked about, and holds for what is asked next."""
_NOT_NAMED = frozenset({"supplement"})
"""Items of kind substance that name none."""
_PERSONAL = re.compile(
    r"\b(?:i(?:['’]?ve|['’]?m)?|we(?:['’]ve)?)(?: (?:already|also))?(?: (?:have|get|got|had|am|suffer))?\b"
)
_CIRCUMSTANCES: frozenset[ItemKind] = frozenset({"condition", "population", "medicine"})
"""Of these a new one takes the place of the one before."""
_GROUPS = frozenset({"vegans", "athletes", "smokers", "postmenopausal women", "diabetes"})
"""Conditions that name a group of people."""
_MARGIN = 1.0
"""How much more another entry must say of a question, in inverse document frequency: less than one rare word."""
_AGE = re.compile(
    r"\b(?:i am|im|i'm|aged?|(?:s?he|my \w+) (?:is|are))\s(?P<age>\d{1,3})\b(?! (?:weeks|months|days|mg))"
)
_OLD, _GROWN = 65, 18
"""Years from which a person is of the older adults, and no more of the children."""
_REACH = 5
"""Words from "I have" to the condition it speaks of."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the same conversation, as the client sends it. It holds no answer text."""

    question: str
    subjects: tuple[str, ...] = ()
    """The library's subjects it was answered about; one that is left out is not carried on from here."""
    dropped: tuple[str, ...] = ()
    """Names that the reader removed after it: not carried on until they are said again."""


@dataclass(frozen=True, slots=True)
class Said:
    """A population, medicine or condition said of the person."""

    item: Item
    name: str
    """What a reader is shown: a population by its usual name, all else in the words it was said in."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands."""

    text: str = ""
    """The last question in full, in plain small letters; empty when nothing stands."""
    latest: str = ""
    """The same with what was only added to it since, such as "with food"."""
    subjects: tuple[str, ...] = ()
    """What it was about; none when that is a substance the library does not have."""
    said: tuple[Said, ...] = ()
    """The populations, medicines and conditions said of the person, oldest first."""


@dataclass(frozen=True, slots=True)
class FullForm:
    """A question in full."""

    text: str
    """In plain small letters: as asked when it stands alone."""
    subjects: tuple[str, ...] = ()
    """Subjects taken from the turns before."""
    choices: tuple[str, ...] = ()
    """Subjects of which it means one, and does not say which."""
    leans: bool = False
    """It was written out from the question before."""
    leaves: bool = False
    """It turns to something that is no subject of the library."""
    aside: bool = False
    """It asks about the answer before, so that what was asked there still stands."""
    recalls: str = ""
    """The question before in full, when it asks how the answer to that is known."""


def standing_after(turns: Sequence[Turn], vocabulary: Vocabulary) -> Standing:
    """Work out where a conversation stands after its turns, oldest first."""
    standing = Standing()
    for turn in turns:
        standing = _after(turn, standing, vocabulary)
    return standing


def in_full(plain: str, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Write a question out in full.

    Args:
        plain: the question in plain small letters, its misspellings repaired.
        standing: where the conversation stands.
        vocabulary: the library's names.

    Returns:
        Its full form: the text as it came when it leans on nothing.
    """
    terms = tuple(word.term for word in words_in(plain))
    own = _subjects(terms, vocabulary)
    foreign = _foreign(terms, own, vocabulary)
    phrase = phrase_of(plain)
    if not standing.text:
        return FullForm(plain, leaves=bool(foreign) and not own)
    if phrase.asks_again:
        return FullForm(standing.latest, standing.subjects, leans=True, aside=True)
    if phrase.says_nothing:
        return FullForm(plain)
    if own:
        return _with_own_subject(plain, phrase, own, standing, vocabulary)
    if foreign and not phrase.has_pronoun and not phrase.modifies and not phrase.is_personal:
        if phrase.is_fragment:
            return replace(_switched(plain, phrase, standing, vocabulary), leaves=True)
        return FullForm(plain, leaves=True)
    if not standing.subjects:
        # What stands is no subject of the library: a question that leans on it is about that.
        if not _leans(phrase, terms):
            return FullForm(plain)
        return FullForm(f"{standing.text.rstrip('?!. ')}: {phrase.core}", leans=True, leaves=True, aside=True)
    return _carried(plain, phrase, terms, standing, vocabulary)


def _with_own_subject(
    plain: str, phrase: Phrase, own: tuple[str, ...], standing: Standing, vocabulary: Vocabulary
) -> FullForm:
    words = words_in(phrase.core)
    places = vocabulary.names_in([word.term for word in words])
    named = {term for place in places for term in place.name}
    if phrase.is_fragment and is_only_a_name({word.term for word in words} - named):
        return _switched(plain, phrase, standing, vocabulary)
    if phrase.asks_the_same:
        return _switched_to(plain, " and ".join(_called(phrase.core, vocabulary)), standing, vocabulary)
    if places and (actor := actor_place(phrase.core)):
        start, end = actor
        if end <= words[min(place.start for place in places)].start:
            return _with_actor(phrase.core, start, end, standing, vocabulary)
    if (place := about_place(phrase.core)) and (topic := _topic(standing, vocabulary)):
        return FullForm(f"{phrase.core[: place[0]]}{topic}{phrase.core[place[1] :]}", leans=True)
    medicine = _last(standing.said, {"medicine"})
    if medicine is not None:
        text = with_pronoun_named(phrase.core, medicine.name.lower())
        if text and f" with {medicine.name.lower()}" in text:
            return FullForm(text, leans=True)
    return FullForm(plain)


def _with_actor(core: str, start: int, end: int, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Name what a pronoun before an own subject means: a medicine or group said last, or what stands."""
    wanted: set[str] = {"population", "condition"} if core[start:end] == "they" else {"medicine"}
    words = words_in(standing.latest)
    latest = [mention.item for mention in vocabulary.lexicon.mentions([word.term for word in words])]
    said = _last([each for each in standing.said if each.item in latest], wanted)
    if said is not None:
        return FullForm(f"{core[:start]}{said.name.lower()}{core[end:]}", leans=True)
    called = _called(standing.text, vocabulary)
    if not called or (core[start:end] == "they" and not called[-1].endswith("s")):
        return FullForm(core)
    return FullForm(f"{core[:start]}{' and '.join(called)}{core[end:]}", standing.subjects, leans=True)


def _last(said: Sequence[Said], kinds: set[str]) -> Said | None:
    return next((each for each in reversed(said) if each.item.kind in kinds), None)


def _switched(plain: str, phrase: Phrase, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    return _switched_to(plain, phrase.core.rstrip("?!. "), standing, vocabulary)


def _switched_to(plain: str, name: str, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Ask of another thing what was asked last."""
    text = with_names_replaced(standing.text, _places(standing.text, vocabulary), name)
    return FullForm(plain) if text is None else FullForm(text, leans=True)


def _carried(
    plain: str, phrase: Phrase, terms: tuple[str, ...], standing: Standing, vocabulary: Vocabulary
) -> FullForm:
    """Write out a question that names no subject, when it leans on the one before."""
    subjects = standing.subjects
    called = _called(standing.text, vocabulary)
    name = " and ".join(called) or ", ".join(subjects)
    ordinal = phrase.ordinal
    bare = phrase.is_fragment and not (phrase.modifies or phrase.adds or ordinal is not None)
    if not _leans(phrase, terms) or (bare and not _names_condition(terms, vocabulary)):
        if _is_better_elsewhere(terms, subjects, vocabulary, at_all=bare):
            return FullForm(plain, leaves=True)
    core = phrase.core
    if phrase.asks_why and (phrase.only_points or (phrase.has_pronoun and not _telling(terms))):
        return FullForm(f"why {standing.latest}", subjects, leans=True, aside=True, recalls=standing.latest)
    if ordinal is not None and (one := _one_of(standing.text, called, ordinal)):
        if one in called:
            chosen = _subjects([word.term for word in words_in(one)], vocabulary)
            text = with_names_replaced(standing.text, _places(standing.text, vocabulary), one) or one
            return FullForm(f"{one}: {phrase.after_ordinal}" if phrase.after_ordinal else text, chosen, leans=True)
        return FullForm(f"{name}: {one} {phrase.after_ordinal}".strip(), subjects, leans=True)
    choices = subjects if len(called) > 1 and phrase.means_one and not phrase.asks_evidence else ()
    if phrase.asks_evidence:
        text = f"{name} {_topic(standing, vocabulary)}: {core}"
        return FullForm(text, subjects, leans=True, aside=True, recalls=standing.latest)
    if phrase.is_fragment or (phrase.is_personal and not phrase.has_pronoun) or phrase.statement != core:
        return _joined(phrase, subjects, standing, vocabulary)
    if _only_says_who(terms, vocabulary):
        return _joined(phrase, subjects, standing, vocabulary)
    topic = ""
    if not _telling(terms):
        topic = (
            _topic(standing, vocabulary)
            if phrase.compares
            else ""
            if phrase.has_pronoun or phrase.is_personal
            else _who(standing, vocabulary)
        )
        topic = f" {topic}" if topic else ""
    text = with_pronoun_named(core, f"{name}{topic}")
    return FullForm(text or f"{name}{topic}: {core}", subjects, choices, leans=True)


def _one_of(text: str, called: Sequence[str], ordinal: int) -> str | None:
    """Return the one of several things that an ordinal means."""
    things = called if len(called) > 1 else text.rstrip("?!. ").split(" or ")
    return things[ordinal] if len(things) > 1 and -len(things) <= ordinal < len(things) else None


def _names_condition(terms: Sequence[str], vocabulary: Vocabulary) -> bool:
    return any(mention.item.kind != "lay" for mention in vocabulary.lexicon.mentions(terms))


def _joined(phrase: Phrase, subjects: tuple[str, ...], standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Ask the last question again of another condition or group, or of other circumstances."""
    core = phrase.statement
    words, standing_words = words_in(core), words_in(standing.text)
    new = {mention.item.kind for mention in vocabulary.lexicon.mentions([word.term for word in words])}
    pieces, at = [], 0
    for mention in vocabulary.lexicon.mentions([word.term for word in standing_words]):
        start, end = standing_words[mention.start].start, standing_words[mention.end - 1].end
        if mention.item.kind in new & _CIRCUMSTANCES and start >= at:
            pieces.append(standing.text[at:start])
            at = end
    text = f"{''.join([*pieces, standing.text[at:]]).rstrip('?!. ')} {core}"
    if not pieces and not phrase.adds:
        text = f"{' and '.join(_called(standing.text, vocabulary)) or ', '.join(subjects)}: {core}"
    return FullForm(
        text, subjects, leans=True, aside=not (pieces or phrase.adds), recalls="" if pieces else standing.latest
    )


def _topic(standing: Standing, vocabulary: Vocabulary) -> str:
    """Return the words of what stands that say what it is about, its subjects left out."""
    words = words_in(standing.latest)
    named = {
        number
        for place in vocabulary.names_in([word.term for word in words])
        for number in range(place.start, place.end)
    }
    kept = [
        standing.latest[word.start : word.end]
        for number, word in enumerate(words)
        if number not in named and word.term not in _STOPS
    ]
    return " ".join(kept)


def _who(standing: Standing, vocabulary: Vocabulary) -> str:
    """Return the populations and medicines that what stands names, in its words."""
    words = words_in(standing.latest)
    return " ".join(
        standing.latest[words[mention.start].start : words[mention.end - 1].end]
        for mention in vocabulary.lexicon.mentions([word.term for word in words])
        if mention.item.kind in _KEPT
    )


def _leans(phrase: Phrase, terms: Sequence[str]) -> bool:
    """Whether a question shows by its form that it goes on from the one before."""
    return phrase.has_pronoun or phrase.is_fragment or phrase.is_personal or phrase.asks_evidence or not _telling(terms)


def _telling(terms: Iterable[str]) -> list[str]:
    """Return the terms that say what a question is about."""
    return [term for term in topical(terms) if term not in _STOPS]


def _only_says_who(terms: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether a question only says whom it is about: I'm on metformin, what if you are pregnant?"""
    left = set(terms)
    who = False
    for mention in vocabulary.lexicon.mentions(terms):
        if mention.item.kind in _KEPT:
            who = True
            left -= set(terms[mention.start : mention.end])
    return who and not _telling(left)


def _is_better_elsewhere(
    terms: Sequence[str], subjects: Sequence[str], vocabulary: Vocabulary, *, at_all: bool
) -> bool:
    """Whether some other entry speaks of more of what a question is about than the subjects' own entries do.

    With `at_all`, only when the subjects' own entries speak of none of it.
    """
    total = len(vocabulary.library.entries)
    carried = frozenset[str]().union(*(vocabulary.entries_of[subject] for subject in subjects))
    here = 0.0
    elsewhere: dict[str, float] = {}
    for term in _telling(terms):
        holding = vocabulary.entries_with.get(term, frozenset())
        if not holding:
            continue
        weight = math.log((total + 1) / len(holding))
        here += weight if holding & carried else 0.0
        for entry_id in holding:
            elsewhere[entry_id] = elsewhere.get(entry_id, 0.0) + weight
    return max(elsewhere.values(), default=0.0) > here + _MARGIN and not (at_all and here)


_STOPS = frozenset(term for word in STOP_WORDS for term in phrase_terms(word))


def _called(text: str, vocabulary: Vocabulary) -> list[str]:
    """Return the names that a text is about as it calls them: its first, and those joined to it, each once."""
    spans = first_joined(text, _spans(words_in(text), vocabulary))
    return list(dict.fromkeys(text[start:end] for start, end in spans))


def _places(text: str, vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Return where a text names what it is about: its first substance, or subject of the library."""
    words = words_in(text)
    spans = _spans(words, vocabulary)
    terms = [word.term for word in words]
    foreign = [
        (words[mention.start].start, words[mention.end - 1].end)
        for mention in vocabulary.lexicon.mentions(terms)
        if mention.item.kind == "substance" and mention.item.name not in _NOT_NAMED
    ]
    return first_joined(text, foreign if foreign and (not spans or foreign[0][1] <= spans[0][0]) else spans)


def _spans(words: Sequence[Word], vocabulary: Vocabulary) -> list[tuple[int, int]]:
    places = vocabulary.names_in([word.term for word in words])
    return sorted({(words[place.start].start, words[place.end - 1].end) for place in places})


def _subjects(terms: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place.subject for place in vocabulary.names_in(terms)))


def _foreign(terms: Sequence[str], own: Sequence[str], vocabulary: Vocabulary) -> list[Item]:
    """Return the substances named that are no subject of the library."""
    known = frozenset().union(*(vocabulary.names_of[subject] for subject in own)) if own else frozenset()
    return [
        mention.item
        for mention in vocabulary.lexicon.mentions(terms)
        if mention.item.kind == "substance"
        and mention.item.name not in _NOT_NAMED
        and not known.intersection(mention.item.names)
    ]


def said_in(plain: str, vocabulary: Vocabulary) -> tuple[Said, ...]:
    """Return the populations and medicines a question names, and the conditions it says a person has."""
    words = words_in(plain)
    personal = [match.start() for match in _PERSONAL.finditer(plain)]
    found: dict[Item, Said] = {}
    for mention in vocabulary.lexicon.mentions([word.term for word in words]):
        item, at = mention.item, mention.start
        mine = any(word.start in personal for word in words[max(0, at - _REACH) : at])
        if item.kind in _KEPT or item.name in _GROUPS or (item.kind == "condition" and mine):
            called = plain[words[at].start : words[mention.end - 1].end]
            found.setdefault(item, Said(item, item.name if item.kind == "population" else called))
    for match in _AGE.finditer(plain):
        group = "older adults" if int(match["age"]) >= _OLD else "children" if int(match["age"]) < _GROWN else ""
        for item in vocabulary.lexicon.items:
            if item.kind == "population" and item.name == group:
                found.setdefault(item, Said(item, item.name))
    return tuple(found.values())


def _after(turn: Turn, standing: Standing, vocabulary: Vocabulary) -> Standing:
    plain, _ = vocabulary.repair(turn.question[:_MOST_READ])
    full = in_full(plain, standing, vocabulary)
    now = said_in(plain, vocabulary)
    said = (*(each for each in standing.said if each.item not in {new.item for new in now}), *now)
    confirmed = tuple(
        each for each in dict.fromkeys(name.lower() for name in turn.subjects) if each in vocabulary.names_of
    )
    if confirmed:
        text = standing.text if full.aside and standing.text else full.text
        if not set(_subjects([word.term for word in words_in(text)], vocabulary)) & set(confirmed):
            name = " and ".join(confirmed)
            places = _places(text, vocabulary)
            text = with_names_replaced(text, places, name) or with_pronoun_named(text, name) or f"{name}: {text}"
        latest = full.text if full.aside and not phrase_of(plain).asks_evidence else text
        standing = Standing(text, latest, confirmed, said)
    elif full.leaves:
        text = standing.text if full.aside else full.text
        standing = Standing(text, text, (), said)
    else:
        standing = replace(standing, said=said)
    return _without(standing, turn.dropped)


def _without(standing: Standing, dropped: Iterable[str]) -> Standing:
    names = {name.lower() for name in dropped}
    if not names:
        return standing
    said = tuple(each for each in standing.said if each.name.lower() not in names)
    subjects = tuple(subject for subject in standing.subjects if subject not in names)
    if subjects != standing.subjects:
        return Standing(" and ".join(subjects), " and ".join(subjects), subjects, said)
    return replace(standing, said=said)
