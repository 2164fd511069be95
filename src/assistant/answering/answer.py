"""The answer: quotations or a notice, and what a reader needs to judge them.

Its types only; `reply` makes answers, `rules` checks them, `serving.wire` writes them as JSON.
"""

from dataclasses import dataclass, field
from typing import Literal

from assistant.answering.evidence import Evidence
from assistant.answering.mentions import personal_items, speaks_of_class_only
from assistant.answering.notices import Notice, Notices
from assistant.answering.question import Reading
from assistant.answering.quotes import Quote
from assistant.index.lexicon import phrase_terms
from assistant.library.model import SectionName

Status = Literal["answered", "nearest", "abstained", "redirected", "clarify"]


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where to look: an entry and a section. Never quoted."""

    entry_id: str
    title: str
    section: SectionName


@dataclass(frozen=True, slots=True)
class Timings:
    """How long each step took, in milliseconds."""

    total: float = 0.0
    encode: float = 0.0
    search: float = 0.0
    select: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question is answered with: quotations or a notice. The disclaimer is not a field that can be left out."""

    question: str
    status: Status
    reason: str | None
    reading: Reading | None
    notice: Notice | None
    quotes: tuple[Quote, ...]
    nearest: tuple[Pointer, ...]
    notices: Notices = field(repr=False)
    snapshot_id: str
    degraded: bool = False
    differing: frozenset[tuple[str, int]] = frozenset()
    """Entry and first unit of the quotations of role answer that state otherwise than another entry among them."""
    weighed: tuple[Evidence, ...] = field(default=(), compare=False, repr=False)
    """Every candidate, the likeliest first: for the staff and the evaluation, never for a visitor."""
    timings: Timings = field(default=Timings(), compare=False)

    @property
    def disclaimer(self) -> Notice:
        """The mandatory disclaimer."""
        return self.notices.disclaimer

    @property
    def subjects(self) -> tuple[str, ...]:
        """What it is about: the question's subjects or, when that names none, the main one of the only entry quoted.

        A client sends them back with the question as its turn, so that a follow-up is about what was quoted.
        """
        if self.reading is None:
            return ()
        if self.reading.subjects or any(item.kind == "substance" for item in self.reading.arguments):
            return self.reading.subjects
        entries = {quote.entry_id: quote.entry for quote in self.quotes if quote.role == "answer"}
        return tuple(entry.subjects[0] for entry in entries.values() if entry.subjects) if len(entries) == 1 else ()

    def label(self, quote: Quote) -> str | None:
        """Return the fixed label that one of its quotes stands under, or None."""
        if quote.is_misconception:
            return self.notices.label("misconception")
        if quote.role == "answer" and (quote.entry_id, quote.first) in self.differing:
            return self.notices.label("disagreement")
        if self.reading is not None:
            terms = phrase_terms(" ".join((quote.entry.units[quote.first].label, quote.text)))
            if speaks_of_class_only(terms, personal_items(self.reading)):
                return self.notices.label("medicine_class")
        return None
