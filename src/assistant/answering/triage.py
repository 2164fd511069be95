"""Triage: what a question is, decided before anything is searched.

The same question always gets the same decision. First the patterns of `triage.toml`, which need nothing else and hold
in degraded mode too; what they let by, and what only a loose phrase gave, is weighed by the head. Without an encoder
another head takes its place, which was fitted on words alone. A decision names a group of patterns, or the head, and
never repeats the question. Must not import the library, the index or search: an emergency
does not depend on them.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Final, Literal

from assistant.answering.folding import fold
from assistant.answering.grammar import ADVICE, DANGERS, Grammar, Reason, marked_words, packaged_grammar
from assistant.answering.head import PLANTED, Head, Vector, packaged_head, words_and_pairs
from assistant.answering.language import asks_nothing, is_foreign
from assistant.answering.phrases import BREAK, names_found
from assistant.answering.words import PAUSE, Readings, readings_of

Encode = Callable[[str], Vector]

_FRACTION: Final = re.compile(r"\d+[.,]\d+")
_SHORTEST_WITH_ENDING: Final = 7  # in letters: "april" is no medicine
_HEAD: Final = "head"
_OPENING, _CLOSE = (
    300,
    100,
)  # in characters: what of a long text is encoded, so that it takes no longer than a few lines
_UNKNOWN: Final = "unknown"
_MOST_REMEMBERED: Final = 4096  # decisions, of about 200 bytes each


@dataclass(frozen=True, slots=True)
class Decision:
    """A reason, and the group of patterns that gave it, for the tests and for review; never words of the question."""

    reason: Reason
    group: str


@dataclass(frozen=True)
class Triage:
    """Everything that decides, opened once. It remembers decisions, by a digest and never by the words."""

    grammar: Grammar
    head: Head | None
    """None where the encoder is not the one it was fitted on: then the patterns decide alone."""
    _remembered: dict[bytes, Reason | Literal["unknown"] | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    def reason_for(self, question: str, encode: Encode | None) -> Reason | None:
        """Decide whether a question gets a notice in place of, or before, a search.

        Args:
            question: as typed, of any length.
            encode: gives the vector of a text; called at most once, and not where the patterns are sure. None to
                ask the patterns alone.

        Returns:
            The reason, the gravest first: crisis, emergency, not_a_question, language, misuse, personal_advice; or
            None, and then the question is searched for.

        Raises:
            HeadError: the vector is not of the size that the head was fitted on.
        """
        heard = b"" if self.head is None or encode is None else self.head.sha256.encode()
        key = hashlib.blake2b(question.encode("utf-8", "surrogatepass"), key=heard).digest()
        known = self._remembered.get(key, _UNKNOWN)
        if known != _UNKNOWN:
            return known
        decision = decide(question, self.grammar, self.head, encode)
        reason = decision.reason if decision else None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = reason
        return reason

    def sounds_planted(self, part: str, encode: Encode | None) -> bool:
        """Whether a part of a text speaks to a machine or of another matter, and of no danger, as the head hears it."""
        likely = self._likely(part, encode)
        return (
            self.head is not None
            and likely.get(PLANTED, 0.0) >= self.head.thresholds.get(PLANTED, 1.0)
            and _is_doubted(likely, self.head)
        )

    def finds_danger_out(self, text: str, encode: Encode | None) -> bool:
        """Whether the head is as good as sure that a text tells of no danger; without a head it is sure of nothing."""
        return self.head is not None and _is_doubted(self._likely(text, encode), self.head)

    def _likely(self, text: str, encode: Encode | None) -> Mapping[str, float]:
        """Return how likely the head finds each class of a text; nothing where there is no head, or no encoder."""
        readings = readings_of(fold(text), self.grammar.lexicon)
        return _likelihoods(readings, evidence_weighed(readings, self.grammar), self.head, encode)()


def open_triage(encoder_name: str | None) -> Triage:
    """Open the packaged patterns, and the head if it was fitted on the named encoder.

    Raises:
        HeadError: the packaged head cannot be used with the packaged patterns.
    """
    grammar = packaged_grammar()
    head = packaged_head(grammar.names)
    return Triage(grammar, head if head.encoder == encoder_name else None)


def open_triage_by_words() -> Triage:
    """Open the packaged patterns with the head for degraded mode, to be asked with `without_vector`.

    Raises:
        HeadError: it cannot be used with the packaged patterns.
    """
    grammar = packaged_grammar()
    return Triage(grammar, packaged_head(grammar.names, of_words=True))


def triage_question(question: str) -> Reason | None:
    """Decide as `Triage.reason_for` does without a head: by the patterns alone."""
    decision = decide(question, packaged_grammar())
    return decision.reason if decision else None


def decide(question: str, grammar: Grammar, head: Head | None = None, encode: Encode | None = None) -> Decision | None:
    """Decide as `Triage.reason_for` does, and say which group of patterns decided."""
    folded = fold(question)
    readings = readings_of(folded, grammar.lexicon)
    clauses = _clauses(readings, grammar)
    anywhere = _found([place for clause in clauses for place in clause], grammar)
    parts = [anywhere]
    if _is_silenced(anywhere, grammar):
        parts += (_found([*clause, (BREAK,)], grammar) for clause in dict.fromkeys(clauses))
    marked = marked_words(folded)
    likely = _likelihoods(readings, anywhere, head, encode)
    for reason in DANGERS:
        if group := _first(reason, parts, anywhere, grammar):
            return Decision(reason, group)
        if any(phrase in marked for phrase in grammar.foreign[reason]):
            return Decision(reason, "foreign")
        group = _first(reason, parts, anywhere, grammar, is_loose=True)
        if group and not (head and _is_doubted(likely(), head)):
            return Decision(reason, group)
    if asks_nothing(folded, grammar.small_words):
        return Decision("not_a_question", "asks_nothing")
    if is_foreign(folded, grammar.small_words):
        return Decision("language", "is_foreign")
    likeliest = _likeliest(likely(), head) if head else None
    if likeliest in DANGERS:
        return Decision(likeliest, _HEAD)
    for reason in ADVICE:
        if group := _first(reason, [anywhere], anywhere, grammar):
            return Decision(reason, group)
    return Decision(likeliest, _HEAD) if likeliest else None


def evidence_weighed(readings: Readings, grammar: Grammar) -> frozenset[str]:
    """Return the names of the groups and evidences whose phrases a question holds, for the head."""
    return _found([place for clause in _clauses(readings, grammar) for place in clause], grammar)


def words_weighed(readings: Readings) -> frozenset[str]:
    """Return the words and pairs of words of a question for the head: as written, and with the repairs."""
    spoken = [[place for place in sentence if place[0] != PAUSE] for sentence in readings.sentences]
    return words_and_pairs([[place[at] for place in sentence] for sentence in spoken for at in (0, -1)])


def text_weighed(readings: Readings) -> str:
    """Return the text of a question for the encoder: its opening and its end, where it is long."""
    text = readings.plain
    return text if len(text) <= _OPENING + _CLOSE else f"{text[:_OPENING]} {text[-_CLOSE:]}"


def _likelihoods(
    readings: Readings, found: frozenset[str], head: Head | None, encode: Encode | None
) -> Callable[[], Mapping[str, float]]:
    """Return what asks the head, once at most, and only when called; nothing is likely where there is none."""

    @cache
    def ask() -> Mapping[str, float]:
        if head is None or encode is None:
            return {}
        return head.probabilities(encode(text_weighed(readings)), found, words_weighed(readings))

    return ask


def _is_doubted(likely: Mapping[str, float], head: Head) -> bool:
    """Say whether the head finds both dangers out of the question, so that a loose phrase is not believed."""
    return bool(likely) and sum(likely[reason] for reason in DANGERS) < head.doubt


def _likeliest(likely: Mapping[str, float], head: Head) -> Reason | None:
    """Name the gravest class that the head finds likely enough; the dangers together, so that none falls between."""
    if not likely:
        return None
    danger = max(DANGERS, key=lambda reason: likely[reason])
    if sum(likely[reason] for reason in DANGERS) >= head.thresholds[danger]:
        return danger
    return next((reason for reason in ADVICE if likely[reason] >= head.thresholds[reason]), None)


def _clauses(readings: Readings, grammar: Grammar) -> list[tuple[tuple[str, ...], ...]]:
    """Cut a question into clauses, in order; each word with all that a phrase may know it by."""
    symbols = {place: _symbols(place, grammar) for place in set(chain.from_iterable(readings.sentences))}
    clauses: list[tuple[tuple[str, ...], ...]] = []
    for sentence in readings.sentences:
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
        group.name in anywhere and group.reason in DANGERS and not group.counts(anywhere, anywhere)
        for group in grammar.groups
    )


def _first(
    reason: Reason,
    parts: Iterable[frozenset[str]],
    anywhere: frozenset[str],
    grammar: Grammar,
    *,
    is_loose: bool = False,
) -> str | None:
    groups = [group for group in grammar.groups if group.reason == reason and group.is_loose == is_loose]
    return next((group.name for part in dict.fromkeys(parts) for group in groups if group.counts(part, anywhere)), None)


def _symbols(readings: tuple[str, ...], grammar: Grammar) -> tuple[str, ...]:
    symbols = list(readings)
    for word in readings:
        symbols += grammar.classes.get(word, ())
        if len(word) >= _SHORTEST_WITH_ENDING:
            symbols += (f"<{name}>" for name, ends in grammar.endings.items() if word.endswith(ends))
        elif word.isdecimal():
            symbols += ("<number>", *_of_number(int(word)))
        elif _FRACTION.fullmatch(word):
            symbols.append("<number>")
    return tuple(dict.fromkeys(symbols))


def _of_number(number: int) -> Iterable[str]:
    if 6 <= number <= 300:  # as many tablets as are never a dose; larger numbers are amounts
        yield "<many>"
    if 1 <= number <= 12:
        yield "<ordinal>"
