"""What comes from others: locked with hashes, under licences that allow it, and never loaded as code by accident."""

import ast
import importlib.metadata
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "assistant"
ALLOWED = {
    *("MIT", "MIT License", "MIT-0", "0BSD", "Zlib", "CC0-1.0", "ISC", "ISC License (ISCL)", "BSL-1.0"),
    *("BSD-2-Clause", "BSD-3-Clause", "3-Clause BSD License", "BSD License"),
    *("Apache-2.0", "Apache 2.0 License", "Apache Software License", "Apache-2.0 WITH LLVM-exception"),
    *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "PSF-2.0", "CNRI-Python"),
}
"""Licences that let it be used and passed on here; MPL asks for the source of its own files alone, left as they are."""


def locked(name: str) -> dict[str, list[str]]:
    """Each line of a lock, as a requirement, with its hashes."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {words[0]: [word for word in words[1:] if word.startswith("--hash=sha256:")] for words in lines}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_everything_locked_is_one_version_with_its_hashes(name: str) -> None:
    for requirement, hashes in locked(name).items():
        assert re.fullmatch(r"[\w.-]+==[\w.]+", requirement)
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes)


def test_torch_alone_is_installed_without_a_hash_and_by_its_exact_version() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r'"torch==[\d.]+"', project)
    assert not any(requirement.startswith("torch==") for requirement in locked("requirements.txt"))
    installs = [line for line in makefile.splitlines() if "$(BIN)/python -m pip install" in line and "-e ." not in line]
    assert [("--require-hashes" in line, line.endswith("$(TORCH)")) for line in installs] == [
        (False, True),
        (True, False),
        (True, False),
    ]


def licence_of(name: str) -> str:
    """What a package says of its licence."""
    told = importlib.metadata.metadata(name)
    stated = told.get_all("License-Expression") or []
    named = [each.split(" :: ")[-1] for each in told.get_all("Classifier") or [] if each.startswith("License ::")]
    return (stated or [" AND ".join(named)])[0] or str((told.get_all("License") or [""])[0]).strip().split("\n")[0]


def test_every_package_that_is_installed_to_serve_has_an_allowed_licence_and_is_listed() -> None:
    listed = (ROOT / "docs" / "licences.md").read_text("utf-8")
    for requirement in [*locked("requirements.txt"), "torch=="]:
        name = requirement.partition("==")[0]
        licence = licence_of(name)
        choices = [set(choice.split(" AND ")) for choice in licence.split(" OR ")]
        assert any(parts <= ALLOWED for parts in choices), f"{name}: {licence}"
        assert f"| {name} | {licence} |" in listed, f"{name} | {licence}: write it in docs/licences.md"


def calls_of(module: Path) -> list[ast.Call]:
    """Every call in a module."""
    return [node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("module", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_nothing_is_unpickled_evaluated_or_run(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    imported = set()
    for node in ast.walk(tree):
        imported |= {alias.name.split(".")[0] for alias in node.names} if isinstance(node, ast.Import) else set()
        imported |= {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()
    assert imported.isdisjoint({"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "subprocess"})
    for call in calls_of(module):
        name = ast.unparse(call.func)
        given = {each.arg: ast.unparse(each.value) for each in call.keywords}
        assert name not in ("eval", "exec", "compile", "__import__", "os.system", "os.popen", "torch.load"), name
        if name.endswith(("np.load", "numpy.load")):
            assert given.get("allow_pickle") == "False", f"{module.name}:{call.lineno}"
        assert given.get("allow_pickle", "False") == "False", f"{module.name}:{call.lineno}"
        if name.endswith("yaml.load"):
            assert re.search(r"Safe|BaseLoader", ast.unparse(call)), f"{module.name}:{call.lineno}"
