"""Gates as the pages show them: what is asked, who has decided, who must still, and whether I may.

Standing and permission come from the same pure rules that the server decides by
(`approvals/rules.py`), so a page never offers what is then refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...approvals.rules import APPROVE, REJECTED, Standing, refusal, role_for
from ...governance.finding_block import Block, blocks_of
from ...governance.gate import GateFacts, readable_facts, waiting, waits_for_somebody
from ...inventory.tables import DecisionRow, GateRow, GateState, ModelRow, RunRow, VersionRow
from ...spec.types import Governance
from .clock import iso, now

if TYPE_CHECKING:
    from ..viewer import Viewer

NO_GOVERNANCE = "the register has no governance yet; it comes with the first run of modelops.sync"


@dataclass(frozen=True)
class Asker:
    """Who looks at gates: their person in governance.yaml, if they have one."""

    person: str | None
    governance: Governance | None

    @classmethod
    def of(cls, viewer: Viewer, session: Session) -> Asker:
        """The asker behind a request."""
        governance = viewer.governance(session)
        return cls(viewer.person(governance), governance)


@dataclass(frozen=True)
class Asked:
    """A gate before an asker, at a moment."""

    facts: GateFacts
    model: ModelRow
    decisions: Sequence[DecisionRow]
    asker: Asker
    at: datetime
    blocks: Sequence[Block] = ()

    @property
    def standing(self) -> Standing | None:
        """Where the gate stands; None before there is any governance."""
        governance = self.asker.governance
        return self.facts.standing(governance, self.at) if governance else None

    @property
    def why_not(self) -> str:
        """Why the asker may not decide; empty if they may."""
        facts, asker = self.facts, self.asker
        if facts.row.state != GateState.OPEN.value:
            return f"this gate is {facts.row.state}"
        if asker.governance is None:
            return NO_GOVERNANCE
        told = refusal(facts.gate, asker.person, APPROVE, facts.decisions, facts.authors, asker.governance, self.at)
        return told[1] if told else ""

    @property
    def role(self) -> str | None:
        """The role in which the asker would decide."""
        facts, asker = self.facts, self.asker
        if asker.governance is None or asker.person is None:
            return None
        return role_for(facts.gate, asker.person, facts.decisions, facts.authors, asker.governance, self.at)


def waiting_gates(session: Session, models: Collection[str]) -> Sequence[GateRow]:
    """Gates of these models that wait for somebody. One query."""
    return session.scalars(
        select(GateRow).join(RunRow, RunRow.id == GateRow.run)
        .where(waiting(), RunRow.model_id.in_(models)).order_by(GateRow.id)
    ).all()


def gate_rows(session: Session, gates: Sequence[GateRow], asker: Asker) -> list[dict[str, Any]]:
    """Gates for a page, in the order given; as many queries for one as for all."""
    at = now()
    facts = readable_facts(session, gates)
    models = session.scalars(select(ModelRow).where(ModelRow.id.in_({one.run.model_id for one in facts.values() if not isinstance(one, str)})))
    by_id = {model.id: model for model in models}
    blocks = blocks_of(session, by_id)
    decisions: dict[str, list[DecisionRow]] = defaultdict(list)
    for row in session.scalars(
        select(DecisionRow).where(DecisionRow.subject.in_({gate.subject for gate in gates})).order_by(DecisionRow.id)
    ):
        decisions[row.subject].append(row)
    return [
        _unreadable(session, gate, one, at) if isinstance(one := facts[gate.id], str)
        else _row(Asked(one, by_id[one.run.model_id], decisions[one.row.subject], asker, at, blocks.get(one.run.model_id, ())))
        for gate in gates
    ]


def by_urgency(gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mine first, then what is due first."""
    return sorted(gates, key=lambda gate: str(gate["key"]))


def _row(asked: Asked) -> dict[str, Any]:
    gate, run = asked.facts.row, asked.facts.run
    why_not, standing = asked.why_not, asked.standing
    return _stored(gate, run, asked.facts.version, asked.model, asked.at) | {
        "key": _key(gate, why_not), "signature": gate.rules.get("signature"), "roles": _roles(asked, standing),
        "void": list(standing.void) if standing else [],
        "held_up": [{"finding": one.number, "told": one.told, "unless_conditions": not one.holds_up(gate.meaning, conditional=True)}
                    for one in asked.blocks if one.holds_up(gate.meaning, conditional=False)],
        "decisions": [_decision(row, asked.asker) for row in asked.decisions if row.step == gate.step],
        "may_decide": not why_not, "why_not": why_not, "as_role": None if why_not else asked.role, "too_old": asked.facts.too_old(asked.at),
    }


def _unreadable(session: Session, gate: GateRow, why_not: str, at: datetime) -> dict[str, Any]:
    """A gate of which somebody made what cannot be read: it is shown, and nobody decides there."""
    run = session.get_one(RunRow, gate.run)
    version, model = session.get_one(VersionRow, run.version_id), session.get_one(ModelRow, run.model_id)
    return _stored(gate, run, version, model, at) | {
        "key": _key(gate, why_not), "signature": None, "roles": [], "void": [why_not], "held_up": [], "decisions": [],
        "may_decide": False, "why_not": why_not, "as_role": None, "too_old": "",
    }


def _stored(gate: GateRow, run: RunRow, version: VersionRow, model: ModelRow, at: datetime) -> dict[str, Any]:
    """What the rows say of a gate."""
    waits = waits_for_somebody(gate, run, version)
    overdue = waits and gate.due_at is not None and gate.due_at < at
    return {
        "id": gate.id, "model_id": model.id, "model_name": model.name, "tier": model.tier,
        "version": version.version, "dag_id": run.dag_id, "run_id": run.run_id, "lifecycle": run.lifecycle,
        "step": gate.step, "meaning": gate.meaning, "subject": gate.subject, "state": gate.state,
        "verdict": run.verdict, "warned": run.warned, "opened_at": iso(gate.opened_at), "due_at": iso(gate.due_at),
        "overdue": overdue, "settled_at": iso(gate.settled_at), "waits": waits,
    }


def _key(gate: GateRow, why_not: str) -> str:
    return f"{bool(why_not):d} {iso(gate.due_at) or '9999'} {gate.id:012d}"


def _roles(asked: Asked, standing: Standing | None) -> list[dict[str, Any]]:
    needed = asked.facts.gate.roles
    missing = needed if standing is None or standing.state == REJECTED else standing.missing
    return [{"role": role, "need": need, "have": need - missing.get(role, 0)} for role, need in needed.items()]


def _decision(row: DecisionRow, asker: Asker) -> dict[str, Any]:
    return {"id": row.id, "person": row.person, "role": row.role, "decision": row.decision, "comment": row.comment,
            "conditions": row.conditions, "at": iso(row.at), "expires_at": iso(row.expires_at), "withdrawn_at": iso(row.withdrawn_at),
            "mine": asker.person == row.person, "signed": bool(row.envelope and row.envelope["signatures"])}
