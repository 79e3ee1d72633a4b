"""What is asked of a model, as it goes on record with its definition: by which governance, by which packs, in which life cycles.

The packs are kept whole under their digests, so that what they asked on a day can be worked out long after another release of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import RegisterError
from ..ledger import EventRow
from .activate import row_of
from .documents import keep

DEFINED = "defined"
ASKS = "asks"
"""Name among the facts of a definition."""


@dataclass(frozen=True)
class Asks:
    """What is asked of a model.

    Attributes:
        governance: digest of the governance that its file was planned under.
        packs: digest of each pack that somebody names, and of those whose controls they take over, by name.
        bodies: the same packs in their canonical form.
        lifecycles: its life cycles, each with what controls call it: release, review, or None.
    """

    governance: str
    packs: Mapping[str, str]
    bodies: Mapping[str, Mapping[str, Any]]
    lifecycles: Mapping[str, str | None]

    def keep(self, session: Session) -> None:
        """Keep the packs beside the ledger."""
        for name in sorted(self.bodies):
            keep(session, dict(self.bodies[name]))

    def facts(self) -> dict[str, Any]:
        """As the ledger has it."""
        return {"governance": self.governance, "lifecycles": dict(self.lifecycles), "packs": dict(self.packs)}


def asks_on_record(session: Session) -> dict[str, Any]:
    """Model -> what the ledger has last as asked of it; None where it does not tell."""
    last = select(func.max(EventRow.index)).where(EventRow.kind == DEFINED, EventRow.outcome == "done").group_by(EventRow.model_id)
    rows = session.execute(select(EventRow.model_id, EventRow.body).where(EventRow.index.in_(last)))
    return {str(model): json.loads(body)["facts"].get(ASKS) for model, body in rows}


def readable_digest(session: Session) -> str:
    """Digest of the governance that `activate.readable` answers with.

    Raises:
        RegisterError: there is none.
    """
    row = row_of(session, "active") or row_of(session, "pending")
    if row is None:
        raise RegisterError("no governance is in force or waits; run `modelops apply` or wait for the DAG modelops.sync")
    return row.digest
