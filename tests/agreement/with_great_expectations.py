"""Every native expectation beside Great Expectations' own result, field by field, on edge values and on random rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from compared_answers import differences
from oracle import DATA, suite
from statistic import Agreement, Tolerance

from modelops_airflow.checks.great_expectations_engine import results_of
from modelops_airflow.checks.native import Frame, evaluate

EQUAL = Tolerance(0, 0, "every field of the answer; computed fields to 1e-9 of their value")


def compare(agreement: Agreement, n: int) -> None:
    """Every native type asked in several ways about `n` random rows; with n = 0 about edge values."""
    for name, table in (DATA if n == 0 else {f"{n} rows": _random(n)}).items():
        frame = Frame(table)
        answered = [(one, mine) for one in suite() if (mine := evaluate(frame, one)) is not None]
        for (one, mine), theirs in zip(answered, results_of([one for one, _ in answered], table), strict=True):
            wrong = differences(one, mine, theirs)
            case = f"{name}: {one['kwargs']}: {', '.join(wrong)}"
            agreement.of("Great Expectations", one["type"], EQUAL).add(case, float(len(wrong)), 0.0)


def _random(n: int) -> pa.Table:
    """The columns that the suite asks about, with values that meet and break it."""
    draw = np.random.default_rng(n)
    words = np.array(["a", "bb", "é", "", "a b", "1", "ccc"])
    gaps = draw.random(n) < 0.1
    days = np.datetime64("2020-01-01") + draw.integers(0, 90, n)
    return pa.table({
        "whole": pa.array(draw.integers(-2, 7, n), mask=gaps), "other": draw.integers(0, 7, n), "real": np.where(gaps, np.nan, draw.normal(2, 2, n)),
        "text": pa.array(words[draw.integers(0, len(words), n)], pa.string(), mask=draw.random(n) < 0.1), "word": pa.array(words[draw.integers(0, len(words), n)]),
        "truth": draw.random(n) < 0.5, "same": np.full(n, 7), "day": pa.array(days.astype("datetime64[D]")), "time": pa.array(days.astype("datetime64[us]")),
    })


