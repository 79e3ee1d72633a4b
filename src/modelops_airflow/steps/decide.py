"""decide: judge every measurement of the run again, from the stored evidence, and freeze it.

What the single steps said of themselves is not trusted: each statement is read back by digest. A
step that is missing, skipped or erred is an error here, and an error blocks. The manifest lists the
evidence; the subject of all gates is the digest over it, the artifact, the plan, the policies, the
gates' rules and the slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..evidence.manifest import judged_steps, manifest, subject_of
from ..evidence.statement import measurement_in, read_statement
from ..measurement import Verdict
from ..policy.verdict import Judgement, judge_step, overall
from .run import Decision, Journal, Run, StepResult, StepStatus

if TYPE_CHECKING:
    from ..digest import Digest
    from ..evidence.store import BlobStore
    from ..plan import Plan, PlannedStep


def decide(run: Run, step: PlannedStep) -> StepResult:
    """Judge the run and write the decision down."""
    decision = decided(run.plan, run.artifact, run.journal, run.store)
    run.journal.decide(decision)
    return StepResult(
        status=StepStatus.DONE,
        products={"manifest": decision.manifest},
        judgement=Judgement(verdict=Verdict(decision.verdict), warned=decision.warned, rows=()),
        message="; ".join(decision.reasons) or "every requirement is met",
    )


def decided(plan: Plan, artifact: Digest, journal: Journal, store: BlobStore) -> Decision:
    """The decision that the stored evidence of a run gives; the same evidence always gives the same."""
    judgements: dict[str, Judgement] = {}
    evidence: dict[str, Digest] = {}
    reasons: list[str] = []
    steps = [plan.step(one["id"]) for one in judged_steps(plan.to_json())]
    for measured in steps:
        result = journal.result(measured.id)
        if result is None or result.evidence is None:
            why = result.message if result is not None and result.message else "it has no result in this run"
            reasons.append(f"{measured.id}: error, {why}")
            continue
        statement = read_statement(store, result.evidence)
        if not is_of(statement, artifact, measured):
            reasons.append(f"{measured.id}: error, its evidence is of another step or artifact")
            continue
        evidence[measured.id] = result.evidence
        judgements[measured.id] = judge_step(measured.requirements, measurement_in(statement), measured.required_by)
        reasons.extend(f"{measured.id}: {line}" for line in judgements[measured.id].reasons())
    verdict, warned = overall(list(judgements.values()))
    if len(evidence) < len(steps):
        verdict = Verdict.ERROR
    frozen = store.put_json(manifest(evidence, verdict=verdict.value, warned=warned))
    return Decision(
        manifest=frozen,
        subject=subject_of(plan.to_json(), artifact=artifact, manifest=frozen),
        verdict=verdict.value,
        warned=warned,
        reasons=tuple(reasons),
    )


def is_of(statement: Mapping[str, Any], artifact: Digest, step: PlannedStep) -> bool:
    """Whether a statement is of this step and artifact: a good result of another run is no evidence here."""
    predicate = statement["predicate"]
    named = [one["digest"]["sha256"] for one in statement["subject"]]
    return (named == [artifact.removeprefix("sha256:")] and predicate["step"] == step.id
            and predicate["measurement"]["check"] == step.uses)
