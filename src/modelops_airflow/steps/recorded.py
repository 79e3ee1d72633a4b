"""A run as it is on record, in the register or in a local folder, to be compared or repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..errors import EvidenceError
from ..evidence.rests import RecordedRun, RecordedStep, text
from ..evidence.statement import measurement_in, read_statement
from ..evidence.store import BlobStore
from ..governance.record import BASIS
from ..governance.start import RunKey, pinned, run_row
from ..inventory.tables import ResultRow
from ..measurement import Measurement, Verdict
from ..plan import Plan, PlannedStep
from ..policy.verdict import judge
from .basis import read_basis
from .run import PROFILES

if TYPE_CHECKING:
    from pathlib import Path

    from ..inventory.register import Register

_WORST = (Verdict.ERROR, Verdict.FAIL, Verdict.PASS, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class OnRecord:
    """A run with what it takes to repeat it.

    Attributes:
        told: what is compared.
        plan: as it was pinned; None where it was not kept.
        store: where its evidence and artifact are.
    """

    told: RecordedRun
    plan: Plan | None
    artifact_name: str
    store: BlobStore


@dataclass(frozen=True)
class _Result:
    """What register and folder say alike of a step."""

    step: str
    uses: str
    verdict: str | None
    warned: bool
    evidence: str | None
    products: Mapping[str, str]
    basis: str | None


def of_folder(folder: Path) -> OnRecord:
    """A local run, by the folder of its record.

    Raises:
        EvidenceError: the record cannot be read, or something that it names is gone or changed.
    """
    file = folder / "run.json"
    try:
        record: dict[str, Any] = json.loads(file.read_bytes())
        results = [_Result(name, one["uses"], one["verdict"], one["warned"], one["evidence"], one["products"], one.get("basis"))
                   for name, one in record["steps"].items()]
        verdict, model, artifact, approved = (record["decision"] or {}).get("verdict"), record["model"], record["artifact"], record["plan"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(f"{file} is no record of a local run: {error}") from None
    store = BlobStore(str(folder.resolve().parents[1] / "evidence"))
    plan = _kept_plan(store, record.get("plan_document"), approved)
    told = _told(folder.resolve().name, model, artifact, plan, results, store, verdict)
    return OnRecord(told, plan, record.get("artifact_name", ""), store)


def of_register(register: Register, store: BlobStore, key: RunKey) -> OnRecord:
    """A governed run.

    Raises:
        EvidenceError: the register has no such run, or something that it names is gone or changed.
    """
    with register.read() as session:
        row, about = run_row(session, key), pinned(session, key)
        if row is None or about is None:
            raise EvidenceError(f"the register has no run {key.run_id!r} of {key.dag_id!r}; see: modelops inventory show MODEL")
        rows = session.scalars(select(ResultRow).where(ResultRow.run == row.id, ResultRow.current).order_by(ResultRow.id)).all()
        results = [_Result(one.step, one.uses, one.verdict, one.warned, one.evidence, one.products, one.products.get(BASIS)) for one in rows]
        model, verdict = row.model_id, row.verdict
    plan = Plan.from_json(about.plan)
    told = _told(f"{key.dag_id}/{key.run_id}", model, about.artifact, plan, results, store, verdict)
    return OnRecord(told, plan, about.artifact_name, store)


def _kept_plan(store: BlobStore, document: str | None, approved: str) -> Plan | None:
    """The plan of a local run; runs of releases before kept only its digest."""
    if document is None:
        return None
    plan = Plan.from_json(json.loads(store.get(document)))
    if plan.digest != approved:
        raise EvidenceError(f"the stored plan {document} is not the one that the run names: {plan.digest}, expected {approved}")
    return plan


def _told(
    label: str, model: str, artifact: str, plan: Plan | None, results: Iterable[_Result], store: BlobStore, verdict: str | None
) -> RecordedRun:
    results = list(results)
    planned = {step.id: step for step in plan.steps} if plan is not None else {}
    profiles = next((one.products[PROFILES] for one in results if PROFILES in one.products), None)
    return RecordedRun(
        label=label, model=model, artifact=artifact, plan=plan.to_json() if plan is not None else None,
        steps={one.step: _step(one, planned.get(one.step), store) for one in results},
        verdict=verdict, profile=_sides(json.loads(store.get(profiles))) if profiles is not None else {},
    )


def _step(one: _Result, planned: PlannedStep | None, store: BlobStore) -> RecordedStep:
    measurement = measurement_in(read_statement(store, one.evidence)) if one.evidence is not None else None
    verdict = one.verdict + (", warned" if one.warned else "") if one.verdict is not None else None
    return RecordedStep(
        uses=one.uses, evidence=one.evidence, verdict=verdict, measurement=measurement.to_json() if measurement is not None else None,
        judged=_judged(planned, measurement) if planned is not None and measurement is not None else {},
        basis=read_basis(store, one.basis),
    )


def _judged(planned: PlannedStep, measurement: Measurement) -> dict[tuple[str, str], str]:
    """The worst that a requirement says of each row."""
    found: dict[tuple[str, str], str] = {}
    rows = judge(planned.requirements, measurement).rows
    for row in sorted(rows, key=lambda row: (_WORST.index(row.verdict), not row.warned)):
        word = row.verdict.value + (", warned" if row.warned and row.verdict is Verdict.PASS else "")
        found.setdefault((row.metric, text(dict(row.where))), word)
    return found


def _sides(profiles: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Rows and columns of each side that was profiled."""
    sides = {side: profiles[side] for side in ("current", "baseline") if profiles.get(side)}
    return {side: {"rows": one["rows"], "columns": {name: text(facts) for name, facts in one["columns"].items()}} for side, one in sides.items()}
