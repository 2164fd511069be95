"""The hazard log: every hazard has a control and tests that exist, or is said to be open."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOG = (ROOT / "docs" / "hazards.md").read_text("utf-8")
TABLE, _, OPEN = LOG.partition("\n## Not controlled yet")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if re.match(r"\| H\d", line)
]
STILL_OPEN = set(re.findall(r"^- (H\d+): \S", OPEN, re.MULTILINE))
"""The one place that says what is not controlled, or only in part."""


def names_in(file: Path) -> set[str]:
    """The names of the tests that a file holds."""
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_log_has_all_hazards_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == [f"H{number}" for number in range(1, 29)]
    assert {row[0] for row in ROWS} >= STILL_OPEN


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_a_hazard_has_a_severity_a_control_and_tests_or_is_open(row: list[str]) -> None:
    number, hazard, severity, control, tests = row
    assert hazard
    assert severity in "12345"
    assert control
    assert re.findall(r"`[^`]+`", tests) or number in STILL_OPEN


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_every_test_a_hazard_names_is_there(row: list[str]) -> None:
    for name in re.findall(r"`([^`]+)`", row[4]):
        file, _, test = name.partition("::")
        assert test in names_in(ROOT / "tests" / file), name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_every_module_a_control_names_is_there(row: list[str]) -> None:
    here = {path.name for path in (ROOT / "src" / "assistant").rglob("*") if path.is_file()}
    for name in re.findall(r"`([^`]+\.\w+)`", row[3]):
        assert Path(name).name in here, name
        assert "/" not in name or (ROOT / "src" / "assistant" / name).is_file(), name
