"""The journal of a governed run: the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..database import database_time
from ..digest import Digest
from ..governance.control_waivers import judged_run, waivers_in_force
from ..governance.documents import fetch
from ..governance.record import BASIS, StepRecord, decide, known_run, record
from ..governance.start import RunKey
from ..inventory.register import Register
from ..inventory.tables import ResultRow, RunRow
from ..measurement import Verdict
from ..policy.verdict import Judged, Judgement
from .run import Decision, StepResult, StepStatus

if TYPE_CHECKING:
    from datetime import datetime

    from ..plan import PlannedStep
    from ..policy.control_evidence import Waiver


class RegisterJournal:
    """Results of one run, in the register."""

    def __init__(self, register: Register, key: RunKey) -> None:
        self.register = register
        self.key = key

    def result(self, step_id: str) -> StepResult | None:
        """The current result of a step."""
        with self.register.read() as session:
            run = known_run(session, self.key)
            row = session.scalars(select(ResultRow).where(
                ResultRow.run == run.id, ResultRow.step == step_id, ResultRow.current)).first()
            return None if row is None else _result(row)

    def earlier(self, step_id: str, most: int) -> Sequence[StepResult | None]:
        """The results of a step in the runs of this DAG before this one, of those about today, in the order in which they were pinned."""
        with self.register.read() as session:
            run = known_run(session, self.key)
            before = session.scalars(select(RunRow).where(RunRow.dag_id == run.dag_id, RunRow.id < run.id, RunRow.as_of.is_(None))
                                     .order_by(RunRow.id.desc()).limit(most)).all()
            alike = [one.id for one in before if one.artifact == run.artifact]
            begun = {one.id: one.started_at for one in before}
            found = {row.run: replace(_result(row), at=begun[row.run]) for row in session.scalars(select(ResultRow).where(
                ResultRow.run.in_(alike), ResultRow.step == step_id, ResultRow.current))}
            return [found.get(one.id) for one in before]

    def started(self) -> datetime:
        """When this run was pinned."""
        with self.register.read() as session:
            return known_run(session, self.key).started_at

    def waivers(self) -> Sequence[Waiver]:
        """The waivers of the model's controls that count now, as the ledger has them."""
        with self.register.read() as session:
            run = known_run(session, self.key)
            return waivers_in_force(session, judged_run(session, run, fetch(session, run.plan)), run.model_id, database_time(session))

    def record(self, step: PlannedStep, result: StepResult) -> None:
        """Store a step's result with its event."""
        judgement = result.judgement
        record(self.register, self.key, StepRecord(
            step=step.id, uses=step.uses, status=result.status.value,
            verdict=judgement.verdict.value if judgement else None,
            warned=bool(judgement and judgement.warned),
            evidence=result.evidence, basis=result.basis, products=dict(result.products),
            judgements=[row.to_json() for row in judgement.rows] if judgement else [],
            message=result.message,
        ))

    def decide(self, decision: Decision) -> None:
        """Store the frozen decision."""
        decide(self.register, self.key, manifest=decision.manifest, subject=decision.subject, verdict=decision.verdict,
               warned=decision.warned, reasons=decision.reasons, waived=decision.waived)


def _result(row: ResultRow) -> StepResult:
    basis = row.products.get(BASIS)
    judgement = None
    if row.verdict is not None:
        rows = tuple(Judged(**{**one, "verdict": Verdict(one["verdict"])}) for one in row.judgements)
        judgement = Judgement(Verdict(row.verdict), row.warned, rows)
    return StepResult(
        status=StepStatus(row.status),
        evidence=Digest(row.evidence) if row.evidence else None,
        products={name: Digest(digest) for name, digest in row.products.items() if name != BASIS},
        judgement=judgement,
        message=row.message,
        basis=Digest(basis) if basis else None,
    )
