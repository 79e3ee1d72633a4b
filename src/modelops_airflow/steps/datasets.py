"""The data sets of a run, as its plan names them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..data.dataset import Dataset, Span, open_dataset
from ..data.duration import duration
from ..data.late import Labels, LateDataset, keyless
from ..errors import DataError
from .run import Run


def current_dataset(run: Run) -> Dataset:
    """What the run looks at: all of it, or the window up to the end of the data interval; with its labels where they arrive late."""
    found, labels = _open(run, _data(run)["current"], _span(run, _data(run)["current"])), _labels(run)
    return found if labels is None else LateDataset(found.name, found.files, found.query, found.span, labels=labels)


def baseline_dataset(run: Run) -> Dataset | None:
    """What it is compared with; always all of it."""
    baseline = _data(run).get("baseline")
    return None if baseline is None else _open(run, baseline, None)


def input_dataset(run: Run, named: str | None) -> Dataset:
    """What is scored on schedule: the files that are named, or the current data, in the window up to the end of the data interval."""
    source = _data(run)["current"] if named is None else named
    return _open(run, source, _span(run, source))


def columns_of(run: Run) -> Mapping[str, Any]:
    """The `columns` section; the key of labels is no feature."""
    columns, labels = _data(run).get("columns") or {}, _data(run).get("labels")
    return columns if labels is None else keyless(columns, labels["key"])


def labels_dataset(run: Run) -> Dataset | None:
    """The files of labels that arrive late; None where none are named."""
    labels = _data(run).get("labels")
    return None if labels is None else _open(run, labels["path"], None)


def _labels(run: Run) -> Labels | None:
    """How labels are joined: as of the end of the interval where the run has one to look at, else of the newest row."""
    labels, source, columns = _data(run).get("labels"), labels_dataset(run), columns_of(run)
    if labels is None or source is None:
        return None
    if lacking := [role for role in ("target", "time") if not columns.get(role)]:
        raise DataError(f"{run.plan.model_id} has labels that arrive late but names no {lacking[0]} column; add data.columns.{lacking[0]}")
    until = run.interval.end if run.interval is not None and run.plan.windowed else None
    return Labels(source, labels["key"], columns["target"], columns["time"], labels["matures_after"], until)


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
    if not run.plan.windowed or run.interval is None:
        return datetime.min.replace(tzinfo=UTC), datetime.max.replace(microsecond=0, tzinfo=UTC)
    window = _data(run).get("window")
    if window is None:
        return run.interval.start, run.interval.end
    return run.interval.end - duration(str(window["last"])), run.interval.end


def _span(run: Run, source: Any) -> Span | None:
    """The stretch of files that a scheduled life cycle looks at; a release looks at all."""
    window, time = _data(run).get("window"), columns_of(run).get("time")
    query = isinstance(source, Mapping) and "sql" in source
    if window is None or run.interval is None or not run.plan.windowed or query:
        return None
    if time is None:
        raise DataError(f"{run.plan.model_id} has a window but names no time column; add data.columns.time")
    return Span(str(time), *_interval(run))
