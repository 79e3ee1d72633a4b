"""One column against its baseline from an exact comparison of both sides: Evidently's own numbers."""

from __future__ import annotations

from dataclasses import replace

from ..data.profile import NUMERIC, Column, Pair
from ..measurement import Metric
from .count_test import COUNT_TESTS
from .drift_method import METHODS
from .drift_stored import counted, tested
from .t_test import t_test_p


def exact(pair: Pair, old: Column, new: Column, method: str, where: dict[str, str]) -> Metric:
    """What a method measures; exact, so no bound is stated."""
    return replace(_exact(pair, old, new, method, where), error_bound=None)


def _exact(pair: Pair, old: Column, new: Column, method: str, where: dict[str, str]) -> Metric:
    metric, n = METHODS[method].metric, pair.n_current
    if method == "ks":
        return tested(metric, "no numbers" if pair.ks_p is None else pair.ks_p, where, n)
    if method == "wasserstein":
        return Metric(metric, pair.wasserstein, where, n=n, reason="no numbers" if pair.wasserstein is None else None)
    if method == "t_test":
        return tested(metric, t_test_p(old, new), where, n)
    if METHODS[method].rows or (method == "hellinger" and pair.kind == NUMERIC):
        return _by_rows(pair, method, where)
    if method in COUNT_TESTS and not pair.few:
        return Metric(metric, None, where, n=n, reason="a test for categories, not for numbers")
    if not pair.baseline:
        return Metric(metric, None, where, n=n, reason="the values lie too close together to cut into bins")
    return counted(method, pair.baseline, pair.current, where)


def _by_rows(pair: Pair, method: str, where: dict[str, str]) -> Metric:
    metric, n = METHODS[method].metric, pair.n_current
    found = pair.by_rows.get(method, "the scan was not asked for it; scan again")
    if METHODS[method].is_p or isinstance(found, str):
        return tested(metric, found, where, n)
    return Metric(metric, found, where, n=n)
