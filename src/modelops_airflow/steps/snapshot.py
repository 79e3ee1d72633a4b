"""A snapshot: one signed file with the stored evidence that a change is replayed over, for who may not read the register.

It has verdicts, digests and statements, which are aggregates (ADR 0017), how long runs and gates took, and when approvals end: no rows of data, no names and no words of people. Who reads it
pins the key that signed it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..database import database_time
from ..digest import canonical, digest_bytes
from ..errors import EvidenceError, SigningError
from ..evidence.store import BlobStore
from ..inventory.register import Register
from ..inventory.tables import ResultRow, RunRow
from ..ledger.append import instant
from ..plan.outlook import Past
from ..plan.replay import RunOnRecord
from ..signing.dsse import sign, signed_payload, signers
from ..signing.ed25519 import fingerprint, raw_public
from .past import past_of
from .replayed import reader

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FORM, TYPE = "modelops-snapshot/2", "application/vnd.modelops-airflow.snapshot+gzip"
PLANS = 3
"""Of each life cycle the last so many plans by which something was decided: a revision may lag behind the register."""
MOST_BYTES = 1 << 30
"""That a snapshot may have when it is unpacked."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot whose signature holds.

    Attributes:
        origin: name of the ledger of the installation that wrote it.
        signer: fingerprint of the key.
    """

    made_at: datetime
    origin: str
    signer: str
    runs: Mapping[str, Mapping[str, Any]]
    statements: Mapping[str, Any]
    past: Past

    def found(self, plans: set[str]) -> dict[str, tuple[RunOnRecord, str]]:
        """Digest of a plan -> the last decided run by it, and the digest of its artifact."""
        store = _Inside(self.statements)
        return {plan: (RunOnRecord("snapshot", run["verdict"], {step: one["verdict"] for step, one in run["steps"].items()},
                                   reader(store, run["artifact"], {step: one["evidence"] for step, one in run["steps"].items()})), run["artifact"])
                for plan, run in self.runs.items() if plan in plans}

    def told(self, now: datetime) -> str:
        """Whose it is and how old."""
        return f"evidence of {instant(self.made_at)}, {_age(now - self.made_at)} old, from the ledger {self.origin}, signed by {self.signer}"


class _Inside(BlobStore):
    """The statements of a snapshot, hashed again as those of a store are."""

    def __init__(self, statements: Mapping[str, Any]) -> None:
        super().__init__("memory://snapshot")
        self._statements = statements

    def get(self, digest: str) -> bytes:
        """The canonical bytes of a statement."""
        if digest not in self._statements or digest_bytes(data := canonical(self._statements[digest])) != digest:
            raise EvidenceError(f"the snapshot has no statement {digest}")
        return data


def body_of(register: Register, store: BlobStore, origin: str) -> dict[str, Any]:
    """What a snapshot of the whole fleet says; a statement that is gone or changed is left out, so that a fresh run is asked for."""
    with register.read() as session:
        last: dict[tuple[str, str], dict[str, RunRow]] = defaultdict(dict)
        for row in session.scalars(select(RunRow).where(RunRow.decided_at.is_not(None), RunRow.as_of.is_(None)).order_by(RunRow.decided_at, RunRow.id)):
            plans = last[row.model_id, row.lifecycle]
            plans.pop(row.approved_plan, None)
            plans[row.approved_plan] = row
            if len(plans) > PLANS:
                del plans[next(iter(plans))]
        chosen = {plan: row for plans in last.values() for plan, row in plans.items()}
        steps: dict[int, dict[str, Any]] = {row.id: {} for row in chosen.values()}
        for run, step, verdict, evidence in session.execute(select(ResultRow.run, ResultRow.step, ResultRow.verdict, ResultRow.evidence).where(ResultRow.current)):
            if run in steps:
                steps[run][step] = {"verdict": verdict, "evidence": evidence}
        made_at, past = instant(database_time(session)), past_of(session).to_json()
    wanted = sorted({one["evidence"] for told in steps.values() for one in told.values() if one["evidence"]})
    runs = {plan: {"artifact": row.artifact, "verdict": row.verdict or "error", "steps": steps[row.id]} for plan, row in chosen.items()}
    return {"form": FORM, "made_at": made_at, "origin": origin, "past": past, "runs": runs, "statements": _statements(store, wanted)}


def sealed(body: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    """The file: an envelope (DSSE) over the packed canonical JSON, and the public key, whose fingerprint readers pin."""
    envelope = sign(gzip.compress(canonical(body), mtime=0), [key], TYPE)
    return canonical({**envelope, "key": raw_public(key).hex()})


def opened(data: bytes, trusted: str) -> Snapshot:
    """A snapshot that the trusted key signed.

    Args:
        trusted: fingerprint of the key, got from elsewhere.

    Raises:
        EvidenceError: it is none, was changed, or another key signed it.
    """
    try:
        file = json.loads(data)
        public = bytes.fromhex(file.pop("key"))
        envelope = {name: file[name] for name in ("payload", "payloadType", "signatures")}
        if envelope["payloadType"] != TYPE or trusted not in signers(envelope, {fingerprint(public): public}):
            named = ", ".join(sorted(str(one["keyid"]) for one in envelope["signatures"]))
            raise EvidenceError(f"the snapshot is not signed by the trusted key {trusted}: it was changed, or is of another installation (it names {named or 'no key'})")
        body = json.loads(_unpacked(signed_payload(envelope)))
        if body["form"] != FORM:
            raise EvidenceError(f"the snapshot is of the form {body['form']}, expected {FORM}; write it with the same release")
        return Snapshot(datetime.fromisoformat(body["made_at"].replace("Z", "+00:00")), body["origin"], trusted, body["runs"], body["statements"],
                        Past.from_json(body["past"]))
    except (SigningError, KeyError, TypeError, ValueError, AttributeError, zlib.error, EOFError, OSError) as error:
        raise EvidenceError(f"this is no snapshot that modelops snapshot write made: {error!r:.150}") from None


def _statements(store: BlobStore, digests: list[str]) -> dict[str, Any]:
    found = {}
    for digest in digests:
        try:
            found[digest] = json.loads(store.get(digest))
        except (EvidenceError, ValueError):
            continue
    return found


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    found = unpacker.decompress(data, MOST_BYTES)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError(f"it is cut off, or larger than {MOST_BYTES >> 20} MiB when it is unpacked")
    return found


def _age(span: timedelta) -> str:
    hours = max(0, int(span.total_seconds() // 3600))
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
