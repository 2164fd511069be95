"""The cluster: what three processes of Ray on loopback embed is what one machine does, whoever is killed meanwhile."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import assistant
from assistant.cli import main
from assistant.errors import ClusterError
from assistant.index import cluster as module
from assistant.index.aside import ASIDE
from assistant.index.cluster import Batch, are_vectors, in_order, program_versions
from assistant.index.encoder import Encoder, Vectors
from assistant.index.sealed import ENCODER, current_id
from assistant.index.snapshot import Snapshot

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install 'assistant[ray]'")


@dataclass(frozen=True)
class Running:
    """A cluster that runs: its address, what its processes and its drivers have in their environment."""

    address: str
    environment: dict[str, str]
    token: str

    def processes(self, title: str = "") -> list[int]:
        """The ids of its processes, drivers too, whose title begins so."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                ours = self.token.encode() in (folder / "environ").read_bytes()
                if ours and (folder / "cmdline").read_bytes().startswith(title.encode()):
                    found.append(int(folder.name))
            except OSError:
                continue  # it has just ended, or is somebody else's
        return found

    def build(self, corpus: Path, index: Path, **environment: str) -> "subprocess.Popen[str]":
        """Start a build on it."""
        command = [sys.executable, "-m", "assistant.cli", "build", "--ray", self.address]
        return subprocess.Popen(
            [*command, "--corpus", str(corpus), "--index", str(index)],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Running]:
    """A head and two more nodes of one core each, which nobody without the token may use."""
    token = secrets.token_hex(16)
    folder = Path(tempfile.mkdtemp(prefix="ray-"))  # a short path: there are sockets in it
    environment = os.environ | {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "120",
        "TMPDIR": str(folder),
    }
    address = f"127.0.0.1:{free_port()}"
    running = Running(address, environment, token)
    given = ["--block", "--num-cpus=1", "--object-store-memory=200000000", "--include-log-monitor=false"]
    head = ["--head", f"--port={address.rpartition(':')[2]}", f"--temp-dir={folder}", "--include-dashboard=false"]
    nodes = []
    try:
        # One after the other: two that start at once on one machine may take the same name for their sockets.
        for number, role in enumerate((head, [f"--address={address}"], [f"--address={address}"])):
            log = folder / f"{number}.log"
            command = [sys.executable, "-m", "ray.scripts.scripts", "start", *role, *given]
            with log.open("wb") as out:
                nodes.append(subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=folder))
            while "Ray runtime started" not in (said := log.read_text()):
                assert nodes[-1].poll() is None, said[-2000:]
                time.sleep(0.1)
        yield running
    finally:
        for node in reversed(nodes):
            node.terminate()
        for node in reversed(nodes):
            node.wait(30)
        left = running.processes()
        for process in left:
            os.kill(process, signal.SIGKILL)
        shutil.rmtree(folder)
        assert not left
        assert not list(Path(tempfile.gettempdir()).glob("assistant-encoder-*"))


@needs_ray
def test_a_build_on_a_cluster_killed_and_resumed_gives_the_same_snapshot(
    cluster: Running, corpus: Path, index: Path, unfinished: Path
) -> None:
    with cluster.build(corpus, unfinished) as running:
        while not list((unfinished / ASIDE).glob("*/[0-9a-f]*")) and running.poll() is None:
            time.sleep(0.002)
        running.kill()
    assert running.returncode == -signal.SIGKILL
    assert current_id(unfinished) != current_id(index)
    with cluster.build(corpus, unfinished) as running:
        while not (working := cluster.processes("ray::_encode")) and running.poll() is None:
            time.sleep(0.01)
        os.kill(working[0], signal.SIGKILL)
        out, err = running.communicate()
    assert (running.returncode, err) == (0, "")
    assert "taken over from a build cut short" in out
    assert current_id(unfinished) == current_id(index)
    assert not (unfinished / ASIDE).exists()


@needs_ray
def test_a_cluster_that_runs_another_program_embeds_nothing(
    cluster: Running, corpus: Path, unfinished: Path, tmp_path: Path
) -> None:
    before = current_id(unfinished)
    shutil.copytree(Path(assistant.__file__).parent, tmp_path / "other" / "assistant")
    with (tmp_path / "other/assistant/index/encoder.py").open("a", encoding="utf-8") as code:
        code.write("# another\n")
    with cluster.build(corpus, unfinished, PYTHONPATH=str(tmp_path / "other")) as running:
        _, err = running.communicate()
    assert running.returncode == 2
    assert f"runs assistant {program_versions()['assistant']}, this build " in err
    assert err.count("\n") == 1
    assert current_id(unfinished) == before


