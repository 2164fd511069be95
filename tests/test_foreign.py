"""Foreign answers: what is read, and what is refused with its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from eval.foreign import MAX_LINE, MAX_TEXT, ForeignAnswer, ForeignError, read_answer, read_answers

from assistant.answering.reply import Desk, reply_to
from assistant.serving.wire import answer_json


def written(folder: Path, *lines: object) -> Path:
    """A file of these lines, as JSON or, where a text is given, as they are."""
    path = folder / "answers.jsonl"
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines), "utf-8")
    return path


def test_an_answer_is_read_with_its_citations(tmp_path: Path) -> None:
    cited = {"entry": "velorin", "cited_text": "Trials", "start": 0, "end": 6}
    record = {"id": "a", "question": "How much?", "answer": "Trials 1.", "citations": [cited, {"url": "https://x.org"}]}
    (answer,) = read_answers(written(tmp_path, record))
    assert (answer.id, answer.question, answer.text, answer.own) == ("a", "How much?", "Trials 1.", False)
    first, second = answer.citations
    assert (first.entry, first.cited_text, first.start, first.end) == ("velorin", "Trials", 0, 6)
    assert (second.url, second.start, second.stated) == ("https://x.org", None, None)


def test_a_byte_order_mark_and_blank_lines_are_passed_over_and_a_missing_id_is_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff" + json.dumps({"answer": "One."}), "   ", {"answer": "Two."})
    assert [(each.id, each.text) for each in read_answers(path)] == [("1", "One."), ("3", "Two.")]


def test_our_own_answer_is_read_as_a_reader_sees_it(desk: Desk, tmp_path: Path) -> None:
    record = answer_json(reply_to("How much velorin was used?", [], desk))
    bare, wrapped = read_answers(written(tmp_path, record, {"id": "b", "answer": record}))
    assert bare.own
    assert (bare.text, bare.citations) == (wrapped.text, wrapped.citations)
    for quote, citation in zip(record["quotes"], bare.citations, strict=True):
        assert bare.text[citation.start : citation.end] == quote["text"]
        assert citation.stated is not None
        assert (citation.stated.start, citation.stated.sha256) == (quote["start"], quote["sha256"])
    assert bare.disclaimer is not None
    assert bare.text.endswith(record["disclaimer"]["text"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "write one JSON object a line"),
        ("<html><body>502</body></html>", "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"answer": 5}', "answer is 5; it must be a text"),
        ('{"question": "no answer"}', "answer is None"),
        ('{"answer": "a", "question": ["q"]}', "question is ['q']"),
        ('{"answer": "a", "id": true}', "id is True"),
        ('{"answer": "a", "citations": "x"}', "citations is 'x'; it must be a list of objects"),
        ('{"answer": "a", "citations": [1]}', "citations is [1]"),
        ('{"answer": "a", "citations": [{"url": 7}]}', "citation 1: url is 7"),
        ('{"answer": "a", "citations": [{"start": 0}]}', "give both"),
        ('{"answer": "a", "citations": [{"start": 0, "end": 2}]}', "are no place in an answer of 1 characters"),
        ('{"answer": "a", "citations": [{"start": -1, "end": 1}]}', "start is -1"),
        ('{"answer": "\\ud800"}', "half a character"),
        ('{"quotes": [{"text": "x"}]}', "entry is None"),
        ('{"quotes": {"text": "x"}}', "quotes is {'text': 'x'}"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_place_and_what_to_do(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ForeignError) as refused:
        list(read_answers(written(tmp_path, {"answer": "fine"}, line)))
    assert "answers.jsonl:2" in str(refused.value)
    assert said in str(refused.value)


def test_the_huge_the_empty_the_doubled_and_the_missing_are_refused(tmp_path: Path) -> None:
    for lines, said in (
        ([{"answer": "a" * (MAX_TEXT + 1)}], "characters"),
        (['{"answer": "' + "a" * MAX_LINE + '"}'], "bytes"),
        ([{"answer": "a", "citations": [{}] * 201}], "at most 200"),
        ([""], "holds no answers"),
        ([{"id": "a", "answer": "1"}, {"id": "a", "answer": "2"}], "stands there twice"),
    ):
        with pytest.raises(ForeignError, match=said):
            list(read_answers(written(tmp_path, *lines)))
    with pytest.raises(ForeignError, match="No such file"):
        list(read_answers(tmp_path / "absent.jsonl"))


def test_an_answer_without_a_question_or_citations_is_one(tmp_path: Path) -> None:
    record: dict[str, Any] = {"answer": "", "citations": None}
    assert read_answer(record, "7", "here") == ForeignAnswer("7", "", "")
