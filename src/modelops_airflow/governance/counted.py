"""Which run counts for a row of the queue: one that was pinned after the row was started, by the rules as they are now, over the version that stood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from ..errors import EvidenceError
from ..evidence.manifest import approved_digest
from ..inventory.tables import RecertificationRow, RecertificationState, RunRow, VersionRow
from .budget import STARTED
from .documents import fetch
from .on_record import pinned_after
from .versions import live

Outcome = tuple[RecertificationState, str]


def outcome(session: Session, row: RecertificationRow, run: RunRow, decided: Mapping[str, Any]) -> Outcome:
    """What a decided run makes of its row, and why it is not done."""
    told = pinned_after(session, run, STARTED)
    if told is None:
        return RecertificationState.FAILED, "its run was not pinned after it was started; it says nothing of the rules as they are now"
    if decided["verdict"] != run.verdict:
        return RecertificationState.FAILED, f"the ledger has the verdict {decided['verdict']} of its run, the register {run.verdict}"
    if another := _of_another_version(session, row, run, told):
        return another
    why = _by_other_rules(session, row, run, told)
    return (RecertificationState.FAILED, why) if why else (RecertificationState.DONE, "")


def _of_another_version(session: Session, row: RecertificationRow, run: RunRow, told: Mapping[str, Any]) -> Outcome | None:
    standing = session.get_one(RunRow, row.standing).version_id
    if (run.version_id, told["version"]) == (standing, session.get_one(VersionRow, standing).version):
        return None
    current = live(session, row.model_id)
    if current is not None and current.version_id == run.version_id != standing:
        return RecertificationState.NOT_NEEDED, "another version is in use by now; whether its own verdict stands is looked at"
    return RecertificationState.FAILED, f"its run is over version {told['version']}, not over the one whose verdict is in doubt"


def _by_other_rules(session: Session, row: RecertificationRow, run: RunRow, told: Mapping[str, Any]) -> str:
    """A review has a plan of its own, so which rules it is by is told by when it was made: after the start, of no earlier day, and it is not the plan that stood."""
    try:
        plan = fetch(session, run.plan)
        same = told["plan"] == run.plan and approved_digest(plan) == run.approved_plan
    except EvidenceError:
        same = False
    if not same:
        return "the plan of its run is gone, or is not the one that was pinned"
    if run.approved_plan == row.after:
        return ""
    if plan.get("as_of"):
        return f"its run is by the policies of {plan['as_of']}, not by those of today"
    return "its run is by the plan that stood before the change" if run.approved_plan == row.before else ""
