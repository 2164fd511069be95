"""Check: what a person should mend or refuse before the library answers anyone.

Two kinds of fault: what a publisher's export has lost or muddled, and what somebody may have planted. Each finding
names the file and line, the fact and the remedy. What a file holds never raises, and the time is linear in its length.
A clean lint is no approval: only the manifest approves. Must not know of search or answers.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from assistant.errors import LibraryError, ManifestError
from assistant.library.blocks import SEPARATOR
from assistant.library.manifest import NAME, Row, read_file, read_manifest
from assistant.library.misconceptions import CLAIM
from assistant.library.model import Entry, Unit
from assistant.library.parse import check_tiling, is_safe_url, known_heading, parse_entry
from assistant.library.segment import split_row
from assistant.library.sentences import sentence_spans

Level = Literal["error", "warning"]
Fault = tuple[int, Level, str, str]
"""Offset in the text (-1 for the whole file), level, code and message."""

UNSURE = 0.6
"""An inferred section name with less of the belief than this, from 0 to 1, is for a person to confirm."""
TWIN = 0.5
"""Two entries are near-duplicates when this share of one's five-word runs, from 0 to 1, stands in the other too."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: `line` counts from 1, 0 stands for the whole file; `message` says what is wrong and what to do."""

    file: str
    line: int
    level: Level
    code: str
    message: str


def check_entry(entry: Entry) -> list[Finding]:
    """Lint one entry.

    Returns:
        Findings by line, then code; of each level and code the first on its line.
    """
    newlines = [-1, *(match.start() for match in re.finditer("\n", entry.text))]

    def finding(fault: Fault) -> Finding:
        offset, level, code, message = fault
        return Finding(entry.file, bisect_right(newlines, offset - 1) if offset >= 0 else 0, level, code, message)

    found = [finding(fault) for rule in _STRUCTURE for fault in rule(entry)]
    found += [finding(fault) for rule in _PLANTED for fault in rule(entry.text)]
    found += [finding(fault) for fault in _shop_links(entry.text) if fault[0] >= _body(entry)]
    found = list({(one.line, one.level, one.code, one.line or one.message): one for one in reversed(found)}.values())
    stored = entry.text.casefold()
    stated = (("title", (entry.title,)), ("subjects", entry.subjects), ("aliases", entry.aliases))
    for name, values in (*stated, ("provenance", (entry.provenance,))):
        for value in values:
            if value.casefold() not in stored:
                for _, level, code, message in (fault for rule in _PLANTED for fault in rule(value)):
                    found.append(Finding(entry.file, 0, level, code, f"in its {name}: {message}"))
    return _in_order(found)


def _body(entry: Entry) -> int:
    """Return where the text begins, past any front matter."""
    return entry.units[0].span.end if entry.units[0].kind == "metadata" else 0


def check_corpus(corpus: Path) -> list[Finding]:
    """Lint a corpus: its manifest, each approved entry, and the entries against one another; none that is withdrawn.

    A manifest that cannot be read to its end is the only finding: nothing is served from it until it is mended.

    Returns:
        Findings by file, line and code.

    Raises:
        ManifestError: no corpus folder, or no manifest in it that can be opened.
    """
    try:
        rows = read_manifest(corpus)
    except ManifestError as error:
        if not (corpus / NAME).is_file():
            raise
        place = re.search(rf"{re.escape(NAME)}:(\d+): ", str(error))
        return [Finding(NAME, int(place[1]) if place else 0, "error", "bad-manifest", f"{error}; no entry was checked")]
    entries: list[Entry] = []
    found: list[Finding] = []
    for row in rows:
        if row.stated.status == "approved":
            entry, faults = _read(corpus, row)
            found += faults
            if entry is not None:
                entries.append(entry)
                found += check_entry(entry)
    found += _unlisted(corpus, {row.stated.file for row in rows})
    found += _doubled(entries)
    found += _near_duplicates(entries)
    return _in_order(found)


def _in_order(found: Sequence[Finding]) -> list[Finding]:
    return sorted(set(found), key=lambda one: (one.file, one.line, one.code, one.message))


# What an export has lost or muddled


