"""Legal holds: nothing that one covers is erased. One person of the control side places it, another lifts it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import holders, person_of
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import ModelRow, RunRow
from ..ledger import EventRow, append, tip
from .activate import active
from .documents import keep
from .records import Record, records_under
from .transaction import Actor, governed

PLACED, LIFTED = "hold-placed", "hold-lifted"


@dataclass(frozen=True)
class Hold:
    """A hold that stands.

    Attributes:
        id: index of its event in the ledger.
        run: `dag/run`; None where it is not on a run.
        digest: None where it is not on a digest; where both are None it is on the whole model.
    """

    id: int
    model: str
    run: str | None
    digest: str | None
    by: str
    at: datetime

    def covers(self, record: Record) -> bool:
        """Whether a record is under it; a digest is held in whichever model it is."""
        if self.digest is not None:
            return record.digest == self.digest
        return record.model == self.model and (self.run is None or self.run in record.runs)

    @property
    def told(self) -> str:
        """In words."""
        return f"hold {self.id} on {self.digest or self.run or 'all'} of {self.model}, placed by {self.by} on {self.at:%Y-%m-%d}"


def events_of(session: Session, *kinds: str) -> Iterator[tuple[EventRow, Mapping[str, Any]]]:
    """What was done of some kinds, in the ledger's order, with its facts."""
    for row in session.scalars(select(EventRow).where(EventRow.kind.in_(kinds), EventRow.outcome == "done").order_by(EventRow.index)):
        yield row, json.loads(row.body)["facts"]


def holds(session: Session) -> list[Hold]:
    """The holds that stand now."""
    found: dict[int, Hold] = {}
    for row, facts in events_of(session, PLACED, LIFTED):
        if row.kind == PLACED:
            found[row.index] = Hold(row.index, str(row.model_id), facts["run"], facts["digest"], facts["by"], row.at)
        else:
            found.pop(facts["hold"], None)
    return list(found.values())


def place(register: Register, model_id: str, actor: Actor, reason: str, *, run: str | None = None, digest: str | None = None) -> int:
    """Place a hold on a model, on one of its runs (`dag/run`), or on a digest of it; answers its number.

    Raises:
        Refused: no reason, not of the control side, or there is no such model, run or digest.
    """
    with governed(register, PLACED, by=actor.label, model_id=model_id) as session:
        person = controller(session, actor, "places a legal hold")
        require_model(session, model_id)
        if run is not None and session.scalar(select(RunRow.id).where(RunRow.model_id == model_id, RunRow.dag_id + "/" + RunRow.run_id == run)) is None:
            raise Refused(f"{model_id} has no run {run}; expected DAG/RUN as modelops retention list shows them", "nothing")
        if digest is not None and model_id not in {one.model for one in records_under(session, digest)}:
            raise Refused(f"nothing of {model_id} is kept under {digest}", "nothing")
        append(session, PLACED, {"by": person, "digest": digest, "reason": words(session, reason), "run": run}, model_id=model_id)
        return last_index(session)


def lift(register: Register, model_id: str, hold: int, actor: Actor, reason: str) -> None:
    """Lift a hold that somebody else placed.

    Raises:
        Refused: no reason, not of the control side, placed by the same person, or no such hold stands.
    """
    with governed(register, LIFTED, by=actor.label, model_id=model_id, hold=hold) as session:
        person = controller(session, actor, "lifts a legal hold")
        found = next((one for one in holds(session) if (one.id, one.model) == (hold, model_id)), None)
        if found is None:
            raise Refused(f"no hold {hold} stands on {model_id}", "nothing")
        if found.by == person:
            raise Refused(f"{person} placed hold {hold}; somebody else of the control side lifts it", "author")
        append(session, LIFTED, {"by": person, "hold": hold, "reason": words(session, reason)}, model_id=model_id)


def controller(session: Session, actor: Actor, does: str) -> str:
    """The person of the control side who acts.

    Raises:
        Refused: they are not of it.
    """
    rules = active(session)
    person = person_of(rules, actor.manager, actor.user_id)
    if person is None or person not in holders(rules, "control"):
        raise Refused(f"only a person of the control side {does}", "unknown-person" if person is None else "role")
    return person


def words(session: Session, reason: str) -> str:
    """The digest of a reason, whose words stay beside the ledger.

    Raises:
        Refused: it is empty.
    """
    if not reason.strip():
        raise Refused("say why; it goes on record", "reason")
    return keep(session, {"comment": reason.strip()[:4000]})


def require_model(session: Session, model_id: str) -> ModelRow:
    """A model of the register.

    Raises:
        Refused: there is none.
    """
    found = session.get(ModelRow, model_id)
    if found is None:
        raise Refused(f"there is no model {model_id}", "nothing")
    return found


def last_index(session: Session) -> int:
    """The index of the event that was just appended."""
    last = tip(session)
    assert last is not None  # noqa: S101 - it was appended in this transaction
    return last.index
