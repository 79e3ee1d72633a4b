"""Findings that time opens again: an accepted risk whose end has come, a dispute that nobody decided.

They are open from that moment whether this runs or not: who asks works it out. This writes it down.
"""

from __future__ import annotations

from sqlalchemy import select

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import FindingRow
from ..ledger import append
from ..ledger.append import instant
from ..policy.finding import as_of
from ..policy.finding_rules import REOPEN, State
from .finding_record import PREFIX, findings_on_record
from .transaction import governed

_LAPSING = (State.RISK_ACCEPTED.value, State.DISPUTED.value)


def reopen_findings(register: Register) -> list[str]:
    """Write down which findings are open again; one line each."""
    with register.read() as session:
        there = list(session.execute(select(FindingRow.id, FindingRow.model_id).where(FindingRow.state.in_(_LAPSING), FindingRow.closed_at.is_(None))))
    return [line for number, model in there if (line := _reopened(register, number, model))]


def _reopened(register: Register, number: int, model_id: str) -> str:
    with register.read() as session:
        before, at = findings_on_record(session, [model_id]).found.get((model_id, number)), database_time(session)
    if before is None or as_of(before, at).state is before.state:
        return ""
    with governed(register, f"{PREFIX}{REOPEN}", by="system", model_id=model_id, finding=number) as session:
        row = session.get_one(FindingRow, number, with_for_update=True)
        before = findings_on_record(session, [model_id]).found[model_id, number]
        if as_of(before, at).state is before.state:
            return ""
        why = "the acceptance of its risk has ended" if before.state is State.RISK_ACCEPTED else "nobody decided its dispute in time"
        row.state, row.expires_at = State.OPEN.value, None
        append(session, f"{PREFIX}{REOPEN}", {
            "at": instant(at), "by": "system", "controls": None, "due_before": instant(before.due_at), "evidence": None, "finding": number,
            "owner": before.owner, "part": "system", "said": None, "severity": before.severity, "until": None, "words": None}, model_id=model_id)
    return f"{model_id}: finding {number} is open again: {why}"
