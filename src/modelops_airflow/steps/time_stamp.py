"""Having a checkpoint stamped by a time-stamping authority. Nothing here stops a checkpoint: what goes wrong is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from ..errors import LedgerError
from ..ledger.anchor import anchor_of
from ..ledger.append import instant
from ..ledger.authority import ask
from ..ledger.stamp import Stamp, query_over, read_stamp, trusted_in
from ..ledger.table import CheckpointRow

if TYPE_CHECKING:
    from ..inventory.register import Register
    from ..settings import Settings


def stamp_checkpoint(register: Register, settings: Settings, row: int, size: int, note: str) -> str:
    """Have a note stamped unless it is, keep the token in its row and beside it in each anchor; answers what is told.

    Where no authority is set nothing is done, and nothing told.
    """
    if not settings.timestamp_authority:
        return ""
    try:
        token, stamp = _stamped(register, settings, row, note)
    except LedgerError as error:
        return f"not time-stamped: {error}"
    told = [f"time-stamped {instant(stamp.at)} by {stamp.by}"]
    for url in settings.anchors:
        try:
            anchor_of(url).keep_stamp(size, token)
        except LedgerError as error:
            told.append(str(error))
    return "; ".join(told)


def _stamped(register: Register, settings: Settings, number: int, note: str) -> tuple[bytes, Stamp]:
    """The token of the row if it holds, or a new one: tasks may write rows."""
    trusted = trusted_in(settings.timestamp_certificates)
    with register.read() as session:
        kept = session.get_one(CheckpointRow, number).stamp
    if kept is not None:
        try:
            return kept, read_stamp(kept, note, trusted)
        except LedgerError:
            pass  # it is replaced
    query, nonce = query_over(note)
    token = ask(settings.timestamp_authority, query)
    stamp = read_stamp(token, note, trusted, nonce)
    try:
        with register.write() as session:
            session.get_one(CheckpointRow, number).stamp = token
    except SQLAlchemyError as error:
        raise LedgerError(f"the register does not keep the stamp: {str(error).splitlines()[0]}") from None
    return token, stamp
