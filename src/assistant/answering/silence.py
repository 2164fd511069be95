"""Silence: the one place that decides whether the library answers.

A wrong answer does harm that silence does not. The decision is the likeliest unit's probability against one threshold,
after what is missing outright: the subject, or any topic at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.answering.evidence import Evidence, Weigher
from assistant.answering.question import Reading, Vocabulary, topical

_TELLING = 0.6
"""Rarity, from 0 to 1, from which a word alone tells what is meant."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Why there is no answer."""

    status: Literal["abstained", "nearest", "clarify"]
    reason: Literal["not_in_library", "nearest", "subject_not_in_library", "ambiguous_subject"]


def decide_silence(
    reading: Reading, weighed: Sequence[Evidence], vocabulary: Vocabulary, weigher: Weigher
) -> Silence | None:
    """Decide whether to be silent.

    Args:
        reading: the question as read.
        weighed: candidates, the likeliest first.
        vocabulary: the library's names.
        weigher: holds the threshold, fitted on development questions only.

    Returns:
        The silence, or None when the likeliest unit may be quoted.
    """
    if _lacks_subject(reading, weighed, vocabulary, weigher):
        return Silence("clarify", "ambiguous_subject")
    if weighed and weighed[0].probability >= weigher.coefficients.threshold:
        return None
    missing = [
        item
        for item in reading.arguments
        if item.kind == "substance" and not any(weigher.passages.naming(name) for name in item.names)
    ]
    if missing:
        return Silence("abstained", "subject_not_in_library")
    return Silence("abstained", "not_in_library")


def _lacks_subject(reading: Reading, weighed: Sequence[Evidence], vocabulary: Vocabulary, weigher: Weigher) -> bool:
    """Whether a question cannot be answered before it is known which nutrient or supplement is meant.

    Of two subjects carried over that no entry has together, either may be meant. A library with one main subject, or
    with entries whose subject is not known, leaves nothing to ask. Nor does a question that names a medicine, or
    something rare that the likeliest unit speaks of, or a name such as a study's; one that only names a group does.
    """
    if reading.choices:
        return True
    if reading.subjects or len(vocabulary.mains) < 2 or vocabulary.any_without_subject:
        return False
    if any(item.kind != "population" for item in reading.arguments):
        return False
    terms = topical(reading.terms)
    said = frozenset(weigher.passages.terms[weighed[0].candidate.row]) if weighed else frozenset()
    passages = weigher.passages
    names = passages.snapshot.wording.proper_names
    if any(term in said and (term in names or passages.rarity(term) >= _TELLING) for term in terms):
        return False
    if reading.arguments:
        return True
    return any(kind.needs_subject for kind in reading.kinds) and (not terms or bool(said.intersection(terms)))
