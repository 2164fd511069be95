"""Approving: a person says that a file may be served. The file is checked first, and its hash recorded."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import ManifestError
from assistant.library.check import Finding, check_entry
from assistant.library.manifest import NAME, Row, read_file, read_manifest, replace_file, split_list, write_manifest
from assistant.library.model import Entry
from assistant.library.parse import CONFIDENCES, Stated, check_tiling, front_matter, is_safe_url, parse_entry


@dataclass(frozen=True, slots=True)
class Stating:
    """What a person states of the files they approve; an empty value leaves it to the front matter."""

    id: str = ""
    title: str = ""
    url: str = ""
    subjects: str = ""
    """Separated by `|`, the main one first."""
    aliases: str = ""
    last_reviewed: str = ""
    confidence: str = ""
    provenance: str = ""


def approve_files(corpus: Path, files: Sequence[Path], stating: Stating) -> tuple[list[Entry], list[Finding]]:
    """Check files and approve them all into the manifest, or none.

    A file outside the corpus is copied into its `library` folder. A file that the manifest already names is approved
    anew, with what is stated now laid over what was stated before.

    Returns:
        The entries, and what the check found; when an error is among the findings, nothing was written.

    Raises:
        ManifestError: a file is missing, a name is taken, or a value cannot stand in the manifest.
        LibraryError: a file cannot be read as an entry.
    """
    if len(files) > 1 and (stating.id or stating.title or stating.url):
        raise ManifestError("an id, a title or a URL is one entry's; add the files one by one")
    if stating.url and not is_safe_url(stating.url):
        raise ManifestError(f"url is {stating.url!r}; it must be an https address")
    if stating.confidence.lower() not in CONFIDENCES:
        raise ManifestError(f"confidence is {stating.confidence!r}; it must be strong, moderate, limited or empty")
    rows = read_manifest(corpus) if (corpus / NAME).exists() else []
    copies: dict[Path, bytes] = {}
    entries: list[Entry] = []
    findings: list[Finding] = []
    for file in files:
        if not file.is_file():
            raise ManifestError(f"no file {file}; name the file of an entry, .md or .txt")
        data = read_file(file)
        target = _place(corpus, file)
        name = target.relative_to(corpus).as_posix()
        if not name.isprintable():
            raise ManifestError(f"the name {name!r} holds characters that cannot be written down; rename the file")
        row = _row(rows, name, data, stating)
        entry = parse_entry(data, row.stated)
        check_tiling(entry)
        entries.append(entry)
        findings += check_entry(entry)
        if copies.get(target, data) != data or (target.exists() and target.read_bytes() != data):
            raise ManifestError(f"another file stands at {target}; replace it yourself, or rename {file.name}")
        if not target.exists():
            copies[target] = data
        rows = [row if each.stated.file == name else each for each in rows]
        if row not in rows:
            rows = [*rows, row]
    if any(finding.level == "error" for finding in findings):
        return entries, findings
    corpus.mkdir(parents=True, exist_ok=True)
    try:
        for target, data in copies.items():
            target.parent.mkdir(exist_ok=True)
            replace_file(target, data)
        write_manifest(corpus, rows)
    except BaseException:
        for target in copies:
            target.unlink(missing_ok=True)
        raise
    return entries, findings


def _place(corpus: Path, file: Path) -> Path:
    """Return where a file stands, or is to be copied to, in the corpus."""
    if file.resolve().is_relative_to(corpus.resolve()):
        return corpus / file.resolve().relative_to(corpus.resolve())
    return corpus / "library" / file.name


def _row(rows: Sequence[Row], name: str, data: bytes, stating: Stating) -> Row:
    front = front_matter(data, name)
    before = next((row.stated for row in rows if row.stated.file == name), None)
    entry_id = stating.id or (before.id if before else "") or _slug(front.get("slug", "") or Path(name).stem)
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", entry_id):
        raise ManifestError(f"id is {entry_id!r}; use small letters, digits, dots, dashes, at most 64")
    if any(row.stated.id == entry_id and row.stated.file != name for row in rows):
        raise ManifestError(f"the id {entry_id!r} is another file's; give {name} its own with --id")
    old = before or Stated(id=entry_id, file=name)
    stated = replace(
        old,
        id=entry_id,
        title=" ".join(stating.title.split()) or old.title,
        url=stating.url or old.url,
        subjects=split_list(stating.subjects) or old.subjects,
        aliases=split_list(stating.aliases) or old.aliases,
        last_reviewed=stating.last_reviewed or old.last_reviewed,
        confidence=stating.confidence.lower() or old.confidence,
        provenance=" ".join(stating.provenance.split()) or old.provenance,
        status="approved",
    )
    return Row(stated, hashlib.sha256(data).hexdigest())


def _slug(text: str) -> str:
    """Make an id of a slug or a file's name: small letters, digits and dashes, at most 64."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-") or "entry"


def withdraw_entries(corpus: Path, ids: Sequence[str], provenance: str) -> list[str]:
    """Mark entries as withdrawn in the manifest.

    Args:
        corpus: the corpus folder.
        ids: the entries.
        provenance: instead of ids, every approved entry of this provenance.

    Returns:
        The ids that were approved and are not any more.

    Raises:
        ManifestError: the manifest has no such entry.
    """
    rows = read_manifest(corpus)
    known = {row.stated.id for row in rows}
    if missing := [each for each in ids if each not in known]:
        raise ManifestError(f"no entry {missing[0]!r} in {corpus / NAME}; it has {', '.join(sorted(known)[:8])}")
    chosen = {
        row.stated.id for row in rows if row.stated.id in ids or (provenance and row.stated.provenance == provenance)
    }
    withdrawn = [row.stated.id for row in rows if row.stated.id in chosen and row.stated.status == "approved"]
    write_manifest(
        corpus, [Row(replace(r.stated, status="withdrawn"), r.sha256) if r.stated.id in chosen else r for r in rows]
    )
    return withdrawn
