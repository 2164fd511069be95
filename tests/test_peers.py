"""The peers: the protocol with scripts of the test's own, the table, and every way in which a peer fails."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from eval.peers.__main__ import NO_NETWORK, main
from eval.peers.contenders import OURS, PEERS, Contender
from eval.peers.environments import MARK, InstallError, python_of
from eval.peers.measuring import Result, Round
from eval.peers.protocol import Text, first_of_each, read_texts, write_texts
from eval.peers.sessions import PeerError, session
from eval.peers.showing import END, PICTURE, START, picture_of, table_of
from eval.retrieval import measure_run

PEER = """
import os, sys, time
from pathlib import Path
from eval.peers.protocol import read_texts, serve, write_texts

class Peer:
    def index(self, texts, encoder, folder):
        print("what a library prints is no answer")
        write_texts(texts, folder / "saved.jsonl")

    def open(self, encoder, folder, *, hybrid):
        self.texts = read_texts(folder / "saved.jsonl")

    def search(self, question, limit):
        words = set(question.lower().split())
        order = sorted(self.texts, key=lambda text: -len(words & set(text.whole.lower().rstrip(".").split())))
        return [each.id for each in order]

    def encode(self, question):
        return None

    # HERE

serve(Peer())
"""
FAULTS = {
    "crash": (
        'def search(self, question, limit): sys.stderr.write("broken pipe of ice\\n"); os._exit(3)',
        "exit code 3",
    ),
    "sleep": ("def search(self, question, limit): time.sleep(60)", "gave no answer to 'search' in 5 s"),
    "raise": ('def search(self, question, limit): raise KeyError("no such\\nthing")', "KeyError: 'no such"),
    "stranger": ('def search(self, question, limit): return ["moon"]', "found 'moon', which is no document"),
    "number": ("def search(self, question, limit): return [7]", "what is no answer"),
    "index": ('def index(self, texts, encoder, folder): raise OSError("no room")', "OSError: no room"),
}


def contender(tmp_path: Path, fault: str = "", pins: tuple[str, ...] = ()) -> Contender:
    """A peer's script written for the test, that runs in this environment."""
    script = tmp_path / "fake.py"
    script.write_text(PEER.replace("# HERE", fault), "utf-8")
    return Contender("Fake", script, pins, (False,))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A collection of four documents and one query."""
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    texts = {"iron": "Iron is found in beans.", "zinc": "Zinc is found in meat.", "oil": "Oil is fat.", "tea": "Tea."}
    lines = [json.dumps({"_id": name, "title": "", "text": text}) for name, text in texts.items()]
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "zinc in meat"}) + "\n")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\tzinc\t1\n")
    return folder


def run(contenders: tuple[Contender, ...], data: Path, tmp_path: Path, *more: str) -> int:
    """The command over the collection, in one round."""
    return main([f"{data}:dev", "--rounds", "1", "--environments", str(tmp_path / "there"), *more], contenders)


def test_a_peer_and_this_program_are_measured_by_one_protocol_and_shown_on_the_page(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START}\n{END}\nafter\n")
    assert run((OURS, contender(tmp_path)), data, tmp_path, "--write", str(page)) == 0
    table = capsys.readouterr().out.strip()
    assert page.read_text().startswith(f"before\n{START}\n\n| ")
    assert table in page.read_text()
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert rows[0][1].startswith("nDCG@10 set dev, n 1")
    assert [row[0] for row in rows[1:]] == ["| this program", "| Fake"]
    for row in rows[1:]:
        assert row[1].startswith("1.000")
        assert row[2] == "1.000"
        assert len(row) == len(rows[0])
        assert all(float(cell) >= 0 for cell in row[3:11])
    assert (page.parent / PICTURE).read_text().startswith("<svg ")


def test_an_index_is_kept_until_it_is_wanted_anew(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = contender(tmp_path)
    said = []
    for more in ([], [], ["--anew"]):
        assert run((fake,), data, tmp_path, *more) == 0
        said.append("Fake indexes set" in capsys.readouterr().err)
    assert said == [True, False, True]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_peer_that_fails_has_a_row_that_says_how(
    fault: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = FAULTS[fault]
    assert run((contender(tmp_path, code),), data, tmp_path, "--patience", "5") == 0
    captured = capsys.readouterr()
    row = next(line for line in captured.out.splitlines() if line.startswith("| Fake"))
    assert "failed: " in row
    assert said in row
    assert any(said in line for line in captured.err.splitlines())


def test_a_peer_that_cannot_be_installed_has_a_row_that_says_so(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = Contender("Absent", tmp_path / "with_absent.py", ("absent==1",), (False, True))
    present = Contender("Present", contender(tmp_path).script, ("present==1",), (False,))

    def one_is_there(asked: Contender, folder: Path) -> Path:
        if asked is absent:
            raise InstallError("absent cannot be installed (No matching distribution found for absent==1)")
        return Path(sys.executable)

    monkeypatch.setattr("eval.peers.__main__.python_of", one_is_there)
    assert run((present, absent), data, tmp_path) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| Absent, ")]
    assert len(rows) == 2
    assert all("not installed: absent cannot be installed (No matching" in row for row in rows)


def test_without_a_package_index_the_command_says_in_one_line_what_to_do(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(asked: Contender, folder: Path) -> Path:
        raise InstallError("base cannot be installed (No matching distribution found for torch)")

    monkeypatch.setattr("eval.peers.__main__.python_of", nowhere)
    assert run((OURS, Contender("Absent", tmp_path / "absent.py", ("absent==1",), (False,))), data, tmp_path) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == f"python -m eval.peers: {NO_NETWORK}"


def test_an_installation_that_fails_says_what_pip_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess(command, 1, "", "WARNING: slow\nERROR: No matching distribution\n")

    monkeypatch.setattr("eval.peers.environments.subprocess.run", refused)
    with pytest.raises(InstallError, match=r"^base cannot be installed \(No matching distribution\)$"):
        python_of(PEERS[0], tmp_path)
    assert not (tmp_path / "base" / MARK).exists()


def test_a_peer_that_says_what_is_no_json_is_named(tmp_path: Path) -> None:
    script = tmp_path / "with_noise.py"
    script.write_text("print('hello', flush=True)\ninput()\n")
    with (
        session(Contender("Noise", script, (), (False,)), Path(sys.executable), patience=30) as running,
        pytest.raises(PeerError, match=r"said to 'open' what is no answer: 'hello'"),
    ):
        running.ask({"do": "open"})


def test_texts_are_read_as_they_were_written(tmp_path: Path) -> None:
    texts = [Text("1", "Zinc", "In meat."), Text("2", "", "A\u2028line"), Text("3", "Same", "Same")]
    write_texts(texts, tmp_path / "texts.jsonl")
    assert read_texts(tmp_path / "texts.jsonl") == texts
    assert [each.whole for each in texts] == ["Zinc\nIn meat.", "A\u2028line", "Same"]


def test_a_document_stands_where_its_best_chunk_does() -> None:
    assert first_of_each(["b", "a", "b", "c", "a"], 2) == ["b", "a"]


def test_the_table_states_the_goals_against_the_best_of_the_others() -> None:
    found = {name: measure_run("run", {"q": docs}, {"q": {"a": 1}}) for name, docs in {"x": ["a"], "y": ["b"]}.items()}

    def result(name: str, figure: float, row: str) -> Result:
        taken = Round(figure, figure, figure, figure, figure, 1.0, 1.0, 1.0, 2.0)
        return Result(name, "", "", {"set": found[row]}, (taken,))

    results = [result(OURS.name, 2.0, "x"), result("Slow", 9.0, "y"), result("Quick", 5.0, "y")]
    table = table_of([*results, Result("Gone", "", "not installed: a|b", {})], ["set"])
    assert "nDCG@10 on set +1.000 to Slow; p50 2.5 times as fast as Quick" in table
    assert "| Gone | not installed: a/b |" in table
    assert "Medians of 1 round(s); load average 2 to 2." in table
    picture = picture_of(results, ["set"])
    assert picture.count('class="bar"') == 9
    assert ">9.0<" in picture
