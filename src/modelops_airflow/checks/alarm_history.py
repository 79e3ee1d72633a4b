"""What earlier runs of a monitor found, column by column. A run of which nothing is known is not one without an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..measurement import Measurement, Metric, Status
from .check import Earlier

Over = Mapping[str, bool | None]
"""Column -> whether it was over its threshold; None where that is not known."""


@dataclass(frozen=True)
class Outcome:
    """One earlier run.

    Attributes:
        over: by column; empty if nothing of the run is known.
        alarms: columns that alarmed; None if that is not known.
    """

    over: Over
    alarms: int | None


UNKNOWN = Outcome({}, None)


def outcomes_of(told: Sequence[Earlier | None], version: int, parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> list[Outcome]:
    """What the runs before found, newest first.

    Args:
        version: of the check, now.
        parameters: of this run.
        inputs: of this run; the same current rows are not another run, so of a run that a later one repeats nothing is known.
    """
    found, seen = [], {inputs.get("current")}
    for one in told:
        outcome = UNKNOWN
        if one is not None and one.measurement.version == version and (rows := one.measurement.inputs.get("current")) not in seen:
            outcome = outcome_of(one.measurement, parameters, inputs.get("baseline"))
            if outcome != UNKNOWN:
                seen.add(rows)
        found.append(outcome)
    return found


def outcome_of(earlier: Measurement, parameters: Mapping[str, Any], baseline: str | None) -> Outcome:
    """What a run found; unknown if it did not measure, or with other options or another baseline."""
    if earlier.status is not Status.MEASURED or earlier.inputs.get("baseline") != baseline:
        return UNKNOWN
    if any(earlier.parameters.get(name) != value for name, value in parameters.items()):
        return UNKNOWN
    limits = {row.where["column"]: row.value for row in earlier.metrics if row.name == "alarm_threshold"}
    total = next((row.value for row in earlier.metrics if row.name == "alarms"), None)
    over = {row.where["column"]: _over(row, limits.get(row.where["column"])) for row in earlier.metrics if row.name == "drift_distance"}
    return Outcome(over, None if total is None else int(total))


def _over(row: Metric, limit: float | None) -> bool | None:
    return None if row.value is None or limit is None else row.value >= limit


def alarmed(column: str, over: bool | None, earlier: Sequence[Outcome], times: int, of_last: int) -> bool | None:
    """Whether a column alarms: over its threshold now, and at least `times` times in the last `of_last` runs.

    Args:
        over: of the current run.
        earlier: the runs before, newest first.

    Returns:
        None where it depends on runs of which nothing is known.
    """
    if not over:
        return over
    before = [run.over.get(column) for run in earlier[: of_last - 1]]
    seen = 1 + sum(found is True for found in before)
    unknown = of_last - 1 - sum(found is not None for found in before)
    if seen >= times:
        return True
    return None if seen + unknown >= times else False
