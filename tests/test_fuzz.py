"""Hostile input, a few seconds' worth: whatever is sent, no crash, no trace, no broken rule, and no slow pattern."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from eval.reliability import _talk, fuzz
from eval.reliability._http import press_http
from eval.reliability.patterns import Caught, hostile_texts, slow_patterns
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.question import Turn
from assistant.answering.reply import Desk, Limits
from assistant.serving.app import create_app
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
_CATCH = """
import dataclasses, json, sys
from pathlib import Path
from eval.reliability.patterns import caught_patterns
print(json.dumps([dataclasses.asdict(each) for each in caught_patterns(Path(sys.argv[1]), Path(sys.argv[2]))]))
"""


@pytest.mark.filterwarnings("ignore")  # schemathesis' own
def test_generated_requests_meet_no_fault_at_any_operation(
    index: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # schemathesis keeps what it found
    app = create_app(Settings(index=index))
    app.state.service.desk = desk
    report = press_http(app, 30)
    assert report["wrong"] == []
    assert set(report["cases"]) >= {"POST /v1/ask", "GET /v1/search", "POST /v1/verify", "GET /v1/entries/{entry_id}"}
    assert min(report["cases"]["POST /v1/ask"], report["cases"]["GET /v1/search"]) >= 20
    assert {"200", "422"} <= set(report["statuses"]["POST /v1/ask"])


def test_conversations_that_lie_break_no_rule(desk: Desk) -> None:
    assert _talk.press_talk(desk, 6)["broken"] == 0


@pytest.mark.parametrize("text", [*_talk.MARKUP, "magnesium " * 1_000, "x" * 10_000, "\x00", "", " "])
def test_hostile_questions_are_refused_or_answered_within_the_rules(desk: Desk, text: str) -> None:
    _talk.ask_and_check(desk, text, [Turn(text[:1000], (text[:50],))] * 3, Limits())


def test_a_broken_answer_would_be_noticed(desk: Desk) -> None:
    answer = _talk.ask_and_check(desk, "Which foods are rich in magnesium?", [], Limits())
    assert answer is not None
    answer["timings_ms"] = {"total": 0, "encode": 0, "search": 0, "select": 0}
    _talk.check_out(answer, desk)
    for spoil in ({"start": 0}, {"sha256": "0" * 64}, {"text": "x"}, {"units": [0, 1]}):
        spoilt = json.loads(json.dumps(answer))
        spoilt["quotes"][0] |= spoil
        with pytest.raises(_talk.BrokenError):
            _talk.check_out(spoilt, desk)
    with pytest.raises(_talk.BrokenError):
        _talk.check_out(answer | {"snapshot": "another"}, desk)


@pytest.mark.parametrize("name", ["entry", "export", "manifest", "front matter", "verify", "question"])
def test_no_bytes_crash_a_parser(desk: Desk, tmp_path: Path, name: str) -> None:
    target = fuzz.targets(desk, tmp_path)[name]
    sample = (ROOT / "corpus/sample/saffron-crocus-mood-cycle-memory.md").read_bytes()[:1_500]
    seeds = st.sampled_from(
        [sample, (ROOT / "corpus/manifest.csv").read_bytes()[:1_500], b'[{"text": "x", "start": 1}]']
    )
    inputs = st.one_of(
        st.binary(max_size=400),
        st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.tuples(seeds, st.integers(0, 1_500), st.binary(max_size=20)).map(
            lambda made: made[0][: made[1]] + made[2] + made[0][made[1] :]
        ),
    )

    @settings(max_examples=40, deadline=None, database=None)
    @given(data=inputs)
    def try_it(data: bytes) -> None:
        assert fuzz.try_input(target, data) == ""

    try_it()


@pytest.fixture(scope="module")
def caught(corpus: Path, index: Path) -> list[Caught]:
    """Every pattern of the program, compiled in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", _CATCH, str(corpus), str(index)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Caught(**each) for each in json.loads(done.stdout.splitlines()[-1])]


class TestPatterns:
    """No regular expression is worse than linear in a long text, nor slow with a question of 1,000 characters."""

    AS_USED = ("library/defects.py", "library/links.py")
    """Hold one pattern each that is slow from every place of a text but is only ever tried at its beginning."""

    def test_all_are_found_from_code_and_from_the_lists(self, caught: list[Caught]) -> None:
        rooms = {each.place.split(":")[0] for each in caught}
        assert len(caught) > 250
        assert rooms >= {"index/kinds.py", "library/marks.py", "answering/essence.py", "answering/triage.py"}

    def test_those_for_long_texts_take_time_as_the_text_is_long(self, caught: list[Caught]) -> None:
        long = [each for each in caught if not each.place.startswith("answering/")]
        slow, searches = slow_patterns(long, 4_000, 3)
        assert searches > 500
        assert [each for each in slow if each.growth > 1.4 and not each.place.startswith(self.AS_USED)] == []

    def test_those_for_questions_take_milliseconds_at_the_longest(self, caught: list[Caught]) -> None:
        slow, _ = slow_patterns([each for each in caught if each.place.startswith("answering/")], 1_000, 3)
        assert [each for each in slow if each.milliseconds > 20_000] == []  # 200 in 1,000 characters

    def test_one_that_is_worse_would_be_found(self) -> None:
        bad = [Caught("here", pattern, 0) for pattern in (r"(a+)+$", r"\d+[.,]\d+", r"\s*x\s*\Z", r"a.*b.*c.*d")]
        assert len(slow_patterns(bad, 4_000, 20)[0]) == len(bad)

    def test_a_pattern_without_repetition_is_tried_too(self) -> None:
        assert list(hostile_texts(Caught("here", "abc", 0), 100))
