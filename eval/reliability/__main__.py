"""Run one of the programs: `python -m eval.reliability NAME`; each says with `--help` what it takes."""

import importlib
import sys
from collections.abc import Callable, Sequence

PROGRAMS = ("canaries", "fuzz", "overload", "soak")


def main(arguments: Sequence[str]) -> int:
    """Run the program that is named, and return its exit code; 2 when none is."""
    if not arguments or arguments[0] not in PROGRAMS:
        print(f"python -m eval.reliability NAME, one of: {', '.join(PROGRAMS)}", file=sys.stderr)
        return 2
    program: Callable[[Sequence[str]], int] = importlib.import_module(f"eval.reliability.{arguments[0]}").main
    return program(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
