"""difference: what a review measured, beside what was measured when the version in use was approved, and why it differs.

It comes after every other measurement of the run. The whole comparison stands in the evidence, with both runs by name:
so no two reviews have one subject, and nobody's approval of the last one counts for the next.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import CheckError, EvidenceError
from ..evidence.difference import KINDS, Difference
from ..evidence.difference import difference as compared
from ..evidence.rests import RecordedRun
from ..governance.approved import approved_run
from ..governance.record import known_run
from ..measurement import Measurement, Metric
from .approved import approved
from .measured import measured
from .recorded import of_register
from .register_journal import RegisterJournal

if TYPE_CHECKING:
    from ..governance.start import RunKey
    from ..plan import PlannedStep
    from .run import Run, StepResult

DIFFERENCE, CROSSING = "difference", "evidence-from"
_EARLIER = "earlier:"
"""Evidence of earlier runs of the same life cycle: not data, and a cause like any other."""
_CHECK_VERSION = 1


def difference(run: Run, step: PlannedStep) -> StepResult:
    """Compare this run with the approved one.

    Raises:
        CheckError: the approved run cannot be read, or a pinned run measured other data than it.
    """
    journal = run.journal
    if not isinstance(journal, RegisterJournal):
        return measured(run, step, Measurement.not_applicable(DIFFERENCE, "a local run knows no approved one; compare it with: modelops diff"))
    if not run.plan.pinned and _declared(journal):
        return measured(run, step, Measurement.not_applicable(DIFFERENCE, "no release of the version in use was approved here: it was declared"))
    try:
        before, after = approved(run).told, of_register(journal.register, run.store, journal.key).told
    except EvidenceError as error:
        raise CheckError(str(error)) from None
    found = compared(_about_the_model(before), _about_the_model(after))
    if run.plan.pinned:
        _demand_pinned(found)
    return measured(run, step, _measurement(found, journal.key, "pinned" if run.plan.pinned else "fresh"))


def _declared(journal: RegisterJournal) -> bool:
    """Whether the version that is looked at was never put into use by a release of this installation."""
    with journal.register.read() as session:
        return approved_run(session, known_run(session, journal.key)) is None


def _about_the_model(run: RecordedRun) -> RecordedRun:
    """A run without what is about runs: this comparison, and packs that crossed from elsewhere for a release."""
    plan = run.plan and {**run.plan, "steps": [one for one in run.plan["steps"] if one["uses"] not in (DIFFERENCE, CROSSING)]}
    steps = {name: one for name, one in run.steps.items() if one.uses not in (DIFFERENCE, CROSSING)}
    return replace(run, plan=plan, steps=steps, verdict=None)  # the verdict of this run is still to come


def _demand_pinned(found: Difference) -> None:
    """What was measured again must be what was measured: data that changed under the run is never a difference of numbers."""
    if other := [cause for cause in found.causes if cause.kind == "data" and cause.steps and cause.before.startswith("sha256:")
                 and not cause.what.startswith(_EARLIER)]:
        raise CheckError("this pinned review measured other data than the approved run: "
                         + "; ".join(f"{one.what} {one.before} → {one.after}" for one in other) + ". Put the data back and run it again")


def _measurement(found: Difference, key: RunKey, data: str) -> Measurement:
    lost = [step for step in found.steps if step.unexplained]
    kinds = Counter(cause.kind for cause in found.causes if cause.steps)
    metrics = [Metric("changed", float(found.changed)),
               Metric("unexplained", float(len(lost)), reason="; ".join(f"{step.step}: {step.unexplained}" for step in lost)[:1000] or None),
               *(Metric("causes", float(kinds[kind]), {"kind": kind}) for kind in KINDS)]
    told = Measurement.of(DIFFERENCE, metrics, version=_CHECK_VERSION, notes=[sentence(found)])
    return replace(told, parameters={"data": data, "run": f"{key.dag_id}/{key.run_id}", "difference": kept(found)})


def kept(found: Difference) -> dict[str, Any]:
    """The comparison as it stands in the evidence: without the causes that changed nothing."""
    body = found.to_json()
    return {**body, "causes": [one for one in body["causes"] if one["steps"]]}


def sentence(found: Difference) -> str:
    """The comparison in one sentence."""
    count = f"{len(found.steps)} steps"
    if not found.steps:
        return f"nothing to compare with {found.runs[0]}: neither run has evidence"
    if not found.changed:
        return f"all {count} have the same evidence digests and verdicts as in {found.runs[0]}, which was approved"
    named = [kind for kind in KINDS if any(cause.kind == kind and cause.steps for cause in found.causes)]
    lost = sum(bool(step.unexplained) for step in found.steps)
    return (f"{found.changed} of {count} differ from {found.runs[0]}, which was approved; cause: {', '.join(named) or 'none that is on record'}"
            + (f"; {lost} without a cause" if lost else ""))
