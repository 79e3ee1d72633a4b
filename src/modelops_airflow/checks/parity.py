"""Parity: how far apart are the judged groups in each rate?

For every rate there is one difference (largest minus smallest) and one ratio (smallest over largest), over the
groups that are judged; equalised odds takes the worse of tpr and fpr. The interval is of the two groups that
are furthest apart in the data: it may reach 0 (or 1), as it must where groups are alike. Of many groups that
are alike the two furthest apart are found by chance, and the interval does not make up for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..data.group import Group
from ..measurement import Metric
from .resampling import Interval, Resampling
from .share import BY_TRUTH, SELECTION, Share, share

_NAMES = {SELECTION: "demographic_parity", "tpr": "equal_opportunity", "precision": "predictive_parity"}
_ODDS = ("tpr", "fpr")


def prefix(rate: str) -> str:
    """What the difference and the ratio of a rate are called: the established name, else the rate's."""
    return _NAMES.get(rate, rate)


_RATES = (SELECTION, *BY_TRUTH)

METRICS = ("equalized_odds_difference", "equalized_odds_ratio",
           *(f"{prefix(rate)}_{form}" for rate in _RATES for form in ("difference", "ratio")))


@dataclass(frozen=True)
class _Spread:
    """The two groups that are furthest apart in a rate."""

    high: Share
    low: Share

    @property
    def difference(self) -> float:
        return (self.high.value or 0.0) - (self.low.value or 0.0)

    @property
    def ratio(self) -> float | None:
        return (self.low.value or 0.0) / self.high.value if self.high.value else None


def parity_rows(
    table: str, judged: Sequence[Group], least_rows: int, missing: Mapping[str, str], resampling: Resampling
) -> list[Metric]:
    """Differences and ratios of every rate between the judged groups of a table.

    A rate is compared where it rests on enough rows of every judged group: of a group of thousands two may have a known
    label, and whoever takes away the labels of those that a model wrongs must not make it look fair.

    Args:
        least_rows: that a rate of a group must rest on.
        missing: rate -> why the profile may not have it.
    """
    least = max(1, least_rows)
    shares = {rate: [share(rate, group) for group in judged] for rate in _RATES}
    found = {rate: _spread(shares[rate], least) for rate in _RATES}
    rows = []
    for name, rates in (("equalized_odds", _ODDS), *((prefix(rate), (rate,)) for rate in _RATES)):
        spreads = [found[rate] for rate in rates]
        unknown = any(one is None for rate in rates for one in shares[rate])
        why = missing[rates[0]] if unknown else f"a group has fewer than {least} rows to divide by"
        n = min(sum(one.whole for one in shares[rate] if one is not None) for rate in rates)
        rows += [_difference(name, table, n, spreads, why, resampling), _ratio(name, table, n, spreads, why, resampling)]
    return rows


def _spread(shares: Sequence[Share | None], least: int) -> _Spread | None:
    known = [(one.value, one) for one in shares if one is not None and one.value is not None and one.whole >= least]
    if not known or len(known) < len(shares):
        return None
    return _Spread(max(known, key=lambda one: one[0])[1], min(known, key=lambda one: one[0])[1])


def _difference(
    name: str, table: str, n: int, spreads: Sequence[_Spread | None], why: str, resampling: Resampling
) -> Metric:
    known = [spread for spread in spreads if spread is not None]
    if len(known) < len(spreads):
        return Metric(f"{name}_difference", None, {"by": table}, n=n, reason=why)
    worst = max(known, key=lambda one: one.difference)
    ci = _clipped(resampling.difference(worst.high, worst.low))
    return Metric(f"{name}_difference", worst.difference, {"by": table}, n=n, ci=ci)


def _ratio(
    name: str, table: str, n: int, spreads: Sequence[_Spread | None], why: str, resampling: Resampling
) -> Metric:
    known = [(spread.ratio, spread) for spread in spreads if spread is not None and spread.ratio is not None]
    if None in spreads:
        return Metric(f"{name}_ratio", None, {"by": table}, n=n, reason=why)
    if len(known) < len(spreads):
        return Metric(f"{name}_ratio", None, {"by": table}, n=n, reason="the rate is zero in every group")
    value, worst = min(known, key=lambda one: one[0])
    return Metric(f"{name}_ratio", value, {"by": table}, n=n, ci=_clipped(resampling.ratio(worst.low, worst.high)))


def _clipped(interval: Interval | None) -> Interval | None:
    """Between 0 and 1, where these differences and ratios are."""
    return None if interval is None else (max(0.0, interval[0]), min(1.0, interval[1]))
