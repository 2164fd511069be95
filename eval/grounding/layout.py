"""Layout: an answer's text taken apart as Markdown shows it, every word still knowing its place.

Block quotes, bullets, headings, emphasis, links and wrapped lines are dress, not words. Citation marks, "[1]", "(1)",
raised numbers, may be dress or words: they are kept apart, and the library's own words decide.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from assistant.library.model import Span
from assistant.library.sentences import sentence_spans
from eval.grounding.words import Word, words_in

BlockKind = Literal["paragraph", "item", "heading", "row", "source"]

_PREFIX = re.compile(
    r"(?P<quote>(?:[ \t]{0,3}>[ \t]?)*)[ \t]*(?P<hashes>#{1,6}[ \t]+)?"
    r"(?P<marker>(?:[-*+•‣▪◦]|(?P<number>\d{1,3})[.)])[ \t]+)?(?P<dash>[–—―][ \t]*)?"
)
_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|`{3,}\w*|~{3,}\w*)$")
_SEPARATOR = re.compile(r"[ \t>]*\|?(?:[ \t]*:?-{1,}:?[ \t]*\|)+(?:[ \t]*:?-{1,}:?[ \t]*)?$")
_SOURCES = re.compile(r"[\W_]*(?:sources?|references?|citations?|read more|further reading)[\W_]*$", re.IGNORECASE)
_LINK = re.compile(
    r"(?P<image>!?)\[(?P<label>[^\[\]\n]{0,300})\]\((?P<url>[^\s()<>]{1,2000})(?:\s+\"[^\"\n]{0,200}\")?\)"
)
_URL = re.compile(r"<?(?P<url>https?://[^\s<>\"'”’\])]{1,2000}[^\s<>\"'”’\]).,;:!?*_])>?")
_TAG = re.compile(
    r"</?(?:br|b|i|em|strong|p|div|span|sup|sub|blockquote|ul|ol|li|a|q|cite|h[1-6]|table|tr|td|th|tbody|thead|hr|code|"
    r"small)(?:\s[^<>\n]{0,300})?/?>|&nbsp;",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\[\^?\d{1,3}(?:\s?[,;–-]\s?\^?\d{1,3}){0,9}\](?!\()|\(\d{1,2}(?:\s?[,;]\s?\d{1,2}){0,9}\)|【[^】\n]{1,80}】|"
    r"(?<=[\w.!?”\"'’)])[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?![⁰¹²³⁴⁵⁶⁷⁸⁹])|<sup>\[?\d{1,3}\]?</sup>"
)
_DRESS = re.compile(r"[*_`|\\“”«»\"‹›]+|(?<![\w])['‘]|['’](?![\w])")


@dataclass(frozen=True, slots=True)
class Mark:
    """What may be a citation mark: its place, and the numbers in it."""

    start: int
    end: int
    numbers: tuple[int, ...]
    bracketed: bool
    """Whether it can only be a citation mark: one in square brackets is, "(1)" may be a word of the library."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that an answer's text holds."""

    start: int
    end: int
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item, a heading, a table row or a line of sources."""

    start: int
    end: int
    kind: BlockKind
    passage: int
    """Which run of blocks it belongs to: a citation mark reaches back over its own run."""


@dataclass(frozen=True, slots=True)
class Layout:
    """An answer's text, taken apart."""

    text: str
    plain: str
    """As long as the text, with white space in place of all dress, addresses and marks."""
    blocks: tuple[Block, ...]
    words: tuple[Word, ...]
    optional: frozenset[int] = field(repr=False)
    """Numbers of the words that stand in a mark."""
    ends: frozenset[int] = field(repr=False)
    """Numbers of the words past the last of each sentence."""
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]


def lay_out(text: str) -> Layout:
    """Take an answer's text apart."""
    masked = list(text)
    links = _links(text, masked)
    marks = tuple(
        Mark(
            match.start(), match.end(), tuple(map(int, re.findall(r"\d{1,3}", _digits(match[0])))), match[0][0] in "[【"
        )
        for match in _MARK.finditer("".join(masked))
    )
    for match in _TAG.finditer("".join(masked)):
        _blank(masked, match.start(), match.end())
    blocks = _blocks(text, masked)
    for match in _DRESS.finditer("".join(masked)):
        _blank(masked, match.start(), match.end())
    marked = "".join(masked)
    for mark in marks:
        _blank(masked, mark.start, mark.end)
    for block in blocks:
        for position in range(block.start, block.end):
            if masked[position] in "\r\n":
                masked[position] = " "
    plain = "".join(masked)
    words, ends = _words(marked, plain, blocks)
    optional = frozenset(
        n for n, word in enumerate(words) if any(mark.start <= word.start < mark.end for mark in marks)
    )
    return Layout(text, plain, blocks, tuple(words), optional, frozenset(ends), marks, links)


