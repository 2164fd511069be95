"""Degraded: without its encoder the program answers by words alone, says so, and keeps every rule."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from eval.degraded import NoEncoder, without_encoder
from rich.console import Console
from starlette.testclient import TestClient

from assistant.answering.question import Turn
from assistant.answering.reply import Desk, open_desk, reply_to
from assistant.errors import EncoderError
from assistant.index.encoder import Vectors
from assistant.index.snapshot import Snapshot
from assistant.serving.app import create_app
from assistant.serving.chat import converse
from assistant.settings import Settings

FOODS = "Which foods are rich in magnesium?"
QUESTIONS = (
    FOODS,
    "Which foods contain velorin?",
    "Is velorin safe in kidney disease?",
    "Does thassic oil interact with pelvarin?",
    "Is magnesium safe for children?",
    "What about zinc?",
    "What is the capital of France?",
    "Should I take velorin?",
    "how much magneisum was used",
    "Is it safe?",
)
DANGERS = ("I want to kill myself", "i took 40 tablets of magnesium", "chest pain and i cannot breathe")


@pytest.fixture(scope="module")
def words(snapshot: Snapshot) -> Desk:
    """The four entries, answered from by words alone."""
    return open_desk(without_encoder(snapshot), "GB")


def test_every_answer_says_that_it_is_degraded_and_repeats(words: Desk) -> None:
    answers = {question: reply_to(question, [], words) for question in (*QUESTIONS, *DANGERS)}
    for question, answer in answers.items():
        assert answer.degraded, question
        assert reply_to(question, [], words) == answer
    assert answers[FOODS].status == "answered"
    assert answers[FOODS].quotes[0].text.startswith("Magnesium-rich foods")
    assert "caution" in {quote.role for quote in answers[FOODS].quotes}
    assert answers["Is it safe?"].status == "clarify"
    assert answers["What is the capital of France?"].status == "abstained"


def test_the_thresholds_are_those_of_the_mode(words: Desk, desk: Desk) -> None:
    assert words.weigher_for(None).coefficients.mode == "lexical"
    assert desk.weigher_for(desk.snapshot.encoder.encode("zinc")).coefficients.mode == "hybrid"
    answer = reply_to(FOODS, [], words)
    assert {each.candidate.unit_cosine for each in answer.weighed} == {0.0}
    assert answer.weighed[0].probability >= words.weigher_by_words.coefficients.threshold


@pytest.mark.parametrize("question", DANGERS)
def test_an_emergency_meets_its_notice(words: Desk, question: str) -> None:
    answer = reply_to(question, [], words)
    assert (answer.status, answer.quotes, answer.nearest) == ("redirected", (), ())
    assert answer.reason in ("crisis", "emergency")


def test_no_dose_beside_personal_advice_and_nothing_of_danger_after_a_crisis(words: Desk) -> None:
    advice = reply_to("Should I stop my warfarin and take velorin instead?", [], words)
    assert advice.status == "redirected"
    assert {quote.role for quote in advice.quotes} <= {"caution"}
    after = reply_to("How much magnesium is too much?", [Turn("I want to kill myself")], words)
    sections = {quote.entry.section_of[quote.first].name for quote in after.quotes}
    assert sections.isdisjoint({"safety", "interactions"})


def test_a_conversation_goes_on(words: Desk) -> None:
    answer = reply_to("Which foods contain it?", [Turn("What is velorin?", ("velorin",))], words)
    assert answer.reading is not None
    assert answer.reading.carried_over == ("velorin",)
    assert {quote.entry_id for quote in answer.quotes} == {"velorin"}


class FailsAfter(NoEncoder):
    """Works for so many texts."""

    def __init__(self, snapshot: Snapshot, texts: int) -> None:
        self.left, self._own = texts, snapshot.encoder

    @property
    def works(self) -> bool:
        return True

    def encode(self, text: str) -> Vectors:
        self.left -= 1
        if self.left < 0:
            raise EncoderError("it has just failed")
        return self._own.encode(text)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_encoder_that_fails_midway_leaves_no_answer_of_two_modes(
    snapshot: Snapshot, words: Desk, desk: Desk, question: str
) -> None:
    turns = [Turn("What is velorin?", ("velorin",))]
    for texts in range(4):
        failing = replace(desk, snapshot=replace(snapshot, guard=FailsAfter(snapshot, texts)))
        answer = reply_to(question, turns, failing)
        assert answer == reply_to(question, turns, words if answer.degraded else desk)


def test_the_service_says_so_in_answers_and_in_the_search(index: Path, words: Desk) -> None:
    app = create_app(Settings(index=index))
    app.state.service.desk = words
    with TestClient(app) as client:
        answer = client.post("/v1/ask", json={"question": FOODS}).json()
        assert answer["degraded"] is True
        found = client.get("/v1/search", params={"q": FOODS}).json()
        assert found["degraded"] is True
        assert found["units"][0]["scores"]["unit_cosine"] == 0
        assert found["units"][0]["text"] == answer["quotes"][0]["text"]
        assert found["entries"][0]["entry"] == "magnesium-stress"
        assert client.get("/readyz").status_code == 200


def test_the_chat_says_it_once(words: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(file=io.StringIO(), width=100)
    converse(words, console, [FOODS, "Which foods contain velorin?"])
    assert capsys.readouterr().err == f"{words.notices.for_reason('degraded').text}\n"


def test_the_terminal_goes_on_where_onnx_runtime_is_missing(index: Path, tmp_path: Path, words: Desk) -> None:
    (tmp_path / "onnxruntime").mkdir()
    (tmp_path / "onnxruntime" / "__init__.py").write_text("raise ImportError('libonnxruntime.so: not found')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-W", "ignore", "-m", "assistant.cli", "ask", FOODS, "--index", str(index)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert "Magnesium-rich foods" in done.stdout
    log, notice = done.stderr.splitlines()
    assert "libonnxruntime.so: not found" in log
    assert notice == words.notices.for_reason("degraded").text
