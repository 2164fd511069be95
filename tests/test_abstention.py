"""Abstention: SQuAD questions and removed sections, asked through the shipped silence, and measured."""

import json
from pathlib import Path

import numpy as np
import pytest
from eval.abstention import Decider, false_answers, main, measure_silence, read_squad
from eval.beir import collection_library
from eval.indexing import open_index
from eval.medquad import Section, Source, read_sources, source_entry
from eval.records import DataError
from eval.removal import main as removal_main
from eval.removal import sample_entries
from eval.searching import Searcher
from sklearn.metrics import roc_auc_score

PARAGRAPHS = {
    "oil": "Thassic oil is pressed from the seeds of the thass tree. It was first sold in 1921.",
    "bone": "Quendrite is stored in bone. Bone loses about a tenth of it in a year.",
}
QUESTIONS: tuple[tuple[str, str, str, bool, list[str]], ...] = (
    ("q1", "oil", "When was thassic oil first sold?", True, ["1921", "in 1921"]),
    ("q2", "oil", "Who discovered brastine?", False, []),
    ("q3", "bone", "Where is quendrite stored?", True, ["bone"]),
)


def write_squad(path: Path) -> Path:
    """Write three questions over two paragraphs."""
    rows = [
        {
            "id": name,
            "title": "Made_up",
            "context": PARAGRAPHS[about],
            "question": question,
            "answerable": answerable,
            "answers": [{"text": answer, "answer_start": 0} for answer in answers],
        }
        for name, about, question, answerable, answers in QUESTIONS
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def source(name: str, *kinds: str, title: str = "") -> Source:
    sections = tuple(
        Section(kind, f"What of the {kind} of {title or name}?", f"The {kind} of {title or name} is not simple.")
        for kind in kinds
    )
    return Source(name, "made up", title or name, (f"{name} disease",), sections)


# SQuAD


def test_a_paragraph_is_read_once_and_every_question_kept(tmp_path: Path) -> None:
    paragraphs, questions = read_squad(write_squad(tmp_path / "squad.jsonl"))
    assert [(paragraph.id, paragraph.title) for paragraph in paragraphs] == [("p1", "Made up"), ("p2", "Made up")]
    assert [(question.id, question.answerable) for question in questions] == [("q1", True), ("q2", False), ("q3", True)]
    assert questions[0].answers == ("1921", "in 1921")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"answerable": "yes"}, "'answerable' is 'yes'; it must be true or false"),
        ({"answers": []}, "answerable, but without an answer"),
        ({"answers": "1921"}, "'answers' is '1921'; it must be a list of objects"),
        ({"context": None}, "'context' is None; it must be text"),
    ],
)
def test_a_broken_question_is_named_by_its_line(tmp_path: Path, change: dict[str, object], fault: str) -> None:
    path = write_squad(tmp_path / "squad.jsonl")
    first, *others = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*others, json.dumps(json.loads(first) | change)]), encoding="utf-8")
    with pytest.raises(DataError, match=rf"squad\.jsonl:3: {fault}"):
        read_squad(path)


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="no question in it"):
        read_squad(tmp_path / "empty.jsonl")


# Measures


def test_false_answers_are_counted_where_four_in_five_are_answered() -> None:
    """The fourth of five answerable scores is 0.4: two of four unanswerable ones reach it."""
    measure = false_answers("x", [0.9, 0.8, 0.6, 0.4, 0.1], [0.95, 0.4, 0.39, 0.0])
    assert (measure.value, measure.n) == (0.5, 4)
    assert false_answers("x", [], [0.5]).value is None
    assert false_answers("x", [0.5], []).value is None


def test_silence_is_measured_as_scikit_learn_does() -> None:
    random = np.random.default_rng(5)
    scores = random.integers(0, 12, 200) / 11
    answerable = random.random(200) < 0.2 + 0.6 * scores
    pairs = [(bool(known), float(score), bool(score > 0.5)) for known, score in zip(answerable, scores, strict=True)]
    figures = {measure.name: measure for measure in measure_silence(pairs)}
    assert figures["AUROC"].value == pytest.approx(roc_auc_score(answerable, scores))
    assert figures["answered, of the answerable"].value == pytest.approx((scores[answerable] > 0.5).mean())
    assert figures["answered, of the unanswerable"].n == int((~answerable).sum())


