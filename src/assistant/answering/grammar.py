"""Grammar: the patterns of `triage.toml`, read and compiled.

The file is for a clinician to read; what is said there is said nowhere else. Must not know in which order the
reasons count.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, get_args

from assistant.answering.folding import fold, without_marks
from assistant.answering.language import SmallWords, both_ways, said_once
from assistant.answering.phrases import Net, weave, words_in, words_of
from assistant.answering.words import Lexicon, make_lexicon, spelt_out

Reason = Literal["emergency", "crisis", "misuse", "personal_advice", "not_a_question", "language"]
"""Why a question gets a notice."""

DANGERS: Final[tuple[Reason, ...]] = ("crisis", "emergency")
ADVICE: Final[tuple[Reason, ...]] = ("misuse", "personal_advice")
LOOSE: Final = "_loose"
"""What the name of a group ends in that is made of another's loose phrases."""
_SHORTEST_GRAVE: Final = 6  # in letters: shorter words are repaired to only where the file lists them


@dataclass(frozen=True, slots=True)
class Group:
    """When a group of phrases counts."""

    name: str
    reason: Reason
    has_phrases: bool
    is_loose: bool
    """It may mean something else as well: the head may find it out of the question."""
    needs: frozenset[str]
    unless: frozenset[str]
    despite: frozenset[str]

    def counts(self, here: frozenset[str], anywhere: frozenset[str]) -> bool:
        """Say whether the group counts.

        Args:
            here: the names of the groups and evidences whose phrases were found in one part of the question.
            anywhere: those found in the whole of it.
        """
        if (self.has_phrases and self.name not in here) or not self.needs <= anywhere:
            return False
        return not (self.unless & here & anywhere) or bool(self.despite & anywhere)


@dataclass(frozen=True, slots=True)
class Grammar:
    """Everything that triage listens for, compiled. Make one with `read_grammar`."""

    version: int
    sha256: str
    """Of the file, in hexadecimal: which patterns decided."""
    net: Net
    groups: tuple[Group, ...]
    voids: Mapping[str, frozenset[str]]
    """An evidence → the evidences beside which it is none."""
    lexicon: Lexicon
    classes: Mapping[str, frozenset[str]]
    """A word → the classes it is of."""
    endings: Mapping[str, tuple[str, ...]]
    """A class → how its longer words may end."""
    foreign: Mapping[Reason, tuple[str, ...]]
    """Phrases in other languages, folded and without marks; one in Latin letters begins with a space."""
    small_words: SmallWords

    @property
    def names(self) -> frozenset[str]:
        """Of every group and evidence."""
        return frozenset().union(*self.net.ends)


class GrammarError(ValueError):
    """The patterns name an evidence, a class or a reason that is not there."""


@cache
def packaged_grammar() -> Grammar:
    """The grammar that comes with the package, compiled once."""
    return read_grammar(resources.files(__package__).joinpath("triage.toml").read_text(encoding="utf-8"))


