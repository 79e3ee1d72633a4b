"""A governed transaction: everything or nothing, and refusals on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..database import words_of_guard
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
    """A write transaction; what is refused inside, by us or by the database's guards, is rolled back and recorded as denied."""
    told = {"by": by, **{key: value for key, value in facts.items() if value is not None}}
    try:
        with register.write() as session:
            yield session
    except Refused as refusal:
        _deny(register, kind, told, refusal, model_id)
        raise
    except IntegrityError as error:
        words = words_of_guard(error)
        if words is None:
            raise
        by_guard = Refused(words, "database", model_id)
        with suppress(IntegrityError):  # who may not tell of this at all is refused once more; the first words count
            _deny(register, kind, told, by_guard, model_id)
        raise by_guard from error


def _deny(register: Register, kind: str, told: dict[str, object], refusal: Refused, model_id: str | None) -> None:
    with register.write() as session:
        append(session, kind, {"code": refusal.code, **told}, model_id=model_id or refusal.model_id, outcome="denied")
    refusal.recorded = True
