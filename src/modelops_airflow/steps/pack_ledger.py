"""The part of the ledger that goes into a pack: a model's events, each with the proof that it is in the tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from ..errors import LedgerError
from ..governance.erasures import APPROVED, ASKED, ERASED
from ..governance.holds import events_of
from ..ledger import EventRow
from ..ledger.anchor import HOLDING
from ..ledger.append import instant
from ..ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ..ledger.proof import consistency
from ..ledger.stamp import LARGEST
from ..ledger.table import CheckpointRow
from ..ledger.tree import node_hash
from ..signing.ed25519 import raw_public

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy.orm import Session

_ABOUT_PEOPLE = ("governance-%", "key-%")
"""Kinds of events that say who may decide, whichever model it is about."""


def excerpt(session: Session, model_id: str, origin: str, key: Ed25519PrivateKey | None, now: datetime) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events of a model, of who may decide over it, and of who decided what was erased of it; and the log they are in.

    The log ends with the last event of now, in a checkpoint signed here where there is a key. Checkpoints that are
    anchored elsewhere are beside it, each with the proof that the log continues them, and so is the last that is time-stamped.
    """
    leaves = [bytes.fromhex(leaf) for leaf in session.scalars(select(EventRow.leaf).order_by(EventRow.index))]
    if not leaves:
        raise LedgerError("the ledger is empty; there is nothing that a pack could prove")
    levels = levels_of(leaves)
    decided = {facts[name] for row, facts in events_of(session, ERASED) if row.model_id == model_id for name in ("ask", "approval")}
    wanted = select(EventRow).where(or_(EventRow.model_id == model_id, *(EventRow.kind.like(one) for one in _ABOUT_PEOPLE),
                                        EventRow.index.in_(decided) & EventRow.kind.in_((ASKED, APPROVED))))
    events = [{"index": one.index, "body": one.body.decode(), "proof": [part.hex() for part in path_of(levels, one.index)]}
              for one in session.scalars(wanted.order_by(EventRow.index)) if one.index < len(leaves)]
    head = Checkpoint(origin, len(leaves), levels[-1][0])
    anchored = _anchored(session, origin, key, leaves)
    stamped = stamps_of(session, anchored)
    first = session.scalar(select(EventRow.at).order_by(EventRow.index).limit(1))
    outside = [one["at"] for told in anchored for one in told["anchors"] if one["class"] in HOLDING]
    return events, {
        "origin": origin, "checkpoint": sign_checkpoint(head, key) if key is not None else "", "tree_size": head.size,
        "root": head.root.hex(), "anchored": _last_of_each(anchored, stamped), "times": sorted([instant(first or now), *outside, instant(now)]),
    }


def _anchored(session: Session, origin: str, key: Ed25519PrivateKey | None, leaves: Sequence[bytes]) -> list[dict[str, Any]]:
    """The checkpoints that are anchored, if this installation's key signed them: others prove nothing here."""
    if key is None:
        return []
    found = []
    for row in session.scalars(select(CheckpointRow).order_by(CheckpointRow.size)):
        if not row.anchors or row.size > len(leaves):
            continue
        try:
            told = open_checkpoint(row.note, origin, raw_public(key))
        except LedgerError:
            continue
        found.append({
            "checkpoint": row.note, "tree_size": told.size, "root": told.root.hex(), "anchors": row.anchors,
            "proof": [part.hex() for part in consistency(leaves, told.size)] if told.size < len(leaves) else [],
        })
    return found


def stamps_of(session: Session, anchored: Sequence[Mapping[str, Any]]) -> dict[int, tuple[str, bytes]]:
    """The notes of checkpoints and the time stamps over them, as the register has them: who reads the pack verifies them."""
    sizes = {told["checkpoint"]: told["tree_size"] for told in anchored}
    found: dict[int, tuple[str, bytes]] = {}
    for row in session.scalars(select(CheckpointRow).where(CheckpointRow.stamp.is_not(None)).order_by(CheckpointRow.id)):
        if row.note in sizes and row.stamp is not None and 0 < len(row.stamp) <= LARGEST:
            found.setdefault(sizes[row.note], (row.note, row.stamp))
    return found


def _last_of_each(anchored: Sequence[dict[str, Any]], stamped: Mapping[int, Any]) -> list[dict[str, Any]]:
    """The last checkpoint of each class of anchors, and the last with a time stamp; an earlier one proves nothing more."""
    last = list({str(one["class"]): told for told in anchored for one in told["anchors"]}.values())
    last += [told for told in anchored if told["tree_size"] in stamped][-1:]
    return [told for told in anchored if any(told is one for one in last)]


def levels_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level of the tree, from the leaves to the root; a node without a sibling goes up as it is."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [node_hash(below[place], below[place + 1]) for place in range(0, len(below) - 1, 2)]
        levels.append([*pairs, below[-1]] if len(below) & 1 else pairs)
    return levels


def path_of(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """The audit path of a leaf, as `ledger.proof.inclusion` gives it, without hashing the tree for each one."""
    path = []
    for level in levels[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index >>= 1
    return path
