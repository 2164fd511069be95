"""Words: a folded question cut into words, each with what it may have been meant to be.

The words as written always stay; a repair is one more reading beside them ("crashing" is not to become "crushing").
Only the words that a gate waits for are ever repaired to. Must not know what the gates decide.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from assistant.answering.disguises import (
    Known,
    grouped,
    in_plain_letters,
    in_words,
    known_words,
    letters_joined,
    parted,
    undisguised,
)
from assistant.answering.phrases import BREAK

PAUSE = ","
"""The word that stands for the end of a clause within a sentence."""

_CHUNK = re.compile(r"\d+[.,]\d+|[$@!|]?\w(?:[\w'@$!|*#+]*[\w$@])?|[.!?;]+|[,:()]")
_AMOUNT = re.compile(
    r"(\d+)(mg|mcg|ug|μg|g|kg|ml|l|iu|x|lbs?|yo|yrs?|mo|th|cm|hrs?|h|mins?|wks?|pm|am|(?<=1)st|(?<=2)nd|(?<=3)rd)"
)
_MARKS = dict.fromkeys(".!?;", BREAK) | dict.fromkeys(",:()", PAUSE)
_SPACED = re.compile(r"(?<!\w)\w(?:[\W_]{1,3}\w){2,}(?!\w)")
_SHORTEST_SOUND = 4  # in letters
_ONE_SOUND = str.maketrans("zq", "sk")
_SOUNDS = (("ph", "f"), ("c(?=[eiy])", "s"), ("[ck]+", "k"), ("x", "ks"))
_REPEATED = re.compile(r"(.)\1+")
_DIGITS_WITH_LETTERS = re.compile(r"\d[\doil]+")
_AS_DIGITS = str.maketrans("oil", "011")
_SYMBOLS_APART = str.maketrans(dict.fromkeys("!|+#*", " "))
_PRONOUNS = frozenset(("he", "she", "it", "that", "there", "what", "who", "where", "how"))  # whose 's is "is"
_CLITICS = {"m": "am", "ve": "have", "re": "are", "ll": "will", "d": "would", "s": ""}
_IRREGULAR_NOT = {"can't": "can", "won't": "will", "shan't": "shall"}
_LETTERS_APART = 3  # words that sound alike and differ in more letters are different words
_SHORTEST_GLUED = 6  # in letters: shorter stretches split into words by accident
_SHORTEST_HALVED = 6  # in letters: "my self"
_LONG = 8  # in letters: a word in which two letters may be wrong
_LONGER_THAN_ANY_WORD = 20  # in letters: what is glued so long was not written to be read as one word
_PREFIXES = frozenset({"anti", "over", "para", "un"})  # what is typed apart from the rest of a word


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What repairs may lead to, and what is left alone. Make one with `make_lexicon`."""

    known: Known
    ordinary: frozenset[str]
    spellings: Mapping[str, tuple[str, ...]]
    also: Mapping[str, tuple[str, ...]]
    fillers: frozenset[str]
    loose: frozenset[str]
    triggers: Mapping[tuple[str, int], tuple[str, ...]]
    """(first letter, length) → triggers."""
    singled: Mapping[str, str]
    """A trigger with its double letters made single → the trigger ("kil", "swalowed")."""
    sounds: Mapping[str, tuple[str, ...]]
    """How the consonants of loose triggers sound → the triggers ("aneffilactic", "sooicide")."""


