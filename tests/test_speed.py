"""Speed: what is measured is what a client meets, against a real service on loopback."""

import json
import math
from pathlib import Path

import pytest
from eval.speed import main, percentile


def test_percentiles_are_in_milliseconds_and_worked_by_hand() -> None:
    taken = [0.001 * number for number in range(1, 102)]
    assert [percentile(taken, share) for share in (0.5, 0.95, 0.99)] == pytest.approx([51, 96, 100])


def test_every_load_is_measured_over_a_real_service(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps({"text": f"Which foods hold magnesium {n}?"}) + "\n" for n in range(9)))
    assert main([str(index), str(file), "--count", "6", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["entries"] == 4
    assert report["cold_start"] > 0
    assert report["resident"] > 50 or math.isnan(report["resident"])
    assert [(load["clients"], load["requests"]) for load in report["loads"]] == [(1, 6), (8, 6), (64, 6)]
    for load in report["loads"]:
        assert 0 < load["p50"] <= load["p95"] <= load["p99"]
        assert load["p50_to_encoder"] == pytest.approx(load["p50"] / report["encoder_p50"])
        assert load["rate_to_encoder"] == pytest.approx(load["per_second"] / report["encoder_rate"])


@pytest.mark.parametrize("text", ["", '{"text": 3}\n'])
def test_a_file_without_questions_is_named_and_exits_with_two(
    text: str, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(text)
    assert main([str(index), str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "questions.jsonl" in captured.err


def test_an_index_that_is_not_there_exits_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"text": "zinc?"}\n')
    assert main([str(tmp_path / "nowhere"), str(file)]) == 2
    assert "no index in" in capsys.readouterr().err