@needs_ray
def test_a_wrong_token_is_refused_in_one_line(cluster: Running, corpus: Path, unfinished: Path) -> None:
    with cluster.build(corpus, unfinished, RAY_AUTH_TOKEN="0" * 32) as running:
        _, err = running.communicate()
    assert running.returncode == 2
    assert f"the Ray cluster at {cluster.address} does not take this machine" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("auto", "give the address of its head as HOST:PORT"),
        ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1"),
        ("127.0.0.1:99999", "no Ray cluster answers at 127.0.0.1:99999"),
    ],
)
@needs_ray
def test_an_address_where_no_cluster_is_is_refused_at_once(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, words: str
) -> None:
    index = tmp_path / "index"
    assert main(["build", "--corpus", str(corpus), "--index", str(index), "--ray", address]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert not index.exists()


def test_without_ray_the_error_says_how_to_install_it(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    arguments = ["build", "--corpus", str(corpus), "--index", str(tmp_path / "index"), "--ray", "127.0.0.1:6379"]
    assert main(arguments) == 2
    assert "ray is not installed; run `pip install 'assistant[ray]'`" in capsys.readouterr().err


# What a worker is asked before it embeds, and what it returns


@pytest.fixture
def parcel(snapshot: Snapshot, index: Path, monkeypatch: pytest.MonkeyPatch) -> module._Parcel:
    """The session's encoder as it is sent, in the place of Ray's reference the files themselves."""
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(get=lambda files: files))
    folder = index / snapshot.id / ENCODER
    encoder = Encoder(folder, snapshot.encoder.limit)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    digest, probes = module._digest(files), module._probes_of(encoder)
    return module._Parcel(files, digest, encoder.limit, program_versions(), probes)


def test_a_worker_embeds_to_the_bit_as_this_machine_and_leaves_nothing(
    parcel: module._Parcel, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _, vectors = module._encode(parcel, ["velorin", "Which foods contain it?"])
    assert vectors[0].tobytes() == snapshot.encoder.encode("velorin").tobytes()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_is_not_as_this_machine_refuses(parcel: module._Parcel) -> None:
    older = replace(parcel, digest="older", program=dict(parcel.program) | {"onnxruntime": "1.0"})
    with pytest.raises(ClusterError, match=r"runs onnxruntime [\d.]+, this build 1\.0; install the same there"):
        module._opened(older)
    assert isinstance(parcel.files, dict)
    cut = {name: data[:-1] for name, data in parcel.files.items()}
    with pytest.raises(ClusterError, match="altered"):
        module._opened(replace(parcel, digest="cut", files=cut))
    with pytest.raises(ClusterError, match="rounds otherwise"):
        module._opened(replace(parcel, probes=b"\0" * len(parcel.probes)))


def unit(count: int) -> Vectors:
    """Vectors of length 1, the n-th along axis n."""
    return np.eye(max(count, 8), dtype=np.float32)[:count, :8]


@pytest.mark.parametrize(
    ("found", "good"),
    [
        (unit(3), True),
        (unit(2), False),
        (unit(3) * 2, False),
        (unit(3) * np.nan, False),
        (unit(3).astype(np.float64), False),
        (unit(3).tolist(), False),
        (None, False),
    ],
)
def test_only_vectors_of_length_1_are_taken(found: object, good: bool) -> None:
    assert are_vectors(found, 3, 8) is good


def hashed(text: str) -> Vectors:
    """A vector of length 1 that depends on the text."""
    made = np.zeros(8, dtype=np.float32)
    made[int(text) % 8] = 1
    return made


def worker(nonsense: int = 0) -> tuple[Callable[[Sequence[str]], object], Callable[[object], Batch], list[int]]:
    """A worker whose first so many batches come back as nonsense, and how many batches were out, at each."""
    sent: list[Sequence[str]] = []
    out: list[int] = []
    taken = 0

    def submit(batch: Sequence[str]) -> object:
        sent.append(batch)
        out.append(len(sent) - taken)
        return len(sent) - 1

    def collect(number: object) -> Batch:
        nonlocal taken
        taken += 1
        assert isinstance(number, int)
        vectors = np.stack([hashed(text) for text in sent[number]])
        return "far", vectors * (np.float32(0.5) if taken <= nonsense else np.float32(1))

    return submit, collect, out


TEXTS = [str(number) for number in range(1000)]


def test_vectors_come_in_order_and_few_batches_are_out() -> None:
    submit, collect, out = worker()
    found = list(in_order(submit, collect, lambda: 2, TEXTS, 8))
    assert np.array_equal(found, np.stack([hashed(text) for text in TEXTS]))
    assert max(out) == 6
    assert list(in_order(submit, collect, lambda: 2, [], 8)) == []


def test_nonsense_is_asked_for_again_and_given_up_after_three_times() -> None:
    submit, collect, _ = worker(nonsense=2)
    assert len(list(in_order(submit, collect, lambda: 1, TEXTS, 8))) == 1000
    submit, collect, _ = worker(nonsense=3)
    with pytest.raises(ClusterError, match=r"the worker on far returns no vectors of length 1 for '0'; take"):
        list(in_order(submit, collect, lambda: 1, TEXTS, 8))
