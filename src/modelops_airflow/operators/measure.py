"""Checks of a life cycle: see `checks/`."""

from __future__ import annotations

from .step import StepOperator


class MeasureOperator(StepOperator):
    """Measures one thing from the run's profile and judges it by the plan's requirements."""

    ui_color = "#e6f4ea"
