"""The reply: from a question to an answer, in one readable function.

Every answer is a set of verified quotations or a fixed notice, always with the disclaimer, and it is checked against
the rules before anything else sees it.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answering.abbreviations import expand
from assistant.answering.answer import Answer, Pointer, Status, Timings
from assistant.answering.coefficients import packaged_coefficients
from assistant.answering.conversation import only_names
from assistant.answering.disagreement import Disagreements
from assistant.answering.essence import Sieve
from assistant.answering.evidence import Weigher
from assistant.answering.fitting import UNLIMITED, any_danger, shortened, within
from assistant.answering.fitting import Limits as Limits
from assistant.answering.grammar import ADVICE, DANGERS, Reason
from assistant.answering.head import without_vector
from assistant.answering.nearest import nearest_quotes
from assistant.answering.notices import Notices, load_notices
from assistant.answering.passages import Passages
from assistant.answering.question import MAX_TURNS, Reading, Turn, Vocabulary, checked_question, read_question
from assistant.answering.quotes import Quote
from assistant.answering.recall import favour_recalled, favour_said, recalled_rows
from assistant.answering.rules import check_answer
from assistant.answering.search import Candidate, search_units
from assistant.answering.select import MAX_ANSWERS, Selector
from assistant.answering.silence import Silence, decide_silence
from assistant.answering.triage import Encode, Triage, open_triage, open_triage_by_words
from assistant.errors import EncoderError, QuestionError
from assistant.index.encoder import Vectors
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import Snapshot

_MOST_LISTED = 3


@dataclass(frozen=True)
class Desk:
    """A snapshot with what is worked out from it once: everything `reply_to` needs beside the question."""

    snapshot: Snapshot
    vocabulary: Vocabulary
    sieve: Sieve
    weigher: Weigher
    weigher_by_words: Weigher
    disagreements: Disagreements
    notices: Notices
    triage: Triage
    triage_by_words: Triage

    def weigher_for(self, vector: Vectors | None) -> Weigher:
        """Return what weighs candidates found with a question's vector or, without one, by words alone."""
        return self.weigher if vector is not None else self.weigher_by_words


def open_desk(snapshot: Snapshot, region: str) -> Desk:
    """Prepare a snapshot for answering, with the notices of a region.

    Raises:
        SettingsError: there are no notices for the region.
    """
    lexicon = packaged_lexicon()
    vocabulary = Vocabulary(snapshot.library, lexicon, snapshot.encoder, snapshot.wording.counts)
    passages = Passages(snapshot, lexicon)
    desk = Desk(
        snapshot,
        vocabulary,
        Sieve(vocabulary),
        Weigher(passages, packaged_coefficients("hybrid")),
        Weigher(passages, packaged_coefficients("lexical")),
        Disagreements(passages),
        load_notices(region),
        open_triage(snapshot.encoder_name),
        open_triage_by_words(),
    )
    # What is worked out once is worked out now, so that the first question is as quick as the next.
    _ = desk.disagreements.by_place
    reply_to("What is known about magnesium?", [], desk)
    return desk


def reply_to(question: str, turns: Sequence[Turn], desk: Desk, limits: Limits = UNLIMITED) -> Answer:
    """Answer a question.

    Args:
        question: as asked, at most 1,000 characters.
        turns: the questions before it in the conversation, oldest first, at most ten.
        desk: the prepared snapshot.
        limits: what the answer keeps to.

    Returns:
        The answer, checked. The same question, turns, snapshot and limits give the same answer, timings aside, while
        the encoder works; and another, as repeatable, that says it is degraded, while it does not.

    Raises:
        QuestionError: the question is empty, too long or holds control characters; too many turns; or `max_tokens` is
            too few for the shortest whole quotation with what must travel with it.
    """
    started = time.perf_counter()
    text = checked_question(question)
    if len(turns) > MAX_TURNS:
        raise QuestionError(f"{len(turns)} turns came with the question; send the last {MAX_TURNS}")
    answer = None
    if desk.snapshot.guard.works:
        # Should it fail midway, all is done again: an answer is of one mode, its thresholds and all.
        with contextlib.suppress(EncoderError):
            answer = _answer(text, turns, desk, limits, _encoding_once(desk), started)
    answer = answer or _answer(text, turns, desk, limits, None, started)
    check_answer(answer, desk.snapshot.library)
    return answer


