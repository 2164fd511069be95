"""The command line: its parser and its errors.

Exit codes: 0 done; 1 the thing asked about is wrong (the check found errors, a quotation does not verify); 2 the call
or the set-up is wrong. Every error is one line on stderr that names the thing, the fact and the remedy.
"""

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from assistant.commands.connecting import serve_mcp
from assistant.commands.keeping import (
    add_files,
    build_index,
    check_library,
    roll_back_index,
    show_inventory,
    withdraw_ids,
)
from assistant.commands.printing import complain
from assistant.commands.reading import ask_once, chat_on, serve_http
from assistant.commands.receipts import diff_snapshots, verify_file
from assistant.commands.staffing import make_staff_key
from assistant.errors import AssistantError, RuleError
from assistant.settings import Settings, index_place, port_number, settings_from

Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        settings = settings_from()
        options = _parser(settings).parse_args(arguments)
        given = {name: getattr(options, name) for name in ("corpus", "host", "port") if hasattr(options, name)}
        if getattr(options, "index", None) is not None:
            given["index"], given["database"] = index_place(options.index, "--index")
        command: Command = options.run
        code = command(options, dataclasses.replace(settings, **given))
        _flush_output()
        return code
    except AssistantError as error:
        complain(str(error))
        return 2
    except RuleError as error:
        complain(f"the answer broke a rule and is not shown: {error}")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        thing = error.filename or "the output"
        complain(f"{thing} cannot be read or written ({error.strerror or error}); mend its place, room or rights")
        return 2
    except UnicodeEncodeError as error:
        _drop_output()
        text = error.object[error.start : error.end][:20]
        complain(f"{text!a} cannot be written as {error.encoding}; set PYTHONUTF8=1 for a terminal that reads UTF-8")
        return 2


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
        complain(f"{message}; see `{self.prog} --help`")
        raise SystemExit(2)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        _flush_output()
        super().exit(status, message)


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="assistant", description="Answers questions by quoting a cited health library, word for word."
    )
    place = "that of ASSISTANT_INDEX" if settings.database else settings.index  # an address may hold a password
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
                metavar="PLACE",
                help=_with_default("the built index, a folder or postgresql://…", place),
            )
        return made

    add = command(
        "add", add_files, "Approve library files: check each and record its hash in the manifest.", corpus=True
    )
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

    withdraw = command("withdraw", withdraw_ids, "Withdraw entries: the next build no longer serves them.", corpus=True)
    withdraw.add_argument("ids", nargs="*", metavar="ID")
    withdraw.add_argument(
        "--provenance", default="", metavar="P", help="withdraw every entry of this provenance, such as sample"
    )

    check = command("check", check_library, "Look for defects in the library.", corpus=True)
    check.add_argument("--json", action="store_true", help="print the findings as JSON")

    inventory = command(
        "inventory", show_inventory, "Show, write or check what each unit is taken to answer.", corpus=True
    )
    what = inventory.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="write inventory.csv, keeping every reviewed row")
    what.add_argument("--check", action="store_true", help="find rows that lapsed or are odd, and units not reviewed")
    what.add_argument("--kinds", action="store_true", help="list the kinds with their meaning")
    inventory.add_argument("--entry", default="", metavar="ID", help="only this entry's units")

    build = command(
        "build",
        build_index,
        "Build the index from the approved library; one that was cut short goes on where it was.",
        corpus=True,
        index=True,
    )
    build.add_argument(
        "--ray", default="", metavar="HOST:PORT", help="embed on the Ray cluster whose head is at this address"
    )

    rollback = command(
        "rollback", roll_back_index, "Serve an earlier snapshot of the library again.", corpus=True, index=True
    )
    rollback.add_argument("--to", default="", metavar="ID", help="its id or the beginning (default: the one before)")
    rollback.add_argument("--even-withdrawn", action="store_true", help="even if withdrawn entries come back with it")

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

    command("staff-key", make_staff_key, "Make a key for the staff desk: shown once, with the line that lets it in.")

    verify = command(
        "verify", verify_file, "Check that the quotations in a kept answer still stand in the library.", index=True
    )
    verify.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="an answer in any dialect or a list of quotations, JSON; or a .md or .txt that quotes; - for stdin",
    )
    verify.add_argument("--json", action="store_true", help="print the results as JSON")

    diff = command("diff", diff_snapshots, "List which units two snapshots on disk differ in.", index=True)
    diff.add_argument("then", metavar="SNAPSHOT", help="the older one's id, or how it begins")
    diff.add_argument("now", metavar="SNAPSHOT", help="the newer one's")
    diff.add_argument("--json", action="store_true", help="print the differences as JSON")

    command(
        "mcp",
        serve_mcp,
        "Offer the library as tools (Model Context Protocol) on standard input and output.",
        index=True,
    )
    return parser


def _with_default(about: str, default: object) -> str:
    return f"{about} (default: {default})".replace("%", "%%")


if __name__ == "__main__":
    raise SystemExit(main())
