"""Evidently itself. Costs eight seconds to import: tasks only, and never with telemetry."""

from __future__ import annotations

import inspect
import json
import math
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..data.values import label
from ..errors import CheckError
from ..registry import did_you_mean
from .imports.outcome import plain

if TYPE_CHECKING:
    import pyarrow as pa

_NOT_ASKED = frozenset({"type", "tests", "include_tests"})
"""Parameters that are no business of a model file: what decides are requirements."""

_DEEPEST = 3


def asked_of(metrics: Sequence[Any]) -> list[Any]:
    """Evidently's objects for the names and parameters of a model file.

    Only classes that the library exports as a metric or a preset are looked up, and only plain values reach them.

    Raises:
        CheckError: a name, parameter or value that is none.
    """
    if not metrics:
        raise CheckError("metrics names nothing; a report of nothing proves nothing")
    classes = _classes()
    return [_made(place, one, classes) for place, one in enumerate(metrics)]


def report(asked: list[Any], current: pa.Table, baseline: pa.Table | None, profiles: Profiles, seed: int, *, html: bool = False) -> tuple[dict[str, Any], bytes, bytes]:
    """The JSON of a report, parsed and as Evidently wrote it, and its HTML if asked for, else nothing.

    Raises:
        CheckError: Evidently cannot compute it on this data.
    """
    _quiet()
    from evidently import DataDefinition, Dataset, Report

    definition = DataDefinition(**_tasks(current, profiles))
    try:
        with _seeded(seed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sides = [None if one is None else Dataset.from_pandas(one.replace_schema_metadata(None).to_pandas(), definition) for one in (current, baseline)]
            snapshot = Report(asked, include_tests=False).run(*sides)
            raw, page = snapshot.json(), snapshot.get_html_str(as_iframe=False) if html else ""
    except Exception as error:  # the library raises whatever its parts raise
        first = (str(error) or "no message").splitlines()[0]
        raise CheckError(f"Evidently cannot compute this report: {type(error).__name__}: {plain(first)}; columns: {', '.join(current.column_names)}"
                         + ("" if baseline is not None else "; there is no baseline")) from None
    return json.loads(raw), raw.encode(), page.encode()


def _quiet() -> None:
    """No telemetry, and no progress bars in the log of a task."""
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ.setdefault("TQDM_DISABLE", "1")


def _classes() -> dict[str, type]:
    _quiet()
    from evidently import metrics, presets
    from evidently.core.container import MetricContainer
    from evidently.core.metric_types import Metric

    named = {name: getattr(module, name) for module in (presets, metrics) for name in module.__all__}
    return {name: one for name, one in named.items() if inspect.isclass(one) and issubclass(one, Metric | MetricContainer)}


def _made(place: int, one: Any, classes: Mapping[str, type]) -> Any:
    if isinstance(one, str):
        one = {one: {}}
    if not isinstance(one, Mapping) or len(one) != 1 or not all(isinstance(value, Mapping | None) for value in one.values()):
        raise CheckError(f"metrics[{place}] is {plain(one)!r}; expected the name of a class, or {{Name: {{parameter: value}}}}")
    ((name, given),) = one.items()
    if name not in classes:
        raise CheckError(f"Evidently has no preset or metric {plain(name)!r}{did_you_mean(str(name), list(classes))}")
    known = [word for word in inspect.signature(classes[name]).parameters if word not in _NOT_ASKED]
    for key, value in (given or {}).items():
        if key not in known:
            raise CheckError(f"{name} has no parameter {plain(key)!r}{did_you_mean(str(key), known)}")
        if not _plain_value(value):
            raise CheckError(f"{key} of {name} is {plain(value)!r}; expected texts, numbers, true or false, lists and mappings of them, and no `type`")
    try:
        made = classes[name](**(given or {}))
    except Exception as error:
        raise CheckError(f"{name} cannot be made: {plain(str(error).replace(chr(10), ' '))}") from None
    for key, value in (given or {}).items():  # the library turns what does not fit into something else
        if getattr(made, key, value) != value:
            raise CheckError(f"{key} of {name} is {plain(value)!r}, which Evidently reads as {plain(getattr(made, key))!r}; write it as that")
    return made


def _plain_value(value: Any, depth: int = 0) -> bool:
    """Whether a value is data alone: a mapping with `type` could name a class to be imported."""
    if isinstance(value, Mapping):
        return depth < _DEEPEST and "type" not in value and all(isinstance(key, str) and _plain_value(one, depth + 1) for key, one in value.items())
    if isinstance(value, list | tuple):
        return depth < _DEEPEST and all(_plain_value(one, depth + 1) for one in value)
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _tasks(current: pa.Table, profiles: Profiles) -> dict[str, Any]:
    """Truth and prediction, where the data itself has both; scores are left to the check `performance`."""
    from evidently import BinaryClassification, MulticlassClassification, Regression

    by_role = {role: name for name, role in profiles.roles.items() if name in current.column_names}
    target, prediction, outcomes = by_role.get("target"), by_role.get("prediction"), profiles.current.outcomes
    if target is None or prediction is None or outcomes is None:
        return {}
    if outcomes.task == "regression":
        return {"regression": [Regression(target=target, prediction=prediction)]}
    if outcomes.task == "multiclass":
        return {"classification": [MulticlassClassification(target=target, prediction_labels=prediction)]}
    values = {label(value): value for value in current[target].unique().to_pylist() if value is not None}
    positive = values.get(outcomes.positive, outcomes.positive)
    return {"classification": [BinaryClassification(target=target, prediction_labels=prediction, pos_label=positive)]}


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """NumPy's shared generator from a seed, and afterwards as it was: permutation tests draw from it."""
    import numpy as np

    before = np.random.get_state()  # the library draws from the shared generator
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
