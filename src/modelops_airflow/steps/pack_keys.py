"""The public keys that a pack is verified with, and what each may sign."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..governance.signing import RECORD
from ..inventory.tables import KeyRow
from ..signing.ed25519 import fingerprint, load_private, load_public, raw_public

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy.orm import Session

    from ..settings import Settings


def house_key(settings: Settings | None) -> Ed25519PrivateKey | None:
    """The checkpoint key, where one is configured."""
    return load_private(settings.checkpoint_key) if settings is not None and settings.checkpoint_key is not None else None


def keyring(session: Session, settings: Settings | None, house: Ed25519PrivateKey | None, envelopes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The house key, the approval key, and the keys of the persons who signed."""
    found = []
    if house is not None:
        found.append(_entry(raw_public(house), "ed25519", ["manifest", "checkpoint", "statement"], None))
    approval = approval_key_in(settings, envelopes)
    if approval is not None:
        found.append(_entry(approval, "ed25519", ["approval"], None))
    named = {one["keyid"] for envelope in envelopes for one in envelope["signatures"]}
    rows = session.scalars(select(KeyRow).where(KeyRow.fingerprint.in_(named)).order_by(KeyRow.fingerprint))
    found += [_entry(row.public, row.kind, ["decision"], row.person) for row in rows]
    return _merged(found)


def approval_key_in(settings: Settings | None, envelopes: Iterable[Mapping[str, Any]]) -> bytes | None:
    """The public half of the approval key, if it recorded any of these decisions.

    Approvals that are older than the key, or than its successor, are told as what they are: not recorded by it.
    """
    if settings is None or settings.approval_public_key is None:
        return None
    public = load_public(settings.approval_public_key)
    named = {one["keyid"] for envelope in envelopes for one in (envelope.get(RECORD) or {}).get("signatures", [])}
    return public if fingerprint(public) in named else None


def _entry(public: bytes, kind: str, may: list[str], person: str | None) -> dict[str, Any]:
    return {"fingerprint": fingerprint(public), "public": base64.b64encode(public).decode(), "kind": kind, "may": may, "person": person}


def _merged(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a key: a small installation may sign checkpoints and approvals with the same one."""
    found: dict[str, dict[str, Any]] = {}
    for one in entries:
        known = found.setdefault(one["fingerprint"], one)
        if known is not one:
            known["may"] = [*known["may"], *one["may"]]
    return list(found.values())
