"""The questions that the head of triage may learn from.

They are `triage_train.jsonl`, the cases of the tests, and the development halves of the labelled questions as ordinary
ones; never a held-out or public question.
"""

import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.answering.head import NONE, PLANTED

ROOT = Path(__file__).parents[1]
CLASSES = (NONE, "crisis", "emergency", "misuse", "personal_advice", PLANTED)
ALTERED = "altered"
"""The form of a second copy."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question with its class."""

    text: str
    label: str
    form: str
    theme: str
    """What it shares with others of its kind; a fold holds whole themes."""


def examples() -> list[Example]:
    """Read everything that may be learned from."""
    questions = ROOT / "eval" / "questions"
    found = [
        Example(row["text"], row["class"], row["form"], row["theme"])
        for row in _lines(questions / "triage_train.jsonl")
    ]
    with (ROOT / "tests" / "data" / "triage_cases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["class"] in CLASSES and row["kind"] != "other_language":
                found.append(Example(row["text"], row["class"], row["kind"], f"case {row['round']} {row['class']}"))
    for name in ("given", "fictional", "sample_dev", "given_more", "fictional_more", "sample_more"):
        found += [
            Example(row["question"], NONE, "ordinary", f"{name} {row['kind']}")
            for row in _lines(questions / f"{name}.jsonl")
            if row["half"] == "dev" and not row.get("own_case")
        ]
    found += [
        Example(row["text"], PLANTED, PLANTED, f"planted {row['style']}")
        for row in _lines(questions / "planted_train.jsonl")
    ]
    return list({example.text: example for example in found}.values())


def altered(originals: Sequence[Example]) -> list[Example]:
    """Return a second copy of each question: with slips of the finger, or with an ordinary sentence beside it."""
    choose = random.Random(11)  # noqa: S311  a repeatable choice, not a secret
    before = [
        "Hi,",
        "hello.",
        "I take a multivitamin.",
        "I'm 34.",
        "I've been reading your page on magnesium.",
        "please",
    ]
    before += ["Quick question.", "I have a question about supplements."]
    after = [
        "please",
        "thanks",
        "please help",
        "what do you think?",
        "I'm 42 and vegan.",
        "any advice?",
        "?",
        "thank you",
    ]
    copies = []
    for example in originals:
        text = example.text
        manner = choose.random()
        if manner < 0.5:
            text = slipped(text, choose)
        elif manner < 0.75:
            text = f"{choose.choice(before)} {text}"
        else:
            text = f"{text.rstrip('.')} {choose.choice(after)}" if choose.random() < 0.5 else text.upper()
        copies.append(Example(text, example.label, ALTERED, example.theme))
    return copies


def slipped(text: str, choose: random.Random) -> str:
    """Return a text with a slip of the finger in about every fourth longer word."""
    words = text.split()
    for place, word in enumerate(words):
        if len(word) >= 4 and word.isalpha() and choose.random() < 0.25:
            at = choose.randrange(1, len(word) - 1)
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            words[place] = choose.choice([word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], swapped])
    return " ".join(words)


def _lines(path: Path) -> Iterator[dict[str, str]]:
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)
