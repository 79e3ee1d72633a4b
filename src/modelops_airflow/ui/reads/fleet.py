"""The inventory: every model a viewer may see, what is in production, may it be, and what needs whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...governance.legacy import Legacy, legacy_models
from ...governance.reviewed import last_approved
from ...governance.strategy import CANARY
from ...inventory.tables import (
    DecisionRow,
    DeploymentRow,
    DeploymentState,
    FindingRow,
    ModelRow,
    VersionRow,
)
from ...policy.states import SERVING
from .champions import champions
from .clock import aware, iso, now
from .last_results import last_results
from .legacy import legacy_row, with_waivers
from .overdue import late_findings, next_review, open_gates

UNREGISTERED, LEGACY = "no version", "legacy"


@dataclass(frozen=True)
class Entry:
    """A model with what the filters and counts ask of it."""

    model: ModelRow
    champion: VersionRow | None
    waiting: int
    late_gates: int
    last_approved: datetime | None
    findings: dict[str, int]
    at: datetime
    legacy: Legacy | None = None
    late_findings: Sequence[str] = ()

    @property
    def state(self) -> str:
        """The state of its champion version; `legacy` while it is declared in use and none of its releases was live."""
        if self.legacy is not None:
            return LEGACY
        return self.champion.state if self.champion else UNREGISTERED

    @property
    def broken(self) -> bool:
        """Whether its file has mistakes now."""
        return bool(self.model.problems)

    @property
    def review(self) -> datetime | None:
        """When its next review falls due; a model that is not in use owes none."""
        owes = self.state in {*SERVING, "suspended"}
        return next_review(self.model, self.last_approved) if owes else None

    @property
    def review_late(self) -> bool:
        """Whether its review is past due."""
        return self.review is not None and self.review < self.at

    @property
    def overdue(self) -> list[str]:
        """What is late: `review`, `approval`, `finding`."""
        return ["review"] * self.review_late + ["approval"] * (self.late_gates > 0) + ["finding"] * bool(self.late_findings)

    @property
    def words(self) -> str:
        """What the text filter looks in."""
        model = self.model
        return " ".join(filter(None, (model.id, model.name, model.owner, model.team, model.kind))).lower()


def entries(session: Session, ids: Collection[str]) -> list[Entry]:
    """All models of these ids, by id, in a fixed number of queries."""
    at = now()
    legacy = legacy_models(session, ids)
    models = session.scalars(select(ModelRow).where(ModelRow.id.in_(ids)).order_by(ModelRow.id)).all()
    versions, gates = champions(session, ids), open_gates(session, ids, at)
    decided, findings = last_approved(session, ids), with_waivers(session, _findings(session, ids), legacy, at)
    late = late_findings(session, ids, at)
    return [
        Entry(model, versions.get(model.id), *gates.get(model.id, (0, 0)), decided.get(model.id),
              findings.get(model.id, {}), at, legacy.get(model.id), late.get(model.id, ()))
        for model in models
    ]


def counts(fleet: Sequence[Entry]) -> dict[str, Any]:
    """The strip on top: how many of all are in which condition."""
    states = Counter(entry.state for entry in fleet)
    return {
        "total": len(fleet),
        "in_use": states["in_use"],
        "restricted": states["restricted"],
        "legacy": states[LEGACY],
        "suspended": states["suspended"],
        "waiting": sum(entry.waiting > 0 for entry in fleet),
        "overdue": sum(bool(entry.overdue) for entry in fleet),
        "broken": sum(entry.broken for entry in fleet),
        "findings": sum(sum(entry.findings.values()) for entry in fleet),
    }


def chosen(
    fleet: Sequence[Entry], *, q: str = "", tier: int | None = None, state: str | None = None, overdue: bool = False
) -> list[Entry]:
    """The entries that pass the filters; `broken`, `waiting` and `findings` are asked for like states."""
    words = q.lower().split()
    return [
        entry for entry in fleet
        if all(word in entry.words for word in words)
        and (tier is None or entry.model.tier == tier)
        and (state is None or _is(entry, state))
        and (not overdue or entry.overdue)
    ]


def _is(entry: Entry, state: str) -> bool:
    special = {"broken": entry.broken, "waiting": entry.waiting > 0, "findings": bool(entry.findings)}
    return special.get(state, entry.state == state)


def rows(session: Session, page: Sequence[Entry]) -> list[dict[str, Any]]:
    """One page of the table, in three more queries."""
    ids = [entry.model.id for entry in page]
    live = _live(session, ids)
    results = last_results(session, [entry.champion.id for entry in page if entry.champion])
    approvals = _approvals(session, [row.subject for row in live.values()])
    return [_row(entry, live.get(entry.model.id), results.get(entry.model.id, {}), approvals) for entry in page]


def _row(
    entry: Entry, live: DeploymentRow | None, last: dict[str, dict[str, Any]], approvals: dict[str, list[DecisionRow]]
) -> dict[str, Any]:
    model, version = entry.model, entry.champion
    signed = approvals.get(live.subject, []) if live else []
    until = [moment for row in signed if (moment := aware(row.expires_at))]
    return {
        "id": model.id, "name": model.name, "kind": model.kind, "owner": model.owner, "tier": model.tier,
        "team": model.team, "present": model.present, "file": model.file, "problems": model.problems,
        "state": entry.state, "reason": version.reason if version else "", "waiting": entry.waiting,
        "version": version.version if version else None,
        "environment": live.environment if live else None,
        "deployment_state": live.state if live else None,
        "strength": live.strength if live else None,
        "approved_by": [{"person": row.person, "role": row.role} for row in signed],
        "valid_until": iso(min(until, default=None)),
        "next_review": iso(entry.review), "overdue": entry.overdue,
        "legacy": legacy_row(entry.legacy, entry.at) if entry.legacy else None,
        "last": last, "failing": sorted({name for one in last.values() for name in one["failing"]}),
        "findings": entry.findings, "late_findings": list(entry.late_findings), "fresh_at": max(filter(None, [iso(model.seen_at), *(r["at"] for r in last.values())])),
    }


def _findings(session: Session, ids: Collection[str]) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(FindingRow.model_id, FindingRow.severity, func.count())
        .where(FindingRow.closed_at.is_(None), FindingRow.model_id.in_(ids))
        .group_by(FindingRow.model_id, FindingRow.severity)
    )
    found: dict[str, dict[str, int]] = {}
    for model, severity, number in rows:
        found.setdefault(model, {})[severity] = number
    return found


def _live(session: Session, ids: Collection[str]) -> dict[str, DeploymentRow]:
    rows = session.scalars(
        select(DeploymentRow)
        .where(DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.cause != CANARY, DeploymentRow.model_id.in_(ids))
        .order_by(DeploymentRow.id)
    )
    return {row.model_id: row for row in rows}


def _approvals(session: Session, subjects: Collection[str]) -> dict[str, list[DecisionRow]]:
    found: dict[str, list[DecisionRow]] = {}
    rows = session.scalars(
        select(DecisionRow)
        .where(DecisionRow.subject.in_(subjects), DecisionRow.decision == "approve", DecisionRow.withdrawn_at.is_(None))
        .order_by(DecisionRow.id)
    )
    for row in rows:
        found.setdefault(row.subject, []).append(row)
    return found
