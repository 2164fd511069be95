"""Run one of the programs that try to break a promise: `python -m eval.reliability SUBJECT --n N`.

Each prints what it tried, how often, and what failed, with a 95 % interval; it exits 1 when anything did.
"""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import eval.reliability as package


def subjects() -> dict[str, str]:
    """Return the name of each program with the first line of what it says of itself."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            about = importlib.import_module(f"{package.__name__}.{module.name}").__doc__ or ""
            found[module.name] = about.partition("\n")[0]
    return found


def main(arguments: Sequence[str]) -> int:
    """Run a program and return its exit code: 0 nothing failed, 1 something did, 2 the call is wrong."""
    known = subjects()
    if not arguments or arguments[0] not in known:
        print("usage: python -m eval.reliability SUBJECT [--help]", file=sys.stderr)
        for name, about in known.items():
            print(f"  {name}: {about}", file=sys.stderr)
        return 2
    code: int = importlib.import_module(f"{package.__name__}.{arguments[0]}").main(arguments[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
