"""Replay: a conversation of which only the questions are known, gone through again to know what each was about.

What a question was about is remembered under a digest that nobody outside this process can make, so that a conversation
that goes on is not gone through from its start each time. Neither questions nor answers are kept.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence

from assistant.answering.answer import Answer
from assistant.answering.question import Turn
from assistant.answering.reply import Desk, reply_to

_MOST_KEPT = 10_000
"""Beginnings of conversations; some 200 bytes each."""


class Replay:
    """Answers the last question of a conversation; may be used from several threads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._subjects: OrderedDict[bytes, tuple[str, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, desk: Desk, questions: Sequence[str]) -> Answer:
        """Answer the last of these questions, the others being its turns, oldest first.

        Raises:
            QuestionError: as `reply_to`.
        """
        turns: list[Turn] = []
        digest = hashlib.blake2b(desk.snapshot.id.encode(), key=self._key)
        for question in questions[:-1]:
            digest.update(hashlib.sha256(question.encode()).digest())
            subjects = self._known(digest.digest())
            if subjects is None:
                subjects = self._keep(digest.digest(), reply_to(question, turns, desk))
            turns.append(Turn(question, subjects))
        answer = reply_to(questions[-1], turns, desk)
        digest.update(hashlib.sha256(questions[-1].encode()).digest())
        self._keep(digest.digest(), answer)
        return answer

    def _known(self, digest: bytes) -> tuple[str, ...] | None:
        with self._lock:
            if digest in self._subjects:
                self._subjects.move_to_end(digest)
            return self._subjects.get(digest)

    def _keep(self, digest: bytes, answer: Answer) -> tuple[str, ...]:
        with self._lock:
            self._subjects[digest] = answer.subjects
            if len(self._subjects) > _MOST_KEPT:
                self._subjects.popitem(last=False)
        return answer.subjects
