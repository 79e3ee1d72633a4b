"""Whether two profiles say the same: whole numbers and edges to the last digit, sums of floats within a stated tolerance."""

from __future__ import annotations

import math
from typing import Any

CLOSE = 1e-11
"""Relative, of sums over a few thousand rows; a mean and a deviation are compared relative to the column's range."""


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
    if counted["sums"] is not None:
        found.append(f"{where}/sums: they would not be exact")
    for key in ("mean", "std"):
        if local[key] is None and counted[key] is None:
            continue
        if local[key] is not None:  # of numbers of quite another size than the baseline's the local scan tells none
            room = CLOSE * max(abs(local["low"]), abs(local["high"]))
            if counted[key] is None or abs(local[key] - counted[key]) > room:
                found.append(f"{where}/{key}: {local[key]!r} is {counted[key]!r}")
    return found
