"""Conversation: whether a follow-up finds what its human rewrite finds, on turns in the form of CAsT and CANARD.

Run as `python -m eval.conversation FILE --library ENTRIES --json`. Rows have `conv_id`, `turn_id`, `history`,
`utterance`, `rewrite` and `health_like`. The rewrite's own results over a library of MedQuAD entries are the reference,
so the figures say how much of the context was recovered, not how good the results are. Only turns about health that
have a history are asked: the library has nothing for the others.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
from ir_measures import Qrel, ScoredDoc, nDCG

from assistant.answering.question import MAX_TURNS, Turn
from assistant.errors import AssistantError
from assistant.library.model import Library
from eval.abstention import print_measures
from eval.indexing import default_cache, open_index, say
from eval.measures import Measure, mean_of
from eval.medquad import read_sources, source_entry
from eval.records import DataError, read_records
from eval.searching import Searcher

DEPTH = 10
"""Entries compared."""
ORIGIN = "MPlusHealthTopics"
"""The publisher whose entries are the library, unless told otherwise: broad, and a page a topic."""


@dataclass(frozen=True, slots=True)
class Followup:
    """A turn of a conversation with the questions before it and what a person made of it."""

    conversation: str
    id: str
    earlier: tuple[str, ...]
    """The questions before it, oldest first."""
    utterance: str
    rewrite: str


def read_followups(path: Path) -> list[Followup]:
    """Read the turns about health that have a history, in order.

    Raises:
        DataError: the file is missing or broken, or has no such turn.
    """
    found = []
    for record in read_records(path):
        earlier = tuple(turn.text("text") for turn in record.items("history") if turn.text("role") == "user")
        if record.flag("health_like") and earlier:
            found.append(
                Followup(
                    record.text("conv_id"),
                    record.text("turn_id"),
                    earlier,
                    record.text("utterance"),
                    record.text("rewrite"),
                )
            )
    if not found:
        raise DataError(f"{path}: no turn about health with a history; is it the right file?")
    return found


def turns_of(followup: Followup, searcher: Searcher) -> tuple[Turn, ...]:
    """Return the turns before a follow-up as a client sends them: each with the subjects it was read to be about."""
    turns: list[Turn] = []
    for question in followup.earlier[-MAX_TURNS:]:
        turns.append(Turn(question, searcher.ask(question, turns).reading.subjects))
    return tuple(turns)


def found_by(searcher: Searcher, question: str, turns: Sequence[Turn] = ()) -> list[str]:
    """Return the best entries for a question in its conversation, best first."""
    return [entry for entry, _ in searcher.documents(searcher.ask(question, turns), limit=DEPTH)]


def overlap(found: Sequence[str], reference: Sequence[str]) -> float:
    """Return the share of the reference that was found, from 0 to 1; 0 of an empty one."""
    return len(set(found) & set(reference)) / len(reference) if reference else 0.0


def graded_gain(runs: Mapping[str, Sequence[str]], references: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the nDCG@10 of each run against a reference ranking whose first entry has grade 10 and whose tenth 1."""
    judged = [Qrel(turn, doc, DEPTH - rank) for turn, docs in references.items() for rank, doc in enumerate(docs)]
    ranked = [ScoredDoc(turn, doc, -float(rank)) for turn, docs in runs.items() for rank, doc in enumerate(docs)]
    values = dict.fromkeys(references, 0.0)
    if judged and ranked:
        for metric in ir_measures.iter_calc([nDCG @ DEPTH], judged, ranked):
            values[metric.query_id] = float(metric.value)
    return values


def measure_followups(followups: Sequence[Followup], searcher: Searcher) -> list[Measure]:
    """Measure the raw utterance and our reading of it against the human rewrite; intervals over conversations."""
    reference = {each.id: found_by(searcher, each.rewrite) for each in followups}
    runs = {
        "raw utterance": {each.id: found_by(searcher, each.utterance) for each in followups},
        "read with its history": {
            each.id: found_by(searcher, each.utterance, turns_of(each, searcher)) for each in followups
        },
        "human rewrite": reference,
    }
    clusters = [each.conversation for each in followups]
    measures = []
    for name, run in runs.items():
        gains = graded_gain(run, reference)
        shares = [overlap(run[each.id], reference[each.id]) for each in followups]
        first = [float(run[each.id][:1] == reference[each.id][:1]) for each in followups]
        measures += [
            mean_of(f"{name}: overlap@10", shares, clusters),
            mean_of(f"{name}: nDCG@10", [gains[each.id] for each in followups], clusters),
            mean_of(f"{name}: same first entry", first, clusters),
        ]
    return measures


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code: 2 when the data or the set-up is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.conversation", description="Measure follow-ups.")
    parser.add_argument("file", type=Path, help="turns with their rewrites, JSON lines, plain or gzipped")
    parser.add_argument("--library", type=Path, required=True, metavar="ENTRIES", help="MedQuAD entries")
    parser.add_argument("--origin", default=ORIGIN, help=f"only entries of this publisher; {ORIGIN} unless given")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where indexes are kept")
    given = parser.parse_args(arguments)
    try:
        followups = read_followups(given.file)
        entries = [source_entry(source) for source in read_sources(given.library) if source.origin == given.origin]
        searcher = Searcher.of(open_index(Library(tuple(entries)), given.cache))
    except (DataError, AssistantError) as error:
        say(f"python -m eval.conversation: {error}")
        return 2
    measures = measure_followups(followups, searcher)
    conversations = len({each.conversation for each in followups})
    print_measures(
        f"follow-ups over {len(entries)} entries of {given.origin}",
        measures,
        {"entries": len(entries), "conversations": conversations},
        as_json=given.json,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