def _metadata(entry: Entry) -> Iterator[Fault]:
    for name, value in (("title", entry.title), ("subjects", entry.subjects), ("last_reviewed", entry.last_reviewed)):
        if not value:
            yield -1, "warning", "unknown-metadata", f"{name}: not known; state it in the manifest or the front matter"
    if not any(unit.kind == "disclaimer" for unit in entry.units):
        yield -1, "warning", "missing-disclaimer", "no disclaimer in it; ask the publisher whether the file is whole"
    if hashlib.sha256(entry.text.encode()).hexdigest() != entry.sha256:
        fact = "the file is not in NFC with LF line ends and no byte-order mark, as it is served; save it so"
        yield -1, "warning", "not-normalised", fact
    for match in re.finditer(r"^url:[ \t]*[\"']?([^\"'\n]*)", entry.text[: _body(entry)], re.MULTILINE):
        if (url := match[1].strip()) and "://" not in url:
            yield match.start(), "error", "bad-link", f"the url {url[:80]!r} is not https; {_LINK_REMEDY}"


def _sections(entry: Entry) -> Iterator[Fault]:
    remedy = "confirm or correct it in the manifest's `sections` column"
    for section in entry.sections:
        first = entry.units[section.first]
        heading = entry.words(section.first).strip("#=- \n") if first.kind == "heading" else ""
        guess = f"{section.name!r} with confidence {section.confidence:.2f}"
        if section.how == "inferred" and heading and not known_heading(heading):
            fact = f"the heading {heading[:60]!r} names no known section; inferred {guess}; {remedy}"
            yield first.span.start, "warning", "unknown-section", fact
        elif section.how == "inferred" and section.confidence < UNSURE:
            yield first.span.start, "warning", "uncertain-section", f"this section was inferred as {guess}; {remedy}"
    for number, unit in enumerate(entry.units):
        below = _next(entry, number)
        if unit.kind == "heading" and (below is None or 0 < _level(entry, below) <= _level(entry, unit)):
            fact = "nothing stands under this heading; restore the text or take the heading out"
            yield unit.span.start, "error", "empty-section", fact


def _next(entry: Entry, number: int) -> Unit | None:
    """Return the unit after this one in its section."""
    return entry.units[number + 1] if number < entry.section_of[number].last else None


def _level(entry: Entry, unit: Unit) -> int:
    """Return a heading's level, and 0 for what is no heading."""
    if unit.kind != "heading":
        return 0
    words = unit.span.of(entry.text)
    return len(words) - len(words.lstrip("#")) or 2


_CORRECTION = r"\b(?:fact|reality|truth|correction|evidence|response|answer)s?\b[*_]*\s?"
_NO_CLAIM = re.compile(rf"\W*(?:{_CORRECTION}[:—–]|\Z)", re.IGNORECASE)
_NO_CONTENT = re.compile(rf"{_CORRECTION}[:—–]|\([^()]*\)|\bPMIDs?\b", re.IGNORECASE)
_NO_PROSE = re.compile(r"\s*(?:```|~~~|<!--|\||[-*_][-*_ \t]*\Z)")
"""A fragment that is a fence, a comment, a table's line or a rule."""
_BARE = "a misconception without its correction is taken for fact; add the correcting sentence or take the claim out"


def _misconceptions(entry: Entry) -> Iterator[Fault]:
    for unit in entry.units:
        words = unit.span.of(entry.text)
        label = CLAIM.match(words)
        if unit.kind == "fragment" and (unit.lead is not None or _NO_PROSE.match(words)):
            continue
        if label and _NO_CLAIM.match(words, label.end()):
            yield unit.span.start, "error", "empty-claim", "no claim after this label; restore it or take the label out"
        elif unit.kind == "fragment" or (unit.quotable and unit.kind != "myth" and label):
            yield unit.span.start, "error", "bare-claim", _BARE
        elif unit.kind == "myth":
            yield from _corrections(words, unit.span.start, label.end() if label else 0)


def _corrections(words: str, start: int, claim: int) -> Iterator[Fault]:
    """Look for a correction after the claim of one misconception; the claim begins at `claim` in its words."""
    spans = sentence_spans(words, claim, len(words))
    if words.startswith("#"):
        rest = words.partition("\n")[2]
    elif len(spans) > 1:
        rest = words[spans[1].start :]
    else:
        if claim:
            yield start, "warning", "bare-claim", "claim and correction share one sentence; give the correction its own"
        return
    if len(re.findall(r"[^\W\d_]{2,}", _NO_CONTENT.sub(" ", rest))) < 2:
        yield start, "error", "bare-claim", _BARE


_ITEM = re.compile(r"(?:[-*+•]|\d{1,3}[.)])\s")


