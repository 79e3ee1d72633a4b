"""A validation result of Great Expectations 1.x: `result.to_json_dict()`, or a file of its validations store."""

from __future__ import annotations

from typing import Any

from ...errors import CheckError
from ...measurement import Metric
from ..great_expectations_engine import raised_in
from ..vocabulary import SEVERITIES
from .outcome import Imported, Outcome, Result, moment, number, part, plain

_TOOL = "Great Expectations"
_ROUNDING = 1e-9


def read(body: Any) -> Imported:
    """The expectations of a validation result.

    Raises:
        CheckError: it is none, is cut short, or contradicts its own statistics.
    """
    if isinstance(body, dict) and "validation_results" in body:
        raise CheckError("this is the description of a checkpoint, which leaves out what could not be evaluated; "
                         "expected the JSON of one validation result: result.to_json_dict()")
    listed, meta = part(body, "results", list, _TOOL), part(body, "meta", dict, _TOOL)
    results = tuple(_result(place, one) for place, one in enumerate(listed))
    _agree(part(body, "statistics", dict, _TOOL) | {"success": part(body, "success", bool, _TOOL)}, listed)
    run = meta.get("run_id")
    told = run.get("run_time") if isinstance(run, dict) else None
    return Imported(_TOOL, plain(meta.get("great_expectations_version", "of unknown version")),
                    moment(told, _TOOL) if told else None, results,
                    tuple(row for one, result in zip(listed, results, strict=True) for row in _share(one, result)))


def _agree(told: dict[str, Any], listed: list[Any]) -> None:
    met = sum(one["success"] for one in listed)
    counted = {"evaluated_expectations": len(listed), "successful_expectations": met, "success": met == len(listed)}
    for name, count in counted.items():
        if told.get(name) != count:
            raise CheckError(f"the result says {name}: {plain(told.get(name))} and lists {count}; the file is cut short or edited")


def _result(place: int, one: Any) -> Result:
    config = part(one, "expectation_config", dict, _TOOL)
    kind, kwargs, severity = config.get("type"), config.get("kwargs") or {}, config.get("severity") or "critical"
    if not isinstance(kind, str) or not isinstance(kwargs, dict):
        raise CheckError(f"results[{place}] names no expectation; expected a `type` of Great Expectations 1.x")
    if severity not in SEVERITIES:
        raise CheckError(f"results[{place}]: severity {plain(severity)!r}; expected one of {', '.join(SEVERITIES)}")
    outcome = _outcome(one, plain(kind), kwargs, severity)
    where = {"severity": str(severity)} | ({"column": plain(kwargs["column"])} if isinstance(kwargs.get("column"), str) else {})
    info = one.get("exception_info")
    if not isinstance(info, dict | None):
        raise CheckError(f"results[{place}], {plain(kind)}: expected 'exception_info' to be an object or null, found {type(info).__name__}")
    raised = raised_in({"exception_info": info or {}})
    if raised:
        return Result(plain(kind), Outcome.ERRORED, where, plain(raised))
    return Result(plain(kind), outcome, where, "it saw no row" if outcome is Outcome.SKIPPED else "")


def _outcome(one: dict[str, Any], name: str, kwargs: dict[str, Any], severity: str) -> Outcome:
    """How one ended that did not raise; aggregates tell neither rows nor a share."""
    if not part(one, "success", bool, _TOOL):
        return Outcome.FAILED if severity == "critical" else Outcome.WARNED
    told = one.get("result")
    counts = told if isinstance(told, dict) else {}
    mostly = number(1 if kwargs.get("mostly") is None else kwargs["mostly"])
    if mostly is None or not 0 <= mostly <= 1:
        raise CheckError(f"mostly of {name} is {plain(kwargs['mostly'])}; expected 0 to 1")
    percent = number(counts.get("unexpected_percent"))
    if percent is not None and percent / 100 > 1 - mostly + _ROUNDING:
        raise CheckError(f"{name} says success with {percent:g} % unexpected, where mostly {mostly:g} permits {100 * (1 - mostly):g} %; the file is edited")
    # To the library a test of no row is met; it proves nothing.
    return Outcome.SKIPPED if number(counts.get("element_count")) == 0 else Outcome.PASSED


def _share(one: dict[str, Any], result: Result) -> list[Metric]:
    """The share of unexpected values, where the expectation is about values and could be evaluated."""
    told = one.get("result")
    if result.outcome is Outcome.ERRORED or not isinstance(told, dict) or "unexpected_percent" not in told:
        return []
    percent, count = number(told["unexpected_percent"]), number(told.get("element_count"))
    missing = number(told.get("missing_count", 0))
    if percent is not None and not 0 <= percent <= 100:
        raise CheckError(f"unexpected_percent of {result.name} is {percent:g}; expected 0 to 100")
    n = int(count - missing) if count is not None and missing is not None and count >= missing >= 0 else None
    return [Metric("unexpected_share", None if percent is None else percent / 100, {"expectation": result.name, **result.where}, n=n,
                   reason="" if percent is not None else "the file has no number")]
