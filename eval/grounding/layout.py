"""Layout: an answer's text taken apart as Markdown shows it, every word still knowing its place.

Block quotes, bullets, headings, emphasis, links and wrapped lines are dress, not words. Citation marks, "[1]", "(1)",
raised numbers, may be dress or words: they are kept apart, and the library's own words decide.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from assistant.library.model import Span
from assistant.library.sentences import sentence_spans
from eval.grounding.words import Word, words_in

BlockKind = Literal["paragraph", "item", "heading", "row", "source", "listed"]

_PREFIX = re.compile(
    r"(?P<quote>(?:[ \t]{0,3}>[ \t]?)*)[ \t]*(?P<hashes>#{1,6}[ \t]+)?"
    r"(?P<marker>(?:[\"“]?(?:[-*+•‣▪◦]|(?P<number>\d{1,3})[.)])[ \t]+){1,3})?(?P<dash>[–—―][ \t]*)?"
)
_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|`{3,}\w*|~{3,}\w*)$")
_SEPARATOR = re.compile(r"[ \t>]*\|?(?:[ \t]*:?-{1,}:?[ \t]*\|)+(?:[ \t]*:?-{1,}:?[ \t]*)?$")
_SOURCES = re.compile(r"[\W_]*(?:sources?|references?|citations?|read more|further reading)[\W_]*$", re.IGNORECASE)
_LINK = re.compile(
    r"!?\[(?P<label>(?:[^\[\]\n]|\n(?!\s*\n)){0,300})\]\((?P<url>[^\s()<>]{1,2000})(?:\s+\"[^\"\n]{0,200}\")?\)"
)
_URL = re.compile(r"<?(?P<url>https?://[^\s<>\"'”’\])]{1,2000}[^\s<>\"'”’\]).,;:!?*_])>?")
_TAG = re.compile(
    r"</?(?:br|b|i|em|strong|p|div|span|sup|sub|blockquote|ul|ol|li|a|q|cite|h[1-6]|table|tr|td|th|tbody|thead|hr|code|"
    r"small)(?:\s[^<>\n]{0,300})?/?>|&nbsp;",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\[\^?\d{1,3}(?:\s?[,;–-]\s?\^?\d{1,3}){0,9}\](?!\()|\(\d{1,2}(?:\s?[,;]\s?\d{1,2}){0,9}\)|【[^】\n]{1,80}】|"
    r"(?<=[\w.,;:!?”\"'’)\]%|])[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?![⁰¹²³⁴⁵⁶⁷⁸⁹])|<sup>\[?\d{1,3}\]?</sup>"
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
    """A paragraph, a list item, a heading, a table row, a source under a quotation, or one of a list of sources."""

    start: int
    end: int
    kind: BlockKind
    passage: int
    """Which run of blocks it belongs to: a citation mark reaches back over its own run."""


@dataclass(frozen=True, slots=True)
class Layout:
    """An answer's text, taken apart."""

    text: str
    marked: str
    """As long as the text, with white space in place of all dress and addresses; citation marks are still there."""
    blocks: tuple[Block, ...]
    words: tuple[Word, ...]
    optional: frozenset[int] = field(repr=False)
    """Numbers of the words that stand in a mark."""
    ends: frozenset[int] = field(repr=False)
    """Numbers of the words past the last of each sentence."""
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]

    def block_at(self, position: int) -> Block:
        """Return the block that holds a place, or the next one after it."""
        at = bisect_right(self.blocks, position, key=lambda block: block.end)
        return self.blocks[min(at, len(self.blocks) - 1)]

    def around(self, first: int, last: int) -> tuple[int, int]:
        """Return the place of words `first` to `last` with the brackets, quotation marks and stops that hug them."""
        start, end = self.words[first].start, self.words[last].end
        low = self.words[first - 1].end if first else 0
        high = self.words[last + 1].start if last + 1 < len(self.words) else len(self.text)
        while start > low and self.text[start - 1] in "([“‘\"'*_|":
            start -= 1
        while end < high and self.text[end] in ".,;:!?)]”’\"'*_|…":
            end += 1
        return start, end


def lay_out(text: str, is_source: Callable[[str], bool] = lambda line: False) -> Layout:
    """Take an answer's text apart.

    Args:
        text: the answer's, or a unit's of the library.
        is_source: whether a line that opens on a dash only names a source.
    """
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
    blocks = _blocks(text, masked, is_source)
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
    starts = [word.start for word in words]
    optional = frozenset(
        n for mark in marks for n in range(bisect_left(starts, mark.start), bisect_left(starts, mark.end))
    )
    return Layout(text, marked, blocks, tuple(words), optional, frozenset(ends), marks, links)


