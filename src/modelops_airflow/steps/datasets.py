"""The data sets of a run, as its plan names them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..data.dataset import Dataset, Span, open_dataset
from ..data.duration import duration
from ..errors import DataError
from .run import Run


def current_dataset(run: Run) -> Dataset:
    """What the run looks at: all of it, or the window up to the end of the data interval."""
    return _open(run, _data(run)["current"], _span(run))


def baseline_dataset(run: Run) -> Dataset | None:
    """What it is compared with; always all of it."""
    baseline = _data(run).get("baseline")
    return None if baseline is None else _open(run, baseline, None)


def columns_of(run: Run) -> Mapping[str, Any]:
    """The `columns` section."""
    return _data(run).get("columns") or {}


def _data(run: Run) -> Mapping[str, Any]:
    if run.plan.data is None:
        raise DataError(f"{run.plan.model_id} names no data; add a `data` section to its file")
    return run.plan.data


def _open(run: Run, source: Any, span: Span | None) -> Dataset:
    # Data may lie anywhere below the project root; only artifacts are bound to the artifact roots.
    tag = f"model={run.plan.model_id} lifecycle={run.plan.lifecycle} run={run.id or 'none'}"
    return open_dataset(source, resolve=run.project.resolve, connections=run.connections, interval=_interval(run), span=span, tag=tag)


def _interval(run: Run) -> tuple[datetime, datetime]:
    """What `{start}` and `{end}` of a query stand for: all time, or what a scheduled life cycle looks at."""
    if run.plan.on != "schedule" or run.interval is None:
        return datetime.min.replace(tzinfo=UTC), datetime.max.replace(microsecond=0, tzinfo=UTC)
    window = _data(run).get("window")
    if window is None:
        return run.interval.start, run.interval.end
    return run.interval.end - duration(str(window["last"])), run.interval.end


def _span(run: Run) -> Span | None:
    """The stretch of files that a scheduled life cycle looks at; a release looks at all."""
    window, time, current = _data(run).get("window"), columns_of(run).get("time"), _data(run)["current"]
    query = isinstance(current, Mapping) and "sql" in current
    if window is None or run.interval is None or run.plan.on != "schedule" or query:
        return None
    if time is None:
        raise DataError(f"{run.plan.model_id} has a window but names no time column; add data.columns.time")
    return Span(str(time), *_interval(run))
