"""Search: the units that may answer a question, by meaning and by words, fused.

Scores are z-scores over the whole library, weighted; they order candidates and decide nothing else.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from assistant.answering.abbreviations import written_both_ways
from assistant.answering.passages import Passages
from assistant.answering.question import Reading
from assistant.index.encoder import Vectors
from assistant.index.engine import Candidate as Candidate
from assistant.index.engine import Fusion, Query, Rows
from assistant.index.lexicon import phrase_terms
from assistant.index.terms import STOP_WORDS
from assistant.library.model import SectionName

_WEIGHTS = Fusion(unit_dense=0.4, chunk_dense=0.2, unit_terms=0.3, chunk_terms=0.1)
"""Of each ranking's z-scores, from the pipelines measured on public retrieval sets."""


def query_terms(reading: Reading) -> list[str]:
    """Return the terms search looks for: the question's own, and the other names of what it mentions."""
    terms = [*reading.terms, *written_both_ways(reading.plain)]
    for item in (*reading.arguments, *reading.synonyms):
        terms += [term for name in (*item.names[:4], *item.broader) for term in name if term not in STOP_WORDS]
    return list(dict.fromkeys(terms))


def search_units(
    passages: Passages,
    reading: Reading,
    vector: Vectors | None,
    *,
    sections: Sequence[SectionName] = (),
    entries: Sequence[str] = (),
    limit: int = 80,
) -> list[Candidate]:
    """Find the units that may answer a question.

    Args:
        passages: the units of the index.
        reading: the question as read.
        vector: its embedding, of shape (dimensions,), of length 1; None to search by words alone.
        sections: only units of these; all when empty.
        entries: only units of these; all when empty.
        limit: how many at most.

    Returns:
        Candidates, best first, equal scores by row. When the question names subjects that the library has, only units
        of those subjects' entries, or units that name the subject themselves, by any name its own entry has.
    """
    terms = query_terms(reading)
    of_subjects = [term for subject in reading.subjects for term in phrase_terms(subject)]
    query = Query(vector, terms, [*terms, *of_subjects])
    return passages.snapshot.engine.find_units(query, _WEIGHTS, _eligible(passages, reading, sections, entries), limit)


def _eligible(
    passages: Passages, reading: Reading, sections: Sequence[SectionName], entries: Sequence[str]
) -> Rows | None:
    """Return the rows that may be quoted: of the question's subjects, and within what the reader has limited it to.

    None, where nothing limits them.
    """
    if not (reading.subjects or sections or entries):
        return None
    allowed = np.ones(len(passages.snapshot.units), dtype=np.bool_)
    if reading.subjects:
        names = {phrase_terms(subject) for subject in reading.subjects}
        for entry_id in reading.entries:
            entry = passages.snapshot.library.by_id[entry_id]
            if entry.subjects[:1] and entry.subjects[0] in reading.subjects:
                # A symbol of two letters, such as Mg, is a unit of weight as well.
                names |= {name for name in passages.own_names[entry_id] if len("".join(name)) > 2}
        allowed = _of_entries(passages, reading.entries)
        for name in names:
            allowed[passages.naming(name)] = True
    if entries:
        allowed &= _of_entries(passages, entries)
    rows = np.flatnonzero(allowed)
    if sections:
        units = passages.snapshot.units
        inside = [passages.entry(row).section_of[units[row].unit].name in sections for row in rows.tolist()]
        rows = rows[np.asarray(inside, dtype=np.bool_)]
    return rows


def _of_entries(passages: Passages, entries: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Return of each row whether it is of one of some entries."""
    found = np.zeros(len(passages.snapshot.units), dtype=np.bool_)
    for entry_id in entries:
        found[passages.rows_of.get(entry_id, [])] = True
    return found
