"""Cautions: whether what must travel with an answer did, judged by hand labels and never by the marks themselves.

Over the labelled questions of the hand-labelled entries, and over probes: one question for each medicine or group
that a hand-labelled caution names, "Is garlic safe with warfarin?". `python -m eval.cautions` asks and prints both
halves.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.answering.notices import load_notices
from assistant.answering.reply import open_desk
from assistant.index.lexicon import Item, contains, packaged_lexicon, phrase_terms
from assistant.library.model import Library
from eval.ask import InProcess, Json, System
from eval.judge import Judged, judge, places_of
from eval.labelled import Place, labelled_questions
from eval.libraries import INDEXES, snapshots
from eval.marks import HALVES, HandLabel, hand_labels
from eval.measures import Measure, mean_of, share_of

_CLAIMS = frozenset({"dose", "benefit", "interaction"})
SAFETY_FORMS = ("Is {subject} safe with {name}?", "What should be known about {subject} and {name}?")
"""How a probe asks, before the name of a medicine or a group; none of them asks for personal advice."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question made from a label: a name that cautions of one entry hold."""

    half: str
    entry: str
    question: str
    name: str
    cautions: frozenset[Place]
    """The cautions of the entry that name it."""


def caution_measures(judged: Sequence[Judged], labels: Mapping[Place, HandLabel]) -> list[Measure]:
    """Measure what travelled with the answers whose first quotation stands in a hand-labelled entry."""
    said = [each for each in judged if each.answered and _first(each.reply.record) & set(labels)]
    claiming = [
        each
        for each in said
        if any(labels[place].marks & _CLAIMS for place in _first(each.reply.record) & set(labels))
        and _cautions(labels, _owner(each))
    ]
    named = [(each, _named(each.question.text, _cautions(labels, _owner(each)), labels)) for each in said]
    naming = [(each, places) for each, places in named if places]
    about = [each.question.about for each in said]
    extra = [float(sum(quote["role"] != "answer" for quote in each.reply.record["quotes"])) for each in said]
    doses = [pair for each in said for pair in _limited_doses(each.reply.record, labels)]
    return [
        share_of(
            "caution recall", [bool(_quoted(each.reply.record) & _cautions(labels, _owner(each))) for each in claiming]
        ),
        share_of(
            "cautions naming what is asked",
            [place in _quoted(each.reply.record) for each, places in naming for place in sorted(places)],
        ),
        share_of(
            "questions with every such caution", [places <= _quoted(each.reply.record) for each, places in naming]
        ),
        share_of("orphan doses", [not kept for kept in doses]),
        share_of("myths under their label", list(_labelled_myths(said))),
        mean_of("accompanying quotations", extra, about),
    ]


def probe_measures(probes: Sequence[tuple[Probe, Json]]) -> list[Measure]:
    """Measure what the probes met: every caution that names what they name, or a plain word that there is no answer."""
    answered = [(probe, record) for probe, record in probes if record["quotes"]]
    return [
        share_of(
            "probes that meet a caution naming it", [bool(probe.cautions & _quoted(record)) for probe, record in probes]
        ),
        share_of(
            "probes answered that meet every one", [probe.cautions <= _quoted(record) for probe, record in answered]
        ),
        share_of("probes met by a bare dose", [_bare_dose(record, probe) for probe, record in probes]),
    ]


def probes_of(labels: Mapping[Place, HandLabel], library: Library) -> Iterator[Probe]:
    """Make the probes: for each entry, each name that its cautions hold, each form of asking."""
    for entry in library.entries:
        cautions = _cautions(labels, entry.id)
        names = dict.fromkeys(name for place in sorted(cautions) for name in labels[place].names)
        for name in names:
            for form in SAFETY_FORMS:
                question = form.format(subject=entry.subjects[0], name=name)
                own = _named(question, cautions, labels)
                yield Probe(labels[min(own)].half, entry.id, question, name, frozenset(own))


def _cautions(labels: Mapping[Place, HandLabel], entry_id: str) -> set[Place]:
    return {place for place, label in labels.items() if place[0] == entry_id and "caution" in label.marks}


