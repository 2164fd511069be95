"""Token counts, for `max_tokens`: cl100k_base, from tables that are in this package.

The only module that imports tiktoken, which itself would download its tables on first use, and on a mismatch delete its
copy and go to the network; here the tables are checked against their hash and handed to it.
"""

import hashlib
import lzma
from binascii import a2b_base64
from functools import cache
from importlib import resources

import tiktoken

_TABLES = "cl100k_base.tiktoken.xz"
_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
"""Of the unpacked tables: the very hash that tiktoken checks."""
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How cl100k_base splits a text before merging; part of the encoding's definition."""


@cache
def _encoding() -> tiktoken.Encoding:
    data = lzma.decompress(resources.files("assistant.answering").joinpath(_TABLES).read_bytes())
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise RuntimeError(f"{_TABLES} in this package was altered; install it again")
    ranks = {a2b_base64(token): int(rank) for token, rank in (line.split() for line in data.splitlines() if line)}
    return tiktoken.Encoding("cl100k_base", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


def count_tokens(text: str) -> int:
    """Return how many cl100k_base tokens a text has; words such as `<|endoftext|>` count as ordinary text."""
    return len(_encoding().encode_ordinary(text))
