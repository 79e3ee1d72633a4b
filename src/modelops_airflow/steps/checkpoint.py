"""Making a checkpoint of the ledger: signed, stored, kept where the settings say, and stamped with a time.

Nothing is signed that does not continue what was signed before, by the register's rows or by the anchors. Tasks may
write the register's rows, so one whose note this installation did not sign neither counts nor is kept anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import LedgerError
from ..ledger.anchor import anchor_of
from ..ledger.append import instant
from ..ledger.checkpoint import Checkpoint, checkpoint_of, last_made, open_checkpoint, sign_checkpoint
from ..ledger.table import CheckpointRow, EventRow
from ..signing.ed25519 import load_private, raw_public
from .time_stamp import stamp_checkpoint

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..inventory.register import Register
    from ..settings import Settings


def make_checkpoint(register: Register, settings: Settings, *, if_grown: bool = False) -> str:
    """Sign the ledger as it stands and keep the checkpoint in every anchor; answers what was done.

    Raises:
        LedgerError: there is no key, the ledger does not continue a checkpoint, or an anchor failed.
    """
    if settings.checkpoint_key is None:
        raise LedgerError("no key signs checkpoints; run modelops ledger key generate FILE, and set the option checkpoint_key to it")
    key = load_private(settings.checkpoint_key)
    public = raw_public(key)
    outside = list(_kept_outside(settings, public))
    with register.write() as session:
        told = checkpoint_of(session, settings.origin)
        made = last_made(session, settings.origin, public)
        if made.checkpoint is not None:
            outside.append((made.checkpoint, "the register"))
        for before, where in outside:
            _require_continued(session, before, where)
        if told is None:
            return _with("the ledger is empty; nothing to sign", made.passed_over)
        row = made.row
        if row is None or row.size < told.size or (not if_grown and row.note != sign_checkpoint(told, key)):
            row = CheckpointRow(size=told.size, root=told.root.hex(), note=sign_checkpoint(told, key), anchors=[])
            session.add(row)
            session.flush()
        ours, size, note = row.id, row.size, row.note
    failed = _publish(register, ours, size, note, settings.anchors)
    stamped = tuple(filter(None, [stamp_checkpoint(register, settings, ours, size, note)]))
    if failed:
        raise LedgerError(_with("; ".join([*failed, *stamped]), made.passed_over))
    kept = f"kept in {len(settings.anchors)} anchors" if settings.anchors else "not anchored: self-attested"
    return _with("; ".join([f"checkpoint over {size} events, {kept}", *stamped]), made.passed_over)


def _kept_outside(settings: Settings, public: bytes) -> Iterator[tuple[Checkpoint, str]]:
    """The last checkpoint of this ledger in each anchor that can be read; one that cannot is told when it is written."""
    for url in settings.anchors:
        try:
            for kept in anchor_of(url).newest():
                try:
                    yield open_checkpoint(kept.note, settings.origin, public), kept.place
                except LedgerError:
                    continue  # told by modelops ledger verify
                break
        except LedgerError:
            continue


def _require_continued(session: Session, before: Checkpoint, where: str) -> None:
    """A ledger never signs two histories: the events that were signed last time must be those of now."""
    last = session.get(EventRow, before.size - 1)
    if last is None or last.root != before.root.hex():
        raise LedgerError(f"the ledger does not continue its checkpoint over {before.size} events ({where}), so nothing is signed; "
                          "run: modelops ledger verify")


def _with(told: str, passed_over: tuple[str, ...]) -> str:
    """What is told, and that rows were passed over."""
    more = f" (and {len(passed_over) - 1} more)" if len(passed_over) > 1 else ""
    return f"{told}; {passed_over[0]}{more}" if passed_over else told


def _publish(register: Register, row: int, size: int, note: str, urls: tuple[str, ...]) -> list[str]:
    """Keep a note in each anchor, whatever the register notes, and note where it is; answers what failed."""
    from ..database import database_time

    failed = []
    for url in urls:
        try:
            anchor = anchor_of(url)
            anchor.publish(size, note)
            kind = anchor.kind.name
        except LedgerError as error:
            failed.append(str(error))
            continue
        with register.write() as session:
            found = session.get_one(CheckpointRow, row)
            if (url, kind) not in {(one["anchor"], one["class"]) for one in found.anchors}:
                others = [one for one in found.anchors if one["anchor"] != url]
                found.anchors = [*others, {"anchor": url, "class": kind, "at": instant(database_time(session))}]
    return failed
