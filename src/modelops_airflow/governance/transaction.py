"""A governed transaction: everything or nothing, and refusals on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ..errors import Refused
from ..inventory.register import Register
from ..ledger import append


@dataclass(frozen=True)
class Actor:
    """Who acts, as an auth manager knows them.

    Attributes:
        manager: `simple`, `fab`, or the auth manager's own word; `system` for our own tasks.
        user_id: id by which people are matched; never a display name.
    """

    manager: str
    user_id: str
    user_name: str = ""

    @property
    def label(self) -> str:
        """`manager:user id`, as recorded."""
        return f"{self.manager}:{self.user_id}"


@contextmanager
def governed(register: Register, kind: str, *, by: str, model_id: str | None = None, **facts: object) -> Iterator[Session]:
    """A write transaction; a `Refused` inside rolls it back and is recorded as denied."""
    try:
        with register.write() as session:
            yield session
    except Refused as refusal:
        with register.write() as session:
            told = {key: value for key, value in facts.items() if value is not None}
            append(session, kind, {"by": by, "code": refusal.code, **told}, model_id=model_id or refusal.model_id, outcome="denied")
        refusal.recorded = True
        raise
