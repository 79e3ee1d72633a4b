"""decide: judge every measurement of the run again, from the stored evidence, and freeze it.

What the single steps said of themselves is not trusted: each statement is read back by digest. A
step that is missing, skipped or erred is an error here, and an error blocks. The manifest lists the
evidence; the subject of all gates is the digest over it, the artifact, the plan, the policies, the
gates' rules and the slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..evidence.manifest import authority, manifest, subject
from ..evidence.statement import read_measurement
from ..measurement import Verdict
from ..policy.verdict import Judgement, judge, overall
from .run import Decision, Run, StepResult, StepStatus

if TYPE_CHECKING:
    from ..digest import Digest
    from ..plan import PlannedStep

_JUDGED_PHASES = frozenset({"prepare", "check"})


def decide(run: Run, step: PlannedStep) -> StepResult:
    """Judge the run and write the decision down."""
    judgements: dict[str, Judgement] = {}
    evidence: dict[str, Digest] = {}
    reasons: list[str] = []
    for measured in judged_steps(run):
        result = run.journal.result(measured.id)
        if result is None or result.evidence is None:
            why = result.message if result is not None and result.message else "it has no result in this run"
            reasons.append(f"{measured.id}: error, {why}")
            continue
        evidence[measured.id] = result.evidence
        judgements[measured.id] = judge(measured.requirements, read_measurement(run.store, result.evidence))
        reasons.extend(f"{measured.id}: {line}" for line in judgements[measured.id].reasons())
    verdict, warned = overall(list(judgements.values()))
    if len(evidence) < len(judged_steps(run)):
        verdict = Verdict.ERROR
    frozen = run.store.put_json(manifest(evidence, verdict=verdict.value, warned=warned))
    decision = Decision(
        manifest=frozen,
        subject=subject_of(run, frozen),
        verdict=verdict.value,
        warned=warned,
        reasons=tuple(reasons),
    )
    run.journal.decide(decision)
    return StepResult(
        status=StepStatus.DONE,
        products={"manifest": frozen},
        judgement=Judgement(verdict=verdict, warned=warned, rows=()),
        message="; ".join(reasons) or "every requirement is met",
    )


def judged_steps(run: Run) -> list[PlannedStep]:
    """The steps whose measurements count."""
    return [step for step in run.plan.steps if step.phase in _JUDGED_PHASES and step.uses != "pin"]


def subject_of(run: Run, frozen: Digest) -> Digest:
    """The digest that every gate of this run decides over."""
    return subject(
        artifact=run.artifact,
        plan=run.plan.digest,
        policies=run.plan.policies,
        manifest=frozen,
        authority=authority(gate_rules(run.plan.steps), slot_of(run)),
        slot=slot_of(run),
    )


def gate_rules(steps: tuple[PlannedStep, ...]) -> Mapping[str, Mapping[str, object]]:
    """The rules of every gate, by step id."""
    return {step.id: dict(step.options) for step in steps if step.phase == "gate"}


def slot_of(run: Run) -> str:
    """`model@environment`, or `model@` for a plan that deploys nowhere."""
    for step in run.plan.steps:
        if step.uses == "deploy":
            return f"{run.plan.model_id}@{step.options['to']}"
    return f"{run.plan.model_id}@"
