"""Labels that arrive late, and vintages: what they need of the data, as far as the model file tells."""

from __future__ import annotations

from datetime import UTC, datetime

from ..data.duration import before
from ..data.late import keyless
from ..errors import DataError
from ..spec.types import Data, Labels, Sql
from .draft import Draft

_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Any day: what is compared is a year apart or not at all."""


def lint_labels(draft: Draft) -> None:
    """Note labels that cannot be joined or never mature, and vintages without times."""
    data = draft.model.spec.data
    if data is None:
        return
    if data.columns.time is None:
        for step in draft.steps:
            if step.uses == "performance" and "by_vintage" in step.options:
                draft.problem(draft.at(step, "with", "by_vintage"), "PLAN016", "vintages need a time column and the model names none", next_step="add data.columns.time")
    if data.labels is not None:
        _columns(draft, data, data.labels)
        _matures(draft, data, data.labels)


def _columns(draft: Draft, data: Data, labels: Labels) -> None:
    named = data.columns
    for role, why in (("target", "are the truth, and the model names no column for it"), ("time", "mature with the age of a row, and the model names no time column")):
        if getattr(named, role) is None:
            draft.problem(("data", "labels"), "PLAN016", f"labels {why}", next_step=f"add data.columns.{role}")
    try:
        keyless(named.model_dump(), labels.key)
    except DataError as error:
        draft.problem(("data", "labels", "key"), "PLAN016", str(error))
    if isinstance(data.current, Sql) and data.current.push_down:
        draft.problem(("data", "labels"), "PLAN016", "labels in a file cannot be joined in the warehouse, where push_down has the rows counted",
                      next_step="join them in the query and take `labels` out, or take push_down out of data.current")
    if labels.path == data.current:
        draft.problem(("data", "labels", "path"), "PLAN016", "the labels are the current data themselves",
                      next_step="take `labels` out; what the data has under columns.target is its truth")


def _matures(draft: Draft, data: Data, labels: Labels) -> None:
    """A window in which nothing is ever mature would measure nothing, each time."""
    window = draft.use.window or data.window
    try:
        matured = before(_DAY, labels.matures_after)
        first = None if window is None else before(_DAY, window.last)
    except DataError as error:
        draft.problem(("data", "labels", "matures_after"), "PLAN016", str(error))
        return
    if draft.scheduled and first is not None and first >= matured and any(step.uses == "performance" for step in draft.steps):
        path = (*draft.root, "window") if draft.use.window is not None else ("data", "labels", "matures_after")
        draft.problem(path, "PLAN016", f"nothing in the last {window.last if window else ''} is mature after {labels.matures_after}, so step performance has nothing to measure",
                      expected=f"a window longer than {labels.matures_after}",
                      next_step="give this life cycle a `window` of its own, or take performance out of it with `remove`")
