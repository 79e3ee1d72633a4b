"""Documents: canonical JSON under its digest, written once."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from ..digest import Digest, canonical, digest_bytes
from ..errors import EvidenceError
from ..inventory.tables import Document

GONE = "(no longer kept)"
"""What is read where words were."""


def keep(session: Session, body: Any) -> Digest:
    """Store a JSON value under its digest."""
    data = canonical(body)
    digest = digest_bytes(data)
    if session.get(Document, digest) is None:
        session.add(Document(digest=digest, body=data))
        session.flush()
    return digest


def fetch(session: Session, digest: str) -> Any:
    """A stored JSON value, hashed again.

    Raises:
        EvidenceError: it is gone, erased or changed.
    """
    row = session.get(Document, digest)
    if row is not None and not row.body:
        raise EvidenceError(f"document {digest} was erased; modelops retention list says by whom")
    if row is None or digest_bytes(row.body) != digest:
        raise EvidenceError(f"document {digest} is missing from the register or has changed")
    return json.loads(row.body)


def words(session: Session, digest: str, *names: str) -> dict[str, Any]:
    """A stored document of words; of one that was erased the texts of these names, each of which says so.

    Raises:
        EvidenceError: it is missing or has changed, which nobody decided.
    """
    row = session.get(Document, digest)
    if row is not None and not row.body:
        return dict.fromkeys(names, GONE)
    return dict(fetch(session, digest))
