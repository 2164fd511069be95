"""Sentences: where one ends, in health prose full of abbreviations, doses and citations.

When in doubt the splitter does not split: two sentences quoted together mislead nobody, half a sentence may. It never
splits inside brackets or typographic quotation marks that close within the paragraph. It takes time in proportion to
the text, whatever the text.
"""

import re

from assistant.library.model import Span

_ABBREVIATIONS = frozenset(
    """
    eg ie vs cf al approx viz dr prof mr mrs ms st jr sr ed eds resp incl excl sp spp subsp var ssp inc ltd co dept est
    assn univ suppl j am br eur int proc natl acad clin nutr biol chem sci metab endocrinol pharmacol physiol immunol
    psychol epidemiol gastroenterol diabetol
    """.split()  # noqa: SIM905 - reads as words
)
"""Words that end in a full stop without ending a sentence, lower case; "e.g", letters with stops between, is a rule."""

_NUMBERED = frozenset(
    """
    no nos fig figs eq ref refs vol pp p ca c min max tab jan feb mar apr jun jul aug sept oct nov dec
    """.split()  # noqa: SIM905 - reads as words
)
"""Those that do so only before a number: "No. 5", but "The answer is no. Trials"."""

_END = re.compile(r"(?<![.!?…])[.!?…]++[)\]\"'’”»*_]*+(?:\[\d[\d,;–\s-]{0,30}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]{1,20})?(?=\s)")
"""Stops, what closes after them, and a citation mark, "[3,4]" or a raised number; then white space."""
_LAST_WORD = re.compile(r"([^\s(\[\"'“‘]+)$")
_OPENING_MARKS = "\"'“‘«([*_"
_TERM = re.compile(r"[^\W\d_]{1,3}[A-Z0-9]|[^\W\d_]-|(?<=\()(?:[a-z]|[ivx]{1,4})\)")
"""A sentence may begin small with a term such as eGFR, mTOR, n-3, α-tocopherol, or with a letter of a list, "(b)"."""
_SINGLE_LETTER = re.compile(
    r"\b(?:(?:pro)?vitamins?|hepatitis|group|type|arm|class|grade|factor|figure|table|panel|part|phase|stage|protein|coenzyme|"
    r"immunoglobulin|haemoglobin|hemoglobin|complex)(?: [a-k]\d{0,2},?(?: and| or| plus|,)?)*$"
)
"""What a single capital belongs to when it is no initial: "vitamin D. Trials", "vitamins C and E. Trials"."""
_OPENING_WORD = re.compile(
    r"(?:The|This|These|Those|In|It|Its|They|Both|However|No|One|Two|Three|But|For|Trials?|Studies)\b"
)
_OPENERS = {"(": ")", "[": "]", "“": "”"}


def sentence_spans(text: str, start: int, end: int) -> list[Span]:
    """Split a stretch of a text into sentences.

    Args:
        text: the whole text; nothing outside the stretch is looked at.
        start: first code point of the stretch.
        end: past its last code point.

    Returns:
        Sentences in order, without the white space around them; together they hold every other character of the
        stretch. Empty for a stretch of white space.
    """
    inside = _bracketed(text, start, end)
    found: list[Span] = []
    begin = _past_space(text, start, end)
    for match in _END.finditer(text, begin, end):
        if inside[match.start() - start] and not _closes(inside, begin - start, match, start):
            continue
        if _ends_sentence(text, begin, match, end):
            found.append(Span(begin, match.end()))
            begin = _past_space(text, match.end(), end)
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        found.append(Span(begin, end))
    return found


def _past_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _closes(inside: bytearray, begin: int, match: re.Match[str], start: int) -> bool:
    """Whether a stop inside brackets ends a quotation, or a sentence that is bracketed from end to end."""
    if inside[match.end() - 1 - start]:
        return False
    return "”" in match.group() or inside.find(0, begin, match.start() - start) < 0


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    after = _past_space(text, match.end(), end)
    if after >= end:
        return True
    if not _may_begin(text, after, end):
        return False
    mark = match.group()
    if mark[0] == "…" or mark.startswith(".."):
        # "It rose… The next" ends; "(1) … (2) …" and other words left out do not.
        return match.start() > begin and not text[match.start() - 1].isspace()
    if mark[0] != ".":
        return True
    word = _LAST_WORD.search(text, max(begin, match.start() - 40), match.start())
    if word is None:
        return True
    given = word.group(1).strip("*_")
    last = given.lower()
    # An initial or a genus, "E. coli", "J. Smith"; but "vitamin D. Trials" and "group B. The" end a sentence.
    if len(given) == 1 and given.isupper():
        before = text[max(begin, word.start() - 60) : word.start()].rstrip().lower()
        return _SINGLE_LETTER.search(before) is not None or _OPENING_WORD.match(text, after, end) is not None
    if last in _NUMBERED:
        # "30 min. The" ends a sentence: there the word is the unit of a number and takes none after it.
        return not text[after].isdigit()
    if (last in _ABBREVIATIONS and not (given.isupper() and len(given) > 1)) or _is_dotted(last):
        return False
    if last.isdecimal() and len(last) <= 2:
        # "1. Take", ": 1. Take", "(A) 2. Note" number what follows.
        before = text[max(begin, word.start() - 9) : word.start()].rstrip()
        return word.start() > begin and not before.endswith((":", ";", ")"))
    return True


def _is_dotted(word: str) -> bool:
    """Whether a word is letters with stops between: e.g, i.v, a.m, u.s.a, ph.d."""
    parts = word.split(".")
    return len(parts) > 1 and all(len(part) <= 2 and part.isalpha() for part in parts)


def _may_begin(text: str, after: int, end: int) -> bool:
    """Whether a sentence may begin here: with a capital, a digit, a sign before a number, or a term."""
    limit = min(end, after + 20)
    while after < limit and text[after] in _OPENING_MARKS:
        after += 1
    if after >= limit:
        return False
    first = text[after]
    return first.isupper() or first.isdigit() or first in "<>≥≤~±+−£$€" or _TERM.match(text, after, end) is not None


def _bracketed(text: str, start: int, end: int) -> bytearray:
    """Mark with 1 each code point from a bracket that closes within the stretch up to, not with, what closes it."""
    edges: list[tuple[int, int]] = []
    open_at: list[tuple[str, int]] = []
    for position in range(start, end):
        character = text[position]
        if character in _OPENERS:
            open_at.append((_OPENERS[character], position))
        elif character in ")]”":
            # An unmatched closer, as in "SR/MA)" or "a)", closes nothing; a mismatched opener is dropped with it.
            for depth in range(len(open_at) - 1, max(len(open_at) - 4, -1), -1):
                if open_at[depth][0] == character:
                    edges += [(open_at[depth][1], 1), (position, -1)]
                    del open_at[depth:]
                    break
    inside = bytearray(end - start)
    depth, since = 0, start
    for position, change in sorted(edges):
        if depth == 0 and change == 1:
            since = position
        depth += change
        if depth == 0:
            inside[since - start : position - start] = b"\x01" * (position - since)
    return inside
