"""Environments: each peer installed in one of its own, so that nothing of theirs enters this one.

What all of them need is installed once, in an environment that the others see; what a peer needs of another version it
has itself. The size of an installation is that of the packages it names and of all that those require.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from eval.peers.contenders import BASE, COMMON, Contender

ROOT = Path(__file__).parents[2]
MARK = "INSTALLED"
"""The file in an environment that says what it was installed from."""
PATIENCE = 3600.0
"""Seconds for one installation."""


class InstallError(Exception):
    """An environment cannot be made; says why on one line."""


def python_of(contender: Contender, folder: Path) -> Path:
    """Return the interpreter that runs a contender, its environment made where it is not there as pinned.

    Args:
        contender: one without pins runs in this environment.
        folder: holds the environments, each named by its contender's key.

    Raises:
        InstallError: it cannot be installed.
    """
    if not contender.pins:
        return Path(sys.executable)
    base = _environment(folder / "base", BASE, ())
    pins = (*COMMON, *contender.pins)
    return _environment(folder / contender.key, pins, contender.unwanted, sees=base).absolute() / "bin" / "python"


def _environment(place: Path, pins: tuple[str, ...], unwanted: tuple[str, ...], *, sees: Path | None = None) -> Path:
    wanted = json.dumps([*pins, *(f"without {each}" for each in unwanted)])
    if (place / MARK).is_file() and (place / MARK).read_text("utf-8") == wanted:
        return place
    python = str(place / "bin" / "python")
    _run([sys.executable, "-m", "venv", "--clear", str(place)], place.name)
    if sees is not None:
        for packages in place.glob("lib/python*/site-packages"):
            seen = sees.resolve() / packages.relative_to(place)
            (packages / "base.pth").write_text(f"{seen}\n", "utf-8")
    _run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins], place.name)
    if unwanted:
        _run([python, "-m", "pip", "uninstall", "-q", "-y", *unwanted], place.name)
    (place / MARK).write_text(wanted, "utf-8")
    return place


def _run(command: list[str], name: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603  ours
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"{name} cannot be installed ({' '.join(str(error).split())[:160]})") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")] or done.stderr.splitlines()
        reason = lines[-1].removeprefix("ERROR: ")[:160] if lines else f"exit code {done.returncode}"
        raise InstallError(f"{name} cannot be installed ({reason})")


def surroundings(contender: Contender) -> dict[str, str]:
    """Return the environment variables that a contender runs with: no look-ups on a network, one thread a library."""
    paths = [str(ROOT)] if contender.pins else [str(ROOT), str(ROOT / "src")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HAYSTACK_TELEMETRY_ENABLED": "false",
    }


def sizes_of(contender: Contender, python: Path) -> tuple[float, float] | None:
    """Return the MB on disk of a contender's packages and all they require, with torch and without; None if unknown."""
    names = [pin.partition("==")[0] for pin in (*COMMON, *contender.pins)] if contender.pins else ["assistant"]
    command = [str(python), "-P", str(Path(__file__).with_name("sizes.py")), *names]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)  # noqa: S603  our own
        whole, without = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return float(whole) / 1e6, float(without) / 1e6
