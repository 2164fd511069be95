"""Queues: how long a question waits for a core, and for the slowest of many shards, by simulation.

Arrivals are Poisson and known to nobody beforehand. What is simulated agrees with Erlang's C where that applies; a test
holds it to that. Every draw comes from a seed, so a figure repeats. Must not know what a question is.
"""

import heapq
import math

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]
"""Milliseconds, one a question."""


def erlang_c(servers: int, load: float) -> float:
    """Return the probability that a question waits, where service times are exponential.

    Args:
        servers: how many cores take from one line.
        load: the cores that would be busy on average, below `servers`.

    Raises:
        ValueError: the line would grow for ever.

    Source:
        Erlang, 1917, by the recurrence of Erlang's B.
    """
    if not 0 <= load < servers:
        raise ValueError(f"a load of {load:g} on {servers} servers; it must be below their number")
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    share = load / servers
    return blocked / (1 - share + share * blocked)


def lognormal(draw: np.random.Generator, mean: float, sigma: float, count: int) -> Times:
    """Draw service times of a mean; `sigma` is the standard deviation of their logarithms."""
    return draw.lognormal(math.log(mean) - sigma**2 / 2, sigma, count)


def in_line(draw: np.random.Generator, service: Times, servers: int, busy: float) -> Times:
    """Return how long each question takes, waiting included, where cores take from one line, first come first served.

    Args:
        draw: what the gaps between arrivals are drawn from.
        service: how long each question takes a core.
        servers: how many cores there are.
        busy: the share of the time that a core is busy, above 0 and below 1.

    Returns:
        The times of all but the first tenth, which meets an empty line.
    """
    gaps = draw.exponential(float(service.mean()) / (servers * busy), len(service))
    free = [0.0] * servers
    found = np.empty(len(service))
    for number, (arrived, taken) in enumerate(zip(np.cumsum(gaps).tolist(), service.tolist(), strict=True)):
        begun = max(arrived, free[0])
        heapq.heapreplace(free, begun + taken)
        found[number] = begun + taken - arrived
    return found[len(found) // 10 :]


def slowest_of(draw: np.random.Generator, times: Times, shards: int, count: int, hedge: float = math.inf) -> Times:
    """Return how long questions take that need an answer of every shard.

    Args:
        draw: what is drawn from.
        times: those of one shard, from which each shard's are taken, independent of the others'.
        shards: how many answers a question needs.
        count: how many questions.
        hedge: milliseconds after which a shard's copy is asked as well, and the first answer taken.
    """
    found = np.empty(count)
    for number in range(count):
        each = times[draw.integers(len(times), size=shards)]
        late = np.flatnonzero(each > hedge)
        if late.size:
            each[late] = np.minimum(each[late], hedge + times[draw.integers(len(times), size=late.size)])
        found[number] = each.max()
    return found
