"""The assurance level of one run: the set-up that a task noted, and the signatures of the run's approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import is_among
from ..approvals.rules import APPROVE
from ..evidence.manifest import gates_of
from ..governance.activate import active, row_of
from ..governance.assured import assurance_on_record
from ..governance.documents import fetch
from ..governance.doubts import doubts
from ..governance.signing import PERSON
from ..inventory.tables import DecisionRow, RunRow
from ..signing.ed25519 import load_public
from ..spec.types import Governance
from .level import Approvals, Assurance, SetUp, assurance_of

_NOT_ON_RECORD = "the model file"


def assurance_of_run(session: Session, run: RunRow, approval_public_key: Path | None) -> Assurance:
    """The level of a run."""
    return assurance_of(setup_on_record(session), approvals_of(session, run, approval_public_key))


def setup_on_record(session: Session) -> SetUp:
    """The set-up as the last task noted it; nothing is known before, nor what an older version did not look at."""
    told = (assurance_on_record(session) or {}).get("setup", {})
    known = {one.name: told[one.name] for one in fields(SetUp) if one.name in told}
    return SetUp(**{"dialect": "unknown", **known, "anchors": tuple(known.get("anchors", ()))})


def approvals_of(session: Session, run: RunRow, approval_public_key: Path | None) -> Approvals:
    """How many approvals over a run's subject there are, and whose signatures they carry."""
    rows = list(session.scalars(select(DecisionRow).where(
        DecisionRow.subject == run.subject, DecisionRow.decision == APPROVE, DecisionRow.withdrawn_at.is_(None))))
    unknown = _unknown_authors(session, run)
    if run.subject is None or not rows:
        return Approvals(unknown_authors=unknown)
    public = load_public(approval_public_key) if approval_public_key is not None else None
    by_server = doubts(session, run.model_id, run.subject, rows, {}, public) if public is not None else None
    gates = {step: {**rules, "signature": PERSON} for step, rules in gates_of(fetch(session, run.plan)).items()}
    by_person = doubts(session, run.model_id, run.subject, rows, gates)
    return Approvals(
        counted=len(rows),
        server_signed=0 if by_server is None else sum(row.id not in by_server for row in rows),
        person_signed=sum(row.id not in by_person for row in rows),
        unknown_authors=unknown,
    )


def _unknown_authors(session: Session, run: RunRow) -> tuple[str, ...]:
    """Files of a run that somebody unknown may have written; runs of older versions have none on record."""
    if not run.provenance:
        return (_NOT_ON_RECORD,)
    governance = active(session) if row_of(session, "active") is not None else None
    return tuple(str(one["file"]) for one in run.provenance if not _known(governance, one))


def _known(governance: Governance | None, told: Mapping[str, Any]) -> bool:
    """Whether every writer of a file is proven, and somebody whom the governance in force names."""
    if told.get("gap") or not told.get("signed") or governance is None:
        return False
    return all(any(is_among(governance, person, [author]) for person in governance.people) for author in told["authors"])
