"""The labelled questions, with their right units found in a library.

Gold is written as people write it, a line and sentence or the sentence itself, and looked up here; so it stays right
when the splitter changes, and a gold sentence that is no longer found is an error, not a silent miss.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.library.model import Entry, Library

QUESTIONS = Path(__file__).parent / "questions"
Place = tuple[str, int]
"""An entry's id and the number of one of its units."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled question."""

    id: str
    half: str
    """dev, for fitting, or test, for reporting."""
    text: str
    kind: str
    answerable: bool
    best: frozenset[Place]
    """(entry id, unit) of each unit that is right as the first quote."""
    also: frozenset[Place]
    """Units that are right elsewhere in the answer."""
    near_miss: bool
    """Of an unanswerable one: about the library's subjects, but not stated there."""
    style: str
    about: str
    """What it is about, an entry or a family of questions: those that share it are not independent."""
    foreign: bool
    """Of an unanswerable one: about a substance the library does not hold."""


def labelled_questions(name: str, library: Library) -> Iterator[Labelled]:
    """Yield the questions of one set whose entry is in the library.

    Args:
        name: the set: the name of its file in `eval/questions`, such as given or sample_dev.
        library: where the gold units are looked up.

    Raises:
        ValueError: a gold reference is not in the library.
    """
    for line in (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        best, also = gold_places(record.get("gold") or {}, library)
        yield Labelled(
            record["id"],
            record["half"],
            record["question"],
            record["kind"],
            record["answerable"],
            best,
            also,
            bool(record.get("near_miss")) and record["near_miss"] not in ("off", "off_topic", False),
            record["style"],
            record.get("about") or record.get("family") or record["id"],
            bool(record.get("wrong_subject")),
        )


def gold_places(gold: dict[str, Any], library: Library) -> tuple[frozenset[Place], frozenset[Place]]:
    """Look up the gold of one question: the units right as the first quote, and those right elsewhere in the answer.

    Raises:
        ValueError: a reference is not in the library.
    """
    by_stem = {Path(entry.file).stem: entry for entry in library.entries}
    best = _places(gold.get("best", []), gold.get("entry"), by_stem, library)
    also = _places(gold.get("also", []), gold.get("entry"), by_stem, library)
    for stem, sentence in gold.get("other", []):
        also |= _places([sentence], stem, by_stem, library)
    return frozenset(best), frozenset(also)


def _places(references: list[Any], stem: str | None, by_stem: dict[str, Entry], library: Library) -> set[Place]:
    found: set[Place] = set()
    for reference in references:
        if stem is None:
            entry = next(entry for entry in library.entries if entry.file.endswith("000_6903c3b35cf1f047.txt"))
            found.add((entry.id, _unit_at(entry, reference)))
        elif stem in by_stem:
            found.add((by_stem[stem].id, _unit_with(by_stem[stem], reference)))
    return found


def _unit_at(entry: Entry, reference: str) -> int:
    line, _, place = reference.partition(".")
    units = [n for n, unit in enumerate(entry.units) if entry.text.count("\n", 0, unit.span.start) + 1 == int(line)]
    return units[int(place) - 1]


def _unit_with(entry: Entry, sentence: str) -> int:
    at = entry.text.find(sentence)
    if at < 0:
        raise ValueError(f"{entry.id} does not hold {sentence!r}; correct the label")
    return next(n for n, unit in enumerate(entry.units) if unit.span.start <= at < unit.span.end)
