"""Watching waivers: what is live and rests on one that has ended is a finding, until its control is waived anew or nothing rests on it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, FindingRow, RunRow
from ..ledger import append
from ..policy.waiver import ControlWaiver
from .control_waivers import control_waivers, judged_run, waived_steps
from .documents import fetch
from .transaction import governed
from .versions import close_finding, message_of_finding, open_finding

FINDING = "waiver-ended"


def watch_waivers(register: Register) -> list[str]:
    """Open and close the findings of live versions that rest on ended waivers; one line each."""
    with register.read() as session:
        wanted = resting(session)
        there = set(session.scalars(select(FindingRow.model_id).where(FindingRow.kind == FINDING, FindingRow.closed_at.is_(None))))
        changed = {model: wanted.get(model, "") for model in {*wanted, *there} if message_of_finding(session, model, FINDING) != wanted.get(model)}
    told = []
    for model, why in sorted(changed.items()):
        with governed(register, "observed", by="system", model_id=model) as session:
            if why:
                open_finding(session, model, FINDING, "high", why)
                told.append(f"{model}: {why}")
            else:
                close_finding(session, model, FINDING, "the waivers of the model")
            append(session, "observed", {"finding": FINDING, "open": bool(why)}, model_id=model)
    return told


def resting(session: Session) -> dict[str, str]:
    """By model: which controls its live version does not meet and has no waiver of any more, in words."""
    at, found = database_time(session), dict[str, list[str]]()
    live = session.execute(select(DeploymentRow, RunRow).join(RunRow, RunRow.id == DeploymentRow.run)
                           .where(DeploymentRow.state == DeploymentState.LIVE.value).order_by(DeploymentRow.id)).all()
    known = control_waivers(session, {row.model_id for row, _ in live})
    for row, run in live:
        rests = waived_steps(session, run)
        judged = judged_run(session, run, fetch(session, run.plan)) if rests else None
        for waived in (one for rows in rests.values() for one in rows):
            if not any(_covers(one, row.model_id, waived.pack, waived.control) and judged is not None and not judged.why_not(one, at) for one in known.values()):
                one = known.get(waived.waiver)
                ended = "is not on record" if one is None or judged is None else judged.why_not(one, at) or "is of another control"
                found.setdefault(row.model_id, []).append(
                    f"step {waived.step} does not meet {waived.pack} {waived.control} in {row.environment}, and waiver {waived.waiver} {ended}")
    return {model: "; ".join(dict.fromkeys(words))[:2000] for model, words in found.items()}


def _covers(one: ControlWaiver, model: str, pack: str, control: str) -> bool:
    return (one.model, one.pack, one.control) == (model, pack, control)
