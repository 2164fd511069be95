"""Recall: the units that the question before was about, found again by their words alone.

"How many people was that?" asks about the study just quoted. The server remembers nothing, so what was quoted is found
again from the question before, without a second embedding; units of the same study then count as likelier.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assistant.answering.evidence import Evidence
from assistant.answering.passages import Passages
from assistant.answering.question import Reading
from assistant.index.lexicon import phrase_terms
from assistant.index.terms import STOP_WORDS
from assistant.library.sources import sources_of

_MOST = 2
"""Units found again: about as many as an answer quotes."""
_SAME_STUDY = 1.5
_SAME_UNIT = 0.5
_SAID = 2.0
"""Added to the log-odds; the last chosen of 0 to 3 on the development dialogues."""


def recalled_rows(passages: Passages, reading: Reading) -> tuple[int, ...]:
    """Find again the units that the question before was answered with, best first; none when nothing is recalled."""
    terms = [term for term in phrase_terms(reading.recalls) if term not in STOP_WORDS]
    rows = [row for entry_id in sorted(reading.entries) for row in passages.rows_of.get(entry_id, ())]
    if not terms or not rows:
        return ()
    among = np.asarray(rows)
    by_units, by_chunks = passages.snapshot.engine.word_scores(terms, among)
    scores = by_units + 0.3 * by_chunks
    best = np.lexsort((among, -scores))[:_MOST]
    return tuple(int(among[at]) for at in best if scores[at] > 0)


def favour_recalled(weighed: Sequence[Evidence], rows: Sequence[int], passages: Passages) -> list[Evidence]:
    """Make units of the studies recalled likelier; the likeliest first, equal ones in the order they came."""
    if not rows:
        return list(weighed)
    studies = {
        (place.entry_id, source.label)
        for place in (passages.snapshot.units[row] for row in rows)
        for source in sources_of(passages.snapshot.library.by_id[place.entry_id], place.unit, place.unit)
    }
    favoured = [_favoured(each, rows, studies) for each in weighed]
    return sorted(favoured, key=lambda each: -each.probability)


def _favoured(each: Evidence, rows: Sequence[int], studies: set[tuple[str, str]]) -> Evidence:
    if not 0.0 < each.probability < 1.0:
        return each
    extra = _SAME_UNIT if each.candidate.row in rows else 0.0
    if any((each.entry.id, source.label) in studies for source in sources_of(each.entry, each.unit, each.unit)):
        extra += _SAME_STUDY
    odds = each.probability / (1 - each.probability) * math.exp(extra)
    return replace(each, probability=odds / (1 + odds)) if extra else each


def favour_said(weighed: Sequence[Evidence], reading: Reading, passages: Passages) -> list[Evidence]:
    """Make units likelier that speak of what was said earlier of the person asking, where the question leans on that.

    The likeliest come first, equal ones in the order they came.
    """
    names = {name for item in reading.said for name in item.names}
    if not names or not reading.leans:
        return list(weighed)

    def favoured(each: Evidence) -> Evidence:
        if not 0.0 < each.probability < 1.0 or names.isdisjoint(passages.spoken.of(each.candidate.row).names):
            return each
        odds = each.probability / (1 - each.probability) * math.exp(_SAID)
        return replace(each, probability=odds / (1 + odds))

    return sorted(map(favoured, weighed), key=lambda each: -each.probability)
