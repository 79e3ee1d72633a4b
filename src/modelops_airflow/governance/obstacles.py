"""Obstacles: every reason why a run's version may not go live now, read from the register and the ledger alone.

Airflow's task states, XComs and answers play no part: each was forged in a test. What counts is the
pinned plan, the recorded results, the decisions of people, and the clock of the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVED, REJECTED
from ..database import database_time
from ..digest import digest_of, recorded
from ..evidence.design import design_of
from ..evidence.manifest import approved_digest, environment_of, gates_of, judged_steps, manifest, subject_of
from ..inventory.tables import GateRow, ResultRow, RunRow, VersionRow, VersionState
from ..policy.states import READY, SERVING
from ..policy.verdict import stands
from .activate import active, row_digest
from .control_waivers import control_waivers, judged_run, lapsed, misplaced, named_in_manifest, waived_steps
from .finding_block import finding_obstacles
from .gate import facts_of, meaning_of
from .glass import glass_in_force
from .on_record import (
    asked_by,
    decided_facts,
    edited_decisions,
    governance_on_record,
    missing_authors,
    pinned_facts,
    pulled_back_on_record,
    results_before_design,
    retired_on_record,
)
from .restrictions import obstacle as restricted

BREAK_GLASS = "break-glass"


def obstacles(
    session: Session, run: RunRow, plan: Mapping[str, Any], cause: str, approval_public: bytes | None = None
) -> list[str]:
    """Every reason why a run's version may not go live now; empty if it may.

    Args:
        cause: release, rollback, or break-glass, which stands in for missing approvals and for nothing else.
        approval_public: what approvals must be signed with to count; None if nothing is pinned.
    """
    reasons: list[str] = []
    version = session.get_one(VersionRow, run.version_id)
    if run.verdict != "pass" or run.manifest is None:
        return [f"the run's verdict is {run.verdict or 'not made'}"]
    if version.state not in {VersionState.WAITING, *READY, *SERVING}:
        reasons.append(f"version {version.version} is {version.state}")
    elif retired_on_record(session, version):
        reasons.append(f"the ledger says that version {version.version} was retired")
    if ended := restricted(session, version, run.subject):
        reasons.append(ended)
    if pulled_back_on_record(session, run):
        reasons.append(f"version {version.version} was pulled back from service with this plan and this evidence; release a new version")
    if row_digest(session) != governance_on_record(session):
        reasons.append("the governance in force is not the one that the ledger says was activated")
    reasons += _pin_obstacles(session, run, version, plan)
    reasons += _evidence_obstacles(session, run, plan)
    if subject_of(plan, artifact=version.artifact, manifest=run.manifest) != run.subject:
        reasons.append("the subject that people decided over is not that of this plan, artifact and evidence")
    return [*reasons, *_gate_obstacles(session, run, plan, approval_public, emergency=cause == BREAK_GLASS), *finding_obstacles(session, run, cause)]


def _pin_obstacles(session: Session, run: RunRow, version: VersionRow, plan: Mapping[str, Any]) -> list[str]:
    """Whether run, version and plan are still what the ledger says was pinned."""
    told = pinned_facts(session, run)
    if told is None:
        return ["the ledger knows of no such run"]
    reasons = []
    if version.artifact != run.artifact or run.artifact != told["artifact"]:
        reasons.append("the artifact digest differs from the approved one")
    if version.version != told["version"] or version.model_id != run.model_id:
        reasons.append(f"the run was pinned to version {told['version']}, its row says {version.version}")
    if run.plan != told["plan"] or run.approved_plan != approved_digest(plan):
        reasons.append("the plan differs from the approved one")
    if run.environment != environment_of(plan) or run.model_id != plan["model"]["id"]:
        reasons.append("the slot differs from the approved one")
    if run.design != told.get("design") or (run.design is not None and run.design != digest_of(design_of(plan))):
        reasons.append("the test design is not the one that was fixed at the start")
    if results_before_design(session, run):
        reasons.append("a result was recorded before the test design was fixed")
    asked = asked_by(session, run.model_id, run.dag_id, run.run_id)
    if asked is not None and _first_of_its_plan(session, run) and asked not in {
            known for name, _ in version.authors for known in (name, recorded(name))}:
        reasons.append(f"{asked} asked for this run and is not among the authors")
    return reasons + [f"the ledger has {name} among the authors of version {version.version}, its row has not"
                      for name in missing_authors(session, run, version)]


def _first_of_its_plan(session: Session, run: RunRow) -> bool:
    """Whether no earlier run of the version had this plan; only then is asking for it authorship."""
    return session.scalars(select(RunRow.id).where(
        RunRow.version_id == run.version_id, RunRow.approved_plan == run.approved_plan, RunRow.id < run.id)).first() is None


def _evidence_obstacles(session: Session, run: RunRow, plan: Mapping[str, Any]) -> list[str]:
    reasons, evidence = [], dict[str, str]()
    told = decided_facts(session, run)
    if told is None or (told["manifest"], told["subject"], told["verdict"], told["warned"]) != (
            run.manifest, run.subject, run.verdict, run.warned):
        reasons.append("the run's decision is not the one in the ledger")
    waived, known, now = waived_steps(session, run), control_waivers(session, [run.model_id]), database_time(session)
    judged = judged_run(session, run, plan) if waived else None
    results = {row.step: row for row in session.scalars(select(ResultRow).where(ResultRow.run == run.id, ResultRow.current))}
    for step in judged_steps(plan):
        row = results.get(step["id"])
        if row is None or row.evidence is None:
            reasons.append(f"step {step['id']} has no result")
        elif stands(row.verdict, step["required_by"]) not in ("pass", "not_applicable") and step["id"] not in waived:
            reasons.append(f"step {step['id']} is {row.verdict}")
        else:
            if judged is not None and (rows := waived.get(step["id"])):
                reasons += [*lapsed(rows, known, now, judged), *misplaced(session, step, rows, known, plan["packs"])]
            evidence[step["id"]] = row.evidence
    named = named_in_manifest([row for rows in waived.values() for row in rows])
    frozen = digest_of(manifest(evidence, verdict=str(run.verdict), warned=run.warned, waived=named))
    if len(evidence) == len(judged_steps(plan)) and frozen != run.manifest:
        reasons.append("the evidence changed after the decision; decide again")
    return reasons


def _gate_obstacles(
    session: Session, run: RunRow, plan: Mapping[str, Any], approval_public: bytes | None, *, emergency: bool
) -> list[str]:
    needed = gates_of(plan)
    if not needed:
        return ["the plan has no gate"]
    if emergency and not glass_in_force(session, run, approval_public):
        return ["no emergency release of this subject is in force and on record"]
    rows = {row.step: row for row in session.scalars(select(GateRow).where(GateRow.run == run.id))}
    # Gates open one after the other; an emergency does not wait for those that have not.
    reasons = [f"gate {step} was never opened" for step in needed if step not in rows and not emergency]
    reasons += [f"decisions of {person} are not as the ledger has them" for person in edited_decisions(session, run)]
    governance, now = active(session), database_time(session)
    found = facts_of(session, [row.id for row in rows.values()], approval_public)
    for step, facts in ((step, found[rows[step].id]) for step in needed if step in rows):
        if facts.row.subject != run.subject:
            reasons.append(f"gate {step} was over another subject")
            continue
        if facts.row.rules != needed[step] or facts.row.meaning != meaning_of(needed[step]):
            reasons.append(f"the rules of gate {step} differ from the plan's")
            continue
        standing = facts.standing(governance, now)
        if standing.state != APPROVED and not (emergency and standing.state != REJECTED):
            told = "; ".join(part for part in (f"needs {standing.lacking}" if standing.lacking else "", *standing.void) if part)
            reasons.append(f"gate {step} is {standing.state}" + (f" ({told})" if told else ""))
    return reasons
