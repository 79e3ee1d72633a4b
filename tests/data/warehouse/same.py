"""Whether two profiles say the same: whole numbers and edges to the last digit, sums of floats within a stated tolerance."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

CLOSE = 1e-11
"""Relative, of sums over a thousand rows; of a mean and a deviation relative to the column's largest number."""


def differences(local: Any, counted: Any, where: str = "") -> list[str]:
    """What differs, by place; empty if nothing does."""
    if isinstance(local, dict) and isinstance(counted, dict) and "edges" in local:
        return _column(local, counted, where)
    if isinstance(local, dict) and isinstance(counted, dict):
        return [one for key in sorted(local.keys() | counted.keys())
                for one in differences(local.get(key, "absent"), counted.get(key, "absent"), f"{where}/{key}")]
    if isinstance(local, list) and isinstance(counted, list) and len(local) == len(counted):
        return [one for place, (a, b) in enumerate(zip(local, counted, strict=True)) for one in differences(a, b, f"{where}/{place}")]
    if isinstance(local, float) and isinstance(counted, float):
        return [] if math.isclose(local, counted, rel_tol=CLOSE) else [f"{where}: {local!r} is {counted!r}"]
    return [] if local == counted and type(local) is type(counted) else [f"{where}: {local!r} is {counted!r}"]


def _column(local: dict[str, Any], counted: dict[str, Any], where: str) -> list[str]:
    found = [f"{where}/{key}: {local[key]!r} is {counted[key]!r}" for key in local if key not in ("mean", "std", "sums") and local[key] != counted[key]]
    return found if counted["sums"] is None else [*found, f"{where}/sums: they would not be exact"]


def moments_off(table: pa.Table, counted: dict[str, Any]) -> list[str]:
    """Columns whose mean or deviation is not that of their finite numbers, correctly rounded sums taken.

    The local scan is no oracle for these: of numbers of another size than the baseline's it knows six digits, or none.
    """
    found = []
    for name, told in counted.items():
        if told["mean"] is None:
            continue
        values = [float(one) for one in table[name].to_pylist() if one is not None and math.isfinite(one)]
        mean = math.fsum(values) / len(values)
        std = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / len(values))
        room = CLOSE * max(map(abs, values))
        if abs(mean - told["mean"]) > room or abs(std - told["std"]) > room:
            found.append(f"{name}: {mean!r}, {std!r} is {told['mean']!r}, {told['std']!r}")
    return found
