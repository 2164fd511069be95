"""Check: what a person should mend or refuse before the library answers anyone.

An entry by itself, and the library as a whole: its files against the manifest, its entries against one another. Each
finding names the file and line, the fact and the remedy. What a file holds never raises. A clean lint is no approval:
only the manifest approves. Must not know of search or answers, nor how a rule finds its fault.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.errors import LibraryError, ManifestError
from assistant.library.corrections import correct_marks
from assistant.library.defects import body_start, find_defects
from assistant.library.findings import Fault, Finding
from assistant.library.intrusions import find_intrusions
from assistant.library.links import LINK_REMEDY, find_shop_links, link_fault
from assistant.library.manifest import NAME, Row, read_file, read_manifest
from assistant.library.model import Entry
from assistant.library.parse import check_tiling, parse_entry

__all__ = ["Finding", "check_corpus", "check_entry"]

TWIN = 0.5
"""Two entries are near-duplicates when this share of one's five-word runs, from 0 to 1, stands in the other too."""


def check_entry(entry: Entry) -> list[Finding]:
    """Lint one entry.

    Returns:
        Findings by line, then code; of each level and code the first on its line.
    """
    newlines = [-1, *(match.start() for match in re.finditer("\n", entry.text))]

    def finding(fault: Fault) -> Finding:
        offset, level, code, message = fault
        return Finding(entry.file, bisect_right(newlines, offset - 1) if offset >= 0 else 0, level, code, message)

    found = [finding(fault) for fault in (*find_defects(entry), *find_intrusions(entry.text))]
    found += [finding(fault) for fault in find_shop_links(entry.text) if fault[0] >= body_start(entry)]
    found = list({(one.line, one.level, one.code, one.line or one.message): one for one in reversed(found)}.values())
    stored = entry.text.casefold()
    stated = (("title", (entry.title,)), ("subjects", entry.subjects), ("aliases", entry.aliases))
    for name, values in (*stated, ("provenance", (entry.provenance,))):
        for value in values:
            if value.casefold() not in stored:
                for _, level, code, message in find_intrusions(value):
                    found.append(Finding(entry.file, 0, level, code, f"in its {name}: {message}"))
    return _in_order(found)


def check_corpus(corpus: Path) -> list[Finding]:
    """Lint a corpus: its manifest, each approved entry, and the entries against one another; none that is withdrawn.

    A manifest that cannot be read to its end is the only finding: nothing is served from it until it is mended.

    Returns:
        Findings by file, line and code.

    Raises:
        ManifestError: no corpus folder, or no manifest in it that can be opened.
    """
    try:
        rows = read_manifest(corpus)
    except ManifestError as error:
        if not (corpus / NAME).is_file():
            raise
        place = re.search(rf"{re.escape(NAME)}:(\d+): ", str(error))
        return [Finding(NAME, int(place[1]) if place else 0, "error", "bad-manifest", f"{error}; no entry was checked")]
    entries: list[Entry] = []
    found: list[Finding] = []
    for row in rows:
        if row.stated.status == "approved":
            entry, faults = _read(corpus, row)
            found += faults
            if entry is not None:
                entries.append(entry)
                found += check_entry(entry)
    found += _unlisted(corpus, {row.stated.file for row in rows})
    found += _doubled(entries)
    found += _near_duplicates(entries)
    return _in_order(found)


def _in_order(found: Sequence[Finding]) -> list[Finding]:
    return sorted(set(found), key=lambda one: (one.file, one.line, one.code, one.message))


# The library as a whole


def _read(corpus: Path, row: Row) -> tuple[Entry | None, list[Finding]]:
    """Read one approved file; an altered one is read all the same, for whoever must decide on it."""
    file = row.stated.file
    found: list[Finding] = []

    def fault(code: str, fact: str) -> None:
        line = re.match(rf"{re.escape(file)}:(\d+): ", fact)
        found.append(Finding(file, int(line[1]) if line else 0, "error", code, fact))

    try:
        data = read_file(corpus / file, within=corpus)
    except (ManifestError, LibraryError) as error:
        fault("unreadable-file" if (corpus / file).is_file() else "missing-file", str(error))
        return None, found
    if hashlib.sha256(data).hexdigest() != row.sha256:
        fault("altered-file", f"{file} is not as approved; restore it, or read it and approve it with `assistant add`")
    if row.stated.url and (wrong := link_fault(row.stated.url)):
        fault("bad-link", f"its url in the manifest, {row.stated.url[:80]!r}, {wrong}; {LINK_REMEDY}")
    try:
        entry = parse_entry(data, row.stated)
        check_tiling(entry)
    except LibraryError as error:
        fault("unreadable-file", str(error))
        return None, found
    if row.stated.marks:
        plain = parse_entry(data, replace(row.stated, marks=()))
        for each in row.stated.marks:
            if correct_marks(plain.units, plain.text, [each], file) == plain.units:
                fact = f"the manifest's correction of marks {str(each)!r} changes nothing; take it out, or mend it"
                found.append(Finding(file, each.line, "warning", "idle-correction", fact))
    return entry, found


