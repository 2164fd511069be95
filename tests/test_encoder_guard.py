"""The guard: an encoder that is missing, broken, hung or talks nonsense costs a moment, and is used again by itself."""

import gc
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from eval.reliability._faulty import FAULTS, install

from assistant.errors import EncoderError, SnapshotError
from assistant.index import guard as guarding
from assistant.index.export import MODEL
from assistant.index.sealed import ENCODER, current_id
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.settings import PACKAGED_ENCODER


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that says how ONNX Runtime fails from now on; tries to load it anew follow each other quickly."""
    monkeypatch.setattr(onnxruntime, "InferenceSession", onnxruntime.InferenceSession)  # put back afterwards
    monkeypatch.setattr(guarding, "_AGAIN", (0.05,))
    monkeypatch.setattr(guarding, "_OPENING", 3.0)
    install(str(tmp_path / "fault"))
    yield tmp_path / "fault"
    (tmp_path / "fault").unlink(missing_ok=True)


def wait_until_it_works(snapshot: Snapshot) -> None:
    """Wait until the encoder is in use again."""
    end = time.monotonic() + 20
    while not snapshot.guard.works:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_works_gives_the_encoders_own_vectors(snapshot: Snapshot) -> None:
    for text in ("magnesium", "", "x" * 1000, "sleep " * 160):
        np.testing.assert_array_equal(snapshot.guard.encode(text), snapshot.encoder.encode(text))


@pytest.mark.parametrize("kind", FAULTS)
def test_a_failure_costs_a_moment_once_and_ends_by_itself(
    index: Path, fault: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = load_snapshot(index, PACKAGED_ENCODER)
    before = snapshot.guard.encode("magnesium")
    fault.write_text(kind)
    started = time.monotonic()
    with pytest.raises(EncoderError, match="the encoder does not work"):
        snapshot.guard.encode("magnesium")
    assert time.monotonic() - started < 2.5  # 0.06 where nothing else runs
    assert not snapshot.guard.works
    started = time.monotonic()
    for _ in range(1000):
        with pytest.raises(EncoderError):
            snapshot.guard.encode("magnesium")
    assert time.monotonic() - started < 1
    fault.unlink()
    wait_until_it_works(snapshot)
    np.testing.assert_array_equal(snapshot.guard.encode("magnesium"), before)
    assert "answering by words alone, and trying it again" in caplog.text
    assert "the encoder works again" in caplog.text
    assert "magnesium" not in caplog.text


@pytest.mark.parametrize("kind", ["missing", "hung loading", "nonsense"])
def test_a_snapshot_loads_without_an_encoder_that_can_be_run(
    index: Path, fault: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "_OPENING", 0.2)
    fault.write_text(kind)
    snapshot = load_snapshot(index, PACKAGED_ENCODER)
    assert not snapshot.guard.works
    assert snapshot.encoder.knows_word("sleep")  # its words need no model
    monkeypatch.setattr(guarding, "_OPENING", 3.0)
    fault.unlink()
    wait_until_it_works(snapshot)


def test_one_odd_text_does_not_stop_the_others(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EncoderError, match=r"cannot encode a text \(TypeError\)"):
        snapshot.guard.encode(b"no text")  # type: ignore[arg-type]
    assert snapshot.guard.works
    assert snapshot.guard.encode("magnesium").shape == (384,)


def test_an_encoder_whose_vectors_are_not_those_of_the_index_is_not_used(
    index: Path, fault: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = onnxruntime.InferenceSession

    class Reversed:
        def __init__(self, *given: object, **named: object) -> None:
            self._real = real(*given, **named)

        def run(self, *given: object) -> list[np.ndarray]:
            return [each[:, ::-1] for each in self._real.run(*given)]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Reversed)
    assert not load_snapshot(index, PACKAGED_ENCODER).guard.works
    assert "its vectors are not those of the index" in caplog.text


def test_an_altered_model_is_not_loaded_again(
    index: Path, fault: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = shutil.copytree(index, tmp_path / "copy")
    snapshot = load_snapshot(copy, PACKAGED_ENCODER)
    model = copy / current_id(copy) / "encoder" / "model.onnx"
    whole = model.read_bytes()
    model.write_bytes(whole[:-1])
    fault.write_text("broken")
    with pytest.raises(EncoderError):
        snapshot.guard.encode("magnesium")
    fault.unlink()
    end = time.monotonic() + 10
    while "model.onnx in snapshot" not in caplog.text:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert not snapshot.guard.works
    model.write_bytes(whole)
    wait_until_it_works(snapshot)
    model.unlink()
    with pytest.raises(SnapshotError, match=r"has lost encoder/model\.onnx"):
        load_snapshot(copy, PACKAGED_ENCODER)


@pytest.mark.parametrize("how", ["lost", "altered", "emptied"])
def test_a_model_that_is_damaged_after_it_was_loaded_is_neither_missed_nor_read(
    index: Path, tmp_path: Path, how: str
) -> None:
    mine = shutil.copytree(index, tmp_path / "index")
    loaded = load_snapshot(mine, PACKAGED_ENCODER)
    before = loaded.guard.encode("which foods are rich in magnesium")
    (model,) = mine.glob(f"*/{ENCODER}/{MODEL}")
    if how == "lost":
        model.unlink()
    else:
        data = model.read_bytes()
        # In place: a program that had the file mapped would see it.
        model.write_bytes(b"" if how == "emptied" else bytes(len(data)))
    assert np.array_equal(loaded.guard.encode("which foods are rich in magnesium"), before)
    assert loaded.guard.works
    # To a process that starts now it is damage like any other: refused, and nothing serves that was not built.
    with pytest.raises(SnapshotError, match=f"lost {ENCODER}/{MODEL}|{MODEL} in snapshot .* was altered"):
        load_snapshot(mine, PACKAGED_ENCODER)


def test_a_new_snapshot_keeps_the_encoder_that_is_the_same(index: Path, snapshot: Snapshot) -> None:
    again = load_snapshot(index, PACKAGED_ENCODER, snapshot)
    assert again.guard is snapshot.guard
    assert load_snapshot(index, PACKAGED_ENCODER).guard is not snapshot.guard


def test_nothing_is_left_of_a_guard_that_nobody_holds(index: Path, fault: Path) -> None:
    before = threading.active_count()
    for kind in ("", "broken", ""):
        snapshot = load_snapshot(index, PACKAGED_ENCODER)
        snapshot.guard.encode("magnesium")
        if kind:
            fault.write_text(kind)
            with pytest.raises(EncoderError):
                snapshot.guard.encode("magnesium")
        del snapshot
        gc.collect()
        fault.unlink(missing_ok=True)
    end = time.monotonic() + 10
    while threading.active_count() > before:
        assert time.monotonic() < end, [each.name for each in threading.enumerate()]
        time.sleep(0.02)


def test_many_at_once_are_all_encoded(snapshot: Snapshot) -> None:
    from concurrent.futures import ThreadPoolExecutor

    texts = [f"magnesium {number}" for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(snapshot.guard.encode, texts))
    for text, vector in zip(texts[::20], found[::20], strict=True):
        np.testing.assert_array_equal(vector, snapshot.encoder.encode(text))
