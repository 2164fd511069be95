"""Asking: from what a request holds to the answer; for the doors that take the request of `POST /v1/ask`."""

from assistant.answering.answer import Answer
from assistant.answering.question import Turn
from assistant.answering.reply import Desk, Limits, reply_to
from assistant.serving.wire import AskIn


def answer_to(asked: AskIn, desk: Desk) -> Answer:
    """Answer a request.

    Raises:
        QuestionError: as `reply_to`.
    """
    limits = Limits(tuple(asked.filters.sections), tuple(asked.filters.entries), asked.max_quotes, asked.max_tokens)
    turns = [Turn(turn.question, tuple(turn.subjects), tuple(turn.dropped)) for turn in asked.turns]
    return reply_to(asked.question, turns, desk, limits)