def _words(marked: str, plain: str, blocks: tuple[Block, ...]) -> tuple[list[Word], set[int]]:
    """Return the words of all blocks, those in marks too, and the numbers past each sentence's last word."""
    words: list[Word] = []
    ends: set[int] = set()
    for block in blocks:
        spans = [Span(block.start, block.end)] if block.kind in ("row", "source", "listed", "heading") else None
        spans = spans or sentence_spans(plain, block.start, block.end)
        base = len(words)
        words += words_in(marked, block.start, block.end)
        for span in spans:
            ends.add(bisect_left(words, span.end, lo=base, key=lambda word: word.start))
        ends.add(len(words))
    return words, ends


def _links(text: str, masked: list[str]) -> tuple[Link, ...]:
    """Find the addresses; blank them, and the label of a link that is only a number or an address's name."""
    links: list[Link] = []
    for match in _LINK.finditer(text):
        links.append(Link(match.start(), match.end(), match["url"], re.sub(r"\n[ \t>]*", " ", match["label"])))
        _blank(masked, match.start(), match.start("label"))
        _blank(masked, match.end("label"), match.end())
        if re.fullmatch(r"[\W\d_]*|(?:source|link|ref)\W*\d*|(?:[\w-]+\.)+[a-z]{2,}\S*", match["label"], re.IGNORECASE):
            _blank(masked, match.start("label"), match.end("label"))
    for match in _URL.finditer("".join(masked)):
        links.append(Link(match.start(), match.end(), match["url"], ""))
        _blank(masked, match.start(), match.end())
    return tuple(sorted(links, key=lambda link: link.start))


def _blocks(text: str, masked: list[str], is_source: Callable[[str], bool]) -> tuple[Block, ...]:
    """Cut the text into blocks, blanking what marks them as such."""
    blocks: list[Block] = []
    passage, blank, sources, depth = 0, False, False, 0
    position = 0
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        bare = line.rstrip()
        if _RULE.match(bare) or _SEPARATOR.fullmatch(bare):
            _blank(masked, start, start + len(bare))
            blank = blank or "|" not in bare
            continue
        prefix = _prefix(bare)
        quoted = prefix["quote"].count(">")
        if not bare[prefix.end() :]:
            _blank(masked, start, start + len(bare))
            # A blank line inside one block quote parts no passage.
            blank = blank or not quoted
            depth = depth if quoted else 0
            continue
        before = blocks[-1] if blocks and not blank else None
        kind = _kind(bare, prefix, before, text)
        if (
            prefix["dash"]
            and kind == "paragraph"
            and is_source("".join(masked[start + prefix.end() : start + len(bare)]))
        ):
            kind = "source"
        sources = (sources and kind != "heading") or _SOURCES.fullmatch(bare) is not None
        dressed = prefix.start("number") if kind == "paragraph" and prefix["number"] else prefix.end()
        if kind == "paragraph" and prefix["dash"]:
            dressed = prefix.start("dash")
        _blank(masked, start, start + dressed)
        if kind == "paragraph" and not sources and before and before.kind in ("paragraph", "item") and depth == quoted:
            blocks[-1] = replace(before, end=start + len(bare))
        else:
            kind = "listed" if sources else kind
            passage += blank and not _lasts(blocks, kind, text)
            blocks.append(Block(start + dressed, start + len(bare), kind, passage))
        blank, depth = False, quoted
    return tuple(blocks)


def _prefix(bare: str) -> re.Match[str]:
    """Match what may stand before a line's own words; it may be nothing."""
    prefix = _PREFIX.match(bare)
    if prefix is None:
        raise AssertionError("every part of the pattern may be absent")
    return prefix


def _lasts(blocks: list[Block], kind: BlockKind, text: str) -> bool:
    """Whether a block after a blank line belongs to the passage before: a list to its lead-in, sources to a text."""
    return bool(blocks) and (
        kind in ("source", "listed")
        or (kind == "item" and (blocks[-1].kind == "item" or text[blocks[-1].end - 1] in ":*_"))
    )


def _kind(bare: str, prefix: re.Match[str], before: Block | None, text: str) -> BlockKind:
    """Say what a line opens; `before` is the block right above it."""
    rest = bare[prefix.end() :]
    running = before is not None and (before.kind == "paragraph" or (before.kind == "item" and bare[:1].isspace()))
    if prefix["hashes"]:
        return "heading"
    if prefix["marker"]:
        # As in CommonMark: a number that is not 1 opens no list in the middle of a paragraph.
        return "paragraph" if running and prefix["number"] not in (None, "1") else "item"
    if prefix["dash"]:
        return "paragraph" if running and before and text[before.end - 1] not in ".!?”\"')*_]»" else "source"
    if rest.startswith("|") and rest.count("|") > 1:
        return "row"
    if re.fullmatch(r"(\*\*|__)[^*_\n]+\1:?", rest):
        return "heading"
    return "paragraph"


def _blank(masked: list[str], start: int, end: int) -> None:
    for position in range(start, end):
        if masked[position] not in "\r\n":
            masked[position] = " "


def _digits(mark: str) -> str:
    return mark.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
