"""What the ledger says of a run: rows can be edited in the database, events cannot without it showing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.rules import REJECT
from ..digest import digest_of, recorded
from ..inventory.tables import DecisionRow, DeploymentRow, RunRow, VersionRow
from ..ledger import EventRow
from ..ledger.append import instant

GOVERNED = ("governance-first-use", "governance-activated")
"""Events that put a governance in force; the first of them is in ledgers of earlier releases alone."""


def pinned_facts(session: Session, run: RunRow) -> Mapping[str, Any] | None:
    """What was pinned for a run; the first counts."""
    return next((facts for facts in _told(session, "pinned", run.model_id) if _of(facts, run.dag_id, run.run_id)), None)


def pinned_after(session: Session, run: RunRow, kind: str) -> Mapping[str, Any] | None:
    """What was pinned for a run; None where no event of a kind had told of it before."""
    told = False
    for _, what, facts in _all_indexed(session, (kind, "pinned"), run.model_id):
        if _of(facts, run.dag_id, run.run_id):
            if what == "pinned":
                return facts if told else None
            told = True
    return None


def asked_by(session: Session, model_id: str, dag_id: str, run_id: str) -> str | None:
    """Who pressed the button for a run, if somebody did."""
    for facts in _told(session, "run-requested", model_id):
        if _of(facts, dag_id, run_id):
            return str(facts["by"])
    return None


def missing_authors(session: Session, run: RunRow, version: VersionRow) -> list[str]:
    """Authors of a version whom the ledger has and the row no longer names."""
    told = {name for facts in _told(session, "pinned", run.model_id) if facts["version"] == version.version
            for name in facts["authors"]}
    return sorted(told - {known for name, _ in version.authors for known in (name, recorded(name))})


def retired_on_record(session: Session, version: VersionRow) -> bool:
    """Whether the ledger has the end of a version, whatever its row says."""
    return any(version.version in facts["versions"] for facts in _told(session, "retired", version.model_id))


def results_before_design(session: Session, run: RunRow) -> bool:
    """Whether the ledger has a result of a run before what fixed its test design."""
    fixed = None
    for index, kind, facts in _all_indexed(session, ("pinned", "recorded"), run.model_id):
        if kind == "pinned" and _of(facts, run.dag_id, run.run_id):
            fixed = index if fixed is None else fixed
        elif kind == "recorded" and fixed is None and (facts.get("dag"), facts["run"]) == (run.dag_id, run.run_id):
            return True
    return False


def decided_facts(session: Session, run: RunRow) -> Mapping[str, Any] | None:
    """What was decided over a run; the last counts."""
    found = None
    for facts in _told(session, "decided", run.model_id):
        if _of(facts, run.dag_id, run.run_id):
            found = facts
    return found


def edited_decisions(session: Session, run: RunRow) -> list[str]:
    """Persons whose decisions over a run's subject are not in the register as the ledger has them."""
    told = {place: (facts["role"], facts["decision"], recorded(facts["auth"]), facts["expires"], facts.get("conditions"))
            for place, (_, facts) in decisions_on_record(session, run).items()}
    rows = {(row.step, row.person): (row.role, row.decision, recorded(row.auth), expires(row), conditions_digest(row.conditions))
            for row in session.scalars(select(DecisionRow).where(
                DecisionRow.subject == run.subject, DecisionRow.withdrawn_at.is_(None)).order_by(DecisionRow.id))}
    return sorted({key[1] for key in told.keys() | rows.keys() if told.get(key) != rows.get(key)})


def decisions_on_record(
    session: Session, run: RunRow, until: int | None = None
) -> dict[tuple[str, str], tuple[int, Mapping[str, Any]]]:
    """The decisions over a run's subject that the ledger leaves in force before an index; at the end without one.

    Answers (step, person) -> how many decisions this person had made there by then, and the facts of the last.
    """
    told: dict[tuple[str, str], tuple[int, Mapping[str, Any]]] = {}
    made = Counter[tuple[str, str]]()
    for index, kind, facts in _all_indexed(session, ("decision", "withdrawal", "suspended"), run.model_id):
        if until is not None and index >= until:
            break
        if kind == "suspended":
            if facts["environment"] == run.environment:
                # A stop voids what was approved before it; a rejection stays.
                told = {place: kept for place, kept in told.items() if kept[1]["decision"] == REJECT}
        elif facts["subject"] == run.subject:
            place = facts["step"], facts["person"]
            told.pop(place, None)
            if kind == "decision":
                made[place] += 1
                told[place] = made[place], facts
    return told


