"""The command line: its parser, its errors, and the commands on the library; those for readers are in `commands`.

Exit codes: 0 done; 1 the thing asked about is wrong (the check found errors, a quotation does not verify); 2 the call
or the set-up is wrong. Every error is one line on stderr that names the thing, the fact and the remedy.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from assistant.errors import AssistantError, LibraryError, RuleError
from assistant.serving.commands import ask_once, chat_on, one_line, serve_http, verify_file
from assistant.settings import Settings, port_number, settings_from

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.index.encoder import Vectors

Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        settings = settings_from()
        options = _parser(settings).parse_args(arguments)
        given = {name: getattr(options, name) for name in ("corpus", "index", "host", "port") if hasattr(options, name)}
        command: Command = options.run
        code = command(options, dataclasses.replace(settings, **given))
        _flush_output()
        return code
    except AssistantError as error:
        _complain(str(error))
        return 2
    except RuleError as error:
        _complain(f"the answer broke a rule and is not shown: {error}")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        thing = error.filename or "the output"
        _complain(f"{thing} cannot be read or written ({error.strerror or error}); mend its place, room or rights")
        return 2
    except UnicodeEncodeError as error:
        _drop_output()
        text = error.object[error.start : error.end][:20]
        _complain(f"{text!a} cannot be written as {error.encoding}; set PYTHONUTF8=1 for a terminal that reads UTF-8")
        return 2


def _complain(message: str) -> None:
    """Print one line on stderr, whatever the message holds, unless stderr is closed."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    print(f"assistant: {one_line(message)}".encode(encoding, "replace").decode(encoding), file=sys.stderr)


def _flush_output() -> None:
    """Write out what was printed now: when the interpreter ends, a closed pipe or a full disk can no longer be told."""
    print(end="", flush=True)


def _drop_output() -> None:
    """Let whatever is still to be written to a closed or full output go nowhere."""
    output = sys.__stdout__
    if output is not None and sys.stdout is output:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        _complain(f"{message}; see `{self.prog} --help`")
        raise SystemExit(2)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        _flush_output()
        super().exit(status, message)


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="assistant", description="Answers questions by quoting a cited health library, word for word."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(
        name: str, run: Command, summary: str, *, corpus: bool = False, index: bool = False
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=summary)
        made.set_defaults(run=run)
        if corpus:
            made.add_argument(
                "--corpus",
                type=Path,
                default=settings.corpus,
                metavar="DIR",
                help=_with_default("the library's folder", settings.corpus),
            )
        if index:
            made.add_argument(
                "--index",
                type=Path,
                default=settings.index,
                metavar="DIR",
                help=_with_default("the built index", settings.index),
            )
        return made

    add = command("add", _add, "Approve library files: check each and record its hash in the manifest.", corpus=True)
    add.add_argument("files", nargs="+", type=Path, metavar="FILE", help="entries, .md or .txt")
    add.add_argument("--id", help="the entry's id (default: from the front matter's slug, or the file's name)")
    for name, about in (
        ("title", "its title"),
        ("url", "its published page, https"),
        ("subjects", "what it is about, the main one first: 'magnesium|stress'"),
        ("aliases", "other names of its main subject: 'vitamin c|ascorbate'"),
        ("reviewed", "the date of its last review, YYYY-MM-DD"),
        ("confidence", "strong, moderate or limited"),
        ("provenance", "where it comes from"),
    ):
        add.add_argument(f"--{name}", default="", metavar=name[0].upper(), help=about)

    withdraw = command("withdraw", _withdraw, "Withdraw entries: the next build no longer serves them.", corpus=True)
    withdraw.add_argument("ids", nargs="*", metavar="ID")
    withdraw.add_argument(
        "--provenance", default="", metavar="P", help="withdraw every entry of this provenance, such as sample"
    )

    check = command("check", _check, "Look for defects in the library.", corpus=True)
    check.add_argument("--json", action="store_true", help="print the findings as JSON")

    inventory = command("inventory", _inventory, "Show, write or check what each unit is taken to answer.", corpus=True)
    what = inventory.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="write inventory.csv, keeping every reviewed row")
    what.add_argument("--check", action="store_true", help="find rows that lapsed or are odd, and units not reviewed")
    what.add_argument("--kinds", action="store_true", help="list the kinds with their meaning")
    inventory.add_argument("--entry", default="", metavar="ID", help="only this entry's units")

    command("build", _build, "Build the index from the approved library.", corpus=True, index=True)

    ask = command("ask", ask_once, "Ask one question.", index=True)
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")

    command(
        "chat", chat_on, "Talk with the library: follow-ups keep their subject. :help tells its commands.", index=True
    )

    serve = command("serve", serve_http, "Serve the chat page and the HTTP interface.", index=True)
    serve.add_argument(
        "--host", default=settings.host, metavar="H", help=_with_default("the address to listen on", settings.host)
    )
    serve.add_argument(
        "--port",
        type=lambda value: port_number(value, "--port"),
        default=settings.port,
        metavar="N",
        help=_with_default("the port", settings.port),
    )

    verify = command(
        "verify", verify_file, "Check that the quotations in a kept answer still stand in the library.", index=True
    )
    verify.add_argument(
        "file", type=Path, metavar="FILE", help="an answer or a list of quotations, JSON; - for standard input"
    )
    verify.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser


