"""The waivers of a run, as a pack has them: those that its decision rests on, and those of the model's controls that count when it is made."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..governance.activate import active
from ..governance.control_waivers import ACCEPTED, Judged, control_waivers, waived_steps, words_of_waiver
from ..governance.documents import fetch
from ..governance.on_record import governance_on_record
from ..inventory.tables import RunRow
from ..ledger import EventRow


def waivers_told(session: Session, run: RunRow, authors: Collection[str], now: datetime) -> list[dict[str, Any]]:
    """Each waiver in the asker's words, who accepted it, and whether it counts now for what the run's plan says; by number.

    Args:
        authors: who had a hand in the version; the owner and the developers of the plan are makers besides.
    """
    rests = {row.waiver for rows in waived_steps(session, run).values() for row in rows}
    known, model = control_waivers(session, [run.model_id]), fetch(session, run.plan)["model"]
    judged = Judged(int(model["tier"]), [*authors, model["owner"], *model["developers"]], active(session))
    return [{"waiver": number, "counts": not judged.why_not(one, now), "accepted_by": list(one.accepted_by), "words": dict(words_of_waiver(session, one))}
            for number, one in sorted(known.items()) if number in rests or one.in_force(now)]


def governances_of_waivers(session: Session, run: RunRow, told: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By which a verifier judges them: in force when they were accepted, when the run was decided and promoted, and now.

    Raises:
        EvidenceError: one of them is gone or changed.
    """
    numbers = {one["waiver"] for one in told}
    if not numbers:
        return []
    rows = session.execute(select(EventRow.index, EventRow.kind, EventRow.body).where(
        EventRow.model_id == run.model_id, EventRow.kind.in_((ACCEPTED, "decided", "promotion")), EventRow.outcome == "done").order_by(EventRow.index))
    about = [index for index, kind, body in rows for facts in [json.loads(body)["facts"]]
             if (facts["waiver"] in numbers if kind == ACCEPTED else facts["run"] == run.run_id)]
    digests = dict.fromkeys(governance_on_record(session, index) for index in (*about, None))
    return [dict(fetch(session, one)) for one in digests if one is not None]