def make_lexicon(
    *,
    known: frozenset[str],
    common: frozenset[str],
    short: frozenset[str],
    triggers: Sequence[str],
    loose: frozenset[str],
    ordinary: frozenset[str],
    spellings: Mapping[str, tuple[str, ...]],
    also: Mapping[str, tuple[str, ...]],
    fillers: frozenset[str],
) -> Lexicon:
    """Prepare a lexicon.

    Args:
        known: every plain word that a phrase uses: never repaired, and what a glued stretch is cut into.
        common: other words that are never repaired and that a glued stretch is cut into.
        short: the only words of one or two letters that a glued stretch is cut into.
        triggers: the words that a misspelling may be repaired to, the likeliest first.
        loose: the triggers that may be misspelt badly: two letters wrong, or written as they sound.
        ordinary: real words that look like a misspelt trigger and are not.
        spellings: contractions and lay spellings, and the words they stand for.
        also: what may be meant as well ("2" for "to", "too"; "h8").
        fillers: words that change nothing ("really"): dropped.
    """
    return Lexicon(
        known=known_words(grave=triggers, plain=known, common=common, short=short),
        ordinary=ordinary,
        spellings=spellings,
        also=also,
        fillers=fillers,
        loose=loose,
        triggers=grouped(triggers, lambda word: (word[0], len(word))),
        singled={_REPEATED.sub(r"\1", word): word for word in reversed(triggers)},
        sounds=grouped((word for word in triggers if word in loose and _sound_of(word)), _sound_of),
    )


def spelt_out(folded: str, spellings: Mapping[str, tuple[str, ...]], fillers: frozenset[str]) -> Iterator[str]:
    """Cut folded text into words: contractions in full, amounts apart from units, marks as `BREAK` or `PAUSE`."""
    for chunk in _CHUNK.findall(folded.replace("_", " ")):
        if chunk[0] in _MARKS:
            yield _MARKS[chunk[0]]
            continue
        for word in _unjoined(chunk):
            yield from (each for each in spellings.get(word, (word,)) if each not in fillers)


@dataclass(frozen=True, slots=True)
class Readings:
    """A question, read in every way that is worth matching."""

    sentences: tuple[tuple[tuple[str, ...], ...], ...]
    """Each once. A sentence has a place for each word and each `PAUSE`, the word first and its repairs after it; its
    last place is `BREAK`."""
    plain: str
    """The whole text in one line, without the disguise where it has one."""


def readings_of(folded: str, lexicon: Lexicon) -> Readings:
    """Read a folded question.

    Returns:
        The sentences in order, and after them those that read differently with spaced-out letters joined, glued words
        parted and the halves of a trigger put together, or with letters for digits and signs.
    """
    spoken = in_plain_letters(folded, lexicon.known)
    joined = _SPACED.sub(lambda match: letters_joined(match.group(), lexicon.known), folded)
    written = _sentences(spelt_out(folded, lexicon.spellings, lexicon.fillers))
    apart = spelt_out(joined.translate(_SYMBOLS_APART), lexicon.spellings, lexicon.fillers)
    rejoined = _sentences(_rejoined(apart, lexicon))
    plain = _sentences(spelt_out(spoken, lexicon.spellings, lexicon.fillers))
    texts = list(dict.fromkeys(itertools.chain(written, rejoined, plain)))
    repairs = {word: (word, *_repairs(word, lexicon)) for word in set(itertools.chain.from_iterable(texts))}
    return Readings(
        sentences=tuple(tuple(repairs[word] for word in text) for text in texts),
        plain=spoken or " ".join(joined.split()),
    )


def _sentences(words: Iterable[str]) -> Iterator[tuple[str, ...]]:
    sentence: list[str] = []
    for word in itertools.chain(words, (BREAK,)):
        sentence.append(word)
        if word == BREAK:
            yield tuple(sentence)
            sentence = []


def _unjoined(chunk: str) -> Sequence[str]:
    if "'" in chunk:
        if chunk.endswith("n't"):
            return (_IRREGULAR_NOT.get(chunk, chunk[:-3]), "not")
        stem, _, clitic = chunk.rpartition("'")
        if clitic in _CLITICS:
            stem = stem.replace("'", "")
            full = "is" if stem in _PRONOUNS and clitic == "s" else _CLITICS[clitic]
            return (stem, full) if full else (stem,)
        chunk = chunk.replace("'", "")
    amount = _AMOUNT.fullmatch(chunk)
    return (amount[1], amount[2]) if amount else (chunk,)


