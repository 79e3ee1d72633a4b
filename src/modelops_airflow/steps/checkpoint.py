"""Making a checkpoint of the ledger: signed, stored, and kept where the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import LedgerError
from ..ledger.anchor import anchor_of
from ..ledger.append import instant
from ..ledger.checkpoint import Checkpoint, checkpoint_of, last_checkpoint, open_checkpoint, sign_checkpoint
from ..ledger.table import CheckpointRow, EventRow
from ..signing.ed25519 import load_private, raw_public

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy.orm import Session

    from ..inventory.register import Register
    from ..settings import Settings


def make_checkpoint(register: Register, settings: Settings, *, if_grown: bool = False) -> str:
    """Sign the ledger as it stands and keep the checkpoint in every anchor; answers what was done.

    Raises:
        LedgerError: there is no key, the ledger does not continue its last checkpoint, or an anchor failed.
    """
    if settings.checkpoint_key is None:
        raise LedgerError("no key signs checkpoints; run modelops ledger key generate FILE, and set the option checkpoint_key to it")
    key = load_private(settings.checkpoint_key)
    with register.write() as session:
        told = checkpoint_of(session, settings.origin)
        if told is None:
            return "the ledger is empty; nothing to sign"
        row = last_checkpoint(session)
        if row is not None:
            _require_continued(session, row, settings.origin, key)
        if row is None or row.size < told.size or (not if_grown and row.note != sign_checkpoint(told, key)):
            row = CheckpointRow(size=told.size, root=told.root.hex(), note=sign_checkpoint(told, key), anchors=[])
            session.add(row)
            session.flush()
        ours, size, note, kept = row.id, row.size, row.note, [dict(one) for one in row.anchors]
    wanted = [url for url in settings.anchors if url not in {one["anchor"] for one in kept}]
    failed = _publish(register, ours, size, note, wanted)
    if failed:
        raise LedgerError("; ".join(failed))
    places = len(kept) + len(wanted)
    return f"checkpoint over {size} events, kept in {places} anchors" if places else f"checkpoint over {size} events, not anchored: self-attested"


def _require_continued(session: Session, row: CheckpointRow, origin: str, key: Ed25519PrivateKey) -> None:
    """A ledger never signs two histories: the events that were signed last time must be those of now."""
    try:
        before: Checkpoint = open_checkpoint(row.note, origin, raw_public(key))
    except LedgerError:
        return  # of another key or name: it was replaced
    last = session.get(EventRow, before.size - 1)
    if last is None or last.root != before.root.hex():
        raise LedgerError(f"the ledger does not continue its checkpoint over {before.size} events, so nothing is signed; "
                          "run: modelops ledger verify")


def _publish(register: Register, row: int, size: int, note: str, urls: list[str]) -> list[str]:
    """Keep a note in each anchor, and record where it is; answers what failed."""
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
            found.anchors = [*found.anchors, {"anchor": url, "class": kind, "at": instant(database_time(session))}]
    return failed
