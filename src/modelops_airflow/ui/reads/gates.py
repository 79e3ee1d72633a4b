"""Gates as the pages show them: what is asked, who has decided, who must still, and whether I may.

Standing and permission are computed by the same pure rules that decide a promotion
(`approvals/rules.py`), so the page never promises what the server then refuses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...approvals.rules import may_decide
from ...governance.gate import Case, cases
from ...inventory.tables import DecisionRow, GateRow, GateState, ModelRow, RunRow, VersionRow
from ...spec.types import Governance
from .clock import aware, iso, now

if TYPE_CHECKING:
    from ..viewer import Viewer


@dataclass(frozen=True)
class Asker:
    """Who looks at gates: their person in governance.yaml, if they have one."""

    person: str | None
    governance: Governance | None

    @classmethod
    def of(cls, viewer: Viewer, session: Session) -> Asker:
        """The asker behind a request."""
        governance = viewer.governance(session)
        return cls(viewer.person(governance), governance)


def waiting_gates(session: Session, models: Collection[str]) -> Sequence[GateRow]:
    """Open gates of these models. One query."""
    return session.scalars(
        select(GateRow).join(RunRow, RunRow.id == GateRow.run)
        .where(GateRow.state == GateState.OPEN.value, RunRow.model_id.in_(models)).order_by(GateRow.id)
    ).all()


def by_urgency(gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mine first, then what is due first."""
    return sorted(gates, key=lambda gate: str(gate["key"]))
