"""Commands for those who keep the library: add, withdraw, check, inventory and build."""

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from assistant.commands.printing import complain, one_line
from assistant.errors import AssistantError, LibraryError
from assistant.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.index.encoder import Vectors


def add_files(options: argparse.Namespace, settings: Settings) -> int:
    """Approve files into the manifest; 1 when one has errors."""
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
        complain("nothing was approved; mend the errors above and add the files again")
        return 1
    for entry in approved:
        size = f"{len(entry.sections)} sections, {len(entry.units)} units"
        print(f"approved {entry.id}: {entry.title or 'no title'} ({size})")
    print("now run `assistant build`")
    return 0


def withdraw_ids(options: argparse.Namespace, settings: Settings) -> int:
    """Withdraw entries in the manifest."""
    from assistant.library.approve import withdraw_entries

    if bool(options.ids) == bool(options.provenance):
        raise LibraryError("name the entries to withdraw, or a --provenance, one of the two")
    withdrawn = withdraw_entries(settings.corpus, options.ids, options.provenance)
    print(f"withdrew {', '.join(withdrawn)}" if withdrawn else "nothing to withdraw")
    print("now run `assistant build`; a running service drops them within seconds of it")
    return 0


def check_library(options: argparse.Namespace, settings: Settings) -> int:
    """Look for defects; 1 when there are errors."""
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


def show_inventory(options: argparse.Namespace, settings: Settings) -> int:
    """Show, write or check what each unit is taken to answer; 1 when a check finds errors."""
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


def build_index(options: argparse.Namespace, settings: Settings) -> int:
    """Build a snapshot and publish it."""
    from assistant.index.review import read_rows, reviewed_units
    from assistant.library.manifest import load_library

    library = load_library(settings.corpus)
    reviewed = reviewed_units(library, read_rows(settings.corpus))
    console = _console(stderr=True)
    print(f"read {len(library.entries)} entries from {settings.corpus}; encoder {settings.encoder}", flush=True)
    from rich.progress import track

    from assistant.index.build import embed_here
    from assistant.index.cluster import ray_cluster
    from assistant.index.place import Place

    def progress(items: "Iterable[Vectors]", what: str, total: int) -> "Iterable[Vectors]":
        hidden = total == 0 or not console.is_terminal
        return track(items, f"{what} {total} texts", total=total, console=console, disable=hidden)

    place = Place(settings.index, settings.database)
    with ray_cluster(options.ray) if options.ray else contextlib.nullcontext(embed_here) as embed:
        built = place.build(library, settings.encoder, progress, reviewed, embed)
    resumed = f", taken over from a build cut short {built.resumed}" if built.resumed else ""
    print(
        f"built {built.snapshot_id[:12]} in {place.name}: {built.entries} entries, {built.units} units, "
        f"{built.chunks} chunks; embedded {built.embedded}, kept {built.reused}{resumed}; "
        f"inventory: {len(reviewed)} units reviewed"
    )
    return 0


def roll_back_index(options: argparse.Namespace, settings: Settings) -> int:
    """Make an earlier snapshot serve again."""
    from assistant.index.place import Place
    from assistant.library.manifest import read_manifest

    try:
        withdrawn = [row.stated.id for row in read_manifest(settings.corpus) if row.stated.status == "withdrawn"]
    except AssistantError:
        withdrawn = []  # an index may stand where its library does not: then it says itself what is withdrawn
    place = Place(settings.index, settings.database)
    done = place.roll_back(settings.encoder, options.to, withdrawn, even_withdrawn=options.even_withdrawn)
    print(f"{done.after[:12]} serves in {place.name}, before it {done.before[:12] or 'none'}")
    print("a running service takes it up within seconds; the next `assistant build` replaces it")
    return 0


def _console(*, stderr: bool = False) -> "Console":
    from assistant.serving.terminal import terminal_console

    return terminal_console(stderr=stderr)
