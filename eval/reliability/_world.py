"""A small world to be damaged: the fictional entries under a tiny encoder, so that a build takes a part of a second."""

import os
import shutil
import string
from dataclasses import dataclass
from pathlib import Path

from assistant.index.build import build_snapshot
from assistant.index.sealed import SNAPSHOT_ID, current_id, read_manifest, verified_files
from assistant.library.manifest import load_library
from assistant.library.model import Library

ENTRIES = Path(__file__).parents[2] / "tests" / "data" / "entries"


def make_tiny_encoder(folder: Path) -> str:
    """Write a sentence-transformers model that knows letters only: one narrow layer, untrained. Return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    letters = string.printable[:94]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=512,
    )
    BertModel(config).save_pretrained(folder / "bert")
    BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)}).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=512)
    SentenceTransformer(modules=[transformer, Pooling(8)], device="cpu").save(str(folder / "model"))
    return str(folder / "model")


def without(library: Library, entry_id: str) -> Library:
    """Return a library with one entry withdrawn."""
    kept = tuple(entry for entry in library.entries if entry.id != entry_id)
    return Library(kept, library.withdrawn | {entry_id})


@dataclass(frozen=True, slots=True)
class World:
    """One library as it stands and as it is to become, each built once."""

    encoder: str
    before: Library
    after: Library
    pristine: Path
    """An index of `before`; not to be changed."""
    ids: tuple[str, str]
    """The snapshots of `before` and `after`."""

    @classmethod
    def made(cls, folder: Path, encoder: str = "") -> "World":
        """Build both in a folder, with a tiny encoder unless one is named."""
        encoder = encoder or make_tiny_encoder(folder)
        before = load_library(ENTRIES)
        after = without(before, before.entries[0].id)
        pristine, other = folder / "pristine", folder / "other"
        build_snapshot(before, pristine, encoder)
        shutil.copytree(pristine, other, copy_function=os.link)
        build_snapshot(after, other, encoder)
        return cls(encoder, before, after, pristine, (current_id(pristine), current_id(other)))


def fresh(pristine: Path, index: Path, *, linked: bool = True) -> Path:
    """Put a copy of an index in a place, its files linked: replace them, do not write into them."""
    shutil.rmtree(index, ignore_errors=True)
    return shutil.copytree(pristine, index, copy_function=os.link if linked else shutil.copy2)


def snapshots_in(index: Path) -> list[str]:
    """Return the ids that folders of an index have."""
    return sorted(path.name for path in index.iterdir() if SNAPSHOT_ID.fullmatch(path.name))


def partial_in(index: Path) -> str:
    """Return what is wrong with an index whose every snapshot should be whole; nothing when nothing is.

    Raises:
        SnapshotError: a snapshot is not as built.
    """
    for each in snapshots_in(index):
        verified_files(index, each, read_manifest(index, each)["files"])
    odd = [
        path.name
        for path in index.iterdir()
        if path.name != "CURRENT" and not path.name.startswith(".") and not SNAPSHOT_ID.fullmatch(path.name)
    ]
    return f"{odd[0]} stands beside the snapshots" if odd else ""
