"""What is freed goes back to the system."""

import asyncio
import contextlib
import gc
import sys
from pathlib import Path

import pytest

from assistant.serving import service as serving
from assistant.serving.memory import give_back, share_arenas
from assistant.serving.service import Service, watch_index
from assistant.settings import Settings


class _Loop:
    """One that holds itself, and says when it goes."""

    def __init__(self, gone: list[bool]) -> None:
        self.itself = self
        self.gone = gone

    def __del__(self) -> None:
        self.gone.append(True)


def test_garbage_of_late_is_let_go() -> None:
    gone: list[bool] = []
    gc.disable()
    try:
        _Loop(gone)
        assert not gone
        give_back()
    finally:
        gc.enable()
    assert gone


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells no resident memory here")
def test_freed_memory_returns() -> None:
    share_arenas()
    # Small enough not to be mapped one by one, and one in a thousand kept, so that nothing is freed at the top.
    pieces = [bytes(4_000) for _ in range(20_000)]
    full = _resident()
    kept = pieces[::1000]
    del pieces
    give_back()
    assert full - _resident() > 40 * 2**20
    assert len(kept) == 20


@pytest.mark.parametrize(("every", "given"), [(0.0, True), (3600.0, False)])
def test_a_service_gives_back_as_it_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: float, given: bool
) -> None:
    back: list[None] = []
    monkeypatch.setattr(serving, "_GIVEN_BACK_EVERY", every)
    monkeypatch.setattr(serving, "give_back", lambda: back.append(None))

    async def watch() -> None:
        with contextlib.suppress(TimeoutError):
            # Nothing is there to load, which is no reason to keep what is free.
            await asyncio.wait_for(watch_index(Service(Settings(index=tmp_path / "none"))), 0.5)

    asyncio.run(watch())
    assert bool(back) is given


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096
