"""Models that were in use before they came here: what the ledger has of them.

A file declares, and the event of it has the day on which that was done: nothing is dated back. A declaration approves nothing. What
it may do is to say whose bytes a place shows, while a person of the control side has accepted the waiver that it asks for.
How that stands is worked out when somebody asks, so that a waiver ends though no scheduler runs. The first release ends the state.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..digest import digest_of
from ..inventory.tables import DeploymentRow, DeploymentState, VersionRow, VersionState
from ..ledger import EventRow
from ..policy.waiver import end_of

DECLARED, ACCEPTED, REVOKED = "legacy-declared", "waiver-accepted", "waiver-revoked"
NOT_WAIVED, ENDED = "legacy-not-waived", "legacy-waiver-ended"


class Standing(StrEnum):
    """How the waiver of a legacy model stands."""

    NONE = "none"
    ASKED = "asked"
    WAIVED = "waived"
    EXPIRED = "expired"
    REVOKED = "revoked"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Legacy:
    """One model that is declared in use and was never released here.

    Attributes:
        name: its name there.
        artifact: digest that it is declared with; None if its file names none.
        since: the day since which its file says that it is in use.
        until: the last day of the waiver that it asks for; None if it asks for none.
        terms: digest of all that was declared: what is accepted is this, and nothing that is declared later.
        declared_at: when it was declared here.
        declared_by: whom any declaration of the model names, each as a digest: who wrote its file, as git has it, its owner and developers.
        there_since: when these bytes were first declared there.
        stopped: what was decided here over these bytes or this version that no waiver covers; empty if nothing was.
        taken_away: they were suspended or retired here, so that they are taken away wherever a release of ours was.
        accepted_by: who accepted these terms last; None where nobody did, or it was revoked.
    """

    model: str
    environment: str
    name: str
    version: str
    artifact: str | None
    since: str | None
    until: date | None
    terms: str
    declared_at: datetime
    declared_by: tuple[str, ...]
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    revoked: bool = False
    there_since: datetime | None = None
    stopped: str = ""
    taken_away: bool = False

    def standing(self, at: datetime) -> Standing:
        """How its waiver stands at a moment; over what was stopped here none does."""
        if self.stopped:
            return Standing.STOPPED
        if self.until is None:
            return Standing.NONE
        if at >= end_of(self.until):
            return Standing.EXPIRED
        if self.accepted_by is not None:
            return Standing.WAIVED
        return Standing.REVOKED if self.revoked else Standing.ASKED

    def finding(self, at: datetime) -> tuple[str, str, str] | None:
        """Kind, severity and words of what is to be put right now; None while its waiver counts."""
        where, standing = f"version {self.version} is declared in use in {self.environment} and was never released here", self.standing(at)
        return {
            Standing.WAIVED: None,
            Standing.NONE: (NOT_WAIVED, "high", f"{where}: its file asks for no waiver; release it, or add legacy.waiver"),
            Standing.ASKED: (NOT_WAIVED, "high", f"{where}: nobody of the control side has accepted its waiver until {self.until}"),
            Standing.EXPIRED: (ENDED, "critical", f"{where}: its waiver ended with {self.until}; release it, or take it out of service"),
            Standing.STOPPED: (ENDED, "critical", f"{where}: {self.stopped}; no waiver covers that: take it out of service"),
            Standing.REVOKED: (ENDED, "critical", f"{where}: its waiver was revoked; release it, or take it out of service"),
        }[standing]


def terms_of(model_id: str, canonical: Mapping[str, Any] | None) -> str | None:
    """Digest of what a model file (its canonical form) says of the model and its use; None where it declares nothing."""
    if canonical is None or canonical.get("legacy") is None:
        return None
    return digest_of({"id": model_id, "legacy": canonical["legacy"], "model": canonical["model"]})


def declared_terms(session: Session, model_id: str) -> str | None:
    """Digest of what was declared of a model last; None where nothing was, or it was taken back."""
    body = session.scalars(select(EventRow.body).where(
        EventRow.kind == DECLARED, EventRow.model_id == model_id, EventRow.outcome == "done").order_by(EventRow.index.desc()).limit(1)).first()
    return None if body is None else json.loads(body)["facts"]["terms"]


def legacy_models(session: Session, models: Collection[str] | None = None) -> dict[str, Legacy]:
    """Every legacy model by id, or those of some; a model that was live here in its environment, ever, is none."""
    found: dict[str, Legacy] = {}
    decided: dict[tuple[str, str], Legacy] = {}
    authors: dict[str, set[str]] = {}
    first: dict[tuple[str, str, str | None], datetime] = {}
    query = select(EventRow.kind, EventRow.model_id, EventRow.body, EventRow.at).where(
        EventRow.kind.in_((DECLARED, ACCEPTED, REVOKED)), EventRow.outcome == "done").order_by(EventRow.index)
    wanted = None if models is None else set(models)
    for kind, model_id, body, at in session.execute(query):
        if model_id is None or (wanted is not None and model_id not in wanted):
            continue
        facts, moment = json.loads(body)["facts"], at.replace(tzinfo=UTC) if at.tzinfo is None else at
        if kind == DECLARED:
            found.pop(model_id, None)
            authors.setdefault(model_id, set()).update(facts["authors"])
            if facts["terms"] is not None:
                found[model_id] = _declared(model_id, facts, moment)
                first.setdefault((model_id, str(facts["environment"]), facts["artifact"]), moment)
        elif (one := found.get(model_id)) is not None and one.terms == facts["terms"]:
            decided[model_id, one.terms] = _decided(one, kind, facts, moment)
    lived = session.execute(select(EventRow.model_id, EventRow.body).where(
        EventRow.kind == "live", EventRow.outcome == "done", EventRow.model_id.in_(found)))
    ended = {(model_id, json.loads(body)["facts"]["environment"]) for model_id, body in lived}
    return {name: _as_known(session, replace(
        _as_decided(one, decided.get((name, one.terms))), declared_by=tuple(sorted(authors[name])), there_since=first[name, one.environment, one.artifact]))
        for name, one in found.items() if (name, one.environment) not in ended}


def legacy_of(session: Session, model_id: str) -> Legacy | None:
    """A model's declaration, if it is a legacy model now."""
    return legacy_models(session, [model_id]).get(model_id)


