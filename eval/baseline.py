"""The baseline and the gates: is this run worse than the one the project keeps, or than what it must hold?"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.ask import Json
from eval.measures import paired_difference

BASELINE = Path(__file__).parent / "baselines" / "shipped.json"
GATES = Path(__file__).parent / "gates.toml"
ALWAYS = "every answer"
"""The group whose gates a quick run keeps to as well, and one without the encoder."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate or goal with what was measured."""

    group: str
    name: str
    value: float
    wanted: str
    """In words, such as "at least 0.9"."""
    met: bool
    breaks: bool
    """It is a gate, not a goal."""


@dataclass(frozen=True, slots=True)
class Change:
    """How one outcome differs from the baseline, over the questions both runs asked."""

    name: str
    difference: float
    """After minus before, from -1 to 1; more is better."""
    low: float
    high: float
    """Its 95 % interval by paired bootstrap."""
    n: int

    @property
    def worse(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.n > 0 and self.high < 0


def verdicts(report: Json, gates: Path = GATES) -> list[Verdict]:
    """Hold a report against the gates and goals. A measure without a value meets none and breaks none.

    Raises:
        ValueError: the file of gates is not one.
    """
    found = []
    for group, wanted in _read_gates(gates).items():
        for name, limits in wanted.items():
            value = report["measures"].get(group, {}).get(name, {}).get("value")
            in_part = report["about"]["quick"] or report["about"].get("degraded")
            if value is None or (in_part and group != ALWAYS):
                continue
            for key, limit in limits.items():
                least = key.endswith("least")
                words = f"at {'least' if least else 'most'} {limit:g}"
                met = value >= limit if least else value <= limit
                found.append(Verdict(group, name, value, words, met, not key.startswith("goal_")))
    return found


def outcomes(report: Json) -> dict[str, dict[str, float]]:
    """Return what a baseline keeps of each question: 1 when it came out well, else 0."""
    kept: dict[str, dict[str, float]] = {"first quote right": {}, "silent when it should be": {}, "notices": {}}
    for each in report["questions"]:
        name = f"{each['suite']}/{each['id']}"
        if each["answerable"]:
            kept["first quote right"][name] = float(each["right"])
        else:
            kept["silent when it should be"][name] = float(each["status"] != "answered")
    kept["notices"] = {each["id"]: float(each["met"]) for each in report["notices"]}
    kept["follow-ups, nDCG@3"] = {f"{each['dialogue']}/{each['turn']}": each["ndcg"] for each in report["follow_ups"]}
    return kept


def changes(report: Json, baseline: Path = BASELINE) -> list[Change]:
    """Compare a report with the baseline, question by question; nothing when there is no baseline.

    Raises:
        ValueError: the baseline is not one.
    """
    if not baseline.is_file():
        return []
    try:
        before = json.loads(baseline.read_text("utf-8"))
        clusters = {f"{each['suite']}/{each['id']}": str(each["about"]) for each in report["questions"]}
        clusters |= {f"{each['dialogue']}/{each['turn']}": each["dialogue"] for each in report["follow_ups"]}
        return [
            Change(name, *paired_difference(before.get(name, {}), after, clusters))
            for name, after in outcomes(report).items()
        ]
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{baseline} is not a baseline ({error}); write it again with --write-baseline") from None


def write_baseline(report: Json, baseline: Path = BASELINE) -> None:
    """Keep a report's outcomes as the baseline.

    Raises:
        ValueError: the report is of a quick run.
    """
    if report["about"]["quick"]:
        raise ValueError("a baseline is kept of a full run only; leave out --quick")
    baseline.parent.mkdir(parents=True, exist_ok=True)
    baseline.write_text(json.dumps(outcomes(report), indent=0, sort_keys=True) + "\n", "utf-8")


def _read_gates(path: Path) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    try:
        gates = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} holds no gates: {error}") from None
    known = {"least", "most", "goal_least", "goal_most"}
    for group, wanted in gates.items():
        for name, limits in wanted.items():
            if not isinstance(limits, dict) or not limits or set(limits) - known:
                raise ValueError(f"{path}: [{group}] {name!r} needs one or more of {', '.join(sorted(known))}")
    return gates
