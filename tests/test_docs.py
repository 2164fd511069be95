"""The documentation of the doors: every example in it runs."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

DOORS = (Path(__file__).parents[1] / "docs" / "doors.md").read_text(encoding="utf-8")
DISCLAIMER = "not personal health advice"


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOORS, re.DOTALL)


def test_every_example_in_python_runs_and_prints_the_disclaimer(
    served: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts = examples("python")
    assert len(scripts) == 4
    for script in scripts:
        path = tmp_path / "example.py"
        path.write_text(script.replace("http://127.0.0.1:8000", served), encoding="utf-8")
        runpy.run_path(str(path))
        assert DISCLAIMER in capsys.readouterr().out


def test_every_example_of_curl_runs_and_gets_the_disclaimer(served: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on the path to run the examples with")
    commands = [line for block in examples("sh") for line in block.replace("\\\n", "").splitlines()]
    assert len(commands) == 7
    for command in commands:
        shell = ["bash", "-c", command.replace("http://127.0.0.1:8000", served)]
        out = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        kept = "kept.json" in command
        assert kept or DISCLAIMER in out
        assert "> kept" in command or not kept or set(re.findall(r'"outcome":"(.*?)"', out)) == {"found"}
