"""Seeded faults: clean answers with one known fault each, to see whether a judge of answers finds it.

The same seed over the same answers gives the same faults. A fault is made in our own JSON; most are then written the
way other systems write. Nothing here knows how the judge works, beyond which words deny and which count.
"""

import copy
import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from assistant.library.model import Entry, Library
from assistant.library.sentences import sentence_spans
from eval.grounding.layout import lay_out
from eval.grounding.words import Word, is_negation, is_number, is_unit
from eval.inventions import Inventor
from eval.renderings import Style, choose_style, render_answer

Json = dict[str, Any]
FaultKind = Literal[
    "changed word",
    "dropped not",
    "changed number",
    "swapped citation",
    "missing disclaimer",
    "bare myth",
    "wrong hash",
    "made-up quote",
]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
_OTHER_UNITS = {
    "mg": ("mcg", "g"),
    "mcg": ("mg", "g"),
    "μg": ("mg", "g"),
    "g": ("mg", "kg"),
    "kg": ("g",),
    "ml": ("l",),
    "iu": ("mg", "mcg"),
    "%": (" mg",),
    "minutes": ("hours",),
    "hours": ("minutes", "days"),
    "day": ("week",),
    "days": ("weeks", "months"),
    "week": ("day",),
    "weeks": ("days", "months"),
    "months": ("weeks", "years"),
    "years": ("months", "weeks"),
}


@dataclass(frozen=True, slots=True)
class Seeded:
    """A line of JSON with one known fault."""

    kind: FaultKind
    line: Json
    """As `eval.foreign.read_answer` takes it."""
    what: str
    """What was done, for a person to read."""


def seed_faults(clean: Sequence[Json], library: Library, kind: FaultKind, count: int, seed: int) -> list[Seeded]:
    """Make answers with one fault of a kind.

    Args:
        clean: our own answers as JSON, without faults, some of them with quotations.
        library: the one they were made from.
        kind: of the fault.
        count: how many to make; answers are used again, with other faults, when they run out.
        seed: of all that is left to chance.

    Raises:
        ValueError: no answer, or no place in one, can be given a fault of this kind.
    """
    chance = random.Random(f"{seed} {kind}")  # noqa: S311 - repeatable, not secret
    maker = _Maker(library, chance)
    quoting = [answer for answer in clean if answer["quotes"]] if kind != "missing disclaimer" else list(clean)
    made: list[Seeded] = []
    tries = 0
    while len(made) < count:
        tries += 1
        if not quoting or tries > 200 * count:
            raise ValueError(f"no place for a {kind!r} in {len(quoting)} answers that quote; give it others")
        record: Json = copy.deepcopy(chance.choice(quoting))
        style = None if kind == "wrong hash" or chance.random() < 0.35 else choose_style(chance)
        what = maker.spoil(record, kind, style)
        if what:
            name = f"{kind.replace(' ', '-')}-{len(made) + 1:03d}"
            line = {"id": name, "answer": record} if style is None else render_answer(record, name, style, chance)
            made.append(Seeded(kind, line, what))
    return made


