"""Stress an assistant: `python -m eval.stress --corpus corpus --questions eval/questions/given.jsonl --json`.

The figures go to standard output, as JSON or as a line a kind; what is being done goes to standard error. The exit code
is 1 when any answer breaks a promise.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.answering.reply import open_desk
from assistant.errors import AssistantError
from assistant.index.build import build_snapshot
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import load_snapshot
from assistant.index.terms import STOP_WORDS
from assistant.library.manifest import load_library
from assistant.settings import PACKAGED_ENCODER
from eval.stress.injections import packaged_attacks, read_attacks
from eval.stress.measure import compare, stress_json
from eval.stress.model import STRESS_KINDS
from eval.stress.sets import Materials, make_variants, read_questions


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit code: 0 measured, 1 a promise is broken, 2 the call is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.stress", description="Ask questions altered, and compare.")
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="a corpus folder with its manifest")
    parser.add_argument("--questions", type=Path, required=True, nargs="+", metavar="FILE", help="JSON lines")
    parser.add_argument(
        "--kinds", nargs="+", choices=STRESS_KINDS, default=list(STRESS_KINDS), help="all when left out"
    )
    parser.add_argument("--count", type=int, default=500, metavar="N", help="variants of each kind at most")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument(
        "--attacks", type=Path, metavar="FILE", help="planted instructions, in place of the packaged ones"
    )
    parser.add_argument("--json", action="store_true", help="all figures and failures, as JSON")
    given = parser.parse_args(arguments)
    if given.count < 1 or given.seed < 0:
        parser.error("--count must be 1 or more, --seed 0 or more")
    report: dict[str, Any] = {"corpus": given.corpus.name, "seed": given.seed, "kinds": {}}
    try:
        questions = list(dict.fromkeys(each for file in given.questions for each in read_questions(file)))
        attacks = read_attacks(given.attacks) if given.attacks else packaged_attacks()
        with TemporaryDirectory() as folder:
            print(f"indexing {given.corpus.name}", file=sys.stderr, flush=True)
            build_snapshot(load_library(given.corpus), Path(folder), PACKAGED_ENCODER)
            desk = open_desk(load_snapshot(Path(folder), PACKAGED_ENCODER), "GB")
            known = STOP_WORDS | packaged_lexicon().words | desk.vocabulary.words.keys()
            for kind in given.kinds:
                variants = make_variants(questions, kind, given.count, given.seed, Materials(known, attacks))
                figures = stress_json(compare(variants, desk))
                report["kinds"][kind] = figures
                line = ", ".join(
                    f"{name.replace('_', ' ')} {figures[name]['hits']} of {figures[name]['n']}"
                    for name in ("first_unchanged", "status_unchanged", "newly_answered", "promises_broken")
                )
                print(f"{kind}: {line}", file=sys.stderr if given.json else sys.stdout, flush=True)
    except (AssistantError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    return int(any(figures["promises_broken"]["hits"] for figures in report["kinds"].values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
