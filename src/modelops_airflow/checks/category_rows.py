"""The rows of one category: its rates, and its ratios to the category it is compared with."""

from __future__ import annotations

from collections.abc import Mapping

from ..data.values import UNKNOWN
from ..evidence.floor import NOT_SHOWN
from ..measurement import Metric
from .category import NEVER_JUDGED, Category
from .interval import wilson
from .resampling import Resampling
from .share import BY_TRUTH, SCORING, SELECTION, share
from .two_proportions import two_proportions_p

RATIOS: Mapping[str, str] = {"impact_ratio": SELECTION, "scoring_impact_ratio": SCORING}
"""Ratio -> the rate that it compares."""

METRICS = ("n", SELECTION, "impact_ratio", *BY_TRUTH, SCORING, "scoring_impact_ratio")

_NOBODY = {SELECTION: "nobody is selected", SCORING: "nobody's score is above the median"}


def category_rows(
    category: Category, references: Mapping[str, Category | None], least_rows: int, missing: Mapping[str, str], resampling: Resampling
) -> list[Metric]:
    """All rows of a category; without a number where it is not judged and too small to be shown.

    Args:
        references: ratio -> what the category is compared with.
        least_rows: that a rate of a judged category must rest on; with fewer it is not known.
        missing: rate -> why the profile may not have it.
    """
    where = dict(category.group.where)
    if not category.shown:
        return [Metric(name, None, where, judged=False, reason=NOT_SHOWN) for name in ("n", *RATIOS.values(), *RATIOS)]
    n = category.group.n
    rows = [Metric("n", float(n), where, n=n, judged=category.judged, reason=category.why_not)]
    for name in METRICS[1:]:
        if name in RATIOS:
            rows.append(_ratio(name, category, references[name], missing[RATIOS[name]], resampling))
        else:
            rows.append(_rate(name, category, least_rows, missing[name]))
    return rows


def unknown_row(column: str) -> Metric:
    """The count of people of unknown category where there are none."""
    return Metric("n", 0.0, {column: UNKNOWN}, judged=False, reason=NEVER_JUDGED)


def _rate(name: str, category: Category, least_rows: int, missing: str) -> Metric:
    where, counted = dict(category.group.where), share(name, category.group)
    if counted is None:
        return Metric(name, None, where, n=category.group.n, judged=category.judged, reason=missing)
    if counted.value is None:
        return Metric(name, None, where, n=0, judged=category.judged, reason="no row to divide by")
    if category.judged and counted.whole < least_rows:
        return Metric(name, None, where, n=counted.whole, reason=f"n < {least_rows}: not assessable")
    return Metric(name, counted.value, where, n=counted.whole, ci=wilson(counted.part, counted.whole),
                  judged=category.judged, reason=category.why_not)


def _ratio(name: str, category: Category, reference: Category | None, missing: str, resampling: Resampling) -> Metric:
    where, n, rate = dict(category.group.where), category.group.n, RATIOS[name]
    one = share(rate, category.group)
    if one is None or one.value is None:
        return Metric(name, None, where, n=n, judged=category.judged, reason=missing)
    base = share(rate, reference.group) if reference is not None else None
    if reference is None or base is None or base.value is None:
        return Metric(name, None, where, n=n, judged=False, reason="no group is large enough to compare with")
    if not base.part:
        return Metric(name, None, where, n=n, judged=category.judged, reference=reference.name, reason=_NOBODY[rate])
    itself = category.group == reference.group
    return Metric(
        name, one.value / base.value, where, n=n, reference=reference.name, judged=category.judged, reason=category.why_not,
        ci=None if itself else resampling.ratio(one, base),
        p=two_proportions_p(one, base) if category.judged and not itself else None,
    )
