"""A thousand monitors on data that never changes stay within their budget of false alarms, and find what they claim to find.

The monitors are simulated by counts: a baseline of numbers is the Dirichlet distribution of what lies between its own
quantiles, one of labels a draw from the multinomial distribution, and every run draws its rows from the same truth.
Standard errors are over monitors, since the runs of a monitor share its baseline.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modelops_airflow.checks.alarm_budget import Budget
from modelops_airflow.checks.alarm_cells import cells_of, moved
from modelops_airflow.checks.alarm_level import Sizes, alarm_rate, detectable, threshold
from modelops_airflow.data.profile import Column

RUNS, MONITORS = 30, 1000
SIZES = ((2000, 1000), (10_000, 500), (1000, 3000))
BINS = 40
SHARES = {
    "region": 1 / np.arange(1, 41) ** 1.3,
    "children": np.array([0.37, 0.37, 0.18, 0.06, 0.015, 0.004, 0.001]),
    "employed": np.array([0.7, 0.3]),
    "fraud": np.array([0.998, 0.002]),
}


def _numbers(counts, edges):
    return Column("numeric", int(sum(counts)), 0, distinct=None, edges=edges, counts=tuple(int(count) for count in counts))


def _labels(counts):
    return Column("categorical", int(sum(counts)), 0, values={str(name): int(count) for name, count in enumerate(counts) if count})


def _income(generator, n, m, runs):
    """A heavy tail behind a third of zeros: bins are quantiles, so nothing but their masses is left of the tail."""
    bins = np.diff(np.linspace(0, n - 1, BINS + 1).round().astype(int))
    mass = generator.dirichlet([1, n // 3, *bins * 2 / 3, 1])
    before = np.array([0, n // 3, *(bins * 2 / 3).round(), 0], int)
    edges = tuple(float(edge) for edge in range(len(mass) - 1))
    return _numbers(before, edges), [_numbers(now, edges) for now in generator.multinomial(m, mass / mass.sum(), size=runs)]


def _age(generator, n, m, runs):
    bins = np.diff(np.linspace(0, n - 1, BINS + 1).round().astype(int))
    before = np.array([0, *bins, 0])
    before[-2] += 1
    edges = tuple(float(edge) for edge in range(BINS + 1))
    return _numbers(before, edges), [_numbers(now, edges) for now in generator.multinomial(m, generator.dirichlet([1, *bins, 1]), size=runs)]


def _adult(age):
    """A column that follows from another: whether the age is in the upper half."""
    return _labels((sum(age.counts[: BINS // 2]), sum(age.counts[BINS // 2 :])))


def _monitor(generator, n, m, runs):
    """Columns of one monitor: baseline and runs of each; three of them say the same in other words."""
    age, ages = _age(generator, n, m, runs)
    found = {"age": (age, ages), "adult": (_adult(age), [_adult(one) for one in ages]), "income": _income(generator, n, m, runs)}
    for name, shares in SHARES.items():
        truth = shares / shares.sum()
        found[name] = (_labels(generator.multinomial(n, truth)), [_labels(now) for now in generator.multinomial(m, truth, size=runs)])
    return found


COLUMNS = 8


@pytest.fixture(scope="module")
def distances():
    """By monitor its rows, and by column the cells and the distances of all its runs; two runs before the month too."""
    generator, found = np.random.default_rng(20261126), []
    for number in range(MONITORS):
        n, m = SIZES[number % len(SIZES)]
        columns = {}
        for name, (old, news) in _monitor(generator, n, m, RUNS + 2).items():
            cells = [cells_of(old, new) for new in news]
            columns[name] = (cells[0], np.array([one.distance for one in cells]))
        found.append(columns | {"age in months": columns["age"]})
    return found


class Independent(Budget):
    """A budget whose thresholds are those of one run alone."""

    def sizes(self, cells):
        return replace(super().sizes(cells), times=1, of_last=1)


def _alarms_a_month(distances, budget):
    """Alarms of each monitor in its month: mean and standard error."""
    counts = []
    for columns in distances:
        alarms = 0
        for cells, far in columns.values():
            limit = budget.limit(cells)
            over = np.zeros(len(far), bool) if limit is None else far >= limit
            before = np.lib.stride_tricks.sliding_window_view(over, budget.of_last)[3 - budget.of_last :]
            alarms += int((before[:, -1] & (before.sum(axis=1) >= budget.times)).sum())
        counts.append(alarms)
    return np.mean(counts), np.std(counts) / np.sqrt(len(counts))


@pytest.mark.parametrize(("times", "of_last"), [(1, 1), (2, 3), (3, 3)])
@pytest.mark.parametrize("monthly", [0.5, 2.0])
def test_a_thousand_monitors_on_stationary_data_stay_within_their_budget(distances, monthly, times, of_last):
    budget = Budget.of(monthly, RUNS, COLUMNS, times=times, of_last=of_last, at_least=0.0)
    mean, error = _alarms_a_month(distances, budget)
    assert mean - 1.645 * error <= monthly, (mean, error)
    assert mean >= monthly / 3, "the control: the budget is there to be spent, not a threshold that nothing reaches"


def test_without_a_share_for_every_column_the_budget_is_broken(distances):
    mean, error = _alarms_a_month(distances, Budget.of(1.0, RUNS, 1, times=1, of_last=1, at_least=0.0))
    assert mean - 5 * error > 3.0


def test_runs_taken_for_independent_break_the_budget(distances):
    """Two of three runs by the binomial distribution alone: the runs share a baseline, and an unlucky one fails them together."""
    rate = Budget.of(1.0, RUNS, COLUMNS, times=1, of_last=1, at_least=0.0).rate
    alone = threshold(Sizes(9, 1000, 3000, 1, 1), (rate / 2) ** 0.5)  # over now and in one of two runs before: 2 p**2
    assert alarm_rate(Sizes(9, 1000, 3000, 2, 3), alone / Sizes(9, 1000, 3000, 2, 3).scale, 0.0) > 5 * rate
    small = [columns for number, columns in enumerate(distances) if SIZES[number % len(SIZES)] == (1000, 3000)]
    mean, error = _alarms_a_month(small, Independent((rate / 2) ** 0.5, 2, 3))
    assert mean - 3 * error > 1.0
    mean, error = _alarms_a_month(small, Budget(rate, 2, 3))
    assert mean - 1.645 * error <= 1.0, "the control"


@pytest.mark.parametrize(("n", "m"), [(5000, 5000), (50_000, 2000), (2000, 20_000)])
@pytest.mark.parametrize(("times", "of_last"), [(1, 1), (2, 3), (3, 5)])
def test_rate_and_power_are_those_of_normal_shares_drawn_at_random(n, m, times, of_last):
    """The formulas against the model they are of: a thousand draws of baselines, runs given each."""
    generator, sizes, rate, draws = np.random.default_rng(1), Sizes(6, n, m, times, of_last), 0.02, 150_000
    limit = threshold(sizes, rate)
    claimed = detectable(sizes, limit)
    old = generator.normal(size=(draws, 1, 6)) / n**0.5
    new = generator.normal(size=(draws, of_last, 6)) / m**0.5
    for true, expected, allowed in ((0.0, rate, 0.0025), (claimed, 0.9, 0.005)):
        new[:, :, 0] += true**0.5
        over = ((new - old) ** 2).sum(axis=2) >= limit
        found = (over[:, 0] & (over.sum(axis=1) >= times)).mean()
        assert found == pytest.approx(expected, abs=allowed)
        assert alarm_rate(sizes, limit / sizes.scale, true) == pytest.approx(expected, rel=0.002)


def test_a_shift_of_a_tenth_of_a_deviation_is_found_by_those_that_claim_it():
    """Normal numbers, shifted: where the detectable shift is 0.1 or less, nine of ten monitors alarm, and fewer elsewhere."""
    generator, budget = np.random.default_rng(3), Budget.of(1.0, RUNS, 25, times=1, of_last=1, at_least=0.0)
    for n, m, claims in ((20_000, 10_000, True), (4000, 1500, False)):
        found, claimed = [], []
        for _ in range(150):
            values = np.sort(generator.normal(size=n))
            edges = np.unique(values[np.linspace(0, n - 1, 201).round().astype(int)])
            upper = np.append(edges[:-1], np.nextafter(edges[-1], np.inf))
            old, new = (
                replace(_numbers(np.bincount(np.searchsorted(upper, side, side="right"), minlength=202), tuple(edges)), std=1.0)
                for side in (values, generator.normal(0.1, size=m)))
            cells = cells_of(old, new)
            limit = budget.limit(cells)
            found.append(cells.distance >= limit)
            claimed.append(moved(old, cells, 0.1) >= detectable(budget.sizes(cells), limit))
        assert np.mean(claimed) == (1.0 if claims else 0.0)
        assert (np.mean(found) >= 0.9) == claims
