"""What every retrieval library is given: the words of each quotation, and all else about it as plain metadata."""

from collections.abc import Iterator
from typing import Any

from assistant.client import Answer


def documents_of(answer: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    """Split an answer into words and metadata: its notice first, when it has one, then each quotation.

    The metadata is the quotation of `POST /v1/ask` but for its words, with where it can be read as `source`, and the
    answer's status, reason, snapshot and disclaimer.
    """
    about = {
        "status": answer.status,
        "reason": answer.reason,
        "snapshot": answer.json["snapshot"],
        "disclaimer": answer.disclaimer,
    }
    if answer.notice is not None:
        yield answer.notice, {"id": "notice", "role": "notice", **about}
    for quote, whole in zip(answer.quotes, answer.json["quotes"], strict=True):
        rest = {name: value for name, value in whole.items() if name != "text"}
        yield quote.text, {**rest, "source": quote.url, **about}
