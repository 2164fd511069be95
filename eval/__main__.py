"""The harness: `python -m eval` asks every labelled question and says how good the answers are.

Writes report.json (the same bytes for the same answers), timings.json, report.html (one file, with pictures), and the
judgments and the run in TREC's form. Exit codes: 0 every gate holds, 1 one is broken, 2 the call or set-up is wrong.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
from rich.console import Console

from assistant.answering.reply import open_desk
from assistant.errors import AssistantError
from eval.ask import AskError, InProcess, Json, OverHttp
from eval.baseline import BASELINE, GATES, Verdict, changes, verdicts, write_baseline
from eval.degraded import without_encoder
from eval.libraries import INDEXES, Plan, plans, snapshots
from eval.page import page_of
from eval.report import Suite, ask_everything, report_of, timings_of, trec_lines

_CONSOLE = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the harness and return its exit code."""
    options = _options(arguments)
    try:
        suites = _over_http(options.url) if options.url else _in_process(options.indexes, degraded=options.degraded)
        run = ask_everything(
            suites, quick=options.quick, told=lambda name, count: _CONSOLE.print(f"asked {count:>5} {name}")
        )
        report, timings = report_of(run, suites, quick=options.quick), timings_of(run)
        report["about"]["degraded"] = options.degraded
        judged = verdicts(report, options.gates)
        # By words alone fewer questions are answered: that is no change for the worse.
        changed = [] if options.degraded else changes(report, options.baseline)
        options.out.mkdir(parents=True, exist_ok=True)
        qrels, trec = trec_lines(run.judged)
        for name, text in (
            ("report.json", json.dumps(report, indent=1, ensure_ascii=False, sort_keys=True) + "\n"),
            ("timings.json", json.dumps(timings) + "\n"),
            ("report.html", page_of(report, timings, judged, changed)),
            ("qrels.trec", qrels),
            ("run.trec", trec),
        ):
            (options.out / name).write_text(text, "utf-8")
        if options.write_baseline:
            write_baseline(report, options.baseline)
    except (AskError, AssistantError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    _print(report, timings, judged)
    for change in changed:
        sign = "WORSE" if change.worse else "     "
        print(
            f"{sign} {change.name}: {100 * change.difference:+.1f} points against the baseline "
            f"({100 * change.low:+.1f} to {100 * change.high:+.1f}, {change.n} questions)"
        )
    print(f"report: {options.out / 'report.html'}")
    return int(any(each.breaks and not each.met for each in judged) or any(each.worse for each in changed))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ask one question in five")
    parser.add_argument("--url", help="ask a running service, such as http://127.0.0.1:8000, instead of this process")
    parser.add_argument("--degraded", action="store_true", help="answer as the service does while its encoder fails")
    parser.add_argument("--out", type=Path, default=Path("build/report"), help="the folder the report goes to")
    parser.add_argument("--indexes", type=Path, default=INDEXES, help="the folder the indexes lie in between runs")
    parser.add_argument("--gates", type=Path, default=GATES, help="what a run must keep to")
    parser.add_argument("--baseline", type=Path, default=BASELINE, help="the run to compare with")
    parser.add_argument("--write-baseline", action="store_true", help="keep this run as the baseline")
    options = parser.parse_args(arguments)
    if options.degraded and (options.url or options.write_baseline):
        parser.error("--degraded goes neither with --url nor with --write-baseline")
    return options


def _in_process(indexes: Path, *, degraded: bool) -> list[Suite]:
    with _CONSOLE.status("building the indexes"):
        loaded = ((plan, without_encoder(each) if degraded else each) for plan, each in snapshots(indexes))
        return [Suite(plan, InProcess(open_desk(snapshot, "GB")), snapshot.id) for plan, snapshot in loaded]


def _over_http(url: str) -> list[Suite]:
    """Ask the sets whose every entry the service has."""
    system = OverHttp(httpx.Client(base_url=url, timeout=30.0))
    served = system.entries()
    able = [plan for plan in plans() if served >= set(plan.library.by_id)]
    if not able:
        raise AskError(f"{url} serves none of the labelled libraries; start it on the corpus that the labels are of")
    # One service answers from one library: the largest that it holds.
    largest = max(able, key=lambda plan: len(plan.library.entries))
    sample = system.ask("What is in the library?")
    return [
        Suite(
            Plan(largest.name, largest.library, largest.sets, largest.reviewed),
            system,
            str(sample.record.get("snapshot")),
        )
    ]


def _print(report: Json, timings: Json, judged: Sequence[Verdict]) -> None:
    for group in ("every answer", "test", "test: cautions", "test: notices", "test: conversations"):
        for name, each in report["measures"].get(group, {}).items():
            if each["value"] is not None:
                bounds = "" if each["low"] is None else f" ({each['low']:.3f} to {each['high']:.3f})"
                print(f"{group:>20}  {name}: {each['value']:.3f}{bounds}, n {each['n']}")
    print(f"latency: p50 {timings['p50']} ms, p95 {timings['p95']} ms, n {timings['n']}")
    for verdict in judged:
        if not verdict.met:
            kind = "GATE BROKEN" if verdict.breaks else "goal not met"
            print(f"{kind}: {verdict.group}, {verdict.name} is {verdict.value:.3f}, wanted {verdict.wanted}")


if __name__ == "__main__":
    sys.exit(main())
