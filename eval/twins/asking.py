"""Asking: every twin of a batch, in process, of an index of its own library."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.answering.reply import Desk, open_desk
from assistant.index.build import build_snapshot
from assistant.index.snapshot import load_snapshot
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER
from eval.ask import InProcess
from eval.twins.judging import Judged, judge
from eval.twins.model import Batch, Check


@dataclass(frozen=True, slots=True)
class Asked:
    """A judged twin with how sure the assistant was that the library answers."""

    judged: Judged
    score: float
    """From 0 to 1; at most 0.5 when the answer was silent, so that no other reason for silence counts as sureness."""


def open_library(library: Library, index: Path) -> Desk:
    """Index a library into a folder and open it; texts that the folder's last library had are not embedded again.

    Raises:
        AssistantError: it cannot be indexed.
    """
    build_snapshot(library, index, PACKAGED_ENCODER)
    return open_desk(load_snapshot(index, PACKAGED_ENCODER), "GB")


def ask_batch(batch: Batch, desk: Desk) -> Iterator[Asked]:
    """Yield every twin of a batch judged, in order.

    Raises:
        RuleError: an answer breaks a rule of its own, which is a fault of the program and no failure of a twin.
    """
    system = InProcess(desk)
    by_entry: dict[str, list[Check]] = {}
    for check in batch.checks:
        by_entry.setdefault(check.entry_id, []).append(check)
    for twin in batch.twins:
        reply = system.ask(twin.question)
        quoted = {quote["entry"]["id"] for quote in reply.record["quotes"]}
        checks = [check for entry in quoted for check in by_entry.get(entry, ())]
        score = (reply.score or 0.0) / (1 if reply.record["status"] == "answered" else 2)
        yield Asked(judge(twin, reply.record, checks, batch.library), score)
