"""Features: what speaks for a unit as the answer to a question and what against it, as numbers read one by one.

Each group of columns is one view of the candidates: how near search found them, how much of the question's topics they
say, whether they answer its kind of question, whether they speak of what it names, and what sort of units they are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assistant.answering.asked import Asked
from assistant.answering.passages import Facts, Passages, Rows
from assistant.answering.search import Candidate
from assistant.answering.stretches import Said, Stretches

_SPREAD = 3.0
"""Fused z-scores by which a candidate behind the best is as far behind as can be told."""
Features = npt.NDArray[np.float64]
"""A row a candidate, a column a feature."""
Column = Said | npt.NDArray[np.bool_] | Sequence[float] | float
"""One number a candidate, or one for all."""


def features_of(
    asked: Asked,
    passages: Passages,
    candidates: Sequence[Candidate],
    rows: Rows,
    facts: Sequence[Facts],
    others: Sequence[bool],
) -> Features:
    """Return what speaks for candidates: a row each, in the order of `coefficients.FEATURES`."""
    units = passages.in_units(rows)
    topics = _topics(asked, passages, rows, units)
    columns = (
        *_nearness(asked, candidates),
        *topics.columns(asked),
        *_kinds(asked, facts),
        *_names(asked, passages, rows, units, facts, topics),
        others,
        *_manner(asked, facts),
    )
    table = np.empty((len(candidates), len(columns)))
    for number, column in enumerate(columns):
        table[:, number] = column
    return table


def _nearness(asked: Asked, candidates: Sequence[Candidate]) -> tuple[Column, ...]:
    """How near search found them."""
    score, unit_cosine, chunk_cosine, unit_bm25, chunk_bm25 = np.array(
        [(each.score, each.unit_cosine, each.chunk_cosine, each.unit_bm25, each.chunk_bm25) for each in candidates]
    ).T
    return (
        unit_cosine,
        chunk_cosine,
        np.minimum(0.0, unit_cosine - asked.best_unit_cosine),
        np.minimum(0.0, chunk_cosine - asked.best_chunk_cosine),
        np.minimum(1.5, unit_bm25 / asked.ceiling),
        np.minimum(1.5, chunk_bm25 / asked.ceiling),
        np.clip((unit_bm25 - asked.best_unit_bm25) / asked.ceiling, -1.0, 0.0),
        np.clip((score - asked.best_score) / _SPREAD, -1.0, 0.0),
    )


class _Topics(NamedTuple):
    """How much of a question's topics is said by each candidate; all from 0 to 1."""

    share: Said
    share_of_chunk: Said
    rare_unsaid: Said
    rare_unsaid_in_entry: Said
    proper_unsaid: Said
    proper_unsaid_in_chunk: Said

    def columns(self, asked: Asked) -> tuple[Column, ...]:
        """How much of what the question is about is said in each."""
        return (
            self.share,
            self.share_of_chunk,
            min(1.0, len(asked.weights) / 6),
            not asked.weights,
            bool(asked.rare),
            self.rare_unsaid,
            self.rare_unsaid_in_entry,
            bool(asked.proper),
            self.proper_unsaid,
            self.proper_unsaid_in_chunk,
        )


def _topics(asked: Asked, passages: Passages, rows: Rows, units: Stretches) -> _Topics:
    """Return what units say of a question's topics."""
    names, chunks = asked.other_names, passages.in_chunks(rows)
    return _Topics(
        units.share(asked.weights, names),
        chunks.share(asked.weights, names),
        units.unsaid(asked.rare, names),
        passages.in_entries(rows).unsaid(asked.rare, names) if asked.rare else np.zeros(len(rows)),
        units.unsaid(asked.proper, names),
        chunks.unsaid(asked.proper, names),
    )


def _kinds(asked: Asked, facts: Sequence[Facts]) -> tuple[Column, ...]:
    """Whether the inventory says that they answer this kind of question."""
    required, free = asked.required, asked.free
    placed = [kind.sections for kind in asked.reading.kinds if kind.sections]
    if not asked.weights and not asked.reading.kinds:
        placed = [("summary",)]
    fits = [sum(kind.is_answered_by(each.kinds) for kind in required) for each in facts] if required else 0
    exact = [sum(kind.name in each.kinds for kind in required) for each in facts] if required else 0
    fitting, exactly, wanted = np.asarray(fits), np.asarray(exact), len(required)
    return (
        bool(asked.reading.kinds),
        bool(required),
        fitting / max(1, wanted),
        exactly / max(1, wanted),
        (exactly == wanted) & bool(required and not asked.weights),
        fitting < wanted,
        (fitting == 0) & bool(required),
        [_mean([kind.is_answered_by(each.kinds) for kind in free]) for each in facts] if free else 0.0,
        [_mean([each.section in sections for sections in placed]) for each in facts] if placed else 0.0,
    )


def _names(
    asked: Asked, passages: Passages, rows: Rows, units: Stretches, facts: Sequence[Facts], topics: _Topics
) -> tuple[Column, ...]:
    """Whether they speak of what the question names, and only of that."""
    conditions, details, reading = asked.conditions, asked.details, asked.reading
    missing = missing_around = missing_whole = lacking = lacking_whole = np.zeros(len(rows))
    if conditions:
        missing = passages.missing(conditions, rows)
        missing_around = passages.missing_around(conditions, rows)
        missing_whole = passages.missing_whole(conditions, rows)
    if details:
        lacking = passages.missing(details, rows)
        lacking_whole = passages.missing_whole(details, rows)
    in_unit = np.logical_or.reduce([units.hold(each) for each in asked.subjects]) if asked.subjects else False
    asks_population = any(item.kind == "population" for item in reading.arguments)
    return (
        not asked.subjects,
        [each.entry.id in reading.entries for each in facts] if reading.entries else False,
        in_unit,
        _subjects_missing(asked, units, facts),
        bool(reading.arguments),
        bool(conditions),
        missing,
        missing_around,
        missing_whole,
        missing == 1.0,
        (missing == 1.0) & (not asked.describing),
        bool(details),
        lacking,
        lacking_whole,
        (missing + lacking > 0) & asked.comparing,
        (topics.rare_unsaid > 0) & asked.comparing,
        [min(1.0, len(each.conditions - asked.named) / 2) for each in facts],
        False if asks_population else [each.populated for each in facts],
    )


def _subjects_missing(asked: Asked, units: Stretches, facts: Sequence[Facts]) -> Column:
    """Return the share of the subjects asked about at once that each neither names nor stands in an entry of."""
    if not asked.together:
        return 0.0
    named = [
        np.logical_or.reduce([np.array([subject in each.entry.subjects for each in facts]), *map(units.hold, names)])
        for subject, names in asked.together
    ]
    missing: Said = np.sum(np.logical_not(named), axis=0) / len(named)
    return missing


def _manner(asked: Asked, facts: Sequence[Facts]) -> tuple[Column, ...]:
    """What sort of units they are."""
    required = asked.required
    absent = [each.absent for each in facts]
    of_kind = [
        each.absent and bool(required) and all(kind.is_answered_by(each.kinds) for kind in required) for each in facts
    ]
    return (absent, of_kind, *zip(*(each.manner for each in facts), strict=True))


def _mean(values: Sequence[bool]) -> float:
    """Return the share that is true, from 0 to 1; 0 of none."""
    return sum(values) / len(values) if values else 0.0
