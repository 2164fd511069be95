"""Words: a folded question cut into words, each with what it may have been meant to be.

The words as written always stay; a repair is one more reading beside them ("crashing" is not to become "crushing").
Only the words that a gate waits for are ever repaired to. Must not know what the gates decide.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rapidfuzz.distance import OSA

from assistant.answering.phrases import BREAK

PAUSE = ","
"""The word that stands for the end of a clause within a sentence."""

_Key = TypeVar("_Key", bound=Hashable)

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
_AS_LETTERS = str.maketrans("01345789@$!|+", "oieastbgasilt")
_DISGUISES = frozenset("01345789@$!|+")
_LIKELIEST = frozenset(("all", "it", "is", "to", "is", "so", "at", "too"))  # of the words that share their digits
_TELLING = 2  # disguised words: one alone may be a code
_BARE = str.maketrans("oil!|ea@s$t+bg", "01111344557789")
"""Letters, and the signs that stand for them in a disguise, as the digit that they share."""
_MORE_THAN_A_CODE = 3  # in characters: shorter mixtures of letters and digits are vitamins, amounts or abbreviations
_SYMBOLS_APART = str.maketrans(dict.fromkeys("!|+#*", " "))
_PRONOUNS = frozenset(("he", "she", "it", "that", "there", "what", "who", "where", "how"))  # whose 's is "is"
_CLITICS = {"m": "am", "ve": "have", "re": "are", "ll": "will", "d": "would", "s": ""}
_IRREGULAR_NOT = {"can't": "can", "won't": "will", "shan't": "shall"}
_LETTERS_APART = 3  # words that sound alike and differ in more letters are different words
_SHORTEST_GLUED = 6  # in letters: shorter stretches split into words by accident
_SHORTEST_HALVED = 6  # in letters: "my self"
_LONG = 8  # in letters: a word in which two letters may be wrong
_MAY_LEAVE = 0.3  # the share of spaced-out letters that may be in no known word
_LONGER_THAN_ANY_WORD = 20  # in letters: what is glued so long was not written to be read as one word
_LEFT_OVER = 3  # a letter that is in no word costs as much as three words
_ONE_WORD = 1 << 20  # the cost of a word, far above what its length takes off
_SCRAPS = 3  # words of one or two letters that any stretch may be cut into beside as many longer ones
_NEVER = 1 << 60  # a cost no text reaches
_PREFIXES = frozenset({"anti", "over", "para", "un"})  # what is typed apart from the rest of a word


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What repairs may lead to, and what is left alone. Make one with `make_lexicon`."""

    known: frozenset[str]
    short: frozenset[str]
    ordinary: frozenset[str]
    spellings: Mapping[str, tuple[str, ...]]
    also: Mapping[str, tuple[str, ...]]
    fillers: frozenset[str]
    loose: frozenset[str]
    lengths: Mapping[str, tuple[int, ...]]
    """The first three letters of known words → how long such words are."""
    triggers: Mapping[tuple[str, int], tuple[str, ...]]
    """(first letter, length) → triggers."""
    bare: Mapping[str, str]
    """A known word with its letters as the digits they may be disguised as → the word ("k111")."""
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
    dangerous = frozenset(triggers)
    return Lexicon(
        known=known | common,
        short=short,
        ordinary=ordinary,
        spellings=spellings,
        also=also,
        fillers=fillers,
        loose=loose,
        lengths={
            head: tuple(sorted(set(map(len, each)))) for head, each in _grouped(known | common, lambda w: w[:3]).items()
        },
        triggers=_grouped(triggers, lambda word: (word[0], len(word))),
        bare={
            word.translate(_BARE): word
            for words in (common - known, known - dangerous, short, dangerous)
            for word in sorted(words, key=lambda each: (each in _LIKELIEST, each))
        },
        singled={_REPEATED.sub(r"\1", word): word for word in reversed(triggers)},
        sounds=_grouped((word for word in triggers if word in loose and _sound_of(word)), _sound_of),
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
    """Each once. A sentence has a place for each word and each `PAUSE`, the word first and its repairs after it; its last
    place is `BREAK`."""
    plain: str
    """The whole text in one line, without the disguise where it has one."""


def readings_of(folded: str, lexicon: Lexicon) -> Readings:
    """Read a folded question.

    Returns:
        The sentences in order, and after them those that read differently with spaced-out letters joined, glued words
        parted and the halves of a trigger put together, or with letters for digits and signs.
    """
    spoken = _in_plain_letters(folded, lexicon)
    joined = _SPACED.sub(lambda match: _letters_joined(match.group(), lexicon), folded)
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


def _letters_joined(run: str, lexicon: Lexicon) -> str:
    """Read spaced-out letters: what mostly stands between them only spaces them, any other mark ends a word."""
    between = Counter(re.findall(r"[\W_]+", run))
    spacer = max(between, key=lambda each: (between[each], each))
    words = [""]
    for piece in re.findall(r"[^\W_]|[\W_]+", run):
        if piece.isalnum():
            words[-1] += piece
        elif piece != spacer and "'" not in piece:
            words += ["".join(mark for mark in piece if mark in _MARKS and mark not in spacer), ""]
    return f" {' '.join(part for word in words if word for part in _in_words(word, lexicon))} "


def _in_words(letters: str, lexicon: Lexicon) -> list[str]:
    if letters in lexicon.known or letters in lexicon.short or not letters.isalnum():
        return [letters]
    parts = re.findall(r"\d+|\D+", letters)
    return [
        word
        for part in parts
        for word in ((not part.isdecimal() and _parted(part, lexicon, may_leave=_MAY_LEAVE)) or [part])
    ]


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
    if len(word) < _SHORTEST_GLUED or word in lexicon.known or word in lexicon.ordinary:
        return (word,)
    if len(word) >= _LONGER_THAN_ANY_WORD:
        parts = _in_words(word, lexicon)
    else:
        parts = _parted(word, lexicon, may_leave=0) or [word]
    return [each for part in parts for each in lexicon.spellings.get(part, (part,)) if each not in lexicon.fillers]


def _parted(letters: str, lexicon: Lexicon, *, may_leave: float) -> list[str]:
    """Cut a stretch of letters into known words with as few letters left over as can be.

    Args:
        letters: without spaces.
        lexicon: holds the known words.
        may_leave: the share of the letters, from 0 to 1, that may be in no known word.

    Returns:
        The words in order, letters left over standing together; empty where more would be left over, or where most of
        the words would be scraps of one or two letters.
    """
    costs = [0] + [_NEVER] * len(letters)  # for each place, the least cost of what is before it
    starts = [0] * (len(letters) + 1)  # and where its last piece starts
    for start in range(len(letters)):
        for length in (0, 1, 2, *lexicon.lengths.get(letters[start : start + 3], ())):
            word = letters[start : start + (length or 1)]
            if length and word not in (lexicon.known if length > 2 else lexicon.short):
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


def _repairs(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    if word in lexicon.also:
        return lexicon.also[word]
    if _DIGITS_WITH_LETTERS.fullmatch(word) and not word.isdecimal():
        return (word.translate(_AS_DIGITS),)
    if len(word) < 2 or word in lexicon.known or word in lexicon.ordinary or word.isdecimal():
        return ()
    if "*" in word or "#" in word:
        return _with_blanks(word, lexicon)
    disguised = _undisguised(word, lexicon)
    for spelling in (*disguised, word):
        if spelling.endswith("in") and f"{spelling}g" in lexicon.known:
            return (f"{spelling}g",)
        for plain in (spelling, *(_REPEATED.sub(letters, spelling) for letters in (r"\1\1", r"\1"))):
            if plain != word and plain in lexicon.known:
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


def _in_plain_letters(folded: str, lexicon: Lexicon) -> str:
    """Read a text with letters for the digits and signs in it, where at least two words of it are known so."""
    tokens = folded.split(" ")
    plain = [_token_in_letters(token, lexicon) for token in tokens]
    told = {token for token, each in zip(tokens, plain, strict=True) if each and not token.isdecimal()}
    return " ".join(each or token for token, each in zip(tokens, plain, strict=True)) if len(told) >= _TELLING else ""


def _token_in_letters(token: str, lexicon: Lexicon) -> str:
    core = token.rstrip(".,?;:") or token
    if core.isalpha() or not any(c in _DISGUISES for c in core):
        return ""
    for word in (core, core.rstrip("!")):
        bare = word.replace("'", "").translate(_BARE)
        if known := lexicon.bare.get(bare, ""):
            if "'" in word:
                known = word.translate(_AS_LETTERS)
            return known + token[len(word) :]
    return ""


def _undisguised(word: str, lexicon: Lexicon) -> list[str]:
    """Read digits and signs as the letters they look like: as a known word, or as the likeliest letters."""
    if word.isalpha() or not any(c.isalpha() for c in word):
        return []
    bare = word.translate(_BARE)
    if len(word) < _MORE_THAN_A_CODE:
        return [each for each in lexicon.short if each.translate(_BARE) == bare]
    whole = lexicon.bare.get(bare) or lexicon.bare.get(_REPEATED.sub(r"\1", bare))
    return [whole or word.translate(_AS_LETTERS)]


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


def _grouped(words: Iterable[str], key: Callable[[str], _Key]) -> dict[_Key, tuple[str, ...]]:
    groups: dict[_Key, list[str]] = {}
    for word in dict.fromkeys(words):
        groups.setdefault(key(word), []).append(word)
    return {name: tuple(each) for name, each in groups.items()}
