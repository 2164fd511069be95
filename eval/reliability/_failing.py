"""Failing: the command, with an answering that fails when a question tells it to. For the canaries alone.

`python -m eval.reliability._failing serve …` serves as `assistant serve` does, but a question that holds `fault-error`
raises an error whose message is the question, `fault-slow` takes longer than is waited for, and `fault-crash` ends the
process the way a fault in native code does.
"""

import functools
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from assistant.answering.reply import reply_to
from assistant.cli import main
from assistant.serving import doors, service
from assistant.serving.queueing import Line

PATIENCE = 0.5
"""Seconds that are waited for an answer."""


def failing(reply: Callable[..., Any]) -> Callable[..., Any]:
    """Return an answering that fails when it is told to, and else answers as another does."""

    def reply_or_fail(question: str, *given: object) -> object:
        if "fault-error" in question:
            raise ValueError(question)
        if "fault-slow" in question:
            time.sleep(PATIENCE * 2)
        if "fault-crash" in question:
            os.abort()
        return reply(question, *given)

    return reply_or_fail


def serve(arguments: Sequence[str]) -> int:
    """Run the command with the faults in it."""
    vars(doors)["reply_to"] = failing(reply_to)
    vars(service)["Line"] = functools.partial(Line, patience=PATIENCE)
    return main(arguments)


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
