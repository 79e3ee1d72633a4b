"""Findings of people: opened by the control side, worked on by the owner, closed by somebody else with evidence.

`policy/finding_states.py` says what is permitted. Each act is one event of the ledger in the transaction that changes the row, and the
state is read from the ledger before it. Words are kept beside it by digest.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..approvals.identity import holders, is_among, person_of
from ..database import database_time
from ..digest import digest_of, recorded
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import FindingRow, ModelRow, RunRow
from ..ledger import append
from ..ledger.append import instant
from ..policy.finding import Finding, Told, Who, as_of, opened
from ..policy.finding_rules import SEVERITIES
from ..policy.finding_states import done, part_in, refusal
from ..spec.types import Governance
from .acting import known_as
from .activate import active
from .documents import fetch, keep
from .finding_evidence import Evidence, reference
from .finding_record import OPEN, PREFIX, findings_on_record, has_of, moment
from .transaction import Actor, governed

LONGEST_TITLE, LONGEST_TEXT = 200, 2000
RAISED = "raised"
"""Kind of the findings that people open; each has its number behind it."""


@dataclass(frozen=True)
class Said:
    """What a person says with an act.

    Attributes:
        words: plan, reason or comment.
        controls: what keeps the risk small while it is accepted.
        until: when the acceptance ends, or the new due date.
        agree: digest of what another person proposed, as it was shown; then nothing else is said.
    """

    words: str = ""
    controls: str = ""
    until: datetime | None = None
    evidence: Evidence = field(default_factory=Evidence)
    agree: str = ""


def open_finding_on(register: Register, model_id: str, actor: Actor, severity: str, title: str, text: str) -> int:
    """Open a finding on a model; answers its number.

    Raises:
        Refused: no such model or severity, no title or text, or the person has a part in the model or none in control.
    """
    with governed(register, f"{PREFIX}{OPEN}", by=actor.label, model_id=model_id) as session:
        model = _model(session, model_id)
        if severity not in SEVERITIES:
            raise Refused(f"{severity!r} is no severity; expected one of {', '.join(SEVERITIES)}", "severity")
        who = _actor(session, model, actor)
        if not who.control:
            raise Refused("a person of the control side opens a finding, who neither owns nor develops the model", "role")
        title, text = title.strip(), text.strip()
        if not title or not text or len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
            raise Refused(f"a finding has a title of 1 to {LONGEST_TITLE} characters and a text of 1 to {LONGEST_TEXT}", "reason")
        at = _now(session)
        row = FindingRow(model_id=model_id, kind=f"{RAISED}-{_raised(session, model_id) + 1}", severity=severity, title=title, message=text,
                         opened_at=at, owner=model.owner, raised_by=who.person)
        session.add(row)
        session.flush()
        found = opened(row.id, severity, at, who.person, _owner(model))
        _copy(row, found)
        words = keep(session, {"text": text, "title": title})
        append(session, f"{PREFIX}{OPEN}", _facts(model, found, at, who.person, "control", words=words), model_id=model_id)
        return row.id


def act(register: Register, number: int, verb: str, actor: Actor, said: Said) -> Finding:
    """Do something to a finding; answers how it stands then.

    Raises:
        Refused: no such finding, or the rules do not permit it: state, severity, unknown-person, role, author, decided, late,
            expiry, reason, evidence, stale.
    """
    with register.read() as session:
        known = session.get(FindingRow, number)
        model_id = known.model_id if known is not None else None
    with governed(register, f"{PREFIX}{verb}"[:60], by=actor.label, model_id=model_id, finding=number) as session:
        row = session.get(FindingRow, number, with_for_update=True)
        if row is None:
            raise Refused(f"there is no finding {number}", "gone")
        model = _model(session, row.model_id)
        at, who = _now(session), _actor(session, model, actor)
        before = as_of(findings_on_record(session, [row.model_id]).of(row), at)
        if row.closed_at is not None and not before.ended:
            raise Refused(f"finding {number} is over: {row.ended or 'a machine saw that its cause is'}", "state")
        told, facts = _told(session, row, before, verb, at, said)
        refused = refusal(before, told, who)
        if refused is not None:
            raise Refused(refused[1], refused[0])
        part = part_in(before, verb, who)
        after = done(before, told, str(who.person), part)  # type: ignore[arg-type]  # whoever has no part was refused
        _copy(row, after, f"{after.state.value.replace('_', ' ')} by {who.person}" if after.ended else "", at)
        row.owner = model.owner
        append(session, f"{PREFIX}{verb}", _facts(model, before, at, who.person, str(part), **facts), model_id=row.model_id)
        return after


def who_may(session: Session, model: ModelRow, rules: Governance, person: str | None, developers: Collection[str] | None = None) -> Who:
    """A person's parts in a model: its owner, or of the control side and without any part in it.

    Args:
        developers: of the model, if the caller has asked for them.
    """
    if person is None:
        return Who(None)
    made = [name for name in (model.owner, *(developers_of(session, model) if developers is None else developers)) if name]
    owner = bool(model.owner) and is_among(rules, person, [str(model.owner)])
    return Who(recorded(person), owner, person in holders(rules, "control") and not is_among(rules, person, made))


def developers_of(session: Session, model: ModelRow) -> set[str]:
    """Who develops a model: by its file, and by the plan of every release of it."""
    plans = session.scalars(select(RunRow.plan).where(RunRow.model_id == model.id, RunRow.environment.is_not(None)).distinct())
    files = [model.definition] if model.definition is not None else []
    return {name for digest in {*plans, *files} for name in fetch(session, digest)["model"].get("developers", ())}


def _told(session: Session, row: FindingRow, before: Finding, verb: str, at: datetime, said: Said) -> tuple[Told, dict[str, Any]]:
    """What is told to the rules and to the ledger; words are kept."""
    if said.agree:
        if before.asked is None or before.asked.act != verb or before.asked.terms != said.agree:
            raise Refused("what was proposed is not what you saw; look again", "stale")
        until = before.asked.until
        return (Told(verb, at, frozenset(), said.agree, until), {"said": said.agree, "until": instant(until) if until else None})
    until = said.until.replace(microsecond=0) if said.until else None
    facts: dict[str, Any] = {
        "controls": keep(session, {"text": said.controls.strip()[:LONGEST_TEXT]}) if said.controls.strip() else None,
        "evidence": reference(session, row.model_id, said.evidence), "until": instant(until) if until else None,
        "words": keep(session, {"text": said.words.strip()[:LONGEST_TEXT]}) if said.words.strip() else None,
    }
    facts["said"] = digest_of({"act": verb, **facts})
    return Told(verb, at, has_of(facts), facts["said"], until), facts


def _facts(model: ModelRow, before: Finding, at: datetime, by: str | None, part: str, **more: Any) -> dict[str, Any]:
    """The facts of an event: enough to play the finding again from the ledger alone."""
    return {"at": instant(at), "by": by, "controls": None, "due_before": instant(before.due_at), "evidence": None, "finding": before.number,
            "owner": _owner(model), "part": part, "said": None, "severity": before.severity, "until": None, "words": None, **more}


def _copy(row: FindingRow, found: Finding, ended: str = "", at: datetime | None = None) -> None:
    """The row says what the ledger does."""
    row.state, row.due_at, row.expires_at = found.state.value, found.due_at, found.expires_at
    if found.ended and row.closed_at is None:
        row.closed_at, row.ended = at, ended


def _actor(session: Session, model: ModelRow, actor: Actor) -> Who:
    rules = known_as(active(session), actor)
    return who_may(session, model, rules, person_of(rules, actor.manager, actor.user_id))


def _model(session: Session, model_id: str) -> ModelRow:
    model = session.get(ModelRow, model_id)
    if model is None:
        raise Refused(f"the register has no model {model_id!r}", "gone")
    return model


def _owner(model: ModelRow) -> str | None:
    return recorded(model.owner) if model.owner else None


def _raised(session: Session, model_id: str) -> int:
    return session.scalars(select(func.count()).where(FindingRow.model_id == model_id, FindingRow.raised_by.is_not(None))).one()


def _now(session: Session) -> datetime:
    """To the second, as events tell times."""
    return moment(instant(database_time(session)))
