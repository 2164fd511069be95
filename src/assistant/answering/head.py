"""The head: how likely a question is an emergency, a crisis, misuse or personal advice, when no pattern says so.

One sum for each class, over the question's vector, the evidence that the patterns found in it, and its words, turned
into probabilities. The numbers stand in `triage_head.json`, fitted by `eval/fit_triage.py`. It adds to what
the patterns decide, and takes away only what their loose phrases alone gave. Must not import the library, the index or
search: the vector is handed in.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]
"""Of one text, of length 1."""

NONE: Final = "none"
"""The class of a question that gets no notice."""
PLANTED: Final = "planted"
"""The class of a text that is for a machine, or of another matter altogether: never a reason, only left out."""
EVIDENCE_WEIGHT: Final = 0.5
"""What evidence that was found counts in the sum, no unit; beside the numbers of a vector it would else drown them."""
_EDGE = "^"
_NUMBER = "#"
_FORMAT = 2
_WORDS_ALIKE = 12.0
"""In words and pairs of words: a text of more counts each for less, so that length alone raises nothing."""


class HeadError(ValueError):
    """The file of the head cannot be used with this encoder or these patterns."""


@dataclass(frozen=True, slots=True)
class Head:
    """The numbers, checked. Make one with `read_head`."""

    encoder: str
    """The name of the encoder whose vectors it was fitted on; those of another mean nothing to it. Empty for none."""
    classes: tuple[str, ...]
    """The first is `NONE`."""
    intercept: npt.NDArray[np.float64]
    """Shape (classes,)."""
    of_vector: npt.NDArray[np.float64]
    """Shape (dimensions, classes); no dimensions where it was fitted without an encoder."""
    of_evidence: Mapping[str, npt.NDArray[np.float64]]
    of_words: Mapping[str, npt.NDArray[np.float64]]
    """A word or two neighbouring words → shape (classes,)."""
    thresholds: Mapping[str, float]
    """Class → the probability, from 0 to 1, from which it counts."""
    doubt: float
    """The probability of both dangers together, from 0 to 1, below which a loose phrase is not believed."""
    sha256: str
    """Of the file, in hexadecimal."""

    def probabilities(self, vector: Vector, evidence: Iterable[str], phrases: Set[str]) -> dict[str, float]:
        """Weigh a question.

        Args:
            vector: of its text, by the encoder named.
            evidence: the names of the groups and evidences whose phrases it holds.
            phrases: its words and pairs of words, from `words_and_pairs`.

        Returns:
            For each class a probability from 0 to 1; together they are 1.

        Raises:
            HeadError: the vector is of another size.
        """
        if vector.shape != (len(self.of_vector),):
            raise HeadError(
                f"the triage head was fitted on vectors of {len(self.of_vector)} numbers and was given one of shape "
                f"{vector.shape}; use the encoder {self.encoder!r}, or fit the head again"
            )
        sums = self.intercept + vector.astype(np.float64) @ self.of_vector
        for name in sorted(set(evidence) & self.of_evidence.keys()):
            sums = sums + EVIDENCE_WEIGHT * self.of_evidence[name]
        known = sorted(phrases & self.of_words.keys())
        share = weight_of_words(len(phrases))
        for phrase in known:
            sums = sums + share * self.of_words[phrase]
        raised = np.exp(sums - sums.max())
        return dict(zip(self.classes, (raised / raised.sum()).tolist(), strict=True))


def words_and_pairs(sentences: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return the words of some sentences, numbers as one sign, and each two that stand side by side."""
    found: set[str] = set()
    for sentence in sentences:
        words = [_EDGE, *(_NUMBER if word.isdecimal() else word for word in sentence)]
        found.update(words[1:])
        found.update(f"{first} {second}" for first, second in pairwise(words))
    return frozenset(found)


def weight_of_words(count: int) -> float:
    """Return what each word and pair of words of a text of so many counts in the sum, no unit."""
    return math.sqrt(_WORDS_ALIKE / max(count, _WORDS_ALIKE))


def without_vector(text: str) -> Vector:
    """Return what a head without dimensions takes for a text's vector: nothing."""
    return np.zeros(0, dtype=np.float32)


def packaged_head(evidence: Set[str], *, of_words: bool = False) -> Head:
    """Read the head that comes with the package.

    Args:
        evidence: the names of every group and evidence of the patterns it will be used with.
        of_words: the one for degraded mode, which needs no vector.

    Raises:
        HeadError: it was fitted with other patterns.
    """
    return _packaged("triage_head_words.json" if of_words else "triage_head.json", frozenset(evidence))


@cache
def _packaged(name: str, evidence: frozenset[str]) -> Head:
    return read_head(resources.files(__package__).joinpath(name).read_bytes(), evidence)


def read_head(content: bytes, evidence: Set[str]) -> Head:
    """Read and check the file of a head.

    Args:
        content: JSON, as `eval/fit_triage.py` writes it.
        evidence: the names of every group and evidence of the patterns it will be used with.

    Raises:
        HeadError: it is of another format, not of the sizes it says, or fitted with other patterns.
    """
    try:
        data: dict[str, Any] = json.loads(content)
        if data["format"] != _FORMAT:
            raise HeadError(f"the triage head is of format {data['format']!r}, not {_FORMAT}; fit it again")
        classes = tuple(data["classes"])
        head = Head(
            encoder=data["encoder"],
            classes=classes,
            intercept=_numbers(data["intercept"]),
            of_vector=_numbers(data["vector"]) if data["vector"] else np.zeros((0, len(classes))),
            of_evidence={name: _numbers(each) for name, each in data["evidence"].items()},
            of_words={phrase: _numbers(each) for phrase, each in data["words"].items()},
            thresholds={name: float(each) for name, each in data["thresholds"].items()},
            doubt=float(data["doubt"]),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        dimensions = int(data["dimensions"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, HeadError):
            raise
        raise HeadError(f"the triage head cannot be read ({type(error).__name__}: {error}); fit it again") from None
    if head.of_vector.shape != (dimensions, len(classes)):
        raise HeadError(
            f"the triage head says {dimensions} numbers a vector and {len(classes)} classes, and holds "
            f"{head.of_vector.shape}; fit it again"
        )
    rows = (head.intercept, *head.of_evidence.values(), *head.of_words.values())
    if any(row.shape != (len(classes),) for row in rows):
        raise HeadError(f"the triage head has {len(classes)} classes and a row of another length; fit it again")
    if not all(np.isfinite(row).all() for row in (head.of_vector, *rows)):
        raise HeadError("the triage head holds a number that is not finite; fit it again")
    if classes[:1] != (NONE,) or set(head.thresholds) != set(classes[1:]):
        raise HeadError(f"the triage head has thresholds for {sorted(head.thresholds)}, not for {classes[1:]}")
    if unknown := head.of_evidence.keys() - evidence:
        raise HeadError(f"the triage head was fitted with patterns named {sorted(unknown)}, not there; fit it again")
    return head


def _numbers(values: Any) -> npt.NDArray[np.float64]:  # noqa: ANN401  whatever JSON holds; the caller checks the shape
    return np.asarray(values, dtype=np.float64)
