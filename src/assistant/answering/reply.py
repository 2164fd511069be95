"""The reply: from a question to an answer, in one readable function.

Every answer is a set of verified quotations or a fixed notice, always with the disclaimer, and it is checked against
the rules before anything else sees it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.answering.abbreviations import expand
from assistant.answering.answer import Answer, Pointer, Status, Timings
from assistant.answering.coefficients import packaged_coefficients
from assistant.answering.conversation import only_names
from assistant.answering.disagreement import Disagreements
from assistant.answering.essence import Sieve
from assistant.answering.evidence import Evidence, Weigher
from assistant.answering.grammar import ADVICE, DANGERS, Reason
from assistant.answering.nearest import nearest_quotes
from assistant.answering.notices import Notices, load_notices
from assistant.answering.passages import Passages
from assistant.answering.question import MAX_TURNS, Reading, Turn, Vocabulary, checked_question, read_question
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.recall import favour_recalled, favour_said, recalled_rows
from assistant.answering.rules import check_answer
from assistant.answering.search import Candidate, search_units
from assistant.answering.select import MAX_ANSWERS, Selector
from assistant.answering.silence import Silence, decide_silence
from assistant.answering.tokens import count_tokens
from assistant.answering.triage import Encode, Triage, open_triage
from assistant.errors import QuestionError
from assistant.index.encoder import Vectors
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import Snapshot
from assistant.library.model import Entry, SectionName

_MOST_LISTED = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader has asked an answer to keep to."""

    sections: tuple[SectionName, ...] = ()
    entries: tuple[str, ...] = ()
    max_quotes: int = MAX_ANSWERS
    """Quotations of role answer; what must travel with them comes on top."""
    max_tokens: int | None = None
    """cl100k_base tokens of all quotations together."""


@dataclass(frozen=True)
class Desk:
    """A snapshot with what is worked out from it once: everything `reply_to` needs beside the question."""

    snapshot: Snapshot
    vocabulary: Vocabulary
    sieve: Sieve
    weigher: Weigher
    disagreements: Disagreements
    notices: Notices
    triage: Triage


def open_desk(snapshot: Snapshot, region: str) -> Desk:
    """Prepare a snapshot for answering, with the notices of a region.

    Raises:
        SettingsError: there are no notices for the region.
    """
    lexicon = packaged_lexicon()
    vocabulary = Vocabulary(snapshot.library, lexicon, snapshot.encoder, snapshot.wording.counts)
    weigher = Weigher(Passages(snapshot, lexicon), packaged_coefficients())
    desk = Desk(
        snapshot,
        vocabulary,
        Sieve(vocabulary),
        weigher,
        Disagreements(weigher.passages),
        load_notices(region),
        open_triage(snapshot.encoder_name),
    )
    # What is worked out once is worked out now, so that the first question is as quick as the next.
    _ = desk.disagreements.by_place
    reply_to("What is known about magnesium?", [], desk)
    return desk