def _words(marked: str, plain: str, blocks: tuple[Block, ...]) -> tuple[list[Word], set[int]]:
    """Return the words of all blocks, those in marks too, and the numbers past each sentence's last word."""
    words: list[Word] = []
    ends: set[int] = set()
    for block in blocks:
        spans = [Span(block.start, block.end)] if block.kind in ("row", "source", "heading") else None
        spans = spans or sentence_spans(plain, block.start, block.end)
        base = len(words)
        words += words_in(marked, block.start, block.end)
        for span in spans:
            ends.add(next((n for n in range(len(words) - 1, base - 1, -1) if words[n].start < span.end), base - 1) + 1)
        ends.add(len(words))
    return words, ends


def _links(text: str, masked: list[str]) -> tuple[Link, ...]:
    """Find the addresses; blank them, and the label of a link that is only a number or an address's name."""
    links: list[Link] = []
    for match in _LINK.finditer(text):
        links.append(Link(match.start(), match.end(), match["url"], match["label"]))
        _blank(masked, match.start(), match.start("label"))
        _blank(masked, match.end("label"), match.end())
        if re.fullmatch(r"[\W\d_]*|(?:source|link|ref)\W*\d*|(?:[\w-]+\.)+[a-z]{2,}\S*", match["label"], re.IGNORECASE):
            _blank(masked, match.start("label"), match.end("label"))
    for match in _URL.finditer("".join(masked)):
        links.append(Link(match.start(), match.end(), match["url"], ""))
        _blank(masked, match.start(), match.end())
    return tuple(sorted(links, key=lambda link: link.start))


def _blocks(text: str, masked: list[str]) -> tuple[Block, ...]:
    """Cut the text into blocks, blanking what marks them as such."""
    blocks: list[Block] = []
    passage, blank, sources, depth = 0, False, False, 0
    position = 0
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        bare = line.rstrip()
        if _RULE.match(bare) or _SEPARATOR.fullmatch(bare):
            _blank(masked, start, start + len(bare))
            bare = ""
        prefix = _PREFIX.match(bare)
        begin = prefix.end() if prefix else 0
        quoted = prefix["quote"].count(">") if prefix else 0
        if not bare[begin:].strip():
            _blank(masked, start, start + len(bare))
            # A blank line inside one block quote parts no passage.
            blank = blank or not quoted
            if not quoted:
                depth = 0
            continue
        kind = _kind(bare, prefix, blocks, blank=blank) if prefix else "paragraph"
        sources = (sources and kind != "heading") or _SOURCES.match(bare) is not None
        kind = "source" if sources else kind
        if kind == "paragraph" and prefix and prefix["marker"] and not prefix["dash"]:
            begin = prefix.start("marker")
        elif prefix:
            _blank(masked, start, start + begin)
        before = blocks[-1] if blocks else None
        joins = kind == "paragraph" and before is not None and before.kind in ("paragraph", "item") and not blank
        if joins and before is not None and depth == quoted:
            blocks[-1] = replace(before, end=start + len(bare))
        else:
            lasting = before is not None and (
                kind in ("item", "source")
                and (before.kind == "item" or text[before.end - 1] in ":*_" or kind == "source")
            )
            passage += blank and not lasting
            blocks.append(Block(start + begin, start + len(bare), kind, passage))
        blank, depth = False, quoted
    return tuple(blocks)


def _kind(bare: str, prefix: re.Match[str], blocks: list[Block], *, blank: bool) -> BlockKind:
    if prefix["hashes"]:
        return "heading"
    rest = bare[prefix.end() :]
    if prefix["dash"] and not prefix["marker"]:
        return "source"
    if bare[prefix.end("quote") :].lstrip().startswith("|") and rest.count("|") > 1:
        return "row"
    if prefix["marker"]:
        # As in CommonMark: a number that is not 1 opens no list in the middle of a paragraph.
        listed = prefix["number"] in (None, "1") or blank or not blocks or blocks[-1].kind != "paragraph"
        return "item" if listed else "paragraph"
    if re.fullmatch(r"(\*\*|__)[^*_\n]+\1:?", rest.strip()):
        return "heading"
    return "paragraph"


def _blank(masked: list[str], start: int, end: int) -> None:
    for position in range(start, end):
        if masked[position] not in "\r\n":
            masked[position] = " "


def _digits(mark: str) -> str:
    return mark.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
