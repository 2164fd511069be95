"""Defects: what a publisher's export has lost or muddled in one entry.

Each rule goes by the units that the entry was cut into, never raises, and takes time linear in its length. Must not
open a file or look at other entries; what somebody may have planted is for `intrusions`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from assistant.library.blocks import SEPARATOR
from assistant.library.findings import Fault, Level
from assistant.library.links import LINK_REMEDY
from assistant.library.misconceptions import CLAIM
from assistant.library.model import Entry, Unit
from assistant.library.sections import heading_names
from assistant.library.segment import split_row
from assistant.library.sentences import sentence_spans

UNSURE = 0.6
"""An inferred section name with less of the belief than this, from 0 to 1, is for a person to confirm."""


def find_defects(entry: Entry) -> Iterator[Fault]:
    """Yield what is lost or muddled in an entry, rule by rule, not in the order of its text."""
    for rule in _RULES:
        yield from rule(entry)


def body_start(entry: Entry) -> int:
    """Return the offset at which the text begins, past any front matter."""
    return entry.units[0].span.end if entry.units[0].kind == "metadata" else 0


def _metadata(entry: Entry) -> Iterator[Fault]:
    for name, value in (("title", entry.title), ("subjects", entry.subjects), ("last_reviewed", entry.last_reviewed)):
        if not value:
            yield -1, "warning", "unknown-metadata", f"{name}: not known; state it in the manifest or the front matter"
    if not any(unit.kind == "disclaimer" for unit in entry.units):
        yield -1, "warning", "missing-disclaimer", "no disclaimer in it; ask the publisher whether the file is whole"
    if hashlib.sha256(entry.text.encode()).hexdigest() != entry.sha256:
        fact = "the file is not in NFC with LF line ends and no byte-order mark, as it is served; save it so"
        yield -1, "warning", "not-normalised", fact
    for match in re.finditer(r"^url:[ \t]*[\"']?([^\"'\n]*)", entry.text[: body_start(entry)], re.MULTILINE):
        if (url := match[1].strip()) and "://" not in url:
            yield match.start(), "error", "bad-link", f"the url {url[:80]!r} is not https; {LINK_REMEDY}"


def _sections(entry: Entry) -> Iterator[Fault]:
    remedy = "confirm or correct it in the manifest's `sections` column"
    for section in entry.sections:
        first = entry.units[section.first]
        heading = entry.words(section.first).strip("#=- \n") if first.kind == "heading" else ""
        guess = f"{section.name!r} with confidence {section.confidence:.2f}"
        if section.how == "inferred" and heading and not heading_names(heading):
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
    found = ((match[0].casefold(), match.start()) for match in _CONTENT.finditer(entry.text, body_start(entry)))
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


_RULES: Sequence[Callable[[Entry], Iterator[Fault]]] = (
    _metadata,
    _sections,
    _misconceptions,
    _stems,
    _tables,
    _stuffing,
)
