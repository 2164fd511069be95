"""Degraded: a snapshot as it answers while its encoder fails."""

from dataclasses import replace

from assistant.errors import EncoderError
from assistant.index.encoder import Vectors
from assistant.index.guard import Guard
from assistant.index.snapshot import Snapshot


class NoEncoder(Guard):
    """A guard whose encoder never works and is never tried again."""

    def __init__(self) -> None:
        pass

    @property
    def works(self) -> bool:
        """Never."""
        return False

    def encode(self, text: str) -> Vectors:
        """Raise an error, always."""
        raise EncoderError("the encoder is left out")


def without_encoder(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot that answers by words alone."""
    return replace(snapshot, guard=NoEncoder())
