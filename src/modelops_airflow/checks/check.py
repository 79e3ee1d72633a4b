"""The registry of checks, and how one is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..digest import Digest
from ..errors import CheckError, DataError
from ..measurement import Measurement
from ..registry import Registry
from .parameter import Parameter, parameters_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ..data.dataset import Dataset
    from ..data.profile import Profiles

CheckFunction = Callable[..., Measurement]


@dataclass(frozen=True)
class CheckContext:
    """What a check may need beside the profiles.

    Attributes:
        resolve: path in the model file -> file below the project root.
        dataset: the current data, for what no profile can answer.
        baseline: the baseline's data, likewise.
        columns: the `columns` section that the data was profiled with: what a model may see hangs on it.
        score: asks the model: features in, a table with `prediction` and perhaps `score` out. It loads the model when
            it is first called, and only from an artifact whose scan passed. None where there is no model.
        earlier: so many measurements of the same step in the runs before, newest first, None for a run that has none;
            None where no register knows earlier runs.
        until: the time at which the data should be complete: the end of the data interval, or now (UTC).
    """

    resolve: Callable[[str], Path] | None = None
    dataset: Dataset | None = None
    baseline: Dataset | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    score: Callable[[pa.Table], pa.Table] | None = None
    earlier: Callable[[int], Sequence[Measurement | None]] | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Check:
    """A registered check.

    Attributes:
        version: of its meaning; an upgrade of the package that changes no meaning changes no version.
        metrics: names of the metrics it can produce.
        summary: first line of its docstring.
    """

    name: str
    version: int
    function: CheckFunction
    parameters: Mapping[str, Parameter]
    metrics: tuple[str, ...]
    summary: str
    uses_context: bool

    def wrong(self, option: str, value: object) -> str:
        """Why an option may not have a value; empty if it may."""
        parameter = self.parameters.get(option)
        return "there is no such option" if parameter is None else parameter.wrong(value)


CHECKS: Registry[Check] = Registry("check")


def check(name: str, *, version: int, metrics: tuple[str, ...]) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as a check; its keyword-only arguments are its parameters."""

    def register(function: CheckFunction) -> CheckFunction:
        summary = (inspect.getdoc(function) or "").split("\n")[0]
        if not summary:
            raise TypeError(f"check {name} has no docstring; its first line is its description")
        parameters = parameters_of(function)
        context = parameters.pop("context", None)
        CHECKS.add(name)(Check(name, version, function, parameters, metrics, summary, context is not None))
        return function

    return register


def run_check(
    name: str, profiles: Profiles, options: Mapping[str, Any], *, context: CheckContext | None = None
) -> Measurement:
    """Run a check with options; what it says it cannot measure is an error on record, never an exception.

    Raises:
        UnknownName: there is no such check.
    """
    chosen = CHECKS[name]
    values = {key: parameter.default for key, parameter in chosen.parameters.items()} | dict(options)
    wrong = [f"{key}: {why}" for key, value in values.items() if (why := chosen.wrong(key, value))]
    if wrong:
        return Measurement.error(name, "; ".join(wrong), version=chosen.version)
    extra = {"context": context or CheckContext()} if chosen.uses_context else {}
    try:
        answer = chosen.function(profiles, **values, **extra)
    except (CheckError, DataError) as error:
        answer = Measurement.error(name, str(error))
    inputs = {side: Digest(digest) for side, digest in profiles.inputs.items()}
    return replace(answer, version=chosen.version, inputs=inputs, parameters=_json(values) | dict(answer.parameters))


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in sorted(values.items())}
