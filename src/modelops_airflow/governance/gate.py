"""Gates: opened over a subject, and where they stand, evaluated anew each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVED, REJECTED, Decision, Gate, Standing, evaluate
from ..data.duration import duration
from ..database import database_time
from ..errors import ModelOpsError, Refused
from ..evidence.manifest import gates_of
from ..inventory.register import Register
from ..inventory.tables import (
    DecisionRow,
    GateRow,
    GateState,
    RunRow,
    VersionRow,
    VersionState,
)
from ..ledger import append
from ..policy.evidence_age import too_old
from ..spec.types import Governance
from .activate import active
from .authors import authors_of_runs
from .conditions import conditional
from .documents import fetch
from .doubts import doubts
from .glass import close_if_approved
from .record import known_run
from .start import RunKey
from .transaction import governed
from .versions import being_published, move

_BY_PEOPLE = "rejected at gate"
_AT_GATES = (VersionState.WAITING, VersionState.APPROVED, VersionState.CONDITIONAL, VersionState.REJECTED)


@dataclass(frozen=True)
class GateFacts:
    """A gate with all that its standing depends on.

    Attributes:
        decisions: over the gate's subject, at every gate, in order.
        authors: names of everybody who had a hand in the version.
        tier: of the model, as the run's plan has it.
    """

    row: GateRow
    run: RunRow
    version: VersionRow
    gate: Gate
    decisions: Sequence[Decision]
    authors: Sequence[str]
    tier: object

    def too_old(self, now: datetime) -> str:
        """Why nobody approves over this evidence any more; empty while people may."""
        return too_old(self.run.started_at, self.tier, now)

    def standing(self, governance: Governance, now: datetime) -> Standing:
        """Where the gate stands."""
        return evaluate(self.gate, self.decisions, self.authors, governance, now)


def open_gate(register: Register, key: RunKey, step: str) -> int:
    """Open a gate of a decided run, once; a gate over another subject is opened anew.

    Raises:
        Refused: the run is not decided, or did not pass.
    """
    with governed(register, "gate-opened", by="system", step=step) as session:
        run = known_run(session, key)
        if run.subject is None or run.verdict != "pass":
            raise Refused(f"gate {step} cannot open: the run is {run.verdict or 'not decided'}", "not-passed")
        gates = gates_of(fetch(session, run.plan))
        if step not in gates:
            raise Refused(f"the plan of this run has no gate {step!r}; it has {', '.join(gates) or 'none'}", "gone")
        rules = gates[step]
        row = session.scalars(select(GateRow).where(GateRow.run == run.id, GateRow.step == step)).first()
        if row is not None and row.subject == run.subject and row.state != GateState.VOID:
            return row.id
        if row is None:
            row = GateRow(run=run.id, step=step, subject=run.subject, meaning="", rules={})
            session.add(row)
        now = database_time(session)
        row.subject, row.rules, row.state = run.subject, rules, GateState.OPEN.value
        row.meaning, row.opened_at = meaning_of(rules), now
        row.due_at = now + duration(rules["due"]) if rules.get("due") else None
        session.flush()
        settle(session, facts_of(session, [row.id])[row.id])
        append(session, "gate-opened", {"gate": row.id, "step": step, "subject": run.subject}, model_id=run.model_id)
        return row.id


def waiting() -> ColumnElement[bool]:
    """That a gate waits for somebody, for a query that has its run: it is open over what the run came to last, and its version did not end."""
    ended = select(VersionRow.id).where(VersionRow.state == VersionState.RETIRED.value)
    return and_(GateRow.state == GateState.OPEN.value, GateRow.subject == RunRow.subject, RunRow.version_id.not_in(ended))


def waits_for_somebody(gate: GateRow, run: RunRow, version: VersionRow) -> bool:
    """The same of rows."""
    return (gate.state, gate.subject) == (GateState.OPEN, run.subject) and version.state != VersionState.RETIRED


def facts_of(
    session: Session, gates: Sequence[int], approval_public: bytes | None = None, sure_of: int | None = None
) -> dict[int, GateFacts]:
    """Everything about some gates, in a few queries however many there are; signed decisions take some more a subject.

    Args:
        approval_public: what approvals must be signed with to count; None if nothing is pinned.
        sure_of: the decision that was verified in this transaction.
    """
    rows = session.execute(
        select(GateRow, RunRow, VersionRow)
        .join(RunRow, RunRow.id == GateRow.run)
        .join(VersionRow, VersionRow.id == RunRow.version_id)
        .where(GateRow.id.in_(list(gates)))
    ).all()
    stored: dict[str, list[DecisionRow]] = {gate.subject: [] for gate, _, _ in rows}
    for one in session.scalars(select(DecisionRow).where(DecisionRow.subject.in_(stored)).order_by(DecisionRow.id)):
        stored[one.subject].append(one)
    plans = _plans(session, [run for _, run, _ in rows])
    made: dict[str, list[Decision]] = {}
    for gate, run, _ in rows:
        if gate.subject not in made:
            doubted = doubts(session, run.model_id, gate.subject, [one for one in stored[gate.subject] if one.withdrawn_at is None], gates_of(plans[run.id]),
                             approval_public, sure_of)
            made[gate.subject] = [_decision(one, doubted.get(one.id, "")) for one in stored[gate.subject]]
    authors = authors_of_runs(session, list({run.id: run for _, run, _ in rows}.values()))
    return {
        gate.id: GateFacts(gate, run, version, _gate(gate, str(plans[run.id]["model"]["owner"])), made[gate.subject], authors[run.id], plans[run.id]["model"]["tier"])
        for gate, run, version in rows
    }


def readable_facts(session: Session, gates: Sequence[GateRow], approval_public: bytes | None = None) -> dict[int, GateFacts | str]:
    """The facts of each gate by its id; words where they cannot be read. All at once, and one by one only where one of them cannot.

    A task can make anything of a gate's row, of a plan or of a decision; no other gate is kept from anybody by that.
    """
    try:
        together = facts_of(session, [gate.id for gate in gates], approval_public)
        return {gate.id: together[gate.id] for gate in gates}
    except SQLAlchemyError:  # the register's own trouble
        raise
    except Exception as error:  # whatever somebody made of its rules, its plan or its decisions
        if len(gates) > 1:
            return {gate: facts for one in gates for gate, facts in readable_facts(session, [one], approval_public).items()}
        words = str(error) if isinstance(error, ModelOpsError) else repr(error)[:500]
        return {gate.id: f"gate {gate.step} cannot be asked: {words}" for gate in gates}


def standings(register: Register, gates: Sequence[int]) -> dict[int, Standing]:
    """Where some gates stand now."""
    with register.read() as session:
        governance, now = active(session), database_time(session)
        return {gate: facts.standing(governance, now) for gate, facts in facts_of(session, gates).items()}


def settle(session: Session, facts: GateFacts) -> Standing:
    """Write down where a gate stands, and with the last gate that the version is approved."""
    standing = facts.standing(active(session), database_time(session))
    row, version = facts.row, facts.version
    row.state = {APPROVED: GateState.APPROVED, REJECTED: GateState.REJECTED}.get(standing.state, GateState.OPEN).value
    row.settled_at = database_time(session) if standing.state in (APPROVED, REJECTED) else None
    session.flush()
    if standing.state == APPROVED:
        close_if_approved(session, facts.run)
    if facts.run.environment is not None and version.state in _AT_GATES and not being_published(session, version):
        _move(session, facts)
    return standing


def _move(session: Session, facts: GateFacts) -> None:
    """What the states of a run's gates make of its version."""
    row, version = facts.row, facts.version
    states = {gate.step: gate.state for gate in session.scalars(
        select(GateRow).where(GateRow.run == facts.run.id, GateRow.subject == facts.run.subject))}
    if GateState.REJECTED in states.values():
        if version.state != VersionState.REJECTED:
            move(version, VersionState.REJECTED, f"{_BY_PEOPLE} {row.step}")
        return
    if version.state == VersionState.REJECTED and not version.reason.startswith(_BY_PEOPLE):
        return  # a requirement failed; votes do not mend that
    if all(states.get(step) == GateState.APPROVED for step in gates_of(fetch(session, facts.run.plan))):
        if version.state == VersionState.REJECTED:
            move(version, VersionState.WAITING)
        move(version, VersionState.CONDITIONAL if conditional(session, row.subject)[0] else VersionState.APPROVED)
    elif version.state == VersionState.REJECTED:
        move(version, VersionState.WAITING)


