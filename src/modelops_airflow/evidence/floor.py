"""The floor of evidence: no number about a part of the data that rests on fewer than ten rows.

Evidence goes to people outside the bank, and a rate over three rows of a group tells about three persons.
The row stays and says that it is not shown, so what a requirement asks of it is unknown: an error, never a pass.
"""

from __future__ import annotations

from dataclasses import replace

from ..measurement import Measurement, Metric

LEAST_ROWS = 10
"""Rows that a number about a part of the data must rest on."""

NOT_SHOWN = f"fewer than {LEAST_ROWS} rows are not shown"


def floored(measurement: Measurement) -> Measurement:
    """The measurement as it may stand in evidence; the same again for one that is floored already."""
    return replace(measurement, metrics=tuple(_floored(metric) for metric in measurement.metrics))


def _floored(metric: Metric) -> Metric:
    """A row about the whole of the data (empty `where`) singles nobody out and stays."""
    if not metric.where or metric.n is None or metric.n >= LEAST_ROWS:
        return metric
    return Metric(metric.name, None, metric.where, unit=metric.unit, reference=metric.reference, judged=metric.judged, reason=NOT_SHOWN)