def test_the_shipped_decision_is_asked(tmp_path: Path) -> None:
    paragraphs, questions = read_squad(write_squad(tmp_path / "squad.jsonl"))
    decider = Decider.of(Searcher.of(open_index(collection_library(paragraphs), tmp_path / "cache")))
    threshold = decider.weigher.coefficients.threshold
    outcomes = {question.id: decider.decide(question.text) for question in questions}
    assert outcomes["q3"].words == "Quendrite is stored in bone."
    assert outcomes["q3"].score > outcomes["q2"].score
    for outcome in outcomes.values():
        assert 0 <= outcome.score <= 1
        assert outcome.answered == (outcome.score >= threshold)


def test_the_command_prints_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_squad(tmp_path / "squad.jsonl")
    assert main([str(path), "--json", "--cache", str(tmp_path / "cache")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["AUROC"]["n"] == 3
    assert report["likeliest unit holds the answer, of the answerable"]["n"] == 2
    assert main([str(tmp_path / "none.jsonl"), "--json"]) == 2
    assert "no file" in capsys.readouterr().err


# MedQuAD, and what is removed of it


def test_sections_become_the_sections_of_an_entry_and_can_be_left_out() -> None:
    entry = source_entry(source("velorosis", "information", "symptoms", "causes"))
    assert [section.name for section in entry.sections] == ["summary", "other", "mechanism"]
    assert (entry.subjects, entry.aliases) == (("velorosis",), ("velorosis disease",))
    fewer = source_entry(source("velorosis", "information", "symptoms", "causes"), {1})
    assert "symptoms" not in fewer.text
    assert [section.name for section in fewer.sections] == ["summary", "mechanism"]
    with pytest.raises(DataError, match="'velorosis' has 1 sections and none would be left"):
        source_entry(source("velorosis", "information"), {0})


def test_the_sample_goes_by_id_and_leaves_out_what_cannot_be_asked() -> None:
    known = [source(f"e{number}", "information", "causes") for number in range(40)]
    known += [source("single", "information"), source("a", "x", "y", title="Same"), source("b", "x", "y", title="same")]
    sample = sample_entries(known, 10)
    assert [asked.source.id for asked in sample_entries(known[::-1], 10)] == [asked.source.id for asked in sample]
    everyone = sample_entries(known, 99)
    assert len(everyone) == 40
    assert {asked.section for asked in everyone} == {0, 1}
    with pytest.raises(DataError, match="1 entries with two sections"):
        sample_entries(known[:1], 10)


def test_silence_is_measured_with_and_without_what_was_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {
            "_id": f"e{number}",
            "source": "made up",
            "title": name,
            "synonyms": None,
            "sections": [
                {
                    "qtype": "symptoms",
                    "question": f"What are the symptoms of {name}?",
                    "text": f"People with {name} are often tired.\n  They sleep badly.",
                },
                {
                    "qtype": "treatment",
                    "question": f"What are the treatments for {name}?",
                    "text": f"Doctors treat {name} with rest and with warm baths.",
                },
                {"qtype": "outlook", "question": "?", "text": " "},
            ],
        }
        for number, name in enumerate(("velorosis", "quendritis", "thassemia", "ormolgia"))
    ]
    path = tmp_path / "entries.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert [len(each.sections) for each in read_sources(path)] == [2] * 4
    assert removal_main([str(path), "--json", "--cache", str(tmp_path / "cache")]) == 0
    section, entry = map(json.loads, capsys.readouterr().out.splitlines())
    assert (section["title"], entry["title"]) == ("section removed", "entry removed")
    assert section["AUROC"]["n"] == entry["AUROC"]["n"] == 8
    assert entry["AUROC"]["value"] > 0.9
    assert removal_main([str(tmp_path / "none.jsonl")]) == 2
