"""Intrusions: what somebody may have planted in a text, to deceive a reader or to steer a machine that reads it.

Characters that cannot be seen or that pass for others, words that instruct a machine, unsafe links, and markup. Each
rule goes by the text alone, never raises, and takes time linear in it. Must not know of entries, units or files.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from assistant.library.findings import Fault
from assistant.library.links import find_bad_links


def find_intrusions(text: str) -> Iterator[Fault]:
    """Yield what may have been planted in a text, rule by rule, not in the order of the text."""
    for rule in _RULES:
        yield from rule(text)


_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2028\u2029\u2800\u3164\uffa0\ufffc\ufffd"
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""What shows nothing, or stands for lost text, though its category does not say so: fillers, variation selectors."""


def _hidden_characters(text: str) -> Iterator[Fault]:
    newline, seen = -1, 0
    for match in _NOT_ASCII.finditer(text):
        letter = match[0]
        newline, seen = max(newline, text.rfind("\n", seen, match.start())), match.start()
        if letter in _INVISIBLE or unicodedata.category(letter) in ("Cf", "Co", "Cn", "Cs"):
            what = f"U+{ord(letter):04X} ({unicodedata.name(letter, 'no name')})"
            fact = f"{what} at column {match.start() - newline} cannot be seen; take it out"
            yield match.start(), "error", "hidden-character", fact


_LETTERS = re.compile(r"[^\W\d_]+")
_ALIKE_SCRIPTS = frozenset({"CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET", "GOTHIC", "OSAGE"})
_STYLED = frozenset({"FULLWIDTH", "MATHEMATICAL"})
_LATIN_TWINS = frozenset("ɑɡ") | frozenset(map(chr, range(0x1D00, 0x1D23)))
_CYRILLIC_TWINS = frozenset("асеорхуіјѕһԁԛԝАВЕЗІЈКМНОРСТХУҮ")
_GREEK_TWINS = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοινρυϲϳ")
"""Greek letters that are Latin ones to the eye; only ν and ρ of these are symbols too, and they stand by themselves."""
_GREEK_NEAR = frozenset("ακτχωεηγσπ")
"""Greek letters that are near to Latin ones and are symbols too, as in TNFα, NFκB, α-tocopherol."""


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _alike_letters(text: str) -> Iterator[Fault]:
    for match in _LETTERS.finditer(text):
        if not match[0].isascii() and (letter := _alike(match[0])):
            fact = (
                f"{match[0][:40]!r} holds U+{ord(letter):04X} ({unicodedata.name(letter)}), which passes for another; "
            )
            remedy = "retype it, or set a Greek letter that is meant apart with a hyphen"
            yield match.start(), "error", "look-alike-letter", fact + remedy


def _alike(word: str) -> str:
    """Return the letter of a word that passes for a Latin one, or an empty string."""
    scripts = {_script(letter) for letter in word}
    if scripts & _STYLED:
        return next(letter for letter in word if _script(letter) in _STYLED)
    if scripts == {"CYRILLIC"} and _CYRILLIC_TWINS.issuperset(word):
        return word[0]
    if scripts == {"GREEK"} and (_GREEK_TWINS - {"ν", "ρ"}).issuperset(word):
        return word[0]
    if "LATIN" not in scripts:
        return ""
    for place, letter in enumerate(word):
        if _script(letter) in _ALIKE_SCRIPTS or letter in _LATIN_TWINS or letter in _GREEK_TWINS:
            return letter
        if _script(letter) == "GREEK" and letter.islower():
            first, last = place == 0, place == len(word) - 1
            inside = not first and not last and _is_small_latin(word[place - 1]) and _is_small_latin(word[place + 1])
            at_edge = letter in _GREEK_NEAR and len(word) > 4 and (first or last)
            if inside or (at_edge and (word[1:] if first else word[1:-1]).islower()):
                return letter
    return ""


def _is_small_latin(letter: str) -> bool:
    return letter.islower() and _script(letter) == "LATIN"


