"""Units: a section's blocks cut into the smallest things that may be quoted.

What must not be parted is joined here, by construction, so that no later step can part it: a misconception and its
correction, a list and its lead-in, a sentence that opens on "This" and the one it leans on, a statement and the
"However" after it. What must not be quoted is marked so: boilerplate, the disclaimer, stems, table heads.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.library.blocks import SEPARATOR, Block
from assistant.library.marks import marks_of
from assistant.library.misconceptions import CLAIM, CORRECTION, RUMOUR, continues, is_corrected
from assistant.library.model import Kind, SectionName, Span, Unit
from assistant.library.sentences import sentence_spans

DISCLAIMER = re.compile(
    r"\bnot (?:a substitute for |intended as |meant as )?(?:personal |individual )?(?:health|medical)"
    r"(?: or medical)? advice\b|\bdiscuss any health or supplement decisions?\b",
    re.IGNORECASE,
)
BOILERPLATE = re.compile(
    r"(?:this|the) (?:entry|page|article) (?:is part of|belongs to|forms part of|comes from)\b", re.IGNORECASE
)
_NOUN = (
    r"(?:finding|effect|trial|study|studies|review|dose|figure|result|estimate|analysis|work|paper|cohort|survey|amount|"
    r"gap|benefit|association|rise|fall|change|report|evidence|claim|difference|gain|increase|reduction|group|range|level)s?"
)
"""What is spoken of as if it had been named before."""
_DANGLING = re.compile(
    r"[\W_]*+(?:this|these|those|it|its|they|their|them|such|both|neither|either|another|others|similarly|likewise|"
    r"the (?:same|latter|former|others?|two)|"
    r"(?:in|of|for|with|among|after|by|from|on|at|to) (?:this|these|those|them|it|the same|both|that " + _NOUN + r")|"
    rf"that (?:is|was|means|{_NOUN})|"
    r"the (?:effect|benefit|gain|finding|association|result|difference)s? (?:was|were|is|are|did|does|has|had)|"
    r"the (?:authors?|investigators|researchers|team)\b(?! (?:of|behind|who)\b)|"
    # "For sudden cardiac death it was 1.54": the subject stands in the sentence before.
    r"(?:for|in|among|after|at|during|over) [^,.;:()]{2,60}?,? (?:it|they|this|these) "
    r"(?:was|were|is|are|has|have|had|did|does|fell|rose|also)|"
    r"here|thus|therefore|hence|consequently|as a result|for example)\b(?!['’]s)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"[\W_]*+(?:(?:(?:for|in|among|after|at|during|over) [^,.;:()]{2,60}?,? )?"
    r"it (?:is|was|has been|may be|can be|remains|seems|appears)\b[^,.;]{0,30}?"
    r"\b(?:that|to|whether|unclear|not known)\b|(?:in )?this (?:entry|page|library|article)\b|both [^,.;]+ and\b|"
    r"(?:either|neither) [^,.;]+ n?or\b|such as\b)",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r"[\W_]*+(?:however|but|yet|nevertheless|nonetheless|that said|even so|still|conversely|despite this|in contrast|"
    r"on the other hand|in fact|in reality|"
    r"(?:this|that|the) (?:effect|benefit|gain|finding|association|result|difference)s? "
    r"(?:was|were|is|did|does|has|had)\b[^.;]{0,60}?\b(?:not|no|only|small|smaller|limited|uncertain)|except|unless|only)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[\W_]*+([A-Z0-9](?:[^.:;!?\n|]|\.(?=\d)){1,70}?)[*_]*+(?::[*_]*+| [–—])\s+\S")
_BOLD_LABEL = re.compile(r"(\*\*|__)([^*_\n]{1,70}?)([.:]?)\1(:?)")
_MARKER = re.compile(r"(?<!\s)\s*+(?:[-*+•]|(?<!\d)\d++[.)])\s++")
_SENTENCE_END = re.compile(r"[.!?][*_)\]]*+$")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|cannot|could|may|might|should|must|will|would|does|did|seems?|appears?|"
    r"remains?|found|showed|shows|suggests?)\b",
    re.IGNORECASE,
)
"""Verbs that make an item a statement, not a thing listed or a thing to do."""
_ANNOUNCES = re.compile(
    r"\b(?:not|no|never|avoid\w*|don['’]t|stop\w*|without|unless|except|instead|rather|against|exclud\w*|"
    r"contraindicat\w*|think twice|following|these|below|as follows)\b",
    re.IGNORECASE,
)
"""Words of a heading or a sentence that the list under it cannot be read without: "Avoid", "not", "the following"."""


def segment_blocks(text: str, blocks: Sequence[Block], section: SectionName, base: int) -> list[Unit]:
    """Cut the blocks of one section into units.

    Args:
        text: the entry's whole stored text.
        blocks: the section's blocks, its heading first where it has one.
        section: the section's name: misconceptions are kept whole, relevance and references are not quoted.
        base: the number of the first unit made here, so that links between units are numbers within the entry.

    Returns:
        Units in order. They do not overlap, and hold every character of the blocks that is not white space.
    """
    maker = _Maker(text, section, base)
    number = 0
    while number < len(blocks):
        number = maker.take(blocks, number)
    return maker.finished()


class _Maker:
    """The units of one section as they are made; it knows the sub-heading that the next ones stand under."""

    def __init__(self, text: str, section: SectionName, base: int) -> None:
        self.text = text
        self.section = section
        self.base = base
        self.units: list[Unit] = []
        self.label = ""

    @property
    def next(self) -> int:
        return self.base + len(self.units)

    def add(self, span: Span, kind: Kind, *, lead: int | None = None, last: int | None = None, label: str = "") -> None:
        self.units.append(Unit(span, kind, lead, last, frozenset(), label or self.label))

    def take(self, blocks: Sequence[Block], number: int) -> int:
        """Make the units of the block at `number`, or of the run that it opens; return the next block's number."""
        block = blocks[number]
        prose = block.kind in ("paragraph", "item")
        if self.section == "myths" and (prose or (block.kind == "heading" and number)):
            return self._misconception(blocks, number)
        if prose and CLAIM.match(block.span.of(self.text)):
            return self._misconception(blocks, number)
        if block.kind == "heading":
            self.label = block.title if number else ""
            self.add(block.span, "heading")
        elif block.kind == "fragment":
            self.add(block.span, "fragment")
        elif block.kind == "table":
            self._table(block)
        elif block.kind == "item":
            return self._list(blocks, number)
        else:
            self._paragraph(block, opens_list=number + 1 < len(blocks) and blocks[number + 1].kind == "item")
        return number + 1

    def finished(self) -> list[Unit]:
        """Return the units with their marks; in sections that are never quoted, each as what it is."""
        made: list[Unit] = []
        for unit in self.units:
            kind = unit.kind
            if unit.quotable and self.section in ("relevance", "references"):
                kind = "stem" if self.section == "relevance" else "reference"
            words = unit.span.of(self.text)
            labelled = self.section == "populations" and bool(unit.label)
            made.append(replace(unit, kind=kind, marks=marks_of(words, self.section, labelled=labelled)))
        return made

    def _paragraph(self, block: Block, *, opens_list: bool) -> None:
        spans = sentence_spans(self.text, block.span.start, block.span.end)
        if BOILERPLATE.match(spans[0].of(self.text)) and len(spans) <= 2:
            for span in spans:
                self.add(span, "boilerplate")
            return
        previous = self.next - 1 if self.units and self.units[-1].kind == "sentence" else None
        label, labelled_at = "", None
        position = 0
        while position < len(spans):
            span = spans[position]
            words = span.of(self.text)
            if end := self._misconception_end(spans, position):
                whole = Span(span.start, spans[end - 1].end)
                self.add(whole, "myth" if is_corrected(self.text, [Block("paragraph", whole)]) else "fragment")
                previous, labelled_at, position = None, None, end
                continue
            position += 1
            if DISCLAIMER.search(words):
                self.add(span, "disclaimer")
                previous, labelled_at = None, None
                continue
            lead = previous if _DANGLING.match(words) and not _EXPLETIVE.match(words) else None
            if words.rstrip("*_").endswith(":"):
                self.add(span, "lead" if opens_list and position == len(spans) else "stem", lead=lead)
                previous = None
                continue
            if previous is not None and _CONTRAST.match(words):
                # The statement before does not stand without its "However", nor this without the statement.
                self.units[previous - self.base] = replace(self.units[previous - self.base], last=self.next)
                lead = previous
            if named := self._label(words):
                label, labelled_at = named, self.next
            elif lead is None:
                lead = labelled_at
            previous = self.next
            self.add(span, "sentence", lead=lead, label=label)

    def _misconception_end(self, spans: Sequence[Span], position: int) -> int:
        """Return the sentence after the misconception that opens at `position` within a paragraph, 0 when none does."""
        words = spans[position].of(self.text)
        following = spans[position + 1].of(self.text) if position + 1 < len(spans) else ""
        if not CLAIM.match(words) and not (RUMOUR.match(words) and CORRECTION.match(following)):
            return 0
        ends = (n for n in range(position + 1, len(spans)) if DISCLAIMER.search(spans[n].of(self.text)))
        return next(ends, len(spans))

    def _label(self, words: str) -> str:
        """Return the label a sentence opens with: any in a list of populations, elsewhere one in bold; "" for none."""
        bold = _BOLD_LABEL.match(words)
        if bold and (bold.group(3) or bold.group(4)):
            return bold.group(2)
        named = _LABEL.match(words) if self.section == "populations" else None
        return named.group(1) if named else ""

    def _table(self, block: Block) -> None:
        lines: list[Span] = []
        start = block.span.start
        for line in block.span.of(self.text).split("\n"):
            if line.strip():
                begin = start + len(line) - len(line.lstrip())
                lines.append(Span(begin, start + len(line.rstrip())))
            start += len(line) + 1
        columns = len(split_row(lines[0].of(self.text)))
        if len(lines) < 2 or not SEPARATOR.match(under := lines[1].of(self.text)) or len(split_row(under)) != columns:
            for span in lines:
                self.add(span, "fragment")
            return
        head = self.next
        self.add(Span(lines[0].start, lines[1].end), "head")
        for span in lines[2:]:
            # A row with a cell too few or too many cannot be read under its columns.
            self.add(span, "row" if len(split_row(span.of(self.text))) == columns else "fragment", lead=head)

    def _list(self, blocks: Sequence[Block], number: int) -> int:
        end = number
        while end < len(blocks) and blocks[end].kind == "item" and not CLAIM.match(blocks[end].span.of(self.text)):
            end += 1
        items = blocks[number:end]
        last = self.next + len(items) - 1
        lead: int | None = None
        before = self.units[-1] if self.units else None
        if before is None or not self._stand_alone(items, before):
            lead = self.next
            if before is not None and before.kind in ("lead", "heading", "stem", "sentence"):
                lead -= 1
                kind: Kind = "sentence" if before.kind == "sentence" else "lead"
                self.units[-1] = replace(before, kind=kind, last=last)
        for item in items:
            words = item.span.of(self.text)
            named = _LABEL.match(_MARKER.sub("", words, count=1)) if self.section == "populations" else None
            self.add(
                item.span,
                "disclaimer" if DISCLAIMER.search(words) else "item",
                lead=lead,
                last=None if lead is None else last,
                label=named.group(1) if named else "",
            )
        return end

    def _stand_alone(self, items: Sequence[Block], before: Unit) -> bool:
        """Whether each item of a list is a statement that what stands above does not change."""
        above = before.span.of(self.text)
        # A sub-heading is taken to be the list's lead-in, the section's own heading only when it changes the meaning.
        if before.kind in ("lead", "stem") or (before.kind == "heading" and len(self.units) > 1):
            return False
        if before.kind in ("heading", "sentence") and _ANNOUNCES.search(above):
            return False
        words = [_MARKER.sub("", item.span.of(self.text), count=1) for item in items]
        return not any(item.level for item in items) and all(
            _SENTENCE_END.search(each) and (_LABEL.match(each) or (len(each.split()) >= 6 and _FINITE.search(each)))
            for each in words
        )

    def _misconception(self, blocks: Sequence[Block], number: int) -> int:
        """Keep a misconception whole: from its claim to the end of its correction, over several blocks if need be."""
        block = blocks[number]
        words = block.span.of(self.text)
        stem = words.rstrip("*_").endswith(":") and not CLAIM.match(words)
        if block.kind == "paragraph" and (stem or DISCLAIMER.search(words)):
            self._paragraph(block, opens_list=False)
            return number + 1
        end = number + 1
        while end < len(blocks) and not DISCLAIMER.search(blocks[end].span.of(self.text)):
            if not continues(self.text, blocks, number, end):
                break
            end += 1
        span = Span(block.span.start, blocks[end - 1].span.end)
        self.add(span, "myth" if is_corrected(self.text, blocks[number:end]) else "fragment")
        return end


def split_row(words: str) -> list[str]:
    r"""Split a table row into its cells, without the white space around them; `\|` is a pipe within a cell."""
    body = words.strip().removeprefix("|")
    body = body[:-1] if body.endswith("|") and not body.endswith("\\|") else body
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", body)]


__all__ = ["BOILERPLATE", "CLAIM", "DISCLAIMER", "segment_blocks", "split_row"]
