"""Rates: how often one client may ask.

Clients are told apart by their address, which is never kept: only a keyed hash of it is.
Counted in this process's memory, or in Redis for several processes together; when Redis is away, in memory again.
"""

import hashlib
import ipaddress
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from assistant.errors import SettingsError
from assistant.settings import Settings

_LOG = logging.getLogger("assistant")
_DEFAULT = "6000/minute"
"""More than two cores answer: it stops only who would take the service from all others."""
_RETRY_STORE = 5.0  # seconds before Redis is tried again


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one client has left."""

    allowed: bool
    policy: str
    """The value of RateLimit-Policy."""
    left: str
    """The value of RateLimit."""
    retry_after: int
    """Seconds until more is allowed; meant where it is not."""


class Rates:
    """The requests that each client made of late."""

    def __init__(self, settings: Settings) -> None:
        """Read the limit and where it is counted.

        Raises:
            SettingsError: the limit or the store is none.
        """
        try:
            self._limit: RateLimitItem = parse(settings.rate or _DEFAULT)
            if self._limit.amount < 1:
                raise ValueError(self._limit)
        except ValueError:
            raise SettingsError(
                f"ASSISTANT_RATE is {settings.rate[:40]!r}; write a number and a time, such as 600/minute"
            ) from None
        self._spares_loopback = not settings.rate
        self._key = settings.rate_key.encode() or secrets.token_bytes(32)
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = _redis(settings.rate_store)
        self._away_until = 0.0
        self._policy = f'"default";q={self._limit.amount};w={self._limit.get_expiry()}'

    async def count(self, address: str) -> Allowance:
        """Count one request of a client, and say whether it is allowed.

        Args:
            address: an IP address; anything else counts as one client.
        """
        place = _network_of(address)
        if self._spares_loopback and place is not None and place.is_loopback:
            return Allowance(True, self._policy, f'"default";r={self._limit.amount};t={self._limit.get_expiry()}', 0)
        name = hashlib.blake2b(str(place).encode(), key=self._key[:64], digest_size=16).hexdigest()
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return await self._counted(self._shared, name)
            except Exception as error:  # whatever the client of Redis raises: no question is refused for it
                self._away_until = time.monotonic() + _RETRY_STORE
                _LOG.error("requests are counted in memory: the rate store failed (%s)", type(error).__name__)
        return await self._counted(self._memory, name)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._shared is not None:
            client: Any = self._shared.storage
            await client.bridge.get_connection().aclose()

    async def _counted(self, counter: SlidingWindowCounterRateLimiter, name: str) -> Allowance:
        allowed = await counter.hit(self._limit, name)
        stats = await counter.get_window_stats(self._limit, name)
        wait = max(1, round(stats.reset_time - time.time()))
        return Allowance(allowed, self._policy, f'"default";r={stats.remaining};t={wait}', wait)


def _redis(address: str) -> SlidingWindowCounterRateLimiter | None:
    if not address:
        return None
    if not address.startswith(("redis://", "rediss://")):
        # Not shown: an address may hold a password.
        raise SettingsError("ASSISTANT_RATE_STORE is no address of Redis; write one such as redis://localhost:6379")
    try:
        storage = RedisStorage(
            f"async+{address}", implementation="redispy", socket_timeout=0.5, socket_connect_timeout=0.5
        )
    except Exception as error:
        raise SettingsError(
            f"ASSISTANT_RATE_STORE cannot be used ({type(error).__name__}); install the package redis, "
            "and write an address such as redis://localhost:6379"
        ) from None
    return SlidingWindowCounterRateLimiter(storage)


def _network_of(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return what counts as one client: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped:
        read = read.ipv4_mapped
    return ipaddress.ip_network((read, 32 if read.version == 4 else 64), strict=False)
