"""An ONNX Runtime that fails on command: what a file says it does, looked up whenever a model is loaded or run."""

import time
from pathlib import Path
from typing import Any

FAULTS = ("missing", "broken", "nonsense", "hung", "hung loading")
_HUNG = 3600.0  # seconds


def fault_in(file: Path) -> str:
    """Return what a file says, nothing when it is not there."""
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        return ""


def install(name: str) -> None:
    """Put the faulty runtime in the real one's place in this process; where the file is not there, it works."""
    import onnxruntime

    file = Path(name)
    real = onnxruntime.InferenceSession

    class Session:
        """A session that fails when it is told to, from the next run on."""

        def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401  as the real one takes them
            fault = fault_in(file)
            if fault in ("missing", "broken"):
                raise ImportError("libonnxruntime.so: cannot open shared object file")
            if fault == "hung loading":
                time.sleep(_HUNG)
            self._real = real(*given, **named)

        def run(self, *given: Any) -> Any:  # noqa: ANN401  as the real one gives it
            fault = fault_in(file)
            if fault.startswith("hung"):
                time.sleep(_HUNG)
            if fault in ("missing", "broken"):
                raise RuntimeError("a fault in the runtime")
            found = self._real.run(*given)
            return [each * float("nan") for each in found] if fault == "nonsense" else found

    onnxruntime.InferenceSession = Session
