"""Ask twins of a library: `python -m eval.twins --corpus corpus --count 1000 --seed 1 --json`.

The figures go to standard output, as JSON or as a line a kind; what is being done goes to standard error. The exit code
is 1 when an answer misleads: a misconception bare, a negation dropped, a dose or a table row alone.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.errors import AssistantError
from assistant.index.lexicon import packaged_lexicon
from assistant.library.manifest import load_library
from assistant.library.model import Library
from eval.twins.asking import ask_batch, open_library
from eval.twins.batches import make_batch
from eval.twins.exhaustive import inspect_library
from eval.twins.model import KINDS, Kind
from eval.twins.report import inspection_json, kind_json, summary_line


def measure_kind(library: Library, kind: Kind, count: int, seed: int, index: Path) -> dict[str, Any]:
    """Make, index and ask the twins of one kind; return their figures and those of the pass over their library.

    Raises:
        ValueError: the library yields no such twin.
        AssistantError: the twins cannot be indexed, or an answer breaks a rule.
    """
    started = time.perf_counter()
    batch = make_batch(library, kind, count, seed, packaged_lexicon())
    desk = open_library(batch.library, index)
    opened = time.perf_counter()
    figures = kind_json(list(ask_batch(batch, desk)), batch.library)
    ended = time.perf_counter()
    inspection = inspection_json(inspect_library(batch.library))
    return {
        "entries": len(batch.library.entries),
        "seconds": {"index": round(opened - started, 1), "ask": round(ended - opened, 1)},
        **figures,
        "exhaustive": inspection,
    }


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit code: 0 measured, 1 an answer misleads, 2 the call is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.twins", description="Ask twins whose right answer is known.")
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="a corpus folder with its manifest")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="all when left out")
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="twins of each kind")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--json", action="store_true", help="all figures and failures, as JSON")
    given = parser.parse_args(arguments)
    if given.count < 1 or given.seed < 0:
        parser.error("--count must be 1 or more, --seed 0 or more")
    try:
        library = load_library(given.corpus)
        report: dict[str, Any] = {"corpus": given.corpus.name, "seed": given.seed, "count": given.count, "kinds": {}}
        report["exhaustive"] = inspection_json(inspect_library(library))
        with TemporaryDirectory() as folder:
            for kind in given.kinds:
                print(f"{kind}: making, indexing and asking {given.count}", file=sys.stderr, flush=True)
                figures = measure_kind(library, kind, given.count, given.seed, Path(folder))
                report["kinds"][kind] = figures
                print(summary_line(kind, figures), file=sys.stderr if given.json else sys.stdout, flush=True)
    except (AssistantError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    shares = [share for figures in report["kinds"].values() for share in figures["misleading"].values()]
    return int(any(share["hits"] for share in shares))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
