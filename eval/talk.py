"""Talk: the labelled dialogues, asked turn by turn as a client would, and each follow-up against its rewrite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import nDCG

from assistant.answering.question import MAX_TURNS, Turn
from assistant.index.lexicon import contains, packaged_lexicon, phrase_terms
from assistant.library.model import Library
from eval.ask import Reply, System
from eval.cases import Dialogue, DialogueTurn
from eval.labelled import Place
from eval.trec import qrels_of, run_of

_DEPTH = nDCG @ 3


@dataclass(frozen=True, slots=True)
class Followed:
    """One follow-up with what came of it."""

    dialogue: str
    half: str
    number: int
    """Of the turn, from 1; the first is no follow-up."""
    turn: DialogueTurn
    reply: Reply
    ndcg: float
    """nDCG@3 of what it found, from 0 to 1."""
    rewrite_ndcg: float
    """nDCG@3 of what its rewrite found when asked alone, from 0 to 1."""
    answered_ndcg: float
    """nDCG@3 of what it was answered with, from 0 to 1; 0 of a silence and of a notice."""
    rewrite_answered_ndcg: float
    """The same of its rewrite, asked alone."""
    rewrite_status: str
    """The status that its rewrite got."""
    dragged: bool
    """It was read as about, or answered from, a subject that it is not about."""
    unchanged: bool
    """It got the status and the first quotation that it gets without history."""
    kept: bool
    """Every population and medicine said earlier that still matters is shown as carried over."""


def follow(dialogue: Dialogue, system: System, library: Library) -> Iterator[Followed]:
    """Ask one dialogue and yield its follow-ups."""
    turns: list[Turn] = []
    for number, turn in enumerate(dialogue.turns, start=1):
        reply = system.ask(turn.question, turns[-MAX_TURNS:])
        read = reply.record["question"]
        if number > 1:
            alone = system.ask(turn.question)
            rewrite = system.ask(turn.rewrite)
            yield Followed(
                dialogue.id,
                dialogue.half,
                number,
                turn,
                reply,
                _ndcg(turn, reply),
                _ndcg(turn, rewrite),
                _answered_ndcg(turn, reply),
                _answered_ndcg(turn, rewrite),
                rewrite.record["status"],
                _dragged(turn, reply, library, (rewrite, alone)),
                _shown(reply) == _shown(alone),
                all(_names(name, (*read["carried_over"], *read["subjects"], read["read_as"])) for name in turn.keeps),
            )
        turns.append(Turn(turn.question, tuple(read["subjects"])))


def _ndcg(turn: DialogueTurn, reply: Reply) -> float:
    """Return nDCG@3 over the units found or, of a system that does not say, over those quoted."""
    places: list[Place] = [place for place, score in reply.ranking if score > 0]
    if not reply.ranking:
        places = [(q["entry"]["id"], unit) for q in reply.record["quotes"] for unit in q["units"][:1]]
    return _gain(turn, places)


def _answered_ndcg(turn: DialogueTurn, reply: Reply) -> float:
    """Return nDCG@3 over the units quoted as answers."""
    answers = [quote for quote in reply.record["quotes"] if quote["role"] == "answer"]
    return _gain(turn, [(q["entry"]["id"], unit) for q in answers for unit in q["units"][:1]])


def _gain(turn: DialogueTurn, places: Sequence[Place]) -> float:
    """Return nDCG@3 of some units, best first; 0 of none, or when the turn has no right unit."""
    if not turn.best:
        return 0.0
    qrels, run = qrels_of(turn.best, turn.also), run_of(list(dict.fromkeys(places)))
    if not run:
        return 0.0
    return float(ir_measures.calc_aggregate([_DEPTH], {"q": qrels}, {"q": run})[_DEPTH])


def _dragged(turn: DialogueTurn, reply: Reply, library: Library, without: Sequence[Reply] = ()) -> bool:
    """Whether a reply was read as about, or answered from, a subject that only the conversation can have brought.

    What is answered without history, to the turn itself or to its rewrite, the conversation did not bring; nor is it
    wrong to carry a subject of the entry that holds the right answer. To ask which of two subjects is meant drags
    neither along.
    """
    if reply.record.get("status") == "clarify":
        return False
    own = set(turn.subjects)
    gold = {place[0] for place in turn.best}
    entries = [entry for entry in library.entries if entry.id in gold or own & {*entry.subjects, *entry.aliases}]
    allowed = own.union(turn.keeps, *((*entry.subjects, *entry.aliases) for entry in entries))
    carried = reply.record["question"]["carried_over"]
    right = {entry.id for entry in entries}
    right = right.union(*(_quoted_first(each) for each in without))
    elsewhere = bool(own) and bool(_quoted_first(reply) - right)
    known = {name for entry in library.entries for name in (*entry.subjects, *entry.aliases)}
    return bool((set(carried) & known) - allowed) or (bool(carried) and elsewhere)


def _quoted_first(reply: Reply) -> set[str]:
    """Return the entry that a reply's first quotation is from, if it answers."""
    return {quote["entry"]["id"] for quote in reply.record["quotes"][:1] if quote["role"] == "answer"}


def _shown(reply: Reply) -> tuple[str, list[tuple[str, int]]]:
    quotes: Sequence[dict[str, object]] = reply.record["quotes"][:1]
    return reply.record["status"], [(str(q["entry"]), int(str(q["start"]))) for q in quotes]


def _names(name: str, said: Sequence[str]) -> bool:
    """Whether a name is among what is said, by any of the names that the lexicon has for it."""
    items = [item for item in packaged_lexicon().items if phrase_terms(name) in item.names]
    wanted = {phrase_terms(name), *(other for item in items for other in item.names)}
    return any(contains(phrase_terms(each), other) for each in said for other in wanted)
