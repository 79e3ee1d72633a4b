"""Plots: a measurement as a picture, in SVG that needs nothing but itself. Pure: values in, text out.

    plot(measured, profiles) -> "<svg ...>"

Column names and labels are anybody's and are escaped; a missing value is drawn as that, never as zero; of parts of the data with fewer rows
than evidence may tell of (ADR 0017) nothing is drawn, with or without profiles.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import Profiles
from ..evidence.floor import floored
from ..measurement import Measurement, Status
from .bias import bias
from .champion import champion
from .data_quality import data_quality
from .drift import drift
from .expectations import expectations
from .generic import generic
from .lettering import paragraph
from .limit import Limit
from .performance import performance
from .sheet import ROOM, sheet

__all__ = ["Limit", "plot"]


def plot(measured: Measurement, profiles: Profiles | None = None, limits: Sequence[Limit] = ()) -> str:
    """The picture of a measurement: a check of ours has one of its own, every other a panel of bars for each metric.

    Args:
        profiles: what it was measured on, for distributions, calibration and confusion; they are left out without.
        limits: thresholds to draw.
    """
    if measured.status is not Status.MEASURED:
        why = "; ".join(measured.notes) or "no reason given"
        word = "not measured, an error" if measured.status is Status.ERROR else "not applicable"
        return sheet(f"{measured.check}: {word}", [paragraph(why, ROOM)], desc=why)
    shown = floored(measured)
    if measured.check == "drift":
        return drift(shown, profiles, limits)
    if measured.check == "performance":
        return performance(shown, profiles, limits)
    if measured.check == "bias":
        return bias(shown, limits)
    if measured.check == "champion":
        return champion(shown, limits)
    if measured.check == "data-quality":
        return data_quality(shown, profiles, limits)
    return expectations(shown, limits) if measured.check == "expectations" else generic(shown, limits)
