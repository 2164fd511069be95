"""Raters: do the quotations keep their context? A blind sheet for two people, and what their answers come to.

`python -m eval.raters sheet OUT.csv ANSWERS.jsonl…` writes the sheet and, apart from it, the key that says which system
an item came from; `python -m eval.raters read A.csv B.csv` reads two filled sheets. An item is an answer's quotations
with the paragraphs they were taken from; a rater says whether, read beside those, they mislead: no, partly or yes.
"""

import argparse
import csv
import hashlib
import io
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from assistant.errors import AssistantError
from assistant.library.manifest import load_library
from assistant.library.model import Entry
from eval.agreement import VALUES, Agreement, Rating, SheetError, compare, named
from eval.foreign import ForeignError, read_answers
from eval.grounding.judging import Judge, Judgement
from eval.intervals import share

COLUMNS = ("item", "question", "quotes", "paragraphs", "misleads", "note")


@dataclass(frozen=True, slots=True)
class Item:
    """What a rater is shown, and what is kept from them."""

    id: str
    """Opaque: letters only, so that no spreadsheet takes it for a number."""
    question: str
    quotes: str
    paragraphs: str
    system: str
    answer: str
    """The id of the answer within its system."""


# The sheet


def items_of(judged: Mapping[str, Sequence[Judgement]], seed: int) -> list[Item]:
    """Return an item for each answer that quotes the library, in an order that the seed gives.

    Args:
        judged: by system, the judgements of its answers.
        seed: of the order and of the items' ids.
    """
    items: list[Item] = []
    for system, judgements in sorted(judged.items()):
        for judgement in judgements:
            quoting = [claim for claim in judgement.said if claim.places]
            if not quoting:
                continue
            found = {(claim.places[0].entry.id, claim.places[0].unit): claim.places[0] for claim in quoting}
            paragraphs = [paragraph_of(place.entry, place.unit) for place in found.values()]
            answer = judgement.answer
            items.append(
                Item(
                    _opaque(seed, system, answer.id),
                    answer.question,
                    "\n".join(f"“{claim.text}”" for claim in quoting),
                    "\n\n".join(dict.fromkeys(paragraphs)),
                    system,
                    answer.id,
                )
            )
    random.Random(seed).shuffle(items)  # noqa: S311 - repeatable, not secret
    return items


def paragraph_of(entry: Entry, unit: int) -> str:
    """Return the paragraph, list or table of an entry's stored text that a unit stands in."""
    span = entry.units[unit].span
    parting = "\n\n" if "\n\n" in entry.text else "\n"
    start = entry.text.rfind(parting, 0, span.start)
    end = entry.text.find(parting, span.end)
    return entry.text[0 if start < 0 else start + len(parting) : len(entry.text) if end < 0 else end].strip()


def sheet_csv(items: Iterable[Item]) -> str:
    """Return the sheet that a rater fills in, without the systems' names."""
    return _csv(COLUMNS, ((each.id, each.question, each.quotes, each.paragraphs, "", "") for each in items))


def key_csv(items: Iterable[Item]) -> str:
    """Return the key: which system and answer each item came from. Not for raters."""
    return _csv(("item", "system", "answer"), ((each.id, each.system, each.answer) for each in items))


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        # A spreadsheet takes a cell that begins so for a formula.
        writer.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in row])
    return buffer.getvalue()


