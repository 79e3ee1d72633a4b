"""The registry of checks, and how one is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..digest import Digest
from ..errors import CheckError, DataError
from ..measurement import Measurement
from ..parameters import Parameter, parameters_of
from ..registry import Registry, did_you_mean
from .modules import MODULES
from .profiled_rows import noted
from .sound import sound

if TYPE_CHECKING:
    import pyarrow as pa

    from ..data.dataset import Dataset
    from ..data.profile import Profiles
    from ..kinds.decisions import Decisions

CheckFunction = Callable[..., Measurement]


@dataclass(frozen=True)
class Earlier:
    """What the same step measured in a run before.

    Attributes:
        evidence: digest of the statement that says so.
        at: when that run was started, UTC; None where nothing says so.
    """

    evidence: Digest
    measurement: Measurement
    at: datetime | None = None


@dataclass(frozen=True)
class Champion:
    """The version in use, to compare a new one with.

    Attributes:
        artifact: digest of its bytes.
        told: which it is, in words.
        facts: the same for programs: they stand in the evidence.
        score: asks it, as `CheckContext.score` asks the new one.
    """

    artifact: Digest
    told: str
    facts: Mapping[str, str]
    score: Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Crossed:
    """The newest verified pack of another environment about the very bytes that are measured.

    Attributes:
        pack: digest of its bytes.
        made_at: by the clock of who made it.
        passed: its verdict is pass, no gate rejected it, and it was not stopped.
        gates: gate -> its state there.
        facts: what else it says, for programs: they stand in the evidence.
        stopped: in words, that it was pulled back or suspended there; empty if it was not.
    """

    pack: Digest
    made_at: datetime
    verdict: str
    passed: bool
    gates: Mapping[str, str]
    facts: Mapping[str, str]
    stopped: str = ""


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
        decisions: the rules that the model is made of, loaded as `score` loads it; it answers None for a model that is made of something else.
        said: asks the model as `score` does, for its answers in its own words (`Scorer.said`); None of a model that has none.
        version: which version the model says it is, asked after `score`; empty where it does not say.
        fixed: why the model has answers to some rows alone; empty where it can be asked about any.
        earlier: what the same step measured in so many runs before, newest first, None for a run of which that is not known;
            None where no register knows earlier runs.
        started: when this run was started, UTC; None where no register says so.
        champion: answers the version in use where the run would deploy to, or in words why there never was one; raises
            `CheckError` if it cannot be known or opened. None where nobody says.
        crossed: what came from an environment of another installation, or in words why nothing did; raises `CheckError` if it
            cannot be believed. None where no register knows.
        until: the time at which the data should be complete: the end of the data interval, or now (UTC).
        now: the time, for the age of files.
        keep: stores bytes beside the evidence and answers their digest; None where nothing is kept.
        attach: keeps a file beside the result, of a name that `attachment.py` gives this check; None where nothing is kept.
    """

    resolve: Callable[[str], Path] | None = None
    dataset: Dataset | None = None
    baseline: Dataset | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    score: Callable[[pa.Table], pa.Table] | None = None
    decisions: Callable[[], Decisions | None] | None = None
    said: Callable[[pa.Table], pa.Table | None] | None = None
    version: Callable[[], str] = str
    fixed: Callable[[], str] = str
    earlier: Callable[[int], Sequence[Earlier | None]] | None = None
    started: datetime | None = None
    champion: Callable[[], Champion | str] | None = None
    crossed: Callable[[str], Crossed | str] | None = None
    until: datetime | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    keep: Callable[[bytes], Digest] | None = None
    attach: Callable[[str, bytes], None] | None = None


