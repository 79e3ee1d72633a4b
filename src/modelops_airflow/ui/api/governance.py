"""Governance: which rules are in force, which are pending, and the activation of a pending state."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import select

from ...governance.activate import activate as activate_governance
from ...governance.activate import may_activate, people_needed
from ...inventory.tables import Document, GovernanceRow
from ...spec.read import OWN
from ..guard import Body, body_of
from ..reads.changes import differences
from ..reads.clock import iso
from ..viewer import RegisterDep, ViewerDep

router = APIRouter(prefix="/governance")


class Activation(Body):
    """The digest of the pending state that the caller has read."""

    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


@router.get("")
def governance(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """The active and the pending state, and what activating would change."""
    with register.read() as session:
        rows = session.execute(
            select(GovernanceRow, Document.body).join(Document, Document.digest == GovernanceRow.digest)
            .where(GovernanceRow.state.in_(("active", "pending")))
        )
        found = {row.state: (_told(row), json.loads(body)) for row, body in rows}
        may, needed = bool("pending" in found and may_activate(session, viewer.actor)), people_needed(session)
    active, pending = found.get("active"), found.get("pending")
    changes = differences(_flat(active[1]) if active else {}, _flat(pending[1])) if pending else []
    return {"active": active[0] if active else None, "pending": pending[0] if pending else None, "changes": changes,
            "needed": needed, "may_activate": may}


@router.post("/activation", status_code=201)
def activation(
    viewer: ViewerDep, register: RegisterDep, body: Annotated[Activation, Depends(body_of(Activation))]
) -> dict[str, Any]:
    """Put the pending state in force, as a control-side person under the old rules; the first state and some changes take two."""
    return {"digest": body.digest, "state": activate_governance(register, body.digest, viewer.actor)}


def _told(row: GovernanceRow) -> dict[str, Any]:
    return {"digest": row.digest, "proposed_by": row.proposed_by, "proposed_at": iso(row.proposed_at),
            "activated_by": row.activated_by, "activated_at": iso(row.activated_at), "confirmed_by": row.confirmed_by}


def _flat(body: dict[str, Any]) -> dict[str, str]:
    """`roles.risk.held_by` -> text: sections and their entries by name, small enough to read; of own packs and life cycles each control and step."""
    facts: dict[str, str] = {}
    for section, value in body.items():
        if section in OWN:
            for name, file in value.items():
                facts |= {f"{section}.{name}.{key}": text for key, text in _flat(_by_id(file)).items()}
            continue
        if not isinstance(value, dict):
            facts[section] = json.dumps(value)
            continue
        for name, entry in value.items():
            parts = entry.items() if isinstance(entry, dict) else [("", entry)]
            facts |= {f"{section}.{name}.{key}".rstrip("."): json.dumps(part, sort_keys=True) for key, part in parts}
    return facts


def _by_id(file: dict[str, Any]) -> dict[str, Any]:
    """A file whose lists of controls or steps are told by their ids, each of which is one line of a difference."""
    return {key: {str(one["id"]): {"": one} for one in value} if value and isinstance(value, list) and all(isinstance(one, dict) and "id" in one for one in value) else value
            for key, value in file.items()}