def _answer(
    text: str, turns: Sequence[Turn], desk: Desk, limits: Limits, encode: Encode | None, started: float
) -> Answer:
    """Answer a question that can be read; `encode` is None to do it by words alone."""
    degraded = encode is None
    ear = _Ear(desk.triage, encode) if encode else _Ear(desk.triage_by_words, without_vector)
    asked, planted = desk.sieve.parted(text, ear.sounds_planted)
    gate = _gate(text, asked, planted, ear)
    if gate in DANGERS and not _is_only_a_name(text, turns, desk, ear):
        return _notice(desk, text, "redirected", gate, started, degraded=degraded)
    reading = replace(read_question(asked, turns, desk.vocabulary, entries=limits.entries), text=text)
    if reading.leans and gate != "misuse" and not (gate == "not_a_question" and _only_names_the_subject(reading, ear)):
        # "And ibuprofen?" is as grave as the question it goes on from, "why?" no less of a question, and "is it safe
        # with warfarin?" no more of a case of one's own than with the name written out.
        gate = ear.reason_for(reading.plain)
    if gate is not None and gate not in ADVICE:
        status: Status = "redirected" if gate in DANGERS else "abstained"
        return _notice(desk, text, status, gate, started, degraded=degraded)
    vector = encode(expand(reading.plain)) if encode else None
    encoded = time.perf_counter()
    weigher = desk.weigher_for(vector)
    passages = weigher.passages
    found = search_units(passages, reading, vector, sections=limits.sections, entries=limits.entries)
    searched = time.perf_counter()
    weighed = favour_recalled(weigher.weigh(reading, found), recalled_rows(passages, reading), passages)
    weighed = favour_said(weighed, reading, passages)
    selector = Selector(passages, desk.disagreements, reading, vector)
    threshold = weigher.coefficients.threshold
    quotes: list[Quote] = []
    silence: Silence | None = None

    def after_crisis() -> bool:
        # Asked only when it matters, and the triage remembers what it decided of each earlier question.
        return any(ear.reason_for(turn.question) == "crisis" for turn in reversed(turns))

    if gate is None:
        silence = decide_silence(reading, weighed, desk.vocabulary, weigher)
        if silence is None:
            quotes = within(limits, selector, weighed, threshold, after_crisis)
            silence = None if quotes else Silence("abstained", "not_in_library")
        if silence is not None and silence.reason == "not_in_library":
            near = shortened(limits, nearest_quotes(reading, weighed, weigher, limits.max_quotes))
            quotes = [] if any_danger(near) and after_crisis() else near
            silence = Silence("nearest", "nearest") if quotes else silence
    else:
        cautions = shortened(limits, selector.cautions_only(weighed, threshold / 2, MAX_ANSWERS))
        quotes = [] if any_danger(cautions) and after_crisis() else cautions
    ended = time.perf_counter()
    timings = Timings(
        *(
            (end - start) * 1000
            for start, end in ((started, ended), (started, encoded), (encoded, searched), (searched, ended))
        )
    )
    reason = gate or (silence.reason if silence else None)
    return Answer(
        question=text,
        status="redirected" if gate else silence.status if silence else "answered",
        reason=reason,
        reading=reading,
        notice=desk.notices.for_reason(reason) if reason else None,
        quotes=tuple(quotes),
        nearest=_pointers(desk, reading, found, only_own=reason == "subject_not_in_library") if silence else (),
        notices=desk.notices,
        snapshot_id=desk.snapshot.id,
        degraded=degraded,
        differing=desk.disagreements.among(quotes),
        weighed=tuple(weighed),
        timings=timings,
    )


@dataclass(frozen=True, slots=True)
class _Ear:
    """Triage, with what it hears a question by."""

    triage: Triage
    encode: Encode

    def reason_for(self, text: str) -> Reason | None:
        """Decide what a text is by the patterns and by the head."""
        return self.triage.reason_for(text, self.encode)

    def sounds_planted(self, text: str) -> bool:
        """Whether a text sounds like one that was planted in a question."""
        return self.triage.sounds_planted(text, self.encode)

    def finds_danger_out(self, text: str) -> bool:
        """Whether a text as good as surely tells of no danger."""
        return self.triage.finds_danger_out(text, self.encode)

    def by_patterns(self, text: str) -> Reason | None:
        """Decide what a text is by the patterns alone."""
        return self.triage.reason_for(text, None)


def _gate(text: str, asked: str, planted: str, ear: _Ear) -> Reason | None:
    """Decide what a question is.

    The patterns read the whole text. The head is believed of what is asked alone, which orders to an assistant around
    it could drown or make look strange; of the whole only a danger, unless both parts are as good as surely without.
    """
    gate = ear.reason_for(text)
    if not planted or (gate in (*DANGERS, *ADVICE) and ear.by_patterns(text) == gate):
        return gate
    if gate in DANGERS and not (ear.finds_danger_out(planted) and ear.finds_danger_out(asked)):
        return gate
    return ear.reason_for(asked)


def _only_names_the_subject(reading: Reading, ear: _Ear) -> bool:
    """Whether a follow-up's full form is a subject before small talk: "magnesium: hello" asks nothing either."""
    rest = reading.plain.partition(": ")[2]
    return bool(rest) and ear.by_patterns(rest) == "not_a_question"


def _is_only_a_name(text: str, turns: Sequence[Turn], desk: Desk, ear: _Ear) -> bool:
    """Whether a follow-up says nothing but a name, and no pattern nor any turn before says that there is danger.

    Three words are too few to be weighed alone: its full form is weighed in their place.
    """
    return (
        bool(turns)
        and only_names(text, desk.vocabulary)
        and ear.by_patterns(text) not in DANGERS
        and not any(ear.reason_for(turn.question) in DANGERS for turn in turns)
    )


def _encoding_once(desk: Desk) -> Encode:
    """Return the encoder for one question: what triage has encoded is not encoded again to search."""
    made: dict[str, Vectors] = {}

    def encode(text: str) -> Vectors:
        if text not in made:
            made[text] = desk.snapshot.guard.encode(text)
        return made[text]

    return encode


def _notice(desk: Desk, text: str, status: Status, reason: str, started: float, *, degraded: bool) -> Answer:
    timings = Timings(total=(time.perf_counter() - started) * 1000)
    notice = desk.notices.for_reason(reason)
    return Answer(text, status, reason, None, notice, (), (), desk.notices, desk.snapshot.id, degraded, timings=timings)


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
