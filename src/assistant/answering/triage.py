"""Triage: what a question is, decided before anything is searched.

The same question always gets the same decision, with or without an encoder, and in degraded mode. The patterns are in
`triage.toml`, for a clinician to read; here is only the order in which they count. A decision names a group of patterns
and never repeats the question. Must not import the library, the index or search: an emergency does not depend on them.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any, Final, Literal, get_args

from assistant.answering.folding import fold, without_marks
from assistant.answering.language import SmallWords, asks_nothing, both_ways, is_foreign
from assistant.answering.phrases import BREAK, Net, names_found, weave, words_of
from assistant.answering.words import PAUSE, Lexicon, make_lexicon, readings_of, spelt_out

Reason = Literal["emergency", "crisis", "misuse", "personal_advice", "not_a_question", "language"]
"""Why a question gets a notice."""

_DANGERS: Final[tuple[Reason, ...]] = ("crisis", "emergency")
_SHORTEST_GRAVE: Final = 6  # in letters: shorter words are repaired to only where the file lists them
_SHORTEST_WITH_ENDING: Final = 7  # in letters: "april" is no medicine
_CAUTIONS: Final[tuple[Reason, ...]] = ("misuse", "personal_advice")


@dataclass(frozen=True, slots=True)
class Decision:
    """A reason, and the group of patterns that gave it, for the tests and for review; never words of the question."""

    reason: Reason
    group: str


@dataclass(frozen=True, slots=True)
class Group:
    """When a group of phrases counts."""

    name: str
    reason: Reason
    has_phrases: bool
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


class GrammarError(ValueError):
    """The patterns name an evidence, a class or a reason that is not there."""


def triage_question(question: str) -> Reason | None:
    """Decide whether a question gets a notice in place of, or before, a search.

    Args:
        question: as typed, of any length.

    Returns:
        The reason, the gravest first: crisis, emergency, not_a_question, language, misuse, personal_advice; or None,
        and then the question is searched for.
    """
    decision = decide(question, packaged_grammar())
    return decision.reason if decision else None


def decide(question: str, grammar: Grammar) -> Decision | None:
    """Decide as `triage_question` does, by a given grammar, and say which group of patterns decided."""
    folded = fold(question)
    clauses = _clauses(folded, grammar)
    anywhere = _found([place for clause in clauses for place in clause], grammar)
    parts = [anywhere]
    if _is_silenced(anywhere, grammar):
        parts += (_found([*clause, (BREAK,)], grammar) for clause in dict.fromkeys(clauses))
    marked = _marked(folded)
    for reason in _DANGERS:
        if group := _first(reason, parts, anywhere, grammar):
            return Decision(reason, group)
        if any(phrase in marked for phrase in grammar.foreign[reason]):
            return Decision(reason, "foreign")
    if asks_nothing(folded, grammar.small_words):
        return Decision("not_a_question", "asks_nothing")
    if is_foreign(folded, grammar.small_words):
        return Decision("language", "is_foreign")
    for reason in _CAUTIONS:
        if group := _first(reason, [anywhere], anywhere, grammar):
            return Decision(reason, group)
    return None


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

    def woven(groups: Iterable[Mapping[str, Any]]) -> Net:
        phrases = ((each["name"], phrase) for each in groups for phrase in each.get("phrases", ()))
        return weave(phrases, lambda text: tuple(spelt_out(fold(text), spellings, fillers)))

    net = woven([*data["evidence"], *data["group"]])
    members = {name: frozenset(words.split()) for name, words in data["classes"].items()}
    _check(data, net, members)
    dangers = words_of(woven(each for each in data["group"] if each["reason"] in _DANGERS))
    grave = sorted(w for w in dangers.union(*members.values()) if len(w) >= _SHORTEST_GRAVE and w.isalpha())
    listed = data["triggers"].split()
    return Grammar(
        version=data["version"],
        net=net,
        groups=tuple(_group(each) for each in data["group"]),
        voids={each["name"]: frozenset(each["unless"]) for each in data["evidence"] if "unless" in each},
        lexicon=make_lexicon(
            known=words_of(net).union(spellings, fillers, *members.values()),
            short=frozenset(data["short"].split()),
            triggers=[*listed, *grave],
            loose=frozenset(listed),
            ordinary=frozenset(data["ordinary"].split()).union(*(w.split() for w in data["small_words"].values())),
            spellings=spellings,
            also=data["also"],
            fillers=fillers,
        ),
        classes=_classes_of_words(members),
        endings={name: tuple(ends.split()) for name, ends in data["endings"].items()},
        foreign={
            reason: tuple(_marked_phrase(phrase) for each in data["foreign"].values() for phrase in each[reason])
            for reason in _DANGERS
        },
        small_words=_small_words(data),
    )


def _clauses(folded: str, grammar: Grammar) -> list[tuple[tuple[str, ...], ...]]:
    """Cut a question into clauses, in order; each word with all that a phrase may know it by."""
    sentences = readings_of(folded, grammar.lexicon)
    symbols = {place: _symbols(place, grammar) for place in set(chain.from_iterable(sentences))}
    clauses: list[tuple[tuple[str, ...], ...]] = []
    for sentence in sentences:
        clause: list[tuple[str, ...]] = []
        for place in sentence:
            if place[0] != PAUSE:
                clause.append(symbols[place])
            if place[0] in (PAUSE, BREAK):
                clauses.append(tuple(clause))
                clause = []
    return clauses


def _found(words: Iterable[tuple[str, ...]], grammar: Grammar) -> frozenset[str]:
    """Name the groups and evidences whose phrases the words hold, without the evidences that another evidence voids."""
    found = names_found(grammar.net, words)
    return frozenset(name for name in found if grammar.voids.get(name, frozenset()).isdisjoint(found))


def _is_silenced(anywhere: frozenset[str], grammar: Grammar) -> bool:
    """Say whether a danger is named and something in the question silences it: perhaps in another clause only."""
    return any(
        group.name in anywhere and group.reason in _DANGERS and not group.counts(anywhere, anywhere)
        for group in grammar.groups
    )


def _first(reason: Reason, parts: Iterable[frozenset[str]], anywhere: frozenset[str], grammar: Grammar) -> str | None:
    groups = [group for group in grammar.groups if group.reason == reason]
    return next((group.name for part in dict.fromkeys(parts) for group in groups if group.counts(part, anywhere)), None)


def _symbols(readings: tuple[str, ...], grammar: Grammar) -> tuple[str, ...]:
    symbols = list(readings)
    for word in readings:
        symbols += grammar.classes.get(word, ())
        if len(word) >= _SHORTEST_WITH_ENDING:
            symbols += (f"<{name}>" for name, ends in grammar.endings.items() if word.endswith(ends))
        elif word.isdecimal():
            symbols += _of_number(int(word))
    return tuple(dict.fromkeys(symbols))


def _of_number(number: int) -> Iterable[str]:
    if 6 <= number <= 300:  # as many tablets as are never a dose; larger numbers are amounts
        yield "<many>"
    if 1 <= number <= 12:
        yield "<ordinal>"


def _marked(folded: str) -> str:
    words = re.sub(r"[\W_]+", " ", without_marks(folded).replace("'", ""))
    return f" {words} "


def _marked_phrase(phrase: str) -> str:
    marked = _marked(fold(phrase)).strip()
    return f" {marked}" if marked.isascii() else marked


def _group(each: Mapping[str, Any]) -> Group:
    return Group(
        name=each["name"],
        reason=each["reason"],
        has_phrases="phrases" in each,
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
        chatter=frozenset(data["chatter"]["words"].split()),
        key_rows=both_ways(data["keyboard"]["rows"].split()),
    )
