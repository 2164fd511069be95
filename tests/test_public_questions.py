"""3,000 real questions, most of them about nothing in the library: every answer keeps every promise.

The questions are public data and not part of the project; without them this skips. Only four entries are served, three
of them about substances that do not exist, so nearly everything should meet silence. "Not in the library" is an
assumption for these questions, not a label.
"""

import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from eval.intervals import share

from assistant.answering.reply import Desk, reply_to
from assistant.errors import QuestionError
from assistant.serving.wire import AnswerOut, answer_json

OFF_TOPIC = ("clinc_oos_test", "nq_utd")


@pytest.fixture(scope="module")
def questions(shared_data: Path) -> list[tuple[str, str]]:
    """(source, question): every off-topic one, and of the others all but every seventh."""
    with gzip.open(shared_data / "questions" / "questions.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    chosen = [row for n, row in enumerate(rows) if row["source"] in OFF_TOPIC or n % 7]
    return [(row["source"], row["text"]) for row in chosen]


def test_every_answer_keeps_every_promise(desk: Desk, questions: list[tuple[str, str]]) -> None:
    """Measured: of 562 off-topic questions 3 are answered, 0.5 %; of 2,461 on health outside the library about 5 %."""
    library = desk.snapshot.library
    disclaimer = desk.notices.disclaimer.text
    asked: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    wrong: list[str] = []
    refused = 0
    for source, question in questions:
        try:
            answer = answer_json(reply_to(question, [], desk))
        except QuestionError:
            refused += 1
            continue
        AnswerOut.model_validate(answer)
        for quote in answer["quotes"]:
            text = library.entry(quote["entry"]["id"]).text[quote["start"] : quote["end"]]
            assert quote["text"] == text
            assert quote["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        assert json.dumps(answer, ensure_ascii=False).count(disclaimer) == 1
        assert answer["snapshot"] == desk.snapshot.id
        roles = [quote["role"] for quote in answer["quotes"]]
        if answer["status"] == "answered":
            assert roles[0] == "answer"
            assert (answer["notice"], answer["reason"]) == (None, None)
        else:
            assert answer["notice"]["text"]
            shown = {"nearest": {"nearest"}, "redirected": {"caution"}}.get(answer["status"], set())
            assert set(roles) <= shown
            assert "caution" not in roles or answer["reason"] in ("personal_advice", "misuse")
        where = "off-topic" if source in OFF_TOPIC else "health"
        asked[where] += 1
        answered[where] += answer["status"] == "answered"
        if where == "off-topic" and answer["status"] == "answered":
            wrong.append(f"{question} -> {answer['quotes'][0]['text'][:60]}")
    for where in asked:
        print(f"{where}: answered {share(answered[where], asked[where])}")
    print(*wrong, sep="\n")
    assert sum(asked.values()) + refused == len(questions) >= 3_000
    assert refused <= 3
    assert answered["off-topic"] <= 0.02 * asked["off-topic"], wrong
    assert answered["health"] <= 0.08 * asked["health"]
