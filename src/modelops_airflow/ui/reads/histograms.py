"""Distributions of a run's columns over the baseline's, as shares of rows, for the plots.

Categories with fewer than ten rows on either side are folded into `(other)`: a page shows
aggregates, never a hint at single persons.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

SMALLEST = 10  # rows
LARGEST = 20  # bins

Side = Mapping[str, Any]


def histograms(profiles: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One for each column that both sides can show; `profiles` is the JSON form of the profile step."""
    baseline = (profiles.get("baseline") or {}).get("columns", {})
    drawn = (_histogram(name, facts, baseline.get(name)) for name, facts in profiles["current"]["columns"].items())
    return [one for one in drawn if one is not None]


def _histogram(name: str, current: Side, baseline: Side | None) -> dict[str, Any] | None:
    found = _by_label(current, baseline) or _by_edge(current, baseline)
    if found is None:
        return None
    bins, now, before = found
    return {"column": name, "bins": bins, "current": _shares(now), "baseline": _shares(before) if before else None}


def _by_label(current: Side, baseline: Side | None) -> tuple[list[str], list[int], list[int] | None] | None:
    if current.get("kind") != "categorical" or current.get("values") is None:
        return None
    now: Mapping[str, int] = current["values"]
    before: Mapping[str, int] | None = baseline.get("values") if baseline else None
    sides = [side for side in (now, before) if side is not None]
    totals = {label: sum(side.get(label, 0) for side in sides) for label in {key for side in sides for key in side}}
    by_size = sorted(totals, key=lambda label: (-totals[label], label))
    shown = [label for label in by_size if min(side.get(label, 0) or SMALLEST for side in sides) >= SMALLEST][:LARGEST]
    folded = [label for label in totals if label not in shown]
    labels = sorted(shown) + (["(other)"] if folded else [])

    def counted(side: Mapping[str, int]) -> list[int]:
        rest = [sum(side.get(label, 0) for label in folded)] if folded else []
        return [side.get(label, 0) for label in sorted(shown)] + rest

    return labels, counted(now), counted(before) if before is not None else None


def _by_edge(current: Side, baseline: Side | None) -> tuple[list[str], list[int], list[int] | None] | None:
    edges = current.get("edges") or []
    if len(edges) <= 1:
        return None
    inner = list(current["counts"])
    same = baseline is not None and list(baseline.get("edges") or []) == list(edges)
    ends = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
    bins = [f"below {edges[0]:.4g}", *ends, f"above {edges[-1]:.4g}"]
    before = list(baseline["counts"]) if baseline is not None and same else None
    filled = [index for index in range(len(bins)) if 0 < index < len(bins) - 1 or inner[index] or (before or inner)[index]]
    return [bins[i] for i in filled], [inner[i] for i in filled], [before[i] for i in filled] if before else None


def _shares(counts: list[int]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]
