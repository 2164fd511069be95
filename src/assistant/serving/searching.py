"""What the staff desk's search returns: ranked units, chunks and entries with their scores."""

from assistant.answering.question import checked_question, read_question
from assistant.answering.ranking import rank_entries
from assistant.answering.reply import Desk
from assistant.answering.search import search_units
from assistant.library.model import SectionName
from assistant.serving.wire import Json

_ENTRIES_LISTED = 20


def search_library(
    desk: Desk, question: str, sections: tuple[SectionName, ...], entries: tuple[str, ...], limit: int
) -> Json:
    """Return ranked units, their chunks and entries, each with its scores, which have no unit.

    Raises:
        QuestionError: the question is empty, too long or holds control characters.
    """
    snapshot = desk.snapshot
    reading = read_question(desk.sieve.essence_of(checked_question(question)), [], desk.vocabulary)
    vector = snapshot.guard.vector_of(reading.plain)
    weigher = desk.weigher_for(vector)
    found = search_units(weigher.passages, reading, vector, sections=sections, entries=entries, limit=limit)
    ranked = rank_entries(snapshot, reading, vector, entries=entries, limit=_ENTRIES_LISTED)
    weighed = {(each.entry.id, each.unit): each for each in weigher.weigh(reading, found)}
    units = []
    for candidate in found:
        place = snapshot.units[candidate.row]
        entry = snapshot.library.entry(place.entry_id)
        weight = weighed[place.entry_id, place.unit]
        units.append(
            {
                "entry": entry.id,
                "title": entry.title,
                "section": entry.section_of[place.unit].name,
                "unit": place.unit,
                "text": entry.words(place.unit),
                "scores": {
                    "fused": round(candidate.score, 4),
                    "unit_cosine": round(candidate.unit_cosine, 4),
                    "chunk_cosine": round(candidate.chunk_cosine, 4),
                    "unit_bm25": round(candidate.unit_bm25, 4),
                    "chunk_bm25": round(candidate.chunk_bm25, 4),
                    "probability": round(weight.probability, 4),
                },
                "veto": weight.veto or None,
            }
        )
    rows = list(dict.fromkeys(snapshot.chunk_of_unit[candidate.row] for candidate in found))
    chunks = [
        {"entry": c.entry_id, "section": c.section, "units": [c.first, c.last]}
        for c in (snapshot.chunks[row] for row in rows)
    ]
    return {
        "snapshot": snapshot.id,
        "degraded": vector is None,
        "question": {
            "read_as": reading.read_as,
            "subjects": list(reading.subjects),
            "corrections": [list(pair) for pair in reading.corrections],
        },
        "units": units,
        "chunks": chunks,
        "entries": [
            {
                "entry": each.entry_id,
                "title": snapshot.library.entry(each.entry_id).title,
                "score": round(each.score, 4),
            }
            for each in ranked
        ],
    }