def _declared(model_id: str, facts: Mapping[str, Any], at: datetime) -> Legacy:
    return Legacy(model_id, str(facts["environment"]), str(facts["name"] or model_id), str(facts["version"]), facts["artifact"], facts["since"], _day(facts["until"]), facts["terms"],
                  at, tuple(facts["authors"]))


def _day(told: Any) -> date | None:
    """The last day of a waiver; a day that is none is no waiver."""
    try:
        return date.fromisoformat(told)
    except (TypeError, ValueError):
        return None


def _decided(one: Legacy, kind: str, facts: Mapping[str, Any], at: datetime) -> Legacy:
    if kind == ACCEPTED:
        return replace(one, accepted_by=facts["by"], accepted_at=at, revoked=False)
    return replace(one, accepted_by=None, accepted_at=None, revoked=True)


def _as_decided(one: Legacy, decided: Legacy | None) -> Legacy:
    """A declaration with what was decided over it; over one that says something else under the same digest nothing was."""
    if decided is None or (decided.artifact, decided.environment, decided.until) != (one.artifact, one.environment, one.until):
        return one
    return replace(one, accepted_by=decided.accepted_by, accepted_at=decided.accepted_at, revoked=decided.revoked)


_DECIDED = {VersionState.REJECTED: "was rejected here", VersionState.SUSPENDED: "was suspended here", VersionState.RETIRED: "was retired here"}
_SERVED = (DeploymentState.LIVE, DeploymentState.SUPERSEDED, DeploymentState.WITHDRAWN)


def _as_known(session: Session, one: Legacy) -> Legacy:
    """A declaration with what was decided here over its version or its bytes, whoever's model they are: no waiver goes around that."""
    same = (VersionRow.model_id == one.model) & (VersionRow.version == one.version)
    for row in session.scalars(select(VersionRow).where(same if one.artifact is None else same | (VersionRow.artifact == one.artifact)).order_by(VersionRow.id)):
        what = f"version {row.version} of {row.model_id}, the same one by {'name' if row.artifact != one.artifact else 'its bytes'},"
        if row.state in _DECIDED:
            return replace(one, stopped=f"{what} {_DECIDED[VersionState(row.state)]}", taken_away=row.state != VersionState.REJECTED)
        served = session.scalars(select(DeploymentRow.environment).where(
            DeploymentRow.version_id == row.id, DeploymentRow.state.in_([state.value for state in _SERVED])).limit(1)).first()
        if served is not None:
            return replace(one, stopped=f"{what} was released here to {served}")
    return one
