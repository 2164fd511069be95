"""Switches: conversations over a library of invented substances, whose right entry is known by construction.

Run as `python -m eval.switches --entries 120 --dialogues 200 --seed 1 --json`. All entries say the same things in the
same words, so only the name tells them apart: a turn that names nothing finds its entry through the conversation or by
chance. Nothing in them is about a real substance or study.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.answering.question import MAX_TURNS, Turn
from assistant.answering.reply import open_desk
from assistant.index.build import build_snapshot
from assistant.index.snapshot import load_snapshot
from assistant.library.model import Entry, Library
from assistant.library.parse import Stated, parse_entry
from assistant.settings import PACKAGED_ENCODER
from eval.ask import InProcess, System
from eval.measures import share_of

_STARTS = (
    "bel",
    "cor",
    "dal",
    "fen",
    "gar",
    "hul",
    "jas",
    "kel",
    "lom",
    "mur",
    "nev",
    "pol",
    "quor",
    "ris",
    "tav",
    "vos",
)
_MIDDLES = ("a", "e", "i", "o", "u", "an", "er", "il", "os")
_ENDS = ("brine", "dite", "fane", "gol", "lode", "mact", "nix", "pheme", "rone", "strine", "thene", "vex")
_TEXT = """\
# What is known of {name}?

## Summary

{Name} is an invented nutrient, made up to test software; no such substance exists. In Example Study {letter} it
steadied evening attention a little.

## How much was used

Trials used {dose} mg of {name} a day. Foods rich in {name} include ember beans, tarn kelp and blue millet.

## When a change might show

{Name} takes about {weeks} weeks to work.

## Safety

The side effects of {name} are headaches and a dry mouth. In pregnancy {name} has not been studied and is best avoided.
People on warfarin should be careful with {name}, because it may thin the blood.

## Evidence

Example Study {letter} of {name} had {people} participants and was paid for by its maker.
"""
_FIRSTS = (
    "How much {0} was used in trials?",
    "Is {0} safe in pregnancy?",
    "which foods have {0}",
    "What are the side effects of {0}?",
    "how long does {0} take to work",
)
_SWITCHES = (
    "What about {0}?",
    "and {0}?",
    "ok and {0}",
    "How about {0}?",
    "{0}?",
    "what about {0} then",
    "no, I meant {0}",
)
_FULL_SWITCHES = ("is {0} safe with warfarin", "How much {0} was used in trials?", "tell me about {0}")
_LATER = (
    "how long does it take to work",
    "and in pregnancy?",
    "any side effects?",
    "which foods have it",
    "why?",
    "how many people was that",
    "who paid for the study",
    "is it safe with warfarin",
    "how much",
    "does it thin the blood",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One turn with the invented substance that it is about."""

    question: str
    name: str
    dependent: bool
    """It is about what another turn named, or asks what another turn asked."""
    switched: bool
    """The conversation has turned to another substance by now."""


def invented_names(count: int, numbers: random.Random) -> list[str]:
    """Return distinct names that no substance has.

    Raises:
        ValueError: more are wanted than can be made.
    """
    names = [start + middle + end for start in _STARTS for middle in _MIDDLES for end in _ENDS]
    if count > len(names):
        raise ValueError(f"{count} names are wanted; {len(names)} can be made")
    return numbers.sample(names, count)


def invented_library(names: Sequence[str], numbers: random.Random) -> Library:
    """Return a library with one entry a name; they differ in names and figures alone."""
    return Library(tuple(_entry(name, numbers) for name in names))


def _entry(name: str, numbers: random.Random) -> Entry:
    text = _TEXT.format(
        name=name,
        Name=name.capitalize(),
        letter=numbers.choice("ABCDEFGH"),
        dose=numbers.randrange(10, 900, 5),
        weeks=numbers.randrange(2, 30),
        people=numbers.randrange(20, 900),
    )
    stated = Stated(id=name, file=f"{name}.md", title=f"What is known of {name}?", subjects=(name,))
    return parse_entry(text.encode(), stated)


def invented_dialogues(names: Sequence[str], count: int, numbers: random.Random) -> Iterator[list[Step]]:
    """Yield conversations of six turns: about one substance, then another, then back or to a third."""
    for _ in range(count):
        one, other, third = numbers.sample(list(names), 3)
        later = numbers.sample(_LATER, 3)
        full = numbers.random() < 1 / 3
        switch = numbers.choice(_FULL_SWITCHES if full else _SWITCHES)
        last = numbers.choice((one, third))
        yield [
            Step(numbers.choice(_FIRSTS).format(one), one, dependent=False, switched=False),
            Step(later[0], one, dependent=True, switched=False),
            Step(switch.format(other), other, dependent=not full, switched=True),
            Step(later[1], other, dependent=True, switched=True),
            Step(numbers.choice(_SWITCHES).format(last), last, dependent=True, switched=True),
            Step(later[2], last, dependent=True, switched=True),
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one turn."""

    step: Step
    read: tuple[str, ...]
    """The subjects it was read to be about."""
    entry: str | None
    """The entry of the likeliest unit, whether or not it is quoted; None when nothing was found."""

    @property
    def is_right(self) -> bool:
        """Whether it was read as about its substance alone, and found in that entry."""
        return self.read == (self.step.name,) and self.entry == self.step.name


def ask_dialogue(steps: Sequence[Step], system: System) -> Iterator[Outcome]:
    """Ask one conversation as a client would."""
    turns: list[Turn] = []
    for step in steps:
        reply = system.ask(step.question, turns[-MAX_TURNS:])
        subjects = tuple(reply.record["question"]["subjects"])
        yield Outcome(step, subjects, reply.ranking[0][0][0] if reply.ranking else None)
        turns.append(Turn(step.question, subjects))


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.switches", description="Measure switches of subject.")
    parser.add_argument("--entries", type=int, default=120, metavar="N")
    parser.add_argument("--dialogues", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, with the turns that went wrong")
    given = parser.parse_args(arguments)
    numbers = random.Random(given.seed)  # noqa: S311 - repeatable on purpose
    names = invented_names(given.entries, numbers)
    with TemporaryDirectory() as folder:
        build_snapshot(invented_library(names, numbers), Path(folder), PACKAGED_ENCODER)
        system = InProcess(open_desk(load_snapshot(Path(folder), PACKAGED_ENCODER), "GB"))
        dialogues = list(invented_dialogues(names, given.dialogues, numbers))
        outcomes = [outcome for steps in dialogues for outcome in ask_dialogue(steps, system)]
    after = [each for each in outcomes if each.step.dependent and each.step.switched]
    measures = [
        share_of("right entry, dependent turns after a switch", [each.is_right for each in after]),
        share_of("right entry, all turns", [each.is_right for each in outcomes]),
    ]
    wrong = [
        [each.step.question, each.step.name, list(each.read), each.entry] for each in outcomes if not each.is_right
    ]
    if given.json:
        figures = {
            each.name: {"value": each.value, "low": each.low, "high": each.high, "n": each.n} for each in measures
        }
        print(json.dumps({"entries": given.entries, "measures": figures, "wrong": wrong}, indent=1))
    else:
        for each in measures:
            print(f"{each.name}: {each.value:.4f} ({each.low:.4f} to {each.high:.4f}), n {each.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
