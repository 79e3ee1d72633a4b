"""What went to production, came back or was stopped, as the ledger has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ...inventory.tables import DeploymentRow
from ...ledger import EventRow
from ...policy.occasion import Occasion
from .around import Around

_SAID: Mapping[str, tuple[str, str, str, str]] = {
    "live": ("deployed", "{model} {version} is live in {environment}.", "nobody", "nothing; its evidence pack is on the model's page"),
    "publication-failed": ("deploy-failed", "A deployment of {model} could not be published.", "{owner}", "look at the deploy step of its release"),
    "rollback": ("rolled-back", "{model} went back to an earlier version in {environment}.", "{owner}", "find the cause, and release a version that mends it"),
    "pulled-back": ("rolled-back", "{model} was pulled back in {environment} by itself.", "{owner}", "find out on the model's page what went wrong with it"),
    "suspended": ("stopped", "{model} was suspended in {environment}.", "{owner}", "find the cause; a new release or a rollback starts it again"),
    "retired": ("stopped", "{model} {ended} retired.", "nobody", "nothing; its records stay"),
}
"""By kind of event: the word of `about`, the sentence, who is asked, the next step."""
_NAMED = 5
"""Versions that a sentence names, if more ended at once."""


def deployment_occasions(around: Around) -> list[Occasion]:
    """Each such event of late."""
    rolled = set(around.session.scalars(select(DeploymentRow.id).where(DeploymentRow.cause == "rollback")))
    events = around.session.execute(select(EventRow.index, EventRow.kind, EventRow.model_id, EventRow.body).where(
        EventRow.kind.in_(_SAID), EventRow.at >= around.since, EventRow.model_id.is_not(None)).order_by(EventRow.index))
    found = []
    for index, kind, model, body in events:
        told = json.loads(body)
        denied = told["outcome"] == "denied" or (kind == "live" and told["facts"].get("deployment") in rolled)  # the rollback itself is told
        found += [] if denied else [_event(around, index, kind, str(model), told["facts"])]
    return found


def _event(around: Around, index: int, kind: str, model: str, facts: Mapping[str, Any]) -> Occasion:
    about, sentence, asked, step = _SAID[kind]
    # Names are put in one by one: a name that itself holds braces stays as it is.
    words = {"{environment}": str(facts.get("environment") or "its environment"), "{version}": str(facts.get("version") or "a version"),
             "{ended}": _ended(facts.get("versions") or ()), "{owner}": around.owner(model)}
    for name, value in words.items():
        sentence, asked = sentence.replace(name, value), asked.replace(name, value)
    return around.of_model(model, about, f"event {index}", sentence.replace("{model}", around.called(model)), asked, step)


def _ended(versions: Sequence[str]) -> str:
    """Which versions ended, as far as the verb: whoever reads of the model alone takes its version in use for ended too."""
    named = [*versions[:_NAMED], *([f"{len(versions) - _NAMED} more"] if len(versions) > _NAMED else [])] or ["a version"]
    return f"{' and '.join(part for part in (', '.join(named[:-1]), named[-1]) if part)} {'was' if len(named) == 1 else 'were'}"
