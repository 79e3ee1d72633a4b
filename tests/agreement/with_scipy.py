"""Backtests of probabilities beside SciPy, grade by grade and over all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from asked import Rows
from scipy import stats
from statistic import Agreement, Tolerance
from worlds import profiles

from modelops_airflow.checks import CheckContext, run_check

COLUMNS = {"target": "bad", "score": "pd"}
RATES = {"A": 0.01, "B": 0.03, "C": 0.08, "D": 0.2}


def compare(agreement: Agreement, n: int) -> None:
    """`n` rows whose events are as many as predicted, and a little more."""
    for excess in (1.0, 1.05):
        draw = np.random.default_rng(n)
        grade = draw.choice(list(RATES), n)
        score = np.array([RATES[one] for one in grade]) * draw.uniform(0.8, 1.2, n)
        _add(agreement, f"{excess:g} times the events, {n} rows", grade, score, (draw.random(n) < excess * score).astype(int))


def _add(agreement: Agreement, case: str, grade: Any, score: Any, bad: Any) -> None:
    table = pa.table({"grade": grade, "pd": score, "bad": bad})
    context = CheckContext(dataset=Rows(table), columns=COLUMNS)
    measured = run_check("backtest", profiles(table, **COLUMNS), {"by": "grade", "min_group_size": 1}, context=context)
    ours = {(row.name, *row.where.values()): row for row in measured.metrics}
    for name, value in _scipy(grade, score, bad).items():
        agreement.of("SciPy", name[0], Tolerance()).add(f"{name}, {case}", ours[name].value, float(value))
    for where in ((), *((one,) for one in RATES)):
        here = grade == where[0] if where else np.ones(len(grade), dtype=bool)
        theirs = stats.binomtest(int(bad[here].sum()), int(here.sum())).proportion_ci(method="wilson")
        mine = ours["observed_rate", *where].ci
        for place, end in enumerate(theirs):
            agreement.of("SciPy", "observed_rate, 95 % interval", Tolerance()).add(f"{where}, {case}", mine[place] if mine else None, float(end))


def _scipy(grade: Any, score: Any, bad: Any) -> dict[tuple[str, ...], float]:
    found = _tests((), score, bad)
    cells = []
    for one in RATES:
        here = grade == one
        found |= _tests((one,), score[here], bad[here])
        expected = score[here].sum()
        cells += [(bad[here].sum(), expected), (here.sum() - bad[here].sum(), here.sum() - expected)]
    statistic = sum((seen - expected) ** 2 / expected for seen, expected in cells)
    spread = np.sqrt(np.sum((1 - 2 * score) ** 2 * score * (1 - score)))
    z = np.sum((bad - score) * (1 - 2 * score)) / spread
    return found | {("hosmer_lemeshow_p",): stats.chi2.sf(statistic, len(RATES)), ("spiegelhalter_p",): 2 * stats.norm.sf(abs(z))}


def _tests(where: tuple[str, ...], score: Any, bad: Any) -> dict[tuple[str, ...], float]:
    n, events, p = len(bad), int(bad.sum()), float(score.mean())
    return {("observed_rate", *where): events / n, ("expected_rate", *where): p, ("binomial_p", *where): stats.binomtest(events, n, p, alternative="greater").pvalue,
            ("jeffreys_p", *where): stats.beta.cdf(p, events + 0.5, n - events + 0.5)}
