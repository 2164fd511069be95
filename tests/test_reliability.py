"""The reliability programs, a few seconds' worth of each: the same promises, tried at a small size."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval.reliability import canaries, overload
from eval.reliability.__main__ import main as run_program
from eval.reliability._running import Running, asking, running, usual_questions


def test_no_question_is_left_behind_by_any_way_a_request_can_end(index: Path, tmp_path: Path) -> None:
    report = canaries.measure(index, tmp_path, 2 * len(canaries.WAYS))
    assert report.found_in == []
    assert report.crashed
    assert {"200", "400", "404", "413", "422", "500", "503"} <= set(report.statuses)
    lines = [json.loads(line) for line in (tmp_path / "stderr").read_text().splitlines() if line.startswith("{")]
    assert {line["message"] for line in lines} >= {"request"}
    assert any(line["message"].startswith("a fault in the service: ValueError") for line in lines)
    assert not list(tmp_path.rglob("core*"))


def test_a_question_that_is_left_behind_would_be_found() -> None:
    texts = {"a": b"nothing", "b": f"GET /?q={canaries.WORD}00001".encode(), "c": canaries.WORD.upper().encode()}
    assert canaries.holding(texts) == ["b", "c"]


@pytest.fixture(scope="module")
def service(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The real command; the last test stops it."""
    with running(index, tmp_path_factory.mktemp("serving")) as made:
        yield made


def test_64_clients_that_wait_are_never_refused(service: Running) -> None:
    questions = [asking(question) for question in usual_questions()]
    replies = asyncio.run(overload.press(service.port, questions, overload.CLIENTS, 1.0))
    assert len(replies) >= overload.CLIENTS
    assert set(overload.statuses_of(replies)) == {"200"}


def test_a_flood_meets_answers_and_refusals_in_form_and_nothing_else(service: Running) -> None:
    questions = [asking(question) for question in usual_questions()]
    met = asyncio.run(overload.flood(service.port, questions, 800, 1.5))
    assert set(met.statuses) == {"200", "503"}
    assert met.refusals_in_form
    assert service.get("/livez")[0] == 200


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to be graceful about")
def test_a_stop_lets_what_was_asked_be_answered(service: Running) -> None:
    questions = [asking(question) for question in usual_questions()]
    stopped = asyncio.run(overload.stop_amid(service, questions, 12))
    # Some may still be refused for the flood before; none is left without an answer.
    assert stopped["answered"] >= 2
    assert stopped["told_nothing"] == 0
    assert stopped["exit_code"] in (0, -signal.SIGTERM)
    assert stopped["stopped_after_s"] < 10


@pytest.mark.parametrize("name", ["canaries", "fuzz", "overload", "patterns", "soak"])
def test_a_program_says_what_it_takes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        run_program([name, "--help"])
    assert "usage" in capsys.readouterr().out


def test_an_unknown_program_is_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program(["nonesuch"]) == 2
    assert "overload" in capsys.readouterr().err