def _opaque(seed: int, system: str, answer: str) -> str:
    digest = hashlib.sha256(f"{seed}\0{system}\0{answer}".encode()).hexdigest()[:10]
    return digest.translate(str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv"))


# The filled sheets


def read_sheet(path: Path) -> dict[str, Rating]:
    """Read a filled sheet, by item, as spreadsheets save it: commas, semicolons or tabs, a byte-order mark or none.

    Raises:
        SheetError: no such sheet, a column or a value is missing or unknown, or an item stands in it twice.
    """
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise SheetError(f"{path} cannot be read ({error.strerror}); name a filled sheet") from None
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if any(row)]
    except csv.Error as error:
        raise SheetError(f"{path} is no table ({error}); save the sheet as CSV") from None
    names = [name.strip().lower() for name in lines[0]] if lines else []
    if missing := [name for name in ("item", "misleads", "note") if names.count(name) != 1]:
        raise SheetError(f"{path}: no single column {missing[0]!r}; its first line must be {','.join(COLUMNS)}")
    ratings: dict[str, Rating] = {}
    empty: list[str] = []
    for number, cells in enumerate(lines[1:], start=2):
        if len(cells) != len(names):
            raise SheetError(
                f"{path}: row {number} has {len(cells)} cells under {len(names)} columns; save it again as CSV"
            )
        row = dict(zip(names, (cell.strip() for cell in cells), strict=True))
        if row["item"] in ratings or row["item"] in empty:
            raise SheetError(f"{path}: row {number}: item {row['item']!r} stands there twice; keep one")
        value = next((each for each in VALUES if each == row["misleads"].lower()), None)
        if value is not None:
            ratings[row["item"]] = Rating(value, row["note"])
        elif row["misleads"]:
            raise SheetError(
                f"{path}: row {number}, item {row['item']!r}: misleads is {row['misleads']!r}; write no, partly or yes"
            )
        else:
            empty.append(row["item"])
    if empty:
        raise SheetError(f"{path}: misleads is empty in {named(empty)}; fill every row")
    if not ratings:
        raise SheetError(f"{path} has no rows; send the filled sheet")
    return ratings


def _decoded(data: bytes) -> str:
    """Decode what a spreadsheet saved: UTF-8, UTF-16 with its mark, or else Windows' Western European."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


# The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a sheet, or read two. Exit codes: 0 done, 2 the call or a file is wrong."""
    parser = argparse.ArgumentParser(prog="python -m eval.raters", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    sheet = commands.add_parser("sheet", help="write a blind sheet, and its key beside it")
    sheet.add_argument("out", type=Path, metavar="OUT.csv")
    sheet.add_argument("answers", nargs="+", type=Path, metavar="ANSWERS.jsonl", help="one system's answers each")
    sheet.add_argument("--corpus", type=Path, default=Path("corpus"))
    sheet.add_argument("--count", type=int, help="items at most")
    read = commands.add_parser("read", help="read two filled sheets")
    read.add_argument("sheets", nargs=2, type=Path, metavar="FILLED.csv")
    for each in (sheet, read):
        each.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        if options.command == "sheet":
            _write(options)
        else:
            first, second = map(read_sheet, options.sheets)
            _report(compare(first, second, options.seed))
    except (SheetError, ForeignError, AssistantError) as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    return 0


def _write(options: argparse.Namespace) -> None:
    judge = Judge(load_library(options.corpus))
    judged = {str(path): [judge.judge(answer) for answer in read_answers(path)] for path in options.answers}
    items = items_of(judged, options.seed)[: options.count]
    key = options.out.with_name(f"{options.out.stem}.key.csv")
    # With a byte-order mark, or Excel would not take it for UTF-8.
    options.out.write_text(sheet_csv(items), "utf-8-sig", newline="")
    key.write_text(key_csv(items), "utf-8-sig", newline="")
    print(f"{options.out}: {len(items)} items, for the raters; {key}: which system each came from, not for them")


def _report(found: Agreement) -> None:
    count = len(found.items)
    print(f"agreement          {share(found.agreed, count)}")
    interval = found.kappa_interval
    span = f" (95 % interval {interval[0]:.2f} to {interval[1]:.2f}, bootstrap)" if interval else ""
    kappa = "not defined: one value throughout" if found.kappa is None else f"{found.kappa:.2f}{span}"
    print(f"Cohen's kappa      {kappa}")
    print(f"context preserved  {share(found.preserved, count)}: both raters say it does not mislead")
    for item, one, other in found.disagreements:
        notes = "; ".join(note for note in (one.note, other.note) if note)
        print(f"they differ on {item}: {one.misleads} and {other.misleads}{f' ({notes})' if notes else ''}")


if __name__ == "__main__":
    sys.exit(main())
