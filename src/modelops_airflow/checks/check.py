"""The registry of checks, and how one is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..digest import Digest
from ..errors import CheckError, DataError
from ..measurement import Measurement
from ..registry import Registry
from .parameter import Parameter, parameters_of

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..data.profile import Profiles

CheckFunction = Callable[..., Measurement]


@dataclass(frozen=True)
class CheckContext:
    """What a check may need beside the profiles.

    Attributes:
        resolve: path in the model file -> file below the project root.
        dataset: the current data, for what no profile can answer.
    """

    resolve: Callable[[str], Path] | None = None
    dataset: Dataset | None = None


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
    check: str | Check, profiles: Profiles, options: Mapping[str, Any], *, context: CheckContext | None = None
) -> Measurement:
    """Run a check with options; what it says it cannot measure is an error on record, never an exception.

    Args:
        check: a registered check's name, or a check.

    Raises:
        UnknownName: there is no such check.
    """
    chosen = CHECKS[check] if isinstance(check, str) else check
    name = chosen.name
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
