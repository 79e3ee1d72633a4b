"""Why the asker may not act on a model, by the same rules that the server decides by."""

from __future__ import annotations

from ...approvals.identity import acting_roles, answers_for
from ...inventory.tables import ModelRow
from .gates import NO_GOVERNANCE, Asker


def refusals(model: ModelRow, asker: Asker) -> dict[str, str]:
    """By act (`suspend`, `rollback`, `retire`): why it would be refused; empty if it would not for who they are."""
    stopping = _no_role(asker)
    return {"suspend": stopping, "rollback": stopping or _not_mine(model, asker, "goes back to an earlier version"),
            "retire": stopping or _not_mine(model, asker, "retires it")}


def _no_role(asker: Asker) -> str:
    if asker.governance is None:
        return NO_GOVERNANCE
    if asker.person is None:
        return "governance.yaml names no person with your login"
    return "" if acting_roles(asker.governance, asker.person) else "governance.yaml gives you no role, or none that does more than read"


def _not_mine(model: ModelRow, asker: Asker, verb: str) -> str:
    mine = asker.governance is not None and answers_for(asker.governance, asker.person, model.owner)
    return "" if mine else f"only the model's owner or the control side {verb}"
