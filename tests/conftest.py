"""What the tests share: one small real library, indexed once with the packaged encoder."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval.loopback import listening

from assistant.answering.reply import Desk, open_desk
from assistant.index.build import build_snapshot
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.library.manifest import Row, load_library, write_manifest
from assistant.library.model import Library
from assistant.library.parse import Stated
from assistant.serving.app import create_app
from assistant.settings import PACKAGED_ENCODER, Settings

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
"""Public data for measuring; absent on a user's machine, where the tests that need it skip."""

_ENTRIES = (
    (
        ROOT / "corpus" / "library" / "000_6903c3b35cf1f047.txt",
        Stated(
            id="magnesium-stress",
            file="magnesium.txt",
            title="How do stress and magnesium depletion reinforce each other?",
            url="https://nutritailor.co.uk/apps/learn/how-does-magnesium-depletion-from-stress-create-a-self-reinforcing-cycle",
            subjects=("magnesium", "stress"),
            aliases=("mg",),
            last_reviewed="2026-04-29",
            confidence="moderate",
            provenance="publisher",
        ),
    ),
    (
        ROOT / "tests/data/entries/velorin.md",
        Stated(id="velorin", file="velorin.md", subjects=("velorin",), provenance="fictional"),
    ),
    (
        ROOT / "tests/data/entries/thassic-oil.md",
        Stated(
            id="thassic-oil",
            file="thassic-oil.md",
            subjects=("thassic oil",),
            aliases=("thassic acid",),
            provenance="fictional",
        ),
    ),
    (
        ROOT / "tests/data/entries/quendrite.txt",
        Stated(
            id="quendrite",
            file="quendrite.txt",
            title="How does quendrite relate to soreness?",
            subjects=("quendrite",),
            provenance="fictional",
        ),
    ),
)


def write_corpus(folder: Path) -> Path:
    """Write the four-entry corpus, the given entry and three fictional ones, with its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for source, stated in _ENTRIES:
        shutil.copyfile(source, folder / stated.file)
        rows.append(Row(stated, hashlib.sha256(source.read_bytes()).hexdigest()))
    write_manifest(folder, rows)
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of four entries; not to be changed."""
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def library(corpus: Path) -> Library:
    """The four entries."""
    return load_library(corpus)


@pytest.fixture(scope="session")
def index(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built index of the four entries; not to be changed."""
    folder = tmp_path_factory.mktemp("index")
    build_snapshot(library, folder, PACKAGED_ENCODER)
    return folder


@pytest.fixture
def unfinished(library: Library, index: Path, tmp_path: Path) -> Path:
    """An index of one of the four entries: it has the encoder, and most texts are still to be embedded."""
    folder = tmp_path / "unfinished"
    shutil.copytree(index, folder)
    build_snapshot(Library(library.entries[-1:]), folder, PACKAGED_ENCODER)
    return folder


@pytest.fixture(scope="session")
def snapshot(index: Path) -> Snapshot:
    """The loaded snapshot of the four entries."""
    return load_snapshot(index, PACKAGED_ENCODER)


@pytest.fixture(scope="session")
def desk(snapshot: Snapshot) -> Desk:
    """The four entries, ready to answer."""
    return open_desk(snapshot, "GB")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data for measuring; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the public data for measuring is not on this machine (../shared/data)")
    return SHARED


@pytest.fixture(scope="session")
def served(index: Path, desk: Desk) -> Iterator[str]:
    """The address of the service over the four entries, on a free port of loopback."""
    app = create_app(Settings(index=index))
    app.state.service.desk = desk
    with listening(app) as address:
        yield address.rstrip("/")
