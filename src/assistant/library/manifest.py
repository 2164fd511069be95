"""The manifest: what a person has approved to be served, by the hash of each file.

Only a row here, with the file's own sha256, lets words into the library. Reading never repairs; writing replaces the
file whole, so that a crash leaves the old one, and writes nothing that would not read back the same.
"""

import csv
import hashlib
import io
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from assistant.errors import LibraryError, ManifestError
from assistant.library.corrections import read_marks, read_sections
from assistant.library.model import Entry, Library
from assistant.library.parse import MAX_BYTES, Stated, check_tiling, parse_entry

NAME = "manifest.csv"
COLUMNS = (
    "id",
    "file",
    "sha256",
    "title",
    "url",
    "subjects",
    "aliases",
    "last_reviewed",
    "confidence",
    "provenance",
    "status",
)
OPTIONAL = ("sections", "marks")
"""What a person has corrected, as `corrections` reads it."""
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
Status = Literal["approved", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Row:
    """One approved or withdrawn entry: what is stated of it, and the sha256 of the file as it was approved."""

    stated: Stated
    sha256: str


def read_manifest(corpus: Path) -> list[Row]:
    """Read `manifest.csv` of a corpus folder.

    Raises:
        ManifestError: no folder, no manifest, or a malformed row, with its line.
    """
    path = corpus / NAME
    if not corpus.is_dir():
        raise ManifestError(f"no corpus folder at {corpus}; name another with --corpus")
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ManifestError(
            f"no {NAME} in {corpus}; approve a file with `assistant add FILE --corpus {corpus}`"
        ) from None
    except OSError as error:
        raise ManifestError(f"{path} cannot be read ({error.strerror}); give it back its place and rights") from None
    except UnicodeDecodeError:
        raise ManifestError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    return _rows_in(content, path)


def _rows_in(content: str, path: Path) -> list[Row]:
    try:
        lines = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    except csv.Error as error:
        raise ManifestError(f"{path} is not a comma-separated table: {error}") from None
    if not lines:
        raise ManifestError(f"{path} is empty; its first line must be {','.join(COLUMNS)}")
    header = [name.strip() for name in lines[0]]
    if missing := [name for name in COLUMNS if name not in header]:
        raise ManifestError(f"{path}:1: no column {missing[0]!r}; the first line must be {','.join(COLUMNS)}")
    if odd := [name for name, times in Counter(header).items() if times > 1 or name not in COLUMNS + OPTIONAL]:
        raise ManifestError(
            f"{path}:1: column {odd[0]!r} is unknown or doubled; the first line must be {','.join(COLUMNS)}"
        )
    rows: list[Row] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise ManifestError(
                f"{path}:{number}: {len(cells)} cells under {len(header)} columns; quote cells that hold a comma"
            )
        rows.append(_row(dict(zip(header, (cell.strip() for cell in cells), strict=True)), f"{path}:{number}"))
    for kind, values in (("id", [row.stated.id for row in rows]), ("file", [row.stated.file for row in rows])):
        if doubled := sorted(value for value, times in Counter(values).items() if times > 1):
            raise ManifestError(f"{path}: {kind} {doubled[0]!r} stands in more than one row; each needs its own")
    return rows


def _row(cells: dict[str, str], place: str) -> Row:
    status = cells["status"]
    if status not in get_args(Status):
        raise ManifestError(f"{place}: status is {status!r}; it must be approved or withdrawn")
    if not _ID.fullmatch(cells["id"]):
        raise ManifestError(f"{place}: id is {cells['id']!r}; use small letters, digits, dots, dashes, at most 64")
    if not re.fullmatch(r"[0-9a-f]{64}", cells["sha256"]):
        raise ManifestError(f"{place}: sha256 is not 64 hex digits; run `assistant add` again for this file")
    file = Path(cells["file"])
    if not cells["file"] or file.is_absolute() or ".." in file.parts:
        raise ManifestError(f"{place}: file is {cells['file']!r}; it must be a path inside the corpus folder")
    stated = Stated(
        id=cells["id"],
        file=file.as_posix(),
        title=cells["title"],
        url=cells["url"],
        subjects=split_list(cells["subjects"]),
        aliases=split_list(cells["aliases"]),
        last_reviewed=cells["last_reviewed"],
        confidence=cells["confidence"],
        provenance=cells["provenance"],
        status="withdrawn" if status == "withdrawn" else "approved",
        sections=read_sections(cells.get("sections", ""), place),
        marks=read_marks(cells.get("marks", ""), place),
    )
    return Row(stated, cells["sha256"])


def split_list(cell: str) -> tuple[str, ...]:
    """Split a cell of values separated by `|`, small letters, without doubles, in order."""
    return tuple(dict.fromkeys(value for part in cell.split("|") if (value := " ".join(part.split()).lower())))


def load_library(corpus: Path) -> Library:
    """Read every approved entry of a corpus, each checked against the hash it was approved with.

    Raises:
        ManifestError: the manifest is malformed, approves nothing, or a file is missing or not as approved.
        LibraryError: a file cannot be read as an entry.
    """
    rows = read_manifest(corpus)
    entries = [load_entry(corpus, row) for row in rows if row.stated.status == "approved"]
    if not entries:
        raise ManifestError(
            f"{corpus / NAME} approves no entry; approve one with `assistant add FILE --corpus {corpus}`"
        )
    return Library(tuple(entries), frozenset(row.stated.id for row in rows if row.stated.status == "withdrawn"))


def load_entry(corpus: Path, row: Row) -> Entry:
    """Read one entry as its row approves it.

    Raises:
        ManifestError: the file is missing, outside the corpus, or has another sha256.
        LibraryError: it cannot be read as an entry.
    """
    data = read_file(corpus / row.stated.file, within=corpus)
    found = hashlib.sha256(data).hexdigest()
    if found != row.sha256:
        raise ManifestError(
            f"{row.stated.file} is not the file that was approved (sha256 {found[:12]}…, approved {row.sha256[:12]}…); "
            f"restore it, or approve the new text with `assistant add {corpus / row.stated.file} --corpus {corpus}`"
        )
    entry = parse_entry(data, row.stated)
    check_tiling(entry)
    return entry


def read_file(path: Path, *, within: Path | None = None) -> bytes:
    """Return a library file's bytes.

    Raises:
        ManifestError: missing, not a plain file, or outside the folder it must be within (by a link, say).
        LibraryError: too large to be one entry.
    """
    if not path.is_file():
        raise ManifestError(f"no file {path}; restore it, or take its row out of the manifest")
    if within is not None and not path.resolve().is_relative_to(within.resolve()):
        raise ManifestError(f"{path} leads out of {within}; put the file itself there")
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise LibraryError(
                f"{path}: {size:,} bytes; an entry may have {MAX_BYTES:,}, so split it or send the right file"
            )
        return path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path} cannot be read ({error.strerror}); give it back its rights") from None


