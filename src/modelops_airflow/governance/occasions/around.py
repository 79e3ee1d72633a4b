"""What every kind of occasion is looked for with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...database import database_time
from ...inventory.tables import Document, GovernanceRow, ModelRow
from ...policy.occasion import Occasion, model_path
from ...spec.types import Governance
from ..activate import active

RECENT = timedelta(days=7)
"""How old something that happened may be and is still told, after nothing could be told for a while. What is still so is told at any age."""


@dataclass(frozen=True)
class Around:
    """The register at a moment.

    Attributes:
        since: what happened before is not told: the first governance with `notify`, or a week ago.
    """

    session: Session
    governance: Governance
    now: datetime
    since: datetime
    models: Mapping[str, ModelRow]

    def called(self, model_id: str) -> str:
        """A model as people know it, with its id."""
        model = self.models.get(model_id)
        return f"{model.name} ({model_id})" if model is not None and model.name != model_id else model_id

    def of_model(
        self, model_id: str, about: str, subject: str, sentence: str, asked: str, next_step: str, *, page: str | None = None, due: datetime | None = None,
    ) -> Occasion:
        """An occasion of a model, whose page it leads to unless another is named."""
        model = self.models.get(model_id)
        return Occasion(about, subject, sentence, asked, next_step, page or model_path(model_id), model_id, model.tier if model is not None else None, due)

    def owner(self, model_id: str) -> str:
        """Who owns a model, for `asked`."""
        model = self.models.get(model_id)
        return f"{model.owner}, its owner" if model is not None and model.owner else "its owner"


def around(session: Session) -> Around:
    """The register now.

    Raises:
        RegisterError: no governance is in force.
    """
    now = database_time(session)
    since = max(_first(session, now), now - RECENT).replace(microsecond=0)  # the ledger's events have whole seconds
    return Around(session, active(session), now, since, {row.id: row for row in session.scalars(select(ModelRow))})


def _first(session: Session, now: datetime) -> datetime:
    """When a governance that tells anybody of anything was first in force."""
    rows = session.execute(select(GovernanceRow.activated_at, Document.body).join(Document, Document.digest == GovernanceRow.digest)
                           .where(GovernanceRow.activated_at.is_not(None)).order_by(GovernanceRow.id))
    return next((at for at, body in rows if at is not None and json.loads(body).get("notify")), now)
