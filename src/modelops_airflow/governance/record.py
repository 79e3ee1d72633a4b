"""Recording what steps came to, and the decision over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import (
    FindingRow,
    GateRow,
    GateState,
    PackRow,
    ResultRow,
    RunRow,
    VersionRow,
    VersionState,
    WaivedRow,
)
from ..ledger import append
from ..policy.states import READY, SERVING
from .start import RunKey, run_row
from .transaction import governed
from .versions import close_finding, end_finding, finding_in, move, on_its_way, open_finding, was_deployed

NOT_MET = "requirement-not-met"
BASIS = "basis"
"""Name among a result's products of the digest of what measured."""


@dataclass(frozen=True)
class StepRecord:
    """What one step came to, as it is stored."""

    step: str
    uses: str
    status: str
    verdict: str | None = None
    warned: bool = False
    evidence: str | None = None
    products: Mapping[str, str] = field(default_factory=dict)
    judgements: Sequence[Mapping[str, Any]] = ()
    message: str = ""
    basis: str | None = None


def record(register: Register, key: RunKey, one: StepRecord) -> None:
    """Store a step's result; an earlier result of the step stays, marked as replaced.

    Raises:
        Refused: the run was deployed, and the step came to something else than what it was deployed upon.
    """
    with governed(register, "recorded", by="system", step=one.step) as session:
        run = known_run(session, key)
        before = _current(session, run, one.step)
        if (one.evidence or (before and before.evidence)) and was_deployed(session, run):
            if before and (before.evidence, before.verdict, before.status) == (one.evidence, one.verdict, one.status):
                return
            raise Refused(f"run {run.run_id} was deployed, and what it was deployed upon stays as it is: step {one.step} came to "
                          "something else now; start a new run", "deployed")
        basis = {} if one.basis is None else {BASIS: one.basis}
        if before is not None:
            before.current = False
            session.flush()
        session.add(ResultRow(run=run.id, step=one.step, uses=one.uses, status=one.status, verdict=one.verdict,
                              warned=one.warned, evidence=one.evidence, products={**one.products, **basis},
                              judgements=[dict(row) for row in one.judgements], message=one.message[:2000]))
        append(session, "recorded", {**basis, "dag": run.dag_id, "evidence": one.evidence, "run": run.run_id, "status": one.status,
                                     "step": one.step, "verdict": one.verdict}, model_id=run.model_id)


def decide(
    register: Register, key: RunKey, *, manifest: str, subject: str, verdict: str, warned: bool, reasons: Sequence[str],
    waived: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Store the frozen manifest and its verdict; gates over another subject fall away.

    Args:
        waived: the waivers that the verdict rests on, as the manifest names them.

    Raises:
        Refused: the run was deployed, and this is another decision.
    """
    with governed(register, "decided", by="system", manifest=manifest) as session:
        run = known_run(session, key)
        if was_deployed(session, run) and (run.manifest, run.subject, run.verdict) != (manifest, subject, verdict):
            raise Refused(f"run {run.run_id} was deployed upon another decision; start a new run", "deployed")
        version = session.get_one(VersionRow, run.version_id)
        repeated = run.subject == subject
        if run.subject is not None and not repeated:
            for gate in session.scalars(select(GateRow).where(GateRow.run == run.id, GateRow.subject != subject)):
                gate.state = GateState.VOID.value
        if run.decided_at is None or (run.manifest, run.subject, run.verdict, run.warned) != (manifest, subject, verdict, warned):
            run.decided_at = database_time(session)  # a task that is cleared and comes to the same makes no old run the last one
        run.manifest, run.subject, run.verdict, run.warned = manifest, subject, verdict, warned
        _rests_on(session, run, manifest, waived)
        if run.environment is not None:
            if not on_its_way(session, version):
                _release_decided(version, verdict, reasons, repeated)
        elif run.as_of is None:  # what a past day came to says nothing about today
            _monitor_decided(session, run, verdict, reasons)
        append(session, "decided", {"dag": run.dag_id, "manifest": manifest, "run": run.run_id, "subject": subject, "verdict": verdict,
                                    "warned": warned}, model_id=run.model_id)


def packed(register: Register, key: RunKey, digest: str) -> None:
    """Note an evidence pack of a run."""
    with governed(register, "packed", by="system", pack=digest) as session:
        run = known_run(session, key)
        session.add(PackRow(run=run.id, digest=digest))
        append(session, "packed", {"pack": digest, "run": run.run_id}, model_id=run.model_id)


def known_run(session: Session, key: RunKey) -> RunRow:
    """The row of a pinned run.

    Raises:
        Refused: the run was never pinned.
    """
    run = run_row(session, key)
    if run is None:
        raise Refused(f"run {key.run_id} of {key.dag_id} was not pinned; run its first step", "unpinned")
    return run


def _rests_on(session: Session, run: RunRow, manifest: str, waived: Sequence[Mapping[str, Any]]) -> None:
    """Note the waivers of a manifest, once."""
    there = select(WaivedRow.id).where(WaivedRow.run == run.id, WaivedRow.manifest == manifest)
    if session.scalars(there).first() is None:
        session.add_all(WaivedRow(run=run.id, manifest=manifest, **one) for one in waived)


def _current(session: Session, run: RunRow, step: str) -> ResultRow | None:
    """What a step last came to."""
    return session.scalars(select(ResultRow).where(ResultRow.run == run.id, ResultRow.step == step, ResultRow.current)).first()


def _release_decided(version: VersionRow, verdict: str, reasons: Sequence[str], repeated: bool) -> None:
    if version.state in SERVING or (repeated and version.state != VersionState.VALIDATING):
        return
    if version.state in READY:
        move(version, VersionState.VALIDATING)  # what was approved is not what was decided now
    if verdict == "pass":
        move(version, VersionState.WAITING)
    else:
        move(version, VersionState.REJECTED, "; ".join(reasons))


def _monitor_decided(session: Session, run: RunRow, verdict: str, reasons: Sequence[str]) -> None:
    """The last run of a life cycle speaks for the model: what another life cycle finds, or found later, an older run does not end."""
    later = select(RunRow.id).where(
        RunRow.model_id == run.model_id, RunRow.lifecycle == run.lifecycle, RunRow.environment.is_(None), RunRow.as_of.is_(None),
        RunRow.decided_at.is_not(None), RunRow.id > run.id)
    if session.scalars(later.limit(1)).first() is not None:
        return
    _of_before(session, run)
    if verdict == "pass":
        close_finding(session, run.model_id, not_met_in(run.lifecycle), f"run {run.run_id} of {run.dag_id}")
    else:
        open_finding(session, run.model_id, not_met_in(run.lifecycle), "high", f"{run.lifecycle}: {'; '.join(reasons)}")


def _of_before(session: Session, run: RunRow) -> None:
    """A finding of a release before, which has no life cycle in its kind, ends with the next run of the one that its words begin with: that tells its own."""
    row = session.scalars(select(FindingRow).where(
        FindingRow.model_id == run.model_id, FindingRow.kind == NOT_MET, FindingRow.closed_at.is_(None))).first()
    if row is not None and row.message.startswith(f"{run.lifecycle}: "):
        end_finding(row, f"run {run.run_id} of {run.dag_id}", database_time(session))


def not_met_in(lifecycle: str) -> str:
    """The kind of the finding of a model that did not meet what is required in a life cycle."""
    return finding_in(lifecycle, NOT_MET)
