"""The time stamps that `modelops ledger verify` finds: beside the notes of anchors, and in the register's rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import LedgerError
from ..ledger.append import instant
from ..ledger.stamp import Stamp, read_stamp, require_client, trusted_in

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Found:
    """A token over a checkpoint that this ledger's key signed.

    Attributes:
        place: where it is, for people.
        of_register: it is in a row, which tasks may write.
    """

    place: str
    size: int
    root: bytes
    note: str
    token: bytes
    of_register: bool


@dataclass(frozen=True)
class StampReport:
    """Attributes:
    held: checkpoints with a time stamp that holds.
    size: events of the last of them; 0 if there is none.
    at: its time by the authority's clock.
    by: the authority.
    unchecked: time stamps that were not looked at.
    why: why not.
    """

    held: int = 0
    size: int = 0
    at: str = ""
    by: str = ""
    unchecked: int = 0
    why: str = ""


def of_register(session: Session, origin: str, public: bytes | None) -> list[Found]:
    """The tokens in the rows whose note the key signed."""
    from sqlalchemy import select

    from ..ledger.checkpoint import open_checkpoint
    from ..ledger.table import CheckpointRow

    found = []
    for row in session.scalars(select(CheckpointRow).where(CheckpointRow.stamp.is_not(None)).order_by(CheckpointRow.size, CheckpointRow.id)):
        try:
            told = open_checkpoint(row.note, origin, public) if public is not None else None
        except LedgerError:
            continue  # it is told as passed over, or is an old key's
        if told is not None and row.stamp is not None:
            found.append(Found(f"checkpoint {row.id} of the register", told.size, told.root, row.note, row.stamp, True))
    return found


def check_stamps(session: Session | None, found: Sequence[Found], certificates: Path | None) -> tuple[StampReport, list[str], list[str]]:
    """What the tokens say; what is wrong; and which of the register count for nothing.

    Args:
        session: for the ledger that the register's checkpoints must be of; None if its events are not sound.
    """
    if not found:
        return StampReport(), [], []
    try:
        require_client()
        trusted = trusted_in(certificates)
    except LedgerError as error:
        return StampReport(unchecked=len(found), why=str(error)), [], []
    return _checked(session, found, trusted)


def _checked(session: Session | None, found: Iterable[Found], trusted: Sequence[Certificate]) -> tuple[StampReport, list[str], list[str]]:
    held: dict[int, Stamp] = {}
    problems: list[str] = []
    passed_over: list[str] = []
    for one in found:
        try:
            stamp = read_stamp(one.token, one.note, trusted)
        except LedgerError as error:
            (passed_over if one.of_register else problems).append(f"the time stamp beside {one.place}: {error}")
            continue
        if session is not None and one.of_register and not _continued(session, one):
            problems.append(f"{one.place}, time-stamped {instant(stamp.at)} by {stamp.by}: the ledger does not begin with its {one.size} events")
            continue
        held[one.size] = min(stamp, held.get(one.size, stamp), key=lambda it: it.at)
    if not held:
        return StampReport(), problems, passed_over
    size = max(held)
    return StampReport(len(held), size, instant(held[size].at), held[size].by), problems, passed_over


def _continued(session: Session, checkpoint: Found) -> bool:
    """Whether the ledger begins with the events of a checkpoint; those of anchors are compared with every event."""
    from ..ledger import EventRow

    last = session.get(EventRow, checkpoint.size - 1)
    return last is not None and last.root == checkpoint.root.hex()
