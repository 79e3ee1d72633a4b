"""decide: judge every measurement of the run again, from the stored evidence, and freeze it.

What the single steps said of themselves is not trusted: each statement is read back by digest. A
step that is missing, skipped or erred is an error here, and an error blocks. The manifest lists the
evidence; the subject of all gates is the digest over it, the artifact, the plan, the policies, the
gates' rules and the slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evidence.manifest import judged_steps, manifest, subject_of
from ..evidence.statement import read_measurement
from ..measurement import Verdict
from ..policy.verdict import Judgement, judge, overall
from .run import Decision, Run, StepResult, StepStatus

if TYPE_CHECKING:
    from ..digest import Digest
    from ..plan import PlannedStep


def decide(run: Run, step: PlannedStep) -> StepResult:
    """Judge the run and write the decision down."""
    judgements: dict[str, Judgement] = {}
    evidence: dict[str, Digest] = {}
    reasons: list[str] = []
    steps = [run.plan.step(one["id"]) for one in judged_steps(run.plan.to_json())]
    for measured in steps:
        result = run.journal.result(measured.id)
        if result is None or result.evidence is None:
            why = result.message if result is not None and result.message else "it has no result in this run"
            reasons.append(f"{measured.id}: error, {why}")
            continue
        evidence[measured.id] = result.evidence
        judgements[measured.id] = judge(measured.requirements, read_measurement(run.store, result.evidence))
        reasons.extend(f"{measured.id}: {line}" for line in judgements[measured.id].reasons())
        if judgements[measured.id].verdict is Verdict.NOT_APPLICABLE and measured.required_by:
            reasons.append(f"{measured.id}: error, not applicable, and {measured.required_by[0]} requires it")
            judgements[measured.id] = Judgement(Verdict.ERROR)
    verdict, warned = overall(list(judgements.values()))
    if len(evidence) < len(steps):
        verdict = Verdict.ERROR
    frozen = run.store.put_json(manifest(evidence, verdict=verdict.value, warned=warned))
    decision = Decision(
        manifest=frozen,
        subject=subject_of(run.plan.to_json(), artifact=run.artifact, manifest=frozen),
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