def _rejoined(words: Iterable[str], lexicon: Lexicon) -> Iterator[str]:
    before = ""
    for word in words:
        both = before + word
        if before and len(both) >= _SHORTEST_HALVED:
            whole = both if both in lexicon.triggers.get((both[0], len(both)), ()) else None
            if before in _PREFIXES:
                whole = next(iter(_repairs(both, lexicon)), whole)
            if whole:
                yield whole
                before = ""
                continue
        if before:
            yield from _apart(before, lexicon)
        before = word
    if before:
        yield from _apart(before, lexicon)


def _apart(word: str, lexicon: Lexicon) -> Sequence[str]:
    if len(word) < _SHORTEST_GLUED or word in lexicon.known.words or word in lexicon.ordinary:
        return (word,)
    if len(word) >= _LONGER_THAN_ANY_WORD:
        parts = in_words(word, lexicon.known)
    else:
        parts = parted(word, lexicon.known, may_leave=0) or [word]
    return [each for part in parts for each in lexicon.spellings.get(part, (part,)) if each not in lexicon.fillers]


def _repairs(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    if word in lexicon.also:
        return lexicon.also[word]
    if _DIGITS_WITH_LETTERS.fullmatch(word) and not word.isdecimal():
        return (word.translate(_AS_DIGITS),)
    if len(word) < 2 or word in lexicon.known.words or word in lexicon.ordinary or word.isdecimal():
        return ()
    if "*" in word or "#" in word:
        return _with_blanks(word, lexicon)
    disguised = undisguised(word, lexicon.known)
    for spelling in (*disguised, word):
        if spelling.endswith("in") and f"{spelling}g" in lexicon.known.words:
            return (f"{spelling}g",)
        for plain in (spelling, *(_REPEATED.sub(letters, spelling) for letters in (r"\1\1", r"\1"))):
            if plain != word and plain in lexicon.known.words:
                return lexicon.spellings.get(plain, (plain,))[:1]
        if single := lexicon.singled.get(_REPEATED.sub(r"\1", spelling)):
            return lexicon.spellings.get(single, (single,))[:1]
    shape = next(iter(disguised), word)
    if len(shape) < 4 or not shape.isalpha():
        return ()
    near = _nearest(shape, lexicon) or tuple(
        each
        for each in lexicon.sounds.get(_sound_of(shape), ())
        if OSA.distance(shape, each, score_cutoff=_LETTERS_APART) <= _LETTERS_APART
    )
    return tuple(lexicon.spellings.get(each, (each,))[0] for each in near)


def _with_blanks(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    pattern = re.compile("".join("." if c in "*#" else re.escape(c) for c in word))
    return tuple(each for each in lexicon.triggers.get((word[0], len(word)), ()) if pattern.fullmatch(each))


def _nearest(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    best: tuple[str, ...] = ()
    closest = 2
    for length in range(len(word) - 2, len(word) + 3):
        swapped = (each for each in lexicon.triggers.get((word[1], length), ()) if each[1] == word[0])
        for trigger in itertools.chain(lexicon.triggers.get((word[0], length), ()), swapped):
            allowed = min(closest, 2 if len(trigger) >= _LONG and trigger in lexicon.loose else 1)
            if abs(length - len(word)) > allowed:
                continue
            distance = OSA.distance(word, trigger, score_cutoff=allowed)
            if distance > allowed or (len(word) < 5 and sorted(word) != sorted(trigger)):
                continue
            best = (*dict.fromkeys((*best, trigger)),) if distance == closest else (trigger,)
            closest = distance
    return best


def _sound_of(word: str) -> str:
    """Say roughly how a word's consonants sound, its first letter kept; empty where that is too short to compare."""
    word = word.translate(_ONE_SOUND)
    for written, heard in _SOUNDS:
        word = re.sub(written, heard, word)
    sound = _REPEATED.sub(r"\1", word[0] + re.sub(r"[aeiouyhw]", "", word[1:]))
    return sound if len(sound) >= _SHORTEST_SOUND else ""
