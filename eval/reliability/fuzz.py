"""Fuzz: what no person would send, sent by the thousand. `python -m eval.reliability fuzz`.

Three kinds. `http`: whatever the OpenAPI document allows and forbids, at every operation (schemathesis). `talk`:
conversations whose turns lie, hold markup, disguises and 1,000 characters, with every rule checked against the library
(hypothesis). `bytes`: the parsers of files and documents, led by what code they reach (atheris, where it is installed).
"""

import argparse
import base64
import contextlib
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.answering.question import checked_question, read_question
from assistant.answering.reply import Desk, open_desk
from assistant.answering.verify import quotes_in, verify_quote
from assistant.errors import AssistantError
from assistant.index.snapshot import load_snapshot
from assistant.library.check import check_entry
from assistant.library.manifest import read_manifest
from assistant.library.parse import Stated, front_matter, parse_entry
from assistant.serving.app import create_app
from assistant.settings import PACKAGED_ENCODER, Settings
from eval.indexing import say
from eval.reliability._http import press_http
from eval.reliability._talk import press_talk
from eval.reliability._tally import processor_of_children

SLOWEST = 20.0
"""Seconds of processor time after which one input counts as a hang."""


def targets(desk: Desk, folder: Path) -> dict[str, Callable[[bytes], object]]:
    """Return the parsers: each takes bytes, and may raise nothing but the errors that a person can put right."""
    stated = Stated(id="fuzzed", file="fuzzed.md", subjects=("magnesium",))
    library = desk.snapshot.library

    def entry(data: bytes) -> object:
        return check_entry(parse_entry(data, stated))

    def export(data: bytes) -> object:
        return check_entry(parse_entry(data, Stated(id="fuzzed", file="fuzzed.txt", subjects=("magnesium",))))

    def manifest(data: bytes) -> object:
        (folder / "manifest.csv").write_bytes(data)
        return read_manifest(folder)

    def verify(data: bytes) -> object:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return [verify_quote(quote, library) for quote in quotes_in(document)]

    def question(data: bytes) -> object:
        # Lone surrogates too: JSON can hold them.
        text = data.decode("utf-8", "surrogateescape" if data[:1] == b"s" else "replace")
        return read_question(checked_question(text), [], desk.vocabulary)

    def matter(data: bytes) -> object:
        return front_matter(b"---\n" + data + b"\n---\n", "fuzzed.md")

    return {
        "entry": entry, "export": export, "manifest": manifest, "front matter": matter, "verify": verify,
        "question": question,
    }  # fmt: skip


def try_input(target: Callable[[bytes], object], data: bytes) -> str:
    """Give a parser one input; return what went wrong, or ""."""
    started = time.process_time()
    try:
        target(data)
    except AssistantError:
        pass
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]}"
    taken = time.process_time() - started
    return f"{taken:.1f} s" if taken > SLOWEST else ""


_GUIDED = """
import sys
import atheris
ours = ["assistant.library", "assistant.answering.verify", "assistant.answering.question"]
with atheris.instrument_imports(include=ours):
    from eval.reliability import fuzz
fuzz.guide(atheris, sys.argv[1], sys.argv[2:])
"""


def guide(atheris: Any, name: str, arguments: Sequence[str]) -> None:  # noqa: ANN401  a package that need not be there
    """Let atheris lead inputs to one parser until its time is over; it ends the process."""
    index, *rest = arguments
    desk = open_desk(load_snapshot(Path(index), PACKAGED_ENCODER), "GB")
    with tempfile.TemporaryDirectory() as folder:
        target = targets(desk, Path(folder))[name]

        def one(data: bytes) -> None:
            with contextlib.suppress(AssistantError):
                target(data)

        atheris.Setup([sys.argv[0], *rest], one)
        atheris.Fuzz()


def press_bytes(index: Path, corpus: Path, seconds: float) -> dict[str, Any]:
    """Let atheris work at each parser in turn for its share of so much processor time; return what it did."""
    names = list(targets(open_desk(load_snapshot(index, PACKAGED_ENCODER), "GB"), Path()))
    share = seconds / len(names)
    report: dict[str, Any] = {"runs": {}, "processor": {}, "crashed": {}}
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for path in (*corpus.glob("*/*"), corpus / "manifest.csv"):
            if path.is_file() and path.stat().st_size < 40_000:
                (seeds / path.name).write_bytes(path.read_bytes()[:4_000])
        for name in names:
            report["runs"][name], report["processor"][name] = 0, 0.0
            while name not in report["crashed"] and (left := share - report["processor"][name]) > 0:
                command = [
                    sys.executable,
                    "-c",
                    _GUIDED,
                    name,
                    str(index.resolve()),
                    f"-max_total_time={math.ceil(left)}",
                    "-timeout=25",
                    "-max_len=8000",
                    "-rss_limit_mb=4096",
                    "-print_final_stats=1",
                    str(seeds),
                ]
                before = processor_of_children()
                done = subprocess.run(  # noqa: S603  ourselves
                    command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
                )
                told = done.stderr + done.stdout
                runs = [line.split()[-1] for line in told.splitlines() if "number_of_executed_units" in line]
                report["runs"][name] += int(runs[0]) if runs else 0
                report["processor"][name] += processor_of_children() - before
                if done.returncode or not runs:
                    crash = next(iter([*Path(folder).glob("crash-*"), *Path(folder).glob("timeout-*")]), None)
                    data = base64.b64encode(crash.read_bytes()).decode() if crash else ""
                    report["crashed"][name] = {"told": told[-1500:], "input": data[:4_000]}
                    if crash:
                        crash.unlink()
            say(f"{name}: {report['runs'][name]} runs{', CRASHED' if name in report['crashed'] else ''}")
    return report


def main(arguments: Sequence[str]) -> int:
    """Fuzz, print, and return the exit code: 1 when something broke."""
    parser = argparse.ArgumentParser(prog="python -m eval.reliability fuzz", description="Send what nobody would.")
    parser.add_argument("--index", type=Path, default=Path("index"), help="a built index")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="its corpus: what inputs begin with")
    parser.add_argument("--http", type=int, default=0, metavar="N", help="cases for each operation")
    parser.add_argument("--talk", type=int, default=0, metavar="N", help="conversations")
    parser.add_argument("--bytes", type=float, default=0, metavar="S", help="seconds of a processor in all")
    given = parser.parse_args(arguments)
    report: dict[str, Any] = {}
    desk = open_desk(load_snapshot(given.index, PACKAGED_ENCODER), "GB")
    if given.http:
        app = create_app(Settings(index=given.index))
        app.state.service.desk = desk
        with contextlib.redirect_stdout(sys.stderr):  # hypothesis tells there how to repeat a run
            report["http"] = press_http(app, given.http)
    if given.talk:
        report["talk"] = press_talk(desk, given.talk)
    if given.bytes:
        report["bytes"] = press_bytes(given.index, given.corpus, given.bytes)
    print(json.dumps(report, indent=2))
    return 1 if report.get("http", {}).get("wrong") or report.get("bytes", {}).get("crashed") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
