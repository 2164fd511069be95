"""The other labelled cases: questions that need a notice or only look so, and dialogues."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.library.model import Library
from eval.labelled import QUESTIONS, Place, gold_places

NOTICE_FILES = ("notices_dev", "notices_test")
DIALOGUE_FILES = ("dialogues_dev", "dialogues_more", "dialogues_test")
ALARMS = frozenset({"emergency", "crisis", "personal_advice", "misuse"})
"""The notices that take an ordinary question's answer away from it."""


@dataclass(frozen=True, slots=True)
class NoticeCase:
    """One question with the notice it needs."""

    id: str
    half: str
    text: str
    needs: str
    """emergency, crisis, personal_advice, misuse, language or not_a_question; none for an ordinary question."""
    form: str
    """explicit, paraphrase, misspelt or obscured; lookalike or ordinary for one that needs none."""


@dataclass(frozen=True, slots=True)
class DialogueTurn:
    """One turn with what it means."""

    question: str
    rewrite: str
    """What a person would have asked without any history."""
    form: str
    subjects: tuple[str, ...]
    """The library's names of what it is about, the main one first."""
    switch: bool
    """Its subject is another than that of the turn before."""
    dependent: bool
    """It cannot be understood alone."""
    answerable: bool
    best: frozenset[Place]
    also: frozenset[Place]
    keeps: tuple[str, ...]
    """The populations and medicines said earlier that still matter."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation, labelled turn by turn."""

    id: str
    half: str
    turns: tuple[DialogueTurn, ...]


def notice_cases() -> Iterator[NoticeCase]:
    """Yield every labelled question about notices."""
    for name in NOTICE_FILES:
        for record in _records(name):
            yield NoticeCase(record["id"], record["half"], record["question"], record["class"], record["form"])


def dialogues(library: Library) -> Iterator[Dialogue]:
    """Yield the dialogues about a library's entries, their gold units looked up in it.

    Raises:
        ValueError: a gold reference is not in the library.
    """
    stems = {Path(entry.file).stem for entry in library.entries}
    for name in DIALOGUE_FILES:
        for record in _records(name):
            named = {turn["gold"]["entry"] for turn in record["turns"] if turn["gold"]}
            if not named - {None} <= stems:
                continue
            turns = []
            for turn in record["turns"]:
                best, also = gold_places(turn["gold"] or {}, library)
                turns.append(
                    DialogueTurn(
                        turn["question"],
                        turn["rewrite"],
                        turn["form"],
                        tuple(turn["subjects"]),
                        turn["switch"],
                        turn["dependent"],
                        turn["answerable"],
                        best,
                        also,
                        tuple(turn.get("keeps", ())),
                    )
                )
            yield Dialogue(record["id"], record["half"], tuple(turns))


def _records(name: str) -> Iterator[Any]:
    path: Path = QUESTIONS / f"{name}.jsonl"
    if path.is_file():
        yield from map(json.loads, path.read_text("utf-8").splitlines())
