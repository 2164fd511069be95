"""Marks and links against hand labels: what units are said to be, and what limits what, entry by entry.

`python -m eval.marks` prints precision and recall of every mark and of the links, for each half. The rules are made on
the dev half alone. Labels are in eval/questions/marks.jsonl, written before the rules were read.
"""

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from assistant.library.manifest import load_library
from assistant.library.model import Entry, Library, Mark
from eval.labelled import QUESTIONS, Place
from eval.measures import Measure, share_of

LABELS = QUESTIONS / "marks.jsonl"
CORPUS = Path(__file__).parents[1] / "corpus"
HALVES = ("dev", "test")


@dataclass(frozen=True, slots=True)
class HandLabel:
    """What a person says of one quotable unit."""

    half: str
    """dev, for making the rules, or test, for reporting."""
    marks: frozenset[str]
    names: tuple[str, ...]
    """The populations and medicines that a caution names, in plain words."""
    limits: frozenset[Place]
    """The units of its entry that it limits."""


def hand_labels(library: Library) -> dict[Place, HandLabel]:
    """Look up every labelled unit in a library, by its entry's file and its exact words.

    Raises:
        ValueError: a labelled unit, or one it limits, is not in its entry; an entry that is not served is left out.
    """
    by_stem = {Path(entry.file).stem: entry for entry in library.entries}
    found: dict[Place, HandLabel] = {}
    for line in LABELS.read_text("utf-8").splitlines():
        record = json.loads(line)
        entry = by_stem.get(record["entry"])
        if entry is None:
            continue
        limits = frozenset(_place(entry, words) for words in record["limits"])
        found[_place(entry, record["text"])] = HandLabel(
            record["half"], frozenset(record["marks"]), tuple(record["names"]), limits
        )
    return found


def _place(entry: Entry, words: str) -> Place:
    for number, unit in enumerate(entry.units):
        if unit.quotable and entry.words(number) == words:
            return entry.id, number
    raise ValueError(f"{entry.id} has no unit {words[:60]!r}; correct the label")


def mark_measures(labels: Mapping[Place, HandLabel], library: Library, half: str) -> list[Measure]:
    """Measure the precision and the recall of each mark over the labelled units of one half."""
    own = {place: label for place, label in labels.items() if label.half == half}
    measures = []
    for mark in get_args(Mark):
        marked = {place for place in own if mark in library.by_id[place[0]].units[place[1]].marks}
        meant = {place for place, label in own.items() if mark in label.marks}
        measures.append(share_of(f"{mark}, precision", [place in meant for place in sorted(marked)]))
        measures.append(share_of(f"{mark}, recall", [place in marked for place in sorted(meant)]))
    return measures


def link_measures(labels: Mapping[Place, HandLabel], library: Library, half: str) -> list[Measure]:
    """Measure the links from what is limited to what limits it, over the labelled units of one half.

    A unit is reached when at least one of the units that limit it is linked; a link is right when a person made it too.
    """
    limited: dict[Place, set[Place]] = {}
    for place, label in labels.items():
        if label.half == half:
            for each in label.limits:
                limited.setdefault(each, set()).add(place)
    ranked = {place: _linked(place, library) for place, label in labels.items() if label.half == half}
    links = {place: set(linked) for place, linked in ranked.items()}
    measures = []
    for what, kinds in (("units", set()), ("doses", {"dose"}), ("benefits", {"benefit"})):
        own = [(place, meant) for place, meant in sorted(limited.items()) if not kinds or labels[place].marks & kinds]
        measures.append(share_of(f"limited {what} reached", [bool(links[place] & meant) for place, meant in own]))
        measures.append(
            share_of(
                f"limited {what} reached by the first two links",
                [bool(meant.intersection(ranked[place][:2])) for place, meant in own],
            )
        )
    return [
        *measures,
        share_of(
            "links found", [one in links[place] for place, meant in sorted(limited.items()) for one in sorted(meant)]
        ),
        share_of(
            "links right",
            [one in limited.get(place, ()) for place, linked in sorted(links.items()) for one in sorted(linked)],
        ),
    ]


def _linked(place: Place, library: Library) -> list[Place]:
    return [(place[0], number) for number in library.by_id[place[0]].units[place[1]].limited_by]


def report(library: Library) -> dict[str, list[Measure]]:
    """Return the measures of both halves."""
    labels = hand_labels(library)
    return {half: [*mark_measures(labels, library, half), *link_measures(labels, library, half)] for half in HALVES}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the measures."""
    parser = argparse.ArgumentParser(prog="python -m eval.marks", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(arguments)
    found = report(load_library(CORPUS))
    if options.json:
        print(json.dumps({half: [dataclasses.asdict(each) for each in measures] for half, measures in found.items()}))
        return
    for half, measures in found.items():
        for each in measures:
            if each.value is not None and each.low is not None and each.high is not None:
                bounds = f"{100 * each.low:.1f} to {100 * each.high:.1f}"
                print(f"{half:>5}  {each.name}: {100 * each.value:.1f} % ({bounds}), n {each.n}")


if __name__ == "__main__":
    main()
