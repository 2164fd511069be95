"""Indexing: the library of a data set, built into a snapshot once and kept in a folder named by its content.

The same library opens the same folder. What is there is checked as every snapshot is, and rebuilt where the encoder or
the program has changed; texts that have not changed are not embedded again.
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import assistant.index
from assistant.errors import SnapshotError
from assistant.index.build import build_snapshot
from assistant.index.encoder import Vectors
from assistant.index.export import fingerprint
from assistant.index.sealed import encode_json
from assistant.index.shelf import library_to_json
from assistant.index.snapshot import Snapshot, load_library_of, load_snapshot
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER

MAKER = "MAKER"
"""The file beside an index that says which program built it."""
PART = 1000
"""Entries by which a build grows."""
EVERY = 1000
"""Texts between two lines of progress."""


def default_cache() -> Path:
    """Return the folder where indexes are kept when none is named: one of the machine's temporary ones."""
    return Path(tempfile.gettempdir()) / "assistant-eval"


def open_index(library: Library, cache: Path, *, like: Library | None = None) -> Snapshot:
    """Build a library's snapshot, or take it from the cache, and load it.

    Args:
        library: what to index.
        cache: the folder of indexes; this one's is named by the sha256 of the library's content.
        like: one opened before that has most of its texts, which then need not be embedded again.

    Raises:
        LibraryError: nothing in the library, or in a part of it, can be quoted.
        SnapshotError: the cache cannot be written, or another process is building the same index.
    """
    folder = cache / _name_of(library)
    if like is not None and not folder.exists():
        shutil.copytree(cache / _name_of(like), folder, ignore=shutil.ignore_patterns(MAKER))
    folder.mkdir(parents=True, exist_ok=True)
    maker, program = folder / MAKER, _program()
    if not maker.is_file() or maker.read_text(encoding="utf-8") != program:
        say(f"indexing {len(library.entries):,} entries in {folder}")
        # In growing parts: what one build has embedded the next one takes over, so a stop loses one part at most.
        count = len(library.entries)
        for end in (*range(_built(folder) + PART, count, PART), count):
            build_snapshot(Library(library.entries[:end]), folder, PACKAGED_ENCODER, _progress)
        maker.write_text(program, encoding="utf-8")
    return load_snapshot(folder, PACKAGED_ENCODER)


def _built(folder: Path) -> int:
    """Return how many entries the index in a folder holds; 0 of none, or of a damaged one."""
    try:
        return len(load_library_of(folder).entries)
    except SnapshotError:
        return 0


def _program() -> str:
    """Return a digest of the code that builds indexes and of the encoder: what else an index depends on."""
    code = Path(assistant.index.__file__).parent.glob("*.py")
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(code)]
    return hashlib.sha256("".join([fingerprint(PACKAGED_ENCODER), *digests]).encode()).hexdigest()


def _name_of(library: Library) -> str:
    return hashlib.sha256(encode_json(library_to_json(library))).hexdigest()[:32]


def say(line: str) -> None:
    """Tell the person waiting how far it is, on stderr: stdout is for the figures alone."""
    print(line, file=sys.stderr, flush=True)


def _progress(items: Iterable[Vectors], what: str, total: int) -> Iterator[Vectors]:
    for number, item in enumerate(items, start=1):
        if number % EVERY == 0 or number == total:
            say(f"{what}: {number:,} of {total:,}")
        yield item