def _named(question: str, cautions: set[Place], labels: Mapping[Place, HandLabel]) -> set[Place]:
    """Return the cautions whose hand-written names a question names: in the same words, or by another name."""
    asked = phrase_terms(question)
    items = _items(question)
    return {
        place
        for place in cautions
        if any(contains(asked, phrase_terms(name)) or _same(items, _items(name)) for name in labels[place].names)
    }


def _items(text: str) -> list[Item]:
    return [
        each.item
        for each in packaged_lexicon().mentions(phrase_terms(text))
        if each.item.kind in ("medicine", "population")
    ]


def _same(one: Sequence[Item], other: Sequence[Item]) -> bool:
    """Whether two lists hold the same medicine or group, or a medicine and its class."""
    return any(a == b or set(a.broader) & set(b.names) or set(b.broader) & set(a.names) for a in one for b in other)


def _first(record: Json) -> set[Place]:
    quotes = [quote for quote in record["quotes"] if quote["role"] == "answer"]
    return set(places_of(quotes[0])) if quotes else set()


def _owner(each: Judged) -> str:
    return str(each.reply.record["quotes"][0]["entry"]["id"])


def _quoted(record: Json) -> set[Place]:
    return {place for quote in record["quotes"] for place in places_of(quote)}


def _limited_doses(record: Json, labels: Mapping[Place, HandLabel]) -> Iterator[bool]:
    """Of each answer with a dose that other units limit: whether one of them came along, or it limits itself."""
    quoted = _quoted(record)
    for quote in record["quotes"]:
        for place in places_of(quote) if quote["role"] == "answer" else ():
            limits = {other for other, label in labels.items() if place in label.limits}
            if limits and "dose" in labels[place].marks:
                yield bool(limits & quoted) or "limiter" in labels[place].marks


def _labelled_myths(judged: Sequence[Judged]) -> Iterator[bool]:
    label = load_notices("GB").label("misconception")
    for each in judged:
        for quote in each.reply.record["quotes"]:
            if quote["section"] == "myths":
                yield quote["label"] == label


def _bare_dose(record: Json, probe: Probe) -> bool:
    """Whether an answer states an amount and nothing that names what was asked."""
    roles = [quote["role"] for quote in record["quotes"]]
    dose = any(
        " mg" in quote["text"] or " mcg" in quote["text"] or " g " in quote["text"] for quote in record["quotes"]
    )
    return "answer" in roles and dose and not probe.cautions & _quoted(record)


def ask_and_measure(system: System, library: Library) -> dict[str, list[Measure]]:
    """Ask the labelled questions and the probes of the hand-labelled entries; return the measures of each half."""
    labels = hand_labels(library)
    owners = {place[0] for place in labels}
    stems = {Path(entry.file).stem for entry in library.entries if entry.id in owners}
    judged = [
        judge(name, question, system.ask(question.text), library)
        for name in ("given", "sample_dev", "sample_test")
        for question in labelled_questions(name, library)
        if name == "given" or question.about in stems
    ]
    probes = [(probe, system.ask(probe.question).record) for probe in probes_of(labels, library)]
    return {
        half: [
            *caution_measures([each for each in judged if each.question.half == half], labels),
            *probe_measures([(probe, record) for probe, record in probes if probe.half == half]),
        ]
        for half in HALVES
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the measures over the whole corpus."""
    parser = argparse.ArgumentParser(prog="python -m eval.cautions", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--indexes", type=Path, default=INDEXES, help="the folder the indexes lie in between runs")
    options = parser.parse_args(arguments)
    plan, snapshot = next(each for each in snapshots(options.indexes) if each[0].name == "whole")
    found = ask_and_measure(InProcess(open_desk(snapshot, "GB")), plan.library)
    if options.json:
        json.dump(
            {half: [dataclasses.asdict(each) for each in each_half] for half, each_half in found.items()}, sys.stdout
        )
        return
    for half, measures in found.items():
        for each in measures:
            if each.value is not None and each.low is not None and each.high is not None:
                print(f"{half:>5}  {each.name}: {each.value:.3f} ({each.low:.3f} to {each.high:.3f}), n {each.n}")


if __name__ == "__main__":
    main()
