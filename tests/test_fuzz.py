"""Hostile input, a few seconds' worth: whatever is sent, no crash, no trace, no broken rule, and no slow pattern."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from eval.reliability import _talk, fuzz
from eval.reliability._catching import Caught, caught_patterns
from eval.reliability._http import press_http
from eval.reliability.patterns import hostile_texts, slow_patterns
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.question import Turn
from assistant.answering.reply import Desk, Limits
from assistant.serving.app import create_app
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]


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
def patterns(corpus: Path, index: Path) -> tuple[list[Caught], list[str]]:
    """Every pattern of the program, compiled in a process of its own, and the places that were not come to."""
    return caught_patterns(corpus, index)


class TestPatterns:
    """No regular expression is worse than linear in a text's length."""

    OF_A_WORD = (
        "answering/names.py",
        "answering/words.py",
        "library/check.py",
    )
    """Make patterns out of a chemical symbol, one word with blanks, or a file's name, without any repetition."""

    def test_all_are_found_from_code_and_from_the_lists(self, patterns: tuple[list[Caught], list[str]]) -> None:
        caught, missed = patterns
        rooms = {each.place.split(":")[0] for each in caught}
        assert len(caught) > 500
        assert rooms >= {"index/kinds.py", "library/marks.py", "answering/triage.py", "library/segment.py"}
        assert {place.split(":")[0] for place in missed} <= set(self.OF_A_WORD)

    def test_each_takes_time_as_the_text_is_long(self, patterns: tuple[list[Caught], list[str]]) -> None:
        slow, searches = slow_patterns(patterns[0], 4_000, 8)
        assert searches > 4_000
        # One search of so short a text may be held up; nothing that is linear then looks quadratic as well.
        assert [each for each in slow if each.growth > 1.4] == []

    def test_one_that_is_worse_would_be_found(self) -> None:
        bad = [Caught("here", pattern, 0) for pattern in (r"(a+)+$", r"\d+[.,]\d+", r"\s*x\s*\Z", r"a.*b.*c.*d")]
        assert len(slow_patterns(bad, 4_000, 20)[0]) == len(bad)

    def test_one_that_is_only_tried_at_the_beginning_is_tried_there(self) -> None:
        well, bad = Caught("here", r"\s*x", 0, only_at_the_beginning=True), Caught("here", r"\s*x", 0)
        assert [each.place for each in slow_patterns([well], 20_000, 20)[0]] == []
        assert [each.place for each in slow_patterns([bad], 20_000, 20)[0]] == ["here"]

    def test_a_pattern_without_repetition_is_tried_too(self) -> None:
        assert list(hostile_texts(Caught("here", "abc", 0), 100))

    def test_a_phrase_that_opens_at_a_words_edge_opens_with_the_word(
        self, patterns: tuple[list[Caught], list[str]]
    ) -> None:
        prefix = r"(?=\w)"
        joined = [each for each in patterns[0] if each.place.startswith("library/marks") and prefix in each.pattern]
        assert joined
        for each in joined:
            plain = replace(each, pattern=each.pattern.removeprefix(prefix))
            compiled = re.compile(plain.pattern, plain.flags)
            for text in hostile_texts(plain, 200):
                assert all(re.match(r"\w", match[0]) for match in compiled.finditer(text))
