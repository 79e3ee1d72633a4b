"""Gates that wait, and runs that did not pass."""

from __future__ import annotations

from sqlalchemy import select

from ...inventory.tables import GateRow, ResultRow, RunRow
from ...policy.occasion import Occasion, gate_path
from ..gate import GateFacts, readable_facts, waiting
from .around import Around


def gate_occasions(around: Around) -> list[Occasion]:
    """Each open gate, its due date, and each run of late that failed; not one for a past day, which says nothing about today."""
    gates = around.session.scalars(select(GateRow).join(RunRow, RunRow.id == GateRow.run).where(waiting()).order_by(GateRow.id)).all()
    facts = readable_facts(around.session, gates)
    found = [one for gate in gates for one in _gate(around, gate, facts[gate.id])]
    return found + [_failed(around, run) for run in around.session.scalars(
        select(RunRow).where(RunRow.decided_at >= around.since, RunRow.as_of.is_(None), RunRow.verdict.is_not(None), RunRow.verdict != "pass").order_by(RunRow.id))]


def _gate(around: Around, row: GateRow, facts: GateFacts | str) -> list[Occasion]:
    if isinstance(facts, str):
        return [_unreadable(around, row, facts)]
    model = facts.run.model_id
    standing = facts.standing(around.governance, around.now)
    asked = ", ".join(f"{number} of the role {role}" for role, number in (standing.missing or facts.gate.roles).items())
    what = f"The gate {row.step} of {around.called(model)} {facts.version.version} waits for decisions."
    step, subject = "read the evidence on its page, then approve or reject there", f"gate {row.id} {row.subject}"
    opened = around.of_model(model, "gate-opened", subject, what, asked, step, page=gate_path(row.id))
    if row.due_at is None:
        return [opened]
    return [opened, around.of_model(model, "gate", subject, what, asked, step, page=gate_path(row.id), due=row.due_at)]


def _unreadable(around: Around, row: GateRow, why: str) -> Occasion:
    """A gate that nobody can decide at is told too: otherwise its version would wait for ever, and nobody would know."""
    model = around.session.get_one(RunRow, row.run).model_id
    return around.of_model(model, "gate-opened", f"gate {row.id} unreadable", f"The gate {row.step} of {around.called(model)} waits, and {why}.",
                           around.owner(model), "start a new run, and ask who changed the register past modelops: modelops ledger verify")


def _failed(around: Around, run: RunRow) -> Occasion:
    steps = around.session.scalars(select(ResultRow.step).where(
        ResultRow.run == run.id, ResultRow.current, ResultRow.verdict.in_(("fail", "error"))).order_by(ResultRow.id)).all()
    why = f" at {', '.join(steps)}" if steps else ""
    return around.of_model(run.model_id, "run-failed", f"run {run.id} {run.subject}",
                           f"The run {run.run_id} of {run.lifecycle} of {around.called(run.model_id)} came to {run.verdict}{why}.",
                           around.owner(run.model_id), "look at the failed requirements on the model's page, mend the model or its data, and run again")
