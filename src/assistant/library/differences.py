"""What differs between two states of the library: which units were added, removed, changed or moved.

Only what can be quoted is compared, so that whoever has copied a quotation can find out what became of it.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.library.model import Entry, Library, Unit

What = Literal["added", "removed", "changed", "moved"]
_ALIKE = 0.5
"""From 0 to 1, difflib's ratio: from here on a unit that went and one that came are the same one, edited."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One unit that is not as it was; `then` or `now` is None where there is none."""

    what: What
    entry_id: str
    then: str | None
    now: str | None
    then_unit: int | None
    now_unit: int | None


def differences_between(then: Library, now: Library) -> list[Difference]:
    """List what became of each unit, by entry in order of id, within one in the order of what is there now.

    A withdrawn entry's units are removed. A unit moved when its words are the same and its offset is not; one that
    was edited and moved has changed. Of words that stand several times the first stands for the first.
    """
    found: list[Difference] = []
    for entry_id in sorted({*then.by_id, *now.by_id}):
        found += _of_entry(entry_id, then.by_id.get(entry_id), now.by_id.get(entry_id))
    return found


def _quotable(entry: Entry | None) -> Iterator[tuple[int, Unit, str]]:
    for number, unit in enumerate(entry.units if entry else ()):
        if unit.quotable and entry:
            yield number, unit, entry.words(number)


def _of_entry(entry_id: str, then: Entry | None, now: Entry | None) -> list[Difference]:
    standing: dict[str, list[int]] = defaultdict(list)
    for number, _, text in _quotable(then):
        standing[text].append(number)
    found: list[Difference] = []
    came: list[tuple[int, str]] = []
    for number, unit, text in _quotable(now):
        if not standing[text]:
            came.append((number, text))
            continue
        before = standing[text].pop(0)
        if then is not None and then.units[before].span.start != unit.span.start:
            found.append(Difference("moved", entry_id, text, text, before, number))
    went = sorted((number, text) for text, numbers in standing.items() for number in numbers)
    for number, text in came:
        likest = max(went, key=lambda each: _likeness(each[1], text), default=None)
        if likest is not None and _likeness(likest[1], text) >= _ALIKE:
            went.remove(likest)
            found.append(Difference("changed", entry_id, likest[1], text, likest[0], number))
        else:
            found.append(Difference("added", entry_id, None, text, None, number))
    found.sort(key=lambda each: each.now_unit or 0)
    return found + [Difference("removed", entry_id, text, None, number, None) for number, text in went]


def _likeness(one: str, other: str) -> float:
    matcher = difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _ALIKE else 0.0