def reply_to(question: str, turns: Sequence[Turn], desk: Desk, limits: Limits = Limits()) -> Answer:
    """Answer a question.

    Args:
        question: as asked, at most 1,000 characters.
        turns: the questions before it in the conversation, oldest first, at most ten.
        desk: the prepared snapshot.
        limits: what the answer keeps to.

    Returns:
        The answer, checked. The same question, turns, snapshot and limits give the same answer, timings aside.

    Raises:
        QuestionError: the question is empty, too long or holds control characters; too many turns; or `max_tokens` is
            too few for the shortest whole quotation with what must travel with it.
    """
    started = time.perf_counter()
    text = checked_question(question)
    if len(turns) > MAX_TURNS:
        raise QuestionError(f"{len(turns)} turns came with the question; send the last {MAX_TURNS}")
    encode = _encoding_once(desk)
    asked, planted = desk.sieve.parted(text, lambda part: desk.triage.sounds_planted(part, encode))
    gate = _gate(text, asked, planted, desk, encode)
    if gate in DANGERS and not _is_only_a_name(text, turns, desk, encode):
        return _checked(desk, _notice(desk, text, "redirected", gate, started))
    reading = replace(read_question(asked, turns, desk.vocabulary, entries=limits.entries), text=text)
    if reading.leans and gate != "misuse":
        # "And ibuprofen?" is as grave as the question it goes on from, "why?" no less of a question, and "is it safe
        # with warfarin?" no more of a case of one's own than with the name written out.
        gate = desk.triage.reason_for(reading.plain, encode)
    if gate is not None and gate not in ADVICE:
        status: Status = "redirected" if gate in DANGERS else "abstained"
        return _checked(desk, _notice(desk, text, status, gate, started))
    vector = encode(expand(reading.plain))
    encoded = time.perf_counter()
    found = search_units(desk.weigher.passages, reading, vector, sections=limits.sections, entries=limits.entries)
    searched = time.perf_counter()
    passages = desk.weigher.passages
    weighed = favour_recalled(desk.weigher.weigh(reading, found), recalled_rows(passages, reading), passages)
    weighed = favour_said(weighed, reading, passages)
    selector = Selector(passages, desk.disagreements, reading, vector)
    threshold = desk.weigher.coefficients.threshold
    quotes: list[Quote] = []
    silence: Silence | None = None

    def after_crisis() -> bool:
        # Asked only when it matters, and the triage remembers what it decided of each earlier question.
        return any(desk.triage.reason_for(turn.question, encode) == "crisis" for turn in reversed(turns))

    if gate is None:
        silence = decide_silence(reading, weighed, desk.vocabulary, desk.weigher)
        if silence is None:
            quotes = _within(limits, selector, weighed, threshold, after_crisis)
            silence = None if quotes else Silence("abstained", "not_in_library")
        if silence is not None and silence.reason == "not_in_library":
            near = _shortened(limits, nearest_quotes(reading, weighed, desk.weigher, limits.max_quotes))
            quotes = [] if _any_danger(near) and after_crisis() else near
            silence = Silence("nearest", "nearest") if quotes else silence
    else:
        cautions = _shortened(limits, selector.cautions_only(weighed, threshold / 2, MAX_ANSWERS))
        quotes = [] if _any_danger(cautions) and after_crisis() else cautions
    ended = time.perf_counter()
    timings = Timings(
        *(
            (end - start) * 1000
            for start, end in ((started, ended), (started, encoded), (encoded, searched), (searched, ended))
        )
    )
    reason = gate or (silence.reason if silence else None)
    answer = Answer(
        question=text,
        status="redirected" if gate else silence.status if silence else "answered",
        reason=reason,
        reading=reading,
        notice=desk.notices.for_reason(reason) if reason else None,
        quotes=tuple(quotes),
        nearest=_pointers(desk, reading, found, only_own=reason == "subject_not_in_library") if silence else (),
        notices=desk.notices,
        snapshot_id=desk.snapshot.id,
        differing=desk.disagreements.among(quotes),
        weighed=tuple(weighed),
        timings=timings,
    )
    return _checked(desk, answer)


def _gate(text: str, asked: str, planted: str, desk: Desk, encode: Encode) -> Reason | None:
    """Decide what a question is.

    The patterns read the whole text. What only the head hears in the whole must be heard in what is asked alone, or,
    where it is a danger, in what was left out: orders to an assistant around a question are strange, not dangerous.
    """
    gate = desk.triage.reason_for(text, encode)
    if gate is None or not planted or (desk.triage.reason_for(text, None) == gate and gate in (*DANGERS, *ADVICE)):
        return gate
    if gate in DANGERS and (left_out := desk.triage.reason_for(planted, encode)) in DANGERS:
        return left_out
    return desk.triage.reason_for(asked, encode)


def _is_only_a_name(text: str, turns: Sequence[Turn], desk: Desk, encode: Encode) -> bool:
    """Whether a follow-up says nothing but a name, and no pattern nor any turn before says that there is danger.

    Three words are too few to be weighed alone: its full form is weighed in their place.
    """
    return (
        bool(turns)
        and only_names(text, desk.vocabulary)
        and desk.triage.reason_for(text, None) not in DANGERS
        and not any(desk.triage.reason_for(turn.question, encode) in DANGERS for turn in turns)
    )


def _encoding_once(desk: Desk) -> Encode:
    """Return the encoder for one question: what triage has encoded is not encoded again to search."""
    made: dict[str, Vectors] = {}

    def encode(text: str) -> Vectors:
        if text not in made:
            made[text] = desk.snapshot.encoder.encode(text)
        return made[text]

    return encode


