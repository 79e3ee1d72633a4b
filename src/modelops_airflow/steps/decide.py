"""decide: judge every measurement of the run again, from the stored evidence, and freeze it.

What the single steps said of themselves is not trusted: each statement is read back by digest. A
step that is missing, skipped or erred is an error here, and an error blocks. The manifest lists the
evidence; the subject of all gates is the digest over it, the artifact, the plan, the policies, the
gates' rules and the slot. A step that fails only by a control with a waiver in force does not block:
the manifest names the waiver, so that people decide over it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..evidence.manifest import judged_steps, manifest, subject_of
from ..evidence.statement import measurement_in, read_statement
from ..measurement import Verdict
from ..policy.demands import words_of
from ..policy.verdict import Judgement, judge_step, overall
from ..policy.waived import by_words, judge_waived
from .run import Decision, Journal, Run, StepResult, StepStatus

if TYPE_CHECKING:
    from ..digest import Digest
    from ..evidence.store import BlobStore
    from ..plan import Plan, PlannedStep
    from ..policy.control_evidence import Waiver


def decide(run: Run, step: PlannedStep) -> StepResult:
    """Judge the run and write the decision down."""
    decision = decided(run.plan, run.artifact, run.journal, run.store, run.journal.waivers())
    run.journal.decide(decision)
    return StepResult(
        status=StepStatus.DONE,
        products={"manifest": decision.manifest},
        judgement=Judgement(verdict=Verdict(decision.verdict), warned=decision.warned, rows=()),
        message="; ".join(decision.reasons) or "every requirement is met",
    )


def decided(plan: Plan, artifact: Digest, journal: Journal, store: BlobStore, waivers: Sequence[Waiver] = ()) -> Decision:
    """The decision that the stored evidence of a run gives; the same evidence under the same waivers always gives the same.

    Args:
        waivers: those of the model's controls that count now.
    """
    known = by_words(waivers, plan.packs)
    waived: list[dict[str, Any]] = []
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
        measurement = measurement_in(statement)
        judgements[measured.id], rests_on = judge_waived(measured.requirements, measurement, measured.required_by, known)
        plain = judge_step(measured.requirements, measurement, measured.required_by)
        reasons.extend(f"{measured.id}: {line}" for line in plain.reasons())
        reasons.extend(f"{measured.id}: {_told(one)}" for one in rests_on)
        waived.extend(_named(measured.id, one) for one in rests_on)
    verdict, warned = overall(list(judgements.values()))
    if len(evidence) < len(steps):
        verdict = Verdict.ERROR
    frozen = store.put_json(manifest(evidence, verdict=verdict.value, warned=warned, waived=waived))
    return Decision(
        manifest=frozen,
        subject=subject_of(plan.to_json(), artifact=artifact, manifest=frozen),
        verdict=verdict.value,
        warned=warned,
        reasons=tuple(reasons),
        waived=tuple(waived),
    )


def _named(step: str, one: Waiver) -> dict[str, Any]:
    """A waiver as the manifest names it."""
    return {"control": one.control, "pack": one.pack, "step": step, "terms": one.terms, "waiver": one.number}


def _told(one: Waiver) -> str:
    return f"{words_of(one.pack, one.control)} is waived by waiver {one.number} until {one.until:%Y-%m-%d %H:%M} UTC: {one.reason}"


def is_of(statement: Mapping[str, Any], artifact: Digest, step: PlannedStep) -> bool:
    """Whether a statement is of this step and artifact: a good result of another run is no evidence here."""
    predicate = statement["predicate"]
    named = [one["digest"]["sha256"] for one in statement["subject"]]
    return (named == [artifact.removeprefix("sha256:")] and predicate["step"] == step.id
            and predicate["measurement"]["check"] == step.uses)
