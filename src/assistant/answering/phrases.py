"""Phrases: a notation a clinician can read, and a matcher whose time grows with the length of the text only.

A phrase is words in order. `(a|b c)` is one of several, `[a]` may be missing, `<name>` is any word of a class, `.` is
the end of a sentence, and `~` lets up to three words of any kind stand between, `~~` up to eight, never past the end of
a sentence. All phrases are walked at once through one net of steps, so there is nothing to backtrack. Must not know
what the phrases are for.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

BREAK = "."
"""The word that stands for the end of a sentence."""
_GAPS = {"~": 3, "~~": 8}  # in words
_PIECE = re.compile(r"[()\[\]|]|<\w+>|~+|[^\s()\[\]|<>~]+")
_CLOSING = {"(": ")", "[": "]"}


class PhraseError(ValueError):
    """A phrase is not written in the notation."""


@dataclass(frozen=True, slots=True)
class Net:
    """Phrases as a net of steps: node 0 is the root, and the three tuples have one place a node."""

    steps: tuple[Mapping[str, tuple[int, ...]], ...]
    """From a word or `<class>` to the next nodes."""
    gaps: tuple[tuple[tuple[int, int], ...], ...]
    """(node, words): where a gap of at most so many words leads."""
    ends: tuple[frozenset[str], ...]
    """The names of the phrases that end here."""


def weave(phrases: Iterable[tuple[str, str]], spell: Callable[[str], Sequence[str]]) -> Net:
    """Compile phrases.

    Args:
        phrases: (name, phrase); many phrases may share a name.
        spell: how a stretch of plain text is cut into words: the same way as the texts that will be scanned.

    Raises:
        PhraseError: brackets do not match, or a phrase or one of its choices is empty, or opens or closes with a gap.
    """
    loom = _Loom(spell)
    for name, phrase in phrases:
        loom.add(name, phrase)
    return Net(
        steps=tuple({word: tuple(nodes) for word, nodes in each.items()} for each in loom.steps),
        gaps=tuple(tuple(each) for each in loom.gaps),
        ends=tuple(frozenset(each) for each in loom.ends),
    )


def words_of(net: Net) -> frozenset[str]:
    """Gather every plain word that some phrase of the net uses."""
    return frozenset(step for each in net.steps for step in each if not step.startswith("<"))


def words_in(phrases: Iterable[str], spell: Callable[[str], Sequence[str]]) -> frozenset[str]:
    """Gather every plain word that some of the phrases use, as `words_of` does, without weaving them.

    Args:
        phrases: that `weave` takes.
        spell: as for `weave`.
    """
    pieces = {piece for phrase in phrases for piece in _PIECE.findall(phrase)}
    return frozenset(word for piece in pieces if piece[0] not in "()[]|<~" for word in spell(piece))


def names_found(net: Net, words: Iterable[tuple[str, ...]]) -> frozenset[str]:
    """Find which phrases a text holds.

    Args:
        net: the phrases.
        words: for each word of the text, all it may be read as: itself, its repairs, its classes; `BREAK` ends a
            sentence.

    Returns:
        The names of the phrases found anywhere in the text. The nodes walked at once are bounded by the net, so the
        time is linear in the number of words; a step once taken is remembered until the end of the call.
    """
    found: set[str] = set()
    state: _State = ()
    taken: dict[tuple[_State, tuple[str, ...]], _State] = {}
    for readings in words:
        following = taken.get((state, readings))
        if following is None:
            following = taken[state, readings] = _following(net, state, readings)
            for node, _ in following:
                found |= net.ends[node]
        state = following
    return frozenset(found)


_State = tuple[tuple[int, int], ...]  # (node, words its gap may still skip), every node once


def _following(net: Net, state: _State, readings: tuple[str, ...]) -> _State:
    """Take one step from the root and from every node that is walked."""
    steps, gaps = net.steps, net.gaps
    following: dict[int, int] = {}
    reached = [child for reading in readings for child in steps[0].get(reading, ())]
    ends_sentence = BREAK in readings
    for node, skips in state:
        if skips and not ends_sentence:
            following[node] = skips - 1
        branches = steps[node]
        for reading in readings:
            if reading in branches:
                reached += branches[reading]
    for child in reached:
        following.setdefault(child, 0)
        for target, length in gaps[child]:
            following[target] = length
    return tuple(following.items())


class _Loom:
    """The net while it is being made; phrases that open alike share their first nodes."""

    def __init__(self, spell: Callable[[str], Sequence[str]]) -> None:
        self.spell = spell
        self.steps: list[dict[str, dict[int, None]]] = []
        self.gaps: list[list[tuple[int, int]]] = []
        self.ends: list[set[str]] = []
        self.made: dict[tuple[frozenset[int], tuple[str, ...]], int] = {}
        self._node()

    def add(self, name: str, phrase: str) -> None:
        try:
            last, rest = self._sequence(frozenset({0}), _PIECE.findall(phrase))
        except PhraseError as error:
            raise PhraseError(f"{name}: phrase {phrase!r} {error}") from None
        if rest or 0 in last or not last:
            raise PhraseError(f"{name}: phrase {phrase!r} is empty, or closes a bracket that it did not open")
        for node in last:
            self.ends[node].add(name)

    def _node(self) -> int:
        self.steps.append({})
        self.gaps.append([])
        self.ends.append(set())
        return len(self.steps) - 1

    def _sequence(self, start: frozenset[int], pieces: list[str]) -> tuple[frozenset[int], list[str]]:
        """Weave choices from the start nodes, up to the bracket that closes them; give the last nodes and the rest."""
        ends: frozenset[int] = frozenset()
        words: list[str] = []  # the choices of one word each: together they take one step
        while True:
            choice, pieces = _choice(pieces)
            if len(choice) == 1 and choice[0][0] not in "([~" and len(spelt := self._spelt(choice[0])) == 1:
                words += spelt
            else:
                ends |= self._in_order(start, choice)
            if pieces[:1] != ["|"]:
                break
            pieces = pieces[1:]
        return (ends | {self._step(start, tuple(words))} if words else ends), pieces

    def _in_order(self, start: frozenset[int], pieces: list[str]) -> frozenset[int]:
        at = start
        after_word = False
        while pieces:
            piece, *pieces = pieces
            if piece in _CLOSING:
                inside, pieces = self._sequence(at, pieces)
                if pieces[:1] != [_CLOSING[piece]]:
                    raise PhraseError("opens a bracket that it does not close")
                pieces = pieces[1:]
                at = inside | at if piece == "[" else inside
                after_word = True
            elif piece in _GAPS:
                if not after_word or not pieces or 0 in at:
                    raise PhraseError("has a gap where a word should be")
                at = frozenset({self._gap(at, _GAPS[piece])})
                after_word = False
            else:
                for word in self._spelt(piece):
                    at = frozenset({self._step(at, (word,))})
                after_word = True
        if not after_word:
            raise PhraseError("has an empty choice")
        return at

    def _spelt(self, piece: str) -> Sequence[str]:
        if piece.startswith("~"):
            raise PhraseError("has a gap that is neither ~ nor ~~")
        words = (piece,) if piece.startswith("<") else self.spell(piece)
        if not words:
            raise PhraseError(f"uses {piece!r}, which is dropped before matching")
        return words

    def _step(self, start: frozenset[int], words: tuple[str, ...]) -> int:
        if (start, words) not in self.made:
            self.made[start, words] = node = self._node()
            for each in start:
                for word in words:
                    self.steps[each].setdefault(word, {})[node] = None
        return self.made[start, words]

    def _gap(self, start: frozenset[int], length: int) -> int:
        key = (start, ("~" * length,))
        if key not in self.made:
            self.made[key] = node = self._node()
            for each in start:
                self.gaps[each].append((node, length))
        return self.made[key]


def _choice(pieces: list[str]) -> tuple[list[str], list[str]]:
    """Cut off the pieces up to the next bar or closing bracket of the same level."""
    depth = 0
    for place, piece in enumerate(pieces):
        if depth == 0 and piece in ("|", ")", "]"):
            return pieces[:place], pieces[place:]
        depth += (piece in _CLOSING) - (piece in _CLOSING.values())
    return pieces, []