_START = r"(?:(?:\A|[.!?:;|\n—–(\"“”'‘’])[\s\"“”'‘’(*_>#-]{0,6})(?=[a-z])(?:please )?"
"""Where a command may begin: the text, a line, a sentence, a clause, a cell."""
_MACHINE = (
    r"(?:a\.?i\.?|llms?|gpt|chat ?bots?|(?:large )?language models?|"
    r"(?:ai|virtual|digital|voice|automated) (?:assistants?|agents?))"
)
_COMMANDS = (
    # Setting other instructions aside
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|preceding|foregoing|"
    r"initial|original|system)\b[^.\n]{0,20}\b(?:instructions?|prompts?|rules?|directions?|commands?|messages?|context|"
    r"text|guidelines?|constraints?)\b",
    r"\b(?:ignore|disregard|forget|override|bypass) (?:all |any )?(?:of )?your (?:\w+ )?"
    r"(?:instructions?|prompts?|programming|training|rules|guidelines)\b",
    r"\b(?:ignore|disregard|forget) (?:everything|all(?: of)? (?:that|the)|what(?:ever)?|(?:the |these |any )?"
    r"(?:instructions?|prompts?|rules|text|context))[^.\n]{0,20}\b(?:above|before|told|said|previous)\b",
    r"\bnew instructions?\s?:|"
    rf"\b(?:instructions?|notes?|messages?|commands?) (?:for|to) (?:the |any |all )?{_MACHINE}\b",
    r"\b(?:system|developer) (?:prompt|message|override)s?\b|\bprompt injection\b|\bjailbreak",
    # Giving a machine a part to play
    r"\byou(?:'re|’re| are) (?:now )?(?:an?|the|my) (?!(?:dental|medical|nursing|care|research)\b)"
    rf"(?:[\w-]+ ){{0,3}}(?:assistant|{_MACHINE})\b",
    r"\byou(?:'re|’re| are) now (?:dan\b|in (?:\w+ )?mode\b)|\bfrom now on,? you\b",
    rf"{_START}(?:act|behave|pose|role-?play|speak|write) as "
    r"(?:if you|though you|an? (?:\w+ )?(?:expert|assistant|translator|persona|character))\b",
    rf"{_START}(?:pretend|imagine) (?:to be|that you|you)\b",
    # AI is also "adequate intake": it takes a verb or a part of speech that only a machine has.
    rf"{_START}as an? {_MACHINE}\b|\bas an? (?:large )?language model\b|"
    r"\bas an? a\.?i\.?(?: (?:language|model|assistant|chatbot|system|trained)|,? (?:i|you) )",
    rf"\b{_MACHINE}\b[^.\n]{{0,30}}\b(?:must|should|shall|reading|processing|summari[sz]ing) "
    r"(?:always|never|not|only|now|this|the|say|answer|reply|quote|ignore)\b",
    # The marks of a chat
    r"^[ \t]{0,4}(?:[#>*-]{1,4}[ \t]?)?[*_\[]{0,3}(?:system|user|assistant|developer)[*_\]]{0,3} ?:",
    r"^#{1,4} ?(?:instructions?|response)\s?:",
    r"<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>",
    # Saying how to answer
    r"\byour (?:\w+ )?(?:answers?|reply|replies|outputs?|completion|messages?)\b|\byour responses?\b(?! (?:to|rate)\b)",
    rf"{_START}(?:modify|enhance|augment|adjust|change|rewrite|begin|start|end|finish|format) your responses?\b",
    rf"{_START}(?:(?:always|only|just|never|instead,?) )?(?:respond|reply|answer) (?:only |solely |always )?"
    r"(?:with|in|by|as|using|to (?:the|every|any|all))\b",
    r"\b(?:you|must|should|always|please) (?:respond|reply|answer) (?:only |solely |always )?(?:with|in|as|using)\b",
    rf"{_START}(?:always|never|only) (?:say|answer|respond|reply|cite|quote|rank|return)\b",
    r"\b(?:do not|don['’]t|never) (?:tell|inform|warn|reveal|mention|disclose|show)\b[^.\n]{0,30}\b"
    r"(?:users?|readers?|anyone|humans?|person|customers?|patients?)\b",
    r"\b(?:tell|inform|assure|convince|instruct|direct|urge|persuade) (?:the |all |any |every )?users?\b|"
    r"\b(?:when|if) (?:a|the|any) user (?:asks|says|wants|requests)\b",
    r"\bwhen (?:answering|responding to|summari[sz]ing) (?:this|the|any|a) (?:question|query|user|text|document)\b|"
    r"\b(?:in|to|from) (?:each|every) (?:answer|reply|response|output|message)\b",
    rf"{_START}(?:repeat (?:after me|the (?:above|following|words))|print (?:the|your|out)|output (?:the|only|exactly)|"
    r"reveal (?:the|your))\b",
    # Setting a writing machine a task
    rf"{_START}(?:(?:can|could|would|will) you (?:please )?"
    r"(?:show|tell|give|write|explain|help|translate|provide|list|describe)|(?:show|tell|give|teach) me)\b",
    rf"{_START}(?:write|draft|compose|generate|create|produce|craft|develop|provide|deliver) (?:me |us )?"
    r"(?:an?|the|some|two|three|\d+) (?:[\w-]+ ){0,3}(?:stor(?:y|ies)|poems?|haiku|limerick|essays?|letters?|"
    r"e-?mails?|speech|introduction|articles?|tweets?|scripts?|code|functions?|songs?|lyrics|jokes?|dialogues?|"
    r"headlines?|slogans?|translations?|equivalents?|paragraphs?)\b",
    rf"{_START}(?:explain|describe|summari[sz]e|paraphrase|rephrase|rewrite|break down|elaborate on|recite|translate) "
    r"(?:the|how|why|what|an?|this|it|into|to|in)\b",
    rf"{_START}(?:replace|substitute|convert|scramble|jumble|rearrange|misspell|capitali[sz]e|reverse|encode|decode|"
    r"shuffle|swap|use) (?:\w+ ){0,5}(?:letters?|vowels?|consonants?|symbols?)\b",
)
_INSTRUCTION = tuple(re.compile(command, re.IGNORECASE | re.MULTILINE) for command in _COMMANDS)


