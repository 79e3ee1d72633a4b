"""A request that was refused before it reached a verb of governance: on record all the same."""

from __future__ import annotations

from ..inventory.register import Register
from ..inventory.tables import ModelRow
from ..ledger import append


def record_refusal(register: Register, *, by: str, request: str, status: int, code: str, model_id: str | None = None) -> None:
    """Append that somebody's request was refused.

    Args:
        by: who asked, as an auth manager knows them.
        request: method and the route's template; nothing that the caller wrote.
        model_id: what the address names; kept only if there is such a model.
    """
    with register.write() as session:
        known = model_id if model_id is not None and session.get(ModelRow, model_id) is not None else None
        append(session, "request-refused", {"by": by, "code": code, "request": request, "status": status},
               model_id=known, outcome="denied")
