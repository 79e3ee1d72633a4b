"""How far a column may be from its baseline before that is more than chance, and how small a drift is found.

Both sides are samples. Without drift the distance times n m / (n + m) is chi-square distributed, and the runs of a month
share one baseline: if it is an unlucky sample, all of them are far from it. So the runs are independent only given the
baseline, and the rate of an alarm that takes several runs is an average over baselines: given one, the statistic is a
non-central chi-square (Patnaik 1949), whose non-centrality is again chi-square distributed over baselines.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_POWER = 0.9
_STEPS = 400
_ALONE = 1000
"""With so many current rows for one of the baseline all runs agree, and waiting for more of them spares nothing."""


@dataclass(frozen=True)
class Sizes:
    """What the null distribution depends on.

    Attributes:
        freedom: cells less one.
        baseline, current: rows.
        times, of_last: an alarm takes so many runs of so many, the current one among them.
    """

    freedom: int
    baseline: int
    current: int
    times: int
    of_last: int

    @property
    def scale(self) -> float:
        """Distance for one unit of chi-square."""
        return 1 / self.baseline + 1 / self.current

    @property
    def noise(self) -> float:
        """The mean distance without drift."""
        return self.freedom * self.scale

    @property
    def single(self) -> bool:
        """Whether one run alone makes an alarm, or tells what the others will say."""
        return self.times == 1 or self.current > _ALONE * self.baseline


@lru_cache(maxsize=4096)
def threshold(sizes: Sizes, rate: float) -> float:
    """The distance whose false alarms come at this rate, a share of runs."""
    from scipy.special import chdtri  # type: ignore[import-untyped,unused-ignore]

    alone = float(chdtri(sizes.freedom, rate))
    if not sizes.single:
        alone = _least(lambda value: alarm_rate(sizes, value, 0.0) <= rate, 0.0, alone, 1e-6)
    return alone * sizes.scale


@lru_cache(maxsize=4096)
def detectable(sizes: Sizes, limit: float) -> float:
    """The smallest true distance that is found in nine of ten runs, once it has lasted `of_last` runs."""
    value, high = limit / sizes.scale, limit
    while alarm_rate(sizes, value, high) < _POWER:
        high *= 2
    return _least(lambda true: alarm_rate(sizes, value, true) >= _POWER, 0.0, high, 1e-3)


def alarm_rate(sizes: Sizes, value: float, true: float) -> float:
    """Share of runs with an alarm where the limit is a value of chi-square and the sides are truly so far apart."""
    import numpy as np
    from scipy.special import bdtrc, chdtrc, chdtri, chndtr

    if sizes.single:
        return float(1 - chndtr(value, sizes.freedom, true / sizes.scale) if true else chdtrc(sizes.freedom, value))
    far = sizes.baseline * true
    mean, deviation = sizes.freedom + far, math.sqrt(2 * (sizes.freedom + 2 * far))
    highest = max(mean + 8 * deviation, float(chdtri(sizes.freedom, 1e-13)))
    steps = np.linspace(max(0.0, mean - 8 * deviation), highest, _STEPS + 1)
    weights = np.diff(chndtr(steps, sizes.freedom, far))  # of baselines that are so far off
    offset = (steps[1:] + steps[:-1]) / 2 * sizes.current / sizes.baseline
    over = np.clip(1 - chndtr(value * (1 + sizes.current / sizes.baseline), sizes.freedom, offset), 0, 1)
    return float((weights * over * bdtrc(sizes.times - 2, sizes.of_last - 1, over)).sum())


def chi_square_p(sizes: Sizes, distance: float) -> float:
    """How often chance gives such a distance in one run."""
    from scipy.special import chdtrc

    return float(chdtrc(sizes.freedom, distance / sizes.scale))


def rare_limit(baseline: int, current: int, rare: int, rate: float) -> int:
    """So many rows of what is rare in the baseline are more than chance: the exact test of two Poisson counts
    (Przyborowski and Wilenski 1940), one-sided, which waiting for more runs only makes rarer.
    """
    from scipy.special import bdtrc

    share = current / (baseline + current)
    low, high = 1, 1
    while bdtrc(high - 1, rare + high, share) > rate:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if bdtrc(middle - 1, rare + middle, share) > rate else (low, middle)
    return high


def _least(enough: Callable[[float], bool], low: float, high: float, near: float) -> float:
    """The smallest number that is enough, from above, as near as that share of it."""
    while high - low > near * high:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
