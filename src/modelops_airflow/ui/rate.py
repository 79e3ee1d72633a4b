"""How many requests a person may make: counted in the register, so that several API servers count together.

Only requests that may change something are counted, each before its body is read. Counting a read
would turn every read into a write; a read is bounded by its page instead, and Airflow's own API
counts none either. As every refused write is recorded, this limit also bounds how fast one person
can fill the ledger with refusals.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import RateRow

WRITES = 60  # a minute and person
CROSS_SITE = 5  # refusals of requests from another site that are recorded, a minute and person
KEPT = 5  # minutes


@dataclass(frozen=True)
class Counted:
    """Attributes:
    number: which request of this minute this is, from 1.
    seconds_left: until the next minute begins, by the database's clock.
    """

    number: int
    seconds_left: int


def count(register: Register, who: str) -> Counted:
    """Count one request of somebody, in a transaction of its own: it counts whatever comes of it."""
    writer = register.engine.execution_options(modelops_write=True)
    with Session(writer) as session, session.begin():
        now = int(database_time(session).timestamp())
        minute = now // 60
        number = _one_more(session, who[:300], minute)
        if number == 1:
            session.execute(delete(RateRow).where(RateRow.window_start < minute - KEPT))
    return Counted(number, 60 - now % 60)


def _one_more(session: Session, who: str, minute: int) -> int:
    """Add one and read the sum in one statement, so that two servers never count the same number."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(RateRow).values(who=who, window_start=minute, count=1)
    again = first.on_conflict_do_update(
        index_elements=[RateRow.who, RateRow.window_start], set_={"count": RateRow.count + 1}
    )
    return int(session.execute(again.returning(RateRow.count)).scalar_one())
