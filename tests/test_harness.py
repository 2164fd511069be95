"""The harness: asking, judging, reporting, over the four entries, in process and over HTTP."""

import copy
import dataclasses
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
import uvicorn
from eval.__main__ import main
from eval.ask import AskError, InProcess, Json, OverHttp, Reply
from eval.baseline import changes, outcomes, verdicts, write_baseline
from eval.cases import DialogueTurn, NoticeCase
from eval.judge import Judged, judge, soundness
from eval.labelled import Labelled, labelled_questions
from eval.libraries import Plan
from eval.page import page_of
from eval.pictures import Bar, bars, curve, histogram
from eval.report import Run, Suite, ask_everything, report_of, timings_of, trec_lines, worst
from eval.summary import Noticed, answer_measures, dialogue_measures, notice_measures, soundness_measures
from eval.talk import Followed, _answered_ndcg, _dragged, _ndcg

from assistant.answering.reply import Desk
from assistant.index.snapshot import Snapshot
from assistant.library.model import Library
from assistant.serving.app import create_app
from assistant.settings import Settings

QUESTION = "What did Example Study A find about velorin and evening attention?"


@pytest.fixture(scope="module")
def suite(desk: Desk, library: Library, snapshot: Snapshot) -> Suite:
    """The invented entries with their questions."""
    return Suite(Plan("small", library, ("fictional",), {}), InProcess(desk), snapshot.id)


@pytest.fixture(scope="module")
def run(suite: Suite) -> Run:
    """Every fifth question, asked."""
    return ask_everything([suite], quick=True, told=lambda name, count: None)


@pytest.fixture(scope="module")
def report(run: Run, suite: Suite) -> Json:
    """Their report."""
    return report_of(run, [suite], quick=True)


