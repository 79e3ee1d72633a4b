"""Tables with everything that engines disagree on, as each engine can hold them."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

WORDS = ["red", "Red", "blue", "(unknown)", "O'Neil", "straße", "日本", "a:b", "100%", "{start}", "back\\slash", 'say "x"', "", " ", "7", "NULL"]
ROLES = {"who": "key", "cat": "protected", "flag": "protected", "y": "target", "prediction": "prediction", "score": "score", "skipped": "ignore"}
COLUMNS = {"target": "y", "favourable": 1, "protected": ["cat", "flag"], "prediction": "prediction", "score": "score", "ignore": ["skipped"]}


def world(seed: int, n: int = 400) -> pa.Table:
    """Numbers with gaps, NaN and infinities, values on edges, decimals, dates, booleans, odd labels; truth, prediction and score."""
    generator = np.random.default_rng(seed)

    def some(values: list, share: float) -> list:
        return [None if gone else value for value, gone in zip(values, generator.random(n) < share, strict=True)]

    x = generator.normal(size=n) * 10.0 ** generator.integers(-3, 9)
    x[generator.random(n) < 0.02] = np.nan
    x[generator.random(n) < 0.02] = np.inf
    x[generator.random(n) < 0.02] = -np.inf
    score = generator.random(n).round(2)
    y = (generator.random(n) < score).astype(int)
    return pa.table({
        "x": pa.array(some(x.tolist(), 0.1), pa.float64(), from_pandas=False),
        "tied": pa.array((generator.integers(-40, 40, n) / 10).tolist(), pa.float64()),
        "few": pa.array(some((generator.integers(0, 4, n) - 0.0).tolist(), 0.05), pa.float64()),
        "whole": pa.array(some([int(one) for one in generator.integers(-(2**60), 2**60, n)], 0.05), pa.int64()),
        "count": pa.array([int(one) for one in generator.poisson(30, n)], pa.int64()),
        "money": pa.array(some([Decimal(int(one)) / 100 for one in generator.integers(-10**6, 10**6, n)], 0.1), pa.decimal128(12, 2)),
        "same": pa.array([0.1] * n, pa.float64()),
        "nothing": pa.array([None] * n, pa.float64()),
        "cat": pa.array(some([WORDS[one] for one in generator.integers(0, len(WORDS), n)], 0.1), pa.string()),
        "flag": pa.array(some([bool(one) for one in generator.integers(0, 2, n)], 0.1), pa.bool_()),
        "day": pa.array(some([date(2026, 1, 1) + timedelta(days=int(one)) for one in generator.integers(0, 90, n)], 0.1), pa.date32()),
        "moment": pa.array([datetime(2026, 1, 1) + timedelta(seconds=int(one)) for one in generator.integers(0, 10**6, n)], pa.timestamp("us")),
        "skipped": pa.array([str(one) for one in range(n)], pa.string()),
        "y": pa.array(some(y.tolist(), 0.1), pa.int64()),
        "prediction": pa.array(some((score > 0.5).astype(int).tolist(), 0.05), pa.int64()),
        "score": pa.array(score.tolist(), pa.float64()),
    })


def other_outcomes(table: pa.Table, form: str, seed: int = 0) -> pa.Table:
    """The same table with truth, prediction or score of another sort."""
    generator, n = np.random.default_rng(seed), table.num_rows
    changed: dict[str, pa.Array] = {}
    if form == "text":
        changed = {name: pa.array([None if one is None else ("no", "yes")[one] for one in table[name].to_pylist()]) for name in ("y", "prediction")}
    elif form == "boolean":
        changed = {name: table[name].cast(pa.bool_()) for name in ("y", "prediction")}
    elif form == "float":
        changed = {name: table[name].cast(pa.float64()) for name in ("y", "prediction")}
        changed["y"] = pa.array([float("nan") if one is None else one for one in changed["y"].to_pylist()], pa.float64())
    elif form == "three classes":
        changed = {name: pa.array([int(one) for one in generator.integers(0, 3, n)], pa.int64()) for name in ("y", "prediction")}
    elif form == "regression":
        truth = generator.normal(size=n) * 100
        guess = truth + generator.normal(size=n)
        truth[generator.random(n) < 0.05], guess[generator.random(n) < 0.05] = np.nan, np.inf
        changed = {"y": pa.array(truth.tolist(), pa.float64()), "prediction": pa.array(guess.tolist(), pa.float64())}
    elif form == "logit":
        changed = {"score": pa.array((generator.normal(size=n) * 3).round(1).tolist(), pa.float64())}
    elif form == "unscored":
        changed = {"score": pa.array([None if gone else 0.5 for gone in generator.random(n) < 0.2], pa.float64())}
    elif form == "one class":
        changed = {"y": pa.array([1] * n, pa.int64())}
    elif form == "certain":
        changed = {"score": pa.array([float(one) for one in generator.integers(0, 2, n)], pa.float64())}
    for name, column in changed.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def as_sqlite_holds_it(table: pa.Table) -> pa.Table:
    """SQLite has no NaN, decimals, booleans, dates or columns without a value's type."""
    def held(column: pa.ChunkedArray) -> pa.ChunkedArray:
        kind = column.type
        if pa.types.is_boolean(kind):
            return column.cast(pa.int64())
        if pa.types.is_decimal(kind):
            return pa.chunked_array([pa.array([None if one is None else float(one) for one in column.to_pylist()], pa.float64())])
        if pa.types.is_temporal(kind):
            return pa.chunked_array([pa.array([None if one is None else str(one) for one in column.to_pylist()], pa.string())])
        if column.null_count == len(column):
            return pa.chunked_array([pa.array([None] * len(column), pa.string())])
        if pa.types.is_floating(kind):
            return pa.chunked_array([pa.array([None if one is None or math.isnan(one) else one for one in column.to_pylist()], kind)])
        return column

    return pa.table({name: held(table[name]) for name in table.column_names})
