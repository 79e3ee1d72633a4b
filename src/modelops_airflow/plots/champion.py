"""A version beside the one in use: each change with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..measurement import Measurement
from .generic import generic
from .limit import Limit

_END = "_worst"


def champion(measured: Measurement, limits: Sequence[Limit]) -> str:
    """Bars of all rows; an end of an interval that is drawn already has a bar of its own only where a limit is for it."""
    asked = {limit.metric for limit in limits}
    kept = tuple(row for row in measured.metrics if not row.name.endswith(_END) or row.name in asked)
    return generic(replace(measured, metrics=kept), limits)