@dataclass(frozen=True)
class Permission:
    """A promotion as the ledger has it.

    Attributes:
        live: what was permitted was read back from its target and confirmed.
    """

    index: int
    at: datetime
    facts: Mapping[str, Any]
    live: bool


def permissions_on_record(session: Session, run: RunRow) -> list[Permission]:
    """Every promotion of a run over its subject, in order."""
    live = {(facts["environment"], facts["epoch"]) for facts in _told(session, "live", run.model_id)}
    times = {event.index: event.at for event in session.scalars(
        select(EventRow).where(EventRow.kind == "promotion", EventRow.model_id == run.model_id))}
    return [Permission(index, times[index], facts, (facts["environment"], facts["epoch"]) in live)
            for index, _, facts in _all_indexed(session, ("promotion",), run.model_id)
            if (facts["run"], facts["subject"], facts.get("dag", run.dag_id)) == (run.run_id, run.subject, run.dag_id)]


def last_live(session: Session, model_id: str, environment: str) -> Mapping[str, Any] | None:
    """What was read back last from an environment's target and confirmed, whatever became of it; None if nothing ever was."""
    found = None
    for facts in _told(session, "live", model_id):
        if facts["environment"] == environment:
            found = facts
    return found


def went_live(session: Session, row: DeploymentRow) -> tuple[datetime, Mapping[str, Any]] | None:
    """Since when the ledger has a deployment live under its epoch, and what it says of that; None if it has it not."""
    return next(_events(session, "live", row), None)


def watched_on_record(session: Session, row: DeploymentRow) -> bool:
    """Whether the ledger has the end of a deployment's watch."""
    return any(_events(session, "watched", row))


def pulled_back_on_record(session: Session, run: RunRow) -> bool:
    """Whether the ledger has it that what a run's people decided over was pulled back from service."""
    return any(facts["subject"] == run.subject for facts in _told(session, "pulled-back", run.model_id))


def governance_on_record(session: Session, until: int | None = None) -> str | None:
    """Digest of the governance that was put in force last, before an index if one is given."""
    query = select(EventRow.body).where(EventRow.kind.in_(GOVERNED), EventRow.outcome == "done")
    if until is not None:
        query = query.where(EventRow.index < until)
    body = session.scalars(query.order_by(EventRow.index.desc()).limit(1)).first()
    return None if body is None else str(json.loads(body)["facts"]["governance"])


def conditions_digest(conditions: Sequence[str]) -> str | None:
    """Digest of an approval's conditions, as its event has it; None if there are none."""
    return digest_of(list(conditions)) if conditions else None


def glass_broken(session: Session, run: RunRow) -> Mapping[str, Any] | None:
    """What the ledger has of an emergency release of a run's subject that was neither approved nor ended since."""
    broken = None
    for kind, facts in _all_told(session, ("break-glass", "break-glass-ended"), run.model_id):
        if facts["subject"] == run.subject:
            broken = facts if kind == "break-glass" else None
    return broken


def expires(row: DecisionRow) -> str | None:
    """When a decision expires, as its event says it."""
    return instant(row.expires_at) if row.expires_at is not None else None


def _of(facts: Mapping[str, Any], dag_id: str, run_id: str) -> bool:
    return (facts["dag"], facts["run"]) == (dag_id, run_id)


def _events(session: Session, kind: str, row: DeploymentRow) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
    """When events of a kind told of a deployment under its epoch, and what they say."""
    query = select(EventRow).where(EventRow.kind == kind, EventRow.model_id == row.model_id, EventRow.outcome == "done").order_by(EventRow.index)
    for event in session.scalars(query):
        facts = json.loads(event.body)["facts"]
        if (facts.get("deployment"), facts.get("epoch")) == (row.id, row.epoch):
            yield event.at, facts


def _told(session: Session, kind: str, model_id: str) -> Iterator[Mapping[str, Any]]:
    return (facts for _, facts in _all_told(session, (kind,), model_id))


def _all_told(session: Session, kinds: tuple[str, ...], model_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(kind, facts) of what was done to a model, in order."""
    return ((kind, facts) for _, kind, facts in _all_indexed(session, kinds, model_id))


def _all_indexed(session: Session, kinds: tuple[str, ...], model_id: str) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    for index, kind, body in session.execute(
            select(EventRow.index, EventRow.kind, EventRow.body)
            .where(EventRow.kind.in_(kinds), EventRow.model_id == model_id, EventRow.outcome == "done")
            .order_by(EventRow.index)):
        yield index, kind, json.loads(body)["facts"]
