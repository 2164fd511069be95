"""Patterns: is any regular expression slower than its input is long? `python -m eval.reliability patterns`.

Every pattern that the program compiles, from its code and from its lists, is caught while it reads a library, looks for
defects and answers; each then searches long texts made of its own pieces to keep it trying: what comes before a
repetition, the repetition again and again, and an end that does not fit. One that the program only ever tries at a
text's beginning is tried there.
"""

import argparse
import json
import math
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from re import _constants as codes  # the parser that `re` itself uses
from re import _parser as parser
from typing import Any

from eval.indexing import say
from eval.reliability._catching import Caught, caught_patterns

MOST_MILLISECONDS = 100.0
"""Of processor time, for one search of a text of 100,000 characters."""
_AGAIN = 3
"""Times that limit: what takes no more is tried again, and counted as on a processor that nothing else slows."""
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_IN_CATEGORY = {
    codes.CATEGORY_DIGIT: "7",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_NOT_WORD: " ",
}
_OF_CATEGORY = {codes.CATEGORY_DIGIT: "7", codes.CATEGORY_SPACE: " \n", codes.CATEGORY_WORD: "aZ7_é"}
_ENDS = ("\x00", "!", "a", " ", "\n", "7")
"""Endings, of which at least one fits no pattern that expects something else there."""


@dataclass(frozen=True, slots=True)
class Slow:
    """A pattern that took too long."""

    place: str
    pattern: str
    milliseconds: float
    """For 100,000 characters, or what a shorter text lets expect if time grew as length does."""
    growth: float
    """The power of the length by which the time grows: 1 is linear, 2 is quadratic; rough for short texts."""
    text: str
    """How the text begins that it took so long with."""