def _checked(desk: Desk, answer: Answer) -> Answer:
    check_answer(answer, desk.snapshot.library)
    return answer


def _notice(desk: Desk, text: str, status: Status, reason: str, started: float) -> Answer:
    timings = Timings(total=(time.perf_counter() - started) * 1000)
    notice = desk.notices.for_reason(reason)
    return Answer(text, status, reason, None, notice, (), (), desk.notices, desk.snapshot.id, timings=timings)


def _within(
    limits: Limits,
    selector: Selector,
    weighed: Sequence[Evidence],
    threshold: float,
    after_crisis: Callable[[], bool],
) -> list[Quote]:
    """Choose quotes within the limits: in a conversation that has touched on self-harm none that speaks of danger."""
    quotes, tokens = _longest_within(limits, selector, weighed, threshold, guarded=False)
    # What is too long whole may fit once what speaks of danger is left out.
    if (tokens or _any_danger(quotes)) and after_crisis():
        quotes, tokens = _longest_within(limits, selector, weighed, threshold, guarded=True)
    if tokens:
        raise QuestionError(
            f"max_tokens is {limits.max_tokens}; the shortest whole answer with what must travel with it has {tokens}"
        )
    return quotes


def _longest_within(
    limits: Limits, selector: Selector, weighed: Sequence[Evidence], threshold: float, *, guarded: bool
) -> tuple[list[Quote], int]:
    """Choose fewer answers rather than one without what must travel with it.

    `guarded`, none speaks of doses or harm, whatever its role.

    Returns:
        The quotes, and the tokens of the shortest choice when none is within the limits, else 0.
    """
    if guarded:
        weighed = [each for each in weighed if not _speaks_of_danger(each.entry, quotable_range(each.entry, each.unit))]
    answers = selector.answers(weighed, threshold, limits.max_quotes)
    tokens = 0
    for count in range(len(answers), 0, -1):
        quotes = selector.complete(answers[:count])
        if guarded:
            quotes = [each for each in quotes if not _speaks_of_danger(each.entry, (each.first, each.last))]
        if limits.max_tokens is None:
            return quotes, 0
        tokens = sum(count_tokens(quote.text) for quote in quotes)
        if tokens <= limits.max_tokens:
            return quotes, 0
    return [], tokens


def _shortened(limits: Limits, quotes: Sequence[Quote]) -> list[Quote]:
    """Return the first quotes that fit: beside a notice that stands without them, fewer do no harm."""
    kept: list[Quote] = []
    for quote in quotes:
        tokens = sum(count_tokens(each.text) for each in (*kept, quote))
        if limits.max_tokens is not None and tokens > limits.max_tokens:
            break
        kept.append(quote)
    return kept


def _any_danger(quotes: Sequence[Quote]) -> bool:
    return any(_speaks_of_danger(quote.entry, (quote.first, quote.last)) for quote in quotes)


def _speaks_of_danger(entry: Entry, place: tuple[int, int] | None) -> bool:
    """Whether a place speaks of doses, harm or what must not be combined."""
    if place is None:
        return False
    first, last = place
    return entry.section_of[first].name in ("safety", "interactions") or any(
        unit.marks & {"dose", "caution"} for unit in entry.units[first : last + 1]
    )


def _pointers(desk: Desk, reading: Reading, found: Sequence[Candidate], *, only_own: bool) -> tuple[Pointer, ...]:
    """Return where a reader may look: the best places of the subject's entries, each section once.

    `only_own`, no other entry is pointed to, however near: it was looked through for something it does not name.
    """
    pointers: dict[tuple[str, str], Pointer] = {}
    for candidate in found:
        place = desk.snapshot.units[candidate.row]
        entry = desk.snapshot.library.by_id[place.entry_id]
        section = entry.section_of[place.unit].name
        near = entry.id in reading.entries or (not only_own and candidate.unit_cosine >= 0.45)
        if near and len(pointers) < _MOST_LISTED:
            pointers.setdefault((entry.id, section), Pointer(entry.id, entry.title, section))
    return tuple(pointers.values())
