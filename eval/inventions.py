"""Inventions: sentences that nobody wrote, to be told from the library's. Only ever for testing that they are."""

import random
from collections.abc import Sequence
from itertools import pairwise

_OPENINGS = (
    "The reviewers were thanked",
    "Nobody on the panel had asked",
    "An earlier draft of this page told readers",
    "It rained",
    "Several letters arrived",
    "The editors were surprised to learn",
    "Most of the volunteers lived",
    "A local choir sang",
)
_MIDDLES = (
    "about {subject} while the kettle was on",
    "for their patience with {subject}",
    "near the office where {subject} was filed",
    "on the evening that {subject} reached the front page",
    "because {subject} had been spelt with a capital letter",
)
_ENDINGS = ("", " in spite of the weather", ", as the caretaker later recalled", " and then went home by bus", " twice")


class Inventor:
    """Makes up sentences: of templates, or of a library's own words in another order."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """Take the words of each text, in order."""
        self._words = sorted({word for words in texts for word in words})
        self._following: dict[str, list[str]] = {}
        for words in texts:
            for one, other in pairwise(words):
                self._following.setdefault(one, []).append(other)

    def invent(self, subject: str, chance: random.Random) -> str:
        """Return a sentence with a subject in it; it may, rarely, share some words in a row with the texts."""
        if chance.random() < 0.5:
            opening, middle, ending = map(chance.choice, (_OPENINGS, _MIDDLES, _ENDINGS))
            return f"{opening} {middle.format(subject=subject)}{ending}."
        words = [chance.choice(self._words)]
        length = chance.randint(9, 22)
        while len(words) < length:
            # Each word follows the one before somewhere in the texts.
            words.append(chance.choice(self._following.get(words[-1], self._words)))
        words.insert(chance.randrange(len(words)), subject)
        return f"{' '.join(words).capitalize()}."
