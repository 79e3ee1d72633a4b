"""Findings that are open, or open again; when they are due; and when the acceptance of a risk ends, which owes nothing until then."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from ...inventory.tables import FindingRow
from ...policy.finding import Finding, as_of
from ...policy.finding_rules import State
from ...policy.occasion import Occasion
from ..finding_record import findings_on_record
from .around import Around


def finding_occasions(around: Around) -> list[Occasion]:
    """Each open finding with its end, as the ledger has it."""
    rows = around.session.scalars(select(FindingRow).where(FindingRow.closed_at.is_(None)).order_by(FindingRow.id)).all()
    record = findings_on_record(around.session, {row.model_id for row in rows})
    return [one for row in rows for one in _of(around, row, as_of(record.of(row), around.now))]


def _of(around: Around, row: FindingRow, found: Finding) -> Iterator[Occasion]:
    model, owner, step = row.model_id, around.owner(row.model_id), "read it on the model's page and put it right"
    what = f"finding, {row.kind}, {row.severity}"
    again = found.state is State.OPEN and found.since > found.opened_at
    subject = f"finding {row.id}{f' reopened {found.since.isoformat()}' if again else ''}"
    said = f"{around.called(model)} has an open {what}{', which is open again' if again else ''}."
    yield around.of_model(model, "finding-opened", subject, said, owner, step)
    if again:
        yield around.of_model(model, "finding-reopened", subject, said, owner, step)
    if found.state is not State.RISK_ACCEPTED:
        yield around.of_model(model, "finding", f"{subject} due {found.due_at.isoformat()}", f"{around.called(model)} has a {what}, with a due date.", owner, step, due=found.due_at)
    elif found.expires_at is not None:
        yield around.of_model(
            model, "finding", f"{subject} accepted until {found.expires_at.isoformat()}", f"The risk of a {what}, of {around.called(model)} is accepted for a while.",
            owner, "put it right before the acceptance ends: then it is open again", due=found.expires_at)