def _plans(session: Session, runs: Sequence[RunRow]) -> dict[int, Mapping[str, Any]]:
    """The pinned plan of each run."""
    plans = {digest: fetch(session, digest) for digest in {run.plan for run in runs}}
    return {run.id: plans[run.plan] for run in runs}


def _decision(row: DecisionRow, doubt: str) -> Decision:
    return Decision(row.step, row.person, row.role, row.decision, row.expires_at, row.withdrawn_at is not None, doubt)


def _gate(row: GateRow, owner: str) -> Gate:
    """A gate by its row, which a task can write; what is no number of people is told here, and nowhere later. One that asks 0 is never approved."""
    roles = dict(row.rules["roles"])
    if wrong := [role for role, number in roles.items() if type(number) is not int or number < 0]:
        raise Refused(f"its row asks {', '.join(f'{roles[role]!r} of the role {role}' for role in wrong)}, which is no number of people", "rules")
    return Gate(row.step, roles, row.meaning, owner)


def meaning_of(rules: Mapping[str, Any]) -> str:
    """What a decision at a gate with these rules means: validate, approve or attest."""
    return str(rules.get("meaning", "approve"))


def valid_until(rules: Mapping[str, Any], now: datetime) -> datetime | None:
    """When an approval under these rules expires."""
    lasts: timedelta | None = duration(str(rules["valid"])) if rules.get("valid") else None
    return None if lasts is None else now + lasts