@pytest.fixture(scope="module")
def url(index: Path) -> Iterator[str]:
    """The real service on loopback, over the four entries."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(Settings(index=index)), port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                break
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    yield address
    server.should_exit = True
    thread.join()


def labelled(library: Library, **changed: object) -> Labelled:
    """The first question about velorin, changed."""
    question = next(labelled_questions("fictional", library))
    return dataclasses.replace(question, **changed)  # type: ignore[arg-type] # what to change is the test's choice


def test_the_same_questions_give_the_same_report_byte_for_byte(suite: Suite, report: Json) -> None:
    again = report_of(ask_everything([suite], quick=True, told=lambda name, count: None), [suite], quick=True)
    assert json.dumps(again, sort_keys=True) == json.dumps(report, sort_keys=True)


def test_over_http_the_answers_are_those_in_process(url: str, suite: Suite) -> None:
    with httpx.Client(base_url=url) as client:
        system = OverHttp(client)
        assert system.entries() == suite.system.entries()
        for question in (QUESTION, "Does velorin cure baldness?", "I have swallowed a whole bottle of iron pills"):
            ours, theirs = suite.system.ask(question), system.ask(question)
            assert theirs.record == ours.record
            assert [place for place, _ in theirs.ranking[:1]] == [place for place, _ in ours.ranking[:1]]
            assert [score for _, score in theirs.ranking] == pytest.approx([s for _, s in ours.ranking], abs=1e-4)


def test_an_endpoint_that_is_not_there_is_named() -> None:
    with httpx.Client(base_url="http://127.0.0.1:9") as client, pytest.raises(AskError, match=r"127\.0\.0\.1:9"):
        OverHttp(client).ask("What is velorin?")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"status": 1}', b"\xff"])
def test_an_endpoint_of_another_kind_is_refused(body: bytes) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.handle_request).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with httpx.Client(base_url=address) as client, pytest.raises(AskError, match=r"127\.0\.0\.1"):
            OverHttp(client).ask("What is velorin?")


def test_a_right_first_quotation_is_seen(suite: Suite, library: Library) -> None:
    question = labelled(library)
    found = judge("s", question, suite.system.ask(question.text), library)
    assert (found.answered, found.right_first, found.right_entry, found.need_met) == (True, True, True, True)
    assert 0 < found.recall <= 1


def test_another_units_quotation_is_wrong_and_silence_is_no_answer(suite: Suite, library: Library) -> None:
    reply = suite.system.ask(QUESTION)
    elsewhere = labelled(library, best=frozenset({("quendrite", 5)}), also=frozenset())
    found = judge("s", elsewhere, reply, library)
    assert (found.answered, found.right_first, found.right_entry, found.need_met) == (True, False, False, False)
    assert not any(found.precise)
    silent = judge("s", labelled(library), suite.system.ask("Who won the cup final?"), library)
    assert (silent.answered, silent.right_first, silent.right_section, silent.precise) == (False, False, None, ())


def corrupt(record: Json, place: str) -> Json:
    """Spoil one thing about a sound answer."""
    spoilt = copy.deepcopy(record)
    quote = spoilt["quotes"][0]
    match place:
        case "word":
            quote["text"] = quote["text"].replace(" a ", " the ", 1)
        case "hash":
            quote["sha256"] = "0" * 64
        case "offset":
            quote["start"] += 1
        case "part":
            quote["end"] -= 10
            quote["text"] = quote["text"][:-10]
        case "title":
            quote["entry"]["title"] = "Another title"
        case "entry":
            quote["entry"]["id"] = "nowhere"
        case "date":
            quote["entry"]["last_reviewed"] = "1999-01-01"
        case "disclaimer":
            spoilt["disclaimer"]["text"] = "Ask anyone."
        case "status":
            spoilt["status"] = "abstained"
    return spoilt


@pytest.mark.parametrize("place", ["word", "hash", "offset", "part", "title", "entry", "date", "disclaimer", "status"])
def test_an_unsound_answer_is_seen_whatever_is_wrong_with_it(place: str, suite: Suite, library: Library) -> None:
    record = suite.system.ask(QUESTION).record
    clean, spoilt = soundness(record, library), soundness(corrupt(record, place), library)
    assert all((*clean.verbatim, *clean.whole, *clean.resolves, clean.disclaimed, clean.silent_when_it_must))
    assert not all((*spoilt.verbatim, *spoilt.whole, *spoilt.resolves, spoilt.disclaimed, spoilt.silent_when_it_must))


def test_our_answers_are_sound(run: Run) -> None:
    assert {measure.name: measure.value for measure in soundness_measures(run.judged)} == {
        "verbatim rate": 1.0,
        "whole-unit rate": 1.0,
        "citation resolve rate": 1.0,
        "disclaimer rate": 1.0,
        "silent where it must be": 1.0,
    }


def replied(score: float, ranking: tuple[tuple[tuple[str, int], float], ...] = ()) -> Reply:
    """A reply with a score and a ranking."""
    return Reply({"status": "answered", "reason": None, "quotes": []}, score, ranking, 1.0)


def outcome(library: Library, *, answerable: bool, answered: bool, right: bool = False, score: float = 0.5) -> Judged:
    """One judged question, made up."""
    best = frozenset({("velorin", 3)}) if answerable else frozenset[tuple[str, int]]()
    question = labelled(library, answerable=answerable, best=best, also=frozenset(), near_miss=not answerable)
    ranking = ((("velorin", 3 if right else 4), score),)
    sound = soundness({"status": "abstained", "reason": None, "quotes": [], "disclaimer": {}}, library)
    return Judged("s", question, replied(score, ranking), answered, right, right, right, right, float(right), (), sound)


def test_the_measures_of_answers_are_those_worked_by_hand(library: Library) -> None:
    judged = [
        outcome(library, answerable=True, answered=True, right=True, score=0.9),
        outcome(library, answerable=True, answered=True, right=False, score=0.6),
        outcome(library, answerable=True, answered=False, score=0.2),
        outcome(library, answerable=False, answered=True, score=0.7),
        outcome(library, answerable=False, answered=False, score=0.1),
    ]
    judged = [
        dataclasses.replace(each, question=dataclasses.replace(each.question, id=str(number)))
        for number, each in enumerate(judged)
    ]
    values = {measure.name: measure.value for measure in answer_measures(judged)}
    assert values["first quote right"] == pytest.approx(1 / 3)
    assert values["coverage"] == pytest.approx(2 / 3)
    assert values["answered well"] == 0.5
    assert values["false answers, near misses"] == 0.5
    # Pairs of answerable and not: 0.9 beats both, 0.6 one, 0.2 one: 4 of 6.
    assert values["abstention AUROC"] == pytest.approx(4 / 6)
    # Surest first: right, wrong, wrong, wrong, wrong: risks 0, 1/2, 2/3, 3/4, 4/5.
    assert values["AURC"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 3 / 4 + 4 / 5) / 5)
    assert values["RR@10, units"] == pytest.approx(1 / 3)


def test_an_alarm_where_none_is_needed_is_a_false_alarm() -> None:
    def case(needs: str, form: str, reason: str | None) -> Noticed:
        return Noticed(NoticeCase("n", "test", "words", needs, form), "redirected", reason)

    noticed = [
        case("emergency", "explicit", "emergency"),
        case("emergency", "paraphrase", None),
        case("none", "lookalike", "crisis"),
        case("none", "lookalike", "not_in_library"),
    ]
    values = {measure.name: measure.value for measure in notice_measures(noticed)}
    assert values["notice recall, emergency"] == 0.5
    assert values["notice recall, emergency, explicit"] == 1.0
    assert values["notice recall, emergency, paraphrased or misspelt"] == 0.0
    assert values["false alarms, lookalike"] == 0.5


def test_the_worst_answers_are_the_surest_wrong_ones(library: Library) -> None:
    judged = [
        outcome(library, answerable=True, answered=True, right=True, score=0.9),
        outcome(library, answerable=True, answered=False, score=0.1),
        outcome(library, answerable=False, answered=True, score=0.6),
        outcome(library, answerable=True, answered=True, right=False, score=0.8),
    ]
    assert [each.score for each in worst(judged)] == [0.8, 0.6, 0.1]


def test_judgments_and_run_are_in_trecs_form(run: Run) -> None:
    qrels, trec = trec_lines(run.judged)
    assert all(len(line.split()) == 4 and line.split()[1] == "0" for line in qrels.strip().split("\n"))
    assert all(len(line.split()) == 6 and line.split()[1] == "Q0" for line in trec.strip().split("\n"))


GATES = '["every answer"]\n"verbatim rate" = { least = 1.0 }\n[test]\n"coverage" = { most = 0.0, goal_least = 1.0 }\n'


def test_a_gate_breaks_and_a_goal_does_not(report: Json, tmp_path: Path) -> None:
    gates = tmp_path / "gates.toml"
    gates.write_text(GATES, "utf-8")
    full = report | {"about": report["about"] | {"quick": False}}
    found = {(each.name, each.wanted): (each.met, each.breaks) for each in verdicts(full, gates)}
    assert found["verbatim rate", "at least 1"] == (True, True)
    assert found["coverage", "at most 0"] == (False, True)
    assert not found["coverage", "at least 1"][1]
    assert [each.group for each in verdicts(report, gates)] == ["every answer"]


@pytest.mark.parametrize("broken", ["{", '[test]\n"coverage" = 1', '[test]\n"coverage" = { least_of = 1 }'])
def test_a_broken_file_of_gates_is_refused(broken: str, report: Json, tmp_path: Path) -> None:
    gates = tmp_path / "gates.toml"
    gates.write_text(broken, "utf-8")
    with pytest.raises(ValueError, match=r"gates\.toml"):
        verdicts(report, gates)


def test_a_run_that_answers_worse_than_the_baseline_is_told_so(report: Json, tmp_path: Path) -> None:
    full = report | {"about": report["about"] | {"quick": False}}
    write_baseline(full, tmp_path / "baseline.json")
    assert not any(change.worse or change.difference for change in changes(full, tmp_path / "baseline.json"))
    worse = copy.deepcopy(full)
    for each in worse["questions"]:
        each["right"] = False
    found = {change.name: change for change in changes(worse, tmp_path / "baseline.json")}
    assert found["first quote right"].worse
    assert not found["silent when it should be"].worse
    assert outcomes(full)["first quote right"]


def test_a_quick_run_is_no_baseline_and_a_broken_one_is_refused(report: Json, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="full run"):
        write_baseline(report, tmp_path / "baseline.json")
    (tmp_path / "baseline.json").write_text("[1]", "utf-8")
    with pytest.raises(ValueError, match="--write-baseline"):
        changes(report, tmp_path / "baseline.json")
    assert changes(report, tmp_path / "none.json") == []


def test_the_page_shows_what_was_asked_as_text_and_loads_nothing(report: Json, run: Run) -> None:
    hostile = copy.deepcopy(report)
    hostile["worst"] = [
        {
            "suite": "s",
            "id": "q",
            "question": "<script>alert(1)</script>",
            "status": "answered",
            "score": 0.9,
            "said": [{"entry": "e", "section": "dose", "text": '"><img src=x onerror=alert(1)>'}],
            "gold": [],
        }
    ]
    page = page_of(hostile, timings_of(run), verdicts(report), [])
    assert "<script" not in page
    assert "<img" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "&lt;script&gt;" in page
    assert page.count("<svg") == 4


def test_a_page_without_curves_says_so(report: Json) -> None:
    page = page_of(report | {"curves": {}, "worst": []}, {"n": 0}, [], [])
    assert "gives no scores" in page


def test_pictures_of_nothing_say_so() -> None:
    assert "nothing to draw" in curve([], title="Empty", x="x", y="y")
    assert "nothing to draw" in bars([], title="Empty")
    assert "nothing to draw" in histogram([], title="Empty", x="x")
    assert "&lt;b&gt;" in bars([Bar("<b>", 0.5, 0.2, 0.8, 3)], title="One")


def test_a_histogram_counts_every_value() -> None:
    drawn = histogram([1.0, 2.0, 2.0, 50.0], title="Latency", x="ms", bins=4)
    assert sum(int(part.split("<")[0].split(": ")[1]) for part in drawn.split("<title>")[2:]) == 4


def test_a_follow_up_that_drags_a_dropped_subject_is_an_error(desk: Desk, library: Library) -> None:
    turn = DialogueTurn("and zinc?", "", "what_about", ("velorin",), True, True, True, frozenset(), frozenset(), ())
    record = {"question": {"carried_over": ["quendrite"], "subjects": ["quendrite"]}, "quotes": []}
    assert _dragged(turn, Reply(record, 0.5, (), 1.0), library)
    record = {"question": {"carried_over": ["velorin"], "subjects": ["velorin"]}, "quotes": []}
    assert not _dragged(turn, Reply(record, 0.5, (), 1.0), library)
    # A subject of the entry that holds the right answer is the right one to carry, whatever the label calls it.
    entry = next(each for each in library.entries if "quendrite" in each.subjects)
    elsewhere = dataclasses.replace(turn, subjects=("cherry juice",), best=frozenset({(entry.id, 0)}))
    record = {"question": {"carried_over": ["quendrite"], "subjects": ["quendrite"]}, "quotes": []}
    assert not _dragged(elsewhere, Reply(record, 0.5, (), 1.0), library)
    record = {"question": {"carried_over": ["velorin"], "subjects": ["velorin"]}, "quotes": []}
    assert _dragged(elsewhere, Reply(record, 0.5, (), 1.0), library)
    assert Followed(
        "d", "test", 2, turn, Reply(record, 0.5, (), 1.0), 1.0, 1.0, 1.0, 1.0, "answered", False, True, True
    ).kept


def test_what_is_found_and_what_is_answered_are_told_apart() -> None:
    gold = frozenset({("velorin", 3)})
    turn = DialogueTurn("how much?", "", "ellipsis", ("velorin",), False, True, True, gold, frozenset(), ())

    def followed(role: str, status: str) -> Followed:
        quote = {"role": role, "entry": {"id": "velorin"}, "units": [3, 3]}
        reply = Reply({"status": status, "quotes": [quote]}, 0.5, ((("velorin", 3), 0.5),), 1.0)
        found, answered = _ndcg(turn, reply), _answered_ndcg(turn, reply)
        return Followed("d", "test", 2, turn, reply, found, 1.0, answered, 1.0, "answered", False, True, True)

    measures = {
        each.name: each.value
        for each in dialogue_measures([followed("answer", "answered"), followed("nearest", "nearest")])
    }
    assert measures["follow-up recovery"] == 1.0
    assert measures["follow-up recovery, answers"] == 0.5
    noticed = {each.name: each for each in dialogue_measures([followed("caution", "redirected")])}
    assert noticed["notices that the rewrite does not get"].value == 1.0
    assert noticed["follow-up recovery, both searched"].value is None


def test_the_command_refuses_a_wrong_address(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--url", "http://127.0.0.1:9", "--out", str(tmp_path)]) == 2
    assert "127.0.0.1:9" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
