"""Gaps: under which names a question that was not answered is counted. Names of the library and the lexicon alone."""

from assistant.answering.answer import Answer
from assistant.answering.reply import Desk
from assistant.serving.counts import OTHER, Counts

_REASONS = frozenset({"not_in_library", "subject_not_in_library", "nearest"})
"""Silences that an entry might end; a greeting or another language is no gap of the library."""
_MOST_SUBJECTS = 3


def count_gap(counts: Counts, answer: Answer, desk: Desk) -> None:
    """Count an answer's question as a gap, if it is one, under its subjects and the section that would answer it."""
    reading = answer.reading
    if reading is None or answer.reason not in _REASONS:
        return
    held = desk.vocabulary.listed
    # An argument may be a name that nobody listed, and so a word of the question: only what is held counts.
    named = [*reading.subjects, *(item.name for item in reading.arguments if item.kind == "substance")]
    subjects = [name for name in dict.fromkeys(named) if name in held][:_MOST_SUBJECTS] or [OTHER]
    section = next((kind.sections[0] for kind in reading.kinds if kind.sections), OTHER)
    counts.add_gap(subjects, section)
