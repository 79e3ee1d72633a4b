"""The waivers of a run, as a pack has them: those that its decision rests on, and those of the model's controls that count when it is made."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import holders, is_among
from ..governance.activate import governance_of
from ..governance.control_waivers import ACCEPTED, control_waivers, waived_steps, words_of_waiver
from ..governance.documents import fetch
from ..governance.on_record import governance_on_record
from ..inventory.tables import RunRow
from ..ledger import EventRow


@dataclass(frozen=True)
class Acceptance:
    """That somebody accepted a waiver, and the governance under which they did."""

    waiver: int
    person: str
    governance: Mapping[str, Any]

    def counts(self, makers: Collection[str]) -> bool:
        """Whether they were of the control side then and are none of the makers, by any name."""
        rules = governance_of(self.governance)
        return self.person in holders(rules, "control") and not is_among(rules, self.person, makers)


def acceptances(session: Session, model_id: str) -> list[Acceptance]:
    """Who accepted waivers of a model, in the ledger's order.

    Raises:
        EvidenceError: a governance is gone or changed.
    """
    events = session.execute(select(EventRow.index, EventRow.body).where(
        EventRow.kind == ACCEPTED, EventRow.model_id == model_id, EventRow.outcome == "done").order_by(EventRow.index))
    told = [(json.loads(body)["facts"], governance_on_record(session, index)) for index, body in events]
    return [Acceptance(int(facts["waiver"]), str(facts["by"]), dict(fetch(session, rules))) for facts, rules in told if rules is not None]


def waivers_told(session: Session, run: RunRow, authors: Collection[str], accepted: Sequence[Acceptance], now: datetime) -> list[dict[str, Any]]:
    """Each waiver in the asker's words, who accepted it, and whether it counts now; by number.

    Args:
        authors: who had a hand in the version; the owner and the developers of the plan are makers besides.
    """
    rests = {row.waiver for rows in waived_steps(session, run).values() for row in rows}
    known, model = control_waivers(session, [run.model_id]), fetch(session, run.plan)["model"]
    makers = [*authors, model["owner"], *model["developers"]]
    idle = {number: [one.person for one in accepted if one.waiver == number and not one.counts(makers)] for number in known}
    return [{"waiver": number, "counts": not one.why_not(now, int(model["tier"]), idle[number]), "accepted_by": list(one.accepted_by),
             "words": dict(words_of_waiver(session, one))}
            for number, one in sorted(known.items()) if number in rests or one.in_force(now)]
