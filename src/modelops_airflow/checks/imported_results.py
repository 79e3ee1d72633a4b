"""Imported results: what another tool measured and wrote down, as evidence that says so.

Nothing is measured again. The file's digest is in the evidence, its age is held against `max_age`, and what the
tool could not evaluate or skipped is never counted as good.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..data.duration import duration
from ..data.profile import Profiles
from ..digest import digest_bytes
from ..errors import CheckError, DataError
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .imports import READERS, Imported
from .imports.outcome import Outcome, Result, plain

METRICS = (
    "results", "results_passed_share", "results_failed", "results_warned", "results_errored", "results_skipped", "result_passed",
    "unexpected_share", "imported_value",
)
NO_LIMIT = "any"

_LARGEST = 10_000_000
_MOST = 10_000
_SKEW = timedelta(minutes=5)
"""How far clocks of two machines may differ."""


def _demand(options: Mapping[str, Any]) -> None:
    """Refuse options that say nothing together."""
    from ..duration_text import DURATION

    max_age = options["max_age"]
    if max_age != NO_LIMIT and not DURATION.fullmatch(max_age):
        raise CheckError(f"max_age is {max_age!r}; expected an ISO 8601 duration such as P1D, or {NO_LIMIT}")


@check("imported-results", version=1, metrics=METRICS, together=_demand)
def imported_results(profiles: Profiles, *, file: str, format: str, max_age: str = "P7D", context: CheckContext) -> Measurement:
    """Results of another tool, read from its file and not measured again.

    Args:
        file: the result file below the project root: JSON of a validation result, run_results.json, or a snapshot.
        format: one of great_expectations, dbt, evidently.
        max_age: how old the result may be when it is read, by the time in the file (ISO 8601 duration); `any` accepts every age, and a file without a time.

    Returns:
        Counts by outcome, a row for each result, and the tool's numbers. How many failed is unknown while something was not evaluated or was skipped.

    Raises:
        CheckError: the file is not there, is no such result, is cut short, is too old, is from the future, or has no result.
    """
    data = _bytes(file, context)
    try:
        found = READERS[format](_parsed(data))
        age = _age(found, max_age, context)
    except CheckError as error:
        raise CheckError(f"{file}: {error}") from None
    if len(found.results) + len(found.values) > _MOST:
        raise CheckError(f"{file} has {len(found.results) + len(found.values)} results; expected at most {_MOST}")
    if not found.results and not found.values:
        raise CheckError(f"{file} has no result; a file of nothing proves nothing")
    notes = (f"origin: imported. {found.tool} {found.version} measured this, {age}; nothing was measured again, and nothing compares its data with the model's",
             *([found.left_out] if found.left_out else []))
    measured = Measurement.of("imported-results", [*_rows(found.results), *found.values], notes=notes)
    return replace(measured, inputs={f"file:{file}": digest_bytes(data)},
                   parameters={"origin": "imported", "made_at": found.made_at.isoformat() if found.made_at else None})


def _bytes(file: str, context: CheckContext) -> bytes:
    if context.resolve is None:
        raise CheckError(f"{file!r} cannot be found: there is no project here")
    path: Path = context.resolve(file)
    try:
        if not path.is_file():
            raise DataError(f"{file} is not there; expected a result file below the project root")
        if path.stat().st_size > _LARGEST:
            raise CheckError(f"{file} has {path.stat().st_size} bytes; expected at most {_LARGEST} (10 MB)")
        return path.read_bytes()
    except OSError as error:
        raise CheckError(f"{file} cannot be read: {error.strerror}") from None


def _parsed(data: bytes) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        body = dict(pairs)
        if len(body) < len(pairs):
            raise CheckError("a key stands twice in one object; which value counts is unknown")
        return body

    try:
        return json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise CheckError(f"it is no JSON: {plain(error) or type(error).__name__}; is it cut short?") from None


def _age(found: Imported, max_age: str, context: CheckContext) -> str:
    """When it was made, in words that are the same at every reading."""
    if found.made_at is None:
        if max_age != NO_LIMIT:
            raise CheckError(f"it does not say when it was made, so its age cannot be held against max_age {max_age}; add a time to it, "
                             f"or accept every age with max_age: {NO_LIMIT}")
        return "at a time that its file does not say"
    now: datetime = context.now()
    if found.made_at > now + _SKEW:
        raise CheckError(f"it was made at {found.made_at.isoformat()}, which is in the future (now {now.isoformat(timespec='seconds')})")
    if max_age == NO_LIMIT:
        return f"at {found.made_at.isoformat()}; every age is accepted"
    try:
        stale = found.made_at < now - duration(max_age)
    except OverflowError:
        stale = False
    if stale:
        raise CheckError(f"it was made at {found.made_at.isoformat()}, longer than max_age {max_age} before now ({now.isoformat(timespec='seconds')}); "
                         "run the tool again")
    return f"at {found.made_at.isoformat()}, not longer than {max_age} before it was read"


def _rows(results: tuple[Result, ...]) -> Iterator[Metric]:
    counts, n = Counter(one.outcome for one in results), len(results)
    unknown = ", ".join(f"{counts[one]} {one.value}" for one in (Outcome.ERRORED, Outcome.SKIPPED) if counts[one])
    why = f"{counts[Outcome.FAILED]} failed, {unknown}: how many fail is unknown" if unknown else "the file has no tests"
    known = bool(results) and not unknown
    yield Metric("results", float(n), n=n)
    yield Metric("results_passed_share", counts[Outcome.PASSED] / n if n else None, n=n, reason=None if n else why)
    yield Metric("results_failed", float(counts[Outcome.FAILED]) if known else None, n=n, reason=None if known else why)
    for outcome in (Outcome.WARNED, Outcome.ERRORED, Outcome.SKIPPED):
        yield Metric(f"results_{outcome.value}", float(counts[outcome]) if n else None, n=n, reason=None if n else why)
    for place, one in enumerate(results):
        where = {"result": one.name, "index": str(place), "outcome": one.outcome.value, **one.where}
        seen = one.outcome not in (Outcome.ERRORED, Outcome.SKIPPED)
        told = one.told or (None if seen else one.outcome.value)
        yield Metric("result_passed", float(one.outcome is Outcome.PASSED) if seen else None, where, reason=told)
