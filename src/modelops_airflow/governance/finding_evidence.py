"""Evidence of a remediation or of its verification: something that is on record, or a text that is kept by its digest."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..errors import Refused
from ..inventory.tables import ImportedPackRow, PackRow, ResultRow, RunRow
from .documents import keep


@dataclass(frozen=True)
class Evidence:
    """What is named as evidence, one of three.

    Attributes:
        digest: of the evidence of a step, or of a pack, about the model.
        run: id of a run of the model that passed; with its DAG and a slash before it where several have the id.
        text: what was looked at and seen, in words.
    """

    digest: str = ""
    run: str = ""
    text: str = ""


def reference(session: Session, model_id: str, evidence: Evidence) -> str | None:
    """How the ledger names evidence; None where none was named.

    Raises:
        Refused: two were named, or it is not on record for this model, or its run did not pass.
    """
    named = [one for one in (evidence.digest, evidence.run, evidence.text.strip()) if one]
    if len(named) > 1:
        raise Refused("name one evidence: a digest, a run or a text", "evidence")
    if evidence.digest:
        return _digest(session, model_id, evidence.digest)
    if evidence.run:
        return _run(session, model_id, evidence.run)
    return f"text {keep(session, {'text': evidence.text.strip()[:4000]})}" if named else None


def _digest(session: Session, model_id: str, digest: str) -> str:
    ours = select(RunRow.id).where(RunRow.model_id == model_id)
    known = (
        select(ResultRow.id).where(ResultRow.evidence == digest, ResultRow.run.in_(ours)),
        select(PackRow.id).where(PackRow.digest == digest, PackRow.run.in_(ours)),
        select(ImportedPackRow.id).where(ImportedPackRow.digest == digest, ImportedPackRow.model_id == model_id),
    )
    if not any(session.scalars(one.limit(1)).first() for one in known):
        raise Refused(f"no result or pack of {model_id} on record has the digest {digest}; the model's page shows those that there are", "evidence")
    return f"evidence {digest}"


def _run(session: Session, model_id: str, told: str) -> str:
    dag, _, run = told.rpartition("/")
    query = select(RunRow).where(RunRow.model_id == model_id, or_(RunRow.run_id == told, (RunRow.run_id == run) & (RunRow.dag_id == dag)))
    found = list(session.scalars(query.order_by(RunRow.id)))
    if not found:
        raise Refused(f"{model_id} has no run {told!r} on record", "evidence")
    if len(found) > 1:
        raise Refused(f"several runs have the id {told!r}; name one as {found[0].dag_id}/{found[0].run_id}", "evidence")
    if found[0].verdict != "pass":
        raise Refused(f"run {told!r} is {found[0].verdict or 'not decided'}, and only a run that passed is evidence", "evidence")
    return f"run {found[0].dag_id}/{found[0].run_id}"
