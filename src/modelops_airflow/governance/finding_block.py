"""What open findings of people hold up: approvals of a version, and its way to production. What is live they do not stop.

A critical one holds up use: no gate but an attestation is approved, and nothing new goes live. A high one holds up the approval, unless a
plan for it is agreed and the approval is a conditional one that was decided afterwards. Going back to an earlier version is never held up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVE
from ..database import database_time
from ..inventory.tables import DecisionRow, RunRow
from ..policy.finding import as_of
from ..policy.finding_rules import SEVERITIES, State
from .finding_record import findings_on_record
from .signing import told_decisions
from .trial import ROLLBACK

_PLANNED = frozenset({State.PLAN_AGREED, State.IN_REMEDIATION, State.READY})


@dataclass(frozen=True)
class Block:
    """A finding that holds something up.

    Attributes:
        blocks: use or approval.
        planned: the ledger's index at which a plan for it was agreed, so that an approval under conditions is possible; None if none is.
    """

    number: int
    severity: str
    blocks: str
    state: str
    planned: int | None

    @property
    def told(self) -> str:
        """In words, with the next step."""
        end = "close it with evidence" if self.blocks == "use" else "close it with evidence, have its risk accepted, or agree on a plan and then approve under conditions"
        return f"finding {self.number} ({self.severity}) is {self.state.replace('_', ' ')}: {end}"

    def holds_up(self, meaning: str, *, conditional: bool) -> bool:
        """Whether a decision of this meaning cannot approve."""
        if self.blocks == "use":
            return meaning != "attest"
        return meaning == "approve" and (self.planned is None or not conditional)


def blocks_of(session: Session, models: Collection[str]) -> dict[str, list[Block]]:
    """By model: the findings of people that hold something up now, by the ledger."""
    record, at = findings_on_record(session, models), database_time(session)
    found: dict[str, list[Block]] = {}
    for (model, number), finding in record.found.items():
        now = as_of(finding, at)
        blocks = SEVERITIES[now.severity].blocks
        if now.raised and blocks and not now.ended and now.state is not State.RISK_ACCEPTED:
            planned = max((one["index"] for one in record.events[model, number] if one["act"] == "plan"), default=None) if now.state in _PLANNED else None
            found.setdefault(model, []).append(Block(number, now.severity, blocks, now.state.value, planned))
    return found


def finding_obstacles(session: Session, run: RunRow, cause: str) -> list[str]:
    """Why findings keep a run's version from going live now."""
    if cause == ROLLBACK:
        return []
    blocks = blocks_of(session, [run.model_id]).get(run.model_id, [])
    conditional = _last_conditional(session, run) if blocks else -1
    return [one.told for one in blocks if one.holds_up("approve", conditional=one.planned is not None and one.planned < conditional)]


def _last_conditional(session: Session, run: RunRow) -> int:
    """The ledger's index of the last approval in force over the run's subject that has conditions; what was decided before a plan was agreed knew of none."""
    told = told_decisions(session, run.model_id, str(run.subject))
    return max((told[one.step, one.person][-1].index for one in session.scalars(select(DecisionRow).where(
        DecisionRow.subject == run.subject, DecisionRow.decision == APPROVE, DecisionRow.withdrawn_at.is_(None)))
        if one.conditions and (one.step, one.person) in told), default=-1)
