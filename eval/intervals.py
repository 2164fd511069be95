"""Intervals: every share the project reports says how sure it is."""

import math

_Z = 1.959964
"""Standard deviations of a normal distribution within which 95 % of it lies."""


def wilson_interval(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, from 0 to 1.

    Args:
        hits: how many of the trials came out.
        trials: how many there were; of none, nothing is known.

    Raises:
        ValueError: there are not between 0 and `trials` hits.

    Source:
        Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits of {trials} trials cannot be")
    if not trials:
        return 0.0, 1.0
    share, spread = hits / trials, _Z**2 / trials
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    # With none or all the bounds are exactly 0 and 1; rounding must not say otherwise.
    return (0.0 if not hits else middle - half), (1.0 if hits == trials else middle + half)


def share(hits: int, trials: int) -> str:
    """Return a share as it is reported: with its count and its interval."""
    low, high = wilson_interval(hits, trials)
    percent = f"{100 * hits / trials:.1f} %" if trials else "none"
    return f"{hits} of {trials}, {percent} (95 % interval {100 * low:.1f}-{100 * high:.1f} %)"


def share_json(hits: int, trials: int) -> dict[str, float | int | None]:
    """Return a share from 0 to 1 as JSON: its count, its value (None of no trials) and its 95 % interval."""
    low, high = wilson_interval(hits, trials)
    value = round(hits / trials, 5) if trials else None
    return {"hits": hits, "n": trials, "share": value, "low": round(low, 5), "high": round(high, 5)}
