"""Corrections: what a person states in the manifest against what the rules have inferred of an entry.

Two columns hold them, parts separated by `|`. `sections` names a section by the line on which it begins, `4=dose`.
`marks` gives marks to a unit or takes them away, by its line and its number on that line, `7.2:+limiter -caution`; a
line with one unit needs no number, `12:+caution`. A correction that fits nothing is an error, never passed over: what
it was to guard against would be lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from assistant.errors import LibraryError, ManifestError
from assistant.library.model import CANONICAL, Mark, SectionName, Unit

_PART = re.compile(r"(\d{1,6})(?:\.(\d{1,3}))?:((?: ?[+-][a-z]+)+)")
_CHANGE = re.compile(r"([+-])([a-z]+)")


@dataclass(frozen=True, slots=True)
class MarkCorrection:
    """Marks given to one unit of an entry, and marks taken from it."""

    line: int
    """Of the file, from 1."""
    place: int
    """Which of the units that begin on that line, from 1."""
    given: frozenset[Mark]
    taken: frozenset[Mark]

    def __str__(self) -> str:
        signs = [f"+{mark}" for mark in sorted(self.given)] + [f"-{mark}" for mark in sorted(self.taken)]
        return f"{self.line}.{self.place}:{' '.join(signs)}"


def read_sections(cell: str, place: str) -> tuple[tuple[int, SectionName], ...]:
    """Read the column `sections`.

    Args:
        cell: the column's words.
        place: file and line, for errors.

    Raises:
        ManifestError: a part is not a line and the name of a section.
    """
    corrections: list[tuple[int, SectionName]] = []
    for part in cell.split("|") if cell else ():
        line, _, wanted = part.partition("=")
        name = next((name for name in (*CANONICAL, "references", "other") if name == wanted.strip()), None)
        if not re.fullmatch(r"[0-9]{1,6}", line.strip()) or name is None:
            known = ", ".join(CANONICAL)
            raise ManifestError(
                f"{place}: sections holds {part!r}; write line=section, such as 4=dose, with one of {known}"
            )
        corrections.append((int(line), name))
    return tuple(corrections)


def read_marks(cell: str, place: str) -> tuple[MarkCorrection, ...]:
    """Read the column `marks`, in the order of the file.

    Args:
        cell: the column's words.
        place: file and line, for errors.

    Raises:
        ManifestError: a part is not a unit with marks to give or take, a mark is unknown or both given and taken, or a
            unit is corrected twice.
    """
    corrections: dict[tuple[int, int], MarkCorrection] = {}
    for part in cell.split("|") if cell else ():
        match = _PART.fullmatch(part.strip())
        changes = _CHANGE.findall(match[3]) if match else []
        if match is None or (odd := [name for _, name in changes if name not in get_args(Mark)]):
            wrong = f"the mark {odd[0]!r}" if match else repr(part)
            raise ManifestError(
                f"{place}: marks holds {wrong}; write line.unit:+mark -mark, such as 7.2:+limiter -caution, "
                f"with {', '.join(get_args(Mark))}"
            )
        at = int(match[1]), int(match[2] or 1)
        given = frozenset(mark for mark in get_args(Mark) if ("+", mark) in changes)
        taken = frozenset(mark for mark in get_args(Mark) if ("-", mark) in changes)
        if given & taken or at in corrections:
            raise ManifestError(f"{place}: marks corrects unit {at[0]}.{at[1]} twice; state each of its marks once")
        corrections[at] = MarkCorrection(*at, given, taken)
    return tuple(corrections[at] for at in sorted(corrections))


def correct_marks(
    units: Sequence[Unit], text: str, corrections: Sequence[MarkCorrection], file: str
) -> tuple[Unit, ...]:
    """Return the units of an entry with their marks as a person has corrected them.

    Raises:
        LibraryError: a correction fits no unit that may be quoted.
    """
    corrected = list(units)
    lines: dict[int, list[int]] = {}
    if corrections:
        for number, unit in enumerate(units):
            lines.setdefault(text.count("\n", 0, unit.span.start) + 1, []).append(number)
    for each in corrections:
        on_line = lines.get(each.line, [])
        if each.place > len(on_line) or not units[on_line[each.place - 1]].quotable:
            quotable = [str(n) for n, number in enumerate(on_line, start=1) if units[number].quotable]
            raise LibraryError(
                f"{file}:{each.line}: the manifest corrects the marks of unit {each.line}.{each.place}, but those that "
                f"may be quoted on this line are {', '.join(quotable) or 'none'}; mend the manifest's column marks"
            )
        number = on_line[each.place - 1]
        corrected[number] = replace(units[number], marks=(units[number].marks | each.given) - each.taken)
    return tuple(corrected)
