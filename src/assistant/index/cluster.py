"""The cluster: texts embedded by the machines of a Ray cluster, to the byte as this machine would.

The encoder is sent there once. A worker that runs another program, or whose processor rounds otherwise, is refused
before it has embedded anything, and what comes back is looked at; where a worker or its machine dies, Ray gives its
texts to another. Whoever may talk to a Ray cluster may run anything on it: let it listen to machines you trust only.
The only module that imports ray. Must not know what becomes of the vectors.
"""

import functools
import hashlib
import importlib.metadata
import itertools
import logging
import os
import platform
import re
import socket
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import assistant.index.encoder
from assistant.errors import ClusterError
from assistant.index.encoder import Embed, Encoder, Vectors
from assistant.index.export import MODEL, TOKENIZER
from assistant.settings import quieten_ray

_BATCH = 32
"""Texts a task: a third of a second's work, and few enough for Ray to hand their vectors over without its store."""
_AHEAD = 3
"""Batches sent out for each core of the cluster, so that none waits for this machine."""
_TRIES = 3
"""For one batch, where what comes back is no vectors or the worker dies."""
_PATIENCE = 600.0
"""Seconds for one batch, the start of a worker and its waiting for other people's tasks included."""
_REACH = 5.0
"""Seconds for the cluster's address to answer."""
_ADDRESS = re.compile(r"[A-Za-z0-9.-]{1,253}+:[0-9]{1,5}|\[[0-9A-Fa-f:.]{2,45}\]:[0-9]{1,5}")
_PROBES = ("length", "Magnesium: 400 mg a day.", "Why do so many people sleep badly when they are short of it? " * 12)
"""Texts whose vectors a worker must make to the last bit: processors differ in how they add up."""
_EVEN = 1e-3
"""By which a vector's length may differ from 1."""

Batch = tuple[str, Vectors]
"""What a worker returns: the name of its machine, and vectors of shape (texts, dimensions)."""


@dataclass(frozen=True, slots=True)
class _Parcel:
    """An exported encoder as it is sent."""

    files: Any = field(compare=False)
    """Ray's reference to its files' bytes by name. No task waits for it: where tasks did, what a killed build had left
    in the workers' shared memory was never freed."""
    digest: str
    """Of the files."""
    limit: int
    program: Mapping[str, str] = field(hash=False)
    """What the vectors depend on beside the files, with its version."""
    probes: bytes
    """The vectors of `_PROBES`."""


@contextmanager
def ray_cluster(address: str) -> Iterator[Embed]:
    """Give what embeds on the Ray cluster at an address, of which this machine must be a part.

    Args:
        address: of its head, as HOST:PORT.

    Raises:
        ClusterError: ray is not installed, nothing answers there, or, while it embeds, a worker is not as this machine
            or a batch fails again and again.
    """
    if not _ADDRESS.fullmatch(address):
        raise ClusterError(f"no Ray cluster at {address[:80]!r}; give the address of its head as HOST:PORT")
    quieten_ray()
    try:
        import ray
    except ImportError:
        raise ClusterError("ray is not installed; run `pip install 'assistant[ray]'`, or build without --ray") from None
    host, _, port = address.rpartition(":")
    try:
        # Ray itself tries for a minute, and then ends the process.
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"no Ray cluster answers at {address} ({error}); start it with `ray start --head`, or build without --ray"
        ) from None
    try:
        with _hushed():
            ray.init(address=address, configure_logging=False, log_to_driver=False, logging_level=logging.CRITICAL)
    except Exception as error:
        raise ClusterError(
            f"the Ray cluster at {address} does not take this machine ({_line(error)}); build on a machine that "
            "`ray start` has made a part of it, with the same ray and token"
        ) from None
    try:
        yield functools.partial(_embed, ray, address)
    finally:
        ray.shutdown()


def _embed(ray: Any, address: str, encoder: Encoder, texts: Sequence[str]) -> Iterator[Vectors]:  # noqa: ANN401  a module
    if not texts:
        return
    files = {name: (encoder.folder / name).read_bytes() for name in (MODEL, TOKENIZER)}
    parcel = _Parcel(ray.put(files), _digest(files), encoder.limit, program_versions(), _probes_of(encoder))
    task = ray.remote(num_cpus=1, max_retries=_TRIES - 1, scheduling_strategy="SPREAD")(_encode)

    def collect(reference: object) -> Batch:
        try:
            batch: Batch = ray.get(reference, timeout=_PATIENCE)
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None) or error
            raise ClusterError(
                f"the Ray cluster at {address} has failed ({_line(cause)}); mend that and run `assistant build` again: "
                "what was embedded is kept"
            ) from None
        return batch

    def cores() -> int:
        return int(ray.cluster_resources().get("CPU", 0))

    if cores() < 1:
        raise ClusterError(f"the Ray cluster at {address} has no core to embed on; start a node with --num-cpus")
    yield from in_order(lambda batch: task.remote(parcel, batch), collect, cores, texts, encoder.dimensions)


