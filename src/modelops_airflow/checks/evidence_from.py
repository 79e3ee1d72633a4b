"""Evidence from another environment: did these very bytes pass there, by a pack that verifies?

Nothing is measured again, and nothing is approved: the pack says that the requirements of the other installation were met,
which may be other requirements. The gates of this life cycle ask their own people all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..data.duration import duration
from ..data.profile import Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import CheckContext, Crossed, check

METRICS = ("environment_passed", "environment_gates_open")

_SKEW = timedelta(minutes=5)
"""How far clocks of two installations may differ."""


def _demand(options: Mapping[str, Any]) -> None:
    from ..duration_text import DURATION

    if not DURATION.fullmatch(options["max_age"]):
        raise CheckError(f"max_age is {options['max_age']!r}; expected an ISO 8601 duration such as P90D")


@check("evidence-from", version=1, metrics=METRICS, together=_demand)
def evidence_from(profiles: Profiles, *, environment: str, max_age: str = "P90D", context: CheckContext) -> Measurement:
    """Whether the same bytes passed in another environment, by its newest pack that verifies under a key of governance.yaml.

    Args:
        environment: of governance.yaml, whose `trust` names the key that signs its packs.
        max_age: how old the pack may be when it is read (ISO 8601 duration).

    Returns:
        `environment_passed`: 1 if every requirement was met there, nobody rejected it and it was not pulled back or suspended; 0 if not, if no pack about these
        bytes was taken in, or if it is too old. `environment_gates_open`: gates that were not approved there when the pack was made.

    Raises:
        CheckError: no register knows which packs were taken in, no key is trusted, or a pack's stored bytes do not verify any more.
    """
    if context.crossed is None:
        raise CheckError("which packs were taken in is not known here; only a register knows it")
    found = context.crossed(environment)
    if isinstance(found, str):
        gates = Metric("environment_gates_open", None, {"environment": environment}, reason=found)
        return Measurement.of("evidence-from", [_passed(environment, False, found), gates], notes=[found])
    why = _lacks(found, environment, max_age, context.now())
    told = f"{environment}: {found.verdict} by run {found.facts['run']}, packed {found.made_at.isoformat()}, signed by {found.facts['signer']}; {found.facts['ledger']}, level {found.facts['level']}"
    waiting = sum(state != "approved" for state in found.gates.values())
    rows = [_passed(environment, not why, why), Metric("environment_gates_open", float(waiting), {"environment": environment})]
    measured = Measurement.of("evidence-from", rows, notes=[why or told, "these are not approvals of this life cycle"])
    return replace(measured, inputs={f"pack:{environment}": found.pack},
                   parameters={"crossed": {**found.facts, "gates": dict(found.gates), "made_at": found.made_at.isoformat(), "verdict": found.verdict}})


def _passed(environment: str, passed: bool, why: str) -> Metric:
    return Metric("environment_passed", float(passed), {"environment": environment}, reason=why or None)


def _lacks(found: Crossed, environment: str, max_age: str, now: datetime) -> str:
    """Why it does not count; empty if it does."""
    if found.made_at > now + _SKEW:
        raise CheckError(f"the pack of {environment} was made at {found.made_at.isoformat()}, which is in the future (now {now.isoformat(timespec='seconds')})")
    if not found.passed:
        rejected = [gate for gate, state in found.gates.items() if state == "rejected"]
        return (f"its verdict in {environment} is {found.verdict}" + (f", and it was rejected at {', '.join(rejected)}" if rejected else "")
                + (f", and {found.stopped}" if found.stopped else ""))
    try:
        old = found.made_at < now - duration(max_age)
    except OverflowError:
        old = False
    return f"the pack of {environment} was made at {found.made_at.isoformat()}, longer ago than {max_age}; bring a new one" if old else ""
