"""Findings as pages and the command line show them: how each stands now by the ledger, what is due, and who does what next."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...digest import digest_bytes
from ...governance.finding import who_may
from ...governance.finding_record import Findings, findings_on_record
from ...inventory.tables import Document, FindingRow, ModelRow
from ...policy.finding import Finding, Who, as_of
from ...policy.finding_rules import ACTS, DECISION, DISPUTE, PLAN, REOPEN, SEVERITIES, State
from ...policy.finding_states import why_not
from .clock import iso
from .gates import Asker

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
_NOT_FOR_NOW = ("state", "severity", "decided")


@dataclass(frozen=True)
class Filters:
    """Which findings are asked for; by default every one."""

    model: str | None = None
    severity: str | None = None
    overdue: bool = False
    still_open: bool = False


def chosen(session: Session, models: Collection[str], filters: Filters, at: datetime) -> list[dict[str, Any]]:
    """The findings of some models that pass the filters; the worst and most urgent first. Two queries."""
    query = select(FindingRow).where(FindingRow.model_id.in_(models if filters.model is None else {*models} & {filters.model}))
    query = query.where(FindingRow.severity == filters.severity) if filters.severity else query
    query = query.where(FindingRow.closed_at.is_(None)) if filters.still_open and not filters.overdue else query
    rows = session.scalars(query.order_by(FindingRow.id)).all()
    told = finding_rows(session, rows, at)
    found = [one for one in told if (not filters.still_open or not one["closed_at"]) and (not filters.overdue or one["overdue"])]
    return sorted(found, key=lambda one: str(one["key"]))


def finding_rows(session: Session, rows: Sequence[FindingRow], at: datetime) -> list[dict[str, Any]]:
    """Findings in the order given, in one query more."""
    record = findings_on_record(session, {row.model_id for row in rows})
    return [_row(row, record, at) for row in rows]


def finding_page(session: Session, row: FindingRow, model: ModelRow, asker: Asker, at: datetime) -> dict[str, Any]:
    """One finding with its history, and what the asker may do about it now."""
    return finding_pages(session, [row], model, asker, at)[0]


def finding_pages(session: Session, rows: Sequence[FindingRow], model: ModelRow, asker: Asker, at: datetime) -> list[dict[str, Any]]:
    """The same for several findings of one model."""
    record = findings_on_record(session, [model.id])
    governance = asker.governance
    who = who_may(session, model, governance, asker.person) if governance is not None and rows else Who(None)
    texts = _texts(session, [event for row in rows for event in record.events_of(row)])
    return [_row(row, record, at) | {"acts": _acts(as_of(record.of(row), at), who, row, at), "history": _history(texts, record, row),
                                     "proposal": _proposal(texts, record, row, at, who)} for row in rows]


def why_not_opened(session: Session, model: ModelRow, asker: Asker) -> str:
    """Why the asker may not open a finding on a model; empty if they may."""
    if asker.governance is not None and who_may(session, model, asker.governance, asker.person).control:
        return ""
    return "a person of the control side opens a finding, who neither owns nor develops the model"


def _row(row: FindingRow, record: Findings, at: datetime) -> dict[str, Any]:
    found = as_of(record.of(row), at)
    over = row.closed_at is not None and (found.ended or not found.raised)
    state = (State.CLOSED if over and not found.ended else found.state).value
    late, due = not over and found.overdue(at), iso(found.due_at)
    return {
        "id": row.id, "key": f"{over:d} {not late:d} {_RANK.get(row.severity, 9)} {due} {row.id:012d}",
        "model_id": row.model_id, "kind": row.kind, "severity": row.severity, "title": row.title or row.kind.replace("-", " "), "message": _counted(row),
        "raised_by": row.raised_by, "owner": row.owner, "state": state, "due_at": due, "overdue": late,
        "plan_overdue": not over and found.raised and found.plan_overdue(at), "expires_at": iso(found.expires_at),
        "blocks": SEVERITIES[row.severity].blocks if found.raised and not over and found.state is not State.RISK_ACCEPTED else "",
        "opened_at": iso(row.opened_at), "closed_at": iso(row.closed_at) if over else None, "ended": row.ended if over else "",
        "next_step": "" if over else _next_step(found, at),
    }


def _next_step(found: Finding, at: datetime) -> str:
    if found.asked is not None:
        return f"{found.asked.by} proposed to {found.asked.act.replace('-', ' ')}; a second person agrees, or proposes something else"
    if not found.raised and found.state is not State.PLAN_AGREED:
        return "the owner mends its cause; it ends when a machine sees that"
    return {
        State.OPEN: f"the owner and the control side agree on a plan by {found.since + PLAN.lasts:%Y-%m-%d}"
                    + (f"; the owner may dispute it until {found.opened_at + DISPUTE.lasts:%Y-%m-%d}" if found.disputable(at) else ""),
        State.DISPUTED: f"the control side decides by {found.since + DECISION.lasts:%Y-%m-%d}, else it is open again",
        State.PLAN_AGREED: "the owner starts",
        State.IN_REMEDIATION: "the owner hands in evidence",
        State.READY: "somebody of the control side verifies and closes it, or returns it",
        State.RISK_ACCEPTED: f"nothing until {found.expires_at:%Y-%m-%d}; then it is open again" if found.expires_at else "",
    }.get(found.state, "")


def _acts(found: Finding, who: Who, row: FindingRow, at: datetime) -> list[dict[str, Any]]:
    """What may be done in this state, and why not by the asker."""
    if row.closed_at is not None:
        return []
    told = {act: why_not(found, act, who) for act in ACTS if act != REOPEN and (act != "dispute" or found.disputable(at))}
    return [{"act": act, "needs": list(ACTS[act].needs), "why_not": refused[1] if refused else ""}
            for act, refused in told.items() if refused is None or refused[0] not in _NOT_FOR_NOW]


def _proposal(texts: Mapping[str, str], record: Findings, row: FindingRow, at: datetime, who: Who) -> dict[str, Any] | None:
    """What one of two has agreed to, for the other to read."""
    asked = as_of(record.of(row), at).asked
    if asked is None:
        return None
    event = next(one for one in reversed(record.events_of(row)) if one["said"] == asked.terms and one["words"])
    return {"act": asked.act, "terms": asked.terms, "mine": asked.by == who.person, **_said(texts, event)}


def _history(texts: Mapping[str, str], record: Findings, row: FindingRow) -> list[dict[str, Any]]:
    return [_said(texts, event) | {"index": event["index"], "act": event["act"]} for event in record.events_of(row)]


def _said(texts: Mapping[str, str], event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with the words that are kept beside the ledger."""
    kind, _, reference = (event["evidence"] or "").partition(" ")
    return {"by": event["by"], "at": event["at"], "until": event["until"], "words": texts.get(event["words"], ""),
            "controls": texts.get(event["controls"], ""), "evidence": {"kind": kind, "reference": reference,
            "text": texts.get(reference, "")} if kind else None}


def _texts(session: Session, events: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The words of events by their digest, hashed again, in one query; of those that are gone or changed it says so."""
    named = {digest for event in events for digest in (event["words"], event["controls"], _text_in(event["evidence"])) if digest}
    found = {row.digest: str(json.loads(row.body)["text"]) for row in session.scalars(select(Document).where(Document.digest.in_(named)))
             if digest_bytes(row.body) == row.digest}
    return {digest: found.get(digest, "(these words are no longer kept)") for digest in named}


def _text_in(evidence: str | None) -> str | None:
    """The digest of an evidence that is a text."""
    return evidence.removeprefix("text ") if evidence and evidence.startswith("text ") else None


def _counted(row: FindingRow) -> str:
    """What a finding says, and how often it was over and came back."""
    return f"{row.message} (it came back {row.flips} {'time' if row.flips == 1 else 'times'})" if row.flips else row.message
