"""Test a check as production runs it: the same profiles, the same check, the same verdict.

    from modelops_airflow.testing import check_fails, check_passes

    late = {"days_late": [0] * 18 + [40, 60]}
    check_passes("late-payments", late, require={"late_share": {"fail": "> 0.10"}})
    check_fails("late-payments", late, require={"late_share": {"fail": ">= 0.10"}})

Data is a small Arrow table, a mapping of lists or a pandas frame. It is written to a file and scanned,
judged by the rules of a life cycle, and numbers about fewer than ten rows are not shown, as in evidence.
A mistake in the test itself, such as an option that the check does not have, is a TypeError or ValueError
and never looks like a result.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .checks import CHECKS, Check, CheckContext, asked_of, exact_methods, run_check
from .checks.metrics import METRICS
from .checks.own import named
from .data.dataset import Dataset
from .data.prepare import profiles_of
from .errors import CheckError, DataError
from .evidence.floor import floored
from .measurement import Measurement, Status, Verdict
from .plan import Requirement
from .policy.condition import Condition
from .policy.verdict import Judgement, judge
from .registry import UnknownName, did_you_mean
from .spec.project import Project
from .spec.types import Columns, Require

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["check_errors", "check_fails", "check_passes", "measure"]

Data: TypeAlias = "pa.Table | Mapping[str, Sequence[Any]] | pd.DataFrame"
Asked: TypeAlias = str | Callable[..., Measurement]
Model: TypeAlias = "Callable[[pa.Table], pa.Table]"
Rules: TypeAlias = Mapping[str, Mapping[str, Any]]

_SHOWN = 20
"""Rows of a measurement that a message shows."""


def measure(
    check: Asked, current: Data, baseline: Data | None = None, *, columns: Mapping[str, Any] | None = None,
    with_: Mapping[str, Any] | None = None, model: Model | None = None, **options: Any,
) -> Measurement:
    """What a check measures, as it would stand in evidence.

    Args:
        check: its name, as in a model file of the project around the working folder, or its function.
        columns: what columns mean, as in a model file: target, favourable, protected, prediction, score, time, ignore.
        with_: options of the check whose names are taken here (`columns`, `require`, `match`, `model`).
        model: asked for predictions where the data has none, and by checks that ask: a table of features in, a table with
            `prediction` and perhaps `score` out.
        options: the other options of the check.

    Raises:
        TypeError: the check, an option, a column's meaning or the form of the data does not exist.
    """
    chosen, given = _check(check), {**(with_ or {}), **options}
    _known(given, chosen.parameters, f"check {chosen.name} has no option")
    _known(columns or {}, Columns.model_fields, "columns have no meaning")
    with tempfile.TemporaryDirectory() as folder:
        now = _dataset(folder, "current", current)
        before = None if baseline is None else _dataset(folder, "baseline", baseline)
        try:
            asked = asked_of([(chosen.name, given)], (columns or {}).get("protected", ()))
            profiles = profiles_of(now, before, columns or {}, score=model, exact=exact_methods([given]), asked=asked)
        except (CheckError, DataError) as error:  # in a life cycle the step `profile` ends so, and nothing is green
            return Measurement.error(chosen.name, str(error), version=chosen.version)
        context = CheckContext(resolve=Project.around(Path()).resolve, dataset=now, baseline=before, columns=columns or {}, score=model,
                               until=datetime.now(UTC))
        return floored(run_check(chosen, profiles, given, context=context))


def check_passes(
    check: Asked, current: Data, baseline: Data | None = None, *, columns: Mapping[str, Any] | None = None,
    require: Rules, with_: Mapping[str, Any] | None = None, model: Model | None = None, **options: Any,
) -> Measurement:
    """Demand that a life cycle with these requirements would pass; a warning passes.

    Args:
        require: metric -> {"warn": "...", "fail": "...", "where": {...}}, as in a model file.

    Returns:
        The measurement, for what else the test has to say of it.

    Raises:
        AssertionError: it fails, or it could not be measured or judged.
    """
    return _demand(Verdict.PASS, check, require, measure(check, current, baseline, columns=columns, with_=with_, model=model, **options))


def check_fails(
    check: Asked, current: Data, baseline: Data | None = None, *, columns: Mapping[str, Any] | None = None,
    require: Rules, with_: Mapping[str, Any] | None = None, model: Model | None = None, **options: Any,
) -> Measurement:
    """Demand that a requirement is measured and not met; a check that could not measure has not failed.

    Raises:
        AssertionError: it passes, or it could not be measured or judged.
    """
    return _demand(Verdict.FAIL, check, require, measure(check, current, baseline, columns=columns, with_=with_, model=model, **options))


def check_errors(
    check: Asked, current: Data, baseline: Data | None = None, *, columns: Mapping[str, Any] | None = None,
    require: Rules | None = None, match: str = "", with_: Mapping[str, Any] | None = None, model: Model | None = None, **options: Any,
) -> Measurement:
    """Demand that the check cannot measure, or that a requirement has nothing to judge: what blocks without being a failure.

    Args:
        require: left out, the check itself must say that it cannot measure.
        match: a regular expression that must be found in the reasons.

    Raises:
        AssertionError: it was measured and judged, or the reasons are others.
    """
    measured = measure(check, current, baseline, columns=columns, with_=with_, model=model, **options)
    if require is None and measured.status is not Status.ERROR:
        raise AssertionError(_told(f"check {measured.check} was expected to err, and its status is {measured.status.value}", None, measured))
    judgement = judge(_requirements(_check(check), require or {}), measured)
    if judgement.verdict is not Verdict.ERROR:
        raise AssertionError(_told(f"check {measured.check} was expected to err; verdict: {judgement.verdict.value}", judgement, measured))
    reasons = "\n".join([*measured.notes, *judgement.reasons()])
    if not re.search(match, reasons):
        raise AssertionError(_told(f"check {measured.check} errs for another reason; expected one that matches {match!r}", judgement, measured))
    return measured


def _demand(wanted: Verdict, check: Asked, require: Rules, measured: Measurement) -> Measurement:
    if not require:
        raise ValueError("require names no metric; where nothing is required nothing passes and nothing fails")
    judgement = judge(_requirements(_check(check), require), measured)
    if judgement.verdict is not wanted:
        raise AssertionError(_told(f"check {measured.check} was expected to {wanted.value}; verdict: {judgement.verdict.value}", judgement, measured))
    return measured


def _check(asked: Asked) -> Check:
    if isinstance(asked, str):
        try:
            return named(Project.around(Path()), asked)
        except UnknownName as error:
            raise TypeError(str(error)) from None
    found = next((one for one in CHECKS.values() if one.function is asked), None)
    if found is None:
        raise TypeError(f"{getattr(asked, '__name__', asked)!r} is no check; decorate it with @check(name, version=..., metrics=...)")
    return found


def _known(given: Mapping[str, Any], known: Mapping[str, Any], told: str) -> None:
    for name in given:
        if name not in known:
            raise TypeError(f"{told} {name!r}{did_you_mean(name, list(known))}")


def _dataset(folder: str, side: str, data: Data) -> Dataset:
    import pyarrow.parquet as pq

    path = Path(folder) / f"{side}.parquet"
    pq.write_table(_table(side, data), path)
    return Dataset(side, files=(path,))


def _table(side: str, data: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    if isinstance(data, Mapping):
        return pa.table(dict(data))
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns"):
        return pa.Table.from_pandas(data, preserve_index=False)
    raise TypeError(f"{side} data is {type(data).__name__}; expected an Arrow table, a mapping of lists or a pandas frame")


def _requirements(check: Check, require: Rules) -> list[Requirement]:
    found = []
    for metric, rule in require.items():
        _known({metric: rule}, dict.fromkeys(check.metrics), f"check {check.name} has no metric")
        _known(rule, Require.model_fields, f"a requirement of {metric} has no")
        for word in ("warn", "fail"):
            if rule.get(word) is not None:
                _right_side(metric, word, rule[word])
        if rule.get("warn") is None and rule.get("fail") is None:
            raise ValueError(f"{metric} has neither warn nor fail; nothing is required of it")
        found.append(Requirement(metric, rule.get("warn"), rule.get("fail"), rule.get("where") or {}, "test", default=False))
    return found


def _right_side(metric: str, word: str, text: str) -> None:
    """What `modelops validate` would refuse is no requirement of a test either."""
    bad = METRICS[metric].high_is_bad if metric in METRICS else None
    if bad is not None and Condition.parse(text).high_is_bad is not bad:
        raise ValueError(f"{metric}: {word} {text!r} is on the wrong side; {'high' if bad else 'low'} values are bad")
    Condition.parse(text)


def _told(head: str, judgement: Judgement | None, measured: Measurement) -> str:
    """What was demanded, what was judged, what was measured."""
    judged = [f"  {row}" for row in judgement.rows] if judgement else []
    rows = [f"  {_row(row.to_json())}" for row in measured.metrics]
    more = [f"  and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
    parts = [head, *(["judged:", *judged[:_SHOWN]] if judged else []), *(["measured:", *rows[:_SHOWN], *more] if rows else []),
             *(f"note: {note}" for note in measured.notes)]
    return "\n".join(parts)


def _row(row: Mapping[str, Any]) -> str:
    place = ", ".join(f"{key} {value}" for key, value in row["where"].items())
    value = "no value" if row["value"] is None else f"{row['value']:.6g}"
    more = [f"n {row['n']}" if "n" in row else "", str(row.get("reason", "")), "" if row.get("judged", True) else "listed, not judged"]
    told = "; ".join(filter(None, more))
    return f"{row['name']}{f' [{place}]' if place else ''} = {value}{f' ({told})' if told else ''}"
