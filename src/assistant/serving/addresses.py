"""Addresses: where this service was reached, so that links to its own pages work in other people's programs."""

import re

from starlette.requests import Request

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def base_of(request: Request) -> str:
    """Return the scheme and host a request was sent to, or "" when it names no plain host."""
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else ""
