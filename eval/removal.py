"""Removal: silence where the answer was taken out of the library, on MedQuAD entries.

Run as `python -m eval.removal FILE --json`. A sample of entries is a library; each is asked the question of one of its
sections, once where the section is there and once where it is not: with that section removed from every entry, or with
the whole entry removed. The answer cannot then be in the library, but a near miss often is.
"""

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import AssistantError
from assistant.library.model import Library
from eval.abstention import Decider, Outcome, measure_silence, print_measures
from eval.indexing import default_cache, open_index, say
from eval.measures import Measure
from eval.medquad import Source, read_sources, source_entry
from eval.records import DataError
from eval.searching import Searcher

ENTRIES = 300
"""In the sample, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An entry and the section whose question it is asked."""

    source: Source
    section: int
    """From 0."""

    @property
    def question(self) -> str:
        """The section's own question."""
        return self.source.sections[self.section].question


def sample_entries(sources: Iterable[Source], count: int) -> list[Asked]:
    """Choose entries with two sections or more whose title no other entry has, and one section of each.

    Both choices go by sha256 of the entry's id: the same file gives the same sample, whatever its order.

    Raises:
        DataError: there are fewer than two such entries.
    """
    known = list(sources)
    titles = Counter(source.title.lower() for source in known)
    fit = [source for source in known if len(source.sections) > 1 and titles[source.title.lower()] == 1]
    if len(fit) < 2:
        raise DataError(f"{len(fit)} entries with two sections and a title of their own; at least two are needed")
    chosen = sorted(fit, key=lambda source: _digest(source.id))[:count]
    return [Asked(source, int.from_bytes(_digest(f"{source.id} section")) % len(source.sections)) for source in chosen]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def measure_removed(sample: Sequence[Asked], cache: Path) -> tuple[list[Measure], list[Measure]]:
    """Measure silence with the asked section removed, and with the asked entry removed.

    For the second the sample is halved: an entry's question is asked over the whole sample, and over the half it is
    not in.

    Raises:
        DataError, AssistantError: an entry cannot be read or indexed.
    """
    whole = Library(tuple(source_entry(asked.source) for asked in sample))
    decider = Decider.of(Searcher.of(open_index(whole, cache)))
    present = [decider.decide(asked.question) for asked in sample]
    less = Library(tuple(source_entry(asked.source, {asked.section}) for asked in sample))
    decider = Decider.of(Searcher.of(open_index(less, cache, like=whole)))
    no_section = [decider.decide(asked.question) for asked in sample]
    no_entry: dict[str, Outcome] = {}
    for parity in (0, 1):
        half = Library(tuple(whole.entries[parity::2]))
        decider = Decider.of(Searcher.of(open_index(half, cache, like=whole)))
        no_entry |= {asked.source.id: decider.decide(asked.question) for asked in sample[1 - parity :: 2]}
    return (
        measure_silence(_pairs(present, no_section)),
        measure_silence(_pairs(present, [no_entry[asked.source.id] for asked in sample])),
    )


def _pairs(present: Iterable[Outcome], removed: Iterable[Outcome]) -> list[tuple[bool, float, bool]]:
    return [(True, each.score, each.answered) for each in present] + [
        (False, each.score, each.answered) for each in removed
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.removal", description="Measure silence on removed text.")
    parser.add_argument("file", type=Path, help="MedQuAD entries, JSON lines, plain or gzipped")
    parser.add_argument("--entries", type=int, default=ENTRIES, metavar="N", help="entries in the sample")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where indexes are kept")
    given = parser.parse_args(arguments)
    try:
        sample = sample_entries(read_sources(given.file), given.entries)
        section, entry = measure_removed(sample, given.cache)
    except (DataError, AssistantError) as error:
        say(f"python -m eval.removal: {error}")
        return 2
    extra: dict[str, object] = {"entries": len(sample)}
    print_measures("section removed", section, extra, as_json=given.json)
    print_measures("entry removed", entry, extra, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
