"""Sizes: the bytes of named packages and of all that they require, in the environment that this runs in.

A script: prints a JSON list of the bytes with torch and without. Of a package found twice the first one counts, as it
is the one imported.
"""

import json
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def required(names: Iterable[str]) -> set[str]:
    """Return named packages and all that they require here, those missing left out but for the named ones.

    Raises:
        PackageNotFoundError: a named package is not installed.
    """
    waiting = [(Requirement(name), True) for name in names]
    done: set[tuple[str, str]] = set()
    found: set[str] = set()
    while waiting:
        wanted, named = waiting.pop()
        name = canonicalize_name(wanted.name)
        for extra in ("", *sorted(wanted.extras)):
            if (name, extra) in done:
                continue
            done.add((name, extra))
            try:
                requires = distribution(name).requires or ()
            except PackageNotFoundError:
                if named:
                    raise
                continue
            found.add(name)
            for line in requires:
                each = Requirement(line)
                if each.marker is None or each.marker.evaluate({"extra": extra}):
                    waiting.append((each, False))
    return found


def bytes_of(name: str) -> int:
    """Return the bytes of a package's files."""
    paths = [Path(str(each.locate())) for each in distribution(name).files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())


if __name__ == "__main__":
    sizes = {name: bytes_of(name) for name in required(sys.argv[1:])}
    print(json.dumps([sum(sizes.values()), sum(sizes.values()) - sizes.get("torch", 0)]))
