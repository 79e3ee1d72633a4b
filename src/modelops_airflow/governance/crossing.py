"""Evidence from another installation: whose packs count, and the record of those that were taken in.

A row only says that a pack is here. Whoever builds on it verifies the stored bytes again under the governance in force, so a
forged row proves nothing; and no row is a decision: gates ask people, here, whatever was approved elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Refused
from ..evidence.crossing import Crossing
from ..inventory.register import Register
from ..inventory.tables import ImportedPackRow, ModelRow, VersionRow
from ..ledger import append
from ..ledger.append import instant
from ..registry import did_you_mean
from ..spec.types import Governance
from .activate import active
from .transaction import governed
from .versions import close_finding, finding_in, open_finding

KIND = "pack-imported"


def trusted_keys(governance: Governance) -> dict[str, set[str]]:
    """Fingerprint of each key that governance names, and the environments that it speaks for."""
    found: dict[str, set[str]] = {}
    for name, one in governance.environments.items():
        for key in one.trust or ():
            found.setdefault(key, set()).add(name)
    return found


def imported_packs(session: Session, model_id: str) -> Sequence[ImportedPackRow]:
    """The packs of a model that were taken in, newest first."""
    return session.scalars(select(ImportedPackRow).where(ImportedPackRow.model_id == model_id)
                           .order_by(ImportedPackRow.made_at.desc(), ImportedPackRow.id.desc())).all()


def refuse_pack(register: Register, digest: str, by: str, why: str) -> Refused:
    """Put on record that a file was not taken in; answers the refusal."""
    refusal = Refused(f"the pack is not taken in: {why}", "not-verified")
    with register.write() as session:
        append(session, KIND, {"by": by, "code": refusal.code, "pack": digest}, outcome="denied")
    refusal.recorded = True
    return refusal


def record_pack(register: Register, pack: Crossing, by: str) -> bool:
    """Record a verified pack; answers False where it is there already.

    Raises:
        Refused: its key is not trusted any more, nobody knows its model, a newer one about the same bytes is here, or the
            version has other bytes here, which opens a finding too.
    """
    with governed(register, KIND, by=by, model_id=pack.model, pack=pack.digest) as session:
        if pack.environment not in trusted_keys(active(session)).get(pack.signer, ()):
            raise Refused(f"governance does not trust the key {pack.signer} for {pack.environment} any more", "not-trusted")
        if session.get(ModelRow, pack.model) is None:
            known = list(session.scalars(select(ModelRow.id).order_by(ModelRow.id)))
            raise Refused(f"the register knows no model {pack.model!r}{did_you_mean(pack.model, known)}; its file comes first", "unknown-model")
        before = [row for row in imported_packs(session, pack.model) if row.environment == pack.environment]
        if any(row.digest == pack.digest for row in before):
            return False
        other = _other_bytes(session, pack, before)
        if other is None:
            _take(session, pack, by, before)
            return True
        refusal = _flag(session, pack, by, other)
    raise refusal


def _take(session: Session, pack: Crossing, by: str, before: Sequence[ImportedPackRow]) -> None:
    newer = next((row for row in before if row.artifact == pack.artifact and row.made_at > pack.made_at), None)
    if newer is not None:
        raise Refused(f"a newer pack about these bytes, made {instant(newer.made_at)}, is here; this one was made {instant(pack.made_at)}", "older")
    session.add(ImportedPackRow(
        digest=pack.digest, environment=pack.environment, model_id=pack.model, version=pack.version, artifact=pack.artifact, signer=pack.signer,
        subject=pack.subject, verdict=pack.verdict, run=pack.run[:510], made_at=pack.made_at, imported_by=by[:200],
        told={"gates": dict(pack.gates), "level": pack.level, "ledger": pack.ledger, "gaps": list(pack.gaps), "stopped": pack.stopped}))
    close_finding(session, pack.model, _disputed(pack), f"the pack {pack.digest}")
    append(session, KIND, {
        "artifact": pack.artifact, "by": by, "environment": pack.environment, "made_at": instant(pack.made_at), "pack": pack.digest, "run": pack.run,
        "signer": pack.signer, "subject": pack.subject, "verdict": pack.verdict, "version": pack.version}, model_id=pack.model)


def _other_bytes(session: Session, pack: Crossing, before: Sequence[ImportedPackRow]) -> str | None:
    """The bytes that the pack's version is bound to here, or by an earlier pack of the environment, where they are others."""
    here = session.scalars(select(VersionRow.artifact).where(VersionRow.model_id == pack.model, VersionRow.version == pack.version)).first()
    known = [here] if here is not None else [row.artifact for row in before if row.version == pack.version]
    return next((one for one in known if one != pack.artifact), None)


def _disputed(pack: Crossing) -> str:
    """The kind of the finding about a version that has other bytes there: only a pack of that very version closes it."""
    return finding_in(f"{pack.environment}-{pack.version}", "other-bytes")


def _flag(session: Session, pack: Crossing, by: str, other: str) -> Refused:
    why = (f"{pack.environment} has other bytes as version {pack.version} of {pack.model}: its pack is about {pack.artifact}, here the version is "
           f"bound to {other}; find out which were meant, and give the others a version of their own")
    open_finding(session, pack.model, _disputed(pack), "high", why)
    refusal = Refused(why, "other-bytes", pack.model)
    append(session, KIND, {"artifact": pack.artifact, "by": by, "code": refusal.code, "pack": pack.digest}, model_id=pack.model, outcome="denied")
    refusal.recorded = True
    return refusal