def _stems(entry: Entry) -> Iterator[Fault]:
    flat = entry.file.lower().endswith(".txt")
    for number, unit in enumerate(entry.units):
        words = unit.span.of(entry.text)
        if unit.kind == "stem" and words.rstrip("*_").endswith(":") and not CLAIM.match(words):
            below = _next(entry, number)
            if below is not None and (below.kind in ("head", "item") or _ITEM.match(below.span.of(entry.text))):
                continue
            level: Level = "warning"
            if flat:
                fact = "the list after this stem is lost, as in every flat export; ask for the Markdown form"
            elif below is None or below.kind == "heading":
                level, fact = "error", "nothing follows this stem; restore its list or take the stem out"
            else:
                fact = "a paragraph follows this stem, so it is not quoted; make it a list, or end it with a full stop"
            yield unit.span.start, level, "dangling-stem", fact
        elif unit.kind in ("sentence", "myth") and not re.search(r"[.!?…:;][\"'’”»)\]*_]*\Z", words[-20:]):
            fact = f"stops at {words[-30:]!r} without a full stop; compare it with the original"
            yield unit.span.end - 1, "warning", "cut-off", fact


def _tables(entry: Entry) -> Iterator[Fault]:
    inside = False
    for number, unit in enumerate(entry.units):
        words = unit.span.of(entry.text)
        below = _next(entry, number)
        if unit.kind == "fragment" and unit.lead is not None:
            columns = len(split_row(entry.words(unit.lead).partition("\n")[0]))
            fact = f"{len(split_row(words))} cells under {columns} columns, so the row is not quoted; mend it "
            yield unit.span.start, "error", "ragged-row", fact + r"(a pipe within a cell is written \|)"
        elif unit.kind == "fragment" and words.startswith("|") and not inside:
            if below is not None and SEPARATOR.match(under := below.span.of(entry.text)):
                fact = f"{len(split_row(under))} cells in the line under {len(split_row(words))} names; make them equal"
                yield below.span.start, "error", "ragged-row", fact
            else:
                fact = "a table whose columns have no names is not quoted; restore its head and the `|---|` line"
                yield unit.span.start, "error", "table-without-head", fact
        elif unit.kind == "head" and (below is None or below.kind not in ("row", "fragment")):
            fact = "no row stands under this head; restore the rows or take the head out"
            yield unit.span.start, "error", "table-without-rows", fact
        inside = unit.kind == "fragment" and words.startswith("|")


_WINDOW, _WORD_TIMES, _PHRASE_TIMES, _PASSAGE_TIMES = 40, 16, 8, 4
"""Stuffing: a word 16 times, or three together 8 times, within 40 content words; or a passage 4 times in an entry.
This project's entries reach 9, 3 and 1 at most; of 5,486 health entries of MedQuAD 4 reach the first bound and some 60
the others, mostly lists of links."""
_CONTENT = re.compile(r"[^\W\d_]{3,}")
_FUNCTION = frozenset(
    (  # noqa: SIM905 - one word a line would hide the list
        "the and for with that this these those are was were from not but than which who its their they them has have "
        "had been may can could will would should did does all any one two three each both more most less least per "
        "after before between under over about into such other some"
    ).split()
)


def _stuffing(entry: Entry) -> Iterator[Fault]:
    found = ((match[0].casefold(), match.start()) for match in _CONTENT.finditer(entry.text, _body(entry)))
    words = [(word, start) for word, start in found if word not in _FUNCTION]
    threes = zip(words, words[1:], words[2:], strict=False)
    phrases = [(f"{one} {two} {three}", start) for (one, _), (two, _), (three, start) in threes]
    for terms, times in ((words, _WORD_TIMES), (phrases, _PHRASE_TIMES)):
        recent: Counter[str] = Counter()
        said: set[str] = set()
        for place, (term, start) in enumerate(terms):
            recent[term] += 1
            if place >= _WINDOW:
                recent[terms[place - _WINDOW][0]] -= 1
            if recent[term] >= times and term not in said:
                said.add(term)
                fact = f"{term[:60]!r} stands {times} times in {_WINDOW} content words, as if to win a search; rewrite"
                yield start, "error", "keyword-stuffing", fact
    passages: Counter[str] = Counter()
    for unit in entry.units:
        passage = " ".join(re.findall(r"\w+", unit.span.of(entry.text).casefold()))
        passages[passage] += unit.quotable and passage.count(" ") >= 3
        if unit.quotable and passages[passage] == _PASSAGE_TIMES:
            fact = f"this passage stands {_PASSAGE_TIMES} times in the entry; keep it once"
            yield unit.span.start, "error", "keyword-stuffing", fact


_STRUCTURE: Sequence[Callable[[Entry], Iterator[Fault]]] = (
    _metadata,
    _sections,
    _misconceptions,
    _stems,
    _tables,
    _stuffing,
)


# What somebody may have planted

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


_START = r"(?:(?:\A|[.!?:;|\n—–(\"“”'‘’])[\s\"“”'‘’(*_>#-]{0,6})(?:please )?"
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


