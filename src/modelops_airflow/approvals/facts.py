"""What SQL needs to know of governance: who holds a role, and by which names a person is known."""

from __future__ import annotations

from typing import Any

from ..spec.types import Governance
from .identity import holders, identities


def governance_facts(governance: Governance) -> dict[str, Any]:
    """Holders of each role (`control` among them) and the folded names of each person, as sorted lists."""
    return {
        "holders": {role: sorted(holders(governance, role)) for role in (*governance.roles, "control")},
        "names": {person: sorted(identities(governance, person)) for person in governance.people},
    }
