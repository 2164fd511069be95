"""Commands for those who run the staff desk."""

import argparse

from assistant.settings import Settings


def make_staff_key(options: argparse.Namespace, settings: Settings) -> int:
    """Make a staff key and print it, once, with the line to put in the keys file; nothing is written anywhere."""
    from assistant.serving.staff_keys import new_key

    key, line = new_key()
    file = settings.staff_keys or "the file that ASSISTANT_STAFF_KEYS names"
    print(f"The key, for the person who will use it; it is shown only now:\n{key}\n")
    print(f"The line to add to {file}:\n{line}")
    return 0