def _unlisted(corpus: Path, listed: set[str]) -> Iterator[Finding]:
    """Find entries that lie in the corpus and in no row; a folder with a manifest of its own is another corpus."""
    others = [path.parent for path in corpus.glob(f"*/**/{NAME}")]
    for path in corpus.rglob("*"):
        name = path.relative_to(corpus).as_posix()
        is_entry = path.suffix.lower() in (".md", ".txt") and path.stem.upper() != "README" and path.is_file()
        if is_entry and name not in listed and not any(path.is_relative_to(other) for other in others):
            fact = f"{name} is in no row of the manifest, so it is not served; `assistant add` it or move it away"
            yield Finding(name, 0, "warning", "unlisted-file", fact)


def _doubled(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find names that lead to entries on different main subjects; a main subject counts as a name."""
    titles = [(" ".join(entry.title.casefold().split()), entry) for entry in entries if entry.title]
    names = [(name, entry) for entry in entries for name in entry.subjects[:1]]
    names += [(name, entry) for entry in entries for name in entry.aliases]
    for code, what, claimed in (("doubled-title", "title", titles), ("doubled-alias", "alias", names)):
        owners: dict[str, Entry] = {}
        for name, entry in claimed:
            owner = owners.setdefault(name, entry)
            if owner.subjects[:1] != entry.subjects[:1]:
                subject = " ".join(owner.subjects[:1]) or "an unknown subject"
                fact = f"the {what} {name!r} also leads to {owner.file}, on {subject!r}; keep it in one of them"
                yield Finding(entry.file, 0, "warning", code, fact)


_RUN = 5


def _near_duplicates(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find entries that share most of their wording with another: each with the one it shares the most with.

    The runs of five words of all entries stand in one sorted list, so that an entry is compared only with those that
    have a run in common with it.
    """
    numbers: dict[str, int] = {}
    runs = [_runs_of_words(entry, numbers) for entry in entries]
    values = np.concatenate([np.empty(0, dtype=np.uint64), *runs])
    owners = np.repeat(np.arange(len(runs)), [len(each) for each in runs])
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]
    found: dict[tuple[str, str], float] = {}
    for number, own in enumerate(runs):
        first, last = np.searchsorted(values, own, "left"), np.searchsorted(values, own, "right")
        if np.count_nonzero(last - first > 1) < max(TWIN * len(own), 1):
            continue
        holders = np.concatenate([owners[start:end] for start, end in zip(first, last, strict=True)])
        shared = np.bincount(holders, minlength=len(runs))
        shared[number] = 0
        other = int(shared.argmax())
        if shared[other] >= TWIN * len(own):
            one, two = sorted((entries[number].file, entries[other].file))
            found[one, two] = max(found.get((one, two), 0.0), float(shared[other]) / len(own))
    for (one, two), share in found.items():
        fact = f"{share:.0%} of the wording of one also stands in the other, {one}; withdraw one of the two"
        yield Finding(two, 0, "warning", "near-duplicate", fact)


def _runs_of_words(entry: Entry, numbers: dict[str, int]) -> NDArray[np.uint64]:
    """Return a hash of each run of five words in what may be quoted, once, sorted; `numbers` grows by new words."""
    quotable = (unit.span.of(entry.text).casefold() for unit in entry.units if unit.quotable)
    words = [word for passage in quotable for word in re.findall(r"\w+", passage)]
    ids = np.array([numbers.setdefault(word, len(numbers) + 1) for word in words], dtype=np.uint64)
    if len(ids) < _RUN:
        return np.empty(0, dtype=np.uint64)
    total = np.zeros(len(ids) - _RUN + 1, dtype=np.uint64)
    for place in range(_RUN):
        # Polynomial hashing modulo 2^64; Knuth's multiplier spreads the small word numbers.
        total = (total + ids[place : place + len(total)]) * np.uint64(6364136223846793005)
    return np.unique(total)