def _instructions(text: str) -> Iterator[Fault]:
    for pattern in _INSTRUCTION:
        for match in pattern.finditer(text):
            words = match[0].lstrip(".!?:;|\n—–(\"“”'‘’ \t")
            said = " ".join(words.split())[:60]
            fact = f"{said!r} instructs a reader-machine; make it a finding, or refuse the file"
            yield match.end() - len(words), "error", "instruction-like", fact


_TAG = re.compile(
    r"<(?:/?\s{0,3}(?:script|style|iframe|frame|object|embed|img|image|svg|math|form|input|button|textarea|select|link|"
    r"meta|base|body|html|head|video|audio|source|details|template|noscript|marquee|div|span|br|hr|table|tr|td|th|ul|ol|"
    r"li|sup|sub|em|strong)\b|!--|!doctype|\?xml|/?[a-z][a-z0-9-]{0,30}(?:[\s/][^<>]{0,300})?>|"
    r"[a-z][a-z0-9-]{0,30}[\s/][^<>]{0,300}(?:=\s?[\"']|\bon[a-z]{3,20}\s?=))",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)


def _markup(text: str) -> Iterator[Fault]:
    for match in _TAG.finditer(text):
        yield match.start(), "error", "html", f"{match[0][:60]!r} is HTML and would be shown as it stands; take it out"
    for match in _REFERENCE.finditer(text):
        yield match.start(), "warning", "html", f"{match[0]!r} is HTML for a character; write the character itself"


_RULES: Sequence[Callable[[str], Iterator[Fault]]] = (
    _hidden_characters,
    _alike_letters,
    _instructions,
    find_bad_links,
    _markup,
)
