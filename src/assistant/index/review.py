"""The reviewed inventory: `inventory.csv` of a corpus, which a person reads and corrects, and the index follows.

A row belongs to a unit by its entry and the digest of the unit's exact words, so it lapses when the words change. Only
rows that say who reviewed them count; the others are there to be read. Must not guess: what is odd is reported.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import LibraryError
from assistant.index.chunks import quotable_places, unit_words
from assistant.index.inventory import Held, infer_held
from assistant.index.kinds import packaged_kinds
from assistant.index.lexicon import packaged_lexicon
from assistant.library.findings import Finding
from assistant.library.manifest import replace_file
from assistant.library.model import Library

NAME = "inventory.csv"
COLUMNS = ("entry", "section", "unit", "digest", "kinds", "about", "reviewed", "words")
MAX_BYTES = 64_000_000
"""Of the file: some hundred thousand units."""
_DIGEST = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file."""

    line: int
    """In the file, from 1; 0 for a row that was not read from one."""
    entry: str
    section: str
    unit: str
    """The unit's number when the row was written: for the reader only."""
    digest: str
    held: Held
    words: str


def digest_of(words: str) -> str:
    """Return the digest a unit's exact words are known by: the first 12 hex digits of their sha256."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def read_rows(corpus: Path) -> list[Row]:
    """Read `inventory.csv` of a corpus folder; a corpus without one has no rows.

    Raises:
        LibraryError: it cannot be read, is no table of these columns, or a row is malformed, with its line.
    """
    path = corpus / NAME
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LibraryError(f"{path} has more than {MAX_BYTES:,} bytes; write it again with `assistant inventory`")
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LibraryError(f"{path} cannot be read ({error.strerror}); give it back its place and rights") from None
    except UnicodeDecodeError:
        raise LibraryError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    return list(_rows_in(content, path))


def _rows_in(content: str, path: Path) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        header = next(reader, [])
        if tuple(name.strip() for name in header) != COLUMNS:
            raise LibraryError(
                f"{path}:1: the first line must be {','.join(COLUMNS)}; write it with `assistant inventory`"
            )
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(COLUMNS):
                raise LibraryError(
                    f"{path}:{line}: {len(cells)} cells under {len(COLUMNS)} columns; quote cells that hold a comma"
                )
            entry, section, unit, digest, kinds, about, reviewed, words = (cell.strip() for cell in cells)
            if not entry or not _DIGEST.fullmatch(digest):
                raise LibraryError(
                    f"{path}:{line}: a row needs an entry and a digest of 12 hex digits; take both from "
                    "`assistant inventory --write`"
                )
            yield Row(line, entry, section, unit, digest, Held(_split(kinds), _split(about), reviewed), words)
    except csv.Error as error:
        raise LibraryError(f"{path} is not a comma-separated table: {error}; write it again as CSV") from None


def _split(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in cell.split("|") if (name := " ".join(part.split()))))


def reviewed_units(library: Library, rows: Iterable[Row]) -> dict[tuple[str, int], Held]:
    """Return what has been reviewed, by entry id and unit number. A row that fits no unit says nothing.

    Raises:
        LibraryError: a reviewed row holds a kind that is not one of `kinds.toml`.
    """
    names = packaged_kinds().names
    by_digest: dict[tuple[str, str], Held] = {}
    for row in rows:
        if row.held.reviewed:
            if unknown := [kind for kind in row.held.kinds if kind not in names]:
                raise LibraryError(
                    f"{NAME}:{row.line}: no kind {unknown[0]!r}; `assistant inventory --kinds` lists them"
                )
            ordered = Held(tuple(sorted(row.held.kinds, key=names.index)), row.held.about, row.held.reviewed)
            by_digest[row.entry, row.digest] = ordered
    found: dict[tuple[str, int], Held] = {}
    for place in quotable_places(library):
        held = by_digest.get((place.entry_id, digest_of(library.by_id[place.entry_id].words(place.unit))))
        if held is not None:
            found[place.entry_id, place.unit] = held
    return found


def inventory_rows(library: Library, rows: Sequence[Row] = ()) -> list[Row]:
    """Return a row for every quotable unit in order, reviewed where `rows` have it, and then the lapsed ones.

    A lapsed row, reviewed but fitting no unit, has a dash for its unit: nobody's work is thrown away unseen.
    """
    kinds, lexicon = packaged_kinds(), packaged_lexicon()
    reviewed = {(row.entry, row.digest): row for row in rows if row.held.reviewed}
    made: list[Row] = []
    for place in quotable_places(library):
        entry = library.by_id[place.entry_id]
        digest = digest_of(entry.words(place.unit))
        before = reviewed.get((entry.id, digest))
        held = before.held if before else infer_held(entry, place.unit, kinds, lexicon)
        section = entry.section_of[place.unit].name
        label = entry.units[place.unit].label
        words = unit_words(entry, place.unit)
        shown = words if not label or words.startswith(label) else f"[{label}] {words}"
        made.append(Row(0, entry.id, section, str(place.unit), digest, held, shown))
    present = {(row.entry, row.digest) for row in made}
    made += [
        Row(0, row.entry, row.section, "-", row.digest, row.held, row.words)
        for key, row in reviewed.items()
        if key not in present
    ]
    return made


def write_rows(corpus: Path, rows: Sequence[Row]) -> None:
    """Replace `inventory.csv` with these rows, at once or not at all."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        kinds, about = "|".join(row.held.kinds), "|".join(row.held.about)
        writer.writerow(
            (row.entry, row.section, row.unit, row.digest, kinds, about, row.held.reviewed, " ".join(row.words.split()))
        )
    replace_file(corpus / NAME, buffer.getvalue().encode())