def write_manifest(corpus: Path, rows: Sequence[Row]) -> None:
    """Replace the manifest with these rows, in this order, at once or not at all.

    Raises:
        ManifestError: a row would not read back as it is, such as a title that ends in a space; nothing is written.
    """
    columns = COLUMNS + tuple(name for name in OPTIONAL if any(getattr(row.stated, name) for row in rows))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        stated = row.stated
        writer.writerow(
            {
                "id": stated.id,
                "file": stated.file,
                "sha256": row.sha256,
                "title": stated.title,
                "url": stated.url,
                "subjects": "|".join(stated.subjects),
                "aliases": "|".join(stated.aliases),
                "last_reviewed": stated.last_reviewed,
                "confidence": stated.confidence,
                "provenance": stated.provenance,
                "status": stated.status,
                "sections": "|".join(f"{line}={name}" for line, name in stated.sections),
                "marks": "|".join(str(each) for each in stated.marks),
            }
        )
    content = buffer.getvalue()
    for row, read in zip(rows, _rows_in(content, corpus / NAME), strict=True):
        if row != read:
            raise ManifestError(
                f"the row of {row.stated.id!r} would not read back as it is; it has odd spaces or capitals"
            )
    try:
        data = content.encode()
    except UnicodeEncodeError as error:
        raise ManifestError(f"a row holds {content[error.start]!r}, which is no letter; type its words again") from None
    replace_file(corpus / NAME, data)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file aside, sync it, and put it in place in one step."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