def in_order(
    submit: Callable[[Sequence[str]], object],
    collect: Callable[[object], Batch],
    cores: Callable[[], int],
    texts: Sequence[str],
    dimensions: int,
) -> Iterator[Vectors]:
    """Yield the vector of each text in order, a few batches ahead of whoever takes them.

    Args:
        submit: sends a batch of texts out and returns what `collect` waits for.
        collect: returns what came back.
        cores: how many batches are worked on at a time.
        texts: what to embed.
        dimensions: the length of a vector.

    Raises:
        ClusterError: what comes back for a batch is no vectors, three times.
    """
    pending: deque[tuple[Sequence[str], object]] = deque()
    batches = (texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH))
    while True:
        room = max(1, _AHEAD * cores()) - len(pending)
        for batch in itertools.islice(batches, max(0, room)):
            pending.append((batch, submit(batch)))
        if not pending:
            return
        batch, sent = pending.popleft()
        for tried in range(1, _TRIES + 1):
            place, vectors = collect(sent)
            if are_vectors(vectors, len(batch), dimensions):
                break
            if tried == _TRIES:
                raise ClusterError(
                    f"the worker on {place} returns no vectors of length 1 for {batch[0][:40]!r}; take that machine "
                    "out of the cluster and run `assistant build` again: what was embedded is kept"
                )
            sent = submit(batch)
        yield from vectors


def are_vectors(found: object, count: int, dimensions: int) -> bool:
    """Whether something is `count` vectors of length 1, in 32-bit floats."""
    return (
        isinstance(found, np.ndarray)
        and found.shape == (count, dimensions)
        and found.dtype == np.float32
        and bool((np.abs(np.linalg.norm(found, axis=1) - 1) < _EVEN).all())  # false of what is not a number
    )


def program_versions() -> dict[str, str]:
    """Return what a vector depends on beside the encoder's files, with its version here."""
    code = [Path(each) for each in (__file__, assistant.index.encoder.__file__)]
    packages = {name: importlib.metadata.version(name) for name in ("numpy", "onnxruntime", "tokenizers")}
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()
    return {"assistant": digest[:12], **packages}


def _encode(parcel: _Parcel, texts: Sequence[str]) -> Batch:
    """Encode some texts. Runs on a worker."""
    encoder = _opened(parcel)
    return platform.node(), np.stack([encoder.encode(text) for text in texts])


@functools.lru_cache(maxsize=1)
def _opened(parcel: _Parcel) -> Encoder:
    """Open the encoder in a parcel, once a worker process. Nothing is left on the worker's disk."""
    place = platform.node()
    for name, wanted in program_versions().items():
        if parcel.program.get(name) != wanted:
            raise ClusterError(
                f"the worker on {place} runs {name} {wanted}, this build {parcel.program.get(name)}; "
                "install the same there"
            )
    import ray

    files: dict[str, bytes] = ray.get(parcel.files)
    if _digest(files) != parcel.digest:
        raise ClusterError(f"the encoder came to {place} altered")
    with tempfile.TemporaryDirectory(prefix="assistant-encoder-") as name:
        for file, data in files.items():
            (Path(name) / file).write_bytes(data)
        encoder = Encoder(Path(name), parcel.limit)
        encoder.open()
    if _probes_of(encoder) != parcel.probes:
        raise ClusterError(f"the processor of {place} rounds otherwise than the one that builds; leave it out")
    return encoder


def _probes_of(encoder: Encoder) -> bytes:
    return b"".join(encoder.encode(text).tobytes() for text in _PROBES)


def _digest(files: Mapping[str, bytes]) -> str:
    return " ".join(hashlib.sha256(files[name]).hexdigest() for name in sorted(files))


@contextmanager
def _hushed() -> Iterator[None]:
    """Let what is written to standard error go nowhere: Ray writes there past Python, a line each time it tries."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _line(error: BaseException) -> str:
    """Return an error's own words in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