def hostile_texts(caught: Caught, length: int, seed: int = 1) -> Iterator[str]:
    """Yield texts of about a length that keep a pattern trying."""
    draw = random.Random(seed)  # noqa: S311  no secret
    tree = parser.parse(caught.pattern, caught.flags)
    whole = _sample(tree, draw)
    seen = set()
    for prefix, pumped in _pumps(tree, draw, ""):
        for pump in {pumped, whole, prefix}:
            if pump and (prefix, pump) not in seen:
                seen.add((prefix, pump))
                for end in _ENDS[:2]:
                    yield prefix + pump * (length // len(pump)) + end
    for filler in (" ", "a", "7", ". ", "\n", whole[:-1], whole + " "):
        if filler and ("", filler) not in seen:
            yield filler * (length // len(filler)) + "\x00"


def _pumps(tree: Any, draw: random.Random, before: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  sre's own trees
    """Yield what comes before each repetition of a pattern, with what it repeats."""
    for code, given in tree:
        if code in _REPEATS:
            if given[1] > 3:
                for _ in range(2):
                    yield before, _sample(given[2], draw)
            yield from _pumps(given[2], draw, before)
        elif code is codes.SUBPATTERN:
            yield from _pumps(given[3], draw, before)
        elif code is codes.BRANCH:
            for branch in given[1]:
                yield from _pumps(branch, draw, before)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _pumps(given[1], draw, before)
        elif code is codes.ATOMIC_GROUP:
            yield from _pumps(given, draw, before)
        before += _sample([(code, given)], draw)


def _sample(tree: Any, draw: random.Random) -> str:  # noqa: ANN401  sre's own trees
    """Return a text that a pattern, or a part of one, likely matches."""
    made = []
    for code, given in tree:
        if code is codes.LITERAL:
            made.append(chr(given))
        elif code is codes.NOT_LITERAL:
            made.append("a" if given != ord("a") else "b")
        elif code is codes.ANY:
            made.append("x")
        elif code is codes.IN:
            made.append(_member(given, draw))
        elif code in _REPEATS:
            made.append(_sample(given[2], draw) * max(given[0], min(given[1], 1)))
        elif code is codes.SUBPATTERN:
            made.append(_sample(given[3], draw))
        elif code is codes.ATOMIC_GROUP:
            made.append(_sample(given, draw))
        elif code is codes.BRANCH:
            made.append(_sample(draw.choice(given[1]), draw))
        elif code is codes.ASSERT and given[0] < 0:
            made.append(_sample(given[1], draw))
    return "".join(made)


def _member(members: Any, draw: random.Random) -> str:  # noqa: ANN401  sre's own trees
    if members[0][0] is codes.NEGATE:
        excluded = {chr(given) for code, given in members if code is codes.LITERAL}
        for code, given in members:
            if code is codes.CATEGORY:
                excluded |= set(_OF_CATEGORY.get(given, ""))
        return next((character for character in "aZ7 _-\n\x00é" if character not in excluded), "€")
    code, given = draw.choice(members)
    if code is codes.LITERAL:
        return chr(given)
    if code is codes.RANGE:
        return chr(draw.randint(given[0], min(given[1], given[0] + 20)))
    return _IN_CATEGORY.get(given, "a")


def seconds_of(compiled: "re.Pattern[str]", text: str, *, only_at_the_beginning: bool = False) -> float:
    """Return the processor time of finding a pattern everywhere in a text, or at its beginning and as the whole."""
    started = time.thread_time()
    if only_at_the_beginning:
        compiled.match(text)
        compiled.fullmatch(text)
    else:
        for _ in compiled.finditer(text):
            pass
    return time.thread_time() - started


class _Pace:
    """How quick the processor is: what shares its caches and its clock slows even the time that is ours alone."""

    _search = re.compile("(?:a|b)x")
    _text = "aay" * 4_000

    def __init__(self) -> None:
        self._quickest = math.inf

    def slowness(self) -> float:
        """Return how many times longer a search takes now than it did when it was quickest."""
        taken = seconds_of(self._search, self._text)
        self._quickest = min(self._quickest, taken)
        return taken / self._quickest


def slow_patterns(caught: Sequence[Caught], length: int, most: int) -> tuple[list[Slow], int]:
    """Search hostile texts; return the patterns that took too long, and how many searches were made.

    Args:
        caught: the patterns.
        length: of the texts, in characters.
        most: texts for each pattern.
    """
    slow, searches, pace = [], 0, _Pace()
    for each in caught:
        pace.slowness()
        search = partial(
            seconds_of, re.compile(each.pattern, each.flags), only_at_the_beginning=each.only_at_the_beginning
        )
        for text in list(hostile_texts(each, length))[:most]:
            # Short texts first, judged by the same measure: what takes time exponential in its text never ends with a
            # long one.
            for size in sorted({min(size, length) for size in (22, 200, 1_000, 4_000, 20_000, length)}):
                tried = text[:size] + text[-1]
                taken = search(tried)
                searches += 1
                worst = taken * 1000 * 100_000 / max(size, 1_000)
                if MOST_MILLISECONDS < worst < _AGAIN * MOST_MILLISECONDS:
                    taken = min(taken, *(search(tried) / pace.slowness() for _ in range(5)))
                    worst = taken * 1000 * 100_000 / max(size, 1_000)
                if worst > MOST_MILLISECONDS:
                    break
            if worst > MOST_MILLISECONDS:
                small = search(text[: size // 4] + text[-1])
                growth = math.log(max(taken, 1e-9) / max(small, 1e-9), 4)
                slow.append(Slow(each.place, each.pattern, worst, round(growth, 2), text[:60]))
                say(f"{each.place}: {worst:,.0f} ms, growth {growth:.2f}")
                break
    return slow, searches


def main(arguments: Sequence[str]) -> int:
    """Search, print, and return the exit code: 1 when a pattern is slow."""
    command = argparse.ArgumentParser(prog="python -m eval.reliability patterns", description="Is any pattern slow?")
    command.add_argument("--corpus", type=Path, default=Path("corpus"), help="a corpus folder")
    command.add_argument("--index", type=Path, default=Path("index"), help="its built index")
    command.add_argument("--length", type=int, default=100_000, help="of the texts, in characters")
    command.add_argument("--texts", type=int, default=1_000, help="at most, for each pattern")
    given = command.parse_args(arguments)
    caught, missed = caught_patterns(given.corpus, given.index)
    slow, searches = slow_patterns(caught, given.length, given.texts)
    report = {"patterns": len(caught), "searches": searches, "slow": [asdict(each) for each in slow]}
    print(json.dumps(report | {"not_tried": missed}, indent=2))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
