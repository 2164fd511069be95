"""Explaining: why a question was answered as it was: what triage heard, what was likeliest, what was ruled out.

It asks what answering asks and decides nothing. Nothing here is for visitors, and no question is kept.
"""

from collections.abc import Sequence
from typing import get_args

from assistant.answering.answer import Answer
from assistant.answering.evidence import Evidence
from assistant.answering.folding import fold
from assistant.answering.grammar import Reason
from assistant.answering.head import without_vector
from assistant.answering.question import Reading, Turn
from assistant.answering.reply import Desk, reply_to
from assistant.answering.triage import decide, evidence_weighed, text_weighed, words_weighed
from assistant.answering.words import readings_of
from assistant.index.lexicon import Item
from assistant.serving.citing import citations
from assistant.serving.wire import Json, answer_json

_LISTED = 8
"""Units."""
_REASONS = frozenset(get_args(Reason))
"""Those that triage gives; silence gives the others."""


def explain(question: str, turns: Sequence[Turn], desk: Desk, base: str) -> Json:
    """Answer a question as a customer's is answered, and say why.

    Args:
        question: as a customer would ask it.
        turns: the questions before it, oldest first.
        desk: the prepared snapshot.
        base: the address of this service, without a slash at its end.

    Returns:
        The answer as every channel sends it, under `answer`; under `formats`, ready to paste; and under `why`, how it
        came about.

    Raises:
        QuestionError: as `reply_to` does.
    """
    answer = reply_to(question, turns, desk)
    reading = answer.reading
    weigher = desk.weigher_by_words if answer.degraded else desk.weigher
    return {
        "answer": answer_json(answer),
        "formats": citations(
            answer.quotes, answer.label, desk.notices, base, answer.notice.text if answer.notice else ""
        ),
        "why": {
            "triage": _triage(answer, desk),
            "reading": _reading(reading) if reading else None,
            "silence": {
                "status": answer.status,
                "reason": answer.reason,
                "threshold": round(weigher.coefficients.threshold, 4),
                "likeliest": round(answer.weighed[0].probability, 4) if answer.weighed else None,
                "weighed": len(answer.weighed),
                "ruled_out": sum(bool(each.veto) for each in answer.weighed),
            },
            "units": [_unit(each, answer) for each in answer.weighed[:_LISTED]],
        },
    }


def _triage(answer: Answer, desk: Desk) -> Json:
    """Return what triage decided, by which group of patterns, and how likely its head finds each reason.

    Triage may be asked of the whole question, of its full form, or of a part of it: what is told is of the first that
    gave the reason in the answer.
    """
    triage = desk.triage_by_words if answer.degraded else desk.triage
    encode = without_vector if answer.degraded else desk.snapshot.guard.encode
    grammar, head = triage.grammar, triage.head
    reading = answer.reading
    gate = answer.reason if answer.reason in _REASONS else None
    texts = [answer.question, *desk.sieve.parted(answer.question, lambda part: triage.sounds_planted(part, encode))]
    if reading is not None:
        texts.insert(0 if reading.leans else len(texts), reading.plain)
    made = [(text, decide(text, grammar, head, encode)) for text in dict.fromkeys(texts) if text.strip()]
    text, decision = next((each for each in made if (each[1].reason if each[1] else None) == gate), (made[0][0], None))
    readings = readings_of(fold(text), grammar.lexicon)
    evidence = evidence_weighed(readings, grammar)
    likely: list[Json] = []
    if head is not None:
        found = head.probabilities(encode(text_weighed(readings)), evidence, words_weighed(readings))
        likely = [
            {"reason": name, "probability": round(found[name], 4), "threshold": round(head.thresholds[name], 4)}
            for name in head.classes
            if name in _REASONS and name in head.thresholds
        ]
    return {
        "reason": gate,
        "group": decision.group if decision else None,
        "evidence": sorted(evidence),
        "head": likely,
    }


def _reading(reading: Reading) -> Json:
    return {
        "read_as": reading.read_as,
        "subjects": list(reading.subjects),
        "carried_over": list(reading.carried_over),
        "must_name": [_item(item) for item in reading.arguments],
        "also": [_item(item) for item in reading.synonyms],
        "kinds": [{"name": kind.name, "meaning": kind.meaning} for kind in reading.kinds],
    }


def _item(item: Item) -> Json:
    return {"name": item.name, "kind": item.kind}


def _unit(each: Evidence, answer: Answer) -> Json:
    entry = each.entry
    place = (entry.id, each.unit)
    quoted = any((quote.entry_id, n) == place for quote in answer.quotes for n in range(quote.first, quote.last + 1))
    return {
        "entry": entry.id,
        "title": entry.title or entry.id,
        "section": entry.section_of[each.unit].name,
        "unit": each.unit,
        "text": entry.words(each.unit),
        "probability": round(each.probability, 4),
        "veto": each.veto or None,
        "dense": round(each.candidate.unit_cosine, 3),
        "lexical": round(each.candidate.unit_bm25, 2),
        "quoted": quoted,
    }
