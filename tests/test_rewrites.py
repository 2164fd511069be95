"""Conversations: a follow-up finds with its history what its rewrite finds, and the figures say how much of it."""

import json
import math
from pathlib import Path

import pytest
from eval.conversation import found_by, graded_gain, main, measure_followups, overlap, read_followups, turns_of
from eval.indexing import open_index
from eval.medquad import read_sources, source_entry
from eval.records import DataError
from eval.searching import Searcher

from assistant.library.model import Library

NAMES = ("velorosis", "quendritis", "thassemia", "ormolgia")


def turn(name: str, earlier: list[str], utterance: str, rewrite: str, *, health: bool = True) -> dict[str, object]:
    history = [
        item for text in earlier for item in ({"role": "user", "text": text}, {"role": "system", "text": "Yes."})
    ]
    return {
        "conv_id": name.split("_")[0],
        "turn_id": name,
        "history": history,
        "utterance": utterance,
        "rewrite": rewrite,
        "health_like": health,
    }


TURNS = (
    turn("c1_1", [], "What is quendritis?", "What is quendritis?"),
    turn("c1_2", ["What is quendritis?"], "Can it be treated?", "Can quendritis be treated?"),
    turn("c2_2", ["What is thassemia?"], "How does it begin?", "How does thassemia begin?"),
    turn("c3_2", ["Who won?"], "And who lost?", "Who lost the cup?", health=False),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four turns, two of them about health with a history, and four entries, all made up."""
    path = tmp_path_factory.mktemp("conversation")
    entries = [
        {
            "_id": f"e{number}",
            "source": "made up",
            "title": name,
            "synonyms": [],
            "sections": [
                {"qtype": "information", "question": f"What is {name}?", "text": f"{name.title()} tires the muscles."},
                {"qtype": "treatment", "question": "?", "text": f"Rest and warmth treat {name}. It begins slowly."},
            ],
        }
        for number, name in enumerate(NAMES)
    ]
    (path / "turns.jsonl").write_text("".join(json.dumps(row) + "\n" for row in TURNS), encoding="utf-8")
    (path / "entries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in entries), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def searcher(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    library = Library(tuple(source_entry(source) for source in read_sources(folder / "entries.jsonl")))
    return Searcher.of(open_index(library, tmp_path_factory.mktemp("cache")))


def test_only_health_turns_with_a_history_are_asked_and_no_answer_text_is_kept(folder: Path) -> None:
    followups = read_followups(folder / "turns.jsonl")
    assert [each.id for each in followups] == ["c1_2", "c2_2"]
    assert followups[0].earlier == ("What is quendritis?",)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"history": "x"}, "'history' is 'x'; it must be a list of objects"),
        ({"history": [{"role": "user"}]}, "history 1: 'text' is None"),
        ({"health_like": 1}, "'health_like' is 1; it must be true or false"),
        ({"rewrite": None}, "'rewrite' is None; it must be text"),
    ],
)
def test_a_broken_turn_is_named_by_its_line(tmp_path: Path, change: dict[str, object], fault: str) -> None:
    (tmp_path / "turns.jsonl").write_text(json.dumps(TURNS[1] | change) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"turns\.jsonl:1.*{fault}"):
        read_followups(tmp_path / "turns.jsonl")


def test_a_file_without_such_turns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "turns.jsonl").write_text(json.dumps(TURNS[0]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="no turn about health with a history"):
        read_followups(tmp_path / "turns.jsonl")


def test_overlap_and_gain_match_the_sums_worked_by_hand() -> None:
    assert overlap(["a", "b", "x"], ["b", "a", "c", "d"]) == 0.5
    assert overlap([], ["a"]) == overlap(["a"], []) == 0.0
    gains = graded_gain({"t": ["b", "a"]}, {"t": ["a", "b"], "u": ["a"]})
    found = 9 / math.log2(2) + 10 / math.log2(3)
    ideal = 10 / math.log2(2) + 9 / math.log2(3)
    assert gains == {"t": pytest.approx(found / ideal), "u": 0.0}
    assert graded_gain({}, {"u": []}) == {"u": 0.0}


def test_earlier_questions_carry_their_subjects_and_a_follow_up_finds_its_entry(
    folder: Path, searcher: Searcher
) -> None:
    followup = read_followups(folder / "turns.jsonl")[0]
    turns = turns_of(followup, searcher)
    assert [(each.question, each.subjects) for each in turns] == [("What is quendritis?", ("quendritis",))]
    assert found_by(searcher, followup.utterance, turns)[0] == "e1"
    assert len(found_by(searcher, followup.utterance)) == 4


def test_the_history_recovers_what_the_raw_utterance_loses(folder: Path, searcher: Searcher) -> None:
    figures = {each.name: each for each in measure_followups(read_followups(folder / "turns.jsonl"), searcher)}
    assert figures["human rewrite: overlap@10"].value == figures["human rewrite: nDCG@10"].value == 1.0
    assert figures["read with its history: same first entry"].value == 1.0
    raw, ours = figures["raw utterance: nDCG@10"].value, figures["read with its history: nDCG@10"].value
    assert raw is not None
    assert ours is not None
    assert ours > raw
    assert all(each.n == 2 for each in figures.values())


def test_the_command_prints_one_json_object(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        str(folder / "turns.jsonl"),
        "--library",
        str(folder / "entries.jsonl"),
        "--origin",
        "made up",
        "--json",
    ]
    assert main([*arguments, "--cache", str(tmp_path)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["entries"], report["conversations"]) == (4, 2)
    assert report["human rewrite: nDCG@10"]["value"] == 1.0
    assert main([*arguments, "--origin", "nobody", "--cache", str(tmp_path)]) == 2
    assert "the library holds no sentence that may be quoted" in capsys.readouterr().err
