"""Phrasing: how people shorten a question that leans on the one before, and how one is written out in full.

Works on plain text, small letters, by words that carry no subject of their own: openings, pronouns, verbs that ask.
Every word it returns was given to it. Must not know the library.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from assistant.index.terms import STOP_WORDS, term_of, words_of

_OPENING = re.compile(
    r"^(?:(?:and|ok|okay|so|but|or|oh|well|right|thanks|then|also|plus|yes|yeah|yep|please|no|nope|sorry|wait|actually"
    r"|i (?:meant|mean)|meant|what about|how about|whats about|what if|(?:going )?back to|as for|hmm+|hm|n|lol|btw"
    r"|never ?mind|i should (?:say|add)|not [\w ]{2,24}, (?:but|i (?:meant|mean|said|want(?:ed)?|asked(?: about)?))"
    r"|(?:the )?same (?:question )?(?:with|for|goes for|about)|same question|likewise|ditto)(?![\w'])[\s,:;.!-]*)+"
)
_QUESTION = "|".join(
    f"{which} question{whom}"
    for which in ("the same", r"(?<![\s,]the )same", "that", "this")
    for whom in (" for her", " for him", " for me", " for them", " for us", "")
)
_ADDED = (
    "then|too|as well|instead|though|tho|please|plz|pls|also|again|either|lol|tbh|btw|i meant|i mean|i guess|"
    + _QUESTION
)
_NOT_AFTER_ONE = "".join(rf"(?<![\s,]{each})" for each in ("", *_ADDED.split("|")))
"""What is added is taken together from the first, so none is looked for after another."""
_ENDING = re.compile(rf"{_NOT_AFTER_ONE}(?:[\s,]++(?:{_ADDED}))++(?=[\s?!.]*+$)")
_FOR_THEM = re.compile(r"(?<=\w) for (?:them|me|him|her|us)(?=[\s?!.]*$)")
_AGAIN = re.compile(
    r"^(?:(?:yes|yeah|yep|ok|okay|please|go on|tell me more|more|say more|what else|anything else)[\s,.!?]*)+$"
)
_ADDING = re.compile(r"\b(?:meant|mean|yes|yeah|yep|or)\b")
_SWITCHING = re.compile(r"\b(?:what about|whats about|how about|meant|mean|asked|said|as for|same|and|n)\b")
_INSTEAD = re.compile(r"\b(?:then|too|as well|instead|also|again|meant|mean)\b")
_ASKING = frozenset(
    """is are am was were do does did can could will would should shall may might must has have had how what which who
    whom whose when where why whats hows whos wheres isnt arent doesnt dont didnt cant couldnt wont shouldnt
    tell""".split()  # noqa: SIM905 - reads as words
)
"""A text without any of these is a fragment: it asks only beside another question."""
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|theirs|these|those|this|that|ones?|there|he|she)\b")
_SAME = re.compile(
    r"\b(?:do|does|have|has|did) (?:that|this|it|so|the same)[\s?!.]*$"
    r"|\bthe same(?: (?:thing|job|trick|for me|way))?[\s?!.]*$|\bthere[\s?!.]*$"
)
_NAME_SAME = re.compile(r"\A(?P<name>[\w' -]{2,40}?),? (?:the )?same(?: thing)?[\s?!.]*")
_WHY = re.compile(
    r"^(?:why|how come|how so|for what reason|what(?:s|'s| is| was) the (?:reason|logic)|what makes (?:it|that|them))\b"
)
_HAPPENS = re.compile(
    r"[\s?!.]*(?:(?:would|does|is|was|do|should|might|could|can|for) )?(?:that|this|it|so|not|they)?"
    r"(?: (?:be|happen|occur|so|true|the case|work|matter))*[\s?!.]*"
)
_EVIDENCE = re.compile(
    r"\b(?:stud(?:y|ies)|trials?|placebo|fund(?:ed|ing)?|paid|pay|proof|prove|proven|evidence|research|participants?"
    r"|tested|testing|cells?|humans?|mice|animals?|real people)\b|\bin people\b"
    r"|\bhow (?:many|big|strong|good|long|sure|reliable) (?:is|was|were|are|did|people|men|women|patients|babies"
    r"|trials?|studies|participants|years|weeks|for)\b|\bfor how long\b|\bover how\b"
    r"|\b(?:did|were|was|have) (?:they|that|it)\b"
    r"|\bhow (?:do|does|can|would|could) (?:they|you|we|anyone|anybody|scientists) (?:know|tell|say)\b"
    r"|\bwho (?:says|said|found|showed|claims)\b|\bsays who\b|\btest tubes?\b|\bin (?:rats|vitro|the lab)\b"
    r"|\b(?:control|placebo|comparison) (?:group|arm)\b|\bcaveats?\b|\bon what grounds\b"
    r"|\bwork(?:ed)? (?:that|this|it) out\b"
    r"|\bfollow(?:ed)? (?:them|people)\b|\bcontrolled\b|\bproves\b|\bmeasured?\b"
    r"|\bjust an? (?:link|association|correlation|coincidence)\b|\bcorrelation\b|\bcause or\b|\bcausation\b"
)
_PERSONAL = re.compile(
    r"^(?:(?:i|im|i'm|ive|i've|i'd|my|we|we're|we've)\b"
    r"|(?:s?he)(?:(?:'?s)?|is|has|was|takes|took|had)?(?: (?:also|just|now|already|still|only))* "
    r"(?:on|is|has|was|takes|took|had|got)\b)"
)
_STATES = re.compile(
    r"(?:if )?(?:(?:i am|i'm|im|i have been|i've been|ive been|we are|we're)(?: also| already| still| now)?"
    r"(?: on| taking)?"
    r"|i(?: also| already| still)? take|on|with|for)?(?: an?| the| my)?(?: (?:and|or|an?|the|for))*"
    r"(?: (?:then|too|as well|instead|though|tho|please|also|tablets?|capsules?|pills?))*"
)
"""All that a question says of the person that only names a medicine, a group or a subject: i'm on, i also take."""
_ONESELF = re.compile(r"\b(?:i|im|i'm|ive|i've|i'd|my|me|we|we're|we've|our)\b")
_MATTERS = re.compile(
    r"(?<![\s,])[\s,]*+(?:\b(?:and|so)\b )?\b(?:does|would|will|is|should) (?:that|it|this) "
    r"(?:change|matter|affect|alter|make|a problem)"
    r"(?: (?:anything|things|it|that|any difference|a difference|much))?[\s?!.]*$"
)
_PAST = re.compile(r"^(?:what|how|which|who|when|where|whats|hows)\b.*\b(?:was|were|did|had)\b")
_COMPARES = re.compile(r"\b(?:worse|better|safer|stronger|commoner|more|less)\b")
_PLURAL = re.compile(r"\b(?:they|them|their|theirs|these|those|both)\b")
_SINGULAR = re.compile(r"\b(?:it|its|this|that)\b")
_MODIFIES = re.compile(
    r"^(?:with|without|in|on|for|at|over|under|during|while|when|if|by|after|before|from|even|raw|only)\b"
)
_ORDINAL = re.compile(
    r"\b(?:the )?(?P<which>first|1st|second|2nd|third|3rd|last|latter|former)\b(?: (?:one|thing|of them|option))?"
)
_ORDINALS = {"first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1, "latter": -1}
_JOINS = re.compile(r"^(?:[\s,]*+(?:or|and|vs|versus|than|better than|as good as|with|&)|\s*+,)[\s,]*+$")
_FORMS = frozenset(
    term_of(word)
    for word in """tablet tablets capsule capsules pill pills supplement supplements supplementation drops powder oil
    extract low sort kind one form type bit stuff""".split()  # noqa: SIM905 - reads as words
)
"""What a substance comes as: "calcium tablets?" names calcium and asks nothing of its own."""
SMALL_TERMS = frozenset(term_of(word) for word in STOP_WORDS)
"""Words that say nothing about what a text is about, as terms."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its place in the text."""

    start: int
    end: int
    term: str


def words_in(text: str) -> tuple[Word, ...]:
    """Return the words of a plain text in order: their terms are those that `phrase_terms` gives."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        word = match.group()
        bare = word.replace("'", "") if word.isascii() else "".join(words_of(word))
        if bare:
            found.append(Word(match.start(), match.end(), term_of(bare)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A question without its openings and endings, and what these said."""

    core: str
    adds: bool
    """It puts the one before right, takes up an offer, or names another possibility: I meant, yes, or."""
    switches: bool = False
    """It opens or closes as one that asks the same of something else: what about, no, I meant, then, instead."""

    @property
    def is_fragment(self) -> bool:
        """Whether it asks only beside another question."""
        return not any(word in _ASKING for word in words_of(self.core))

    @property
    def has_pronoun(self) -> bool:
        """Whether it speaks of something by a pronoun."""
        return _PRONOUN.search(self.core) is not None

    @property
    def asks_why(self) -> bool:
        """Whether it asks why."""
        return _WHY.match(self.core) is not None

    @property
    def says_nothing(self) -> bool:
        """Whether it is all opening: ok, no thanks."""
        return _OPENING.sub("", f"{self.core} ").strip(" ?!.,") == ""

    @property
    def asks_again(self) -> bool:
        """Whether it only asks to go on: yes please, tell me more."""
        return _AGAIN.match(self.core) is not None

    @property
    def asks_only_why(self) -> bool:
        """Whether it asks why of all that was said, and adds nothing: why, why is that, why does that happen."""
        return self.asks_why and _HAPPENS.fullmatch(_WHY.sub("", self.core)) is not None

    @property
    def only_points(self) -> bool:
        """Whether it has no words but those that lean: why, why is that, what's the reason."""
        return all(word in STOP_WORDS for word in words_of(_WHY.sub("", self.core)))

    @property
    def compares(self) -> bool:
        """Whether it compares in something it does not name: is it worse for women?"""
        return _COMPARES.search(self.core) is not None

    @property
    def asks_evidence(self) -> bool:
        """Whether it asks how something is known rather than what."""
        return _EVIDENCE.search(self.core) is not None or _PAST.match(self.core) is not None

    @property
    def asks_the_same(self) -> bool:
        """Whether it asks of another thing what was asked before: does ginger do that?"""
        return _SAME.search(self.core) is not None

    @property
    def before_the_same(self) -> str:
        """What it asks the same of, when it says no more: the tea of "tea the same?"."""
        match = _NAME_SAME.fullmatch(self.core)
        return match["name"] if match else ""

    @property
    def is_personal(self) -> bool:
        """Whether it begins by saying something of the person: I'm on metformin."""
        return _PERSONAL.match(self.core) is not None

    @property
    def statement(self) -> str:
        """It without a closing "does that matter?"."""
        return _MATTERS.sub("", self.core)

    @property
    def means_several(self) -> bool:
        """Whether it speaks of several things or people by a pronoun."""
        return _PLURAL.search(self.core) is not None

    @property
    def means_one(self) -> bool:
        """Whether it speaks of one thing by a pronoun."""
        return _SINGULAR.search(self.core) is not None

    @property
    def modifies(self) -> bool:
        """Whether it is a fragment that adds a circumstance: with food, after surgery."""
        return self.is_fragment and _MODIFIES.match(self.core) is not None

    @property
    def ordinal(self) -> int | None:
        """Which of several it means, from 0, or -1 for the last; None when it says none."""
        match = _ORDINAL.match(self.core)
        return _ORDINALS[match["which"]] if match else None

    @property
    def after_ordinal(self) -> str:
        """What follows the ordinal it opens with."""
        return _ORDINAL.sub("", self.core, count=1).strip(" ,:;-")


def phrase_of(plain: str) -> Phrase:
    """Take a question's openings and endings off."""
    text = plain.strip()
    core = _FOR_THEM.sub("", _ENDING.sub("", _OPENING.sub("", text))).strip(" ,:;-") or text
    opening, ending = text[: text.find(core)], text[text.find(core) + len(core) :]
    switches = _SWITCHING.search(opening) is not None or _INSTEAD.search(ending) is not None
    return Phrase(core, _ADDING.search(opening) is not None, switches)


def is_only_a_name(terms: Set[str]) -> bool:
    """Whether what is left of a fragment beside a name asks nothing of its own."""
    return not terms - _FORMS - SMALL_TERMS


def speaks_of_oneself(text: str) -> bool:
    """Whether a text speaks of the person asking: can I take it, is it good for my heart."""
    return _ONESELF.search(text) is not None


def says_nothing_more(text: str, places: Sequence[tuple[int, int]]) -> bool:
    """Whether a text has, beside some places, only an opening, an ending, and that one is or takes what is there."""
    at, pieces = 0, []
    for start, end in sorted(places):
        if start >= at:
            pieces.append(text[at:start])
            at = end
    left = " ".join(" ".join([*pieces, text[at:]]).split())
    return bool(places) and _STATES.fullmatch(_OPENING.sub("", f"{left} ").strip(" ,.?!")) is not None


def first_joined(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first of some places, and those joined to it as zinc is in "iron and zinc"."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and not _JOINS.match(text[joined[-1][1] : start]):
            break
        joined.append((start, end))
    return joined


def with_names_replaced(text: str, places: Sequence[tuple[int, int]], name: str) -> str | None:
    """Return a text with all from the first of some places to the last replaced by a name; None without places."""
    return f"{text[: places[0][0]]}{name}{text[places[-1][1] :]}" if places else None