def check_rows(library: Library, rows: Sequence[Row]) -> list[Finding]:
    """Find what is wrong with the rows of a file: lapsed, doubled, of unknown kinds; and units nobody has reviewed."""
    names = packaged_kinds().names
    findings: list[Finding] = []
    units = {
        (place.entry_id, digest_of(library.by_id[place.entry_id].words(place.unit))): place.unit
        for place in quotable_places(library)
    }
    seen: dict[tuple[str, str], tuple[int, Held]] = {}
    for row in rows:
        key = (row.entry, row.digest)
        if key not in units:
            what = "the entry is not served" if row.entry not in library.by_id else "its words have changed"
            message = f"{row.entry} unit {row.unit}: {what}; review it anew, or take the row out"
            findings.append(Finding(NAME, row.line, "error", "lapsed", message))
        elif key in seen and seen[key][1] != row.held:
            message = f"{row.entry} unit {row.unit}: line {seen[key][0]} says otherwise of the same words; keep one"
            findings.append(Finding(NAME, row.line, "error", "doubled", message))
        seen[key] = (row.line, row.held)
        findings += [
            Finding(
                NAME,
                row.line,
                "error",
                "unknown-kind",
                f"{row.entry} unit {row.unit}: no kind {kind!r}; `assistant inventory --kinds` lists them",
            )
            for kind in row.held.kinds
            if kind not in names
        ]
    findings += _not_reviewed(units, seen)
    return findings


def _not_reviewed(
    units: Mapping[tuple[str, str], int], seen: Mapping[tuple[str, str], tuple[int, Held]]
) -> Iterator[Finding]:
    for key, unit in units.items():
        line, held = seen.get(key, (0, None))
        if held is None:
            message = f"{key[0]} unit {unit} has no row; run `assistant inventory --write`"
            yield Finding(NAME, 0, "warning", "no-row", message)
        elif not held.reviewed:
            message = f"{key[0]} unit {unit} is inferred only; read it, correct it, and fill in `reviewed`"
            yield Finding(NAME, line, "warning", "not-reviewed", message)
