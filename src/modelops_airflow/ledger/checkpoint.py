"""Checkpoints: signed statements of the ledger's size and root (https://c2sp.org/tlog-checkpoint).

A checkpoint that is kept where the database's owner cannot rewrite it pins every event before it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..errors import LedgerError
from .append import tip
from .note import open_note, sign_note
from .table import CheckpointRow

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy.orm import Session

_HASH = 32


@dataclass(frozen=True)
class Checkpoint:
    """Attributes:
    origin: name of the ledger.
    size: number of its events.
    root: tree hash over all of them, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text says; extension lines are passed over.

    Raises:
        LedgerError: it is not of this form.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise LedgerError("this is no checkpoint: expected lines of origin, size and root")
    origin, size, root = lines[:3]
    if not size.isascii() or not size.isdigit() or str(int(size[:19])) != size:
        raise LedgerError(f"this is no checkpoint: {size[:40]!r} is no size in decimal digits")
    try:
        raw = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _HASH or base64.b64encode(raw).decode() != root:
        raise LedgerError(f"this is no checkpoint: {root[:60]!r} is no SHA-256 root in base64")
    return Checkpoint(origin, int(size), raw)


def open_checkpoint(note: str, origin: str, public: bytes) -> Checkpoint:
    """The checkpoint in a note, if this ledger's key signed it.

    Raises:
        LedgerError: it is not signed by the key, is no checkpoint, or is that of another ledger.
    """
    found = parse_checkpoint(open_note(note, origin, public))
    if found.origin != origin:
        raise LedgerError(f"the checkpoint is of the ledger {found.origin}, not of {origin}")
    return found


def checkpoint_of(session: Session, origin: str) -> Checkpoint | None:
    """The ledger as it stands; nothing of an empty one."""
    last = tip(session)
    return Checkpoint(origin, last.index + 1, bytes.fromhex(last.root)) if last else None


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note of a checkpoint."""
    return sign_note(checkpoint.text, checkpoint.origin, key)


@dataclass(frozen=True)
class Made:
    """The last checkpoint that was made here.

    Attributes:
        row: where the register has it; None if none was made.
        checkpoint: what its note says.
        passed_over: rows with larger sizes that are no checkpoints of this ledger, each with why.
    """

    row: CheckpointRow | None
    checkpoint: Checkpoint | None
    passed_over: tuple[str, ...]


def last_made(session: Session, origin: str, public: bytes | None) -> Made:
    """The last checkpoint of the register whose note opens and says the size of its row.

    Tasks may write rows of this table: one that does not open says nothing, neither how far the ledger is
    signed nor that it is not.

    Args:
        public: the key that signed it; without one, whoever can write a row can make one up.
    """
    passed_over = []
    for number in session.scalars(select(CheckpointRow.id).order_by(CheckpointRow.size.desc(), CheckpointRow.id.desc())).all():
        row = session.get_one(CheckpointRow, number)
        try:
            found = open_checkpoint(row.note, origin, public) if public is not None else parse_checkpoint(row.note.rpartition("\n\n")[0] + "\n")
            if found.size != row.size:
                raise LedgerError(f"its note says {found.size} events")
        except LedgerError as error:
            passed_over.append(f"checkpoint {row.id} of the register, said to be over {row.size} events, counts for nothing: {error}")
            continue
        return Made(row, found, tuple(passed_over))
    return Made(None, None, tuple(passed_over))
