"""The protocol that a searcher is measured by: JSON lines on stdin and stdout, one answer a line asked.

A peer's script imports this module and its own library, nothing else of the project: it runs in the peer's environment.
What a library prints goes to stderr, so that stdout holds answers only. Standard library only.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Text:
    """One document as it is indexed."""

    id: str
    title: str
    body: str

    @property
    def whole(self) -> str:
        """The title and the body, parted by a line's end; what a peer indexes."""
        return f"{self.title}\n{self.body}" if self.title.strip() and self.title != self.body else self.body


class Peer(Protocol):
    """A library that searches: its index is built once, and opened by one process after another."""

    def index(self, texts: Sequence[Text], encoder: Path, folder: Path) -> None:
        """Index texts with the encoder in a folder, and save what `open` needs in another, empty one."""

    def open(self, encoder: Path, folder: Path, *, hybrid: bool) -> None:
        """Open what was saved: to search by vectors and words when `hybrid`, else as the library does by itself."""

    def search(self, question: str, limit: int) -> Iterable[str]:
        """Return the ids of the documents found, best first; one may stand twice, and more than the limit may come."""

    def encode(self, question: str) -> object:
        """Encode a question as `search` does, and do no more."""


def read_texts(path: Path) -> list[Text]:
    """Read documents: JSON lines with `id`, `title` and `body`."""
    with path.open(encoding="utf-8") as lines:
        return [Text(**json.loads(line)) for line in lines]


def write_texts(texts: Iterable[Text], path: Path) -> None:
    """Write documents for `read_texts`."""
    lines = (json.dumps({"id": each.id, "title": each.title, "body": each.body}) + "\n" for each in texts)
    path.write_text("".join(lines), encoding="utf-8")


def first_of_each(found: Iterable[str], limit: int) -> list[str]:
    """Return the first so many different ids, in order: a document is as good as its best chunk."""
    return list(dict.fromkeys(found))[:limit]


def serve(peer: Peer) -> None:
    """Do what each line of stdin says until it ends; print one JSON object a line.

    `{"do": "index", "texts", "encoder", "folder"}`, `{"do": "open", "encoder", "folder", "hybrid"}`,
    `{"do": "search", "question", "limit"}` and `{"do": "encode", "question"}`. An answer holds the `seconds` that the
    doing took, the `processor` seconds of it, those of the process so far as `lived` and, of a search, the ids `found`;
    or, of a failure, `error`.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        try:
            said = _do(peer, json.loads(line))
        except Exception as error:  # whatever a peer's library raises is the peer's failure, told on one line
            said = {"error": " ".join(f"{type(error).__name__}: {error}".split())[:300]}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def _do(peer: Peer, asked: dict[str, Any]) -> dict[str, object]:
    done: dict[str, object] = {}
    texts = read_texts(Path(asked["texts"])) if asked["do"] == "index" else []
    started, worked = time.perf_counter(), time.process_time()
    if asked["do"] == "index":
        peer.index(texts, Path(asked["encoder"]), Path(asked["folder"]))
    elif asked["do"] == "open":
        peer.open(Path(asked["encoder"]), Path(asked["folder"]), hybrid=asked["hybrid"])
    elif asked["do"] == "search":
        done["found"] = first_of_each(peer.search(asked["question"], asked["limit"]), asked["limit"])
    elif asked["do"] == "encode":
        peer.encode(asked["question"])
    else:
        raise ValueError(f"nothing is done for {asked['do']!r}")
    took, lived = time.perf_counter() - started, time.process_time()
    return {"seconds": took, "processor": lived - worked, "lived": lived, **done}
