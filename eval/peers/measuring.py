"""Measuring: what a contender finds, how long that takes, and what it takes up.

Times are of one question after another in the contender's process. Beside the wall's time stands that of the
processor, which other work on the machine disturbs far less, and beside a search the encoder alone, asked in turn.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.beir import Collection
from eval.indexing import say
from eval.peers.contenders import Contender
from eval.peers.protocol import Text, write_texts
from eval.peers.sessions import PeerError, Said, Session, session
from eval.retrieval import DEPTH, Row, measure_run
from eval.speed import percentile

SHORT = 10
"""Documents asked for while times are taken; for the measures it is `DEPTH`."""
WARM = 5
"""Questions asked before times are taken."""


@dataclass(frozen=True, slots=True)
class Built:
    """An index on disk."""

    texts: Path
    folder: Path
    seconds: float
    processor: float
    """Seconds of processor time that building took; more than `seconds` where several threads worked."""


@dataclass(frozen=True, slots=True)
class Round:
    """The times of one process. Milliseconds, but of a start seconds, and MiB."""

    start: float
    """From starting the process to its first answer, the index loaded from disk."""
    start_processor: float
    p50: float
    p95: float
    processor: float
    """The median of the processor's time for one search; so `encoder_processor`."""
    encoder_p50: float
    """The encoder alone, as this contender calls it."""
    encoder_processor: float
    resident: float
    load: float
    """The machine's load average over a minute, at the end."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One contender searching in one way, over one data set."""

    contender: Contender
    hybrid: bool
    python: Path
    encoder: Path
    patience: float

    def opened(self, running: Session, built: Built) -> Said:
        """Open the index in a process."""
        return running.ask(
            {"do": "open", "encoder": str(self.encoder), "folder": str(built.folder), "hybrid": self.hybrid}
        )


def write_set(name: str, collection: Collection, folder: Path) -> Path:
    """Write a data set's documents once, in a folder named by their content; return the file."""
    name = name.split()[0]
    waiting = folder / f"{name}-{os.getpid()}.tmp"
    folder.mkdir(parents=True, exist_ok=True)
    write_texts((Text(each.id, each.title, each.text) for each in collection.documents), waiting)
    home = folder / f"{name}-{hashlib.sha256(waiting.read_bytes()).hexdigest()[:16]}"
    home.mkdir(exist_ok=True)
    return waiting.replace(home / "texts.jsonl").absolute()


def build(contender: Contender, python: Path, encoder: Path, texts: Path, *, patience: float, anew: bool) -> Built:
    """Index documents by a contender, or take the index built before.

    Args:
        contender: whose index.
        python: the interpreter that runs it.
        encoder: the folder of the encoder.
        texts: the documents; the index goes beside them.
        patience: seconds that building may take.
        anew: build it even where it is there.

    Raises:
        PeerError: it is not built.
    """
    folder, note = texts.parent / contender.key, texts.parent / f"{contender.key}.json"
    if anew or not note.is_file():
        say(f"{contender.name} indexes {texts.parent.name}")
        note.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        asked = {"do": "index", "texts": str(texts), "encoder": str(encoder), "folder": str(folder)}
        with session(contender, python, patience=patience) as running:
            said = running.ask(asked)
        note.write_text(json.dumps({"seconds": said.seconds, "processor": said.processor}) + "\n", "utf-8")
    took = json.loads(note.read_text("utf-8"))
    return Built(texts, folder, float(took["seconds"]), float(took["processor"]))


def rank(subject: Subject, built: Built, collection: Collection) -> Row:
    """Measure what is found for every query.

    Raises:
        PeerError: it fails, or finds a document twice or one that it was not given.
    """
    known = {document.id for document in collection.documents}
    run: dict[str, Sequence[str]] = {}
    with session(subject.contender, subject.python, patience=subject.patience) as running:
        subject.opened(running, built)
        for query, text in collection.queries.items():
            found = running.ask({"do": "search", "question": text, "limit": DEPTH}).found
            if stranger := next((each for each in found if each not in known), None):
                raise PeerError(f"found {stranger!r}, which is no document it was given")
            if len(set(found)) < len(found):
                raise PeerError(f"found a document twice for query {query!r}")
            run[query] = found
    return measure_run(subject.contender.name, run, collection.qrels)


def time_round(subject: Subject, built: Built, questions: Sequence[str]) -> Round:
    """Start a contender, and time it.

    Raises:
        PeerError: it fails.
    """
    with session(subject.contender, subject.python, patience=subject.patience) as running:
        subject.opened(running, built)
        first = running.ask({"do": "search", "question": questions[0], "limit": SHORT})
        start = running.age
        for question in questions[:WARM]:
            running.ask({"do": "search", "question": question, "limit": SHORT})
            running.ask({"do": "encode", "question": question})
        searches, encodings = [], []
        for question in questions:
            searches.append(running.ask({"do": "search", "question": question, "limit": SHORT}))
            encodings.append(running.ask({"do": "encode", "question": question}))
        resident = running.resident
    return Round(
        start=start,
        start_processor=first.lived,
        p50=percentile([each.seconds for each in searches], 0.5),
        p95=percentile([each.seconds for each in searches], 0.95),
        processor=percentile([each.processor for each in searches], 0.5),
        encoder_p50=percentile([each.seconds for each in encodings], 0.5),
        encoder_processor=percentile([each.processor for each in encodings], 0.5),
        resident=resident,
        load=os.getloadavg()[0],
    )


def middle(rounds: Sequence[Round], figure: Callable[[Round], float]) -> float:
    """Return the median of a figure over rounds."""
    return float(np.median([figure(each) for each in rounds]))


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the table."""

    name: str
    way: str
    failure: str
    """Why there are no figures, on one line; empty when there are."""
    measured: Mapping[str, Row]
    """What was found, by data set."""
    rounds: Sequence[Round] = ()
    """Over the first data set."""
    built: Built | None = None
    """The index of the first data set."""
    sizes: tuple[float, float] | None = None
    """MB installed, with torch and without."""
