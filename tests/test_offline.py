"""Without a network: building, asking and checking need none, on a machine that has never had one."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant.index.sealed import current_id

_CLOSED = """
import sys
attempts = []
def closed(event, given):
    asks_a_name = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    if asks_a_name or event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = given[0] if asks_a_name else given[1]
        host = address[0] if isinstance(address, tuple) else address
        local = not asks_a_name and (isinstance(address, (str, bytes)) or host.startswith("127.") or host == "::1")
        if not local:
            attempts.append(f"{event} {address}")
            raise OSError("no network here")
sys.addaudithook(closed)
"""

_PROBE = """
import socket
for ask in (lambda: socket.getaddrinfo("example.org", 443), lambda: socket.gethostbyname("example.org"),
            lambda: socket.create_connection(("192.0.2.1", 443), 1)):
    try:
        ask()
    except OSError as error:
        assert str(error) == "no network here"
one, other = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
socket.socket().connect(server.getsockname())
print(len(attempts))
"""

_USED = """
import contextlib, io, json
from pathlib import Path
from assistant.cli import main
def run(*arguments):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = main(arguments)
    return code, output.getvalue()
built = run("build", "--corpus", "corpus", "--index", "index")
asked = run("ask", "Which foods are rich in magnesium?", "--index", "index", "--json")
Path("answer.json").write_text(asked[1], encoding="utf-8")
verified = run("verify", "answer.json", "--index", "index")
from assistant.answering.tokens import count_tokens
print(json.dumps({"built": built, "asked": asked, "verified": verified, "attempts": attempts,
                  "tokens": [count_tokens(text) for text in ("hello world", "<|endoftext|>", "")]}))
"""


def run_alone(program: str, folder: Path) -> str:
    """Run a program in a process with no network, a home that holds nothing and no settings; return what it prints."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    caches = ("HOME", "HF_HOME", "XDG_CACHE_HOME", "TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR", "TORCH_HOME")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANT_", "HF_", "ORT_"))}
    other = {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    command = [sys.executable, "-c", _CLOSED + program]
    environment = kept | dict.fromkeys(caches, str(home)) | other
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Alone:
    """What was built and answered without a network."""

    folder: Path
    told: dict[str, Any]


@pytest.fixture(scope="module")
def alone(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Build the index from nothing, ask, verify and count, in one process without a network."""
    folder = tmp_path_factory.mktemp("alone")
    shutil.copytree(corpus, folder / "corpus")
    return Alone(folder, json.loads(run_alone(_USED, folder).splitlines()[-1]))


def test_the_network_of_these_tests_is_really_closed(tmp_path: Path) -> None:
    assert run_alone(_PROBE, tmp_path) == "3\n"


def test_building_asking_and_verifying_need_no_network_and_do_not_try_it(alone: Alone) -> None:
    assert alone.told["attempts"] == []
    assert alone.told["built"][0] == 0
    assert ", kept 0;" in alone.told["built"][1]
    answer = json.loads(alone.told["asked"][1])
    assert (alone.told["asked"][0], answer["status"]) == (0, "answered")
    assert alone.told["verified"][0] == 0


def test_tokens_are_counted_without_tables_from_the_network(alone: Alone) -> None:
    assert alone.told["tokens"] == [2, 7, 0]


def test_nothing_is_downloaded_cached_or_noted_in_the_home_folder(alone: Alone) -> None:
    """ONNX Runtime, left to itself, keeps a machine's identifier and its report of use there."""
    assert [path for path in (alone.folder / "home").rglob("*") if path.is_file()] == []


def test_the_same_library_gives_the_same_bytes_in_another_process(index: Path, alone: Alone) -> None:
    """The other process had another hash seed, folder, home and time zone; it must not matter."""
    digest = current_id(index)
    assert current_id(alone.folder / "index") == digest
    names = [path.relative_to(index / digest) for path in (index / digest).rglob("*") if path.is_file()]
    made = [path for path in (alone.folder / "index" / digest).rglob("*") if path.is_file()]
    assert len(made) == len(names) > 10
    for name in names:
        assert (alone.folder / "index" / digest / name).read_bytes() == (index / digest / name).read_bytes(), name