def read_grammar(toml: str) -> Grammar:
    """Compile a grammar.

    Raises:
        GrammarError: a group needs an evidence, or a phrase uses a class, that the text does not define.
        PhraseError: a phrase is not written in the notation.
    """
    data = tomllib.loads(toml)
    fillers = frozenset(data["fillers"].split())
    spellings = {word: tuple(meant.split()) for word, meant in data["spellings"].items()}

    @cache  # the same few words stand in thousands of phrases
    def spell(text: str) -> tuple[str, ...]:
        return tuple(spelt_out(fold(text), spellings, fillers))

    def phrases_of(groups: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        return ((each["name"], phrase) for each in groups for phrase in each.get("phrases", ()))

    groups = list(_with_loose(data["group"]))
    net = weave(phrases_of([*data["evidence"], *groups]), spell)
    members = {name: frozenset(words.split()) for name, words in data["classes"].items()}
    _check(data, net, members)
    of_dangers = phrases_of(each for each in groups if each["reason"] in DANGERS)
    dangers = words_in((phrase for _, phrase in of_dangers), spell)
    grave = sorted(w for w in dangers.union(*members.values()) if len(w) >= _SHORTEST_GRAVE and w.isalpha())
    listed = data["triggers"].split()
    return Grammar(
        version=data["version"],
        sha256=hashlib.sha256(toml.encode("utf-8")).hexdigest(),
        net=net,
        groups=tuple(map(_group, groups)),
        voids={each["name"]: frozenset(each["unless"]) for each in data["evidence"] if "unless" in each},
        lexicon=make_lexicon(
            known=words_of(net).union(spellings, fillers, *members.values()),
            common=frozenset(data["common"].split()),
            short=frozenset(data["short"].split()),
            triggers=[*listed, *grave],
            loose=frozenset(listed),
            ordinary=frozenset(data["ordinary"].split()).union(*(w.split() for w in data["small_words"].values())),
            spellings=spellings,
            also={word: tuple(meant.split()) for word, meant in data["also"].items()},
            fillers=fillers,
        ),
        classes=_classes_of_words(members),
        endings={name: tuple(ends.split()) for name, ends in data["endings"].items()},
        foreign={
            reason: tuple(_marked_phrase(phrase) for each in data["foreign"].values() for phrase in each[reason])
            for reason in DANGERS
        },
        small_words=_small_words(data),
    )


def _with_loose(groups: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Yield each group, and after it its loose phrases as a group of their own."""
    for each in groups:
        yield {**each, "loose": False}
        if "loose" in each:
            yield {**each, "name": f"{each['name']}{LOOSE}", "phrases": each["loose"], "loose": True}


def _group(each: Mapping[str, Any]) -> Group:
    return Group(
        name=each["name"],
        reason=each["reason"],
        has_phrases="phrases" in each,
        is_loose=each["loose"],
        needs=frozenset(each.get("needs", ())),
        unless=frozenset(each.get("unless", ())),
        despite=frozenset(each.get("despite", ())),
    )


def _check(data: Mapping[str, Any], net: Net, members: Mapping[str, frozenset[str]]) -> None:
    evidences = {each["name"] for each in data["evidence"]}
    for each in (*data["evidence"], *data["group"]):
        unknown = {*each.get("needs", ()), *each.get("unless", ()), *each.get("despite", ())} - evidences
        if unknown or each.get("reason", "crisis") not in get_args(Reason):
            raise GrammarError(f"{each['name']!r} names {sorted(unknown) or each['reason']!r}, which is not defined")
    classes = {step[1:-1] for steps in net.steps for step in steps if step.startswith("<")}
    if missing := classes - set(members):
        raise GrammarError(f"phrases use the classes {sorted(missing)}, which are not defined")


def _classes_of_words(members: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    words = frozenset().union(*members.values())
    return {word: frozenset(f"<{name}>" for name, each in members.items() if word in each) for word in words}


def _small_words(data: Mapping[str, Any]) -> SmallWords:
    tables: Mapping[str, str] = data["small_words"]
    # A small word of one letter is as likely a vitamin, or an initial.
    folded = {name: frozenset(w for w in fold(words).split() if len(w) > 1) for name, words in tables.items()}
    english = folded.pop("english")
    return SmallWords(
        english=english,
        others={name: words - english for name, words in folded.items()},
        telling={name: frozenset(fold(words).split()) - english for name, words in data["telling_words"].items()},
        chatter=frozenset(map(said_once, data["chatter"]["words"].split())),
        courtesies=_courtesies(data["chatter"]["phrases"]),
        key_rows=both_ways(data["keyboard"]["rows"].split()),
        rare_pairs=frozenset(data["keyboard"]["rare"].split()),
    )


def _courtesies(phrases: Iterable[str]) -> tuple[str, ...]:
    written = {f" {fold(phrase).replace(chr(39), '')} " for phrase in phrases}
    return tuple(sorted(written, key=lambda phrase: (-len(phrase), phrase)))


def marked_words(folded: str) -> str:
    """Return folded text without marks and punctuation, a space around each word: what `foreign` is searched in."""
    words = re.sub(r"[\W_]+", " ", without_marks(folded).replace("'", ""))
    return f" {words} "


def _marked_phrase(phrase: str) -> str:
    marked = marked_words(fold(phrase)).strip()
    return f" {marked}" if marked.isascii() else marked
