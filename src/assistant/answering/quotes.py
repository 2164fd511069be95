"""Quotes: words cut out of the library, never typed.

Every quoted word a reader sees stands in the library exactly so. The promise is kept here and nowhere else: a `Quote`
takes a place, not words. Must not import `search`: what may be said does not depend on how it was found.
"""

import hashlib
from dataclasses import InitVar, dataclass, field
from typing import Literal

from assistant.errors import LibraryError, QuoteError
from assistant.library.model import Entry, Library, Section
from assistant.library.segment import split_row

Role = Literal["answer", "qualifier", "caution", "nearest"]


@dataclass(frozen=True, slots=True)
class Quote:
    """Whole units `first` to `last`, inclusive, of one section of one entry, in the role they play in an answer.

    It reads its words from the library it is given, so half a sentence or an invented one cannot be written down.

    Raises:
        QuoteError: the place is not in the library, is not quotable, or would part what belongs together.
    """

    library: InitVar[Library]
    entry_id: str
    first: int
    last: int
    role: Role
    entry: Entry = field(init=False, repr=False, compare=False)
    text: str = field(init=False)

    def __post_init__(self, library: Library) -> None:
        try:
            entry = library.entry(self.entry_id)
            whole = entry.whole(self.first, self.last)
        except LibraryError as error:
            raise QuoteError(f"{error}; was the index rebuilt since?") from None
        if whole != (self.first, self.last):
            raise QuoteError(
                f"units {self.first}-{self.last} of {entry.id!r} part what belongs together; "
                f"quote {whole[0]}-{whole[1]}"
            )
        for number in range(self.first, self.last + 1):
            unit = entry.units[number]
            if not unit.quotable:
                raise QuoteError(f"unit {number} of {entry.id!r} is a {unit.kind}, which is never quoted")
            if unit.kind == "row" and self.first != self.last:
                raise QuoteError(
                    f"units {self.first}-{self.last} of {entry.id!r} hold a table row; quote it alone, with its columns"
                )
        if entry.section_of[self.first] is not entry.section_of[self.last]:
            raise QuoteError(
                f"units {self.first}-{self.last} of {entry.id!r} lie in two sections; quote each by itself"
            )
        object.__setattr__(self, "entry", entry)
        object.__setattr__(self, "text", entry.words(self.first, self.last))

    @property
    def section(self) -> Section:
        """The section the quote stands in."""
        return self.entry.section_of[self.first]

    @property
    def start(self) -> int:
        """Where the quote begins in the entry's stored text, in code points."""
        return self.entry.units[self.first].span.start

    @property
    def end(self) -> int:
        """Past its last code point."""
        return self.entry.units[self.last].span.end

    @property
    def sha256(self) -> str:
        """The digest of the text's UTF-8 bytes."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names of a table row's columns; None when the quote is not a row."""
        unit = self.entry.units[self.first]
        return (
            tuple(split_row(self.entry.words(unit.lead).split("\n")[0])) if unit.kind == "row" and unit.lead else None
        )

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of a table row, one a column; empty when the quote is not a row."""
        return tuple(split_row(self.text)) if self.columns else ()

    @property
    def is_misconception(self) -> bool:
        """Whether it states a misconception with its correction."""
        return self.section.name == "myths" or any(
            self.entry.units[n].kind == "myth" for n in range(self.first, self.last + 1)
        )


def quotable_range(entry: Entry, first: int, last: int | None = None) -> tuple[int, int] | None:
    """Return the smallest range around a unit, or a stretch of units, that may be quoted; None when there is none."""
    start, end = entry.whole(first, first if last is None else last)
    inside = entry.units[start : end + 1]
    if not all(each.quotable for each in inside) or (start != end and any(each.kind == "row" for each in inside)):
        return None
    return (start, end) if entry.section_of[start] is entry.section_of[end] else None
