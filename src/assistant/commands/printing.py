"""What every command prints with: one line, whatever it holds."""

import sys


def one_line(text: str) -> str:
    """Return a text as one line, without the characters that cannot be seen."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def complain(message: str) -> None:
    """Print one line on stderr, whatever the message holds, unless stderr is closed."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    print(f"assistant: {one_line(message)}".encode(encoding, "replace").decode(encoding), file=sys.stderr)
