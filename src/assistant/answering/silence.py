"""Silence: the one place that decides whether the library answers.

A wrong answer does harm that silence does not. The decision is the likeliest unit's probability against one threshold,
after what is missing outright: the subject, or any topic at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.answering.evidence import Evidence, Weigher
from assistant.answering.question import Reading, Vocabulary, topical


@dataclass(frozen=True, slots=True)
class Silence:
    """Why there is no answer."""

    status: Literal["abstained", "clarify"]
    reason: Literal["not_in_library", "subject_not_in_library", "ambiguous_subject"]


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
    if weighed and weighed[0].probability >= weigher.coefficients.threshold:
        return None
    missing = [
        item
        for item in reading.arguments
        if item.kind == "substance" and not any(weigher.passages.naming(name) for name in item.names)
    ]
    if missing:
        return Silence("abstained", "subject_not_in_library")
    subjects = {entry.subjects[:1] for entry in vocabulary.library.entries}
    if (
        not reading.subjects
        and not reading.arguments
        and not topical(reading.terms)
        and reading.kinds
        and len(subjects) > 1
    ):
        return Silence("clarify", "ambiguous_subject")
    return Silence("abstained", "not_in_library")