class _Maker:
    """Spoils answers, one way at a time; returns "" where an answer has no place for the fault."""

    def __init__(self, library: Library, chance: random.Random) -> None:
        self.library = library
        self.chance = chance
        layouts = [lay_out(entry.text) for entry in library.entries]
        self.vocabulary = sorted({w.text for layout in layouts for w in layout.words if _is_plain(w.text)})
        self.small = [word for word in self.vocabulary if len(word) <= 4]
        self.runs = {entry.id: _runs(layout.words, 4) for entry, layout in zip(library.entries, layouts, strict=True)}
        self.inventor = Inventor([[w.text for w in layout.words if _is_plain(w.text)] for layout in layouts])

    def spoil(self, record: Json, kind: FaultKind, style: Style | None) -> str:
        """Give an answer a fault; return what was done."""
        if kind == "swapped citation":
            return self._swap(record, whole=style is not None and style.citing == "whole")
        if kind == "bare myth":
            return self._bare_myth(record, own=style is None)
        ways: dict[FaultKind, Callable[[Json], str]] = {
            "changed word": self._change_word,
            "dropped not": self._drop_not,
            "changed number": self._change_number,
            "missing disclaimer": self._drop_disclaimer,
            "wrong hash": self._change_hash,
            "made-up quote": self._make_up,
        }
        return ways[kind](record)

    def _change_word(self, record: Json) -> str:
        quote = self.chance.choice(record["quotes"])
        words = [w for w in _words(quote) if _is_plain(w.text)]
        if not words:
            return ""
        word = self.chance.choice(words)
        among = self.small if len(word.text) <= 4 and self.chance.random() < 0.7 else self.vocabulary
        others = [each for each in among if each not in word.text and word.text not in each]
        return self._replace(quote, word, self.chance.choice(others)) if others else ""

    def _drop_not(self, record: Json) -> str:
        found = [(quote, word) for quote in record["quotes"] for word in _words(quote) if is_negation(word.text)]
        if not found:
            return ""
        quote, word = self.chance.choice(found)
        if word.text == "cannot" or word.text.endswith("n't"):
            return self._replace(quote, word, "can" if word.text in ("cannot", "can't") else word.text[:-3])
        return self._replace(quote, word, "")

    def _change_number(self, record: Json) -> str:
        quote = self.chance.choice(record["quotes"])
        words = _words(quote)
        numbers = [n for n, word in enumerate(words) if word.text[0].isdigit() and word.text.isascii()]
        if not numbers:
            return ""
        at = self.chance.choice(numbers)
        unit = words[at + 1] if at + 1 < len(words) else None
        if unit and unit.text in _OTHER_UNITS and self.chance.random() < 0.5:
            return self._replace(quote, unit, self.chance.choice(_OTHER_UNITS[unit.text]))
        return self._replace(quote, words[at], self._other_number(words[at].text))

    def _other_number(self, text: str) -> str:
        """Change one digit, add one or take one away; never to the same number."""
        digits = [n for n, character in enumerate(text) if character.isdigit()]
        at = self.chance.choice(digits)
        way = self.chance.choice(("digit", "longer", "shorter"))
        if way == "shorter" and len(digits) > 1 and text[0] != "0" and "." not in text:
            return text[:at] + text[at + 1 :]
        if way == "longer" and "." not in text:
            return f"{text}0"
        return text[:at] + self.chance.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]

    def _replace(self, quote: Json, word: Word, by: str) -> str:
        before: str = quote["text"]
        old = before[word.start : word.end]
        by = by[:1].upper() + by[1:] if old[:1].isupper() else by
        gap = before[word.end : word.end + 1].isspace() if not by else False
        quote["text"] = before[: word.start] + by + before[word.end + gap :]
        if self.chance.random() < 0.5:
            # A careful liar's record: the hash agrees with the changed words.
            quote["sha256"] = _digest(quote["text"])
        return f"{old!r} became {by!r} in {before!r}"

    def _swap(self, record: Json, *, whole: bool) -> str:
        quote = self.chance.choice(record["quotes"])
        held = quote["entry"]["id"]
        runs = _runs(_words(quote), 4)
        others = [e for e in self.library.entries if e.id != held and not (runs & self.runs[e.id]) and e.title]
        if not others or not runs:
            return ""
        other = self.chance.choice(others)
        for each in record["quotes"]:
            if each is quote or (whole and each["entry"]["id"] == held):
                each["entry"] = _entry(other)
        return f"{held} became {other.id}"

    def _drop_disclaimer(self, record: Json) -> str:
        way = self.chance.choice(("null", "absent", "empty"))
        if way == "absent":
            del record["disclaimer"]
        else:
            record["disclaimer"] = None if way == "null" else {**record["disclaimer"], "text": "", "sha256": ""}
        return f"the disclaimer is {way}"

    def _bare_myth(self, record: Json, *, own: bool) -> str:
        """Quote the claim of a misconception without its correction, or our own record without its label."""
        labelled = [quote for quote in record["quotes"] if quote["label"]]
        if own and labelled and self.chance.random() < 0.5:
            self.chance.choice(labelled)["label"] = None
            return "its label was taken away"
        myths = [
            (entry, n)
            for entry in self.library.entries
            for n, unit in enumerate(entry.units)
            if unit.kind == "myth" and len(sentence_spans(entry.text, unit.span.start, unit.span.end)) > 1
        ]
        if not myths:
            return ""
        entry, number = self.chance.choice(myths)
        span = sentence_spans(entry.text, entry.units[number].span.start, entry.units[number].span.end)[0]
        text = span.of(entry.text)
        unlabelled = re.sub(r"^\W*(?:claim|myth|misconception)\W+", "", text, flags=re.IGNORECASE)
        if unlabelled != text and self.chance.random() < 0.5:
            text = unlabelled[:1].upper() + unlabelled[1:]
        self._put(record, entry, number, text, span.start)
        return f"only {text!r} of unit {number} of {entry.id}"

    def _change_hash(self, record: Json) -> str:
        quote = self.chance.choice(record["quotes"])
        before = quote["sha256"]
        at = self.chance.randrange(64)
        changed = (
            before[:at] + self.chance.choice([d for d in "0123456789abcdef" if d != before[at]]) + before[at + 1 :]
        )
        quote["sha256"] = self.chance.choice((changed, before[:-1], "", _digest(quote["text"] + " "), before[::-1]))
        return f"{before[:8]}… became {quote['sha256'][:8]}…" if quote["sha256"] != before else ""

    def _make_up(self, record: Json) -> str:
        """Add a sentence nobody wrote: of our templates, or of the library's own words in another order."""
        entry = self.chance.choice(self.library.entries)
        subject = entry.subjects[0] if entry.subjects else entry.id
        text = self.inventor.invent(subject, self.chance)
        runs = _runs(lay_out(text).words, 4)
        if not text or any(runs & known for known in self.runs.values()):
            return ""
        number = next(n for n, unit in enumerate(entry.units) if unit.quotable)
        self._put(record, entry, number, text, entry.units[number].span.start)
        return f"nobody wrote {text!r}"

    def _put(self, record: Json, entry: Entry, number: int, text: str, start: int) -> None:
        """Put a quotation into an answer, in place of one or as one more, with a hash that agrees."""
        quote: Json = {
            "id": "q0", "role": "answer", "label": None, "text": text, "entry": _entry(entry),
            "section": entry.section_of[number].name, "units": [number, number], "start": start,
            "end": start + len(text),
            "sha256": _digest(text), "table": None, "sources": [], "url": "", "fragment_url": "",
        }  # fmt: skip
        at = self.chance.randrange(len(record["quotes"]) + 1)
        record["quotes"].insert(at, quote)


def _is_plain(word: str) -> bool:
    """Whether a compared word is of letters only, and neither denies nor counts."""
    return word.isalpha() and not (is_negation(word) or is_number(word) or is_unit(word))


def _words(quote: Json) -> list[Word]:
    return list(lay_out(quote["text"]).words)


def _runs(words: Sequence[Word], length: int) -> set[tuple[str, ...]]:
    texts = [word.text for word in words]
    return {tuple(texts[n : n + length]) for n in range(len(texts) - length + 1)}


def _entry(entry: Entry) -> Json:
    return {"id": entry.id, "title": entry.title, "url": entry.url, "last_reviewed": entry.last_reviewed}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