@dataclass(frozen=True)
class Check:
    """A registered check.

    Attributes:
        version: of its meaning; an upgrade of the package that changes no meaning changes no version.
        metrics: names of the metrics it can produce.
        summary: first line of its docstring.
        code: for a check of the project's own, its file (`file:checks/x.py`) and the digest of the code that runs.
        together: raises CheckError for options that do not go together, though each may have its value.
    """

    name: str
    version: int
    function: CheckFunction
    parameters: Mapping[str, Parameter]
    metrics: tuple[str, ...]
    summary: str
    uses_context: bool
    code: Mapping[str, Digest] = field(default_factory=dict)
    together: Callable[[Mapping[str, Any]], None] | None = None

    def clash(self, options: Mapping[str, Any]) -> str:
        """Why options that may each have their values do not go together; empty if they do."""
        if self.together is None:
            return ""
        try:
            self.together(self.filled(options))
        except CheckError as error:
            return str(error)
        return ""

    def filled(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options, with defaults for those that are not named."""
        return {name: parameter.default for name, parameter in self.parameters.items()} | dict(options)

    def wrong(self, option: str, value: object) -> str:
        """Why an option may not have a value; empty if it may."""
        parameter = self.parameters.get(option)
        return f"there is no such option{did_you_mean(option, list(self.parameters))}" if parameter is None else parameter.wrong(value)


CHECKS: Registry[Check] = Registry("check", {name: f"{__package__}.{module}" for name, module in MODULES.items()})

_APART: ContextVar[tuple[str, Registry[Check]]] = ContextVar("_APART", default=("", CHECKS))
"""A module, and where its `@check` files what it registers."""


@contextmanager
def apart(module: str) -> Iterator[Registry[Check]]:
    """What a module registers inside goes into a registry of its own: a project's checks are not those of another."""
    found: Registry[Check] = Registry("check")
    token = _APART.set((module, found))
    try:
        yield found
    finally:
        _APART.reset(token)


def check(
    name: str, *, version: int, metrics: tuple[str, ...], together: Callable[[Mapping[str, Any]], None] | None = None,
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as a check; its keyword-only arguments are its parameters.

    Args:
        together: raises CheckError for options that do not go together; asked when a model file is validated, and before the check runs.
    """

    def register(function: CheckFunction) -> CheckFunction:
        summary = (inspect.getdoc(function) or "").split("\n")[0]
        if not summary:
            raise TypeError(f"check {name} has no docstring; its first line is its description")
        parameters = parameters_of(function)
        context = parameters.pop("context", None)
        module, registry = _APART.get()
        (registry if function.__module__ == module else CHECKS).add(name)(Check(name, version, function, parameters, tuple(metrics), summary, context is not None,
                                                                                           together=together))
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
    values = chosen.filled(options)
    lacking = [name for name, parameter in chosen.parameters.items() if parameter.required and name not in options]
    wrong = [f"the option {name} is missing; expected {chosen.parameters[name].words}" for name in lacking]
    wrong += [f"{key}: {why}" for key, value in values.items() if key not in lacking and (why := chosen.wrong(key, value))]
    if why := "; ".join(wrong) or chosen.clash(options):
        return Measurement.error(name, why, version=chosen.version)
    extra = {"context": context or CheckContext()} if chosen.uses_context else {}
    with noted() as notes:
        try:
            answer = chosen.function(profiles, **values, **extra)
        except (CheckError, DataError) as error:
            answer = Measurement.error(name, str(error))
        except (Exception, SystemExit) as error:
            if not chosen.code:
                raise  # a fault of ours is not hidden
            answer = Measurement.error(name, f"its code raised {type(error).__name__}: {error} ({_line(error, chosen)})")
    answer = sound(chosen, answer) if chosen.code else answer
    inputs = {side: Digest(digest) for side, digest in profiles.inputs.items()}
    # What was profiled, what ran and with which options is said here; a check can only add to it.
    return replace(answer, version=chosen.version, inputs=dict(answer.inputs) | inputs | dict(chosen.code),
                   parameters=dict(answer.parameters) | _as_of(profiles) | _json(values), notes=(*answer.notes, *notes))


def _as_of(profiles: Profiles) -> dict[str, Any]:
    """As of when labels that arrive late were taken."""
    maturity = profiles.current.maturity
    return {} if maturity is None else {"as_of": maturity.until, "matures_after": maturity.matures_after}


def _line(error: BaseException, check: Check) -> str:
    """The last line of the check's own code that the error came through."""
    import traceback

    file = next(iter(check.code)).removeprefix("file:")
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename.endswith(file)]
    return f"{file}:{lines[-1]}" if lines else file


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in sorted(values.items())}
