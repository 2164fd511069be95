"""Search: the units that may answer a question, by meaning and by words, fused.

Scores are z-scores over the whole library, weighted; they order candidates and decide nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answering.lexicon import contains, phrase_terms
from assistant.answering.question import Reading
from assistant.index.chunks import unit_words
from assistant.index.dense import Scores
from assistant.index.encoder import Vectors
from assistant.index.snapshot import Snapshot
from assistant.index.terms import STOP_WORDS
from assistant.library.model import SectionName

_WEIGHTS = {"unit_dense": 0.4, "chunk_dense": 0.2, "unit_terms": 0.3, "chunk_terms": 0.1}
"""Of each ranking's z-scores, from the pipelines measured on public retrieval sets."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer, with how it was found."""

    row: int
    """In the snapshot's units."""
    score: float
    """Fused z-scores, no unit; compare within one search only."""
    unit_cosine: float
    chunk_cosine: float
    unit_bm25: float
    chunk_bm25: float


def query_terms(reading: Reading) -> list[str]:
    """Return the terms search looks for: the question's own, and the other names of what it mentions."""
    terms = list(reading.terms)
    for item in (*reading.arguments, *reading.synonyms):
        terms += [term for name in (*item.names[:4], *item.broader) for term in name if term not in STOP_WORDS]
    return list(dict.fromkeys(terms))


def search_units(
    snapshot: Snapshot, reading: Reading, vector: Vectors, *, sections: Sequence[SectionName] = (), entries: Sequence[str] = (), limit: int = 60
) -> list[Candidate]:
    """Find the units that may answer a question.

    Args:
        snapshot: the index.
        reading: the question as read.
        vector: its embedding, of shape (dimensions,), of length 1.
        sections: only units of these; all when empty.
        entries: only units of these; all when empty.
        limit: how many at most.

    Returns:
        Candidates, best first, equal scores by row. When the question names subjects that the library has, only units of
        those subjects' entries, or units that name the subject themselves.
    """
    terms = query_terms(reading)
    of_chunk = np.asarray(snapshot.chunk_of_unit)
    unit_dense = snapshot.unit_vectors.scores(vector)
    chunk_dense = snapshot.chunk_vectors.scores(vector)[of_chunk]
    unit_terms = snapshot.unit_terms.scores(terms)
    chunk_terms = snapshot.chunk_terms.scores([*terms, *(term for subject in reading.subjects for term in phrase_terms(subject))])[of_chunk]
    fused = (
        _WEIGHTS["unit_dense"] * _z(unit_dense)
        + _WEIGHTS["chunk_dense"] * _z(chunk_dense)
        + _WEIGHTS["unit_terms"] * _z(unit_terms)
        + _WEIGHTS["chunk_terms"] * _z(chunk_terms)
    )
    found: list[Candidate] = []
    for row in np.lexsort((np.arange(len(fused)), -fused)):
        if len(found) == limit:
            break
        if _eligible(snapshot, reading, int(row), sections, entries):
            values = (fused[row], unit_dense[row], chunk_dense[row], unit_terms[row], chunk_terms[row])
            found.append(Candidate(int(row), *(float(value) for value in values)))
    return found


def _z(scores: Scores) -> Scores:
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)


def _eligible(snapshot: Snapshot, reading: Reading, row: int, sections: Sequence[SectionName], entries: Sequence[str]) -> bool:
    place = snapshot.units[row]
    entry = snapshot.library.by_id[place.entry_id]
    if entries and entry.id not in entries:
        return False
    if sections and entry.section_of[place.unit].name not in sections:
        return False
    if not reading.subjects or entry.id in reading.entries:
        return True
    words = phrase_terms(unit_words(entry, place.unit))
    return any(contains(words, phrase_terms(subject)) for subject in reading.subjects)