def _with_default(about: str, default: object) -> str:
    return f"{about} (default: {default})".replace("%", "%%")


def _add(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.library.approve import Stating, approve_files

    stating = Stating(
        id=options.id or "",
        title=options.title,
        url=options.url,
        subjects=options.subjects,
        aliases=options.aliases,
        last_reviewed=options.reviewed,
        confidence=options.confidence,
        provenance=options.provenance,
    )
    approved, findings = approve_files(settings.corpus, options.files, stating)
    for finding in findings:
        print(one_line(str(finding)), file=sys.stderr)
    if any(finding.level == "error" for finding in findings):
        _complain("nothing was approved; mend the errors above and add the files again")
        return 1
    for entry in approved:
        size = f"{len(entry.sections)} sections, {len(entry.units)} units"
        print(f"approved {entry.id}: {entry.title or 'no title'} ({size})")
    print("now run `assistant build`")
    return 0


def _withdraw(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.library.approve import withdraw_entries

    if bool(options.ids) == bool(options.provenance):
        raise LibraryError("name the entries to withdraw, or a --provenance, one of the two")
    withdrawn = withdraw_entries(settings.corpus, options.ids, options.provenance)
    print(f"withdrew {', '.join(withdrawn)}" if withdrawn else "nothing to withdraw")
    print("now run `assistant build`; a running service drops them within seconds of it")
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.library.check import check_corpus

    findings = check_corpus(settings.corpus)
    errors = sum(finding.level == "error" for finding in findings)
    if options.json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            print(one_line(str(finding)))
        print(f"{errors} errors, {len(findings) - errors} warnings")
    return 1 if errors else 0


def _inventory(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.index.kinds import packaged_kinds
    from assistant.index.review import check_rows, inventory_rows, read_rows, write_rows
    from assistant.library.manifest import load_library

    if options.kinds:
        for kind in packaged_kinds().kinds:
            print(f"{kind.name}: {kind.meaning}")
        return 0
    library = load_library(settings.corpus)
    if options.entry:
        library.entry(options.entry)
    rows = read_rows(settings.corpus)
    if options.check:
        findings = check_rows(library, rows)
        errors = [finding for finding in findings if finding.level == "error"]
        for finding in findings:
            if finding.level == "error" or f"{options.entry} " in finding.message:
                print(one_line(str(finding)))
        print(f"{len(errors)} errors, {len(findings) - len(errors)} units not reviewed")
        return 1 if errors else 0
    made = inventory_rows(library, rows)
    reviewed = sum(bool(row.held.reviewed) for row in made)
    if options.write:
        write_rows(settings.corpus, made)
        print(f"wrote {len(made)} rows to {settings.corpus / 'inventory.csv'}, {reviewed} of them reviewed")
        return 0
    for row in made:
        if options.entry in ("", row.entry):
            print(f"{row.entry} {row.unit} ({row.section}): {one_line(row.words)}")
            print(f"    answers: {', '.join(row.held.kinds) or '-'}; about: {', '.join(row.held.about) or '-'}")
            print(f"    {f'reviewed: {row.held.reviewed}' if row.held.reviewed else 'inferred'}")
    return 0


def _build(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.index.review import read_rows, reviewed_units
    from assistant.library.manifest import load_library

    library = load_library(settings.corpus)
    reviewed = reviewed_units(library, read_rows(settings.corpus))
    console = _console(stderr=True)
    print(f"read {len(library.entries)} entries from {settings.corpus}; encoder {settings.encoder}", flush=True)
    from rich.progress import track

    from assistant.index.build import build_snapshot

    def progress(items: "Iterable[Vectors]", what: str, total: int) -> "Iterable[Vectors]":
        hidden = total == 0 or not console.is_terminal
        return track(items, f"{what} {total} texts", total=total, console=console, disable=hidden)

    built = build_snapshot(library, settings.index, settings.encoder, progress, reviewed)
    print(
        f"built {built.snapshot_id[:12]} in {settings.index}: {built.entries} entries, {built.units} units, "
        f"{built.chunks} chunks; embedded {built.embedded}, kept {built.reused}; "
        f"inventory: {len(reviewed)} units reviewed"
    )
    return 0


def _console(*, stderr: bool = False) -> "Console":
    from assistant.serving.terminal import terminal_console

    return terminal_console(stderr=stderr)


if __name__ == "__main__":
    raise SystemExit(main())