_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,30}://[^\s<>\"'`|)]*", re.IGNORECASE)
_SCRIPT_SCHEME = re.compile(
    r"\b(?:java|vb|live)script\s{0,3}:|\bdata:[^\s,]{0,60}(?:/|;base64)|\b(?:mailto|tel|sms|file|blob):\S",
    re.IGNORECASE,
)
_BARE_HOST = re.compile(r"(?<![\w/.@-])www\.[\w-]{1,63}\.\w{2,}", re.IGNORECASE)
_TARGET = re.compile(r"\]\(\s{0,3}<?([^)\s>]{1,200})")
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*\.?|.*:.*")
_LINK_REMEDY = "only an https link to a named host may be shown: mend it or take it out"


def _links(text: str) -> Iterator[Fault]:
    for match in _URL.finditer(text):
        if fault := _link_fault(match[0].rstrip(".,;:!?]}*_")):
            yield match.start(), "error", "bad-link", f"the link {match[0][:80]!r} {fault}; {_LINK_REMEDY}"
    for pattern, fault in ((_SCRIPT_SCHEME, "may run or send something"), (_BARE_HOST, "has no https://")):
        for match in pattern.finditer(text):
            yield match.start(), "error", "bad-link", f"{match[0][:80]!r} {fault}; {_LINK_REMEDY}"
    for match in _TARGET.finditer(text):
        target = match[1]
        if not target.startswith("#") and "://" not in target and any(mark in target for mark in ":/\\."):
            yield match.start(), "error", "bad-link", f"the target {target[:80]!r} is not https; {_LINK_REMEDY}"


def _link_fault(url: str) -> str:
    """Say what is wrong with a link; an empty string when it may be shown."""
    if not url.lower().startswith("https://"):
        return "is not https"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "cannot be read"
    if "@" in parts.netloc:
        return "holds a user name"
    if _NUMERIC_HOST.fullmatch(host):
        return "names its host by a number"
    return "" if is_safe_url(url) else "has no proper host, or characters that a link may not hold"


_SHOP = re.compile(
    # A price, but not what a disease costs a country
    r"[£$€]\s?\d[\d.,]{0,15}(?!\s?(?:thousand|million|billion|trillion|bn\b|m\b|k\b)|[\d.,])|"
    r"(?<![\d.,])\d[\d.,]{0,15}\s?(?:GBP|USD|EUR)\b|"
    r"\b(?:buy|shop|order|purchase|subscribe) (?:now|today|online|here)\b|"
    r"\badd (?:it |this )?to (?:your |the )?(?:basket|cart)\b|\b(?:discount|promo(?:tional)?|voucher|coupon) codes?\b|"
    r"\bfree (?:delivery|shipping)\b|\b(?:limited[- ]time|special) offers?\b|\bmoney[- ]back guarantee\b|"
    r"\bsave \d{1,2} ?%|\b\d{1,2} ?% off\b",
    re.IGNORECASE,
)
_TRACKED = re.compile(
    r"[?&](?:utm_\w+|ref|aff|affid|affiliate\w*|tag|clickid|gclid|fbclid|partner|campaign|coupon|discount)="
    r"|://(?:www\.)?(?:shop|store|buy)\.|://[^/]*\b(?:amazon|amzn|ebay|etsy|iherb|shopify)\."
    r"|/(?:products?|shop|cart|basket|checkout|buy|dp)(?:[/?]|\Z)",
    re.IGNORECASE,
)


def _shop_links(text: str) -> Iterator[Fault]:
    remedy = "no price, product or shop may stand in an answer: take it out of the body"
    for match in _SHOP.finditer(text):
        yield match.start(), "error", "shop-link", f"{match[0][:60]!r} sells something; {remedy}"
    for match in _URL.finditer(text):
        if _TRACKED.search(match[0].rstrip(".,;:!?]}*_")):
            yield match.start(), "error", "shop-link", f"{match[0][:80]!r} is a shop's or a tracked link; {remedy}"


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


_PLANTED: Sequence[Callable[[str], Iterator[Fault]]] = (
    _hidden_characters,
    _alike_letters,
    _instructions,
    _links,
    _markup,
)


# The library as a whole


