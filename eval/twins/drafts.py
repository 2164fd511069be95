"""Drafts: an entry's text while a twin is made of it, and the twin's entry when it is done.

A draft knows where each unit of its source went, so that an edit is a change to exactly one stretch of words, and the
twin differs from its source by its edits alone. Must not know why it is edited.
"""

import json
import re
from dataclasses import dataclass, replace

from assistant.answering.quotes import quotable_range
from assistant.library.model import Entry
from assistant.library.parse import Stated, check_tiling, parse_entry
from eval.labelled import Place
from eval.twins.names import Renaming


@dataclass(frozen=True, slots=True)
class Draft:
    """The body of a twin to be, without front matter."""

    source: Entry
    names: Renaming
    body: str
    subjects: tuple[str, ...]

    @classmethod
    def of(cls, source: Entry, names: Renaming) -> "Draft":
        """Start from an entry's body with its names replaced."""
        first = source.units[0]
        body = source.text[first.span.end if first.kind == "metadata" else 0 :].strip() + "\n"
        return cls(source, names, names.of(body), tuple(names.of(subject) for subject in source.subjects))

    @property
    def subject(self) -> str:
        """The name the twin is about."""
        return self.subjects[0]

    @property
    def is_markdown(self) -> bool:
        """Whether it is written with headings and lists."""
        return self.source.file.endswith(".md")

    def words(self, unit: int) -> str:
        """Return the words of a unit of the source as the twin has them."""
        return self.names.of(self.source.words(unit))

    def has_once(self, words: str) -> bool:
        """Whether a stretch of words stands in the draft exactly once, so that an edit or a search is sure of it."""
        return bool(words.strip()) and self.body.count(words) == 1

    def edited(self, words: str, new: str) -> "Draft":
        """Return the draft with one stretch of words replaced.

        Raises:
            ValueError: it does not stand there exactly once.
        """
        if not self.has_once(words):
            raise ValueError(
                f"{words[:60]!r} stands {self.body.count(words)} times in the twin of {self.source.id!r}; "
                "edit what stands there once"
            )
        return replace(self, body=self.body.replace(words, new))

    def entry(self, mark: str, reviewed: str = "") -> Entry:
        """Read the draft as an entry.

        Args:
            mark: what tells its id from those of the source's other twins.
            reviewed: its date of review, ISO; the source's when empty.

        Raises:
            LibraryError: it cannot be read as an entry, or its units do not tile it: a fault in the program.
        """
        source = self.source
        title = self.names.of(source.title)
        ending = ".md" if self.is_markdown else ".txt"
        text = (
            f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n\n{self.body}"
            if self.is_markdown
            else self.body
        )
        stem = f"{source.id[:40].rstrip('-._')}-{mark}"
        aliases = dict.fromkeys(self.names.of(alias) for alias in source.aliases)
        stated = Stated(
            id=stem,
            file=f"{stem}{ending}",
            title=title,
            subjects=self.subjects,
            aliases=tuple(alias for alias in aliases if alias not in (*self.subjects, *source.aliases)),
            last_reviewed=reviewed or source.last_reviewed,
            confidence=source.confidence,
            provenance="twin",
        )
        entry = parse_entry(text.encode(), stated)
        check_tiling(entry)
        return entry


def units_holding(entry: Entry, words: str) -> frozenset[Place]:
    """Return the quotable units that a stretch of an entry's words lies in.

    Empty when the words are not there or none of them may be quoted.
    """
    start = entry.text.find(words)
    if start < 0 or not words.strip():
        return frozenset()
    end = start + len(words)
    inside = [n for n, unit in enumerate(entry.units) if unit.span.start < end and start < unit.span.end]
    return frozenset((entry.id, number) for number in inside if quotable_range(entry, number))


def label_of(entry: Entry, unit: int) -> str:
    """Return the label that a unit's own words open with, as in "Kidney disease: …"; empty when they do not."""
    label = entry.units[unit].label
    opens = re.match(rf"\s*(?:[-*+•]\s+)?(?:\*\*)?{re.escape(label)}(?:\*\*)?:", entry.words(unit)) if label else None
    return label if opens else ""
