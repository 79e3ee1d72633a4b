"""The last evidence of each life cycle of a model: from the register, or from local runs, whose gates nobody decided."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import EvidenceError
from ..evidence.statement import read_measurement
from ..evidence.store import BlobStore
from ..governance.gate import standings
from ..inventory.register import Register
from ..inventory.tables import DecisionRow, GateRow, GateState, ResultRow, RunRow, VersionRow
from ..measurement import Measurement
from ..policy.control_evidence import GateEvidence, RunEvidence, StepEvidence


def evidence_in_register(register: Register, store: BlobStore, model_id: str, version: str) -> dict[str, RunEvidence]:
    """Life cycle -> the last decided run over a version of a model, of those about today."""
    with register.read() as session:
        rows = session.scalars(select(RunRow).join(VersionRow, VersionRow.id == RunRow.version_id).where(
            RunRow.model_id == model_id, VersionRow.version == version, RunRow.decided_at.is_not(None), RunRow.as_of.is_(None)).order_by(RunRow.decided_at, RunRow.id)).all()
        last = {row.lifecycle: row for row in rows}
        gates = {row.id: session.scalars(select(GateRow).where(GateRow.run == row.id).order_by(GateRow.id)).all() for row in last.values()}
        steps = {cycle: _steps(session, store, row) for cycle, row in last.items()}
        decided = _decided(session, [row.subject for row in last.values() if row.subject])
    now = standings(register, [gate.id for found in gates.values() for gate in found])
    return {cycle: RunEvidence(steps[cycle], tuple(_gate(gate, now[gate.id].state, row, decided) for gate in gates[row.id])) for cycle, row in last.items()}


def _steps(session: Session, store: BlobStore, run: RunRow) -> tuple[StepEvidence, ...]:
    rows = session.scalars(select(ResultRow).where(ResultRow.run == run.id, ResultRow.current).order_by(ResultRow.id))
    return tuple(StepEvidence(row.uses, row.verdict, _utc(row.at), _measured(store, row.evidence)) for row in rows if row.verdict is not None)


def _decided(session: Session, subjects: Collection[str]) -> dict[tuple[str, str], datetime]:
    """(Subject, step) -> when somebody last decided there; what a row of a gate says of it may be a task's own."""
    rows = session.execute(select(DecisionRow.subject, DecisionRow.step, func.max(DecisionRow.at)).where(
        DecisionRow.subject.in_(subjects), DecisionRow.withdrawn_at.is_(None)).group_by(DecisionRow.subject, DecisionRow.step))
    return {(subject, step): at for subject, step, at in rows}


def _gate(gate: GateRow, state: str, run: RunRow, decided: Mapping[tuple[str, str], datetime]) -> GateEvidence:
    """A gate as it stands now; one over another subject than the run's covers nothing."""
    there = gate.state != GateState.VOID and gate.subject == run.subject
    at = decided.get((gate.subject, gate.step)) if state != "open" else None
    return GateEvidence(gate.step, state if there else "open", dict(gate.rules.get("roles", {})), tuple(gate.rules.get("controls", ())),
                        _utc(at) if at is not None else None)


def evidence_of_local_runs(folder: Path, model_id: str, plans: Collection[str]) -> dict[str, RunEvidence]:
    """Life cycle -> the last run of a model that `modelops run` kept in a folder such as `.modelops`.

    Args:
        plans: digests of plans; a run by another one was over another version, data or design, and says nothing.
    """
    store = BlobStore(str(folder / "evidence"))
    found: dict[str, RunEvidence] = {}
    for path in sorted((folder / "runs").glob("*/run.json")):
        record: Any = json.loads(path.read_text(encoding="utf-8"))
        if record.get("model") == model_id and record.get("plan") in plans:
            found[str(record["lifecycle"])] = RunEvidence(_local(store, record, _begun(path.parent.name)))
    return found


def _local(store: BlobStore, record: Mapping[str, Any], at: datetime) -> tuple[StepEvidence, ...]:
    return tuple(StepEvidence(step["uses"], step["verdict"], at, _measured(store, step["evidence"]))
                 for step in record["steps"].values() if step["verdict"] is not None)


def _begun(folder: str) -> datetime:
    return datetime.strptime(folder.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def _measured(store: BlobStore, digest: str | None) -> Measurement | None:
    try:
        return read_measurement(store, digest) if digest else None
    except (EvidenceError, KeyError, ValueError):
        return None


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
