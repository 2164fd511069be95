"""Without a network: building, asking and checking need none, on a machine that has never had one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

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
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANT_", "HF_", "TORCH"))}
    done = subprocess.run(
        [sys.executable, "-c", _CLOSED + program],
        cwd=folder,
        env=kept | dict.fromkeys(caches, str(home)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_network_of_these_tests_is_really_closed(tmp_path: Path) -> None:
    assert run_alone(_PROBE, tmp_path) == "3\n"


def test_building_asking_verifying_and_counting_need_no_network(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "corpus")
    told = json.loads(run_alone(_USED, tmp_path).splitlines()[-1])
    assert told["attempts"] == []
    assert told["built"][0] == 0
    assert "embedded 201, kept 0" in told["built"][1]
    answer = json.loads(told["asked"][1])
    assert (told["asked"][0], answer["status"]) == (0, "answered")
    assert told["verified"][0] == 0
    assert told["tokens"] == [2, 7, 0]
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert left == [], "something was downloaded or cached in the home folder"