def _read(corpus: Path, row: Row) -> tuple[Entry | None, list[Finding]]:
    """Read one approved file; an altered one is read all the same, for whoever must decide on it."""
    file = row.stated.file
    found: list[Finding] = []

    def fault(code: str, fact: str) -> None:
        line = re.match(rf"{re.escape(file)}:(\d+): ", fact)
        found.append(Finding(file, int(line[1]) if line else 0, "error", code, fact))

    try:
        data = read_file(corpus / file, within=corpus)
    except (ManifestError, LibraryError) as error:
        fault("unreadable-file" if (corpus / file).is_file() else "missing-file", str(error))
        return None, found
    if hashlib.sha256(data).hexdigest() != row.sha256:
        fault("altered-file", f"{file} is not as approved; restore it, or read it and approve it with `assistant add`")
    if row.stated.url and (wrong := _link_fault(row.stated.url)):
        fault("bad-link", f"its url in the manifest, {row.stated.url[:80]!r}, {wrong}; {_LINK_REMEDY}")
    try:
        entry = parse_entry(data, row.stated)
        check_tiling(entry)
    except LibraryError as error:
        fault("unreadable-file", str(error))
        return None, found
    return entry, found


def _unlisted(corpus: Path, listed: set[str]) -> Iterator[Finding]:
    """Find entries that lie in the corpus and in no row; a folder with a manifest of its own is another corpus."""
    others = [path.parent for path in corpus.glob(f"*/**/{NAME}")]
    for path in corpus.rglob("*"):
        name = path.relative_to(corpus).as_posix()
        is_entry = path.suffix.lower() in (".md", ".txt") and path.stem.upper() != "README" and path.is_file()
        if is_entry and name not in listed and not any(path.is_relative_to(other) for other in others):
            fact = f"{name} is in no row of the manifest, so it is not served; `assistant add` it or move it away"
            yield Finding(name, 0, "warning", "unlisted-file", fact)


def _doubled(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find names that lead to entries on different main subjects; a main subject counts as a name."""
    titles = [(" ".join(entry.title.casefold().split()), entry) for entry in entries if entry.title]
    names = [(name, entry) for entry in entries for name in entry.subjects[:1]]
    names += [(name, entry) for entry in entries for name in entry.aliases]
    for code, what, claimed in (("doubled-title", "title", titles), ("doubled-alias", "alias", names)):
        owners: dict[str, Entry] = {}
        for name, entry in claimed:
            owner = owners.setdefault(name, entry)
            if owner.subjects[:1] != entry.subjects[:1]:
                subject = " ".join(owner.subjects[:1]) or "an unknown subject"
                fact = f"the {what} {name!r} also leads to {owner.file}, on {subject!r}; keep it in one of them"
                yield Finding(entry.file, 0, "warning", code, fact)


_RUN = 5


def _near_duplicates(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find entries that share most of their wording with another: each with the one it shares the most with.

    The runs of five words of all entries stand in one sorted list, so that an entry is compared only with those that
    have a run in common with it.
    """
    numbers: dict[str, int] = {}
    runs = [_runs_of_words(entry, numbers) for entry in entries]
    values = np.concatenate([np.empty(0, dtype=np.uint64), *runs])
    owners = np.repeat(np.arange(len(runs)), [len(each) for each in runs])
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]
    found: dict[tuple[str, str], float] = {}
    for number, own in enumerate(runs):
        first, last = np.searchsorted(values, own, "left"), np.searchsorted(values, own, "right")
        if np.count_nonzero(last - first > 1) < max(TWIN * len(own), 1):
            continue
        holders = np.concatenate([owners[start:end] for start, end in zip(first, last, strict=True)])
        shared = np.bincount(holders, minlength=len(runs))
        shared[number] = 0
        other = int(shared.argmax())
        if shared[other] >= TWIN * len(own):
            one, two = sorted((entries[number].file, entries[other].file))
            found[one, two] = max(found.get((one, two), 0.0), float(shared[other]) / len(own))
    for (one, two), share in found.items():
        fact = f"{share:.0%} of the wording of one also stands in the other, {one}; withdraw one of the two"
        yield Finding(two, 0, "warning", "near-duplicate", fact)


def _runs_of_words(entry: Entry, numbers: dict[str, int]) -> NDArray[np.uint64]:
    """Return a hash of each run of five words in what may be quoted, once, sorted; `numbers` grows by new words."""
    quotable = (unit.span.of(entry.text).casefold() for unit in entry.units if unit.quotable)
    words = [word for passage in quotable for word in re.findall(r"\w+", passage)]
    ids = np.array([numbers.setdefault(word, len(numbers) + 1) for word in words], dtype=np.uint64)
    if len(ids) < _RUN:
        return np.empty(0, dtype=np.uint64)
    total = np.zeros(len(ids) - _RUN + 1, dtype=np.uint64)
    for place in range(_RUN):
        # Polynomial hashing modulo 2^64; Knuth's multiplier spreads the small word numbers.
        total = (total + ids[place : place + len(total)]) * np.uint64(6364136223846793005)
    return np.unique(total)
