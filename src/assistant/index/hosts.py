"""Hosts: the servers that one address names, and the order in which they are tried.

An address of libpq's may name several servers of the same data: a primary and its replicas. libpq tries them in their
order each time; here those that failed of late come last, so that a server which is cut off costs one wait, not one
a question.
"""

import time
from collections.abc import Mapping
from typing import Any

_RESTS = 30.0
"""Seconds for which a server that failed is tried after the others."""
_LISTS = ("host", "hostaddr", "port")
"""What an address gives for each of its servers, with commas between them."""


class Hosts:
    """The servers of one address. Safe to use from several threads."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        """Read the servers out of the parameters of a connection, as libpq names them."""
        given = {name: str(parameters[name]).split(",") for name in _LISTS if parameters.get(name)}
        self._number = max((len(values) for values in given.values()), default=1)
        self._given = {name: values * (self._number // len(values)) for name, values in given.items()}
        self._rests: dict[int, float] = {}

    @property
    def several(self) -> bool:
        """Whether there is another server to turn to."""
        return self._number > 1

    def in_order(self) -> dict[str, str]:
        """Return the parameters that name the servers, in the order to try them."""
        return {name: ",".join(values[at] for at in self._order()) for name, values in self._given.items()}

    def failed(self, host: str, port: int) -> None:
        """Have a server tried after the others for a while."""
        for at in range(self._number):
            if self._is(at, host, port):
                self._rests[at] = time.monotonic() + _RESTS

    def failed_before(self, host: str, port: int) -> None:
        """Have those servers tried later for a while that were tried in vain before one answered."""
        for at in self._order():
            if self._is(at, host, port):
                return
            self._rests[at] = time.monotonic() + _RESTS

    def _order(self) -> list[int]:
        now = time.monotonic()
        return sorted(range(self._number), key=lambda at: self._rests.get(at, 0.0) > now)

    def _is(self, at: int, host: str, port: int) -> bool:
        given = {name: values[at] for name, values in self._given.items()}
        ports = given.pop("port", "")
        return host in given.values() and ports in ("", str(port))
