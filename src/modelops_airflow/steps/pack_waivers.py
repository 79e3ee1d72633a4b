"""The waivers of a run, as a pack has them: those that its decision rests on, and those of the model's controls that count when it is made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ..governance.control_waivers import control_waivers, waived_steps, words_of_waiver
from ..governance.documents import fetch
from ..inventory.tables import RunRow


def waivers_told(session: Session, run: RunRow, now: datetime) -> list[dict[str, Any]]:
    """Each waiver in the asker's words, who accepted it, and whether it counts now; by number."""
    rests = {row.waiver for rows in waived_steps(session, run).values() for row in rows}
    known, tier = control_waivers(session, [run.model_id]), int(fetch(session, run.plan)["model"]["tier"])
    return [{"waiver": number, "counts": not one.why_not(now, tier, ()), "accepted_by": list(one.accepted_by), "words": dict(words_of_waiver(session, one))}
            for number, one in sorted(known.items()) if number in rests or one.in_force(now)]
