"""The libraries the labelled questions are asked over, and which sets are asked over which.

The given entry alone, the invented entries, and the whole corpus: what holds must hold for one entry and for many.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.index.build import build_snapshot
from assistant.index.inventory import Held
from assistant.index.review import read_rows, reviewed_units
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.library.manifest import load_library
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER
from eval.labelled import Place

ROOT = Path(__file__).parents[1]
INDEXES = ROOT / "build" / "eval"
"""Where their indexes lie between runs; made anew when missing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One library with the question sets asked over it."""

    name: str
    library: Library
    sets: tuple[str, ...]
    reviewed: Mapping[Place, Held] = field(default_factory=dict)
    """What a person has reviewed of its inventory."""


def plans(*, reviewed: bool = True) -> tuple[Plan, ...]:
    """Return the three libraries with their sets, with what is reviewed of their inventories, or all of it inferred."""
    whole = load_library(ROOT / "corpus")
    given = Library(tuple(entry for entry in whole.entries if entry.provenance == "publisher"))
    fictional = load_library(ROOT / "tests" / "data" / "entries")
    rows = read_rows(ROOT / "corpus") if reviewed else []
    return tuple(
        Plan(name, library, sets, reviewed_units(library, rows))
        for name, library, sets in (
            ("given", given, ("given", "given_more")),
            ("fictional", fictional, ("fictional", "fictional_more")),
            ("whole", whole, ("given", "sample_dev", "sample_more", "sample_test")),
        )
    )


def snapshots(folder: Path = INDEXES, *, reviewed: bool = True) -> Iterator[tuple[Plan, Snapshot]]:
    """Index each library under a folder, what is unchanged reused, and load it; `reviewed` as in `plans`."""
    for plan in plans(reviewed=reviewed):
        build_snapshot(plan.library, folder / plan.name, PACKAGED_ENCODER, reviewed=plan.reviewed)
        yield plan, load_snapshot(folder / plan.name, PACKAGED_ENCODER)
